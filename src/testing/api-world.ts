// What an API needs to start in a test: a real Redis with one container instance in it, a store, an informer, a log.
import { pino } from "pino";
import { openInformer } from "../changes/informer.ts";
import type { Informer } from "../changes/informer.ts";
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { systemRandom } from "../random.ts";
import { observeContainerInstance } from "../store/record.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { anInstance, testCluster } from "./entities.ts";
import { until } from "./longshore.ts";
import { testRedis } from "./redis.ts";

export interface ApiWorld {
  /** For `startApi`: on loopback, any port. */
  readonly place: {
    readonly host: string;
    readonly port: number;
    readonly pages: string;
    readonly informer: Informer;
    readonly store: StateStore;
    readonly clock: Clock;
    readonly log: Log;
  };
  readonly redisUrl: string;
  /** Every line that was logged, at any level. */
  logged(): string;
  close(): Promise<void>;
}

export async function startApiWorld(): Promise<ApiWorld> {
  const clock = systemClock;
  const lines: string[] = [];
  const log = pino({ level: "trace" }, { write: (line: string) => void lines.push(line) });
  const redis = await testRedis();
  const store = openRedisStore({ url: redis.url, name: "test", clock, random: systemRandom });
  await until("Redis", () => store.ping().then(() => true));
  await store.apply(testCluster, [observeContainerInstance(anInstance("a"), "describe")]);
  const informer = openInformer({ store, clock, log });
  await informer.loaded;
  return {
    place: { host: "127.0.0.1", port: 0, pages: "/nowhere", informer, store, clock, log },
    redisUrl: redis.url,
    logged: () => lines.join(""),
    close: async () => {
      await informer.close();
      await store.close();
      await redis.stop();
    },
  };
}
