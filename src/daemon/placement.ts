// What the scheduler remembers of one daemon on one container instance: the launch that it is waiting for, and
// how earlier ones went. Control state; the tasks themselves are observed through ECS.

/**
 * The last launch of a daemon on an instance.
 * STARTING: written before the call; until the task is seen, or is known not to exist, nothing else is started.
 * FAILED: the launch is known to have failed, by ECS's refusal or by the task's end.
 */
export interface Placement {
  readonly kind: "placement";
  readonly daemon: string;
  readonly containerInstanceId: string;
  readonly state: "STARTING" | "FAILED";
  readonly launchId: string;
  readonly template: string;
  /** Launches in a row without success, this one included. */
  readonly attempts: number;
  /** When the call was about to be made, ms since the epoch. */
  readonly requestedAt: number;
  /** The task that ECS answered with, when it did. */
  readonly taskArn?: string | undefined;
  /** Why it failed, in ECS's words. */
  readonly reason?: string | undefined;
  /** Not started again before this time, ms since the epoch. */
  readonly nextAttemptAt?: number | undefined;
}

export function placementKey(daemon: string, containerInstanceId: string): string {
  return `${daemon}/${containerInstanceId}`;
}
