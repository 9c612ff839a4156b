// Whether the API should get traffic, and why not. A load balancer acts on this for all replicas at once, since they
// share one truth: so the bounds are far from what happens in a healthy day, and what has become unready must be well
// inside them before it is ready again.
import type { Informer } from "../changes/informer.ts";
import type { Clock } from "../clock.ts";
import { clusterName, parseEcsArn } from "../ecs/arn.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { ListingFacts, QueueFacts, StateStore, WorkerFacts } from "../store/store.ts";
import { whyUnusable } from "../store/trouble.ts";

export interface ClusterFacts {
  readonly arn: ClusterArn;
  /** ms since the epoch; undefined when it never was. */
  readonly lastReconciledAt: number | undefined;
  readonly reconcileProblem: string | undefined;
  /** How long this process has known of it, ms. */
  readonly knownForMs: number;
}

export interface ReadinessFacts {
  readonly now: number;
  /** How long this process has been up, ms. */
  readonly upMs: number;
  readonly wasReady: boolean;
  /** Why the views may be behind; undefined when they follow. */
  readonly viewProblem: string | undefined;
  /** Why Redis does not answer; undefined when it does. */
  readonly redisProblem: string | undefined;
  /** Why Redis may lose what it has acknowledged; undefined when it should not. */
  readonly redisWeakness: string | undefined;
  readonly clusters: readonly ClusterFacts[];
  readonly workers: readonly WorkerFacts[];
  readonly queues: readonly QueueFacts[];
  readonly listing: ListingFacts;
  /** Clusters that the store has: the views hear of a new one a little later. */
  readonly stored: number;
}

const minuteMs = 60_000;
/** Workers tell of themselves every few seconds, and are gone for less than this when they are replaced. */
const workerUnseenMs = 2 * minuteMs;
/** A cluster that has just been made is compared within seconds; this is for one that cannot be. */
const unreconciledMs = 2 * minuteMs;
/** Comparisons that may be missed in a row, and the time that they may take in any case. */
const reconcilesMissed = 3;
const reconcileSlackMs = 10 * minuteMs;
/** A burst of events is worked off within seconds. */
const queueAgeMs = 5 * minuteMs;
/** What has become unready is ready again inside this share of a bound. */
const recoveredShare = 0.5;

const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
const place = (arn: ClusterArn) => {
  const { region = "", account = "" } = parseEcsArn(arn) ?? {};
  return `${account} ${region}`;
};

/** What /readyz says. */
export interface Readiness {
  /** Why the API should get no traffic; empty when it should. */
  readonly reasons: readonly string[];
  /**
   * What somebody should look into, although the rest can be relied on: clusters that cannot be compared with ECS, a
   * Redis that may lose daemons.
   */
  readonly warnings: readonly string[];
}

/** Judges the facts. Pure. */
export function readinessOf(facts: ReadinessFacts): Readiness {
  const { viewProblem, redisProblem, redisWeakness } = facts;
  // Before the views follow, what they lack says nothing.
  if (redisProblem !== undefined || viewProblem !== undefined)
    return {
      // Both may have met with the same.
      reasons: [...new Set([viewProblem, redisProblem])].filter((each) => each !== undefined),
      warnings: [],
    };
  const clusters = judgeClusters(facts);
  return {
    reasons: [...workerReasons(facts), ...clusters.reasons, ...queueReasons(facts)],
    warnings: [...clusters.warnings, redisWeakness].filter((each) => each !== undefined),
  };
}

/** A bound, or what must be reached again after it was passed. */
const within = ({ wasReady }: ReadinessFacts, boundMs: number) =>
  wasReady ? boundMs : boundMs * recoveredShare;

function workerReasons(facts: ReadinessFacts): string[] {
  const { workers, now, upMs } = facts;
  const lastSeenMs = Math.min(...workers.map(({ at }) => now - at), upMs);
  if (workers.some(({ at }) => now - at <= within(facts, workerUnseenMs))) return [];
  if (lastSeenMs <= workerUnseenMs) return [];
  const since = workers.length === 0 ? "at all" : `for ${seconds(lastSeenMs)}`;
  return [
    `no ingest worker was seen ${since}: what clusters do is not known; run longshore serve ingest`,
  ];
}

/**
 * A cluster that cannot be compared with ECS (a permission, its own trouble) must not take all the others from every
 * client: it is a reason only when nothing else is known to be true.
 */
function judgeClusters(facts: ReadinessFacts): Readiness {
  const { clusters, workers, now, wasReady, listing } = facts;
  // Nothing is not yet the truth: a client would take it for an account without clusters.
  if (clusters.length === 0 && !wasReady && (facts.stored > 0 || listing.listedAt === undefined))
    return { reasons: [unlisted(facts)], warnings: [] };
  const intervalMs = Math.max(0, ...workers.map(({ reconcileMs }) => reconcileMs));
  const staleMs = within(facts, intervalMs * reconcilesMissed + reconcileSlackMs);
  // Clusters that the credentials do not reach (other accounts, other regions) live by their events alone.
  const reconciled = clusters.filter(({ lastReconciledAt }) => lastReconciledAt !== undefined);
  const reached = new Set(reconciled.map(({ arn }) => place(arn)));
  const isFresh = ({ lastReconciledAt }: ClusterFacts) =>
    lastReconciledAt !== undefined && now - lastReconciledAt <= staleMs;
  const doubted = clusters.filter(
    (each) => !isFresh(each) && (reached.size === 0 || reached.has(place(each.arn))),
  );
  const isNew = ({ lastReconciledAt, reconcileProblem, knownForMs }: ClusterFacts) =>
    lastReconciledAt === undefined &&
    reconcileProblem === undefined &&
    knownForMs <= unreconciledMs;
  const awaited = doubted.filter(isNew);
  const failing = doubted.filter((each) => !isNew(each)).map((each) => doubtOf(each, now));
  const isAnyFresh = clusters.some(isFresh);
  return {
    reasons: [
      ...(isAnyFresh ? [] : failing),
      // A start waits for what is about to be compared; who is ready already does not.
      ...(wasReady ? [] : awaited.map((each) => doubtOf(each, now))),
    ],
    warnings: isAnyFresh ? failing : [],
  };
}

function unlisted({ stored, listing: { problem } }: ReadinessFacts): string {
  if (stored > 0) return "the first clusters are not loaded yet";
  return problem === undefined
    ? "no cluster is known: no ingest worker has listed the clusters of ECS yet"
    : `no cluster is known: the clusters of ECS could not be listed: ${problem}`;
}

function doubtOf({ arn, lastReconciledAt, reconcileProblem }: ClusterFacts, now: number): string {
  const why = reconcileProblem === undefined ? "" : `: ${reconcileProblem}`;
  const name = `cluster ${clusterName(arn)}`;
  return lastReconciledAt === undefined
    ? `${name} was not compared with ECS yet${why}`
    : `${name} was last compared with ECS ${seconds(now - lastReconciledAt)} ago${why}`;
}

function queueReasons(facts: ReadinessFacts): string[] {
  const { queues, now } = facts;
  return queues.flatMap(({ name, oldestMessageAgeMs, visible, at }) => {
    // A queue that nobody looks at any more may have been replaced by another.
    const isWatched = now - at <= workerUnseenMs;
    return isWatched && oldestMessageAgeMs > within(facts, queueAgeMs)
      ? [
          `queue ${name} falls behind: its oldest message has waited ${seconds(oldestMessageAgeMs)}, ${visible} wait; run more ingest workers, or see in their log why they receive nothing`,
        ]
      : [];
  });
}

export interface ReadinessOptions {
  readonly informer: Pick<Informer, "problem" | "views">;
  readonly store: Pick<
    StateStore,
    "workers" | "queues" | "listing" | "clusters" | "time" | "freshness" | "weakness"
  >;
  readonly clock: Clock;
}

/** Gathers the facts, and remembers what was said last. */
export function createReadiness({
  informer,
  store,
  clock,
}: ReadinessOptions): () => Promise<Readiness> {
  const startedAt = clock.monotonic();
  const firstSeen = new Map<ClusterArn, number>();
  let wasReady = false;

  async function clusterFacts(): Promise<ClusterFacts[]> {
    for (const arn of firstSeen.keys()) if (!informer.views.has(arn)) firstSeen.delete(arn);
    const each = [...informer.views.values()].map(async ({ arn, freshness }) => {
      const since = firstSeen.get(arn) ?? clock.monotonic();
      firstSeen.set(arn, since);
      // A view hears of its freshness a little late, and a start waits for this.
      const isAwaited = !wasReady && freshness.lastReconciledAt === undefined;
      const { lastReconciledAt, reconcileProblem } = isAwaited
        ? await store.freshness(arn)
        : freshness;
      return { arn, lastReconciledAt, reconcileProblem, knownForMs: clock.monotonic() - since };
    });
    return Promise.all(each);
  }

  async function askRedis() {
    try {
      // One after the other: what a listing found is stored before it is noted.
      const listing = await store.listing();
      const stored = await store.clusters();
      const [workers, queues, now, redisWeakness, clusters] = await Promise.all([
        store.workers(),
        store.queues(),
        // Workers note times by Redis's clock.
        store.time(),
        store.weakness(),
        clusterFacts(),
      ]);
      const found = { workers, queues, listing, stored: stored.length, now, clusters };
      const all = { ...found, redisWeakness };
      return { ...all, redisProblem: undefined };
    } catch (error) {
      const redisProblem = whyUnusable(error);
      const nothing = { workers: [], queues: [], clusters: [], listing: {}, stored: 0 };
      return { ...nothing, now: clock.now(), redisProblem, redisWeakness: undefined };
    }
  }

  return async () => {
    const viewProblem = informer.problem();
    const upMs = clock.monotonic() - startedAt;
    const readiness = readinessOf({ ...(await askRedis()), upMs, wasReady, viewProblem });
    wasReady = readiness.reasons.length === 0;
    return readiness;
  };
}
