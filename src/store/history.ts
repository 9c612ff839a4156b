// What happened in a cluster, minute by minute, as scripts keep it: one hash that holds counts and a ring of a day.
// Pure: decodes; note-freshness.lua writes the minutes, apply.lua and remove.lua the counts that they are taken from.

/** Length of the ring: what happened before is overwritten. */
export const historyMinutes = 24 * 60;
/** How much of it is read when nobody says. */
export const historyMinutesByDefault = 180;

/** One minute in which something was noted. */
export interface HistoryMinute {
  /** When it began, ms since the epoch. */
  readonly at: number;
  /** Tasks by status, as they were last in this minute. Stopped ones for as long as they are kept. */
  readonly pending: number;
  readonly running: number;
  readonly stopping: number;
  readonly stopped: number;
  /** Tasks that came to RUNNING, that came to STOPPED, and those of the latter that failed. */
  readonly starts: number;
  readonly stops: number;
  readonly failures: number;
  /** Longest time from SQS taking an event in to it being applied; undefined when there was none. */
  readonly eventLagMs: number | undefined;
  /** Median of the newest events by the end of the minute; undefined when there was none. */
  readonly eventLagP50Ms: number | undefined;
  /** Entities that comparisons with ECS found wrong, missing or left over. */
  readonly drift: number;
}

const minuteMs = 60_000;

/** Nothing of a minute without events. */
const lagOf = (text = "-"): number | undefined => (text === "-" ? undefined : Number(text));

/** Reads the hash: what was noted in minutes of the day before `now`, oldest first. */
export function readHistory(
  fields: Readonly<Record<string, string>>,
  now: number,
): HistoryMinute[] {
  const noted = Object.values(fields).flatMap((text) => {
    const [minute, lag, ...rest] = text.split(" ");
    // What is one word is a count; what was not overwritten since yesterday is a minute without a change.
    if (rest.length === 0 || Number(minute) <= now / minuteMs - historyMinutes) return [];
    const [drift = 0, starts = 0, stops = 0, failures = 0, ...tasks] = rest.map(Number);
    const [pending = 0, running = 0, stopping = 0, stopped = 0] = tasks;
    const at = Number(minute) * minuteMs;
    const counts = { pending, running, stopping, stopped, starts, stops, failures, drift };
    return [{ at, ...counts, eventLagMs: lagOf(lag), eventLagP50Ms: lagOf(rest[8]) }];
  });
  return noted.sort((a, b) => a.at - b.at);
}

/**
 * One entry for each minute from `minutes` before `now` on, or from the first that was noted, to the one that is
 * under way: in a minute without a note there were as many tasks as before it.
 */
export function everyMinute(
  noted: readonly HistoryMinute[],
  minutes: number,
  now: number,
): HistoryMinute[] {
  const byTime = new Map(noted.map((each) => [each.at, each]));
  const last = Math.floor(now / minuteMs) * minuteMs;
  const from = last - (minutes - 1) * minuteMs;
  let before = noted.findLast(({ at }) => at < from);
  const all: HistoryMinute[] = [];
  for (let at = from; at <= last; at += minuteMs) {
    const none = { eventLagMs: undefined, eventLagP50Ms: undefined };
    const quiet = { starts: 0, stops: 0, failures: 0, ...none, drift: 0 };
    const here = byTime.get(at) ?? (before && { ...before, ...quiet, at });
    if (here) all.push(here);
    before = here;
  }
  return all;
}
