// Regular expressions of cluster queries: the part of Java's syntax that describes regular languages, read
// into a small program. Matching lives in pattern-program.ts; nothing here uses the engine's own RegExp on
// a text that a client chose.
//
// Why not RegExp: it backtracks, and a pattern such as `(a|a)*b` or `.*.*.*.*x` would stop the process.
// Refusing "nested quantifiers" does not find all of those. The program takes time that grows with
// pattern length x text length and no more; the price is that back references and look-around, which need
// backtracking, are refused with a message.
import {
  anyChar,
  caseless,
  complement,
  PatternRefusal,
  readClass,
  readEscape,
} from "./pattern-chars.ts";
import type { CharRanges, PatternCursor } from "./pattern-chars.ts";
import { compileProgram, programMatches, programSize } from "./pattern-program.ts";
import type { Instruction, PatternNode, Work } from "./pattern-program.ts";

export interface Pattern {
  readonly source: string;
  readonly program: readonly Instruction[];
}

/** `index` is the offset in the source of the pattern, in UTF-16 units. */
export type PatternResult =
  | { readonly ok: true; readonly pattern: Pattern }
  | { readonly ok: false; readonly message: string; readonly index: number };

const groupDepthMax = 50;
/** Bounds the work of one match: instructions x characters. No query of 2,000 plain characters needs more. */
const programSizeMax = 2000;

/** Reads a Java regular expression. */
export function parsePattern(source: string): PatternResult {
  const cursor: PatternCursor = { source, index: 0, ignoreCase: false, dotAll: false };
  try {
    const node = readEither(cursor, 0);
    if (cursor.index < source.length)
      throw new PatternRefusal("this ) closes no group", cursor.index);
    if (programSize(node) > programSizeMax)
      throw new PatternRefusal("the pattern repeats too much: use smaller counts", 0);
    return { ok: true, pattern: { source, program: compileProgram(node) } };
  } catch (error) {
    if (error instanceof PatternRefusal)
      return { ok: false, message: error.message, index: error.index };
    throw error;
  }
}

/** Whether the whole text matches, as Java's `String.matches` does it: `g2.*` is no match for `ag2.x`. */
export function patternMatches(pattern: Pattern, text: string, work?: Work): boolean {
  return programMatches(pattern.program, text, work);
}

function readEither(cursor: PatternCursor, depth: number): PatternNode {
  const branches = [readSequence(cursor, depth)];
  while (cursor.source[cursor.index] === "|") {
    cursor.index += 1;
    branches.push(readSequence(cursor, depth));
  }
  const [only] = branches;
  return branches.length === 1 && only ? only : { kind: "either", branches };
}

function readSequence(cursor: PatternCursor, depth: number): PatternNode {
  const parts: PatternNode[] = [];
  for (;;) {
    const char = cursor.source[cursor.index];
    if (char === undefined || char === "|" || char === ")") return { kind: "sequence", parts };
    const atoms = readAtoms(cursor, depth);
    const last = atoms.pop();
    parts.push(...atoms);
    if (last) parts.push(readQuantifier(cursor, last));
  }
}

/** One atom in the usual case, several for `\Q...\E`, none for flags. */
function readAtoms(cursor: PatternCursor, depth: number): PatternNode[] {
  const at = cursor.index;
  const char = String.fromCodePoint(cursor.source.codePointAt(at) ?? 0);
  switch (char) {
    case "(":
      return readGroup(cursor, depth);
    case "[":
      return [{ kind: "chars", ranges: readClass(cursor) }];
    case "\\":
      if (cursor.source.startsWith("\\Q", at)) return readQuoted(cursor);
      return [readEscapedAtom(cursor)];
    case ".":
      cursor.index += 1;
      return [{ kind: "chars", ranges: cursor.dotAll ? complement([]) : anyChar }];
    case "^":
    case "$":
      cursor.index += 1;
      return [{ kind: "edge", edge: char === "^" ? "start" : "end" }];
    case "*":
    case "+":
    case "?":
    case "{":
      throw new PatternRefusal(`there is nothing before ${char} to repeat`, at);
    default:
      cursor.index += char.length;
      return [literal(cursor, char)];
  }
}

function literal(cursor: PatternCursor, char: string): PatternNode {
  const code = char.codePointAt(0) ?? 0;
  const ranges: CharRanges = [[code, code]];
  return { kind: "chars", ranges: cursor.ignoreCase ? caseless(ranges) : ranges };
}

function readQuoted(cursor: PatternCursor): PatternNode[] {
  const end = cursor.source.indexOf("\\E", cursor.index);
  const text = cursor.source.slice(cursor.index + 2, end < 0 ? undefined : end);
  cursor.index = end < 0 ? cursor.source.length : end + 2;
  return Array.from(text, (char) => literal(cursor, char));
}

function readEscapedAtom(cursor: PatternCursor): PatternNode {
  const next = cursor.source[cursor.index + 1];
  if (next === "A" || next === "z" || next === "Z") {
    cursor.index += 2;
    return { kind: "edge", edge: next === "A" ? "start" : "end" };
  }
  const ranges = readEscape(cursor);
  return { kind: "chars", ranges: cursor.ignoreCase ? caseless(ranges) : ranges };
}

function readGroup(cursor: PatternCursor, depth: number): PatternNode[] {
  const at = cursor.index;
  if (depth >= groupDepthMax)
    throw new PatternRefusal(`groups nest more than ${groupDepthMax} deep`, at);
  const { ignoreCase, dotAll } = cursor;
  const opening = /\((?:\?(?:<[A-Za-z][A-Za-z0-9]*>|[is]*[:)]))?/y;
  opening.lastIndex = at;
  const head = opening.exec(cursor.source)?.[0] ?? "(";
  if (head === "(" && cursor.source[at + 1] === "?")
    throw new PatternRefusal(
      "only (...), (?:...), (?<name>...), (?i) and (?s) are supported: no look-around or other flags",
      at,
    );
  cursor.index = at + head.length;
  if (/^\(\?[is]*[:)]$/.test(head)) {
    cursor.ignoreCase ||= head.includes("i");
    cursor.dotAll ||= head.includes("s");
    if (head.endsWith(")")) return [];
  }
  const node = readEither(cursor, depth + 1);
  if (cursor.source[cursor.index] !== ")") throw new PatternRefusal("this ( is never closed", at);
  cursor.index += 1;
  cursor.ignoreCase = ignoreCase;
  cursor.dotAll = dotAll;
  return [node];
}

const counts: Readonly<Record<string, readonly [number, number | undefined]>> = {
  "*": [0, undefined],
  "+": [1, undefined],
  "?": [0, 1],
};

function readQuantifier(cursor: PatternCursor, part: PatternNode): PatternNode {
  const at = cursor.index;
  const quantifier = /[*+?]|\{(\d{1,4})(,(\d{0,4}))?\}/y;
  quantifier.lastIndex = at;
  const match = quantifier.exec(cursor.source);
  if (!match) {
    if (cursor.source[at] === "{")
      throw new PatternRefusal("expected a count such as {2}, {2,} or {2,5}", at);
    return part;
  }
  const [symbol, low, comma, high] = match;
  const bounds = counts[symbol] ?? [
    Number(low),
    comma === undefined ? Number(low) : high ? Number(high) : undefined,
  ];
  const [min, max] = bounds;
  if (max !== undefined && max < min)
    throw new PatternRefusal("the second count is smaller than the first", at);
  cursor.index = at + symbol.length;
  // A lazy quantifier takes the same texts as a greedy one when the whole text has to match.
  if (cursor.source[cursor.index] === "?") cursor.index += 1;
  else if (cursor.source[cursor.index] === "+")
    throw new PatternRefusal("possessive quantifiers are not supported", at);
  if (/[*+?{]/.test(cursor.source[cursor.index] ?? ""))
    throw new PatternRefusal("two quantifiers in a row", cursor.index);
  return { kind: "repeat", part, min, max };
}
