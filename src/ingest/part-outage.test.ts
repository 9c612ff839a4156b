// The consumer while one cluster cannot be written, as when a slot of a Redis Cluster is away, on a real Redis: the
// others go on, nothing is deleted before it is stored, and nothing ends in the dead-letter queue.
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { systemClock } from "../clock.ts";
import { createLog } from "../log.ts";
import { systemRandom } from "../random.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { RedisUnavailable } from "../store/trouble.ts";
import { fixtureWith } from "../testing/fixtures.ts";
import { MemoryQueue } from "../testing/memory-queue.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { trackOnly } from "./batch.ts";
import { consume } from "./consumer.ts";
import { newCounters } from "./counters.ts";

const waiting = { timeout: 25_000, interval: 10 };
const well = "arn:aws:ecs:eu-central-1:480215739602:cluster/lantern";
const also = "arn:aws:ecs:eu-central-1:480215739602:cluster/quay";
const ailing = "arn:aws:ecs:eu-central-1:480215739602:cluster/harbor";

let redis: TestRedis;
let store: StateStore;
/** Clusters that cannot be written, and how often that was tried. */
let away: Set<string>;
let refusals: number;
let queue: MemoryQueue;

beforeAll(async () => {
  redis = await testRedis({ appendonly: false });
});
afterAll(async () => {
  await redis.stop();
});
beforeEach(async () => {
  await redis.restart();
  const name = "parts";
  store = openRedisStore({ url: redis.url, name, clock: systemClock, random: systemRandom });
  await vi.waitFor(() => store.ping(), waiting);
  away = new Set();
  refusals = 0;
  // A second of the queue's own is 20 ms, and its messages are hidden for a minute.
  queue = new MemoryQueue({
    clock: systemClock,
    visibilityMs: 60_000,
    secondMs: 20,
    receivesMax: 5,
  });
  return () => store.close();
});

/** The store without the clusters that are away. */
function partly(): StateStore {
  const look = (cluster: string) => {
    if (!away.has(cluster)) return;
    refusals++;
    throw new RedisUnavailable(`the node of ${cluster} is away`);
  };
  return {
    ...store,
    apply: async (cluster, observations) => (look(cluster), store.apply(cluster, observations)),
    noteFreshness: async (cluster, facts) => (look(cluster), store.noteFreshness(cluster, facts)),
  };
}

/** Runs a consumer beside `act`. */
async function consuming(pollers: number, act: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const options = {
    queue,
    pollers,
    store: partly(),
    clock: systemClock,
    random: systemRandom,
    log: createLog("test", "silent"),
    tracks: trackOnly([]),
    onInstances: () => {},
    onTaskDefinitions: () => {},
    counters: newCounters(),
  };
  const running = consume(options, stop.signal);
  try {
    await act();
  } finally {
    stop.abort();
    await running;
  }
}

const id = (task: number): string => task.toString(16).padStart(32, "0");

function eventOf(clusterArn: string, task: number) {
  const taskArn = `${clusterArn.replace(":cluster/", ":task/")}/${id(task)}`;
  return fixtureWith("task-fargate-running", { taskArn, clusterArn });
}
const send = (cluster: string, task: number) => queue.send(JSON.stringify(eventOf(cluster, task)));

const tasksOf = async (cluster: string) => (await store.records(cluster, "t")).size;
const untilStored = (cluster: string, tasks: number) =>
  vi.waitFor(async () => expect(await tasksOf(cluster)).toBe(tasks), waiting);
const untilLeft = (messages: number) =>
  vi.waitFor(() => expect(queue.size).toBe(messages), waiting);

it("a cluster that cannot be written leaves the others, and has everything in the end", async () => {
  await consuming(4, async () => {
    send(well, 0);
    await untilStored(well, 1);
    away.add(ailing);
    for (let task = 1; task <= 600; task++) send(task % 10 === 0 ? ailing : well, task);
    await untilStored(well, 541);
    // Nothing else is deleted, and what is left to the queue comes back ever later.
    await untilLeft(60);
    const seconds = (of: number) => queue.hidden.filter((each) => each.seconds === of).length;
    await vi.waitFor(() => expect(seconds(90)).toBeGreaterThan(0), waiting);
    for (let task = 601; task <= 700; task++) send(well, task);
    await untilStored(well, 641);
    expect(await tasksOf(ailing)).toBe(0);
    away.clear();
    await untilLeft(0);
    expect(await tasksOf(ailing)).toBe(60);
    expect(queue.dead).toEqual([]);
  });
});

it("what is all of the cluster that cannot be written holds no poller for good", async () => {
  await consuming(1, async () => {
    send(well, 0);
    await untilStored(well, 1);
    away.add(ailing);
    send(ailing, 1);
    await vi.waitFor(() => expect(refusals).toBeGreaterThan(0), waiting);
    send(well, 2);
    await untilStored(well, 2);
    expect(queue.size).toBeGreaterThanOrEqual(1);
    away.clear();
    await untilStored(ailing, 1);
    await untilLeft(0);
  });
});

it("a message of two clusters is deleted when both are stored", async () => {
  await consuming(1, async () => {
    send(also, 0);
    await untilStored(also, 1);
    away.add(ailing);
    queue.send(JSON.stringify([eventOf(ailing, 1), eventOf(well, 1)]));
    await untilStored(well, 1);
    await vi.waitFor(() => expect(queue.hidden.length).toBeGreaterThan(0), waiting);
    expect(queue.size).toBe(1);
    away.clear();
    await untilLeft(0);
    expect([await tasksOf(well), await tasksOf(ailing)]).toEqual([1, 1]);
  });
});

it("messages are held while no cluster can be written, for however long", async () => {
  await consuming(4, async () => {
    for (const cluster of [well, also]) send(cluster, 0);
    for (const cluster of [well, also]) await untilStored(cluster, 1);
    await untilLeft(0);
    const received = queue.receives;
    for (const cluster of [well, also, ailing]) away.add(cluster);
    for (let task = 1; task <= 120; task++) send([well, also, ailing][task % 3] ?? "", task);
    // Longer than a part that is away would be waited for.
    const from = systemClock.monotonic();
    await vi.waitFor(() => {
      expect(refusals).toBeGreaterThan(12);
      expect(systemClock.monotonic() - from).toBeGreaterThan(4000);
    }, waiting);
    expect(queue.receives).toBe(received + 4);
    expect(queue.size).toBe(120);
    away.clear();
    await untilLeft(0);
    expect([await tasksOf(well), await tasksOf(also), await tasksOf(ailing)]).toEqual([41, 41, 40]);
    expect(queue.hidden).toEqual([]);
    expect(queue.receives).toBeLessThan(received + 30);
  });
});

it("messages that SQS does not hide are held", async () => {
  let tried = 0;
  queue.changeVisibility = () => (tried++, Promise.reject(new Error("AccessDenied")));
  await consuming(2, async () => {
    send(well, 0);
    await untilStored(well, 1);
    const received = queue.receives;
    away.add(ailing);
    send(ailing, 1);
    await vi.waitFor(() => expect(tried).toBe(1), waiting);
    away.clear();
    await untilStored(ailing, 1);
    await untilLeft(0);
    expect(queue.receives).toBe(received + 1);
  });
});
