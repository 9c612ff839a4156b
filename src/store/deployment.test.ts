// A Redis that is another Longshore's is refused before anything of it is read or written.
import { Command, Redis } from "ioredis";

import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { systemRandom } from "../random.ts";
import { aTask, testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { clusterKeys, deploymentKey, schemaKey } from "./keys.ts";
import { observeTask } from "./record.ts";
import { openRedisStore } from "./redis-store.ts";
import type { StateStore } from "./store.ts";
import { whyUnusable } from "./trouble.ts";

const clock = systemClock;
let redis: TestRedis;
let raw: Redis;
let stores: StateStore[];

beforeEach(async () => {
  redis = await testRedis({ appendonly: false });
  raw = new Redis(redis.url.replace("unix://", ""));
  stores = [];
});
afterEach(async () => {
  for (const store of stores) await store.close();
  raw.disconnect();
  await redis.stop();
});

/** A store, once it can be used or is refused, and what a probe would say of it. */
async function storeOf(deployment: string | undefined) {
  const store = openRedisStore({
    url: redis.url,
    name: "deployment",
    clock,
    random: systemRandom,
    deployment,
  });
  stores.push(store);
  const state = await until("Redis", () =>
    store.ping().then(
      () => "ready",
      (error: unknown) => {
        const why = whyUnusable(error);
        return why.startsWith("Redis does not answer") ? undefined : why;
      },
    ),
  );
  return { store, state };
}

const hear = (store: StateStore, id: string) =>
  store.apply(testCluster, [observeTask(aTask(id, "a"), "event", clock.now())]);
const tasks = () => raw.hkeys(clusterKeys(testCluster).tasks);

test("the first one takes it; one of another account is told whose it is and what to do, and changes nothing", async () => {
  const { store } = await storeOf("111122223333");
  await hear(store, "t1");
  const before = await raw.dbsize();
  const other = await storeOf("444455556666");
  expect(other.state).toMatch(
    /belongs to the Longshore of 111122223333, and this one is of 444455556666.*REDIS_URL.*LONGSHORE_DEPLOYMENT=111122223333/,
  );
  for (const act of [
    () => hear(other.store, "t2"),
    () => other.store.clusters(),
    () => other.store.snapshot(testCluster),
    () => other.store.takeLease(testCluster, "schedule", "other", 1000),
  ])
    await expect(act()).rejects.toThrow("belongs to the Longshore of 111122223333");
  expect(await tasks()).toEqual(["t1"]);
  expect(await raw.dbsize()).toBe(before);
});

test("who does not know whose they are work with any, as do all of one name", async () => {
  const { store } = await storeOf("quay");
  expect((await storeOf(undefined)).state).toBe("ready");
  const second = await storeOf("quay");
  await hear(store, "t1");
  await hear(second.store, "t2");
  expect((await tasks()).toSorted()).toEqual(["t1", "t2"]);
});

test("one that lost everything is whoever's comes first", async () => {
  const { store } = await storeOf("quay");
  await raw.flushall();
  expect((await storeOf("dock")).state).toBe("ready");
  await expect(store.ping()).rejects.toThrow("belongs to the Longshore of dock");
});

test("data of an older form is left alone where it is another's", async () => {
  const { store } = await storeOf("quay");
  await hear(store, "t1");
  await raw.set(schemaKey, "1");
  expect((await storeOf("dock")).state).toContain("belongs to the Longshore of quay");
  expect(await tasks()).toEqual(["t1"]);
});

test("on a cluster it is where the form is", () => {
  const slotOf = (key: string) => new Command("get", [key]).getSlot();
  expect(slotOf(deploymentKey)).toBe(slotOf(schemaKey));
});
