// What becomes of the ledger of tasks that run once when its container instances go: runs that never were are closed,
// and closed ones are forgotten after the retention time. Pure.
import { skipRun } from "./once.ts";
import { isFinal } from "./placement.ts";
import type { Placement } from "./placement.ts";

/** Runs on instances that are gone which are kept at the most, for each daemon: the newest. */
const goneRunsMax = 10_000;

export interface LedgerFacts {
  /** Whether the instance of a run is there. */
  readonly isPresent: (run: Placement) => boolean;
  readonly now: number;
  readonly retentionMs: number;
}

/** Runs to be closed because their instance left, and runs to be forgotten. */
export function expiredRuns(
  placements: Iterable<Placement>,
  { isPresent, now, retentionMs }: LedgerFacts,
): { readonly skipped: Placement[]; readonly forgotten: Placement[] } {
  const skipped: Placement[] = [];
  const closed: Placement[] = [];
  for (const placement of placements) {
    if (isPresent(placement)) continue;
    if (isFinal(placement)) closed.push(placement);
    else skipped.push(skipRun(placement, leftBefore(placement), now));
  }
  const byAge = closed.toSorted((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0));
  const forgotten = byAge.filter(
    ({ endedAt = 0 }, index) => index >= goneRunsMax || now - endedAt > retentionMs,
  );
  return { skipped, forgotten };
}

function leftBefore({ state, reason }: Placement): string {
  if (state === "PENDING") return "the container instance left before it ran";
  if (state === "STARTING") return "the container instance left before its end was seen";
  return `the container instance left after it had failed: ${reason ?? "unknown"}`;
}
