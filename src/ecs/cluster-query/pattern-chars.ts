// Sets of characters in a pattern: escapes, classes, ignoring case. A set is a list of code point ranges.
// Never matches anything: the program does.

/** Inclusive code point ranges, in any order. */
export type CharRanges = readonly (readonly [number, number])[];

/** Stops the reading of one pattern; caught where the reading began, so that callers get a value. */
export class PatternRefusal extends Error {
  readonly index: number;
  constructor(message: string, index: number) {
    super(message);
    this.index = index;
  }
}

/** Where the reader stands, and the flags that hold there. */
export interface PatternCursor {
  readonly source: string;
  index: number;
  ignoreCase: boolean;
  dotAll: boolean;
}

const codePointMax = 0x10ffff;

const digits: CharRanges = [[48, 57]];
const lower: CharRanges = [[97, 122]];
const upper: CharRanges = [[65, 90]];
const letters: CharRanges = [...lower, ...upper];
const spaces: CharRanges = [
  [9, 13],
  [32, 32],
];
const punctuation: CharRanges = [
  [33, 47],
  [58, 64],
  [91, 96],
  [123, 126],
];

/** Everything outside of the ranges. */
export function complement(ranges: CharRanges): CharRanges {
  const outside: [number, number][] = [];
  let next = 0;
  for (const [low, high] of ranges.toSorted((a, b) => a[0] - b[0])) {
    if (low > next) outside.push([next, low - 1]);
    next = Math.max(next, high + 1);
  }
  if (next <= codePointMax) outside.push([next, codePointMax]);
  return outside;
}

/** What `.` takes: all but line terminators. */
export const anyChar: CharRanges = complement([
  [10, 10],
  [13, 13],
  [0x85, 0x85],
  [0x2028, 0x2029],
]);

/** The ranges and the other case of their letters. ASCII only, as Java without its Unicode flag. */
export function caseless(ranges: CharRanges): CharRanges {
  const overlap = (low: number, high: number, from: number, to: number, shift: number) =>
    Math.max(low, from) <= Math.min(high, to)
      ? [[Math.max(low, from) + shift, Math.min(high, to) + shift] as const]
      : [];
  return ranges.flatMap(([low, high]) => [
    [low, high] as const,
    ...overlap(low, high, 97, 122, -32),
    ...overlap(low, high, 65, 90, 32),
  ]);
}

const escapedSets: ReadonlyMap<string, CharRanges> = new Map([
  ["d", digits],
  ["D", complement(digits)],
  ["w", [...letters, ...digits, [95, 95]]],
  ["W", complement([...letters, ...digits, [95, 95]])],
  ["s", spaces],
  ["S", complement(spaces)],
  ["t", [[9, 9]]],
  ["n", [[10, 10]]],
  ["f", [[12, 12]]],
  ["r", [[13, 13]]],
  ["a", [[7, 7]]],
  ["e", [[27, 27]]],
]);

const namedSets: ReadonlyMap<string, CharRanges> = new Map([
  ["Lower", lower],
  ["Upper", upper],
  ["Alpha", letters],
  ["Digit", digits],
  ["Alnum", [...letters, ...digits]],
  ["Punct", punctuation],
  ["Space", spaces],
  ["ASCII", [[0, 127]]],
  [
    "XDigit",
    [
      [48, 57],
      [65, 70],
      [97, 102],
    ],
  ],
]);

/** Reads the escape at the cursor, which stands on its backslash. */
export function readEscape(cursor: PatternCursor): CharRanges {
  const at = cursor.index;
  const escape = /\\(?:[pP]\{(\w+)\}|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|([^]))/uy;
  escape.lastIndex = at;
  const match = escape.exec(cursor.source);
  if (!match) throw new PatternRefusal("a backslash at the end escapes nothing", at);
  const [text, setName, hex2, hex4, char = ""] = match;
  cursor.index = at + text.length;
  if (setName !== undefined) {
    const set = namedSets.get(setName);
    if (!set)
      throw new PatternRefusal(
        `\\p{${setName}} is not supported: use one of ${[...namedSets.keys()].join(", ")}`,
        at,
      );
    return text.startsWith("\\P") ? complement(set) : set;
  }
  const hex = hex2 ?? hex4;
  const code = hex === undefined ? (char.codePointAt(0) ?? 0) : Number.parseInt(hex, 16);
  if (hex !== undefined || /[^A-Za-z0-9]/.test(char)) return [[code, code]];
  const set = escapedSets.get(char);
  if (set) return set;
  throw new PatternRefusal(
    /[1-9k]/.test(char)
      ? "references to an earlier group are not supported"
      : `\\${char} is no escape that is supported`,
    at,
  );
}

/** Reads the class at the cursor, which stands on its `[`. */
export function readClass(cursor: PatternCursor): CharRanges {
  const { source } = cursor;
  const at = cursor.index;
  cursor.index += 1;
  const negated = source[cursor.index] === "^";
  if (negated) cursor.index += 1;
  const first = cursor.index;
  const ranges: (readonly [number, number])[] = [];
  while (cursor.index === first || source[cursor.index] !== "]") {
    if (cursor.index >= source.length) throw new PatternRefusal("this [ is never closed", at);
    if (source[cursor.index] === "[" || source.startsWith("&&", cursor.index))
      throw new PatternRefusal(
        "a class inside a class is not supported: write \\[ or \\& for the character itself",
        cursor.index,
      );
    ranges.push(...readClassItem(cursor));
  }
  cursor.index += 1;
  const set = cursor.ignoreCase ? caseless(ranges) : ranges;
  return negated ? complement(set) : set;
}

function readClassItem(cursor: PatternCursor): CharRanges {
  const at = cursor.index;
  const low = readClassChar(cursor);
  const { source } = cursor;
  const [from, ...others] = low;
  const after = source[cursor.index + 1];
  if (source[cursor.index] !== "-" || after === "]" || after === undefined) return low;
  // `[a-[b]]` is a class inside a class: leave the hyphen and let the caller refuse the bracket.
  if (after === "[") return low;
  cursor.index += 1;
  const high = readClassChar(cursor);
  const [to, ...more] = high;
  if (!from || !to || others.length + more.length > 0 || from[0] !== from[1] || to[0] !== to[1])
    throw new PatternRefusal("a range needs one character on each side", at);
  if (to[0] < from[0]) throw new PatternRefusal("this range runs backwards", at);
  return [[from[0], to[0]]];
}

function readClassChar(cursor: PatternCursor): CharRanges {
  if (cursor.source[cursor.index] === "\\") return readEscape(cursor);
  const code = cursor.source.codePointAt(cursor.index) ?? 0;
  cursor.index += code > 0xffff ? 2 : 1;
  return [[code, code]];
}
