// The port of the store: what ingest, changes, the API and the scheduler may ask of it.
// Every call may throw RedisUnavailable or a connection error: the caller owns the retry.
import type { ClusterArn } from "../ecs/arn.ts";
import type { ClusterEvent } from "../ecs/cluster.ts";
import type { Decision } from "../daemon/decision.ts";
import type { BudgetBuckets } from "./budget-buckets.ts";
import type { Departure } from "../ecs/departure.ts";
import type { EntityKind, LeasePurpose } from "./keys.ts";
import type { Observation } from "./record.ts";

/**
 * applied: stored, logged and announced. duplicate: nothing new in it. stale: an older version.
 * final: the entity has ended for good. tombstoned: it was removed, and the event is late.
 * missing: an enrichment of an entity that is not there.
 */
export type ApplyResult = "applied" | "duplicate" | "stale" | "tombstoned" | "final" | "missing";

/** One entry of a cluster's log. `before` is the record that the change replaced, absent when it created one. */
export interface LogEntry {
  readonly seq: number;
  readonly kind: EntityKind;
  readonly id: string;
  /** When the change was stored, ms since the epoch. */
  readonly at: number;
  readonly before: string | undefined;
}

/** The log goes on behind a restart of Redis: whoever is at `previous` has lost nothing. */
export interface LogRestart {
  readonly seq: number;
  readonly kind: "r";
  readonly previous: number;
}

/** An answer to {@link StateStore.read}: entries after a position and the present records that they touch. */
export interface LogPage {
  /** Identity of this log; another one after Redis lost its data. Empty when the cluster has no log. */
  readonly epoch: string;
  /** The last position of the log when it was read. */
  readonly seq: number;
  readonly entries: readonly (LogEntry | LogRestart)[];
  /** Present record of each touched entity by `kind id`; absent when it is gone. */
  readonly present: ReadonlyMap<string, string>;
}

/** Position of a snapshot and all records at some instant at or after it. */
export interface StoreSnapshot {
  readonly epoch: string;
  readonly seq: number;
  readonly records: ReadonlyMap<EntityKind, ReadonlyMap<string, string>>;
}

/** What ingest knows of its own pace, per cluster. Times in ms since the epoch. */
export interface Freshness {
  readonly lastEventAt?: number | undefined;
  readonly eventLagMs?: number | undefined;
  readonly lastReconciledAt?: number | undefined;
  readonly driftRepaired?: number | undefined;
  /** Why the last reconcile failed, in plain words; absent when it succeeded. */
  readonly reconcileProblem?: string | undefined;
}

/** What a worker last saw of its queue. */
export interface QueueFacts {
  /** Name or URL, as it was configured. */
  readonly name: string;
  /** Messages that wait, and messages that some worker has in hand. */
  readonly visible: number;
  readonly inFlight: number;
  /** How long the oldest message of the last receive had waited, ms. */
  readonly lagMs: number;
  /** When this was seen, ms since the epoch. */
  readonly at: number;
}

export interface ControlWrite {
  readonly kind: "d" | "p";
  readonly id: string;
  /** The record that must be there now: undefined for none, "*" for any. */
  readonly expected: string | undefined;
  /** undefined removes it. */
  readonly record: string | undefined;
}

/** fenced: the lease that the write was made under is not held any more. */
export type ControlResult =
  | { readonly outcome: "written"; readonly epoch: string; readonly seq: number }
  | { readonly outcome: "conflict"; readonly id: string }
  | { readonly outcome: "fenced" };

export type LeaseResult =
  | { readonly held: true; readonly lease: string }
  | { readonly held: false; readonly holder: string };

/** What an entity's removal needs: gone only if it still has the version that was known. */
export interface Removal {
  readonly kind: "i" | "t";
  readonly id: string;
  /** Empty: at whatever version. */
  readonly version: string;
}

export interface StateStore extends BudgetBuckets {
  /** Clusters that have state here, in no order. */
  clusters(): Promise<ClusterArn[]>;
  /** Makes a cluster known to every reader. Idempotent. */
  addCluster(cluster: ClusterArn): Promise<void>;
  /** Makes readers forget a cluster that ECS does not have any more. Its keys stay until their retention ends. */
  removeCluster(cluster: ClusterArn): Promise<void>;
  apply(cluster: ClusterArn, observations: readonly Observation[]): Promise<ApplyResult[]>;
  remove(cluster: ClusterArn, removals: readonly Removal[], bannedUntil: number): Promise<number>;
  /** Ended entities that we learnt of before `cutoff` (ms), oldest first. */
  endedBefore(cluster: ClusterArn, cutoff: number, limit: number): Promise<Removal[]>;
  /** Number of ended entities that are kept. */
  endedCount(cluster: ClusterArn): Promise<number>;
  /** Forgets log entries stored before `cutoff` (ms) and bans that are over. */
  trim(cluster: ClusterArn, cutoff: number, now: number): Promise<void>;
  /** Stores task definitions by `family:revision`; undefined drops one that no task refers to any more. */
  putTaskDefinitions(
    cluster: ClusterArn,
    definitions: ReadonlyMap<string, string | undefined>,
  ): Promise<void>;
  records(cluster: ClusterArn, kind: EntityKind): Promise<Map<string, string>>;
  /** The same a page at a time, for whoever need not hold all of them. A record that changes meanwhile may come twice. */
  recordPages(
    cluster: ClusterArn,
    kind: EntityKind,
  ): AsyncIterable<readonly (readonly [id: string, record: string])[]>;
  snapshot(cluster: ClusterArn): Promise<StoreSnapshot>;
  read(cluster: ClusterArn, after: number, limit: number): Promise<LogPage>;
  writeControl(
    cluster: ClusterArn,
    writes: readonly ControlWrite[],
    lease?: string,
  ): Promise<ControlResult>;
  /** Adds to the history of a daemon, oldest first. With a lease, "fenced" when it is not held: nothing is written. */
  noteDecisions(
    cluster: ClusterArn,
    daemon: string,
    decisions: readonly Decision[],
    lease?: string,
  ): Promise<"written" | "fenced">;
  /** The newest decisions for a daemon, newest first; they outlive the daemon for a while. */
  decisions(cluster: ClusterArn, daemon: string, limit: number): Promise<Decision[]>;
  /** Remembers EC2 instances that are about to go, until they are forgotten or, after two days, by themselves. Idempotent. */
  noteDepartures(departures: readonly Departure[]): Promise<void>;
  departures(): Promise<Departure[]>;
  forgetDepartures(departures: readonly Departure[]): Promise<void>;
  /** Takes or renews a lease. `lease` in the result goes with every write that is made under it. */
  takeLease(
    cluster: ClusterArn,
    purpose: LeasePurpose,
    holder: string,
    ttlMs: number,
  ): Promise<LeaseResult>;
  releaseLease(cluster: ClusterArn, purpose: LeasePurpose, lease: string): Promise<void>;
  noteFreshness(cluster: ClusterArn, facts: Freshness): Promise<void>;
  freshness(cluster: ClusterArn): Promise<Freshness>;
  noteQueue(facts: QueueFacts): Promise<void>;
  /** What workers last saw of their queues; none after a day without a worker. */
  queues(): Promise<QueueFacts[]>;
  addEvents(cluster: ClusterArn, events: readonly ClusterEvent[]): Promise<void>;
  /** The newest service actions, deployments and health notices of a cluster, newest first. */
  events(cluster: ClusterArn, limit: number): Promise<ClusterEvent[]>;
  /** Keeps what could not be understood, bounded, for a person to look at. */
  quarantine(message: QuarantinedMessage): Promise<void>;
  quarantined(limit: number): Promise<QuarantinedMessage[]>;
  /**
   * Calls `wake` after each change of a cluster, after a new cluster (undefined), and after every time that
   * announcements may have been missed (undefined). Resolves once Redis has confirmed the subscription, however
   * long that takes, or undefined when `signal` aborts first.
   */
  watch(
    wake: (cluster: ClusterArn | undefined) => void,
    signal: AbortSignal,
  ): Promise<Watch | undefined>;
  /** Throws when Redis does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface QuarantinedMessage {
  readonly messageId: string;
  readonly reason: string;
  readonly body: string;
  /** ms since the epoch. */
  readonly at: number;
}

export interface Watch {
  close(): Promise<void>;
}
