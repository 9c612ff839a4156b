// How one container instance stands with a daemon whose tasks run once: started by a trigger, tried until it succeeds,
// never again after that unless a person asks. The placement is the ledger's newest record. Pure.
import { arnId } from "../ecs/arn.ts";
import { isInactive } from "../ecs/container-instance.ts";
import { isStopped, isStopping } from "../ecs/task.ts";
import type { Task } from "../ecs/task.ts";
import {
  clockSkewMs,
  failureOf,
  isCapacity,
  retryAfterFailure,
  backoffMs,
  failingAttempts,
} from "./failure.ts";
import { adopt, unrecordedRun } from "./inheritance.ts";
import { isUnseen, lookingUp, unseenReason } from "./judge.ts";
import type { Here, Rules } from "./rules.ts";
import { earlierLaunchesMax, isOwnTask, launchIdOfTask } from "./ownership.ts";
import { isFinal } from "./placement.ts";
import type { Placement } from "./placement.ts";
import type { Judgement, Why } from "./verdict.ts";

/**
 * Whether a task that has ended did its work: it ended by itself, and its essential containers exited with 0, as far as
 * ECS tells. Where it is not known which are essential, all of them must.
 */
export function hasSucceeded(task: Task, essential: ReadonlySet<string> | undefined): boolean {
  if (task.stopCode !== "EssentialContainerExited") return false;
  const decisive = task.containers.filter(({ name }) => essential?.has(name) ?? true);
  return decisive.length > 0 && decisive.every(({ exitCode }) => exitCode === 0);
}

/** The exit code that tells how a task went: the first that is not 0. */
function exitCodeOf(task: Task): number | undefined {
  const codes = task.containers.flatMap(({ exitCode }) => exitCode ?? []);
  return codes.find((code) => code !== 0) ?? codes[0];
}

/** The ledger's record after its task has ended, which is seen now. */
export function settleRun(
  placement: Placement,
  ended: Task,
  succeeded: boolean,
  now: number,
): Placement {
  const endedAt = ended.stoppedAt ?? ended.updatedAt ?? placement.requestedAt;
  const outcome = { ...placement, taskArn: ended.arn, exitCode: exitCodeOf(ended), endedAt };
  if (succeeded) return { ...outcome, state: "SUCCEEDED", reason: undefined, cause: undefined };
  return {
    ...outcome,
    state: "FAILED",
    cause: "TASK",
    reason: failureOf(placement, ended),
    // By our clock: ECS's may differ, and a run that fails at once must not be tried again at once.
    nextAttemptAt: now + backoffMs(placement.attempts),
  };
}

/** A run that will never be: its instance is gone, or nobody can tell any more how it went. */
export function skipRun(placement: Placement, reason: string, now: number): Placement {
  return { ...placement, state: "SKIPPED", reason, endedAt: now, nextAttemptAt: undefined };
}

type Make = (
  action: Judgement["action"],
  why: Why,
  reason: string,
  more?: Partial<Judgement>,
) => Judgement;

export function judgeOnce(rules: Rules, here: Here): Judgement {
  const { instance, placement } = here;
  const own = here.tasks.filter((task) => isOwnTask(rules.daemon, task, placement, rules.lostAt));
  const running = own.filter((task) => !isStopped(task));
  const make: Make = (action, why, reason, more = {}) => ({
    containerInstance: instance,
    task: running[0],
    stop: [],
    desired: false,
    counts: false,
    healthy: false,
    current: undefined,
    other: undefined,
    currentHealthy: false,
    lacksRoom: false,
    extra: 0,
    repeat: undefined,
    tried: placement !== undefined,
    failing: "no",
    again: undefined,
    action,
    why,
    reason,
    ...more,
  });
  const unrecorded = unrecordedRun(
    rules.daemon,
    own.filter(isUnknownTo(rules, here)),
    isSuccess(rules),
  );
  if (unrecorded && !rules.daemon.deleting) return judgeUnrecorded(rules, here, unrecorded, make);
  return (
    judgeEnd(rules, placement, own, make) ??
    judgeRun(rules, here, running, isUnseen(placement, own), make) ??
    judgeStart(rules, here, make) ??
    make("skip", "not triggered", whyNot(rules, here))
  );
}

/** Tasks that the ledger may have lost: all where it has nothing, and those of launches that it does not know. */
const isUnknownTo =
  ({ lostAt }: Rules, { placement, earlierRuns }: Here) =>
  (task: Task): boolean => {
    if (!placement) return true;
    if (lostAt === undefined || isFinal(placement)) return false;
    if (placement.generation > 1 && !earlierRuns) return false;
    const launchId = launchIdOfTask(task) ?? "";
    const known = [placement.launchId, ...(placement.earlierLaunches ?? [])];
    if (known.includes(launchId) || earlierRuns?.has(launchId)) return false;
    // What a restart took away was started after what it left.
    return (task.createdAt ?? 0) > placement.requestedAt - clockSkewMs;
  };

const isSuccess =
  ({ essentialOf }: Rules) =>
  (task: Task): boolean =>
    isStopped(task) && hasSucceeded(task, essentialOf(task));

/** A run that the ledger has lost, as after a loss of Redis: it is written down again, and counts as what it is. */
function judgeUnrecorded(
  { daemon, now }: Rules,
  { instance, placement }: Here,
  task: Task,
  make: Make,
): Judgement {
  const adopted = adopt(daemon, arnId(instance.arn), task, now);
  const record = placement ? continued(placement, adopted) : adopted;
  if (isStopped(task))
    return make("skip", "completed", "its task has succeeded", {
      settle: settleRun(record, task, true, now),
    });
  const reason = `its task is ${task.lastStatus}`;
  return make("keep", "running", reason, { settle: record, desired: true });
}

/** The run goes on with a launch that its record has lost. */
function continued(
  before: Placement,
  { launchId, template, taskArn, requestedAt }: Placement,
): Placement {
  const { kind, daemon, containerInstanceId, generation } = before;
  return {
    kind,
    daemon,
    containerInstanceId,
    generation,
    state: "STARTING",
    launchId,
    template,
    attempts: before.attempts + 1,
    requestedAt,
    taskArn,
    earlierLaunches: [before.launchId, ...(before.earlierLaunches ?? [])]
      .filter((each) => each !== "")
      .slice(0, earlierLaunchesMax),
  };
}

/** A run that is over, or was just seen to be. */
function judgeEnd(
  rules: Rules,
  placement: Placement | undefined,
  own: readonly Task[],
  make: Make,
): Judgement | undefined {
  if (!placement) return undefined;
  if (isFinal(placement))
    return placement.state === "SUCCEEDED"
      ? make("skip", "completed", "its task has succeeded")
      : make("skip", "given up", placement.reason ?? "it was skipped");
  const launched = own.find((task) => launchIdOfTask(task) === placement.launchId);
  if (placement.state !== "STARTING" || !launched || !isStopped(launched)) return undefined;
  const succeeded = hasSucceeded(launched, rules.essentialOf(launched));
  const settle = settleRun(placement, launched, succeeded, rules.now);
  return succeeded
    ? make("skip", "completed", "its task has succeeded", { settle })
    : make("wait", "backoff", `the run failed: ${settle.reason}`, {
        settle,
        desired: true,
        again: settle.nextAttemptAt,
      });
}

/** A run that goes on, or is not to begin whatever the trigger. */
function judgeRun(
  { daemon, now }: Rules,
  { instance, placement }: Here,
  running: readonly Task[],
  unseen: boolean,
  make: Make,
): Judgement | undefined {
  if (daemon.paused)
    return make(running.length > 0 ? "keep" : "skip", "paused", "the daemon is paused");
  if (isInactive(instance)) return make("skip", "inactive", "the container instance is INACTIVE");
  const pending =
    unseen && placement
      ? make("wait", "pending", unseenReason(placement), {
          desired: true,
          ...lookingUp(placement, now),
        })
      : undefined;
  if (daemon.deleting) {
    const stop = running.filter((task) => !isStopping(task));
    if (stop.length > 0) return make("stop", "deleting", "the daemon is being removed", { stop });
    if (running.length > 0) return make("wait", "stopping", "its task is stopping");
    return pending ?? make("skip", "deleting", "the daemon is being removed");
  }
  // What has begun runs to its end, whatever the selector says by now.
  if (running[0])
    return make("keep", "running", `its task is ${running[0].lastStatus}`, { desired: true });
  return pending;
}

/** A run that its trigger asks for, unless an earlier failure speaks against it. */
function judgeStart(
  { daemon, selects, now }: Rules,
  { instance, placement }: Here,
  make: Make,
): Judgement | undefined {
  const when = daemon.mode === "ONCE_LEAVING" ? "DRAINING" : "ACTIVE";
  const isDue = instance.status === when && selects(instance);
  if (placement?.state !== "PENDING" && !isDue) return undefined;
  const desired = true;
  // Also of what a person asked for: whatever is new there would be cut off.
  if (when === "ACTIVE" && instance.status === "DRAINING")
    return make("wait", "not active", "nothing new is started on an instance that is DRAINING", {
      desired,
    });
  if (!instance.agentConnected)
    return make("wait", "disconnected", "the agent is not connected", { desired });
  if (daemon.launch === "RUN_TASK" && instance.status !== "ACTIVE")
    return make("wait", "not active", "RunTask places nothing on an instance that is not ACTIVE");
  if (placement?.state !== "FAILED") return make("start", "none", "it is to run once", { desired });
  const failed = `the last run failed: ${failureOf(placement, undefined)}`;
  const isFailing = placement.attempts >= failingAttempts && !isCapacity(placement.cause);
  const failing = isFailing ? "its fault" : "no";
  const retry = retryAfterFailure(placement, instance, placement.template, now);
  if (retry.when === "never")
    return make("skip", "missing", `ECS does not have this container instance: ${failed}`);
  if (retry.when === "change")
    return make("wait", "waits for change", `${failed}; waits until the instance changes`, {
      desired,
      failing,
    });
  if (retry.at > now) return make("wait", "backoff", failed, { desired, failing, again: retry.at });
  return make("start", "none", failed, { desired, failing });
}

function whyNot({ daemon, selects }: Rules, { instance }: Here): string {
  if (!selects(instance)) return "the selector does not select it";
  return daemon.mode === "ONCE_LEAVING"
    ? "it runs when the container instance starts draining"
    : `the container instance is ${instance.status}`;
}
