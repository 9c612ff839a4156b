// What a daemon takes over from an earlier one of its name, whose tasks were left running: starts that are not known
// to have ended. Without them it would start a second task where one is on its way. Pure.
import { isStopped } from "../ecs/task.ts";
import type { Task } from "../ecs/task.ts";
import { runsOnce } from "./daemon.ts";
import type { Daemon } from "./daemon.ts";
import { launchIdOfTask } from "./ownership.ts";
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
