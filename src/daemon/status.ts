// A daemon's state in numbers and words, from its plan. Pure; nothing of it is ever stored.
import { isStopping } from "../ecs/task.ts";
import type { Task } from "../ecs/task.ts";
import { currentRevision, parseLaunchMark } from "./daemon.ts";
import type { Daemon } from "./daemon.ts";
import { failingAttempts } from "./failure.ts";
import type { Placement } from "./placement.ts";
import type { Plan, Verdict } from "./plan.ts";

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
}

export type PlacementState =
  | "RUNNING"
  | "STARTING"
  | "STOPPING"
  | "WAITING"
  | "FAILED"
  | "EXCLUDED";

/** A start that nothing was seen of for this long is stuck, not slow. */
const stuckMs = 120_000;

export function placementState(verdict: Verdict): PlacementState {
  const { task, action } = verdict;
  if (task !== undefined) {
    if (isStopping(task) || (action === "stop" && verdict.stop.includes(task))) return "STOPPING";
    return task.lastStatus === "RUNNING" ? "RUNNING" : "STARTING";
  }
  if (action === "skip") return "EXCLUDED";
  if (action === "wait" && verdict.reason.startsWith("the last start failed")) return "FAILED";
  return action === "start" || verdict.again !== undefined ? "STARTING" : "WAITING";
}

const live = ({ task }: Verdict): Task | undefined =>
  task !== undefined && !isStopping(task) ? task : undefined;

export function statusOf(
  daemon: Daemon,
  plan: Plan,
  placements: ReadonlyMap<string, Placement>,
  now: number,
): DaemonStatus {
  const template = currentRevision(daemon).template;
  const desired = plan.verdicts.filter((verdict) => verdict.desired);
  const tasks = plan.verdicts.flatMap((verdict) => live(verdict) ?? []);
  const running = tasks.filter((task) => task.lastStatus === "RUNNING");
  const isUpdated = (task: Task) => parseLaunchMark(task.startedBy)?.template === template;
  const updated = tasks.filter(isUpdated).length;
  const failed = desired.filter((verdict) => placementState(verdict) === "FAILED").length;
  const waiting = desired.filter((verdict) => verdict.action === "wait").length;
  const counts = {
    desired: desired.length,
    running: running.length,
    healthy: running.filter((task) => task.healthStatus !== "UNHEALTHY").length,
    updated,
    outdated: tasks.length - updated,
    waiting,
    failed,
  };
  const inPlace = desired.filter((verdict) => {
    const task = live(verdict);
    return task !== undefined && task.lastStatus === "RUNNING" && isUpdated(task);
  });
  const done = inPlace.length === desired.length && counts.outdated === 0;
  const phase = phaseOf(daemon, { done, failed, placements, now });
  return { phase, reason: phaseReasons[phase], ...counts };
}

const phaseReasons: Readonly<Record<DaemonPhase, string>> = {
  ACTIVE: "every container instance that should has its task",
  ROLLING_OUT: "tasks are being started or replaced",
  STUCK: "a start was asked for long ago and nothing was seen of it",
  FAILING: "tasks fail again and again",
  PAUSED: "paused by a person",
  DELETING: "its tasks are being stopped",
};

function phaseOf(
  daemon: Daemon,
  facts: {
    readonly done: boolean;
    readonly failed: number;
    readonly placements: ReadonlyMap<string, Placement>;
    readonly now: number;
  },
): DaemonPhase {
  if (daemon.deleting) return "DELETING";
  if (daemon.paused) return "PAUSED";
  if (facts.done) return "ACTIVE";
  const all = [...facts.placements.values()];
  if (facts.failed > 0 && all.some((each) => each.attempts >= failingAttempts)) return "FAILING";
  const unseen = (each: Placement) =>
    each.state === "STARTING" &&
    facts.now - each.requestedAt > stuckMs &&
    each.taskArn === undefined;
  return all.some(unseen) ? "STUCK" : "ROLLING_OUT";
}
