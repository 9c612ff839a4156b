// How a plan's starts become calls, and what their answers mean for the placements. Pure.
import type { Daemon } from "../daemon/daemon.ts";
import { currentRevision, formatLaunchMark, taskGroup } from "../daemon/daemon.ts";
import type { Placement } from "../daemon/placement.ts";
import { backoffMs, causeOf, ranWell, standingOf } from "../daemon/failure.ts";
import type { Verdict } from "../daemon/plan.ts";
import { arnId } from "../ecs/arn.ts";
import type { Described, StartTaskRequest } from "../ecs/ecs-api.ts";
import { parseLaunchMark } from "../daemon/daemon.ts";
import type { Task } from "../ecs/task.ts";

/** What StartTask takes at once. */
export const instancesPerCall = 10;

/** One StartTask call and the intents that must be written before it. */
export interface Launch {
  readonly launchId: string;
  readonly request: StartTaskRequest;
  readonly intents: readonly Placement[];
}

/** A pause before a call that ECS refused for its rate, without blame for the daemon. */
const throttledPauseMs = 1000;

/** How many starts in a row have failed, the one about to be made included. */
export function nextAttempts(previous: Placement | undefined, launched: Task | undefined): number {
  if (!previous) return 1;
  const worked = launched !== undefined && ranWell(launched);
  return worked ? 1 : previous.attempts + 1;
}

export function planLaunch(
  daemon: Daemon,
  starts: readonly Verdict[],
  placements: ReadonlyMap<string, Placement>,
  tasks: readonly Task[],
  launchId: string,
  now: number,
): Launch {
  const { taskDefinition, overrides, networkConfiguration, tags, template } =
    currentRevision(daemon);
  const intents = starts.map(({ containerInstance }): Placement => {
    const containerInstanceId = arnId(containerInstance.arn);
    const previous = placements.get(containerInstanceId);
    const launched = tasks.find(
      (task) => previous && parseLaunchMark(task.startedBy)?.launchId === previous.launchId,
    );
    return {
      kind: "placement",
      daemon: daemon.name,
      containerInstanceId,
      state: "STARTING",
      launchId,
      template,
      generation: 0,
      standing: standingOf(containerInstance),
      attempts: nextAttempts(previous, launched),
      requestedAt: now,
    };
  });
  return {
    launchId,
    intents,
    request: {
      cluster: daemon.clusterArn,
      taskDefinition,
      containerInstances: starts.map(({ containerInstance }) => containerInstance.arn),
      startedBy: formatLaunchMark({ daemonId: daemon.id, template, launchId }),
      group: taskGroup(daemon),
      overrides,
      networkConfiguration,
      tags,
    },
  };
}

/** Placements after ECS answered: the task's ARN where it started one, the refusal where it did not. */
export function settle(launch: Launch, answer: Described<Task>, now: number): Placement[] {
  const started = new Map<string, string>();
  for (const task of answer.entities)
    if (task.containerInstanceArn) started.set(arnId(task.containerInstanceArn), task.arn);
  const refused = new Map<string, string>();
  for (const { arn, reason, detail } of answer.failures)
    if (arn) refused.set(arnId(arn), detail ? `${reason} (${detail})` : reason);
  return launch.intents.map((intent) => {
    const taskArn = started.get(intent.containerInstanceId);
    if (taskArn) return { ...intent, taskArn };
    const reason =
      refused.get(intent.containerInstanceId) ?? "ECS answered neither task nor failure";
    return refuse(intent, reason, now);
  });
}

function refuse(intent: Placement, reason: string, now: number): Placement {
  const cause = causeOf(reason);
  const nextAttemptAt = now + backoffMs(intent.attempts, cause);
  return { ...intent, state: "FAILED", reason, cause, nextAttemptAt };
}

const surelyNotDone = new Set([
  "ThrottlingException",
  "RequestLimitExceeded",
  "TooManyRequestsException",
]);

const refusals = new Set([
  "AccessDeniedException",
  "BlockedException",
  "ClientException",
  "ClusterNotFoundException",
  "InvalidParameterException",
  "PlatformTaskDefinitionIncompatibilityException",
  "PlatformUnknownException",
  "UnsupportedFeatureException",
  "CredentialsProviderError",
  "ExpiredTokenException",
  "UnrecognizedClientException",
]);

/**
 * Placements after a call threw. A refusal started nothing. After anything else a task may run that nobody
 * knows of: the intents stay as they are, and ECS is asked before the next start.
 */
export function settleError(
  launch: Launch,
  error: { readonly name: string; readonly message: string },
  now: number,
): Placement[] | "unknown" {
  if (surelyNotDone.has(error.name))
    return launch.intents.map((intent) => ({
      ...intent,
      state: "FAILED",
      attempts: intent.attempts - 1,
      cause: "THROTTLED",
      reason: "ECS throttled the call",
      nextAttemptAt: now + throttledPauseMs,
    }));
  if (!refusals.has(error.name)) return "unknown";
  return launch.intents.map((intent) => refuse(intent, `${error.name}: ${error.message}`, now));
}

/** A looked-up start of which ECS knows nothing: it may be made again at once. */
export function notFound(intent: Placement, now: number): Placement {
  return {
    ...intent,
    state: "FAILED",
    cause: "UNSEEN",
    reason: "ECS has no task of this start",
    nextAttemptAt: now,
  };
}

/** A looked-up start that ECS does know: the event is late. Wait for it, and ask again later. */
export function foundLate(intent: Placement, taskArn: string, now: number): Placement {
  return { ...intent, taskArn, requestedAt: now };
}
