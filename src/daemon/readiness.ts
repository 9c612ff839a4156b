// When a container instance is ready: every daemon that selects it is healthy there. Says so to services by a custom
// attribute, which placement constraints can ask for. Pure.
import { arnId } from "../ecs/arn.ts";
import { attributeValue } from "../ecs/container-instance.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Daemon } from "./daemon.ts";
import { isRunning } from "./judge.ts";
import type { Here } from "./rules.ts";
import { isOwnTask } from "./ownership.ts";

/** What the attribute says. */
export const readyValue = "true";

/** An instance must have been unready for this long before it is called so: a task that is replaced is no news. */
export const unreadyMs = 10_000;

/** ECS may send no event for an attribute: what was done is trusted for this long, then what is seen. */
export const trustMs = 600_000;

/** Whether a daemon is as it should be on an instance that it selects. */
export function isHealthyThere(daemon: Daemon, here: Here, lostAt?: number): boolean {
  if (daemon.mode === "ONCE_LEAVING") return true;
  if (daemon.mode === "ONCE_JOINED")
    return here.placement?.state === "SUCCEEDED" || here.placement?.state === "SKIPPED";
  return here.tasks.some(
    (task) =>
      isRunning(task) &&
      task.healthStatus !== "UNHEALTHY" &&
      isOwnTask(daemon, task, here.placement, lostAt),
  );
}

/** What is remembered of an attribute of an instance between looks; times are ms of one clock. */
export interface ReadinessMemory {
  /** What was done last, by instance id and name. */
  readonly done: Map<string, { readonly isSet: boolean; readonly at: number }>;
  /** Since when an instance is not ready, by its id. */
  readonly unreadySince: Map<string, number>;
}

export interface ReadinessStep {
  readonly action: "put" | "delete";
  readonly containerInstance: ContainerInstance;
  readonly name: string;
}

export interface ReadinessPlan {
  readonly steps: readonly ReadinessStep[];
  /** Look again at this time. */
  readonly again: number | undefined;
}

export const memoryKey = (instance: ContainerInstance, name: string): string =>
  `${arnId(instance.arn)} ${name}`;

/**
 * `names`: attributes that any daemon has or had. `selecting`: the daemons that select the instance, each with how it
 * stands there.
 */
export function planReadiness(
  instance: ContainerInstance,
  names: Iterable<string>,
  selecting: readonly { readonly daemon: Daemon; readonly isHealthy: boolean }[],
  memory: ReadinessMemory,
  now: number,
): ReadinessPlan {
  const id = arnId(instance.arn);
  const ready = selecting.every(({ isHealthy }) => isHealthy);
  if (ready) memory.unreadySince.delete(id);
  else if (!memory.unreadySince.has(id)) memory.unreadySince.set(id, now);
  const due = (memory.unreadySince.get(id) ?? 0) + unreadyMs;
  const steps: ReadinessStep[] = [];
  let again: number | undefined;
  for (const name of names) {
    const done = memory.done.get(memoryKey(instance, name));
    const isSet =
      done && now - done.at < trustMs ? done.isSet : attributeValue(instance, name) === readyValue;
    const isWanted = selecting.some(({ daemon }) => daemon.readinessAttribute === name);
    if (isWanted && ready && !isSet)
      steps.push({ action: "put", containerInstance: instance, name });
    if (!isSet || (isWanted && ready)) continue;
    // An attribute that nobody asks for any more goes at once.
    if (!isWanted || due <= now)
      steps.push({ action: "delete", containerInstance: instance, name });
    else again = due;
  }
  return { steps, again };
}
