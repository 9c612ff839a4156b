// The parts that the details of a thing are laid out with: facts, tables under a title, durations. Pure.
import type { JsonObject } from "../../ecs/json.ts";
import type { One } from "../asked.ts";
import type { Resource } from "../resources/resource.ts";
import type { Paint, Tone } from "../style.ts";
import { displayWidth, layOutTable, oneLine } from "../table.ts";
import type { Column } from "../table.ts";

/** How details are shown: when, how wide, with which colours. */
export interface View {
  readonly now: number;
  /** Undefined on a pipe: nothing is wrapped or cut. */
  readonly width: number | undefined;
  readonly paint: Paint;
}

/** A kind of thing whose details can be shown. */
export interface Detail<Node = JsonObject> {
  readonly resource: Resource;
  readonly asked: One<Node>;
  lines(node: Node, view: View): string[];
  /** Subscriptions whose changes may change what is shown: filters by resource. */
  triggers(node: Node): readonly Trigger[];
}

export interface Trigger {
  readonly resource: Resource;
  readonly filter: JsonObject;
}

/** A label and what it says; left out when that is nothing. */
export type Fact = readonly [label: string, value: string | null, tone?: Tone | undefined];

/** Words on lines no wider than `width`; a word that is wider stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of oneLine(text).split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** No value is wrapped to less than this, however narrow the terminal. */
const valueMin = 16;

export function factLines(facts: readonly Fact[], { width = Infinity, paint }: View): string[] {
  const there = facts.flatMap(([label, value, tone]) =>
    value ? [[label, value, tone] as const] : [],
  );
  const labels = Math.max(0, ...there.map(([label]) => label.length)) + 2;
  return there.flatMap(([label, value, tone]) =>
    wrap(value, Math.max(valueMin, width - labels)).map((line, index) => {
      const begin =
        index === 0
          ? paint("strong", label) + " ".repeat(labels - label.length)
          : " ".repeat(labels);
      return begin + (tone === undefined ? line : paint(tone, line));
    }),
  );
}

/** A table under a title, after an empty line; nothing without rows. */
export function section(
  title: string,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { width, paint }: View,
): string[] {
  if (rows.length === 0) return [];
  // A column that says nothing of any of them takes room only.
  const told = columns.map((_, index) => rows.some((row) => row[index] !== ""));
  const table = layOutTable(
    columns.filter((_, index) => told[index]),
    rows.map((row) => row.filter((_, index) => told[index])),
    width === undefined ? undefined : width - 2,
    paint,
  );
  return ["", paint("strong", title), ...table.map((line) => `  ${line}`)];
}

/** Milliseconds as people say them: `350ms`, `12.4s`, `3m20s`, `5h02m`, `3d04h`. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return "";
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  const two = (value: number) => String(value).padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)}d${two(hours % 24)}h`;
}

/** A moment and how long ago it was. */
export function moment(time: string | null, now: number): string {
  const at = Date.parse(time ?? "");
  return Number.isNaN(at) ? "" : `${time} (${duration(Math.max(0, now - at))} ago)`;
}
