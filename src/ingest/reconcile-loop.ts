// Compares every cluster with ECS in its turn, several at once, one worker at a time each. A cluster that fails is
// tried again and never holds up the others; what Redis lost is rebuilt at once.
import { clusterName } from "../ecs/arn.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import { awsErrorName } from "../ecs/aws-error.ts";
import type { EcsReader } from "../ecs/ecs-api.ts";
import type { Log } from "../log.ts";
import type { StateStore } from "../store/store.ts";
import type { Random } from "../random.ts";
import type { Alarm } from "./alarm.ts";
import { describeFault } from "./faults.ts";
import { Outage } from "./outage.ts";
import { forgetCluster, reconcileCluster } from "./reconcile.ts";
import type { ReconcileDependencies, ReconcileResult } from "./reconcile.ts";
import {
  addListed,
  isDenied,
  listRegions,
  newRound,
  noteForsaken,
  noteListed,
  readerOf,
  scopeOf,
} from "./reconcile-scope.ts";
import type { ListingRound, Scope, ScopeOptions } from "./reconcile-scope.ts";
import { comparisonDueAt } from "../store/restart.ts";
import { ReconcileSchedule } from "./reconcile-schedule.ts";
import type { TurnEnd } from "./reconcile-schedule.ts";

export interface ReconcileLoopOptions extends ScopeOptions, Omit<ReconcileDependencies, "ecs"> {
  readonly log: Log;
  readonly random: Random;
  /** Name of this process, for the lease. */
  readonly holder: string;
  /** Rings when there is something to look at before its time. */
  readonly alarm: Alarm;
  /** How often this process began the log of a cluster: once when it is new, again when Redis lost it. */
  readonly logsBegun: ReadonlyMap<ClusterArn, number>;
  /** The beginning that each cluster's log was last seen at: another process may have begun it anew. */
  readonly beginnings: Map<ClusterArn, string>;
  readonly onNewLog: (cluster: ClusterArn) => void;
  readonly onReconciled: (cluster: ClusterArn, result: ReconcileResult) => void;
}

/** Clusters that are reconciled at the same time. */
const parallel = 4;
/** A worker that dies while it reconciles leaves the cluster to the others after this. */
const leaseMs = 60_000;
const renewMs = 15_000;
/** How often to look whether the store still knows the clusters. */
const lookMs = 2000;
/** Clusters that come without an event are found as soon as this after a listing that failed. */
const relistMsMax = 30_000;

/** Another worker has taken the cluster over: it was slow to hear of us. */
class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

export async function reconcileForever(
  options: ReconcileLoopOptions,
  signal: AbortSignal,
): Promise<void> {
  const loop = new ReconcileLoop(options, signal);
  const outage = new Outage(options, "reconciling");
  while (!signal.aborted) {
    try {
      await loop.turn();
      outage.over();
    } catch (error) {
      if (!signal.aborted) await outage.wait(describeFault(error), signal);
    }
  }
  await loop.finished();
}

class ReconcileLoop {
  readonly #options: ReconcileLoopOptions;
  readonly #signal: AbortSignal;
  readonly #schedule: ReconcileSchedule;
  readonly #running = new Set<Promise<void>>();
  readonly #complaints = new Map<string, string>();
  /** Logs begun that were followed by a comparison, by cluster. */
  readonly #filled = new Map<ClusterArn, number>();
  /** Clusters that the store was seen to have. */
  readonly #present = new Set<ClusterArn>();
  #scope: Scope | undefined;
  /** The listing that is under way. */
  #round: ListingRound | undefined;
  #hasNews = false;
  #listAt = 0;
  #listFailures = 0;

  constructor(options: ReconcileLoopOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.#schedule = new ReconcileSchedule(options.intervalMs);
  }

  async finished(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Looks once at what is due, and waits until something may be. */
  async turn(): Promise<void> {
    const { clock, alarm } = this.#options;
    if (!this.#round && clock.monotonic() >= this.#listAt) this.#beginListing();
    if (this.#round && this.#hasNews) await this.#takeIn(this.#round);
    if (this.#scope) await this.#noticeLoss(this.#scope);
    const now = clock.monotonic();
    while (this.#running.size < parallel && this.#scope && !this.#signal.aborted) {
      const next = this.#schedule.take(now);
      if (!next) break;
      this.#start(this.#scope, next.cluster, next.first);
    }
    const dueAt = this.#running.size < parallel ? this.#schedule.nextAt : undefined;
    const listAt = this.#round ? Infinity : this.#listAt;
    const waitMs = Math.min(lookMs, (dueAt ?? Infinity) - now, listAt - now);
    await alarm.wait(Math.max(waitMs, 1), this.#signal);
  }

  /** Beside the turns: a region that does not answer holds up nobody else's. */
  #beginListing(): void {
    this.#round = newRound();
    this.#listAt = Infinity;
    void listRegions(this.#options, this.#round, () => {
      this.#hasNews = true;
      this.#options.alarm.ring();
    });
  }

  /** Goes on by what the listing has brought so far. */
  async #takeIn(round: ListingRound): Promise<void> {
    this.#hasNews = false;
    const { isOver } = round;
    try {
      const scope = await scopeOf(this.#options, round, this.#scope);
      if (this.#signal.aborted) return;
      this.#scope = scope;
      this.#complain(scope, isOver);
      this.#schedule.keep(new Set(scope.clusters.keys()), this.#options.clock.monotonic());
      await addListed(this.#options, round);
      if (!isOver) return;
      await noteListed(this.#options, scope);
      await noteForsaken(this.#options, scope);
      this.#endListing(scope);
    } catch (error) {
      this.#hasNews = true;
      throw error;
    }
  }

  #complain({ faults }: Scope, isOver: boolean): void {
    const { log } = this.#options;
    for (const { region, error } of faults) {
      const reason = describeFault(error);
      if (this.#complaints.get(region) !== reason)
        log.error({ region, reason }, "cannot list the clusters of ECS; doing with those known");
      this.#complaints.set(region, reason);
    }
    if (!isOver) return;
    const faulty = new Set(faults.map(({ region }) => region));
    for (const region of this.#complaints.keys())
      if (!faulty.has(region)) {
        this.#complaints.delete(region);
        log.info({ region }, "can list the clusters of ECS again");
      }
  }

  #endListing({ faults }: Scope): void {
    const { clock, intervalMs, random } = this.#options;
    const failed = faults.some(({ error }) => !isDenied(error));
    this.#listFailures = failed ? this.#listFailures + 1 : 0;
    const retryMs = Math.min(relistMsMax, 500 * 2 ** this.#listFailures);
    const pauseMs = failed ? Math.min(intervalMs, retryMs) : intervalMs;
    const listAt = clock.monotonic() + pauseMs * (0.9 + 0.2 * random.next());
    // Somebody may have asked for it meanwhile.
    this.#listAt = Math.min(this.#listAt, listAt);
    this.#round = undefined;
  }

  /** Redis may have been emptied, or started without its data: nobody says so where no event comes. */
  async #noticeLoss(scope: Scope): Promise<void> {
    const { store, clock, logsBegun, beginnings, onNewLog, tracks } = this.#options;
    const [clusters, begunNow] = await Promise.all([store.clusters(), store.logsBegun()]);
    for (const [cluster, beginning] of begunNow) {
      const seen = beginnings.get(cluster);
      beginnings.set(cluster, beginning);
      if (seen !== undefined && seen !== beginning) onNewLog(cluster);
    }
    const present = new Set(clusters);
    const now = clock.monotonic();
    for (const cluster of this.#schedule.clusters)
      if (present.has(cluster)) this.#present.add(cluster);
      else if (this.#present.delete(cluster)) this.#schedule.makeUrgent(cluster, now);
    for (const [cluster, begun] of logsBegun) {
      if (begun <= (this.#filled.get(cluster) ?? 0) || this.#schedule.isRunning(cluster)) continue;
      if (this.#schedule.has(cluster)) this.#schedule.makeUrgent(cluster, now);
      else if (tracks(cluster) && readerOf(scope, cluster)) this.#listAt = now;
      this.#filled.set(cluster, begun);
    }
  }

  #start(scope: Scope, cluster: ClusterArn, first: boolean): void {
    const { clock, alarm } = this.#options;
    const ecs = scope.clusters.get(cluster);
    if (!ecs) return;
    const startedAt = clock.monotonic();
    const begunAt = clock.now();
    const run = this.#compare(ecs, cluster, first)
      .catch((error: unknown): TurnEnd => {
        // Of Redis: the loop's own look says so.
        this.#options.log.debug({ cluster, err: error }, "a reconcile failed");
        return "failed";
      })
      .then(async (how) => {
        this.#schedule.end(cluster, how, startedAt, clock.monotonic());
        // Anything else has a time of its own to be tried again.
        if (how === "done") await this.#compareAgain(cluster, begunAt);
      })
      // Of Redis: the loop's own look says so.
      .catch(() => {})
      .finally(() => {
        this.#running.delete(run);
        alarm.ring();
      });
    this.#running.add(run);
  }

  /** After a restart of Redis one comparison must be of a time at which all that was under way can be seen. */
  async #compareAgain(cluster: ClusterArn, begunAt: number): Promise<void> {
    const { store, clock } = this.#options;
    const dueAt = comparisonDueAt(await store.freshness(cluster));
    // Of a cluster that ECS does not have, which is done as well, no comparison is noted.
    if (dueAt === undefined || begunAt >= dueAt) return;
    const inMs = Math.max(0, dueAt - clock.now());
    this.#schedule.makeUrgent(cluster, clock.monotonic() + inMs);
  }

  async #compare(ecs: EcsReader, cluster: ClusterArn, first: boolean): Promise<TurnEnd> {
    const { logsBegun, store, clock } = this.#options;
    const before = logsBegun.get(cluster) ?? 0;
    const isNew = (await store.read(cluster, 0, 1)).epoch === "";
    const how = await reconcileOne(this.#options, ecs, cluster, first, this.#signal);
    const begun = logsBegun.get(cluster) ?? 0;
    this.#filled.set(cluster, begun);
    // Filling a new cluster begins its log; any further beginning took away what was filled in before.
    if (begun > before + (isNew ? 1 : 0)) this.#schedule.makeUrgent(cluster, clock.monotonic());
    return how;
  }
}

async function reconcileOne(
  options: ReconcileLoopOptions,
  ecs: EcsReader,
  cluster: ClusterArn,
  first: boolean,
  signal: AbortSignal,
): Promise<TurnEnd> {
  const { store, clock, holder, intervalMs } = options;
  const facts = await store.freshness(cluster);
  const { lastReconciledAt } = facts;
  const age = clock.now() - (lastReconciledAt ?? 0);
  const isAwaited = clock.now() >= (comparisonDueAt(facts) ?? Infinity);
  // Another worker has done it. At our own start it is done in any case: nobody knows what was missed. One that is yet
  // to come was noted before the clock was set back: it must not stop the comparing until then.
  if (!first && !isAwaited && age >= 0 && age < intervalMs / 2) return "done";
  const taken = await store.takeLease(cluster, "reconcile", holder, leaseMs);
  if (!taken.held) return "busy";
  try {
    return await compareOne(options, ecs, cluster, lastReconciledAt);
  } catch (error) {
    if (signal.aborted) return "failed";
    if (error instanceof LeaseLost) return "busy";
    if (awsErrorName(error) === "ClusterNotFoundException") {
      await forget(options, cluster);
      return "done";
    }
    await complain(options, cluster, [describeFault(error)]);
    return "failed";
  } finally {
    await store.releaseLease(cluster, "reconcile", taken.lease);
  }
}

async function compareOne(
  options: ReconcileLoopOptions,
  ecs: EcsReader,
  cluster: ClusterArn,
  lastReconciledAt: number | undefined,
): Promise<TurnEnd> {
  const { store, clock, log, holder } = options;
  const [startedAt, comparedFrom] = [clock.monotonic(), clock.now()];
  let renewedAt = startedAt;
  const renew = async () => {
    if (clock.monotonic() - renewedAt < renewMs) return;
    renewedAt = clock.monotonic();
    const { held } = await store.takeLease(cluster, "reconcile", holder, leaseMs);
    if (!held) throw new LeaseLost(`another worker reconciles ${cluster}`);
  };
  const result = await reconcileCluster({ ...options, ecs }, cluster, renew);
  const { instances, tasks, problems } = result;
  // Filling an empty store repairs nothing.
  const drift = lastReconciledAt === undefined ? 0 : result.drift;
  if (problems.length === 0)
    await store.noteFreshness(cluster, {
      lastReconciledAt: clock.now(),
      comparedFrom,
      driftRepaired: drift,
    });
  else {
    await store.noteFreshness(cluster, { driftRepaired: drift });
    await complain(options, cluster, problems);
  }
  const milliseconds = Math.round(clock.monotonic() - startedAt);
  log.info({ cluster: clusterName(cluster), instances, tasks, drift, milliseconds }, "reconciled");
  options.onReconciled(cluster, result);
  return problems.length === 0 ? "done" : "failed";
}

/** Says once in the log, and with the cluster for as long as it is so, what could not be compared. */
async function complain(
  { store, log }: ReconcileLoopOptions,
  cluster: ClusterArn,
  problems: readonly string[],
): Promise<void> {
  const more = problems.length > 3 ? `; and ${problems.length - 3} more` : "";
  const reason = problems.slice(0, 3).join("; ") + more;
  const { reconcileProblem } = await store.freshness(cluster);
  if (reconcileProblem !== reason)
    log.error({ cluster: clusterName(cluster), reason }, "could not reconcile all of this cluster");
  await store.noteFreshness(cluster, { reconcileProblem: reason });
}

async function forget(options: ReconcileLoopOptions, cluster: ClusterArn): Promise<void> {
  const removed = await forgetCluster(options, cluster);
  if (removed > 0)
    options.log.info({ cluster, removed }, "ECS does not have this cluster any more");
  await dropIfEmpty(options.store, cluster);
}

/** A cluster that is gone stays listed for as long as something of it can be read: its history, or a daemon. */
async function dropIfEmpty(store: StateStore, cluster: ClusterArn): Promise<void> {
  const ended = await store.endedCount(cluster);
  const daemons = await store.records(cluster, "d");
  if (ended > 0 || daemons.size > 0) return;
  const definitions = [...(await store.records(cluster, "f")).keys()];
  await store.putTaskDefinitions(cluster, new Map(definitions.map((id) => [id, undefined])));
  await store.removeCluster(cluster);
}
