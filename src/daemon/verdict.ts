// What a plan says: one verdict for each container instance, with a reason. Pure vocabulary.
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Task } from "../ecs/task.ts";
import type { Placement } from "./placement.ts";

/** Why a container instance is judged as it is. What people read is in `reason`. */
export type Why =
  // It has what it should have.
  | "running"
  | "unhealthy"
  | "completed"
  // It should have a task and has none, or an outdated one.
  | "none"
  | "outdated"
  | "pending"
  | "stopping"
  | "backoff"
  | "waits for change"
  | "not compared"
  | "disconnected"
  // A rollout is at work on it, or lets it wait.
  | "surge"
  | "turn"
  | "canary"
  | "blocked"
  // It should have none, or no other one.
  | "surplus"
  | "not selected"
  | "deleting"
  | "draining"
  | "not triggered"
  | "not active"
  | "inactive"
  | "missing"
  | "paused"
  | "given up";

/**
 * What becomes of one container instance.
 * start: a task is to be started. stop: tasks are to be stopped (and one started once they have).
 * keep: it has its task. wait: something is on its way, or it is not time yet. skip: it gets none.
 */
export interface Verdict {
  readonly containerInstance: ContainerInstance;
  readonly action: "start" | "stop" | "keep" | "wait" | "skip";
  readonly why: Why;
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
  /** The revision to start; undefined for the current one. */
  readonly revision?: number | undefined;
  /** A start that nobody has seen, and that ECS is to be asked about now. */
  readonly lookUp?: Placement | undefined;
  /** What is to be remembered of a run that has ended. */
  readonly settle?: Placement | undefined;
}

/**
 * A verdict on one container instance by itself, before the rollout lets some of them happen and others wait. `replace`:
 * its task is outdated. `release`: it is not selected any more and has a task.
 */
export interface Judgement extends Omit<Verdict, "action"> {
  readonly action: Verdict["action"] | "replace" | "release" | "surge";
  /** Whether it is one of those that percentages are of: it should have a task, and can. */
  readonly counts: boolean;
  /** Whether it has a task that is of use now, of whatever revision. */
  readonly healthy: boolean;
  /** The live task of the current template, and the one of another. */
  readonly current: Task | undefined;
  readonly other: Task | undefined;
  /** Whether the task of the current template is of use now. */
  readonly currentHealthy: boolean;
  /** Whether a task of the current template did not fit here, for want of room. */
  readonly lacksRoom: boolean;
  /** Tasks beyond one that are there or on their way. */
  readonly extra: number;
  /** Stops that were asked for and not seen in time: to be asked for again, as far as that may be by now. */
  readonly repeat: RepeatedStop | undefined;
  /** Whether the current template was tried here. */
  readonly tried: boolean;
  /** Whether the current template has failed here often enough to be called failing, and whether that is its fault. */
  readonly failing: "no" | "its fault" | "not its fault";
}

export interface RepeatedStop {
  readonly tasks: readonly Task[];
  /** Whether one of them would be of use, had it not been asked to stop. */
  readonly takesHealthy: boolean;
}
