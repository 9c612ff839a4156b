// Whether a container instance is without a task of use by our own action: then it is missing, and what else speaks
// against the instance does not let a rollout go on as if it had never had one. Pure.
import { isStopped, isStopping } from "../ecs/task.ts";
import type { Task } from "../ecs/task.ts";
import { currentRevision, stableRevision } from "./daemon.ts";
import type { Daemon } from "./daemon.ts";
import { isBlamed, ranWell } from "./failure.ts";
import { launchIdOfTask } from "./ownership.ts";
import { isAskedToStop } from "./placement.ts";
import type { Placement } from "./placement.ts";

const hasRun = ({ startedAt, lastStatus }: Task): boolean =>
  startedAt !== undefined || lastStatus === "RUNNING";

/** When a task was at its end, by ECS's clock; what is on its way down has its end before it. */
const endOf = (task: Task): number =>
  isStopped(task) ? (task.stoppedAt ?? task.updatedAt ?? 0) : Number.POSITIVE_INFINITY;

function lastThatRan(own: readonly Task[]): Task | undefined {
  let last: Task | undefined;
  for (const task of own)
    if (hasRun(task) && (last === undefined || endOf(task) > endOf(last))) last = task;
  return last;
}

/**
 * Whether what a stop of ours took is still missing: a placement remembers its stops for long, also those of a task
 * that another one stood beside, and whether the task of its launch came to run is said by the task alone.
 */
export function isStillEmptied(placement: Placement | undefined, own: readonly Task[]): boolean {
  if (!placement || (placement.stop === undefined && placement.emptied !== true)) return false;
  const { stop, launchId, taskArn, emptied, cause } = placement;
  const isThere = (task: Task) =>
    task.lastStatus === "RUNNING" && !isStopping(task) && !isAskedToStop(stop, task.arn);
  if (own.some(isThere)) return false;
  const last = lastThatRan(own);
  if (last)
    return isAskedToStop(stop, last.arn) || (emptied === true && launchIdOfTask(last) !== launchId);
  // ECS's word on what ran is forgotten after a while. A start that it named, and knows no more, had its task.
  if (taskArn === undefined || isAskedToStop(stop, taskArn)) return true;
  return emptied === true && cause !== "UNSEEN";
}

/**
 * Whether a revision that was never everywhere has made a task of no use here: its task is UNHEALTHY, or could not be
 * started. An instance that loses its agent over that has not got better.
 */
export function doesBadly(
  daemon: Daemon,
  placement: Placement | undefined,
  own: readonly Task[],
  current: Task | undefined,
): boolean {
  const { template } = currentRevision(daemon);
  if (template === stableRevision(daemon).template) return false;
  if (current) return current.healthStatus === "UNHEALTHY";
  if (placement?.template !== template || placement.failedBefore) return false;
  if (placement.state === "FAILED") return isBlamed(placement.cause);
  const launched = own.find((task) => launchIdOfTask(task) === placement.launchId);
  return launched !== undefined && isStopped(launched) && !ranWell(launched);
}
