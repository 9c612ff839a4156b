// Twins of the scripts beside the state: rate budget, event history, freshness, quarantine.
import type { Keyspace } from "./keyspace.ts";
import { at } from "./script-types.ts";
import type { Twin } from "./script-types.ts";

/** How a bucket's rate is changed by having been throttled. */
const factorOf = (factor: number | undefined, sinceThrottled: number, slowMs: number): number =>
  sinceThrottled >= 0 && sinceThrottled < slowMs ? (factor ?? 1) : 1;

export const takeTokens: Twin = (world, keys, argv) => {
  const { keys: redis } = world;
  const [key, name, wanted] = [at(keys, 0), at(argv, 0), Number(at(argv, 3))];
  const now = Math.floor(world.now());
  const field = (of: string) => `${name}:${of}`;
  const stored = numbersOf(redis, key, name);
  const sinceThrottled = now - (stored("throttledAt") ?? -Infinity);
  const factor = factorOf(stored("factor"), sinceThrottled, Number(at(argv, 8)));
  const [burst, perSecond] = [Number(at(argv, 1)) * factor, Number(at(argv, 2)) * factor];
  const refill = (Math.max(0, now - (stored("at") ?? now)) * perSecond) / 1000;
  const tokens = Math.min(burst, (stored("tokens") ?? burst) + refill);
  const free = tokens - burst * Number(at(argv, 4));
  const granted = world.has("tokensForAll")
    ? wanted
    : Math.max(0, Math.min(wanted, Math.floor(free)));
  const waitMs = granted < wanted ? Math.ceil(((granted + 1 - free) * 1000) / perSecond) : 0;
  redis.hset(key, field("tokens"), (tokens - granted).toFixed(4), field("at"), String(now));
  redis.hincrby(key, field("calls"), granted);
  if (at(argv, 6) !== "0") {
    redis.hincrby(key, field("waits"), Number(at(argv, 6)));
    redis.hincrby(key, field("waitedMs"), Number(at(argv, 7)));
  }
  redis.pexpire(key, Number(at(argv, 5)) * 1000);
  return [granted, waitMs];
};

export const noteThrottled: Twin = (world, keys, argv) => {
  const { keys: redis } = world;
  const [key, name] = [at(keys, 0), at(argv, 0)];
  const now = Math.floor(world.now());
  const field = (of: string) => `${name}:${of}`;
  const stored = numbersOf(redis, key, name);
  const since = now - (stored("throttledAt") ?? -Infinity);
  let factor = factorOf(stored("factor"), since, Number(at(argv, 1)));
  if (since < 0 || since >= 1000) {
    factor = Math.max(0.125, factor / 2);
    redis.hset(key, field("tokens"), "0", field("at"), String(now));
    redis.hset(key, field("factor"), String(factor), field("throttledAt"), String(now));
  }
  redis.hincrby(key, field("throttled"), 1);
  redis.pexpire(key, Number(at(argv, 2)) * 1000);
  return String(factor);
};

/** Reads a bucket's numbers by name. */
const numbersOf = (redis: Keyspace, key: string, bucket: string) => (of: string) => {
  const value = redis.hget(key, `${bucket}:${of}`);
  return value === undefined ? undefined : Number(value);
};

export const addEvents: Twin = ({ keys: redis }, keys, argv) => {
  const [ids, events] = [at(keys, 0), at(keys, 1)];
  let added = 0;
  for (let from = 3; from < argv.length; from += 3) {
    const id = at(argv, from);
    if (redis.zadd(ids, Number(at(argv, from + 1)), id, true) === 0) continue;
    redis.hset(events, id, at(argv, from + 2));
    added++;
  }
  const forget = (gone: readonly string[]) => {
    redis.zrem(ids, ...gone);
    redis.hdel(events, ...gone);
  };
  forget(redis.zrange(ids, 0, -Number(at(argv, 0)) - 1));
  forget(redis.zrangebyscore(ids, "-inf", `(${at(argv, 1)}`));
  redis.pexpire(ids, Number(at(argv, 2)));
  redis.pexpire(events, Number(at(argv, 2)));
  return added;
};

export const noteFreshness: Twin = ({ keys: redis }, keys, argv) => {
  const [key, history, lastEventAt] = [at(keys, 0), at(keys, 1), at(argv, 0)];
  const [minute, newLag, newDrift] = [at(argv, 1), at(argv, 3), Number(at(argv, 4))];
  const newMedian = at(argv, 5);
  if (lastEventAt !== "" && Number(lastEventAt) > Number(redis.hget(key, "lastEventAt") ?? 0))
    redis.hset(key, "lastEventAt", lastEventAt);
  if (newDrift !== 0) redis.hincrby(key, "driftRepaired", newDrift);
  for (let from = 6; from < argv.length; from += 2)
    redis.hset(key, at(argv, from), at(argv, from + 1));

  if (redis.hget(at(keys, 2), "run") === undefined) return 0;
  const place = String(Number(minute) % Number(at(argv, 2)));
  const [noted, ...there] = (redis.hget(history, place) ?? "").split(" ");
  const [lag = "-", ...sums] = noted === minute ? there : [];
  const isLonger = newLag !== "" && (lag === "-" || Number(newLag) > Number(lag));
  const count = (name: string) => redis.hget(history, name) ?? "0";
  const did = [newDrift, ...["starts", "stops", "failures"].map((name) => Number(count(name)))];
  const summed = did.map((number, index) => Number(sums[index] ?? 0) + number);
  const tasks = ["pending", "running", "stopping", "stopped"].map(count);
  const median = newMedian || (sums[8] ?? "-");
  const text = [minute, isLonger ? newLag : lag, ...summed, ...tasks, median].join(" ");
  redis.hset(history, place, text);
  redis.hdel(history, "starts", "stops", "failures");
  return 1;
};

export const putQuarantined: Twin = ({ keys: redis }, keys, argv) => {
  const [messages, order, bytesKey, replays] = [at(keys, 0), at(keys, 1), at(keys, 2), at(keys, 3)];
  const [most, mostBytes, id, now, message] = [
    Number(at(argv, 0)),
    Number(at(argv, 1)),
    at(argv, 2),
    Number(at(argv, 3)),
    at(argv, 4),
  ];
  redis.incrby(bytesKey, -redis.hstrlen(messages, id));
  redis.srem(replays, id);
  const isNew = redis.hset(messages, id, message);
  redis.zadd(order, now, id, true);
  let bytes = redis.incrby(bytesKey, Buffer.byteLength(message));
  while (redis.zcard(order) > most || bytes > mostBytes) {
    const [oldest] = redis.zrange(order, 0, 0);
    if (oldest === undefined) break;
    redis.zrem(order, oldest);
    bytes = redis.incrby(bytesKey, -redis.hstrlen(messages, oldest));
    redis.hdel(messages, oldest);
    redis.srem(replays, oldest);
  }
  return isNew;
};

export const removeQuarantined: Twin = ({ keys: redis }, keys, argv) => {
  const [messages, order, bytesKey, replays] = [at(keys, 0), at(keys, 1), at(keys, 2), at(keys, 3)];
  const removed: string[] = [];
  for (const id of argv) {
    redis.incrby(bytesKey, -redis.hstrlen(messages, id));
    if (redis.hdel(messages, id) === 1) removed.push(id);
    redis.zrem(order, id);
    redis.srem(replays, id);
  }
  return removed;
};
