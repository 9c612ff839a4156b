// What a daemon waits for on a DRAINING container instance: daemons go last, in their order, after the tasks that run
// once when an instance leaves. Pure.
import { isStopped } from "../ecs/task.ts";
import type { Task } from "../ecs/task.ts";
import type { Daemon } from "./daemon.ts";
import { isCapacity, isUnfit } from "./failure.ts";
import { isFinal } from "./placement.ts";
import type { Placement } from "./placement.ts";

/** A daemon that runs something once when an instance leaves, as it stands on one. */
export interface Leaving {
  readonly daemon: string;
  /** The newest run there. */
  readonly placement: Placement | undefined;
}

export interface DrainFacts {
  /** Every task on the instance. */
  readonly tasks: Iterable<Task>;
  /** The daemon that started a task, if one did. */
  readonly ownerOf: (task: Task) => Daemon | undefined;
  /** Those that select the instance, without paused ones. */
  readonly leaving: readonly Leaving[];
}

/** Daemons do not wait longer for a task that keeps failing. */
const failedRunsMax = 5;

/** Why a daemon's task must stay for now; undefined when it may go. A task counts until it is really STOPPED. */
export function whatHolds(daemon: Daemon, facts: DrainFacts): string | undefined {
  let isBusy = false;
  let earlier: Daemon | undefined;
  for (const task of facts.tasks) {
    if (isStopped(task)) continue;
    const owner = facts.ownerOf(task);
    if (!owner) isBusy = true;
    else if (owner.mode === "ALWAYS" && owner.drainOrder < daemon.drainOrder) earlier ??= owner;
  }
  if (isBusy) return "other tasks still run there";
  const leaving = facts.leaving.find((each) => isAwaited(each, isBusy));
  if (leaving) return `daemon ${leaving.daemon} still has its task to run there`;
  if (earlier) return `daemon ${earlier.name}, of a lower drainOrder, still runs there`;
  return undefined;
}

function isAwaited({ placement }: Leaving, isBusy: boolean): boolean {
  if (placement === undefined) return true;
  if (isFinal(placement)) return false;
  if (placement.state !== "FAILED") return true;
  // Room for it comes only when the daemons go.
  if (isCapacity(placement.cause)) return isBusy;
  // It is not tried again, so it would be waited for in vain.
  if (isUnfit(placement.cause)) return false;
  return placement.attempts < failedRunsMax;
}
