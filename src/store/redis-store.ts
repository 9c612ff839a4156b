// The store on Redis: turns calls into scripts and replies into values. Decides nothing, retries nothing.
import type { ClusterArn } from "../ecs/arn.ts";
import type { Random } from "../random.ts";
import type { Clock } from "../clock.ts";
import { createAcknowledger, weaknessOf } from "./acknowledge.ts";
import { aging } from "./aging.ts";
import { budgetBuckets } from "./budget-buckets.ts";
import { connectionOf } from "./connection.ts";
import type { Connection } from "./connection.ts";
import { controlWrites } from "./control-writes.ts";
import { noteDecisions, readDecisions } from "./decisions.ts";
import { forgetDepartures, noteDepartures, readDepartures } from "./departures.ts";
import { eventHistory } from "./event-history.ts";
import { historyMinutes, readHistory } from "./history.ts";
import { ingestFacts } from "./ingest-facts.ts";
import { keptStore } from "./kept.ts";
import { begunKey, clusterKeys, clustersKey, entityKinds } from "./keys.ts";
import type { ClusterKeys, EntityKind } from "./keys.ts";
import { readKnown } from "./known.ts";
import { checkData, lookingFirst } from "./own-data.ts";
import type { OwnData } from "./own-data.ts";
import { quarantine } from "./quarantine.ts";
import type { Observation } from "./record.ts";
import { dialRedis } from "./dial.ts";
import type { Dial, RedisPipeline } from "./redis-client.ts";
import { readinessNames } from "./readiness-names.ts";
import { readFreshness, readLogPage } from "./replies.ts";
import { restartJump } from "./restart.ts";
import { scanPages } from "./scan.ts";
import { runScript, scripts as shippedScripts } from "./scripts.ts";
import type { Script, Scripts } from "./scripts.ts";
import type { ApplyResult, Freshness, LeaseResult, StateStore } from "./store.ts";
import { RedisUnavailable } from "./trouble.ts";
import { watchChanges } from "./watch.ts";

export interface RedisStoreOptions extends OwnData {
  readonly url: string;
  /** Which of our roles this is, for Redis' client list. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Most entries in the log of one cluster; older ones are forgotten and their cursors expire. */
  readonly logEntriesMax?: number;
  /** How long what has ended is kept, ms: an event that is older brings nothing back. A day if left out. */
  readonly retentionMs?: number;
  /** Opens the connections. The fault simulation has a Redis of its own at the other end. */
  readonly dial?: Dial;
  /** Tests plant bugs in them. */
  readonly scripts?: Scripts;
  /** Hears that a cluster's log was opened for this Redis process: what Redis knew of the cluster may be gone or old. */
  readonly onNewLog?: (cluster: ClusterArn, beginning: string) => void;
  /** Hears, once each time, that Redis went away and why. */
  readonly onDown?: (reason: string) => void;
}

const defaultLogEntriesMax = 100_000;
const defaultRetentionMs = 24 * 3_600_000;
const scanPageSize = 500;
/** A worker that has not heard that a cluster was removed may note something about it. */
const freshnessKeptSeconds = 30 * 86_400;

const applyResults: Readonly<Record<string, ApplyResult>> = {
  A: "applied",
  G: "merged",
  D: "duplicate",
  S: "stale",
  F: "final",
  T: "tombstoned",
  M: "missing",
};

const hashOf = (keys: ClusterKeys, kind: EntityKind): string =>
  ({
    i: keys.instances,
    t: keys.tasks,
    d: keys.daemons,
    p: keys.placements,
    f: keys.taskDefinitions,
  })[kind];

/** A list of texts, as scripts answer; anything else is a bug. */
function texts(reply: unknown): string[] {
  if (!Array.isArray(reply)) throw new Error(`unexpected reply of a script: ${String(reply)}`);
  return reply.map(String);
}

export function openRedisStore(options: RedisStoreOptions): StateStore {
  const { clock, random, url, dial = dialRedis } = options;
  const connection: Connection = connectionOf(
    dial(url, options.name),
    url,
    options.onDown ?? (() => {}),
    options,
  );
  const { redis } = connection;
  const { logEntriesMax = defaultLogEntriesMax, retentionMs = defaultRetentionMs } = options;
  const { scripts = shippedScripts } = options;
  const knownClusters = new Set<string>();
  redis.on("close", () => knownClusters.clear());

  /**
   * Runs a writing script; opens the log for this Redis process first when the script asks for it. A write under a
   * lease is not repeated then: what it was decided by may be lost.
   */
  async function write(
    cluster: ClusterArn,
    keys: ClusterKeys,
    script: Script,
    scriptKeys: readonly string[],
    args: readonly (string | number)[],
    isUnderLease = false,
  ): Promise<string[]> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const form = await connection.form();
      const head = [form, clock.now(), logEntriesMax, keys.channel];
      const reply = texts(await runScript(redis, script, scriptKeys, [...head, ...args]));
      if (reply[0] !== "RUN") return reply;
      await open(cluster);
      if (isUnderLease) return ["FENCED"];
    }
    throw new RedisUnavailable("Redis restarts faster than it can be written to");
  }

  /** Begins the cluster's log, or goes on with it: it is new, Redis lost it, or the cluster had been removed. */
  async function open(cluster: ClusterArn): Promise<void> {
    const keys = clusterKeys(cluster);
    const form = await connection.form();
    await checkData(redis, options);
    const begin = [form, random.hex(12), clock.now(), keys.channel, restartJump];
    const lasting = [keys.meta, keys.log, keys.freshness, ...lastingKeys(keys)];
    const begun = texts(await runScript(redis, scripts.beginRun, lasting, begin));
    if (begun[2] === "1") {
      const beginning = random.hex(8);
      options.onNewLog?.(cluster, beginning);
      await redis.hset(begunKey, cluster, beginning);
    }
    // With the log, the list of clusters has lost it, and this process may not have noticed.
    knownClusters.delete(cluster);
    await listCluster(cluster);
  }

  async function listCluster(cluster: ClusterArn): Promise<void> {
    if (knownClusters.has(cluster)) return;
    await connection.form();
    const added = await redis.sadd(clustersKey, cluster);
    if (added > 0) await redis.publish(clustersKey, cluster);
    knownClusters.add(cluster);
  }

  async function* recordPages(
    cluster: ClusterArn,
    kind: EntityKind,
  ): AsyncGenerator<readonly (readonly [string, string])[]> {
    const key = hashOf(clusterKeys(cluster), kind);
    const pages = scanPages(connection, key, (cursor) =>
      redis.hscan(key, cursor, "COUNT", scanPageSize),
    );
    for await (const page of pages)
      yield page.flatMap((id, at) => (at % 2 === 0 ? [[id, page[at + 1] ?? ""] as const] : []));
  }

  async function records(cluster: ClusterArn, kind: EntityKind): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for await (const page of recordPages(cluster, kind))
      for (const [id, record] of page) found.set(id, record);
    return found;
  }

  async function apply(
    cluster: ClusterArn,
    observations: readonly Observation[],
  ): Promise<ApplyResult[]> {
    if (observations.length === 0) return [];
    const keys = clusterKeys(cluster);
    await listCluster(cluster);
    const args = observations.flatMap((each) => [
      each.kind,
      each.id,
      each.source === "enrichment" ? "x" : each.source === "event" ? "e" : "d",
      each.version,
      each.failed ? "2" : each.final ? "1" : "0",
      each.status,
      each.statusSince,
      each.saidAt ?? "",
      each.fixed,
      each.doc,
      each.attributes,
      each.described,
      each.enriched,
    ]);
    const oldest = clock.now() - retentionMs;
    const reply = await write(cluster, keys, scripts.apply, stateKeys(keys), [oldest, ...args]);
    const [, ...codes] = reply;
    return codes.map((code) => {
      const result = applyResults[code];
      if (result === undefined) throw new Error(`apply.lua answered ${code}`);
      return result;
    });
  }

  const calls = {
    ...budgetBuckets(redis, scripts),
    ...aging(redis, logEntriesMax),
    known: (cluster, kind) => readKnown(connection, clusterKeys(cluster), kind),
    logsBegun: async () => new Map(Object.entries(await redis.hgetall(begunKey))),
    addCluster: open,
    apply,
    records,
    clusters: () => redis.smembers(clustersKey),
    removeCluster: async (cluster) => {
      const keys = clusterKeys(cluster);
      const { meta, instances, tasks, daemons, freshness } = keys;
      const closed = await runScript(
        redis,
        scripts.closeCluster,
        [meta, instances, tasks, daemons, freshness, keys.log, ...lastingKeys(keys)],
        [retentionMs],
      );
      if (closed !== 1) return false;
      knownClusters.delete(cluster);
      await redis.hdel(begunKey, cluster);
      await redis.srem(clustersKey, cluster);
      await redis.publish(clustersKey, cluster);
      // Whoever opened it before it was unlisted found it listed.
      if ((await redis.hexists(meta, "run")) === 0) return true;
      await listCluster(cluster);
      return false;
    },
    remove: async (cluster, removals, bannedUntil) => {
      if (removals.length === 0) return 0;
      const keys = clusterKeys(cluster);
      const args = removals.flatMap(({ kind, id, version }) => [kind, id, version]);
      const reply = await write(cluster, keys, scripts.remove, stateKeys(keys), [
        bannedUntil,
        ...args,
      ]);
      return Number(reply[0]);
    },
    snapshot: async (cluster) => {
      // A newer form begins logs anew. Who only reads finds that out here, before anything of it is taken for ours.
      await checkData(redis, options);
      const { meta } = clusterKeys(cluster);
      const [epoch, seq] = await redis.hmget(meta, "epoch", "seq");
      const all = new Map<EntityKind, ReadonlyMap<string, string>>();
      for (const kind of entityKinds) all.set(kind, await records(cluster, kind));
      return { epoch: epoch ?? "", seq: Number(seq ?? 0), records: all };
    },
    read: async (cluster, after, limit) => {
      const keys = clusterKeys(cluster);
      const reading = [
        keys.meta,
        keys.log,
        keys.instances,
        keys.tasks,
        keys.daemons,
        keys.placements,
        keys.taskDefinitions,
      ];
      return readLogPage(await runScript(redis, scripts.read, reading, [after, limit]));
    },
    putTaskDefinitions: async (cluster, definitions) => {
      if (definitions.size === 0) return;
      const keys = clusterKeys(cluster);
      await listCluster(cluster);
      const args = [...definitions].flatMap(([id, record]) => [id, record ?? ""]);
      const definitionKeys = [keys.meta, keys.log, keys.taskDefinitions];
      await write(cluster, keys, scripts.putDefinitions, definitionKeys, args);
    },
    ...controlWrites({
      write: async (cluster, keys, keysOfScript, args, isUnderLease) => {
        await listCluster(cluster);
        return write(cluster, keys, scripts.putControl, keysOfScript, args, isUnderLease);
      },
      acknowledger: createAcknowledger({
        dial: (key) => redis.shards?.dialFor(key) ?? dial(url, options.name),
        url,
        clock,
      }),
    }),
    weakness: () => weaknessOf(redis),
    noteDecisions: (cluster, daemon, decisions, lease = "") =>
      noteDecisions(redis, clusterKeys(cluster), daemon, decisions, lease),
    decisions: (cluster, daemon, limit) =>
      readDecisions(redis, clusterKeys(cluster), daemon, limit),
    noteDepartures: (departures) => noteDepartures(redis, departures, clock.now()),
    departures: () => readDepartures(redis, clock.now()),
    forgetDepartures: (departures) => forgetDepartures(redis, departures),
    takeLease: async (cluster, purpose, holder, ttlMs): Promise<LeaseResult> => {
      const keys = clusterKeys(cluster);
      const taken = await runScript(
        redis,
        scripts.takeLease,
        [keys.meta, keys.leases[purpose]],
        [holder, ttlMs],
      );
      const [held, lease = ""] = texts(taken);
      return held === "1" ? { held: true, lease } : { held: false, holder: lease };
    },
    releaseLease: async (cluster, purpose, lease) => {
      const key = clusterKeys(cluster).leases[purpose];
      await runScript(redis, scripts.releaseLease, [key], [lease]);
    },
    noteFreshness: async (cluster, facts) => {
      await noteFreshness(connection, clusterKeys(cluster), facts, clock.now());
    },
    freshness: async (cluster) =>
      readFreshness(await redis.hgetall(clusterKeys(cluster).freshness)),
    history: async (cluster) =>
      readHistory(await redis.hgetall(clusterKeys(cluster).history), clock.now()),
    ...ingestFacts(connection),
    ...eventHistory(connection),
    ...readinessNames(connection),
    ...quarantine(connection),
  } satisfies Partial<StateStore>;
  return {
    ...lookingFirst(calls, connection.form),
    ...keptStore({ connection, scripts, clock, random }),
    recordPages,
    watch: (wake, signal) => watchChanges({ url, name: options.name, dial, clock, wake, signal }),
    ping: async () => {
      await connection.form();
      await checkData(redis, options);
      await redis.ping();
    },
    time: async () => {
      const [seconds, microseconds] = await redis.time();
      return Number(seconds) * 1000 + Number(microseconds) / 1000;
    },
    close: () => connection.close(),
  };
}

const stateKeys = (keys: ClusterKeys): string[] => [
  keys.meta,
  keys.log,
  keys.instances,
  keys.tasks,
  keys.ended,
  keys.tombstones,
  keys.history,
];

/** What a removed cluster keeps for a while, beside its meta and log. The rest expires by itself. */
const lastingKeys = (keys: ClusterKeys): string[] => [
  ...entityKinds.map((kind) => hashOf(keys, kind)),
  keys.ended,
  keys.tombstones,
  keys.history,
  keys.readiness,
];

async function noteFreshness(
  { redis }: Connection,
  { freshness: key, history, meta }: ClusterKeys,
  { lastEventAt, driftRepaired, reconcileProblem, ...facts }: Freshness,
  now: number,
): Promise<void> {
  const known = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined ? [] : [name, value],
  );
  const minute = [
    Math.floor(now / 60_000),
    historyMinutes,
    facts.eventLagMs ?? "",
    driftRepaired ?? 0,
    facts.eventLagP50Ms ?? "",
  ];
  const args = [lastEventAt ?? "", ...minute, ...known];
  await runScript(redis, shippedScripts.noteFreshness, [key, history, meta], args);
  const pipeline = redis.pipeline();
  if (reconcileProblem !== undefined) pipeline.hset(key, "reconcileProblem", reconcileProblem);
  else if (facts.lastReconciledAt !== undefined) pipeline.hdel(key, "reconcileProblem");
  pipeline.expire(key, freshnessKeptSeconds);
  await execute(pipeline);
}

/** Runs a pipeline, which by itself resolves although its commands failed. */
async function execute(pipeline: RedisPipeline): Promise<void> {
  for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
}
