// Replicas of the API as processes of their own, which tests kill and start again at the same address, and the store
// that they show.
import { systemClock } from "../clock.ts";
import { startRole } from "../harness/role-process.ts";
import type { RoleProcess } from "../harness/role-process.ts";
import { systemRandom } from "../random.ts";
import { freePort } from "../redis-server/start.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { until } from "./longshore.ts";
import { testRedis } from "./redis.ts";

export interface Replica {
  readonly url: string;
  /** Resolves when it answers from its views. */
  start(): Promise<void>;
  /** With SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** One on this Redis; not started yet. */
async function createReplica(redisUrl: string): Promise<Replica> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const settings = {
    REDIS_URL: redisUrl,
    LONGSHORE_PORT: String(port),
    LONGSHORE_LOG_LEVEL: "error",
  };
  let api: RoleProcess | undefined;
  return {
    url,
    start: async () => {
      api = startRole(["api"], settings);
      const answers = async () => {
        const response = await fetch(`${url}graphql?query={__typename}`);
        return response.ok ? true : undefined;
      };
      await until("an API with its views", answers, 60_000);
    },
    kill: async () => {
      await api?.kill("SIGKILL");
    },
  };
}

export interface Replicated {
  readonly store: StateStore;
  readonly replicas: readonly [Replica, Replica];
  close(): Promise<void>;
}

/** Two replicas on a Redis of their own, started once `fill` has written what is there at first. */
export async function startReplicated(
  fill: (store: StateStore) => Promise<void>,
): Promise<Replicated> {
  const redis = await testRedis();
  const store = openRedisStore({
    url: redis.url,
    name: "test",
    clock: systemClock,
    random: systemRandom,
  });
  await until("Redis", () => store.ping().then(() => true));
  await fill(store);
  const replicas = [await createReplica(redis.url), await createReplica(redis.url)] as const;
  await Promise.all(replicas.map((each) => each.start()));
  return {
    store,
    replicas,
    close: async () => {
      await Promise.all(replicas.map((each) => each.kill()));
      await store.close();
      await redis.stop();
    },
  };
}
