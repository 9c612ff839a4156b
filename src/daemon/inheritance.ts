// What a daemon takes over that it did not begin as far as is remembered: the starts of an earlier one of its name that
// are under way, and tasks whose records were lost. Without them it would start a second task beside one. Pure.
import { isStopped } from "../ecs/task.ts";
import type { Task } from "../ecs/task.ts";
import { runsOnce } from "./daemon.ts";
import type { Daemon } from "./daemon.ts";
import { clockSkewMs } from "./failure.ts";
import { launchIdOfTask, templateOfTask } from "./ownership.ts";
import { placementKey } from "./placement.ts";
import type { Placement } from "./placement.ts";
import { newestGenerations } from "./rerun.ts";

/** Whether a launch was asked for whose end nobody has seen. `there`: tasks on its container instance. */
export function isOpenLaunch(placement: Placement, there: Iterable<Task>): boolean {
  if (placement.state !== "STARTING") return false;
  for (const task of there)
    if (launchIdOfTask(task) === placement.launchId && isStopped(task)) return false;
  return true;
}

/**
 * What a new daemon remembers of the one before, by placement key. Of tasks that run once it is the first run: the
 * ledger of the earlier daemon ended with it.
 */
export function inherited(
  daemon: Pick<Daemon, "mode">,
  left: Iterable<Placement>,
  tasksOn: (containerInstanceId: string) => Iterable<Task>,
): Map<string, Placement> {
  const generation = runsOnce(daemon) ? 1 : 0;
  const found = new Map<string, Placement>();
  for (const placement of newestGenerations(left).values()) {
    if (!isOpenLaunch(placement, tasksOn(placement.containerInstanceId))) continue;
    const taken = { ...placement, generation };
    found.set(placementKey(taken), taken);
  }
  return found;
}

/**
 * What is remembered of a task that nothing is remembered of, as after a loss of Redis. As of now, not of its start:
 * younger tasks of the daemon beside it were started before that loss as well, and stay the daemon's.
 */
export function adopt(
  daemon: Daemon,
  containerInstanceId: string,
  task: Task,
  now: number,
): Placement {
  const [, , template = "", launchId = ""] = (task.startedBy ?? "").split("/");
  return {
    kind: "placement",
    daemon: daemon.name,
    containerInstanceId,
    generation: runsOnce(daemon) ? 1 : 0,
    state: "STARTING",
    launchId,
    template,
    attempts: 1,
    requestedAt: now,
    taskArn: task.arn,
  };
}

/**
 * From when on, by ECS's clock, a task is this daemon's and not an earlier one's of the name. By our own clock alone it
 * would be a guess of a minute either way: within that, what comes after all that was known of the earlier one counts.
 */
function beginningOf({ startsOver, earlierUntil }: Pick<Daemon, "startsOver" | "earlierUntil">) {
  if (startsOver === undefined) return 0;
  const latest = startsOver + clockSkewMs;
  if (earlierUntil === undefined) return latest;
  return Math.min(latest, Math.max(earlierUntil + 1, startsOver - clockSkewMs));
}

/**
 * A run to completion that nothing is remembered of, among a daemon's tasks on one instance: one that runs, or one that
 * has succeeded. The success of an earlier daemon of the name is none of this one's.
 */
export function unrecordedRun(
  daemon: Pick<Daemon, "revisions" | "startsOver" | "earlierUntil">,
  own: readonly Task[],
  isSuccess: (task: Task) => boolean,
): Task | undefined {
  const since = beginningOf(daemon);
  return (
    own.find((task) => !isStopped(task)) ??
    own.find(
      (task) =>
        isSuccess(task) &&
        (task.createdAt ?? 0) >= since &&
        daemon.revisions.some(({ template }) => template === templateOfTask(task)),
    )
  );
}
