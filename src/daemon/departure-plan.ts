// What to do about a container instance whose EC2 instance is about to go: set it DRAINING, hold Auto Scaling's hook
// while its leaving tasks and services end, then let it go. Pure.
import { isInactive } from "../ecs/container-instance.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Departure } from "../ecs/departure.ts";
import type { Daemon } from "./daemon.ts";
import type { Placement } from "./placement.ts";

export interface DepartureSettings {
  /** Names of the lifecycle hooks that are ours to hold and to complete. */
  readonly hooks: readonly string[];
  /** Whether to set the instance DRAINING; when not, somebody else does. */
  readonly drain: boolean;
}

export interface DepartureFacts {
  readonly departure: Departure;
  readonly instance: ContainerInstance;
  /** Names of ONCE_LEAVING daemons that select the instance and have not ended there. */
  readonly leaving: readonly string[];
  /** Tasks of services on the instance that have not stopped. */
  readonly serviceTasks: number;
}

/**
 * drain: set it DRAINING. hold: keep Auto Scaling waiting. release: let it go on. wait: nothing yet.
 * forget: nothing (more) to do.
 */
export interface DepartureStep {
  readonly action: "drain" | "hold" | "release" | "wait" | "forget";
  /** Why, in words. */
  readonly reason: string;
}

const step = (action: DepartureStep["action"], reason: string): DepartureStep => ({
  action,
  reason,
});

export function planDeparture(facts: DepartureFacts, settings: DepartureSettings): DepartureStep {
  const { departure, instance, leaving, serviceTasks } = facts;
  const { hook } = departure;
  const isOurs = hook !== undefined && settings.hooks.includes(hook.name);
  if (isInactive(instance)) return step("forget", "the container instance is INACTIVE");
  if (instance.status === "ACTIVE" && settings.drain)
    return step(
      "drain",
      hook === undefined
        ? "EC2 takes its spot instance back"
        : `Auto Scaling terminates it, hook ${hook.name}`,
    );
  if (!isOurs) return step("forget", "nothing is held for it");
  if (instance.status === "ACTIVE")
    return step("wait", "the container instance is not DRAINING yet");
  if (leaving.length > 0) return step("hold", `${leaving.join(", ")} must end first`);
  if (serviceTasks > 0) return step("hold", `${serviceTasks} tasks of services are still there`);
  return step("release", "its leaving tasks have ended and services have left it");
}

/** ONCE_LEAVING daemons that select an instance and have not ended there. One that is paused or removed holds nobody. */
export function leavingDaemons(
  instance: ContainerInstance,
  daemons: Iterable<Daemon>,
  selects: (daemon: Daemon, instance: ContainerInstance) => boolean,
  newestRun: (daemon: Daemon) => Placement | undefined,
): string[] {
  const names: string[] = [];
  for (const daemon of daemons) {
    if (daemon.mode !== "ONCE_LEAVING" || daemon.paused || daemon.deleting) continue;
    if (!selects(daemon, instance)) continue;
    const state = newestRun(daemon)?.state;
    if (state !== "SUCCEEDED" && state !== "SKIPPED") names.push(daemon.name);
  }
  return names;
}
