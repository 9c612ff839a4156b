// What happened minute by minute: reads the API's history, adds clusters up, and goes on where it ends with what the page
// follows. Pure.
import { at, fieldsOf } from "../read.ts";
import type { Fields } from "../read.ts";

export interface Minute {
  /** When it began, ms since the epoch. */
  readonly at: number;
  readonly running: number;
  readonly pending: number;
  readonly stopping: number;
  readonly stopped: number;
  readonly starts: number;
  readonly stops: number;
  readonly failures: number;
  /** Longest of the minute; null in one without events. */
  readonly eventLagMs: number | null;
  /** Median of the newest events; of several clusters the longest. */
  readonly eventLagP50Ms: number | null;
  readonly drift: number;
}

export type MinuteField = Exclude<keyof Minute, "at">;

export const minuteMs = 60_000;

const count = (value: unknown): number => (typeof value === "number" ? value : 0);

function readMinute(fields: Fields): Minute {
  const tasks = (name: string) => count(at(fields["tasks"], name));
  const lag = (name: string) => (typeof fields[name] === "number" ? fields[name] : null);
  return {
    at: Date.parse(String(fields["at"])),
    running: tasks("running"),
    pending: tasks("pending"),
    stopping: tasks("stopping"),
    stopped: tasks("stopped"),
    starts: count(fields["starts"]),
    stops: count(fields["stops"]),
    failures: count(fields["failures"]),
    eventLagMs: lag("eventLagMs"),
    eventLagP50Ms: lag("eventLagP50Ms"),
    drift: count(fields["drift"]),
  };
}

/** The history in an answer to {@link historyQuery}, oldest first. */
export const readHistory = (data: unknown): readonly Minute[] =>
  fieldsOf(at(data, "cluster", "history")).map(readMinute);

const longest = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.max(a, b);

function add(a: Minute, b: Minute): Minute {
  return {
    at: a.at,
    running: a.running + b.running,
    pending: a.pending + b.pending,
    stopping: a.stopping + b.stopping,
    stopped: a.stopped + b.stopped,
    starts: a.starts + b.starts,
    stops: a.stops + b.stops,
    failures: a.failures + b.failures,
    eventLagMs: longest(a.eventLagMs, b.eventLagMs),
    eventLagP50Ms: longest(a.eventLagP50Ms, b.eventLagP50Ms),
    drift: a.drift + b.drift,
  };
}

/** Several clusters as one: counts add up, the longest lag counts. A cluster counts from where its record begins. */
export function sumMinutes(histories: readonly (readonly Minute[])[]): readonly Minute[] {
  const sums = new Map<number, Minute>();
  for (const minute of histories.flat()) {
    const known = sums.get(minute.at);
    sums.set(minute.at, known ? add(known, minute) : minute);
  }
  return [...sums.values()].sort((a, b) => a.at - b.at);
}

/** With newer minutes in the place of those that are known already, and none from before `from` (ms). */
export function mergeMinutes(
  known: readonly Minute[],
  news: readonly Minute[],
  from: number,
): readonly Minute[] {
  const all = new Map([...known, ...news].map((minute) => [minute.at, minute]));
  return [...all.values()].filter((minute) => minute.at >= from).sort((a, b) => a.at - b.at);
}

/** Tasks as the page follows them. */
export interface TaskCounts {
  readonly total: number;
  readonly running: number;
  readonly pending: number;
  readonly stopped: number;
}

/** With the newest minute's tasks as they are now: a history is told later than its changes. */
export function withTasksNow(
  minutes: readonly Minute[],
  counts: readonly TaskCounts[],
): readonly Minute[] {
  const last = minutes.at(-1);
  if (!last || counts.length === 0) return minutes;
  const sum = (name: keyof TaskCounts) => counts.reduce((all, each) => all + each[name], 0);
  const tasks = { running: sum("running"), pending: sum("pending"), stopped: sum("stopped") };
  const stopping = Math.max(0, sum("total") - tasks.running - tasks.pending - tasks.stopped);
  return [...minutes.slice(0, -1), { ...last, ...tasks, stopping }];
}

/** Smallest, largest and last value of a field; undefined when there is none. */
export function rangeOf(
  minutes: readonly Minute[],
  field: MinuteField,
): { readonly min: number; readonly max: number; readonly last: number } | undefined {
  const values = minutes.flatMap((minute) => minute[field] ?? []);
  const last = values.at(-1);
  if (last === undefined) return undefined;
  return { min: Math.min(...values), max: Math.max(...values), last };
}
