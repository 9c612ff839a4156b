// A daemon's state in numbers and words, from its plan. Pure; nothing of it is ever stored.
import { arnId } from "../ecs/arn.ts";
import { isStopping } from "../ecs/task.ts";
import type { Task } from "../ecs/task.ts";
import { currentRevision, runsOnce } from "./daemon.ts";
import type { Daemon } from "./daemon.ts";
import { failingAttempts, isBlamed } from "./failure.ts";
import { templateOfTask } from "./ownership.ts";
import { failureSince } from "./placement.ts";
import type { Placement } from "./placement.ts";
import type { Plan } from "./plan.ts";
import { isUnproven } from "./rollout.ts";
import { askedSince, earliest, movingSince, stateSince } from "./since.ts";
import { holderOf, overdueAt, reasonOf } from "./stuck.ts";
import type { Standing } from "./stuck.ts";
import type { Verdict } from "./verdict.ts";

export type DaemonPhase = "ACTIVE" | "ROLLING_OUT" | "STUCK" | "FAILING" | "PAUSED" | "DELETING";

export interface DaemonStatus {
  readonly phase: DaemonPhase;
  /** Why, in words. */
  readonly reason: string;
  /** Since when, ms since the epoch; undefined where no time of an entity tells. See since.ts. */
  readonly since: number | undefined;
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
  const isNew = isUnproven(daemon);
  let inPlace = 0;
  let lastInPlaceAt = askedSince(daemon);
  const lacking: Verdict[] = [];
  for (const verdict of plan.verdicts) {
    const task = live(verdict);
    const isRunning = task?.lastStatus === "RUNNING";
    const isUpdated = task !== undefined && templateOfTask(task) === template;
    if (isRunning) counts.running++;
    if (isRunning && task?.healthStatus !== "UNHEALTHY") counts.healthy++;
    if (task !== undefined) counts[isUpdated || runsOnce(daemon) ? "updated" : "outdated"]++;
    if (verdict.why === "completed") {
      counts.succeeded++;
      lastInPlaceAt = Math.max(lastInPlaceAt, placementOf(placements, verdict)?.endedAt ?? 0);
    }
    if (!verdict.desired) continue;
    counts.desired++;
    if (verdict.action === "wait") counts.waiting++;
    if (task === undefined && isFailed(verdict)) counts.failed++;
    // Enough of a new revision must be healthy before it is called the stable one.
    const isInPlace = isRunning && isUpdated && !runsOnce(daemon);
    if (isInPlace && !(isNew && task?.healthStatus === "UNHEALTHY")) {
      inPlace++;
      lastInPlaceAt = Math.max(lastInPlaceAt, task?.startedAt ?? 0);
    } else lacking.push(verdict);
  }
  const done = runsOnce(daemon)
    ? counts.desired === 0
    : inPlace === counts.desired && counts.outdated === 0;
  const scene = { daemon, plan, placements, now, lacking };
  return { ...phaseOf(scene, done, lastInPlaceAt), ...counts };
}

/** The earliest time after `now` at which the status may be another one although nothing changes. */
export function statusMovesAt(
  daemon: Daemon,
  { verdicts }: Plan,
  placements: ReadonlyMap<string, Placement>,
  now: number,
): number | undefined {
  const times = verdicts.flatMap((verdict) => [
    verdict.again,
    overdueAt(daemon, verdict, placementOf(placements, verdict)),
  ]);
  return earliest(times.filter((at) => at !== undefined && at > now));
}

type Phase = Pick<DaemonStatus, "phase" | "reason" | "since">;

const placementOf = (
  placements: ReadonlyMap<string, Placement>,
  { containerInstance }: Verdict,
): Placement | undefined => placements.get(arnId(containerInstance.arn));

function phaseOf(scene: Standing, done: boolean, lastInPlaceAt: number): Phase {
  const { daemon, plan } = scene;
  const { rollout, waits } = plan;
  if (daemon.deleting)
    return {
      phase: "DELETING",
      reason: "its tasks are being stopped",
      since: daemon.deletingSince,
    };
  if (daemon.paused)
    return { phase: "PAUSED", reason: "paused by a person", since: daemon.pauseChangedAt };
  if (waits)
    return {
      phase: waits.isStuck ? "STUCK" : "ROLLING_OUT",
      reason: waits.reason,
      since: undefined,
    };
  if (rollout.failing)
    return {
      phase: "FAILING",
      reason: `revision ${daemon.revision} keeps failing on ${rollout.failed} of ${rollout.tried} container instances that got it: nothing more is replaced`,
      since: revisionFailsSince(scene),
    };
  if (done) return { phase: "ACTIVE", reason: doneReason(daemon), since: lastInPlaceAt };
  return failing(scene) ?? stuck(scene) ?? underWay(scene);
}

/** The first failure of the present revision, where it keeps failing. */
function revisionFailsSince({ daemon, placements }: Standing): number | undefined {
  const { template } = currentRevision(daemon);
  const first = earliest(
    [...placements.values()].map((placement) =>
      placement.template === template && keepsFailing(placement)
        ? failureSince(placement)
        : undefined,
    ),
  );
  return first === undefined ? undefined : Math.max(first, askedSince(daemon));
}

const keepsFailing = ({ cause, attempts }: Placement): boolean =>
  isBlamed(cause) && attempts >= failingAttempts;

function doneReason(daemon: Daemon): string {
  if (daemon.rolledBack)
    return `revision ${daemon.rolledBack.revision} was taken back: ${daemon.rolledBack.reason}`;
  return runsOnce(daemon)
    ? "nothing is left to run"
    : "every container instance that should has its task";
}

function failing({ plan, placements }: Standing): Phase | undefined {
  const bad = plan.verdicts.flatMap((verdict) => {
    const { desired, why, task } = verdict;
    if (!desired || task !== undefined || why !== "backoff") return [];
    const placement = placementOf(placements, verdict);
    return placement && keepsFailing(placement) ? [{ verdict, placement }] : [];
  });
  const [first] = bad;
  if (!first) return undefined;
  const { containerInstance, reason } = first.verdict;
  return {
    phase: "FAILING",
    reason: `on ${bad.length} container instances tasks fail again and again; on ${arnId(containerInstance.arn)} ${reason}`,
    since: earliest(bad.map(({ placement }) => failureSince(placement))),
  };
}

function stuck(scene: Standing): Phase | undefined {
  const holder = holderOf(scene);
  if (!holder) return undefined;
  const { verdict, lostSince } = holder;
  const reason = reasonOf(verdict, placementOf(scene.placements, verdict));
  return {
    phase: "STUCK",
    reason: `${arnId(verdict.containerInstance.arn)}: ${reason}`,
    since: lostSince ?? lackingSince(scene, verdict),
  };
}

/** Since when a container instance stands as it does, if it lacks its task. */
function lackingSince({ daemon, placements }: Standing, verdict: Verdict): number | undefined {
  const state = placementState(verdict);
  // The task of an earlier revision runs for longer than it lacks the present one's; one that runs once lacks its end.
  if (state === "RUNNING" && !runsOnce(daemon)) return askedSince(daemon);
  return stateSince(daemon, verdict, state, placementOf(placements, verdict));
}

function underWay(scene: Standing): Phase {
  const { daemon, lacking } = scene;
  const { canary } = scene.plan.rollout;
  const isWaiting = canary !== undefined && canary.healthy >= canary.size;
  const reason = isWaiting
    ? `the canary of revision ${daemon.revision} runs on ${canary.healthy} container instances: promoteDaemon lets it go on`
    : runsOnce(daemon)
      ? "tasks run, or are to run"
      : "tasks are being started or replaced";
  const since = movingSince(
    daemon,
    lacking.map((verdict) => lackingSince(scene, verdict)),
  );
  return { phase: "ROLLING_OUT", reason, since };
}
