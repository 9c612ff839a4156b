// When to reconcile which cluster: all at start, then each one again after the interval, by one worker at a time.
// A cluster that fails is tried again at its next turn and never holds up the others.
import { clusterName, parseEcsArn } from "../ecs/arn.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { Log } from "../log.ts";
import type { StateStore } from "../store/store.ts";
import type { Random } from "../random.ts";
import { awsErrorName } from "../ecs/aws-error.ts";
import type { Alarm } from "./alarm.ts";
import type { Tracks } from "./batch.ts";
import { describeFault } from "./faults.ts";
import { Outage } from "./outage.ts";
import { forgetCluster, reconcileCluster } from "./reconcile.ts";
import type { ReconcileDependencies, ReconcileResult } from "./reconcile.ts";

export interface ReconcileLoopOptions extends ReconcileDependencies {
  readonly log: Log;
  readonly random: Random;
  readonly tracks: Tracks;
  readonly intervalMs: number;
  /** Name of this process, for the lease. */
  readonly holder: string;
  /** The account that the credentials are of; undefined when AWS does not tell. */
  readonly account: () => Promise<string | undefined>;
  /** Rings when a round is due before its time: the store lost what it knew. */
  readonly alarm: Alarm;
  /** The clusters that are being reconciled now. */
  readonly inProgress: Set<ClusterArn>;
  readonly onReconciled: (cluster: ClusterArn, result: ReconcileResult) => void;
}

/** Clusters that are reconciled at the same time. */
const parallel = 4;
/** A failed cluster is tried again sooner than after a long interval. */
const retryMsMax = 30_000;
/** A worker that dies while it reconciles leaves the cluster to the others after this. */
const leaseMs = 120_000;

export async function reconcileForever(
  options: ReconcileLoopOptions,
  signal: AbortSignal,
): Promise<void> {
  const { random, intervalMs } = options;
  const outage = new Outage(options, "listing the clusters of ECS");
  let isFirstRound = true;
  while (!signal.aborted) {
    try {
      const clusters = await findClusters(options);
      outage.over();
      const failed = await reconcileAll(options, clusters, isFirstRound, signal);
      isFirstRound = false;
      const pauseMs = failed > 0 ? Math.min(intervalMs, retryMsMax) : intervalMs;
      await options.alarm.wait(pauseMs * (0.9 + 0.2 * random.next()), signal);
    } catch (error) {
      await outage.wait(describeFault(error), signal);
    }
  }
}

interface Found {
  readonly present: readonly ClusterArn[];
  /** Known to us, of this account and region, and not listed by ECS. */
  readonly absent: readonly ClusterArn[];
}

async function findClusters({ ecs, store, tracks, account }: ReconcileLoopOptions): Promise<Found> {
  const listed = (await ecs.listClusters()).filter(tracks);
  const known = (await store.clusters()).filter(tracks);
  const listedSet = new Set(listed);
  const scope = listed[0] === undefined ? undefined : parseEcsArn(listed[0]);
  const ourAccount = scope?.account ?? (await account());
  const absent = known.filter((cluster) => {
    const arn = parseEcsArn(cluster);
    const ours =
      arn?.account === ourAccount && (scope === undefined || arn?.region === scope.region);
    return ours && !listedSet.has(cluster);
  });
  return { present: listed, absent };
}

async function reconcileAll(
  options: ReconcileLoopOptions,
  { present, absent }: Found,
  isFirstRound: boolean,
  signal: AbortSignal,
): Promise<number> {
  const waiting = [...present];
  let failed = 0;
  const work = async () => {
    for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift())
      if (!(await reconcileOne(options, next, isFirstRound))) failed++;
  };
  await Promise.all(Array.from({ length: parallel }, work));
  for (const cluster of absent) {
    if (signal.aborted) break;
    const removed = await forgetCluster(options, cluster);
    if (removed > 0)
      options.log.info({ cluster, removed }, "ECS does not have this cluster any more");
    await dropIfEmpty(options.store, cluster);
  }
  return failed;
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

/** False when the cluster could not be reconciled; its reason is in the log and in its freshness. */
async function reconcileOne(
  options: ReconcileLoopOptions,
  cluster: ClusterArn,
  isFirstRound: boolean,
): Promise<boolean> {
  const { store, clock, log, holder, intervalMs } = options;
  const { lastReconciledAt } = await store.freshness(cluster);
  const age = clock.now() - (lastReconciledAt ?? 0);
  // Another worker has done it. At our own start it is done in any case: nobody knows what was missed.
  if (!isFirstRound && age < intervalMs / 2) return true;
  const lease = await store.takeLease(cluster, "reconcile", holder, leaseMs);
  if (!lease.held) return true;
  options.inProgress.add(cluster);
  const startedAt = clock.monotonic();
  try {
    const result = await reconcileCluster(options, cluster);
    const { instances, tasks } = result;
    // Filling an empty store repairs nothing.
    const drift = lastReconciledAt === undefined ? 0 : result.drift;
    await store.noteFreshness(cluster, { lastReconciledAt: clock.now(), driftRepaired: drift });
    const milliseconds = Math.round(clock.monotonic() - startedAt);
    log.info(
      { cluster: clusterName(cluster), instances, tasks, drift, milliseconds },
      "reconciled",
    );
    options.onReconciled(cluster, result);
    return true;
  } catch (error) {
    if (awsErrorName(error) === "ClusterNotFoundException") {
      await forgetCluster(options, cluster);
      return true;
    }
    const reason = describeFault(error);
    log.error({ cluster: clusterName(cluster), reason }, "could not reconcile this cluster");
    await store.noteFreshness(cluster, { reconcileProblem: reason });
    return false;
  } finally {
    options.inProgress.delete(cluster);
    await store.releaseLease(cluster, "reconcile", lease.lease);
  }
}
