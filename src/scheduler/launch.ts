// How a plan's starts become calls, and what their answers mean for the placements. Pure.
import {
  currentRevision,
  formatLaunchMark,
  runsOnce,
  stableRevision,
  taskGroup,
} from "../daemon/daemon.ts";
import type { Daemon, DaemonRevision } from "../daemon/daemon.ts";
import { isStillEmptied } from "../daemon/emptied.ts";
import {
  backoffMs,
  causeOf,
  failingAttempts,
  isBlamed,
  isCapacity,
  ranWell,
  standingOf,
} from "../daemon/failure.ts";
import type { FailureCause } from "../daemon/failure.ts";
import { doubtMs, graceMs } from "../daemon/judge.ts";
import type { Here } from "../daemon/rules.ts";
import { earlierLaunchesMax, launchIdOfTask } from "../daemon/ownership.ts";
import { failureSince, isAskedToStop } from "../daemon/placement.ts";
import type { Placement } from "../daemon/placement.ts";
import type { Verdict } from "../daemon/verdict.ts";
import { arnId } from "../ecs/arn.ts";
import type { ContainerInstanceArn } from "../ecs/arn.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Described, RunTaskRequest, RunTaskResult, StartTaskRequest } from "../ecs/ecs-api.ts";
import { isStopped } from "../ecs/task.ts";
import type { Task } from "../ecs/task.ts";
import { faultOf } from "./protocol.ts";
import { elsewhereMs, startedElsewhere } from "./registrations.ts";

/** What StartTask takes at once. */
export const instancesPerCall = 10;

/** One call, and the intents that must be written before it. */
export interface Launch {
  readonly launchId: string;
  readonly call:
    | { readonly api: "StartTask"; readonly request: StartTaskRequest }
    | { readonly api: "RunTask"; readonly request: RunTaskRequest };
  readonly intents: readonly Placement[];
  readonly instances: readonly ContainerInstanceArn[];
}

/** A start that the plan wants, with what is known of its instance. */
export interface Start {
  readonly verdict: Verdict;
  readonly here: Here;
}

/** A pause before a call that ECS refused for its rate, without blame for the daemon. */
const throttledPauseMs = 1000;

/** How many starts in a row have failed, the one about to be made included. */
export function nextAttempts(previous: Placement | undefined, launched: Task | undefined): number {
  if (!previous || previous.launchId === "") return 1;
  if (launched && previous.state === "STARTING") {
    return !isStopped(launched) || ranWell(launched) ? 1 : previous.attempts + 1;
  }
  // The version before counted refusals for want of room here, but not among those of the template.
  if (isCapacity(previous.cause) && previous.refusals === undefined)
    return previous.templateAttempts ?? 1;
  // A call that ECS knows nothing of has not failed: it was lost.
  return previous.cause === "UNSEEN" ? Math.max(previous.attempts, 1) : previous.attempts + 1;
}

function nextTemplateAttempts(previous: Placement | undefined, attempts: number, template: string) {
  if (!previous || attempts === 1 || previous.template !== template) return 1;
  const before = previous.templateAttempts ?? previous.attempts;
  return Math.max(1, isBlamed(previous.cause) ? before + 1 : before);
}

function intentOf(
  daemon: Daemon,
  { here, verdict }: Start,
  { template }: DaemonRevision,
  launchId: string,
  now: number,
): Placement {
  const { instance, placement: previous, tasks } = here;
  const launched = previous && tasks.find((task) => launchIdOfTask(task) === previous.launchId);
  const attempts = nextAttempts(previous, launched);
  // They end with a task, and with a failure that is somebody's.
  const refusals = launched || isBlamed(previous?.cause) ? undefined : previous?.refusals;
  const failsAlready = attempts >= failingAttempts;
  const isStable = previous?.template === stableRevision(daemon).template;
  const failedBefore =
    previous?.template === template || !isStable ? previous?.failedBefore : failsAlready;
  const earlier = [previous?.launchId, ...(previous?.earlierLaunches ?? [])];
  const isStillStopping = tasks.some(
    (task) => isAskedToStop(previous?.stop, task.arn) && !isStopped(task),
  );
  return {
    kind: "placement",
    daemon: daemon.name,
    containerInstanceId: arnId(instance.arn),
    generation: runsOnce(daemon) ? (previous?.generation ?? 1) : 0,
    state: "STARTING",
    launchId,
    template,
    attempts,
    refusals,
    failingSince: previous && attempts + (refusals ?? 0) > 1 ? failureSince(previous) : undefined,
    templateAttempts: nextTemplateAttempts(previous, attempts, template),
    failedBefore: failedBefore === true ? true : undefined,
    standing: standingOf(instance),
    requestedAt: now,
    earlierLaunches: [...new Set(earlier)]
      .filter((each): each is string => Boolean(each) && each !== launchId)
      .slice(0, earlierLaunchesMax),
    stop: isStillStopping ? previous?.stop : undefined,
    emptied: verdict.why !== "surge" && isStillEmptied(previous, tasks) ? true : undefined,
  };
}

/** Launches for starts, as few calls as the API allows. `newLaunchId` gives 8 hexadecimal digits each time. */
export function planLaunches(
  daemon: Daemon,
  starts: readonly Start[],
  newLaunchId: () => string,
  now: number,
): Launch[] {
  const byRevision = Map.groupBy(starts, ({ verdict }) => verdict.revision ?? daemon.revision);
  const launches: Launch[] = [];
  for (const [number, group] of byRevision) {
    const revision =
      daemon.revisions.find((each) => each.revision === number) ?? currentRevision(daemon);
    const perCall = daemon.launch === "RUN_TASK" ? 1 : instancesPerCall;
    for (let at = 0; at < group.length; at += perCall) {
      const batch = group.slice(at, at + perCall);
      launches.push(
        daemon.launch === "RUN_TASK"
          ? runLaunch(daemon, batch, revision, newLaunchId(), now)
          : startLaunch(daemon, batch, revision, newLaunchId(), now),
      );
    }
  }
  return launches;
}

function settingsOf(daemon: Daemon, revision: DaemonRevision, launchId: string) {
  const { taskDefinition, overrides, networkConfiguration, tags, template } = revision;
  return {
    cluster: daemon.clusterArn,
    taskDefinition,
    startedBy: formatLaunchMark({ daemonId: daemon.id, template, launchId }),
    group: taskGroup(daemon),
    overrides,
    networkConfiguration,
    tags,
  };
}

function startLaunch(
  daemon: Daemon,
  batch: readonly Start[],
  revision: DaemonRevision,
  launchId: string,
  now: number,
): Launch {
  const request: StartTaskRequest = {
    ...settingsOf(daemon, revision, launchId),
    containerInstances: batch.map(({ here }) => here.instance.arn),
  };
  const intents = batch.map((start) => intentOf(daemon, start, revision, launchId, now));
  const instances = request.containerInstances;
  return { launchId, call: { api: "StartTask", request }, intents, instances };
}

/** The expression that only this instance fulfils. */
const memberOf = ({ ec2InstanceId }: ContainerInstance): string =>
  `ec2InstanceId == ${ec2InstanceId}`;

/**
 * A call whose outcome was unknown is made again as it was: with the same token ECS answers what it did the first
 * time, and starts nothing twice. The instance is part of the token: what is repeated may have been one StartTask for
 * several, and they must not get each other's task.
 */
function runLaunch(
  daemon: Daemon,
  batch: readonly Start[],
  revision: DaemonRevision,
  newId: string,
  now: number,
): Launch {
  const [first] = batch;
  if (!first) throw new Error("a launch of no instance");
  const { instance, placement } = first.here;
  // A task that ECS has named once is what it would answer for a day, long after its end.
  const isUnknown = placement?.cause === "UNSEEN" && placement.taskArn === undefined;
  const isRepeat = isUnknown && placement.template === revision.template;
  const launchId = isRepeat ? placement.launchId : newId;
  const intent = intentOf(daemon, first, revision, launchId, now);
  const isExternal = instance.ec2InstanceId?.startsWith("mi-") ?? false;
  const request: RunTaskRequest = {
    ...settingsOf(daemon, revision, launchId),
    clientToken: [daemon.id, revision.template, launchId, arnId(instance.arn)].join("-"),
    count: 1,
    memberOf: memberOf(instance),
    launchType: isExternal ? "EXTERNAL" : "EC2",
  };
  const call = { api: "RunTask", request } as const;
  return { launchId, call, intents: [intent], instances: [instance.arn] };
}

/** Placements after ECS answered StartTask: the task's ARN where it started one, the refusal where it did not. */
export function settle(launch: Launch, answer: Described<Task>, now: number): Placement[] {
  const started = new Map<string, string>();
  for (const task of answer.entities)
    if (task.containerInstanceArn) started.set(arnId(task.containerInstanceArn), task.arn);
  const refused = new Map<string, string>();
  for (const { arn, reason, detail } of answer.failures)
    if (arn) refused.set(arnId(arn), detail ? `${reason} (${detail})` : reason);
  return launch.intents.map((intent) => {
    const taskArn = started.get(intent.containerInstanceId);
    if (taskArn) return withTask(intent, taskArn);
    const reason =
      refused.get(intent.containerInstanceId) ?? "ECS answered neither task nor failure";
    return refuse(intent, reason, causeOf(reason), now);
  });
}

/**
 * The same after RunTask, which names the instance of a failure only sometimes; each launch is of one instance. A task
 * that another one got has a placement of its own there.
 */
export function settleRunTask(launch: Launch, result: RunTaskResult, now: number): Placement[] {
  const settled = launch.intents.map((intent) => {
    if (result.outcome === "conflict") {
      // The token was used before: by this launch, in words that ECS reads as others. What it started is ours.
      const [taskArn] = result.tasks;
      if (taskArn !== undefined) return withTask(intent, taskArn);
      return refuse(intent, "ECS knows the client token, and no task of it", "OTHER", now);
    }
    const task = result.entities.find(
      ({ containerInstanceArn }) =>
        containerInstanceArn === undefined ||
        arnId(containerInstanceArn) === intent.containerInstanceId,
    );
    if (task) return withTask(intent, task.arn);
    if (result.entities.length > 0) return gotElsewhere(intent, now);
    const failure = result.failures[0];
    const reason = failure
      ? [failure.reason, failure.detail].filter(Boolean).join(": ")
      : "ECS answered neither task nor failure";
    return refuse(intent, reason, causeOf(reason), now);
  });
  if (result.outcome === "conflict") return settled;
  return [...settled, ...startedElsewhere(launch.intents, result.entities)];
}

/** RunTask names the machine: it has registered again, and the end of this registration is not known here yet. */
function gotElsewhere(intent: Placement, now: number): Placement {
  const elsewhere = "its machine is another container instance by now, and got the task";
  return { ...refuse(intent, elsewhere, "OTHER", now), nextAttemptAt: now + elsewhereMs };
}

function refuse(intent: Placement, reason: string, cause: FailureCause, now: number): Placement {
  return { ...intent, state: "FAILED", reason, cause, ...counted(intent, cause, now) };
}

/** What a start that came to nothing counts as, and when the next may be made. */
function counted({ attempts, refusals = 0 }: Placement, cause: FailureCause, now: number) {
  if (!isCapacity(cause)) return { nextAttemptAt: now + backoffMs(attempts, cause) };
  const refused = refusals + 1;
  const nextAttemptAt = now + backoffMs(refused, cause);
  return { attempts: attempts - 1, refusals: refused, nextAttemptAt };
}

/** There was room for it: what fails from now on does not fail since it was refused. */
function withTask(intent: Placement, taskArn: string): Placement {
  const failingSince = intent.attempts > 1 ? intent.failingSince : undefined;
  return { ...intent, taskArn, refusals: undefined, failingSince };
}

/**
 * Placements after a call threw. A refusal started nothing. After anything else a task may run that nobody
 * knows of: the intents stay as they are, and ECS is asked before the next start.
 */
export function settleError(
  launch: Pick<Launch, "intents">,
  error: { readonly name: string; readonly message: string },
  now: number,
): Placement[] | "unknown" {
  const fault = faultOf(error);
  if (fault === "throttled")
    return launch.intents.map((intent) => ({
      ...intent,
      state: "FAILED",
      attempts: intent.attempts - 1,
      cause: "THROTTLED",
      reason: "ECS throttled the call",
      nextAttemptAt: now + throttledPauseMs,
    }));
  if (fault === "unknown") return "unknown";
  return launch.intents.map((intent) =>
    refuse(intent, `${error.name}: ${error.message}`, "CALL", now),
  );
}

/**
 * A looked-up start of which ECS knows nothing. Its lists may not show yet what was done a moment ago, so one that is
 * young is asked about once more; then it may be made again.
 */
export function notFound(intent: Placement, now: number): Placement {
  const lookups = (intent.lookups ?? 0) + 1;
  const requestedAt = Math.min(intent.requestedAt, now);
  if (now - requestedAt < doubtMs + graceMs) return { ...intent, requestedAt, lookups };
  return {
    ...intent,
    lookups,
    state: "FAILED",
    cause: "UNSEEN",
    reason: "ECS has no task of this start",
    nextAttemptAt: now,
  };
}

/** A looked-up start whose task has ended, and no event has told of that. */
export function endedUnseen(intent: Placement, task: Task, now: number): Placement {
  const reason = `its task has ended: ${task.stoppedReason ?? "ECS tells no reason"}`;
  const said = causeOf(reason);
  const cause = said === "OTHER" ? "TASK" : said;
  const hasRun = task.startedAt !== undefined;
  return {
    ...intent,
    taskArn: task.arn,
    state: "FAILED",
    reason,
    cause,
    ...(ranWell(task) ? { attempts: 0, nextAttemptAt: now } : counted(intent, cause, now)),
    emptied: hasRun ? undefined : intent.emptied,
  };
}

/** ECS is not asked more rarely than this about a start, ms: whoever gives the permission should not wait. */
const longestAskMs = 60_000;

/** A start that ECS could not be asked about: nothing is known of it, so nothing is started there. */
export function notAsked(intent: Placement, why: string, now: number): Placement {
  const lookupFailures = (intent.lookupFailures ?? 0) + 1;
  const nextAttemptAt = now + Math.min(backoffMs(lookupFailures), longestAskMs);
  return { ...intent, lookupFailures, nextAttemptAt, reason: `ECS could not be asked: ${why}` };
}

/** The start once ECS could be asked about it again. */
export function answered(intent: Placement): Placement {
  const { lookupFailures, ...rest } = intent;
  if (lookupFailures === undefined) return intent;
  return { ...rest, nextAttemptAt: undefined, reason: undefined };
}

/** A looked-up start that ECS does know: the event is late. Wait for it, and ask again later. */
export function foundLate(intent: Placement, taskArn: string, now: number): Placement {
  // What was said of it while ECS did not know it is over.
  const over = { lookups: undefined, nextAttemptAt: undefined, reason: undefined };
  return { ...withTask(intent, taskArn), ...over, requestedAt: now };
}
