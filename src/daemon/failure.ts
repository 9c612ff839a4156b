// Why starts fail, in classes, and when to try again: backoff by count, or not before the container instance is
// another one. Pure; remembers nothing itself (a placement does).
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Task } from "../ecs/task.ts";
import type { Placement } from "./placement.ts";

/**
 * RESOURCE, AGENT: no room or no agent; nothing against the daemon, and no use to try before the instance changes.
 * ATTRIBUTE, LOCATION: the instance lacks what the task definition needs; waits for other attributes.
 * MISSING, INACTIVE: ECS does not have the instance (any more).
 * CALL: ECS refused the call itself. THROTTLED: for its rate. UNSEEN: a call without a task, as far as ECS knows.
 * TASK: the task was started and ended badly. OTHER: whatever else ECS says.
 */
export type FailureCause =
  | "RESOURCE"
  | "AGENT"
  | "ATTRIBUTE"
  | "LOCATION"
  | "MISSING"
  | "INACTIVE"
  | "CALL"
  | "THROTTLED"
  | "UNSEEN"
  | "TASK"
  | "OTHER";

/** The class of a `failures[].reason`, or of a stopped task's reason that quotes one. */
export function causeOf(reason: string): FailureCause {
  const said = /\b(RESOURCE|AGENT|ATTRIBUTE|LOCATION|MISSING|INACTIVE)\b/.exec(reason)?.[1];
  if (said === "RESOURCE" || said === "AGENT" || said === "ATTRIBUTE") return said;
  if (said === "LOCATION" || said === "MISSING" || said === "INACTIVE") return said;
  return "OTHER";
}

/** Causes that lie in the instance's present state and pass by themselves: they speak against no revision. */
export function isCapacity(cause: FailureCause | undefined): boolean {
  return cause === "RESOURCE" || cause === "AGENT";
}

/** Causes for which an instance as it is can't have the task at all: nothing is tried again until somebody changes it. */
export function isUnfit(cause: FailureCause | undefined): boolean {
  return (
    cause === "ATTRIBUTE" || cause === "LOCATION" || cause === "MISSING" || cause === "INACTIVE"
  );
}

/** Causes that count as a failure of what was to be started. */
export function isBlamed(cause: FailureCause | undefined): boolean {
  return cause === undefined || cause === "TASK" || cause === "CALL" || cause === "OTHER";
}

function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(36);
}

/** An instance as it was when a start was asked for: its version, and its attributes. */
export function standingOf({ version, attributes }: ContainerInstance): string {
  const named = attributes.map(({ name, value }) => `${name}=${value ?? ""}`).toSorted();
  return `${version} ${hashOf(named.join("\n"))}`;
}

/** Whether an instance has become another one since a start failed there, as far as the cause cares. */
function hasChanged({ cause, standing }: Placement, instance: ContainerInstance): boolean {
  if (standing === undefined) return true;
  const now = standingOf(instance);
  if (cause === "ATTRIBUTE" || cause === "LOCATION")
    return now.split(" ")[1] !== standing.split(" ")[1];
  return now.split(" ")[0] !== standing.split(" ")[0];
}

const firstRetryMs = 1000;
const longestRetryMs = 300_000;
/** Room may come at any time: asking again is cheap, and waits for a change anyway. */
const longestCapacityRetryMs = 30_000;

/** Pause before another start after `attempts` that failed in a row: 1 s, doubling, 5 min at the most. */
export function backoffMs(attempts: number, cause?: FailureCause): number {
  const longest = isCapacity(cause) ? longestCapacityRetryMs : longestRetryMs;
  return Math.min(firstRetryMs * 2 ** Math.min(Math.max(attempts - 1, 0), 20), longest);
}

/** A task that lived this long before it failed does not count as a start that failed. */
const startedWellMs = 60_000;

/** Whether a task that has ended had been of use: then its end is no failure of the start. */
export function ranWell(task: Task): boolean {
  const { startedAt, stoppedAt, stoppingAt } = task;
  const end = stoppingAt ?? stoppedAt;
  if (startedAt === undefined || end === undefined) return false;
  return task.stopCode === "UserInitiated" || end - startedAt >= startedWellMs;
}

/** Failed starts in a row, of one template, from which on a daemon counts as failing on an instance. */
export const failingAttempts = 3;

/** The clocks of ECS and our own differ by less. */
export const clockSkewMs = 60_000;

/** A time further away than any pause is of a clock that was set back since: it would be waited for in vain. */
export const soon = (at: number, now: number): number => (at > now + longestRetryMs ? now : at);

/**
 * When a start that failed may be tried again. `at`: not before this time. `change`: not before the instance is
 * another one. `never`: ECS does not have the instance.
 */
export type Retry =
  | { readonly when: "at"; readonly at: number }
  | { readonly when: "change" }
  | { readonly when: "never" };

export function retryAfterFailure(
  placement: Placement,
  instance: ContainerInstance,
  template: string,
  now: number,
): Retry {
  const { cause } = placement;
  const changed = hasChanged(placement, instance);
  if (cause === "MISSING" || cause === "INACTIVE")
    return changed ? { when: "at", at: 0 } : { when: "never" };
  // Another template may fit, or work; one try each.
  if (placement.template !== template) return { when: "at", at: 0 };
  const at = soon(placement.nextAttemptAt ?? 0, now);
  const waitsForChange = isCapacity(cause) || cause === "ATTRIBUTE" || cause === "LOCATION";
  return waitsForChange && !changed ? { when: "change" } : { when: "at", at };
}

/** The same for a launch whose task was seen, and has ended. */
export function retryAfterEnd(
  placement: Placement,
  ended: Task,
  template: string,
  now: number,
): Retry {
  if (ranWell(ended) || placement.template !== template) return { when: "at", at: 0 };
  const { requestedAt } = placement;
  // By ECS's clock, which may differ from ours: it ended after it was asked for, and before now.
  const told = Math.max(ended.stoppedAt ?? ended.updatedAt ?? 0, requestedAt);
  const end = told > now + clockSkewMs ? requestedAt : told;
  return { when: "at", at: soon(end + backoffMs(placement.attempts), now) };
}

/** Why a launch failed, in words. */
export function failureOf(placement: Placement, launched: Task | undefined): string {
  const exited = launched?.containers.find((container) => container.exitCode !== undefined);
  const code = exited?.exitCode === undefined ? "" : `, exit code ${exited.exitCode}`;
  return launched
    ? `${launched.stoppedReason ?? "the task stopped"}${code}`
    : (placement.reason ?? "unknown");
}
