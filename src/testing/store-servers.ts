// What a store can be on, for tests that hold for all of them: a real Redis, a real Redis Cluster of three
// masters, and the fault simulation's model of a Redis.
import { Redis } from "ioredis";
import { systemClock } from "../clock.ts";
import { systemRandom } from "../random.ts";
import { createModelStore } from "../simulation/model-store/model-store.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { RedisStoreOptions } from "../store/redis-store.ts";
import { scriptOf, scripts } from "../store/scripts.ts";
import type { Script } from "../store/scripts.ts";
import type { StateStore } from "../store/store.ts";
import { until } from "./longshore.ts";
import { testRedisCluster } from "./redis-nodes.ts";
import { testRedis } from "./redis.ts";

export type StoreOptions = Partial<Omit<RedisStoreOptions, "url" | "dial">>;

export interface StoreServer {
  /** A store that is connected. All are closed with the server. */
  open(options?: StoreOptions): Promise<StateStore>;
  /** Ends the server in order and starts it again on the same data; resolves when stores are connected again. */
  restart(): Promise<void>;
  /** Forgets everything. */
  wipe(): Promise<void>;
  /** From now on scripts are told this for Redis's own time, ms since the epoch. */
  setTime(now: number): Promise<void>;
  stop(): Promise<void>;
}

const connected = (store: StateStore): Promise<true> =>
  until("a connection", () => store.ping().then(() => true as const));

/** The script, told this for the time of Redis. */
const timed = ({ name, source }: Script, now: number): Script =>
  scriptOf(name, source.replace("redis.call('TIME')", `{${now / 1000}, 0}`));

interface RealRedis {
  readonly url: string;
  restart(): Promise<void>;
  wipe(): Promise<void>;
  stop(): Promise<void>;
}

function storesOn(redis: RealRedis): StoreServer {
  const stores: StateStore[] = [];
  const timedScripts = { ...scripts };
  return {
    open: async (options = {}) => {
      const own = { url: redis.url, name: "test", clock: systemClock, random: systemRandom };
      const store = openRedisStore({ ...own, scripts: timedScripts, ...options });
      stores.push(store);
      await connected(store);
      return store;
    },
    restart: async () => {
      await redis.restart();
      for (const store of stores) await connected(store);
    },
    wipe: () => redis.wipe(),
    setTime: async (now) => {
      timedScripts.takeTokens = timed(scripts.takeTokens, now);
      timedScripts.noteThrottled = timed(scripts.noteThrottled, now);
      timedScripts.takeLease = timed(scripts.takeLease, now);
      timedScripts.beginRun = timed(scripts.beginRun, now);
    },
    stop: async () => {
      for (const store of stores) await store.close();
      await redis.stop();
    },
  };
}

async function startRedis(): Promise<StoreServer> {
  const redis = await testRedis();
  const raw = new Redis(redis.url.replace("unix://", ""), { maxRetriesPerRequest: null });
  raw.on("error", () => {}); // it comes back by itself after a restart
  return storesOn({
    ...redis,
    wipe: async () => void (await raw.flushall()),
    stop: async () => {
      raw.disconnect();
      await redis.stop();
    },
  });
}

async function startCluster(): Promise<StoreServer> {
  const cluster = await testRedisCluster({ appendonly: true });
  return storesOn({
    ...cluster,
    restart: async () => {
      await Promise.all(cluster.nodes.map((node) => node.restart()));
      await cluster.settled();
    },
    wipe: async () => void (await Promise.all(cluster.nodes.map(({ redis }) => redis.flushall()))),
  });
}

async function startModel(): Promise<StoreServer> {
  let time: number | undefined;
  const model = createModelStore({ now: () => time ?? systemClock.now(), random: systemRandom });
  const stores: StateStore[] = [];
  return {
    open: async (options = {}) => {
      const own = { name: "test", clock: systemClock, random: systemRandom };
      const store = model.open({ ...own, ...options });
      stores.push(store);
      await connected(store);
      return store;
    },
    restart: async () => {
      model.restart({ loseMs: 0 });
      for (const store of stores) await connected(store);
    },
    wipe: async () => model.wipe(),
    setTime: async (now) => {
      time = now;
    },
    stop: async () => {
      for (const store of stores) await store.close();
    },
  };
}

/** For `describe.each`. */
export const storeServers: readonly [name: string, start: () => Promise<StoreServer>][] = [
  ["Redis", startRedis],
  ["a Redis Cluster", startCluster],
  ["the model of Redis", startModel],
];
