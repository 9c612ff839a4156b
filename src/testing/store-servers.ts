// What a store can be on, for tests that hold for all of them: a real Redis, and the fault simulation's model of one.
import { Redis } from "ioredis";
import { systemClock } from "../clock.ts";
import { systemRandom } from "../random.ts";
import { createModelStore } from "../simulation/model-store/model-store.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { RedisStoreOptions } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { testRedis } from "./redis.ts";

export type StoreOptions = Partial<Omit<RedisStoreOptions, "url" | "dial">>;

export interface StoreServer {
  /** Redis's own time, ms since the epoch. */
  now(): Promise<number>;
  /** A store that is connected. All are closed with the server. */
  open(options?: StoreOptions): Promise<StateStore>;
  /** Ends the server in order and starts it again on the same data; resolves when stores are connected again. */
  restart(): Promise<void>;
  /** Forgets everything. */
  wipe(): Promise<void>;
  stop(): Promise<void>;
}

export interface StoreServerOptions {
  /** The model's own time; Redis has the machine's. */
  readonly now?: () => number;
}

async function untilConnected(store: StateStore): Promise<void> {
  const deadline = systemClock.monotonic() + 10_000;
  for (;;) {
    try {
      return await store.ping();
    } catch (error) {
      if (systemClock.monotonic() > deadline) throw error;
      await systemClock.sleep(10);
    }
  }
}

async function startRedis(): Promise<StoreServer> {
  const redis = await testRedis();
  const raw = new Redis(redis.url.replace("unix://", ""), { maxRetriesPerRequest: null });
  raw.on("error", () => {}); // it comes back by itself after a restart
  const stores: StateStore[] = [];
  return {
    now: async () => {
      const [seconds, microseconds] = await raw.time();
      return Number(seconds) * 1000 + Number(microseconds) / 1000;
    },
    open: async (options = {}) => {
      const { url } = redis;
      const own = { url, name: "test", clock: systemClock, random: systemRandom };
      const store = openRedisStore({ ...own, ...options });
      stores.push(store);
      await untilConnected(store);
      return store;
    },
    restart: async () => {
      await raw.config("SET", "appendfsync", "always");
      await redis.restart();
      for (const store of stores) await untilConnected(store);
    },
    wipe: async () => void (await raw.flushall()),
    stop: async () => {
      for (const store of stores) await store.close();
      raw.disconnect();
      await redis.stop();
    },
  };
}

async function startModel({ now = systemClock.now }: StoreServerOptions): Promise<StoreServer> {
  const model = createModelStore({ now, random: systemRandom });
  const stores: StateStore[] = [];
  return {
    now: async () => now(),
    open: async (options = {}) => {
      const own = { name: "test", clock: systemClock, random: systemRandom };
      const store = model.open({ ...own, ...options });
      stores.push(store);
      await untilConnected(store);
      return store;
    },
    restart: async () => {
      model.restart({ loseMs: 0 });
      for (const store of stores) await untilConnected(store);
    },
    wipe: async () => model.wipe(),
    stop: async () => {
      for (const store of stores) await store.close();
    },
  };
}

/** For `describe.each`. */
export const storeServers: readonly [
  name: string,
  start: (options: StoreServerOptions) => Promise<StoreServer>,
][] = [
  ["Redis", startRedis],
  ["the model of Redis", startModel],
];
