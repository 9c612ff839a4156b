// Runs a pattern as a set of states moved over the text one character at a time (Thompson's construction):
// each instruction is visited at most once a character, so there is no pattern that takes for ever.
import type { CharRanges } from "./pattern-chars.ts";

/** A pattern as it was read. */
export type PatternNode =
  | { readonly kind: "chars"; readonly ranges: CharRanges }
  | { readonly kind: "edge"; readonly edge: "start" | "end" }
  | { readonly kind: "sequence"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "either"; readonly branches: readonly PatternNode[] }
  | {
      readonly kind: "repeat";
      readonly part: PatternNode;
      readonly min: number;
      /** Undefined for no upper bound. */
      readonly max: number | undefined;
    };

/** One step. `chars` takes a character and goes on to the next instruction; the others take none. */
export type Instruction =
  | { readonly op: "chars"; readonly ranges: CharRanges }
  | { readonly op: "edge"; readonly edge: "start" | "end" }
  | { readonly op: "jump"; readonly to: readonly number[] }
  | { readonly op: "done" };

/** The instructions that {@link compileProgram} would write, counted without writing them. */
export function programSize(node: PatternNode): number {
  switch (node.kind) {
    case "chars":
    case "edge":
      return 1;
    case "sequence":
      return node.parts.reduce((size, part) => size + programSize(part), 0);
    case "either":
      return node.branches.reduce((size, branch) => size + programSize(branch) + 1, 1);
    case "repeat":
      // One more for each copy, so that `(){9999}` is not free.
      return (programSize(node.part) + 1) * Math.max(node.min, node.max ?? node.min + 1, 1);
  }
}

/** The program of a pattern whose {@link programSize} is acceptable. */
export function compileProgram(node: PatternNode): readonly Instruction[] {
  const program: Instruction[] = [];
  write(node, program);
  program.push({ op: "done" });
  return program;
}

function write(node: PatternNode, program: Instruction[]): void {
  switch (node.kind) {
    case "chars":
      program.push({ op: "chars", ranges: node.ranges });
      return;
    case "edge":
      program.push({ op: "edge", edge: node.edge });
      return;
    case "sequence":
      for (const part of node.parts) write(part, program);
      return;
    case "either":
      writeEither(node.branches, program);
      return;
    case "repeat":
      for (let copy = 0; copy < node.min; copy += 1) write(node.part, program);
      if (node.max === undefined) writeLoop(node.part, program);
      else writeOptional(node.part, node.max - node.min, program);
  }
}

function writeEither(branches: readonly PatternNode[], program: Instruction[]): void {
  const fork = program.length;
  program.push({ op: "done" });
  const starts: number[] = [];
  const ends: number[] = [];
  for (const branch of branches) {
    starts.push(program.length);
    write(branch, program);
    ends.push(program.length);
    program.push({ op: "done" });
  }
  program[fork] = { op: "jump", to: starts };
  for (const end of ends) program[end] = { op: "jump", to: [program.length] };
}

function writeLoop(part: PatternNode, program: Instruction[]): void {
  const fork = program.length;
  program.push({ op: "done" });
  write(part, program);
  program.push({ op: "jump", to: [fork] });
  program[fork] = { op: "jump", to: [fork + 1, program.length] };
}

function writeOptional(part: PatternNode, copies: number, program: Instruction[]): void {
  const forks: number[] = [];
  for (let copy = 0; copy < copies; copy += 1) {
    forks.push(program.length);
    program.push({ op: "done" });
    write(part, program);
  }
  for (const fork of forks) program[fork] = { op: "jump", to: [fork + 1, program.length] };
}

/** How many instructions may still be looked at. Matching takes from it. */
export interface Work {
  left: number;
}

/** A pattern and its texts took more {@link Work} than there was. */
export class TooMuchWork extends Error {
  override readonly name = "TooMuchWork";
}

/** Whether the program takes the whole text. Throws {@link TooMuchWork}. */
export function programMatches(
  program: readonly Instruction[],
  text: string,
  work?: Work,
): boolean {
  const visited = new Int32Array(program.length).fill(-1);
  let states = reach(program, [0], visited, 0, text.length === 0);
  let position = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    position += char.length;
    const moved = states.filter((state) => takes(program[state], code)).map((state) => state + 1);
    if (moved.length === 0) return false;
    states = reach(program, moved, visited, position, position === text.length);
    if (!work) continue;
    work.left -= states.length;
    if (work.left < 0) throw new TooMuchWork("the patterns take too much work");
  }
  return states.some((state) => program[state]?.op === "done");
}

function takes(instruction: Instruction | undefined, code: number): boolean {
  return (
    instruction?.op === "chars" &&
    instruction.ranges.some(([low, high]) => code >= low && code <= high)
  );
}

/** The instructions that wait for a character, or are done, when `from` is entered at `position`. */
function reach(
  program: readonly Instruction[],
  from: readonly number[],
  visited: Int32Array,
  position: number,
  atEnd: boolean,
): number[] {
  const waiting: number[] = [];
  const pending = [...from];
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    if (visited[state] === position) continue;
    visited[state] = position;
    const instruction = program[state];
    if (instruction?.op === "jump") pending.push(...instruction.to);
    else if (instruction?.op === "edge") {
      if (instruction.edge === "start" ? position === 0 : atEnd) pending.push(state + 1);
    } else waiting.push(state);
  }
  return waiting;
}
