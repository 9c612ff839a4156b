// Whether the picture may be taken for the present: judged by what comes of asking the API how fresh it is, since a
// subscription that nothing comes by looks the same when nothing happens and when the API cannot read its store. Pure.
import { shownDuration } from "./derive.ts";

/** How the asking goes. Times are ms since the epoch. */
export interface Asking {
  /** When the question that is under way was asked; undefined between two. */
  readonly askedAtMs?: number;
  /** When the last good answer came; undefined before the first. */
  readonly answeredAtMs?: number;
  /** What came instead of a good answer since. */
  readonly failure?: { readonly problem: string; readonly code?: string };
}

export interface Doubt {
  readonly what: string;
  readonly why: string;
  /** When the picture was last known to be of now, ms since the epoch; undefined when it never was. */
  readonly asOfMs: number | undefined;
}

/** An API that is well answers within milliseconds. */
const patienceMs = 5000;

/** What the API adds for whoever wanted a change. */
const forChanges = /; nothing was changed as far as we know\..*$/s;

/** Why the picture may be of another time than now; undefined while it is not. */
export function doubtOf(
  { askedAtMs, answeredAtMs: asOfMs, failure }: Asking,
  nowMs: number,
): Doubt | undefined {
  if (failure?.code === "UNAVAILABLE") {
    const why = failure.problem.replace(forChanges, ".");
    return { what: "Longshore cannot read its store", why, asOfMs };
  }
  const what = "Longshore does not say how fresh this is";
  if (failure) return { what, why: `${failure.problem}.`.replace(/\.\.$/, "."), asOfMs };
  if (askedAtMs === undefined || nowMs - askedAtMs < patienceMs) return undefined;
  return { what, why: `No answer for ${shownDuration(nowMs - askedAtMs)}.`, asOfMs };
}

/** How old a doubted picture is, as the rest of a sentence. */
export const pictureAge = ({ asOfMs }: Doubt, nowMs: number): string =>
  asOfMs === undefined
    ? "how old this picture is, is not known"
    : `this picture is ${shownDuration(nowMs - asOfMs)} old`;
