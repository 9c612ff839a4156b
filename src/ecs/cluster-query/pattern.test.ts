// Regular expressions: the same answers as an engine that backtracks, in bounded time.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePattern, patternMatches } from "./pattern.ts";

function matches(source: string, text: string): boolean {
  const result = parsePattern(source);
  if (!result.ok) throw new Error(`${source}: ${result.message} at ${result.index}`);
  return patternMatches(result.pattern, text);
}

describe("patterns", () => {
  it.each([
    ["g2.*", "g2.xlarge", "ag2.x"],
    ["", "", "a"],
    ["a|bc", "bc", "ac"],
    ["(?:t2|m4)\\.(small|large)", "m4.large", "m4xlarge"],
    ["(?<size>a)b", "ab", "b"],
    ["[a-c0-9_-]+", "b-9_", "d"],
    ["[^a-c]", "d", "a"],
    ["[]a]", "]", "b"],
    ["[\\d.]+", "1.2", "a"],
    ["\\w+\\s\\S", "ab c", "ab  "],
    ["\\D\\W", "a-", "1-"],
    ["\\x41\\u0042\\.", "AB.", "ABC"],
    ["\\p{Upper}\\P{Digit}", "Ab", "A1"],
    ["\\Qa.b*\\E+", "a.b**", "axb"],
    ["a{2}", "aa", "a"],
    ["a{2,}", "aaaa", "a"],
    ["a{1,3}", "aaa", "aaaa"],
    ["a{0}b", "b", "ab"],
    ["(ab?)*?c", "aabc", "bc"],
    ["^a$", "a", "aa"],
    ["\\Aa\\z", "a", "ab"],
    ["(?i)G2\\.[x-z]", "g2.Y", "g3.y"],
    ["(?i)[^a]", "b", "A"],
    ["(?i:a)b", "Ab", "AB"],
    ["a.b", "a\u{1F600}b", "a\nb"],
    ["(?s)a.b", "a\nb", "ab"],
    ["(a*)*b", "aaab", "aaac"],
    ["(|a)+", "aa", "b"],
    ["}]", "}]", "}"],
  ])("%s takes %j and not %j", (source, yes, no) => {
    expect([matches(source, yes), matches(source, no)]).toEqual([true, false]);
  });

  it.each([
    ["a(b", 1, "never closed"],
    ["ab)", 2, "closes no group"],
    ["a[b", 1, "never closed"],
    ["a[b[c]]", 3, "class inside a class"],
    ["[a&&b]", 2, "class inside a class"],
    ["[z-a]", 1, "backwards"],
    ["[\\d-z]", 1, "one character on each side"],
    ["+a", 0, "nothing before +"],
    ["a**", 2, "two quantifiers"],
    ["a++", 1, "possessive"],
    ["a{2,1}", 1, "smaller"],
    ["a{x}", 1, "expected a count"],
    ["a\\", 1, "escapes nothing"],
    ["(a)\\1", 3, "references"],
    ["a\\q", 1, "no escape"],
    ["\\p{Greek}", 0, "not supported"],
    ["(?=a)", 0, "look-around"],
    ["(?<!a)b", 0, "look-around"],
    ["(".repeat(60), 50, "more than 50 deep"],
    ["((a{99}){99}){99}", 0, "repeats too much"],
    ["(){9999}", 0, "repeats too much"],
  ])("%s is refused at %i: %s", (source, index, message) => {
    expect(parsePattern(source)).toEqual({
      ok: false,
      index,
      message: expect.stringContaining(message),
    });
  });

  it.each(["(a*)*b", "(a|a)*b", "(a|aa)+$b", ".*.*.*.*.*.*.*.*x", "(.?){600}b"])(
    "%s gives up in bounded time",
    (source) => {
      const started = performance.now();
      expect(matches(source, "a".repeat(256))).toBe(false);
      // A backtracking engine needs longer than the universe; this needs milliseconds.
      expect(performance.now() - started).toBeLessThan(2000);
    },
  );

  it("answers like RegExp on random patterns and texts", () => {
    const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
      pattern: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom("a", "b", "ab", ".", "[ab]", "[^a]", "\\w", "\\.", "c", "", "^", "$"),
        fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => a + b),
        fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => `(${a}|${b})`),
        fc
          .tuple(tie("pattern"), fc.constantFrom("*", "+", "?", "{2}", "{0,2}", "{1,}", "*?"))
          .map(([a, times]) => `(?:${a})${times}`),
      ),
    }));
    const text = fc
      .array(fc.constantFrom("a", "b", "c", "."), { maxLength: 7 })
      .map((chars) => chars.join(""));
    const answers = { true: 0, false: 0 };
    fc.assert(
      fc.property(pattern, fc.array(text, { minLength: 4, maxLength: 4 }), (source, texts) => {
        const oracle = new RegExp(`^(?:${source})$`);
        for (const one of texts) {
          const answer = matches(source, one);
          answers[answer ? "true" : "false"] += 1;
          expect([source, one, answer]).toEqual([source, one, oracle.test(one)]);
        }
      }),
      { numRuns: 1500 },
    );
    expect(Math.min(answers.true, answers.false)).toBeGreaterThan(150);
  });
});
