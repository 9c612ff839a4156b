// The port of the store: what ingest, changes, the API and the scheduler may ask of it.
// Every call may throw RedisUnavailable or a connection error: the caller owns the retry.
import type { ClusterArn } from "../ecs/arn.ts";
import type { ClusterEvent } from "../ecs/cluster.ts";
import type { Decision } from "../daemon/decision.ts";
import type { BudgetBuckets } from "./budget-buckets.ts";
import type { Departure } from "../ecs/departure.ts";
import type { HistoryMinute } from "./history.ts";
import type { KeptStore } from "./kept.ts";
import type { EntityKind, LeasePurpose } from "./keys.ts";
import type { Observation } from "./record.ts";

/**
 * applied: stored, logged and announced. merged: the same, but nothing that the version is of: the version was known,
 * and what only the API or EC2 tells was not. duplicate: nothing new in it. stale: an older version.
 * final: the entity has ended for good. tombstoned: it was removed, and the event is late.
 * missing: an enrichment of an entity that is not there.
 */
export type ApplyResult =
  | "applied"
  | "merged"
  | "duplicate"
  | "stale"
  | "tombstoned"
  | "final"
  | "missing";

/**
 * One entry of a cluster's log. `before` is the record that the change replaced, absent when it created one; of a task
 * or a container instance it has only what differed from the record that came after: see completeRecord.
 */
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
  /** Longest time from SQS taking an event in to it being applied, of the last second with events. */
  readonly eventLagMs?: number | undefined;
  /** Median of the same over the last 500 events that the worker which noted last has stored. */
  readonly eventLagP50Ms?: number | undefined;
  /** The same from the event's own time, which ECS tells in whole seconds. */
  readonly eventTimeLagMs?: number | undefined;
  readonly lastReconciledAt?: number | undefined;
  /** When that comparison was begun. */
  readonly comparedFrom?: number | undefined;
  /** When the log last went on behind a restart of Redis, which may have lost its last writes; Redis's own time. */
  readonly restartedAt?: number | undefined;
  readonly driftRepaired?: number | undefined;
  /** Why the last reconcile failed, in plain words; absent when it succeeded. */
  readonly reconcileProblem?: string | undefined;
}

/** What a worker last saw of its queue. */
export interface QueueFacts {
  /** Name or URL, as it was configured. */
  readonly name: string;
  /** Messages that wait, messages that some worker has in hand, messages that SQS holds back for a while. */
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  /** How long the oldest message had waited, ms, as far as receives tell: SQS itself does not. */
  readonly oldestMessageAgeMs: number;
  /** When this was seen, ms since the epoch. */
  readonly at: number;
}

/** What an ingest worker last said of itself. Counts are since it started; times in ms since the epoch. */
export interface WorkerFacts {
  readonly id: string;
  readonly queue: string;
  readonly startedAt: number;
  /** When it said this. */
  readonly at: number;
  /** How often it compares clusters with ECS. */
  readonly reconcileMs: number;
  readonly received: number;
  readonly applied: number;
  readonly unchanged: number;
  readonly clusterEvents: number;
  /** By what the events were. */
  readonly ignored: Readonly<Record<string, number>>;
  readonly rejected: number;
  readonly pollers: number;
  /** Batches stored, and the time that took, ms. */
  readonly stores: number;
  readonly storingMs: number;
}

/** How the listing of ECS's clusters goes, of whatever worker. */
export interface ListingFacts {
  /** When all that are to be tracked were last listed and made known, ms since the epoch; undefined when never. */
  readonly listedAt?: number | undefined;
  /** Why the last listing failed, in plain words; undefined when it did not. */
  readonly problem?: string | undefined;
}

export interface ControlWrite {
  readonly kind: "d" | "p";
  readonly id: string;
  /** The record that must be there now: undefined for none, "*" for any or none, "+" for any. */
  readonly expected: string | undefined;
  /** undefined removes it, "=" leaves it as it is. */
  readonly record: string | undefined;
}

/**
 * fenced: the lease that the write was made under is not held any more, or the write found that Redis was restarted:
 * what it was decided by may be lost, and nothing is written.
 */
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

/** What is stored of one kind, by id. */
export interface KnownEntities {
  readonly versions: ReadonlyMap<string, string>;
  /** Those that have ended for good. */
  readonly ended: ReadonlySet<string>;
  /** Those that were removed and may not come back by an event yet. */
  readonly banned: ReadonlySet<string>;
}

export interface StateStore extends BudgetBuckets, KeptStore, Quarantine {
  /** Clusters that have state here, in no order. */
  clusters(): Promise<ClusterArn[]>;
  /** A text for each cluster that is another one after its log was begun anew, by whatever process. */
  logsBegun(): Promise<Map<ClusterArn, string>>;
  /** Makes a cluster known to every reader. Idempotent. */
  addCluster(cluster: ClusterArn): Promise<void>;
  /**
   * Makes readers forget a cluster that ECS does not have any more, and its freshness; false when an entity or a daemon
   * of it is there, or comes meanwhile: then it stays. Its keys stay for the retention time: its log goes on when the
   * cluster comes back before.
   */
  removeCluster(cluster: ClusterArn): Promise<boolean>;
  apply(cluster: ClusterArn, observations: readonly Observation[]): Promise<ApplyResult[]>;
  /**
   * Removes entities; resolves to how many it were. `bannedUntil` (ms since the epoch, 0 for no ban): until then no
   * event and no description of an ended entity brings them back.
   */
  remove(cluster: ClusterArn, removals: readonly Removal[], bannedUntil: number): Promise<number>;
  /** What is stored of a kind, without the records. Read in pages: it may miss or have what changes meanwhile. */
  known(cluster: ClusterArn, kind: "i" | "t"): Promise<KnownEntities>;
  /** Ended entities that we learnt of before `cutoff` (ms), oldest first. */
  endedBefore(cluster: ClusterArn, cutoff: number, limit: number): Promise<Removal[]>;
  /** Number of ended entities that are kept. */
  endedCount(cluster: ClusterArn): Promise<number>;
  /**
   * Forgets log entries stored before `cutoff` (ms) and bans that are over, and keeps the log from growing beyond a
   * part of the memory that the cluster's entities take.
   */
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
  /**
   * The same for what a person is told to hold: resolves once what was written outlives a crash of Redis, as far as
   * that Redis can promise it (see {@link StateStore.weakness}). Throws NotKept when it was written and Redis did not
   * say so in time.
   */
  writeAcknowledged(cluster: ClusterArn, writes: readonly ControlWrite[]): Promise<ControlResult>;
  /** Why Redis may lose what it has acknowledged, in words; undefined when it should not. */
  weakness(): Promise<string | undefined>;
  /** Adds to the history of a daemon, oldest first. With a lease, "fenced" when it is not held: nothing is written. */
  noteDecisions(
    cluster: ClusterArn,
    daemon: string,
    decisions: readonly Decision[],
    lease?: string,
  ): Promise<"written" | "fenced">;
  /** The newest decisions for a daemon, newest first; they outlive the daemon for a while. */
  decisions(cluster: ClusterArn, daemon: string, limit: number): Promise<Decision[]>;
  /** Readiness attributes that daemons of the cluster ask for or have asked for, to when that was last noted, ms. */
  readinessNames(cluster: ClusterArn): Promise<Map<string, number>>;
  noteReadinessNames(cluster: ClusterArn, names: readonly string[], now: number): Promise<void>;
  forgetReadinessNames(cluster: ClusterArn, names: readonly string[]): Promise<void>;
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
  /** Also notes this minute in the history. Never keeps an older event time; drift adds up. */
  noteFreshness(cluster: ClusterArn, facts: Freshness): Promise<void>;
  freshness(cluster: ClusterArn): Promise<Freshness>;
  /**
   * What was noted of a cluster in each minute of the last day, oldest first. A minute without a note is left out:
   * nothing happened in it. What is applied counts with the note of freshness that follows.
   */
  history(cluster: ClusterArn): Promise<HistoryMinute[]>;
  noteQueue(facts: QueueFacts): Promise<void>;
  /** What workers last saw of their queues; none after a day without a worker. */
  queues(): Promise<QueueFacts[]>;
  noteWorker(facts: WorkerFacts): Promise<void>;
  /** For a worker that ends in order. */
  removeWorker(id: string): Promise<void>;
  /** What ingest workers last said of themselves, those included that were killed within the last hour. */
  workers(): Promise<WorkerFacts[]>;
  /** Without `listedAt` the time of the last one that succeeded stays. */
  noteListing(facts: ListingFacts): Promise<void>;
  listing(): Promise<ListingFacts>;
  /**
   * Adds to a cluster's event history what is not in it yet, by event id; returns how many that were. The history
   * alone makes no cluster known: entities and reconciling do.
   */
  addEvents(cluster: ClusterArn, events: readonly ClusterEvent[]): Promise<number>;
  /** The newest service actions, deployments and health notices of a cluster, newest first. */
  events(cluster: ClusterArn, limit: number): Promise<ClusterEvent[]>;
  /** Forgets events of a cluster's history from before `cutoff` (ms). */
  trimEvents(cluster: ClusterArn, cutoff: number): Promise<void>;
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
  /** Redis's own time, ms since the epoch: the one clock that all processes share. */
  time(): Promise<number>;
  close(): Promise<void>;
}

export interface QuarantinedMessage {
  readonly messageId: string;
  readonly reason: string;
  readonly body: string;
  /** Whether `body` is all of it; only such a message can be read again. */
  readonly isWhole: boolean;
  /** When it came, and when it was last read again in vain; ms since the epoch. */
  readonly at: number;
  readonly replayedAt?: number | undefined;
}

/** Messages that could not be understood, by message id, bounded: the oldest make room. */
export interface Quarantine {
  /** Keeps a message; false when one of that id was there, which it replaces. Ends a wish to have it read again. */
  quarantine(message: Omit<QuarantinedMessage, "isWhole">): Promise<boolean>;
  /** The newest, newest first. */
  quarantined(limit: number): Promise<QuarantinedMessage[]>;
  quarantinedCount(): Promise<number>;
  /** Forgets messages; returns the ids of those that were there. */
  removeQuarantined(ids: readonly string[]): Promise<string[]>;
  /** Wants messages read again by some ingest worker; returns the ids of those that can be. */
  askForReplay(ids: readonly string[]): Promise<string[]>;
  /** Some of the messages that are to be read again. */
  replaysAsked(limit: number): Promise<QuarantinedMessage[]>;
}

export interface Watch {
  close(): Promise<void>;
}
