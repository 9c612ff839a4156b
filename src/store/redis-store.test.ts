// What is of Redis itself: its death, its script cache, its expiry, its channels. What a store is on whatever it runs is
// in store.test.ts.
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { systemClock } from "../clock.ts";
import { systemRandom } from "../random.ts";
import { aTask, testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { historyMinutes } from "./history.ts";
import { clusterKeys } from "./keys.ts";
import { observeTask } from "./record.ts";
import type { Observation } from "./record.ts";
import { openRedisStore } from "./redis-store.ts";
import type { StateStore } from "./store.ts";

const keys = clusterKeys(testCluster);
const unavailable = /does not answer|isn't writeable|Connection is closed/;

let redis: TestRedis;
let store: StateStore;
let raw: Redis;

const untilUp = () => until("Redis", () => store.ping().then(() => true as const));

beforeAll(async () => {
  redis = await testRedis();
  raw = new Redis(redis.url.replace("unix://", ""), { maxRetriesPerRequest: null });
  raw.on("error", () => {}); // it comes back by itself after a restart
  const { url } = redis;
  store = openRedisStore({ url, name: "store-test", clock: systemClock, random: systemRandom });
});
afterAll(async () => {
  await store.close();
  raw.disconnect();
  await redis.stop();
});
beforeEach(async () => {
  await untilUp();
  await raw.flushall();
});

const version = (id: string, v: string): Observation =>
  observeTask(aTask(id, "a", { version: v }), "event", systemClock.now());
const apply = (...observations: Observation[]) => store.apply(testCluster, observations);

it("announces each change once, and nothing that is none", async () => {
  const heard: string[] = [];
  const ear = raw.duplicate();
  ear.on("message", (_channel: string, message: string) => heard.push(message));
  await ear.subscribe(keys.channel, "end-of-test");
  await apply(version("t1", "1"), version("t1", "1"), version("t1", "0"), version("t1", "2"));
  await store.writeControl(testCluster, [
    { kind: "d", id: "d1", expected: undefined, record: "{}" },
  ]);
  await store.remove(testCluster, [{ kind: "t", id: "t1", version: "" }], systemClock.now());
  const ended = new Promise((resolve) =>
    ear.on("message", (channel) => channel === "end-of-test" && resolve(channel)),
  );
  await raw.publish("end-of-test", "x");
  await ended;
  ear.disconnect();
  expect(heard.slice(0, -1)).toEqual(["1 t t1", "2 t t1", "3 d d1", "4 t t1"]);
});

it("chains the log over a sudden death", async () => {
  await apply(version("t1", "1"), version("t1", "2"));
  const { epoch } = await store.read(testCluster, 0, 1);
  await raw.config("SET", "appendfsync", "always");
  await redis.kill9();
  await redis.restart();
  await untilUp();
  expect(await apply(version("t1", "3"))).toEqual(["applied"]);
  const page = await store.read(testCluster, 0, 10);
  expect(page.epoch).toBe(epoch);
  const [, second, restart, third] = page.entries;
  expect(restart).toMatchObject({ kind: "r", previous: second?.seq });
  expect(restart?.seq).toBeGreaterThan(1_000_000_000_000_000);
  expect(third).toMatchObject({ seq: (restart?.seq ?? 0) + 1, kind: "t" });
  expect(page.seq).toBe(third?.seq);
});

it("loads its scripts again after SCRIPT FLUSH", async () => {
  await apply(version("t1", "1"));
  await raw.script("FLUSH");
  expect(await apply(version("t1", "2"))).toEqual(["applied"]);
  await raw.script("FLUSH");
  expect((await store.read(testCluster, 0, 10)).entries).toHaveLength(2);
});

it("refuses at once when Redis is gone, and works again after", async () => {
  await redis.kill9();
  // Of a name of its own: the end of the file, with the forgetting of all others, may be lost.
  await expect(apply(version("gone", "1"))).rejects.toThrow(unavailable);
  await redis.restart();
  await untilUp();
  expect(await apply(version("gone", "1"))).toEqual(["applied"]);
});

it("does not call a message quarantined when Redis did not take it", async () => {
  await redis.kill9();
  const message = { messageId: "m", reason: "r", body: "b", at: 0 };
  await expect(store.quarantine(message)).rejects.toThrow(unavailable);
  await redis.restart();
  await untilUp();
});

it("keeps a day of minutes in as many fields, and a count of tasks in each status", async () => {
  let now = systemClock.now();
  const clock = { ...systemClock, now: () => now };
  const { url } = redis;
  const timed = openRedisStore({ url, name: "timed", clock, random: systemRandom });
  try {
    await until("Redis", () => timed.ping().then(() => true as const));
    await timed.apply(testCluster, [version("1", "1")]);
    for (let minute = 0; minute < historyMinutes + 5; minute++) {
      await timed.noteFreshness(testCluster, {});
      now += 60_000;
    }
    expect(Object.keys(await raw.hgetall(keys.history))).toHaveLength(historyMinutes + 1);
  } finally {
    await timed.close();
  }
});

it("puts the expiry of a lease off when it is renewed", async () => {
  const take = (holder: string, ttlMs: number) =>
    store.takeLease(testCluster, "schedule", holder, ttlMs);
  await take("me", 60_000);
  expect(await raw.pttl(keys.leases.schedule)).toBeGreaterThan(50_000);
  await take("me", 100_000);
  expect(await raw.pttl(keys.leases.schedule)).toBeGreaterThan(90_000);
});
