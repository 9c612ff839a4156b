// A daemon's state in numbers and words, from its plan. Pure; nothing of it is ever stored.
import { arnId } from "../ecs/arn.ts";
import { isStopping } from "../ecs/task.ts";
import type { Task } from "../ecs/task.ts";
import { currentRevision, runsOnce } from "./daemon.ts";
import type { Daemon } from "./daemon.ts";
import { failingAttempts, isBlamed } from "./failure.ts";
import { templateOfTask } from "./ownership.ts";
import type { Placement } from "./placement.ts";
import type { Plan } from "./plan.ts";
import type { Verdict } from "./verdict.ts";

export type DaemonPhase = "ACTIVE" | "ROLLING_OUT" | "STUCK" | "FAILING" | "PAUSED" | "DELETING";

export interface DaemonStatus {
  readonly phase: DaemonPhase;
  /** Why, in words. */
  readonly reason: string;
  readonly desired: number;
  readonly running: number;
  readonly healthy: number;
  readonly updated: number;
  readonly outdated: number;
  readonly waiting: number;
  readonly failed: number;
  /** Instances where a task that runs once has done so. */
  readonly succeeded: number;
}

export type PlacementState =
  | "RUNNING"
  | "STARTING"
  | "STOPPING"
  | "WAITING"
  | "FAILED"
  | "EXCLUDED"
  | "SUCCEEDED"
  | "SKIPPED";

/** A start that nothing was seen of for this long is stuck, not slow. */
const stuckMs = 120_000;

const isFailed = ({ why }: Verdict): boolean => why === "backoff" || why === "waits for change";

export function placementState(verdict: Verdict): PlacementState {
  const { task, action, why } = verdict;
  if (task !== undefined) {
    const goes = isStopping(task) || why === "stopping" || verdict.stop.includes(task);
    if (goes) return "STOPPING";
    return task.lastStatus === "RUNNING" ? "RUNNING" : "STARTING";
  }
  if (why === "completed") return "SUCCEEDED";
  if (why === "given up") return "SKIPPED";
  if (action === "skip") return "EXCLUDED";
  if (isFailed(verdict)) return "FAILED";
  return action === "start" || why === "pending" ? "STARTING" : "WAITING";
}

const live = ({ task }: Verdict): Task | undefined =>
  task !== undefined && !isStopping(task) ? task : undefined;

export function statusOf(
  daemon: Daemon,
  plan: Plan,
  placements: ReadonlyMap<string, Placement>,
  now: number,
): DaemonStatus {
  const { template } = currentRevision(daemon);
  const counts = {
    desired: 0,
    running: 0,
    healthy: 0,
    updated: 0,
    outdated: 0,
    waiting: 0,
    failed: 0,
    succeeded: 0,
  };
  let inPlace = 0;
  for (const verdict of plan.verdicts) {
    const task = live(verdict);
    const isRunning = task?.lastStatus === "RUNNING";
    const isUpdated = task !== undefined && templateOfTask(task) === template;
    if (isRunning) counts.running++;
    if (isRunning && task?.healthStatus !== "UNHEALTHY") counts.healthy++;
    if (task !== undefined) counts[isUpdated || runsOnce(daemon) ? "updated" : "outdated"]++;
    if (verdict.why === "completed") counts.succeeded++;
    if (!verdict.desired) continue;
    counts.desired++;
    if (verdict.action === "wait") counts.waiting++;
    if (task === undefined && isFailed(verdict)) counts.failed++;
    if (isRunning && isUpdated) inPlace++;
  }
  const done = runsOnce(daemon)
    ? counts.desired === 0
    : inPlace === counts.desired && counts.outdated === 0;
  return { ...phaseOf(daemon, plan, placements, now, done), ...counts };
}

interface Phase {
  readonly phase: DaemonPhase;
  readonly reason: string;
}

function phaseOf(
  daemon: Daemon,
  plan: Plan,
  placements: ReadonlyMap<string, Placement>,
  now: number,
  done: boolean,
): Phase {
  if (daemon.deleting) return { phase: "DELETING", reason: "its tasks are being stopped" };
  if (daemon.paused) return { phase: "PAUSED", reason: "paused by a person" };
  const { rollout, waits } = plan;
  if (waits) return { phase: waits.isStuck ? "STUCK" : "ROLLING_OUT", reason: waits.reason };
  if (rollout.failing)
    return {
      phase: "FAILING",
      reason: `revision ${daemon.revision} keeps failing on ${rollout.failed} of ${rollout.tried} container instances that got it: nothing more is replaced`,
    };
  if (done) return { phase: "ACTIVE", reason: doneReason(daemon) };
  return failing(plan, placements) ?? stuck(plan, placements, now) ?? underWay(daemon, plan);
}

function doneReason(daemon: Daemon): string {
  if (daemon.rolledBack)
    return `revision ${daemon.rolledBack.revision} was taken back: ${daemon.rolledBack.reason}`;
  return runsOnce(daemon)
    ? "nothing is left to run"
    : "every container instance that should has its task";
}

function failing({ verdicts }: Plan, placements: ReadonlyMap<string, Placement>) {
  const bad = verdicts.filter(({ desired, why, task, containerInstance }) => {
    if (!desired || task !== undefined || why !== "backoff") return false;
    const placement = placements.get(arnId(containerInstance.arn));
    return (
      placement !== undefined && isBlamed(placement.cause) && placement.attempts >= failingAttempts
    );
  });
  const [first] = bad;
  if (!first) return undefined;
  const reason = `on ${bad.length} container instances tasks fail again and again; on ${arnId(first.containerInstance.arn)} ${first.reason}`;
  return { phase: "FAILING", reason } as const;
}

function stuck(
  { verdicts }: Plan,
  placements: ReadonlyMap<string, Placement>,
  now: number,
): Phase | undefined {
  const lost = verdicts.find(({ why, containerInstance }) => {
    const placement = placements.get(arnId(containerInstance.arn));
    return (
      (why === "pending" || why === "surge") &&
      placement?.taskArn === undefined &&
      placement !== undefined &&
      now - placement.requestedAt > stuckMs
    );
  });
  const isStarting = (task: Task) =>
    task.lastStatus !== "RUNNING" && !isStopping(task) && now - (task.createdAt ?? now) <= stuckMs;
  const moves = verdicts.some(
    ({ desired, action, why, stop, task }) =>
      action === "start" ||
      stop.length > 0 ||
      (task !== undefined && isStarting(task)) ||
      (desired && ["pending", "stopping", "surge", "turn", "backoff"].includes(why)),
  );
  const held = verdicts.find(({ why }) => why === "blocked" || why === "waits for change");
  const first = lost ?? (moves ? undefined : held);
  if (!first) return undefined;
  return { phase: "STUCK", reason: `${arnId(first.containerInstance.arn)}: ${first.reason}` };
}

function underWay(daemon: Daemon, { rollout }: Plan): Phase {
  const { canary } = rollout;
  const isWaiting = canary !== undefined && canary.healthy >= canary.size;
  const reason = isWaiting
    ? `the canary of revision ${daemon.revision} runs on ${canary.healthy} container instances: promoteDaemon lets it go on`
    : runsOnce(daemon)
      ? "tasks run, or are to run"
      : "tasks are being started or replaced";
  return { phase: "ROLLING_OUT", reason };
}
