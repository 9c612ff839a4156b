// The cluster query language from the outside: text in, yes or no (or a message) out.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatClusterQuery,
  matchAll,
  matchesClusterQuery,
  parseClusterQuery,
  queryMentions,
} from "./cluster-query.ts";
import type { ClusterQuery } from "./cluster-query.ts";
import type { ContainerInstance } from "./container-instance.ts";

function instanceOf(fields: Partial<ContainerInstance> = {}): ContainerInstance {
  return {
    kind: "containerInstance",
    arn: "arn:aws:ecs:eu-west-1:111122223333:container-instance/harbor/0a1b",
    clusterArn: "arn:aws:ecs:eu-west-1:111122223333:cluster/harbor",
    version: "7",
    status: "ACTIVE",
    agentConnected: true,
    agentVersion: "1.86.2",
    ec2InstanceId: "i-0abc",
    runningTasksCount: 3,
    registeredAt: Date.parse("2024-03-05T10:20:30.400Z"),
    registeredResources: [],
    remainingResources: [],
    attributes: [
      { name: "ecs.instance-type", value: "g2.xlarge" },
      { name: "ecs.availability-zone", value: "eu-west-1a" },
      { name: "team/owner", value: "Night Watch" },
      { name: "slots", value: "9" },
      { name: "com.amazonaws.ecs.capability.privileged-container" },
    ],
    tags: [],
    ...fields,
  };
}

function parsed(text: string): ClusterQuery {
  const result = parseClusterQuery(text);
  if (!result.ok) throw new Error(`${text}: ${result.error.message} at ${result.error.column}`);
  return result.query;
}

function matches(
  text: string,
  groups: readonly string[] = ["service:web", "family:log"],
  fields: Partial<ContainerInstance> = {},
): boolean {
  return matchesClusterQuery(parsed(text), instanceOf(fields), { taskGroups: () => groups });
}

describe("operators and subjects", () => {
  it.each([
    ["attribute:ecs.instance-type == g2.xlarge", true],
    ["attribute:ecs.instance-type equals g2.XLARGE", false],
    ["attribute:ecs.instance-type==g2.xlarge", true],
    ["attribute:ecs.instance-type != t2.small", true],
    ["attribute:ecs.instance-type not_equals g2.xlarge", false],
    ["attribute:team/owner == 'Night Watch'", true],
    ['attribute:team/owner == "Night Watch"', true],
    ["attribute:slots > 10", false],
    ["attribute:slots < 10", true],
    ["attribute:slots greater_than_equal 9", true],
    ["attribute:slots less_than_equal 9", true],
    ["attribute:ecs.availability-zone < eu-west-1b", true],
    ["attribute:ecs.availability-zone in [us-east-1a, eu-west-1a]", true],
    ["attribute:ecs.availability-zone in ['us-east-1a','eu-west-1b']", false],
    ["attribute:ecs.availability-zone !in [eu-west-1b]", true],
    ["attribute:ecs.availability-zone not_in [eu-west-1a]", false],
    ["attribute:ecs.instance-type =~ g2.*", true],
    ["attribute:ecs.instance-type =~ 2.*", false],
    ["attribute:ecs.instance-type matches g2", false],
    ["attribute:ecs.instance-type !~ g2.*", false],
    ["attribute:ecs.instance-type not_matches t2.*", true],
    ["attribute:ecs.instance-type =~ '(g2|p3)\\.\\w+'", true],
    ["(attribute:ecs.instance-type =~ (g2|p3)[.)].*)", true],
    ["attribute:com.amazonaws.ecs.capability.privileged-container exists", true],
    ["attribute:com.amazonaws.ecs.capability.privileged-container == ''", true],
    ["attribute:slots !exists", false],
    ["agentConnected == true", true],
    ["agentConnected != true", false],
    ["agentConnected in [false]", false],
    ["agentConnected =~ t.*", true],
    ["agentVersion < 1.100", true],
    ["agentVersion > 1.9.9", true],
    ["agentVersion == 1.86.2.0", true],
    ["agentVersion > 1.86.2-rc1", true],
    ["agentVersion <= v1.86.1", false],
    ["ec2InstanceId in ['i-0abc', 'i-9']", true],
    ["ec2InstanceId !~ mi-.*", true],
    ["registeredAt < 2024-03-06", true],
    ["registeredAt > 2024-03-05", true],
    ["registeredAt == 2024-03-05T10:20:30", true],
    ["registeredAt == 2024-03-05T10:20:30Z", true],
    ["registeredAt == 2024-03-05T12:20:30+02:00", true],
    ["registeredAt > 2024-03-05T10:20:30Z", false],
    ["runningTasksCount == 3", true],
    ["runningTasksCount >= 4", false],
    ["runningTasksCount <10", true],
    ["task:group == service:web", true],
    ["task:group == database", false],
    ["task:group =~ service:.*", true],
    ["task:group in [database, family:log]", true],
    ["task:group != service:web", false],
    ["not(task:group == database)", true],
    ["task:group exists", true],
  ])("%s is %s", (text, expected) => {
    expect(matches(text)).toBe(expected);
  });

  it.each([
    ["attribute:slots EXISTS AND NOT attribute:gone Exists", true],
    ["attribute:gone exists or attribute:slots exists and attribute:gone exists", false],
    ["(attribute:slots exists or attribute:gone exists) and attribute:gone exists", false],
    ["attribute:slots exists || attribute:gone exists && attribute:gone exists", true],
    ["!attribute:gone exists", true],
    ["not attribute:slots exists or attribute:slots exists", true],
    ["!(attribute:slots exists||attribute:gone exists)", false],
    ["not not attribute:slots exists", true],
    ["attribute:slots exists&&attribute:ecs.instance-type=~g2.*&&!agentConnected==false", true],
    ["\n\t( attribute:slots\n== 9 ) ", true],
  ])("combined: %s is %s", (text, expected) => {
    expect(matches(text)).toBe(expected);
  });

  it("finds attributes whose names hold every character that ECS allows", () => {
    const name = "9a.b-c_d/e\\f";
    expect(matches(`attribute:${name} == x`, [], { attributes: [{ name, value: "x" }] })).toBe(
      true,
    );
  });

  it.each(["and", "or", "not", "in", "exists"])("takes names that begin with %s", (word) => {
    const attributes = [{ name: "a", value: `${word}.x` }];
    expect(matches(`attribute:a == ${word}.x`, [], { attributes })).toBe(true);
    expect(matches(`attribute:a == '${word}'`, [], { attributes })).toBe(false);
  });

  it.each([
    [String.raw`'it\'s'`, "it's"],
    [String.raw`"say \"x\""`, 'say "x"'],
    [String.raw`'a\\b'`, "a\\b"],
    [String.raw`'a\b'`, "a\\b"],
    [String.raw`a\b`, "a\\b"],
    [`'and'`, "and"],
    [`'(a, b]'`, "(a, b]"],
  ])("reads the literal %s", (literal, value) => {
    expect(matches(`attribute:a == ${literal}`, [], { attributes: [{ name: "a", value }] })).toBe(
      true,
    );
  });
});

describe("subjects that an instance lacks", () => {
  const bare: Partial<ContainerInstance> = {
    attributes: [],
    agentVersion: undefined,
    ec2InstanceId: undefined,
    registeredAt: undefined,
    runningTasksCount: undefined,
  };

  it.each([
    "attribute:a == x",
    "attribute:a != x",
    "attribute:a < x",
    "attribute:a in [x]",
    "attribute:a !in [x]",
    "attribute:a =~ .*",
    "attribute:a !~ x",
    "attribute:a exists",
    "agentVersion != 1",
    "agentVersion < 99",
    "ec2InstanceId != i-1",
    "registeredAt != 2020-01-01",
    "runningTasksCount == 0",
    "task:group == a",
    "task:group exists",
  ])("%s is false and its not is true", (text) => {
    expect(matches(text, [], bare)).toBe(false);
    expect(matches(`not ${text}`, [], bare)).toBe(true);
  });

  it.each(["attribute:a !exists", "task:group != a", "task:group !in [a]", "task:group !~ a"])(
    "%s is true",
    (text) => {
      expect(matches(text, [], bare)).toBe(true);
    },
  );

  it("counts tasks itself when ECS did not say, and only then", () => {
    const query = parsed("runningTasksCount == 5");
    const context = { taskGroups: () => [], runningTasksCount: () => 5 };
    expect(matchesClusterQuery(query, instanceOf(bare), context)).toBe(true);
    expect(matchesClusterQuery(query, instanceOf(), context)).toBe(false);
  });

  it("takes an agent version that is no version for no version", () => {
    expect(matches("agentVersion >= 0", [], { agentVersion: "unknown" })).toBe(false);
  });
});

describe("empty queries", () => {
  it.each(["", "  ", "\n\t"])("%j selects everything", (text) => {
    expect(parsed(text)).toEqual(matchAll);
    expect(matches(text)).toBe(true);
  });
});

describe("errors", () => {
  it.each([
    [
      "attribute:ecs.instance-type g2",
      29,
      /operator such as == or in after attribute:ecs.*found g2/,
    ],
    ["attribute:a", 12, /operator .*found the end/],
    ["attribute:a = b", 13, /operator .*found =/],
    ["attribute:a not in [b]", 13, /operator .*found not/],
    ["attribute: == b", 12, /name of an attribute/],
    ["instanceType == b", 1, /subject .*agentVersion.*found instanceType/],
    ["constructor == b", 1, /subject .*found constructor/],
    ["status == ACTIVE", 1, /subject .*found status/],
    ["attribute:a ==", 15, /value after ==.*found the end/],
    ["attribute:a == and attribute:b exists", 16, /value after ==, found and: quote/],
    ["attribute:a == b c", 18, /and, or, or the end.*found c/],
    ["attribute:a == b = c", 18, /and, or, or the end.*found =/],
    ["attribute:a == 'b", 16, /quote is never closed/],
    ["attribute:a in b", 16, /list such as \[a, b\].*found b/],
    ["attribute:a in []", 17, /value in the list.*found \]/],
    ["attribute:a in [b c]", 19, /, or \].*found c/],
    ["attribute:a in [b,", 19, /value in the list.*found the end/],
    ["attribute:a exists and", 23, /subject .*found the end/],
    ["attribute:a exists and or", 24, /subject .*found or/],
    ["(attribute:a exists", 20, /a \) for the \( at column 1, found the end/],
    ["attribute:a exists)", 19, /found \)/],
    ["agentConnected > true", 16, /agentConnected takes the operators == and !=.*found >/],
    ["agentConnected == yes", 19, /true or false for agentConnected, found yes/],
    ["agentConnected in [true, maybe]", 26, /true or false/],
    ["agentVersion == latest", 17, /version such as .*found latest/],
    ["agentVersion in [1.2.3]", 14, /takes the operators/],
    ["task:group > a", 12, /task:group takes the operators/],
    ["registeredAt < 2018-02-31", 16, /date such as .*found 2018-02-31/],
    ["registeredAt < 2018-02-01T25:00:00", 16, /date such as/],
    ["registeredAt < yesterday", 16, /date such as/],
    ["runningTasksCount == 1.5", 22, /whole number for runningTasksCount, found 1\.5/],
    ["runningTasksCount == ''", 22, /found an empty text/],
    ["attribute:a =~ b(c", 17, /regular expression: this \( is never closed/],
    ["attribute:a =~ 'b\\\\d(?=c)'", 21, /no look-around/],
    ["attribute:a =~ *a", 16, /nothing before \*/],
    ["attribute:a =~", 15, /expected a regular expression/],
    ["( ".repeat(60), 103, /more than 50 deep/],
    ["! ".repeat(1000), 103, /more than 50 deep/],
    ["a".repeat(2001), 2001, /2001 characters, 2000 are allowed/],
  ])("%s: column %i", (text, column, message) => {
    const result = parseClusterQuery(text);
    expect(result).toEqual({
      ok: false,
      error: { column, message: expect.stringMatching(message) },
    });
  });

  it("never throws, and points into the text, whatever the text", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ..."attribute:a task:group agentVersion == != in !in =~ !~ exists and or not ! ( ) [ ] , ' \" \\ && || 1.2".split(
          " ",
        ),
      ),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.constantFrom("", " "), (pieces, joint) => {
        const text = pieces.join(joint);
        const result = parseClusterQuery(text);
        if (result.ok) return;
        expect(result.error.column).toBeGreaterThanOrEqual(1);
        expect(result.error.column).toBeLessThanOrEqual(text.length + 1);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("queryMentions", () => {
  it("names each subject once, as it is written", () => {
    const query = parsed(
      "not (attribute:a == 1 or task:group == g) and attribute:a exists and agentVersion > 1",
    );
    expect([...queryMentions(query)].toSorted()).toEqual([
      "agentVersion",
      "attribute:a",
      "task:group",
    ]);
    expect([...queryMentions(matchAll)]).toEqual([]);
  });
});

/** The little that random queries look at. */
interface World {
  readonly attributes: Readonly<Record<string, string>>;
  readonly groups: readonly string[];
  readonly connected: boolean;
  readonly count: number;
}

/** A query written down together with what it should answer. `level`: 0 or, 1 and, 2 anything tighter. */
interface Sample {
  readonly text: string;
  readonly level: 0 | 1 | 2;
  readonly holds: (world: World) => boolean;
}

const values = ["a", "b", "A b", "it's", 'q"q', "c\\d", "10", "9", "and"];
const value = fc.constantFrom(...values);
const attributeName = fc.constantFrom("x", "ecs.y-1", "z/z");
const space = fc.constantFrom(" ", "  ", "\t", "\n");

const literal = (text: string, style: number): string =>
  style === 0 && /^[\w\\]+$/.test(text) && text !== "and"
    ? text
    : style === 1
      ? `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`
      : `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

const leaf: fc.Arbitrary<Sample> = fc.oneof(
  fc
    .tuple(
      attributeName,
      value,
      fc.nat(2),
      fc.constantFrom("==", "equals", "!=", "not_equals"),
      space,
    )
    .map(([name, wanted, style, operator, gap]) => ({
      text: `attribute:${name}${gap}${operator}${gap}${literal(wanted, style)}`,
      level: 2 as const,
      holds: ({ attributes }: World) =>
        name in attributes &&
        (operator.startsWith("!") || operator.startsWith("n")) !== (attributes[name] === wanted),
    })),
  fc
    .tuple(
      attributeName,
      fc.array(value, { minLength: 1, maxLength: 4 }),
      fc.nat(2),
      fc.constantFrom("in", "!in", "not_in"),
    )
    .map(([name, wanted, style, operator]) => ({
      text: `attribute:${name} ${operator} [${wanted.map((one) => literal(one, style)).join(" , ")}]`,
      level: 2 as const,
      holds: ({ attributes }: World) => {
        const mine = attributes[name];
        if (mine === undefined) return false;
        return operator === "in" ? wanted.includes(mine) : !wanted.includes(mine);
      },
    })),
  fc
    .tuple(attributeName, fc.constantFrom("exists", "!exists", "not_exists"))
    .map(([name, operator]) => ({
      text: `attribute:${name} ${operator}`,
      level: 2 as const,
      holds: ({ attributes }: World) => name in attributes === (operator === "exists"),
    })),
  fc.tuple(value, fc.constantFrom("==", "!="), fc.nat(2)).map(([group, operator, style]) => ({
    text: `task:group${operator}${literal(group, style)}`,
    level: 2 as const,
    holds: ({ groups }: World) => groups.includes(group) === (operator === "=="),
  })),
  fc.boolean().map((connected) => ({
    text: `agentConnected == ${connected}`,
    level: 2 as const,
    holds: (world: World) => world.connected === connected,
  })),
  fc
    .tuple(fc.nat(4), fc.constantFrom("<", "less_than", ">=", "greater_than_equal"))
    .map(([count, operator]) => ({
      text: `runningTasksCount ${operator} ${count}`,
      level: 2 as const,
      holds: (world: World) =>
        operator === "<" || operator === "less_than" ? world.count < count : world.count >= count,
    })),
);

const bracket = (sample: Sample, least: number, always: boolean): string =>
  sample.level < least || always ? `(${sample.text})` : sample.text;

const { sample } = fc.letrec<{ sample: Sample }>((tie) => ({
  sample: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    fc
      .tuple(tie("sample"), fc.constantFrom("not ", "NOT\t", "!", "! "), fc.boolean())
      .map(([operand, not, always]): Sample => ({
        text: `${not}${bracket(operand, 2, always)}`,
        level: 2,
        holds: (world) => !operand.holds(world),
      })),
    fc
      .tuple(
        fc.array(tie("sample"), { minLength: 2, maxLength: 3 }),
        fc.constantFrom(" and ", " AND ", " && ", "\n&&"),
        fc.boolean(),
      )
      .map(([operands, and, always]): Sample => ({
        text: operands.map((operand) => bracket(operand, 2, always)).join(and),
        level: 1,
        holds: (world) => operands.every((operand) => operand.holds(world)),
      })),
    fc
      .tuple(
        fc.array(tie("sample"), { minLength: 2, maxLength: 3 }),
        fc.constantFrom(" or ", " Or ", " || ", "|| "),
        fc.boolean(),
      )
      .map(([operands, or, always]): Sample => ({
        text: operands.map((operand) => bracket(operand, 1, always)).join(or),
        level: 0,
        holds: (world) => operands.some((operand) => operand.holds(world)),
      })),
  ),
}));

const world: fc.Arbitrary<World> = fc.record({
  attributes: fc.dictionary(attributeName, value, { maxKeys: 3, noNullPrototype: true }),
  groups: fc.array(value, { maxLength: 3 }),
  connected: fc.boolean(),
  count: fc.nat(4),
});

describe("random queries", () => {
  it("answer as a direct reading of them does", () => {
    const answers = { true: 0, false: 0 };
    fc.assert(
      fc.property(
        sample,
        fc.array(world, { minLength: 5, maxLength: 5 }),
        ({ text, holds }, worlds) => {
          fc.pre(text.length <= 2000);
          const query = parsed(text);
          for (const one of worlds) {
            const instance = instanceOf({
              attributes: Object.entries(one.attributes).map(([name, mine]) => ({
                name,
                value: mine,
              })),
              agentConnected: one.connected,
              runningTasksCount: one.count,
            });
            const answer = matchesClusterQuery(query, instance, { taskGroups: () => one.groups });
            answers[answer ? "true" : "false"] += 1;
            expect(answer).toBe(holds(one));
          }
        },
      ),
      { numRuns: 1000 },
    );
    // A generator that only makes one answer would prove nothing.
    expect(Math.min(answers.true, answers.false)).toBeGreaterThan(500);
  });

  it("survive being written out and read again", () => {
    fc.assert(
      fc.property(sample, ({ text }) => {
        const query = parsed(text);
        const written = formatClusterQuery(query);
        fc.pre(written.length <= 2000);
        expect(parsed(written)).toEqual(query);
        expect(formatClusterQuery(parsed(written))).toBe(written);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    "attribute:a =~ 'x\\\\d[.)]\\'+'",
    "agentVersion >= 1.2-rc",
    "registeredAt < 2018-02-13",
    "attribute:a !~ (b|c)d",
    "",
  ])("%s too", (text) => {
    expect(parsed(formatClusterQuery(parsed(text)))).toEqual(parsed(text));
  });
});
