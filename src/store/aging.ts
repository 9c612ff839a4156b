// What grows old in Redis: ended entities, bans, and the log, bounded by age, by count and by bytes.
// Trimming takes no memory, so it works when Redis has none left.
import type { ClusterArn } from "../ecs/arn.ts";
import { clusterKeys } from "./keys.ts";
import type { ClusterKeys } from "./keys.ts";
import type { RedisClient } from "./redis-client.ts";
import type { Removal, StateStore } from "./store.ts";

type Aging = Pick<StateStore, "endedBefore" | "endedCount" | "trim">;

/** Bans kept per cluster: a replay of very many removed entities is repaired by the next reconcile. */
const bansMax = 100_000;
/** A log may always take this much. */
const logBytesMin = 4 * 1_048_576;
/** Of the memory of the entities: cursors of a large fleet live about as long as those of a small one. */
const logShare = 0.2;
/** Fields that Redis looks at to estimate the size of a key. */
const samples = 50;

export function aging(redis: RedisClient, logEntriesMax: number): Aging {
  return {
    endedBefore: async (cluster, cutoff, limit) => {
      const { ended } = clusterKeys(cluster);
      const highest = cutoff === Number.POSITIVE_INFINITY ? "+inf" : cutoff;
      const members = await redis.zrangebyscore(ended, "-inf", highest, "LIMIT", 0, limit);
      return members.map(memberRemoval);
    },
    endedCount: (cluster) => redis.zcard(clusterKeys(cluster).ended),
    trim: async (cluster: ClusterArn, cutoff: number, now: number) => {
      const keys = clusterKeys(cluster);
      await redis.zremrangebyscore(keys.tombstones, "-inf", now);
      await redis.zremrangebyrank(keys.tombstones, 0, -bansMax - 1);
      await trimByAge(redis, keys.log, cutoff);
      await trimByBytes(redis, keys, logEntriesMax);
    },
  };
}

function memberRemoval(member: string): Removal {
  return { kind: member.startsWith("i ") ? "i" : "t", id: member.slice(2), version: "" };
}

type Entry = readonly [id: string, fields: readonly string[]];

const isFrom = ([, fields]: Entry, cutoff: number): boolean => Number(fields[5]) >= cutoff;
const seqOf = ([id]: Entry): number => Number(id.split("-")[0]);

/** Finds the first entry that stays by halving: entries are numbered, and times grow with the numbers. */
async function trimByAge(redis: RedisClient, log: string, cutoff: number): Promise<void> {
  const [[first], [last]] = await Promise.all([
    redis.xrange(log, "-", "+", "COUNT", 1),
    redis.xrevrange(log, "+", "-", "COUNT", 1),
  ]);
  if (!first || !last || isFrom(first, cutoff)) return;
  if (!isFrom(last, cutoff)) return void (await redis.xtrim(log, "MINID", `${seqOf(last) + 1}`));
  // `from` goes, `to` stays.
  let [from, to] = [seqOf(first), seqOf(last)];
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2);
    const [entry] = await redis.xrange(log, `${middle}`, "+", "COUNT", 1);
    if (!entry || isFrom(entry, cutoff)) to = middle;
    else from = seqOf(entry);
  }
  await redis.xtrim(log, "MINID", `${to}`);
}

/** Entries differ: what is left after a round may be larger than the average was. */
const roundsMax = 3;

/** Tells the scripts how many entries the log may have, from what its entries take on average, and trims it to that. */
async function trimByBytes(
  redis: RedisClient,
  keys: ClusterKeys,
  entriesMax: number,
): Promise<void> {
  // Nobody writes to a log that has not begun: its keys are the scripts' to make.
  if ((await redis.hexists(keys.meta, "epoch")) === 0) return;
  const bytesOf = async (key: string) =>
    (await redis.memory("USAGE", key, "SAMPLES", samples)) ?? 0;
  const entities = (await bytesOf(keys.instances)) + (await bytesOf(keys.tasks));
  const allowed = Math.max(logBytesMin, logShare * entities);
  for (let round = 0; round < roundsMax; round++) {
    const [entries, log] = [await redis.xlen(keys.log), await bytesOf(keys.log)];
    if (entries === 0 || log === 0) return;
    const fitting = Math.min(entriesMax, Math.floor((entries * allowed) / log));
    await redis.hset(keys.meta, "logMax", fitting);
    if (entries <= fitting) return;
    await redis.xtrim(keys.log, "MAXLEN", "~", fitting);
  }
}
