// What a person wants to run on container instances: definitions and their revisions. Control state, kept in
// Redis and nowhere else. Pure types and derivations, no I/O.
import { createHash } from "node:crypto";
import type { ClusterArn } from "../ecs/arn.ts";
import type { Tag } from "../ecs/task.ts";

/** ALWAYS: one running task on each matching instance. ONCE_*: one task to completion when an instance joins or leaves. */
export const daemonModes = ["ALWAYS", "ONCE_JOINED", "ONCE_LEAVING"] as const;
export type DaemonMode = (typeof daemonModes)[number];

/** START_TASK: up to ten instances a call. RUN_TASK: one call an instance, repeatable by its client token. */
export const daemonLaunches = ["START_TASK", "RUN_TASK"] as const;
export type DaemonLaunch = (typeof daemonLaunches)[number];

export const rolloutMethods = ["TERMINATE_THEN_REPLACE", "REPLACE_THEN_TERMINATE"] as const;
export type RolloutMethod = (typeof rolloutMethods)[number];

/** How a new revision reaches the instances. Percentages are of the instances that should and can have a task. */
export interface Rollout {
  readonly method: RolloutMethod;
  /** Keep a healthy task while others are replaced. */
  readonly minHealthyPercent: number;
  /** Have two tasks for a while, with REPLACE_THEN_TERMINATE. */
  readonly maxOverPercent: number;
  /** Get a new revision before it is promoted; 0 for no canary. */
  readonly canaryPercent: number;
  /** Whether a new revision that fails is taken back without being asked. */
  readonly autoRollback: boolean;
}

/** What the tasks of a daemon are started from. Immutable: a change makes the next revision. */
export interface DaemonRevision {
  /** 1 for the first, then one more each. */
  readonly revision: number;
  /** Full ARN, `family:revision` or family, as ECS takes it. */
  readonly taskDefinition: string;
  /** ECS cluster query language; empty selects every instance. */
  readonly selector: string;
  /** JSON text of ECS task overrides; empty for none. */
  readonly overrides: string;
  /** JSON text of ECS's networkConfiguration, which awsvpc tasks need; empty for none. */
  readonly networkConfiguration: string;
  readonly tags: readonly Tag[];
  /** Short hash of all that makes a task differ: tasks with another one are outdated. */
  readonly template: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Why it was taken back, when it failed: the one thing that is noted of a revision later. */
  readonly takenBack?: string | undefined;
}

export interface Daemon {
  readonly kind: "daemon";
  readonly clusterArn: ClusterArn;
  readonly name: string;
  /** Short hash of cluster and name: how our tasks are recognised by their `startedBy`. */
  readonly id: string;
  readonly mode: DaemonMode;
  readonly launch: DaemonLaunch;
  readonly paused: boolean;
  /** When it was paused, or resumed, last, ms since the epoch; absent when it never was. */
  readonly pauseChangedAt?: number | undefined;
  /** Set once it is deregistered and its tasks are being stopped. */
  readonly deleting: boolean;
  /** When it was deregistered, ms since the epoch. */
  readonly deletingSince?: number | undefined;
  readonly revision: number;
  readonly rollout: Rollout;
  /** On a DRAINING instance daemons of a lower number stop first, equal ones together. */
  readonly drainOrder: number;
  /** Custom attribute that says that all daemons of an instance are healthy; empty for none. */
  readonly readinessAttribute: string;
  /** The last revision that was everywhere: what a canary leaves running, and where a rollback goes. */
  readonly stableRevision: number;
  /** The revision that a person let past its canary. */
  readonly promotedRevision: number;
  /** Why the last revision was taken back, when the scheduler did it by itself. */
  readonly rolledBack?: { readonly revision: number; readonly reason: string } | undefined;
  /** When it took the name of one that had been deregistered, ms: what that one's tasks came to counts for nothing. */
  readonly startsOver?: number | undefined;
  /** When the newest of that one's tasks was created, as far as it was known then: by ECS's clock, ms. */
  readonly earlierUntil?: number | undefined;
  /** Newest last, bounded. */
  readonly revisions: readonly DaemonRevision[];
  readonly createdAt: number;
}

/** Revisions that stay readable and can be gone back to. */
export const revisionsMax = 50;

const hash = (text: string, length: number): string =>
  BigInt(`0x${createHash("sha256").update(text).digest("hex")}`)
    .toString(36)
    .slice(0, length);

/** The same cluster and name give the same id, so a daemon that is registered again finds its tasks. */
export function daemonId(clusterArn: ClusterArn, name: string): string {
  return hash(`${clusterArn}\n${name}`, 8);
}

export function templateOf(
  revision: Pick<DaemonRevision, "taskDefinition" | "overrides" | "networkConfiguration" | "tags">,
): string {
  const { taskDefinition, overrides, networkConfiguration, tags } = revision;
  return hash(JSON.stringify([taskDefinition, overrides, networkConfiguration, tags]), 5);
}

export function currentRevision(daemon: Daemon): DaemonRevision {
  const current = daemon.revisions.find((each) => each.revision === daemon.revision);
  if (!current) throw new Error(`daemon ${daemon.name} has no revision ${daemon.revision}`);
  return current;
}

export function stableRevision(daemon: Daemon): DaemonRevision {
  return (
    daemon.revisions.find((each) => each.revision === daemon.stableRevision) ??
    currentRevision(daemon)
  );
}

/** Whether the current revision is for its canary only, until somebody promotes it. */
export function isCanary(daemon: Daemon): boolean {
  return (
    daemon.mode === "ALWAYS" &&
    daemon.rollout.canaryPercent > 0 &&
    daemon.promotedRevision !== daemon.revision &&
    currentRevision(daemon).template !== stableRevision(daemon).template
  );
}

/** Whether its tasks run to completion instead of for ever. */
export function runsOnce({ mode }: Pick<Daemon, "mode">): boolean {
  return mode !== "ALWAYS";
}

/** ECS's group of a daemon's tasks. */
export function taskGroup({ name }: Pick<Daemon, "name">): string {
  return `daemon:${name}`;
}

/** What a task of ours says in `startedBy`, which ECS limits to 36 characters for StartTask. */
export interface LaunchMark {
  readonly daemonId: string;
  readonly template: string;
  /** One per StartTask call, so that a call whose answer was lost can be looked up. */
  readonly launchId: string;
}

const markPrefix = "longshore/";

export function formatLaunchMark({ daemonId: id, template, launchId }: LaunchMark): string {
  const mark = `${markPrefix}${id}/${template}/${launchId}`;
  if (mark.length > 36) throw new Error(`startedBy would be ${mark.length} characters: ${mark}`);
  return mark;
}

/** The mark in a task's `startedBy`; undefined when the task is not ours. */
export function parseLaunchMark(startedBy: string | undefined): LaunchMark | undefined {
  if (!startedBy?.startsWith(markPrefix)) return undefined;
  // By hand, because plans read many thousands of them.
  const first = startedBy.indexOf("/", markPrefix.length);
  const second = startedBy.indexOf("/", first + 1);
  const isMark = first > markPrefix.length && second > first + 1 && second + 1 < startedBy.length;
  if (!isMark || startedBy.includes("/", second + 1)) return undefined;
  return {
    daemonId: startedBy.slice(markPrefix.length, first),
    template: startedBy.slice(first + 1, second),
    launchId: startedBy.slice(second + 1),
  };
}
