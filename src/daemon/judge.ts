// How one container instance stands with a daemon that always runs: a pure verdict on it alone. What depends on the
// other instances (how many may be replaced at a time) is the rollout's.
import { arnId } from "../ecs/arn.ts";
import { isInactive } from "../ecs/container-instance.ts";
import { isStopped, isStopping } from "../ecs/task.ts";
import type { Task } from "../ecs/task.ts";
import { currentRevision, isCanary, stableRevision } from "./daemon.ts";
import { doesBadly, isStillEmptied } from "./emptied.ts";
import {
  clockSkewMs,
  failingAttempts,
  failureOf,
  isBlamed,
  isCapacity,
  retryAfterEnd,
  retryAfterFailure,
  soon,
} from "./failure.ts";
import type { Retry } from "./failure.ts";
import { isOwnTask, launchIdOfTask, templateOfTask } from "./ownership.ts";
import { isAskedToStop } from "./placement.ts";
import type { AskedStop, Placement } from "./placement.ts";
import type { Here, Rules } from "./rules.ts";
import { earliest } from "./since.ts";
import type { Judgement } from "./verdict.ts";

/** A start whose answer is not known is looked up in ECS after this: longer than the call may take. */
export const doubtMs = 10_000;

/** ECS's lists are eventually consistent: what they do not show yet is looked up once more after this. */
export const graceMs = 10_000;

/** A start that ECS confirmed is looked up after this, when no event told of its task. */
export const unseenStartMs = 30_000;

/** A stop that ECS accepted and that is not seen yet is asked for again after this. */
export const repeatStopMs = 30_000;

/** A task of a revision that was nowhere before must run this long, or pass its health check, to count as healthy. */
export const settlingMs = 2000;

/** When to ask ECS about a start that was not seen. At once, when the clock was set back since it was asked for. */
function lookupAt(placement: Placement, now: number): number {
  const { requestedAt, taskArn, lookups = 0, nextAttemptAt } = placement;
  if (nextAttemptAt !== undefined) return soon(nextAttemptAt, now);
  if (requestedAt > now + doubtMs) return now;
  if (taskArn !== undefined) return requestedAt + unseenStartMs;
  return requestedAt + doubtMs + (lookups > 0 ? graceMs : 0);
}

/** When to ask for a stop again; at once, when the clock was set back since it was asked for. */
const repeatStopAt = ({ at }: AskedStop, now: number): number =>
  at > now + repeatStopMs ? now : at + repeatStopMs;

/** Why nothing is done where a start is not seen, in words. */
export function unseenReason(
  { lookupFailures = 0, reason }: Placement,
  unseen = "a start was asked for and is not seen yet",
): string {
  return lookupFailures > 0 ? `${unseen}; ${reason}` : unseen;
}

/** Whether a launch was asked for whose task nobody has seen. */
export function isUnseen(placement: Placement | undefined, tasks: readonly Task[]): boolean {
  return (
    placement?.state === "STARTING" &&
    !tasks.some((task) => launchIdOfTask(task) === placement.launchId)
  );
}

/** The oldest that runs and is not UNHEALTHY, else that runs, else the oldest: every planner picks the same one. */
function oldest(tasks: readonly Task[]): Task | undefined {
  if (tasks.length < 2) return tasks[0];
  const use = ({ lastStatus, healthStatus }: Task) =>
    lastStatus !== "RUNNING" ? 2 : healthStatus === "UNHEALTHY" ? 1 : 0;
  const rank = (task: Task) =>
    `${use(task)}${String(task.createdAt ?? 0).padStart(15, "0")}${task.arn}`;
  return tasks.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))[0];
}

/** What is to be done about a start that nobody has seen, and when: whatever else is there, it may have its task. */
export function lookingUp(
  placement: Placement | undefined,
  now: number,
): Pick<Judgement, "lookUp" | "again"> {
  const again = placement && lookupAt(placement, now);
  return { lookUp: again !== undefined && again <= now ? placement : undefined, again };
}

export const isRunning = (task: Task | undefined): boolean =>
  task !== undefined && task.lastStatus === "RUNNING" && !isStopping(task);

/** An instance with the daemon's own tasks sorted out. */
interface Scene {
  readonly rules: Rules;
  readonly here: Here;
  readonly own: readonly Task[];
  readonly live: readonly Task[];
  readonly stopping: readonly Task[];
  readonly unseen: boolean;
  /** Whether it is without a task of use by our own action. Then it counts, also while its agent is away. */
  readonly missing: boolean;
  readonly judgement: Omit<Judgement, "action" | "why" | "reason">;
}

type Make = (
  action: Judgement["action"],
  why: Judgement["why"],
  reason: string,
  more?: Partial<Judgement>,
) => Judgement;

export function judge(rules: Rules, here: Here): Judgement {
  const scene = survey(rules, here);
  const make: Make = (action, why, reason, more) => ({
    ...scene.judgement,
    action,
    why,
    reason,
    ...more,
    again: earliest([scene.judgement.again, more?.again]),
  });
  return judgeWanted(scene, make) ?? judgeTasks(scene, make) ?? judgeEmpty(scene, make);
}

function isHealthy(
  rules: Rules,
  task: Task | undefined,
  template: string,
  placement: Placement | undefined,
): boolean {
  if (!task || !isRunning(task) || task.healthStatus === "UNHEALTHY") return false;
  if (templateOfTask(task) !== template || task.healthStatus === "HEALTHY") return true;
  return settledAt(rules, task, template, placement) <= rules.now;
}

/** From when on a running task counts as healthy. */
function settledAt(
  { daemon, now }: Rules,
  task: Task,
  template: string,
  placement: Placement | undefined,
): number {
  const isNew = template !== stableRevision(daemon).template && templateOfTask(task) === template;
  if (!isNew) return 0;
  const { startedAt = 0 } = task;
  // By ECS's clock. One that is ahead of ours is not waited for: by our own it was asked for at a known time.
  const asked = placement?.launchId === launchIdOfTask(task) ? placement?.requestedAt : undefined;
  const isAhead = startedAt > now;
  return (isAhead ? Math.min(startedAt, (asked ?? 0) + clockSkewMs) : startedAt) + settlingMs;
}

function survey(rules: Rules, here: Here): Scene {
  const { placement } = here;
  const { template } = currentRevision(rules.daemon);
  const own = here.tasks.filter((task) => isOwnTask(rules.daemon, task, placement, rules.lostAt));
  const asked = placement?.stop;
  const isGoing = (task: Task) => isStopping(task) || isAskedToStop(asked, task.arn);
  const live = own.filter((task) => !isGoing(task));
  const stopping = own.filter((task) => isGoing(task) && !isStopped(task));
  const isCurrent = (task: Task) => templateOfTask(task) === template;
  const current = oldest(live.filter(isCurrent));
  // Most have one task, and that one is the current one.
  const other =
    current && live.length === 1 ? undefined : oldest(live.filter((task) => !isCurrent(task)));
  const unseen = isUnseen(placement, own);
  const task = isRunning(current) ? current : isRunning(other) ? other : (current ?? other);
  const isActing = !rules.daemon.paused && !isInactive(here.instance);
  const { lookUp, again: lookUpAt } = lookingUp(
    isActing && unseen ? placement : undefined,
    rules.now,
  );
  // A stop that was not seen in time is asked for again: it may never have left.
  const unheard = stopping.filter((each) => isActing && !isStopping(each));
  const repeatAt = unheard.length > 0 && asked ? repeatStopAt(asked, rules.now) : undefined;
  const isDue = repeatAt !== undefined && repeatAt <= rules.now;
  const settles =
    current && isRunning(current) ? settledAt(rules, current, template, placement) : 0;
  const isOfUse = (each: Task | undefined) => isHealthy(rules, each, template, placement);
  const currentHealthy = isOfUse(current);
  return {
    rules,
    here,
    own,
    live,
    stopping,
    unseen,
    missing: isStillEmptied(placement, own) || doesBadly(rules.daemon, placement, own, current),
    judgement: {
      containerInstance: here.instance,
      task: task ?? stopping[0],
      stop: [],
      repeat: isDue ? { tasks: unheard, takesHealthy: unheard.some(isOfUse) } : undefined,
      desired: false,
      counts: false,
      healthy: currentHealthy || isOfUse(other),
      current,
      other,
      currentHealthy,
      lacksRoom: lacksRoom(rules, here, template),
      extra: Math.max(0, live.length + stopping.length + (unseen ? 1 : 0) - 1),
      tried: current !== undefined || placement?.template === template,
      failing: failingOf(placement, current, template),
      lookUp,
      again: earliest([
        isDue ? undefined : repeatAt,
        settles > rules.now ? settles : undefined,
        lookUpAt,
      ]),
    },
  };
}

/** Where the old task may go first, it does; where it may not, the instance may still get more room. */
function lacksRoom({ daemon, now }: Rules, { placement, instance }: Here, template: string) {
  if (placement?.state !== "FAILED" || placement.template !== template) return false;
  if (placement.cause !== "RESOURCE") return false;
  if (daemon.rollout.minHealthyPercent < 100) return true;
  const retry = retryAfterFailure(placement, instance, template, now);
  return retry.when !== "at" || retry.at > now;
}

function failingOf(
  placement: Placement | undefined,
  current: Task | undefined,
  template: string,
): Judgement["failing"] {
  if (current?.healthStatus === "UNHEALTHY") return "its fault";
  if (placement?.template !== template || isRunning(current)) return "no";
  if (!isBlamed(placement.cause)) return "no";
  if ((placement.templateAttempts ?? placement.attempts) < failingAttempts) return "no";
  return placement.failedBefore ? "not its fault" : "its fault";
}

/** Instances that should have no task, or about which nothing is done. */
function judgeWanted({ rules, here, live, stopping, unseen }: Scene, make: Make) {
  const { daemon } = rules;
  const { instance, placement } = here;
  const selected = !daemon.deleting && !isInactive(instance) && rules.selects(instance);
  if (daemon.paused)
    return make(live.length > 0 ? "keep" : "skip", "paused", "the daemon is paused", {
      desired: selected,
    });
  if (isInactive(instance)) return make("skip", "inactive", "the container instance is INACTIVE");
  const onItsWay =
    unseen && placement
      ? make("wait", "pending", unseenReason(placement), { stop: live })
      : undefined;
  const isGoing =
    stopping.length > 0 ? make("wait", "stopping", "its task is stopping") : undefined;
  if (daemon.deleting) {
    const why = "the daemon is being removed";
    // Gone from here, nobody would stop the task that is on its way.
    if (onItsWay) return onItsWay;
    if (live.length > 0) return make("stop", "deleting", why, { stop: live });
    return isGoing ?? make("skip", "deleting", why);
  }
  if (!selected) {
    const why = "the selector does not select it";
    if (live.length > 0) return make("release", "not selected", why, { stop: live });
    return onItsWay ?? isGoing ?? make("skip", "not selected", why);
  }
  if (instance.status !== "DRAINING") return undefined;
  const draining = "the container instance is DRAINING";
  if (live.length === 0) return onItsWay ?? isGoing ?? make("skip", "draining", draining);
  const held = rules.holdsDrain(instance);
  // What else runs there may still need this daemon: daemons go last.
  if (held !== undefined) return make("keep", "draining", `${draining} and ${held}`);
  return make("stop", "draining", `${draining} and nothing else runs there`, { stop: live });
}

const besideOld = "a new task was asked for beside the old one";

/** Instances that should have a task and have one, or more. */
function judgeTasks(scene: Scene, make: Make): Judgement | undefined {
  const { live, rules, here, unseen, missing, judgement } = scene;
  const { current, other } = judgement;
  const { agentConnected, status } = here.instance;
  const counts = (agentConnected || missing) && status === "ACTIVE";
  const desired = true;
  const surplus = live.filter((task) => task !== current && task !== other);
  if (surplus.length > 0)
    return make("stop", "surplus", "more than one task of this daemon runs here", {
      stop: surplus,
      desired,
      counts,
    });
  if (current && other)
    return make("surge", "surge", "a new task runs beside the old one", { desired, counts });
  if (current)
    return current.healthStatus === "UNHEALTHY"
      ? make("keep", "unhealthy", "its task is UNHEALTHY", { desired, counts })
      : make("keep", "running", `its task is ${current.lastStatus}`, { desired, counts });
  if (!other) return undefined;
  const outdated = "the task is of an earlier revision";
  if (!agentConnected || status !== "ACTIVE")
    return make("wait", "disconnected", `${outdated}, and the agent is not connected`, {
      desired,
      counts,
    });
  if (unseen && here.placement)
    return make("wait", "surge", unseenReason(here.placement, besideOld), { desired, counts });
  const surges = rules.daemon.rollout.method === "REPLACE_THEN_TERMINATE";
  if (surges && scene.stopping.length > 0)
    return make("wait", "stopping", `${outdated}, and another task is still stopping`, {
      desired,
      counts,
    });
  const barred = surges && barredUntil(scene);
  return make("replace", "outdated", outdated, { desired, counts, ...barred });
}

/** While the new task of an instance failed beside its old one, the next attempt has its time, too. */
function barredUntil({ here, own, rules }: Scene): Partial<Judgement> | undefined {
  const { placement } = here;
  const { template } = currentRevision(rules.daemon);
  if (!placement || placement.template !== template) return undefined;
  const launched = own.find((task) => launchIdOfTask(task) === placement.launchId);
  const retry = nextAttempt(placement, launched, here, template, rules.now);
  const again = retry.when === "at" && retry.at > rules.now ? retry.at : undefined;
  if (placement.cause === "RESOURCE") return { again };
  const reason = `the new task failed beside the old one: ${failureOf(placement, launched)}`;
  if (retry.when !== "at") return { why: "waits for change", reason };
  return again === undefined ? undefined : { why: "backoff", reason, again };
}

function nextAttempt(
  placement: Placement,
  launched: Task | undefined,
  { instance }: Here,
  template: string,
  now: number,
): Retry {
  return launched
    ? retryAfterEnd(placement, launched, template, now)
    : retryAfterFailure(placement, instance, template, now);
}

/** An instance that should have a task and has none. */
function judgeEmpty(scene: Scene, make: Make): Judgement {
  const { missing } = scene;
  const { instance } = scene.here;
  const counts = instance.agentConnected || missing;
  if (scene.stopping.length > 0)
    return make("wait", "stopping", "the earlier task is still stopping", {
      desired: true,
      counts,
    });
  if (instance.status !== "ACTIVE")
    return make("skip", "not active", `the container instance is ${instance.status}`);
  const { placement } = scene.here;
  if (scene.unseen && placement)
    return make("wait", "pending", unseenReason(placement), { desired: true, counts });
  if (!instance.agentConnected)
    return make("wait", "disconnected", "the agent is not connected", { desired: missing, counts });
  return judgeStart(scene, make);
}

/** An instance where a task may be started, unless an earlier failure speaks against it. */
function judgeStart({ rules, here, own, missing, judgement }: Scene, make: Make): Judgement {
  const { daemon, now } = rules;
  const { placement } = here;
  // Who has not been part of a canary gets what runs elsewhere.
  const stays = isCanary(daemon) && !judgement.tried;
  const { template, revision } = stays ? stableRevision(daemon) : currentRevision(daemon);
  const desired = true;
  const start = make("start", "none", "it has no task", { desired, counts: true, revision });
  if (!placement || placement.launchId === "") return start;
  const launched = own.find((task) => launchIdOfTask(task) === placement.launchId);
  const retry = nextAttempt(placement, launched, here, template, now);
  const failed = `the last start failed: ${failureOf(placement, launched)}`;
  if (retry.when === "never")
    return make("skip", "missing", `ECS does not have this container instance: ${failed}`);
  if (retry.when === "change")
    return make("wait", "waits for change", `${failed}; waits until the instance changes`, {
      desired,
      counts: missing,
    });
  const counts = missing || !isCapacity(placement.cause) || placement.template !== template;
  if (retry.at > now) return make("wait", "backoff", failed, { desired, counts, again: retry.at });
  return { ...start, counts };
}

/** What concerns a daemon on instances, from tasks in whatever order. */
export function tasksByInstance(tasks: Iterable<Task>): Map<string, Task[]> {
  const byInstance = new Map<string, Task[]>();
  for (const task of tasks) {
    if (!task.containerInstanceArn) continue;
    const id = arnId(task.containerInstanceArn);
    const there = byInstance.get(id);
    if (there) there.push(task);
    else byInstance.set(id, [task]);
  }
  return byInstance;
}
