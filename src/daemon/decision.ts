// What was decided for a daemon, and why: its history, for people to read. All that is ever decided by it is whether
// there was a daemon of that name before.

/**
 * What a decision did. By the scheduler: START and STOP of one task; REFUSE: ECS said no to a start; UNKNOWN: the
 * outcome of a call is not known, so ECS will be asked; LOOKUP: it was asked; BACKOFF: the next start waits; SUCCEED,
 * FAIL: a once-task ended; ADOPT: one that runs was written down anew; COMPLETE: a rollout has reached every instance;
 * READY, UNREADY: the readiness attribute was set, removed; DRAIN: an instance that is about to go was set DRAINING;
 * RELEASE: its lifecycle hook was completed; REMOVE: the daemon is gone. By a person, or by the scheduler where its
 * rollout says so: the others.
 */
export type DecisionType =
  | "START"
  | "STOP"
  | "REFUSE"
  | "UNKNOWN"
  | "LOOKUP"
  | "BACKOFF"
  | "SUCCEED"
  | "FAIL"
  | "ADOPT"
  | "COMPLETE"
  | "READY"
  | "UNREADY"
  | "DRAIN"
  | "RELEASE"
  | "REMOVE"
  | "REGISTER"
  | "UPDATE"
  | "ROLLBACK"
  | "PROMOTE"
  | "PAUSE"
  | "RESUME"
  | "RERUN"
  | "DEREGISTER";

export interface Decision {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly type: DecisionType;
  /** Revision of the daemon that it was decided for. */
  readonly revision: number;
  /** Why, in words. */
  readonly reason: string;
  /** ARN of the container instance that it concerns; absent when it concerns the daemon as a whole. */
  readonly containerInstance?: string | undefined;
  /** ARN of the task that it concerns. */
  readonly task?: string | undefined;
}

/** Decisions that are kept of each daemon, the newest. */
export const decisionsMax = 1000;
