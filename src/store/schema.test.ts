// A Redis that is not as it should be: of a newer, an older or another Longshore, full, or a replica.
import { Command, Redis } from "ioredis";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../clock.ts";
import { encodeDaemon } from "../daemon/record.ts";
import { describeFault } from "../ingest/faults.ts";
import { systemRandom } from "../random.ts";
import { aDaemon, aTask, testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { clusterKeys, deploymentKey, schemaKey } from "./keys.ts";
import type { OwnData } from "./own-data.ts";
import { observeTask } from "./record.ts";
import { openRedisStore } from "./redis-store.ts";
import { checkSchema } from "./schema.ts";
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

function openStore(asked: OwnData = {}): StateStore {
  const own = { url: redis.url, name: "schema", clock, random: systemRandom };
  const store = openRedisStore({ ...own, ...asked });
  stores.push(store);
  return store;
}

async function readyStore(asked: OwnData = {}): Promise<StateStore> {
  const store = openStore(asked);
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
  const old = await readyStore({ schema: { form: 3, version: 6 } });
  await hear(old, "t1");
  const { epoch } = await old.read(testCluster, 0, 1);
  const next = await readyStore({ schema: { form: 3, version: 7 } });
  await hear(next, "t2");
  // One of before that starts by now, as when somebody goes back: it changes nothing of what the newer one has said.
  const again = await readyStore({ schema: { form: 3, version: 6 } });
  await hear(again, "t3");
  await hear(old, "t4");
  expect(await raw.get(schemaKey)).toBe("3.7");
  const log = await next.read(testCluster, 0, 10);
  expect(log).toMatchObject({ epoch, seq: 4 });
  expect(log.entries.map(({ kind }) => kind)).toEqual(["t", "t", "t", "t"]);
});

test("a version that is older by two is refused", async () => {
  await readyStore({ schema: { form: 3, version: 10 } });
  const store = openStore({ schema: { form: 3, version: 8 } });
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

/** A store, once it can be used or is refused, and what a probe would say of it. */
async function storeOf(deployment: string | undefined) {
  const store = openStore({ deployment });
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
