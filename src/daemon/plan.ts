// The difference between what a daemon should have and what there is: one verdict for every container instance.
// Pure; the scheduler acts on it, and the API shows it.
import { arnId } from "../ecs/arn.ts";
import { isInactive } from "../ecs/container-instance.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import { isStopped, isStopping } from "../ecs/task.ts";
import type { Task } from "../ecs/task.ts";
import { currentRevision, parseLaunchMark, runsOnce } from "./daemon.ts";
import { failureOf, retryAfterEnd, retryAfterFailure } from "./failure.ts";
import type { Daemon } from "./daemon.ts";
import type { Placement } from "./placement.ts";

/** Everything that a plan depends on. `tasks` are this daemon's, ended ones included. */
export interface PlanInput {
  readonly daemon: Daemon;
  readonly instances: Iterable<ContainerInstance>;
  readonly tasks: readonly Task[];
  /** By container instance id. */
  readonly placements: ReadonlyMap<string, Placement>;
  /** Whether the daemon's selector selects an instance. */
  readonly selects: (instance: ContainerInstance) => boolean;
  /** Whether tasks that no daemon started are on an instance and have not stopped. */
  readonly isBusy: (instance: ContainerInstance) => boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * What becomes of one container instance.
 * start: a task is to be started. stop: tasks are to be stopped (and one started once they have).
 * keep: it has its task. wait: something is on its way, or it is not time yet. skip: it gets none.
 */
export interface Verdict {
  readonly containerInstance: ContainerInstance;
  readonly action: "start" | "stop" | "keep" | "wait" | "skip";
  /** Why, in words. */
  readonly reason: string;
  /** The task that counts here, if there is one. */
  readonly task: Task | undefined;
  /** Tasks to stop now. */
  readonly stop: readonly Task[];
  /** Whether the daemon should have a task here. */
  readonly desired: boolean;
  /** Look again at this time, ms since the epoch. */
  readonly again: number | undefined;
}

export interface Plan {
  readonly verdicts: readonly Verdict[];
  /** The earliest time at which the plan may change without any change of the cluster. */
  readonly again: number | undefined;
}

/** A start whose answer is not known is looked up in ECS after this: longer than the call may take. */
export const doubtMs = 10_000;

/** A start that ECS confirmed is looked up after this, when no event told of its task. */
export const unseenStartMs = 30_000;

/** When to ask ECS about a start that was not seen. */
export function lookupAt(placement: Placement): number {
  return placement.requestedAt + (placement.taskArn === undefined ? doubtMs : unseenStartMs);
}

export function planDaemon(input: PlanInput): Plan {
  const byInstance = new Map<string, Task[]>();
  for (const task of input.tasks) {
    if (!task.containerInstanceArn) continue;
    const id = arnId(task.containerInstanceArn);
    const tasks = byInstance.get(id) ?? [];
    tasks.push(task);
    byInstance.set(id, tasks);
  }
  const verdicts: Verdict[] = [];
  for (const instance of input.instances)
    verdicts.push(judge(input, instance, byInstance.get(arnId(instance.arn)) ?? []));
  const rolled = holdBackReplacements(input.daemon, verdicts);
  return { verdicts: rolled, again: earliest(rolled) };
}

function earliest(verdicts: readonly Verdict[]): number | undefined {
  let again: number | undefined;
  for (const verdict of verdicts)
    if (verdict.again !== undefined && (again === undefined || verdict.again < again))
      again = verdict.again;
  return again;
}

function templateOfTask(task: Task): string | undefined {
  return parseLaunchMark(task.startedBy)?.template;
}

/** The oldest task of the current revision, else the oldest of all: every planner picks the same one. */
function pickTask(live: readonly Task[], template: string): Task | undefined {
  const rank = (task: Task) =>
    `${templateOfTask(task) === template ? 0 : 1}${task.lastStatus === "RUNNING" ? 0 : 1}${String(task.createdAt ?? 0).padStart(15, "0")}${task.arn}`;
  return live.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))[0];
}

function judge(input: PlanInput, instance: ContainerInstance, tasks: readonly Task[]): Verdict {
  const { daemon } = input;
  const template = currentRevision(daemon).template;
  const live = tasks.filter((task) => !isStopping(task));
  const stopping = tasks.filter((task) => isStopping(task) && !isStopped(task));
  const task = pickTask(live, template) ?? stopping[0];
  const base = { containerInstance: instance, task, stop: [], desired: false, again: undefined };
  const verdict = (action: Verdict["action"], reason: string, more: Partial<Verdict> = {}) => ({
    ...base,
    action,
    reason,
    ...more,
  });
  // Such tasks have a ledger of their own, which is planned by its own rules.
  if (runsOnce(daemon)) return verdict("skip", "tasks that run once are not planned here");
  const selected = !daemon.deleting && !isInactive(instance) && input.selects(instance);
  if (daemon.paused)
    return verdict(live.length > 0 ? "keep" : "skip", "the daemon is paused", {
      desired: selected,
    });
  if (isInactive(instance)) return verdict("skip", "the container instance is INACTIVE");
  if (!selected) {
    const placement = input.placements.get(arnId(instance.arn));
    const isUnseen =
      placement?.state === "STARTING" &&
      !tasks.some(({ startedBy }) => parseLaunchMark(startedBy)?.launchId === placement.launchId);
    // Gone from here, nobody would stop the task that is on its way.
    if (daemon.deleting && isUnseen)
      return verdict("wait", "a start was asked for and is not seen yet", {
        again: lookupAt(placement),
        stop: live,
      });
    const why = daemon.deleting ? "the daemon is being removed" : "the selector does not select it";
    return live.length > 0 ? verdict("stop", why, { stop: live }) : verdict("skip", why);
  }
  if (instance.status === "DRAINING") {
    if (live.length === 0) return verdict("skip", "the container instance is DRAINING");
    // What else runs there may still need this daemon: daemons go last.
    if (input.isBusy(instance))
      return verdict("keep", "the container instance is DRAINING and other tasks still run there");
    const reason = "the container instance is DRAINING and nothing else runs there";
    return verdict("stop", reason, { stop: live });
  }
  const surplus = live.filter((each) => each !== task);
  if (surplus.length > 0)
    return verdict("stop", "more than one task of this daemon runs here", {
      stop: surplus,
      desired: true,
    });
  if (task && live.includes(task)) return judgeTask(task, template, verdict);
  if (stopping.length > 0)
    return verdict("wait", "the earlier task is still stopping", { desired: true });
  return judgeEmpty(input, instance, tasks, verdict);
}

type Make = (action: Verdict["action"], reason: string, more?: Partial<Verdict>) => Verdict;

function judgeTask(task: Task, template: string, verdict: Make): Verdict {
  if (templateOfTask(task) !== template)
    return verdict("stop", "the task is of an earlier revision", { stop: [task], desired: true });
  return verdict("keep", `its task is ${task.lastStatus}`, { desired: true });
}

/** An instance that should have a task and has none. */
function judgeEmpty(
  { daemon, placements, now }: PlanInput,
  instance: ContainerInstance,
  tasks: readonly Task[],
  verdict: Make,
): Verdict {
  const desired = true;
  if (instance.status !== "ACTIVE")
    return verdict("skip", `the container instance is ${instance.status}`, { desired });
  if (!instance.agentConnected)
    return verdict("wait", "the agent is not connected", { desired: false });
  const placement = placements.get(arnId(instance.arn));
  if (!placement) return verdict("start", "it has no task", { desired });
  const launched = tasks.find(
    (task) => parseLaunchMark(task.startedBy)?.launchId === placement.launchId,
  );
  if (placement.state === "STARTING" && !launched)
    return verdict("wait", "a start was asked for and is not seen yet", {
      desired,
      again: lookupAt(placement),
    });
  const retry = launched
    ? retryAfterEnd(placement, launched, currentRevision(daemon).template)
    : retryAfterFailure(placement, instance, currentRevision(daemon).template);
  const next = retry.when === "at" ? retry.at : Number.POSITIVE_INFINITY;
  if (next > now)
    return verdict("wait", `the last start failed: ${failureOf(placement, launched)}`, {
      desired,
      again: retry.when === "at" ? next : undefined,
    });
  return verdict("start", "it has no task", { desired });
}

/** Replacing stops running tasks: only as many as the daemon may lack at a time are let through. */
function holdBackReplacements(daemon: Daemon, verdicts: readonly Verdict[]): Verdict[] {
  const desired = verdicts.filter((verdict) => verdict.desired);
  const isRunning = ({ task }: Verdict) =>
    task !== undefined && task.lastStatus === "RUNNING" && !isStopping(task);
  const running = desired.filter(isRunning).length;
  const needed = Math.ceil((desired.length * daemon.rollout.minHealthyPercent) / 100);
  // One at a time at least while all of them run, else 100 percent would hold a rollout for ever.
  let allowed = Math.max(running - needed, running === desired.length ? 1 : 0);
  return verdicts.map((verdict) => {
    const replaces =
      verdict.action === "stop" &&
      verdict.desired &&
      verdict.stop.length === 1 &&
      verdict.stop[0] === verdict.task;
    if (!replaces) return verdict;
    if (!isRunning(verdict)) return verdict;
    if (allowed > 0) {
      allowed--;
      return verdict;
    }
    return { ...verdict, action: "keep", stop: [], reason: "waits for its turn in the rollout" };
  });
}
