// What becomes of the ledger of tasks that run once when its container instances go: runs are closed by how their task
// ended, or because nobody will tell any more, and closed ones are forgotten after the retention time. Pure.
import { isStopped } from "../ecs/task.ts";
import type { Task } from "../ecs/task.ts";
import { hasSucceeded, settleRun, skipRun } from "./once.ts";
import { isFinal } from "./placement.ts";
import type { Placement } from "./placement.ts";
import type { Rules } from "./rules.ts";

/** Runs on instances that are gone which are kept at the most, for each daemon: the newest. */
const goneRunsMax = 10_000;
/** The end of a task may be told after its instance's: SQS keeps no order, and what was not stored comes again in 30 s. */
export const lateEndMs = 90_000;

export interface LedgerFacts extends Pick<Rules, "essentialOf"> {
  /** Whether the instance of a run is there. */
  readonly isPresent: (run: Placement) => boolean;
  /** For how long the instance of a run is known to be gone, ms. */
  readonly goneFor: (run: Placement) => number;
  /** The task of a run, as far as it is known. */
  readonly taskOf: (run: Placement) => Task | undefined;
  readonly now: number;
  readonly retentionMs: number;
}

export interface ExpiredRuns {
  /** To be written: it is known how they ended, or it never will be. */
  readonly closed: Placement[];
  /** Runs whose end may still be told. */
  readonly awaited: Placement[];
  readonly forgotten: Placement[];
}

/** What is to be done about runs whose instance left. */
export function expiredRuns(placements: Iterable<Placement>, facts: LedgerFacts): ExpiredRuns {
  const { isPresent, now, retentionMs } = facts;
  const closed: Placement[] = [];
  const awaited: Placement[] = [];
  const final: Placement[] = [];
  for (const placement of placements) {
    if (isPresent(placement)) continue;
    if (isFinal(placement)) {
      final.push(placement);
      continue;
    }
    const next = close(placement, facts);
    if (next === undefined) awaited.push(placement);
    else closed.push(next);
  }
  const byAge = final.toSorted((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0));
  const forgotten = byAge.filter(
    ({ endedAt = 0 }, index) => index >= goneRunsMax || now - endedAt > retentionMs,
  );
  return { closed, awaited, forgotten };
}

function close(run: Placement, { taskOf, essentialOf, goneFor, now }: LedgerFacts) {
  const task = run.state === "STARTING" ? taskOf(run) : undefined;
  if (task && isStopped(task)) {
    const ended = settleRun(run, task, hasSucceeded(task, essentialOf(task)), now);
    return isFinal(ended) ? ended : skipRun(ended, leftBefore(ended), now);
  }
  if (run.state === "STARTING" && goneFor(run) < lateEndMs) return undefined;
  return skipRun(run, leftBefore(run), now);
}

function leftBefore({ state, reason }: Placement): string {
  if (state === "PENDING") return "the container instance left before it ran";
  if (state === "STARTING") return "the container instance left before its end was seen";
  return `the container instance left after it had failed: ${reason ?? "unknown"}`;
}
