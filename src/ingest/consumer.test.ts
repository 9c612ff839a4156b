// The consumer between a queue and a real Redis: nothing is lost, nothing gets stuck, repeats change nothing.
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../clock.ts";
import { createLog } from "../log.ts";
import { seededRandom, systemRandom } from "../random.ts";
import { clusterKeys } from "../store/keys.ts";
import { decodeTask } from "../store/record.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { fixtureBody, fixtureWith } from "../testing/fixtures.ts";
import { MemoryQueue } from "../testing/memory-queue.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { trackOnly } from "./batch.ts";
import { consume } from "./consumer.ts";
import type { ConsumerOptions } from "./consumer.ts";
import { ignoredInAll, newCounters } from "./counters.ts";
import type { ConsumerCounters } from "./counters.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
console.log(`consumer.test.ts seed ${seed} (FUZZ_SEED)`);
const waiting = { timeout: 25_000, interval: 10 };
const cluster = "arn:aws:ecs:eu-central-1:480215739602:cluster/lantern";

let redis: TestRedis;
let raw: Redis;
let store: StateStore;

beforeAll(async () => {
  redis = await testRedis();
  raw = new Redis(redis.url.replace("unix://", ""), { maxRetriesPerRequest: null });
  raw.on("error", () => {}); // it comes back by itself after a restart
  store = openRedisStore({
    url: redis.url,
    name: "consumer",
    clock: systemClock,
    random: systemRandom,
  });
});
afterAll(async () => {
  await store.close();
  raw.disconnect();
  await redis.stop();
});
beforeEach(async () => {
  await raw.flushall();
  await vi.waitFor(() => store.ping(), waiting);
});

const optionsFor = (queue: MemoryQueue, rest: Partial<ConsumerOptions> = {}): ConsumerOptions => ({
  queue,
  store,
  clock: systemClock,
  random: systemRandom,
  log: createLog("test", "silent"),
  tracks: trackOnly([]),
  pollers: 4,
  onInstances: () => {},
  onTaskDefinitions: () => {},
  counters: newCounters(),
  ...rest,
});

/** Consumes until `done` holds, then stops in order; returns the counters. */
async function consumeUntil(
  options: ConsumerOptions,
  done: () => void | Promise<void>,
): Promise<ConsumerCounters> {
  const stop = new AbortController();
  const running = consume(options, stop.signal);
  try {
    await vi.waitFor(done, waiting);
  } finally {
    stop.abort();
    await running;
  }
  return options.counters;
}

const id = (task: number): string => task.toString(16).padStart(32, "0");

function taskBody(task: number, version: number, lastStatus = "RUNNING"): string {
  const taskArn = `arn:aws:ecs:eu-central-1:480215739602:task/lantern/${id(task)}`;
  return JSON.stringify(fixtureWith("task-fargate-running", { taskArn, version, lastStatus }));
}

async function versions(): Promise<Record<string, string>> {
  const tasks = await store.records(cluster, "t");
  return Object.fromEntries(
    [...tasks].map(([taskId, record]) => [taskId, decodeTask(record, cluster).version]),
  );
}

const poison = (at: number): string =>
  [
    "not JSON",
    "[]",
    "7",
    '{"detail-type":"ECS Task State Change","source":"aws.ecs","detail":null}',
    fixtureBody("task-fargate-running").replace('"version":4', `"version":-${at + 1}`),
    fixtureBody("task-fargate-running").slice(0, 900 + at),
    "[".repeat(5000),
  ][at % 7] ?? "";

describe("good and bad messages", () => {
  function fill(queue: MemoryQueue): Record<string, string> {
    const random = seededRandom(seed);
    const bodies: string[] = [];
    for (let task = 0; task < 1000; task++)
      for (let version = 1; version <= 5; version++) bodies.push(taskBody(task, version));
    for (let at = 0; at < 500; at++) bodies.push(poison(at));
    for (let at = bodies.length - 1; at > 0; at--) {
      const other = random.int(0, at);
      [bodies[at], bodies[other]] = [bodies[other] ?? "", bodies[at] ?? ""];
    }
    for (const body of bodies) queue.send(body);
    return Object.fromEntries(Array.from({ length: 1000 }, (_, task) => [id(task), "5"]));
  }

  it("stores all good ones and quarantines the rest when there is no dead-letter queue", async () => {
    const queue = new MemoryQueue({ clock: systemClock, visibilityMs: 60_000 });
    const expected = fill(queue);
    const counters = await consumeUntil(optionsFor(queue), () => expect(queue.size).toBe(0));
    expect(await versions()).toEqual(expected);
    expect(counters).toMatchObject({ received: 5500, rejected: 500 });
    expect(counters.applied + counters.unchanged).toBe(5000);
    const quarantined = await store.quarantined(1000);
    expect(quarantined).toHaveLength(500);
    expect(quarantined.every(({ isWhole, reason }) => isWhole && reason !== "")).toBe(true);
    expect(quarantined.map(({ body }) => body).toSorted()).toEqual(
      Array.from({ length: 500 }, (_, at) => poison(at)).toSorted(),
    );
    expect((await store.read(cluster, 0, 1)).seq).toBe(counters.applied);
  }, 40_000);

  it("leaves the rest to the dead-letter queue when there is one", async () => {
    const queue = new MemoryQueue({
      clock: systemClock,
      visibilityMs: 60_000,
      receivesMax: 3,
      secondMs: 5,
    });
    const expected = fill(queue);
    const counters = await consumeUntil(optionsFor(queue), () => expect(queue.size).toBe(0));
    expect(await versions()).toEqual(expected);
    expect(queue.dead.toSorted()).toEqual(
      Array.from({ length: 500 }, (_, at) => poison(at)).toSorted(),
    );
    expect(counters.rejected).toBe(500);
    expect(await store.quarantined(1000)).toEqual([]);
    // Ever less often: each one was hidden for 5, 10 and 20 seconds of the queue.
    const times = Map.groupBy(queue.hidden, ({ messageId }) => messageId);
    expect(times.size).toBe(500);
    for (const hidden of times.values())
      expect(hidden.map(({ seconds }) => seconds)).toEqual([5, 10, 20]);
  }, 40_000);

  it("rejects what Redis refuses, and stores what came with it", async () => {
    const queue = new MemoryQueue({ clock: systemClock, visibilityMs: 60_000 });
    // A cluster whose state is of another type than it should be, as by somebody else's hand.
    const other = "arn:aws:ecs:eu-central-1:480215739602:cluster/broken";
    const taskArn = `arn:aws:ecs:eu-central-1:480215739602:task/broken/${id(1)}`;
    const first = new MemoryQueue({ clock: systemClock, visibilityMs: 60_000 });
    first.send(JSON.stringify(fixtureWith("task-fargate-pending", { taskArn, clusterArn: other })));
    await consumeUntil(optionsFor(first), () => expect(first.size).toBe(0));
    await raw.del(clusterKeys(other).tasks);
    await raw.set(clusterKeys(other).tasks, "not a hash");
    for (let task = 0; task < 30; task++) queue.send(taskBody(task, 1));
    queue.send(JSON.stringify(fixtureWith("task-fargate-running", { taskArn, clusterArn: other })));
    const counters = await consumeUntil(optionsFor(queue), () => expect(queue.size).toBe(0));
    expect(Object.keys(await versions())).toHaveLength(30);
    expect(counters.rejected).toBe(1);
    const [kept] = await store.quarantined(10);
    expect(kept?.reason).toContain("WRONGTYPE");
    expect(kept?.body).toContain(taskArn);
  });

  it("deletes what is of no concern, and stores cluster events and instances", async () => {
    const queue = new MemoryQueue({ clock: systemClock, visibilityMs: 60_000 });
    const told: string[] = [];
    for (const name of ["other-source", "cloudtrail", "service-action", "service-action"])
      queue.send(fixtureBody(name));
    queue.send(fixtureBody("instance-active"));
    queue.send(fixtureBody("task-external-running"));
    const options = optionsFor(queue, {
      tracks: trackOnly(["lantern", "breakwater"]),
      onInstances: (_cluster, instances) => told.push(...instances.values()),
    });
    const counters = await consumeUntil(options, () => expect(queue.size).toBe(0));
    expect(counters).toMatchObject({ rejected: 0, applied: 1, clusterEvents: 1 });
    expect(ignoredInAll(counters)).toBe(3);
    expect(Object.fromEntries(counters.ignored)).toEqual({
      "other source": 1,
      "AWS API Call via CloudTrail": 1,
      "untracked cluster": 1,
    });
    expect(await store.events(cluster, 10)).toHaveLength(1);
    expect(told).toEqual([expect.stringMatching(/^i-/)]);
    expect((await store.clusters()).map((arn) => arn.split("/")[1])).toEqual(["breakwater"]);
  });
});

it("tells partitions, regions, accounts and clusters of one queue apart, by long ARNs and short ones", async () => {
  const queue = new MemoryQueue({ clock: systemClock, visibilityMs: 60_000 });
  const places = ["aws:eu-central-1:480215739602", "aws:us-east-1:480215739602"].concat(
    ["aws:eu-central-1:111122223333", "aws-cn:cn-north-1:480215739602"],
    ["aws-us-gov:us-gov-west-1:480215739602"],
  );
  const launchTypes = ["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"];
  for (const [at, place] of places.entries()) {
    const [partition, region, account] = place.split(":");
    const arn = (resource: string) => `arn:${partition}:ecs:${region}:${account}:${resource}`;
    for (const [task, launchType] of launchTypes.entries()) {
      // The same ids everywhere: nothing but the ARNs' other parts tells them apart.
      const taskArn = arn(task % 2 === 0 ? `task/lantern/${id(task)}` : `task/${id(task)}`);
      const clusterArn = arn("cluster/lantern");
      const rest = { taskArn, clusterArn, launchType, version: at + 1 };
      queue.send(JSON.stringify(fixtureWith("task-fargate-running", rest)));
    }
  }
  await consumeUntil(optionsFor(queue), () => expect(queue.size).toBe(0));
  expect(await store.clusters()).toHaveLength(places.length);
  for (const [at, place] of places.entries()) {
    const [partition, region, account] = place.split(":");
    const arn = `arn:${partition}:ecs:${region}:${account}:cluster/lantern`;
    const tasks = [...(await store.records(arn, "t")).values()].map((each) =>
      decodeTask(each, arn),
    );
    expect(tasks.map(({ launchType }) => launchType).toSorted()).toEqual(launchTypes.toSorted());
    expect(new Set(tasks.map(({ version }) => version))).toEqual(new Set([String(at + 1)]));
  }
});

describe("faults", () => {
  it("copes with deletions that fail: the repeat changes nothing", async () => {
    const queue = new MemoryQueue({ clock: systemClock, visibilityMs: 50 });
    for (let task = 0; task < 60; task++) {
      const messageId = queue.send(taskBody(task, 2));
      if (task % 3 === 0) queue.deletionsThatFail.set(messageId, task % 2 === 0 ? 1 : 3);
    }
    const counters = await consumeUntil(optionsFor(queue), () => expect(queue.size).toBe(0));
    expect(queue.failedDeletions).toBe(10 + 30);
    expect(Object.keys(await versions())).toHaveLength(60);
    expect(counters.applied).toBe(60);
    expect(counters.unchanged).toBe(counters.received - 60);
    expect((await store.read(cluster, 0, 100)).entries).toHaveLength(60);
  });

  it.each(["kill9", "pause"] as const)(
    "loses nothing to a Redis that goes away: %s",
    async (way) => {
      await raw.config("SET", "appendfsync", "always");
      const queue = new MemoryQueue({ clock: systemClock, visibilityMs: 300 });
      for (let task = 0; task < 300; task++) queue.send(taskBody(task, 1));
      queue.send("poison");
      const back = (async () => {
        await vi.waitFor(() => expect(queue.receives).toBeGreaterThan(5), waiting);
        if (way === "kill9") await redis.kill9();
        else redis.pause();
        for (let task = 300; task < 400; task++) queue.send(taskBody(task, 1));
        queue.send("poison too");
        const hidden = queue.hidden.length;
        // Nothing can be stored now, so nothing more may be deleted, however often it comes.
        const { size } = queue;
        await vi.waitFor(() => expect(queue.hidden.length).toBeGreaterThan(hidden + 60), waiting);
        expect(size - queue.size).toBeLessThanOrEqual(40);
        if (way === "kill9") await redis.restart();
        else redis.resume();
      })();
      const counters = await consumeUntil(optionsFor(queue), async () => {
        await back;
        expect(queue.size).toBe(0);
      });
      expect(Object.keys(await versions())).toHaveLength(400);
      const kept = (await store.quarantined(10)).map(({ body }) => body);
      expect(new Set(kept)).toEqual(new Set(["poison", "poison too"]));
      expect(counters.received).toBeGreaterThanOrEqual(402);
      // What was in hand was kept in hand.
      expect(queue.receives).toBeLessThan(60);
    },
    40_000,
  );

  it("changes nothing by a batch that comes again because its consumer died before deleting", async () => {
    const queue = new MemoryQueue({ clock: systemClock, visibilityMs: 60_000 });
    for (const version of [1, 3, 2]) queue.send(taskBody(7, version));
    queue.send(fixtureBody("instance-active"));
    queue.send(fixtureBody("service-action"));
    // The first consumer stores and cannot delete: what it stored is there, the messages are too.
    for (let at = 1; at <= 5; at++) queue.deletionsThatFail.set(`m${at}`, Infinity);
    await consumeUntil(optionsFor(queue), () => expect(queue.failedDeletions).toBeGreaterThan(4));
    expect(queue.size).toBe(5);
    queue.deletionsThatFail.clear();
    const before = [await versions(), (await store.read(cluster, 0, 1)).seq];
    expect(before).toEqual([{ [id(7)]: "3" }, 2]);
    queue.expireVisibility();
    const counters = await consumeUntil(optionsFor(queue), () => expect(queue.size).toBe(0));
    expect([await versions(), (await store.read(cluster, 0, 1)).seq]).toEqual(before);
    expect(counters).toMatchObject({ received: 5, applied: 0, unchanged: 4 });
    expect(await store.events(cluster, 10)).toHaveLength(1);
  });

  it("hides messages for longer while storing takes its time", async () => {
    const queue = new MemoryQueue({ clock: systemClock, visibilityMs: 400, secondMs: 1000 });
    for (let task = 0; task < 10; task++) queue.send(taskBody(task, 1));
    redis.pause();
    const back = vi
      .waitFor(() => expect(queue.hidden.length).toBeGreaterThanOrEqual(30), waiting)
      .finally(() => redis.resume());
    await consumeUntil(optionsFor(queue), async () => {
      await back;
      expect(queue.size).toBe(0);
    });
    expect(queue.receives).toBe(1);
    expect(Object.keys(await versions())).toHaveLength(10);
  });

  it("outlives a bug in what it calls, and says so", async () => {
    const queue = new MemoryQueue({ clock: systemClock, visibilityMs: 100 });
    for (let task = 0; task < 20; task++) queue.send(taskBody(task, 1));
    let bugs = 3;
    const buggy: StateStore = {
      ...store,
      apply: (...call) => {
        if (bugs-- > 0) throw new TypeError("planted");
        return store.apply(...call);
      },
    };
    await consumeUntil(optionsFor(queue, { store: buggy }), () => expect(queue.size).toBe(0));
    const kept = await store.quarantined(100);
    expect(Object.keys(await versions()).length + kept.length).toBe(20);
  });

  it("stops within its batch when told to", async () => {
    const queue = new MemoryQueue({ clock: systemClock, visibilityMs: 60_000 });
    const started = performance.now();
    await consumeUntil(optionsFor(queue), () => {});
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
