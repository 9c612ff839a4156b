// A cluster that ECS does not have any more, on a real Redis: what stays of it, for how long, and how it comes back.
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { systemRandom } from "../random.ts";
import { anInstance, aTask, testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { clusterKeys } from "./keys.ts";
import { observeContainerInstance, observeTask } from "./record.ts";
import { openRedisStore } from "./redis-store.ts";
import type { RedisStoreOptions } from "./redis-store.ts";
import { scriptOf, scripts } from "./scripts.ts";
import type { StateStore } from "./store.ts";

const retentionMs = 3_600_000;
const keys = clusterKeys(testCluster);

let redis: TestRedis;
let raw: Redis;
const stores: StateStore[] = [];
/** Logs that a worker heard of. */
let begun = 0;

async function openWorker(options: Partial<RedisStoreOptions> = {}): Promise<StateStore> {
  const store = openRedisStore({
    url: redis.url,
    name: "removed-test",
    clock: systemClock,
    random: systemRandom,
    retentionMs,
    onNewLog: () => void begun++,
    ...options,
  });
  stores.push(store);
  await until("Redis", () => store.ping().then(() => true as const));
  return store;
}

beforeAll(async () => {
  redis = await testRedis({ appendonly: false });
  raw = new Redis(redis.url.replace("unix://", ""));
});
afterAll(async () => {
  for (const store of stores) await store.close();
  raw.disconnect();
  await redis.stop();
});
beforeEach(() => raw.flushall());

const put = (store: StateStore, id: string) =>
  store.apply(testCluster, [
    observeTask(aTask(id, "a"), "event", systemClock.now()),
    observeContainerInstance(anInstance(id), "event"),
  ]);

/** As reconcile does when ECS says that there is no such cluster. */
async function forgetAll(store: StateStore): Promise<void> {
  const ban = systemClock.now() + retentionMs;
  for (const kind of ["t", "i"] as const) {
    const { versions } = await store.known(testCluster, kind);
    const removals = [...versions].map(([id, version]) => ({ kind, id, version }));
    await store.remove(testCluster, removals, ban);
  }
}

/** Time to live of each key of the cluster, ms; -1 for one without an end. */
async function lives(): Promise<Map<string, number>> {
  const names = (await raw.keys("*")).filter((key) => key.startsWith(keys.meta.slice(0, -4)));
  const found = new Map<string, number>();
  for (const name of names) found.set(name, await raw.pttl(name));
  return found;
}

async function token(store: StateStore, holder: string): Promise<number> {
  const taken = await store.takeLease(testCluster, "schedule", holder, 60_000);
  if (!taken.held) throw new Error("not held");
  await store.releaseLease(testCluster, "schedule", taken.lease);
  return Number(taken.lease.slice(taken.lease.lastIndexOf(":") + 1));
}

test("everything that is kept of it goes by itself when its retention is over", async () => {
  const one = await openWorker();
  await put(one, "t1");
  await one.noteFreshness(testCluster, { lastReconciledAt: 5, driftRepaired: 1 });
  await token(one, "me");
  await forgetAll(one);
  expect(await one.removeCluster(testCluster)).toBe(true);
  expect(await one.clusters()).toEqual([]);
  const left = await lives();
  const kept = [keys.history, keys.log, keys.meta, keys.tombstones];
  expect([...left.keys()].toSorted()).toEqual(kept);
  for (const [, life] of left) {
    expect(life).toBeGreaterThan(retentionMs - 60_000);
    expect(life).toBeLessThanOrEqual(retentionMs);
  }
  // A worker that has not heard of it notes something all the same.
  await one.noteFreshness(testCluster, { lastEventAt: 7 });
  expect((await lives()).get(keys.freshness)).toBeGreaterThan(0);
});

test("it comes back, with its log, for the event that a worker stores which knew it", async () => {
  const [one, two] = [await openWorker(), await openWorker()];
  await put(two, "t1");
  await two.noteFreshness(testCluster, { lastReconciledAt: 5 });
  await forgetAll(one);
  const before = await one.read(testCluster, 0, 100);
  await one.removeCluster(testCluster);
  begun = 0;
  const heard = new AbortController();
  const watch = await one.watch((cluster) => {
    if (cluster === undefined) heard.abort();
  }, new AbortController().signal);
  expect(await put(two, "t2")).toEqual(["applied", "applied"]);
  await until("readers hear of the cluster", () => heard.signal.aborted || undefined);
  await watch?.close();
  expect(await one.clusters()).toEqual([testCluster]);
  expect(begun).toBe(1);
  // Nobody has compared it with ECS since.
  expect((await one.freshness(testCluster)).lastReconciledAt).toBeUndefined();
  expect(new Set((await lives()).values())).toEqual(new Set([-1]));
  // Whoever was at the end of its log reads on.
  const page = await one.read(testCluster, before.seq, 100);
  expect(page.epoch).toBe(before.epoch);
  expect(page.entries[0]).toMatchObject({ kind: "r", previous: before.seq });
  expect(page.entries.slice(1)).toMatchObject([{ id: "t2" }, { id: "t2" }]);
  // And what was removed with it is barred as before.
  expect(await put(two, "t1")).toEqual(["tombstoned", "tombstoned"]);
});

test("it comes back, to stay, when it is added without anything in it", async () => {
  const one = await openWorker();
  await put(one, "t1");
  await forgetAll(one);
  await one.removeCluster(testCluster);
  await one.addCluster(testCluster);
  expect(await one.clusters()).toEqual([testCluster]);
  expect(new Set((await lives()).values())).toEqual(new Set([-1]));
});

test("its fencing tokens grow, also when all that was kept of it is gone", async () => {
  const one = await openWorker({ retentionMs: 20 });
  await put(one, "t1");
  const first = await token(one, "me");
  await forgetAll(one);
  await one.removeCluster(testCluster);
  await until("its keys are gone", async () => (await lives()).size === 0 || undefined);
  const second = await token(one, "me");
  expect(second).toBeGreaterThan(first);
  await put(one, "t2");
  expect(await token(one, "me")).toBeGreaterThan(second);
});

test("it stays while an entity or a daemon of it is there", async () => {
  const one = await openWorker();
  await put(one, "t1");
  expect(await one.removeCluster(testCluster)).toBe(false);
  await forgetAll(one);
  const daemon = { kind: "d", id: "d1", expected: undefined, record: "{}" } as const;
  await one.writeControl(testCluster, [daemon]);
  expect(await one.removeCluster(testCluster)).toBe(false);
  expect(await one.clusters()).toEqual([testCluster]);
  expect(new Set((await lives()).values())).toEqual(new Set([-1]));
  await one.writeControl(testCluster, [{ ...daemon, expected: "+", record: undefined }]);
  expect(await one.removeCluster(testCluster)).toBe(true);
});

test("it stays when another worker opens it between its end and its removal from the list", async () => {
  const { name, source } = scripts.closeCluster;
  const opened = source.replace(
    /return 1\n$/,
    "redis.call('HSET', KEYS[1], 'run', 'again')\nreturn 1\n",
  );
  expect(opened).not.toBe(source);
  const one = await openWorker({ scripts: { ...scripts, closeCluster: scriptOf(name, opened) } });
  await put(one, "t1");
  await forgetAll(one);
  expect(await one.removeCluster(testCluster)).toBe(false);
  expect(await one.clusters()).toEqual([testCluster]);
});
