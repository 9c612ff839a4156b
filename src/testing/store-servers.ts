// What a store can be on, for tests that hold for all of them: a real Redis, and the fault simulation's model of one.
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

const timeKey = "test:now";

/** The script, with a time of Redis that the test sets. */
const timed = ({ name, source }: Script): Script =>
  scriptOf(
    name,
    source.replace(
      "redis.call('TIME')",
      `(redis.call('EXISTS', '${timeKey}') == 1 and {redis.call('GET', '${timeKey}') / 1000, 0} or redis.call('TIME'))`,
    ),
  );

async function startRedis(): Promise<StoreServer> {
  const redis = await testRedis();
  const raw = new Redis(redis.url.replace("unix://", ""), { maxRetriesPerRequest: null });
  raw.on("error", () => {}); // it comes back by itself after a restart
  const stores: StateStore[] = [];
  let time: number | undefined;
  const setTime = async (now: number) => {
    time = now;
    await raw.set(timeKey, now);
  };
  return {
    open: async (options = {}) => {
      const own = { url: redis.url, name: "test", clock: systemClock, random: systemRandom };
      const timedScripts = {
        ...scripts,
        takeTokens: timed(scripts.takeTokens),
        noteThrottled: timed(scripts.noteThrottled),
        takeLease: timed(scripts.takeLease),
        beginRun: timed(scripts.beginRun),
      };
      const store = openRedisStore({ ...own, scripts: timedScripts, ...options });
      stores.push(store);
      await connected(store);
      return store;
    },
    restart: async () => {
      await redis.restart();
      for (const store of stores) await connected(store);
    },
    wipe: async () => {
      await raw.flushall();
      if (time !== undefined) await setTime(time);
    },
    setTime,
    stop: async () => {
      for (const store of stores) await store.close();
      raw.disconnect();
      await redis.stop();
    },
  };
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
  ["the model of Redis", startModel],
];
