// A Redis that is not as it should be: of a newer or an older Longshore, full, or a replica.
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../clock.ts";
import { encodeDaemon } from "../daemon/record.ts";
import { describeFault } from "../ingest/faults.ts";
import { systemRandom } from "../random.ts";
import { aDaemon, aTask, testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { clusterKeys, schemaKey } from "./keys.ts";
import { observeTask } from "./record.ts";
import { openRedisStore } from "./redis-store.ts";
import { checkSchema } from "./schema.ts";
import type { Schema } from "./schema.ts";
import type { StateStore } from "./store.ts";

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

function openStore(schema?: Schema): StateStore {
  const own = { url: redis.url, name: "schema", clock, random: systemRandom };
  const store = openRedisStore({ ...own, ...(schema ? { schema } : {}) });
  stores.push(store);
  return store;
}

async function readyStore(schema?: Schema): Promise<StateStore> {
  const store = openStore(schema);
  await until("Redis", () => store.ping().then(() => true as const));
  return store;
}

const hear = (store: StateStore, id: string, text = "") =>
  store.apply(testCluster, [
    observeTask(aTask(id, "a", { stoppedReason: text }), "event", clock.now()),
  ]);

/** What a person reads about the failure. */
const faultOf = (act: Promise<unknown>) =>
  act.then(
    () => "nothing failed",
    (error: unknown) => describeFault(error),
  );

test("data of a newer Longshore is refused, in words, and left as it is", async () => {
  await raw.set(schemaKey, "99");
  const before = await raw.dbsize();
  const store = openStore();
  await until("the refusal", async () =>
    (await faultOf(store.ping())).includes("newer Longshore") ? true : undefined,
  );
  for (const act of [() => hear(store, "t1"), () => store.clusters()])
    expect(await faultOf(act())).toMatch(/newer Longshore .*upgrade this process/);
  expect(await raw.dbsize()).toBe(before);
});

test("a version and the next one work side by side, in one log", async () => {
  const old = await readyStore({ form: 3, version: 6 });
  await hear(old, "t1");
  const { epoch } = await old.read(testCluster, 0, 1);
  const next = await readyStore({ form: 3, version: 7 });
  await hear(next, "t2");
  // One of before that starts by now, as when somebody goes back: it changes nothing of what the newer one has said.
  const again = await readyStore({ form: 3, version: 6 });
  await hear(again, "t3");
  await hear(old, "t4");
  expect(await raw.get(schemaKey)).toBe("3.7");
  const log = await next.read(testCluster, 0, 10);
  expect(log).toMatchObject({ epoch, seq: 4 });
  expect(log.entries.map(({ kind }) => kind)).toEqual(["t", "t", "t", "t"]);
});

test("a version that is older by two is refused", async () => {
  await readyStore({ form: 3, version: 10 });
  const store = openStore({ form: 3, version: 8 });
  await until("the refusal", async () =>
    (await faultOf(store.ping())).includes("form 3.10, this one knows 3.8") ? true : undefined,
  );
});

test("of an older Longshore's data, daemons stay and ECS tells the rest again", async () => {
  const old = await readyStore();
  await hear(old, "t1");
  const record = encodeDaemon(aDaemon());
  await old.writeControl(testCluster, [{ kind: "d", id: "lamp", expected: undefined, record }]);
  const { epoch } = await old.read(testCluster, 0, 1);
  await old.noteFreshness(testCluster, { lastReconciledAt: clock.now(), driftRepaired: 3 });
  await raw.del(schemaKey);
  await raw.hset(clusterKeys(testCluster).meta, "run", "of an older form");
  const store = await readyStore();
  expect((await store.records(testCluster, "t")).size).toBe(0);
  // Nobody takes what is left for the whole of it until it was compared again.
  const { lastReconciledAt, driftRepaired } = await store.freshness(testCluster);
  expect([lastReconciledAt, driftRepaired]).toEqual([undefined, 3]);
  expect([...(await store.records(testCluster, "d")).values()]).toEqual([record]);
  expect(await hear(store, "t1")).toEqual(["applied"]);
  const log = await store.read(testCluster, 0, 10);
  expect(log.epoch).not.toBe(epoch);
  expect(log.seq).toBe(1);
});

test("a lost note of the form drops nothing that is of this form", async () => {
  const before = await readyStore();
  await hear(before, "t1");
  const { epoch } = await before.read(testCluster, 0, 1);
  await raw.del(schemaKey);
  const store = await readyStore();
  expect([...(await store.records(testCluster, "t")).keys()]).toEqual(["t1"]);
  expect(await hear(store, "t2")).toEqual(["applied"]);
  expect(await store.read(testCluster, 0, 1)).toMatchObject({ epoch, seq: 2 });
  expect(await raw.exists(schemaKey)).toBe(1);
});

test("a worker that was slow to look at older data drops nothing of what another filled in since", async () => {
  const old = await readyStore();
  await hear(old, "t1");
  await raw.del(schemaKey);
  await raw.hset(clusterKeys(testCluster).meta, "run", "of an older form");
  const slow = raw.duplicate();
  const smembers = slow.smembers.bind(slow);
  vi.spyOn(slow, "smembers").mockImplementationOnce(async (key) => {
    const clusters = await smembers(key);
    expect(await hear(await readyStore(), "t2")).toEqual(["applied"]);
    return clusters;
  });
  await checkSchema(slow);
  slow.disconnect();
  expect([...(await old.records(testCluster, "t")).keys()]).toEqual(["t2"]);
});

test("a Redis without memory refuses, says what to do, and loses nothing", async () => {
  const store = await readyStore();
  expect(await hear(store, "t1")).toEqual(["applied"]);
  const { seq } = await store.read(testCluster, 0, 1);
  await raw.config("SET", "maxmemory", "1");
  expect(await faultOf(hear(store, "t2"))).toMatch(/no memory left: raise its maxmemory/);
  expect((await store.read(testCluster, 0, 1)).seq).toBe(seq);
  // What is old can go all the same: that is what makes room.
  await store.trim(testCluster, clock.now() + 1, clock.now());
  expect(await raw.xlen(clusterKeys(testCluster).log)).toBe(0);
  await raw.config("SET", "maxmemory", "0");
  expect(await hear(store, "t2")).toEqual(["applied"]);
});

test("a primary that becomes a replica is told apart, and back", async () => {
  const store = await readyStore();
  await raw.replicaof("127.0.0.1", 1);
  expect(await faultOf(hear(store, "t1"))).toMatch(/leads to a replica/);
  await raw.replicaof("NO", "ONE");
  await until("a primary", async () =>
    (await faultOf(hear(store, "t1"))) === "nothing failed" ? true : undefined,
  );
});
