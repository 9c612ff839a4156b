// What the scheduler remembers of one daemon on one container instance: the launch that it is waiting for, and
// how earlier ones went. For tasks that run once this is their ledger, one record a generation. Control state; the
// tasks themselves are observed through ECS.
import type { FailureCause } from "./failure.ts";

/**
 * PENDING: asked for by a person or a trigger, not launched yet.
 * STARTING: written before the call; until the task is seen, or is known not to exist, nothing else is started.
 * FAILED: the launch is known to have failed, by ECS's refusal or by the task's end.
 * SUCCEEDED: a task that runs once has done its work. SKIPPED: it never will, and why. Both are final.
 */
export type PlacementRecordState = "PENDING" | "STARTING" | "FAILED" | "SUCCEEDED" | "SKIPPED";

/** The last launch of a daemon on an instance. Times are ms since the epoch. */
export interface Placement {
  readonly kind: "placement";
  readonly daemon: string;
  readonly containerInstanceId: string;
  /** 0 for ALWAYS; tasks that run once count from 1, one more each time that they are to run again. */
  readonly generation: number;
  readonly state: PlacementRecordState;
  readonly launchId: string;
  readonly template: string;
  /** Launches in a row that failed, this one included, whatever the revision; for want of room none does. */
  readonly attempts: number;
  /** Launches in a row that were refused for want of room, up to this one: nobody's failures. */
  readonly refusals?: number | undefined;
  /** When the first launch in a row without success was asked for, once there are several: since when it fails. */
  readonly failingSince?: number | undefined;
  /** The same number, of this template only: what speaks against a new revision. */
  readonly templateAttempts?: number | undefined;
  /** Whether the daemon failed here before this template came: then its failures are not the template's. */
  readonly failedBefore?: boolean | undefined;
  /** When the call was about to be made. */
  readonly requestedAt: number;
  /** The task that ECS answered with, when it did. */
  readonly taskArn?: string | undefined;
  /** Launches before this one whose tasks may still be there, newest first, bounded. */
  readonly earlierLaunches?: readonly string[] | undefined;
  /** Why it failed, in ECS's words. */
  readonly reason?: string | undefined;
  readonly cause?: FailureCause | undefined;
  /** What the instance was like when the call was made: some failures wait for another one. */
  readonly standing?: string | undefined;
  /** Not started again before this time; of a start that is not seen: ECS is not asked about it before. */
  readonly nextAttemptAt?: number | undefined;
  /** How often ECS was asked about this launch and knew nothing. */
  readonly lookups?: number | undefined;
  /** How often in a row it could not be asked; the next time is in {@link nextAttemptAt}. */
  readonly lookupFailures?: number | undefined;
  /** The stops that were asked for last here: until they are seen, their tasks count as stopping. */
  readonly stop?: AskedStop | undefined;
  /** Whether a stop of ours left the instance without a task, and no start has put one there since. */
  readonly emptied?: boolean | undefined;
  /** Exit code of the task that ended last. */
  readonly exitCode?: number | undefined;
  /** When the outcome of a task that runs once was known. */
  readonly endedAt?: number | undefined;
}

/** What was asked to stop on an instance, and when. */
export interface AskedStop {
  readonly taskArn: string;
  /** Further tasks, where it had several. */
  readonly also?: readonly string[] | undefined;
  readonly at: number;
  /** How often in a row ECS refused. */
  readonly failures?: number | undefined;
}

/** Launches in a row without success, whatever it was for want of. */
export function startsInVain({ attempts, refusals = 0 }: Placement): number {
  return attempts + refusals;
}

/** When the first of the launches in a row without success was asked for. */
export function failureSince({ failingSince, requestedAt }: Placement): number {
  return failingSince ?? requestedAt;
}

export function isAskedToStop(asked: AskedStop | undefined, taskArn: string): boolean {
  return asked?.taskArn === taskArn || asked?.also?.includes(taskArn) === true;
}

/** Of a task that runs once: nothing more happens in this generation. */
export function isFinal({ state }: Pick<Placement, "state">): boolean {
  return state === "SUCCEEDED" || state === "SKIPPED";
}

export function placementKey({
  daemon,
  containerInstanceId,
  generation,
}: Pick<Placement, "daemon" | "containerInstanceId" | "generation">): string {
  const key = `${daemon}/${containerInstanceId}`;
  return generation === 0 ? key : `${key}/${generation}`;
}

/** The name of the daemon in a placement's key. */
export function daemonOfKey(key: string): string {
  return key.slice(0, key.indexOf("/"));
}
