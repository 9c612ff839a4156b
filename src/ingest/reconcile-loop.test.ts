// The loop over all clusters, on real Redis and an ECS in memory: nobody holds up anybody, nothing of other accounts or
// regions is touched, and what Redis lost comes back by itself.
import { Redis } from "ioredis";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { systemRandom } from "../random.ts";
import { clusterKeys } from "../store/keys.ts";
import { observeTask } from "../store/record.ts";
import { openRedisStore } from "../store/redis-store.ts";
import { unsettledMs } from "../store/restart.ts";
import type { StateStore } from "../store/store.ts";
import { anInstance, aTask } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { createAlarm } from "./alarm.ts";
import { trackOnly } from "./batch.ts";
import { reconcileForever } from "./reconcile-loop.ts";
import type { ReconcileLoopOptions } from "./reconcile-loop.ts";
import { TestEcs } from "./test-ecs.ts";

const clock = systemClock;
const log = pino({ level: "silent" });
const account = "111122223333";
const arnOf = (name: string, region = "eu-west-1", owner = account) =>
  `arn:aws:ecs:${region}:${owner}:cluster/${name}`;

let redis: TestRedis;
let store: StateStore;
let ecs: TestEcs;
let ends: (() => Promise<unknown>)[];
const logsBegun = new Map<string, number>();
const beginnings = new Map<string, string>();
const onNewLog = (cluster: string) => {
  logsBegun.set(cluster, (logsBegun.get(cluster) ?? 0) + 1);
  alarm.ring();
};
let alarm = createAlarm(clock);

beforeEach(async () => {
  ends = [];
  redis = await testRedis();
  logsBegun.clear();
  beginnings.clear();
  alarm = createAlarm(clock);
  store = openRedisStore({
    url: redis.url,
    name: "loop",
    clock,
    random: systemRandom,
    onNewLog: (cluster, beginning) => {
      beginnings.set(cluster, beginning);
      onNewLog(cluster);
    },
  });
  await until("Redis", () => store.ping().then(() => true as const));
  ecs = new TestEcs();
});
afterEach(async () => {
  for (const end of ends) await end();
  await store.close();
  await redis.stop();
});

function start(rest: Partial<ReconcileLoopOptions> = {}): void {
  const stop = new AbortController();
  const running = reconcileForever(
    {
      regions: [{ region: () => Promise.resolve("eu-west-1"), ecs }],
      named: [],
      store,
      clock,
      log,
      random: systemRandom,
      tracks: trackOnly([]),
      intervalMs: 600_000,
      retentionMs: 3_600_000,
      account: () => Promise.resolve(account),
      holder: systemRandom.hex(8),
      alarm,
      logsBegun,
      beginnings,
      onNewLog,
      onReconciled: () => {},
      ...rest,
    },
    stop.signal,
  );
  ends.push(() => (stop.abort(), running));
}

function fill(name: string, region?: string, into = ecs): string {
  const arn = arnOf(name, region);
  const { instances, tasks } = into.addCluster(arn);
  instances.set("i1", anInstance("i1", { clusterArn: arn }));
  for (const id of ["t1", "t2"]) tasks.set(id, aTask(id, "i1", { clusterArn: arn }));
  return arn;
}

const tasksOf = async (cluster: string) =>
  [...(await store.records(cluster, "t")).keys()].toSorted();
const untilFilled = (cluster: string) =>
  until(`the tasks of ${cluster}`, async () =>
    (await tasksOf(cluster)).length === 2 ? true : undefined,
  );
const problemOf = (cluster: string) =>
  until(`a problem of ${cluster}`, async () => (await store.freshness(cluster)).reconcileProblem);

test("a cluster that fails holds up nobody, says why, and is done when it can be", async () => {
  const [bad, ...good] = ["a", "b", "c", "d", "e", "f"].map((name) => fill(name));
  ecs.failing.set(`listTasks ${bad}`, "ServerException");
  start();
  for (const cluster of good) await untilFilled(cluster);
  expect(await problemOf(bad ?? "")).toMatch(/^tasks: ServerException/);
  expect((await store.freshness(bad ?? "")).lastReconciledAt).toBeUndefined();
  ecs.failing.clear();
  await untilFilled(bad ?? "");
  await until("no problem", async () =>
    (await store.freshness(bad ?? "")).reconcileProblem === undefined ? true : undefined,
  );
});

test("without the permission to list clusters, those that are named or known are compared", async () => {
  const [named, known, other] = [fill("named"), fill("known"), fill("other")];
  await store.addCluster(known);
  ecs.failing.set("listClusters", "AccessDeniedException");
  start({ named: [named] });
  await Promise.all([untilFilled(named), untilFilled(known)]);
  expect(await store.clusters()).not.toContain(other);
});

test("what Redis lost is filled in again when another process was the first to write to it", async () => {
  const cluster = fill("lost");
  start();
  await untilFilled(cluster);
  // The loop has looked since: it knows this beginning.
  await until("a look", () => (beginnings.has(cluster) ? true : undefined));
  const other = openRedisStore({ url: redis.url, name: "other", clock, random: systemRandom });
  ends.push(() => other.close());
  await until("Redis", () => other.ping().then(() => true as const));
  const raw = new Redis(redis.url.replace("unix://", ""));
  await raw.flushall();
  raw.disconnect();
  await other.writeControl(cluster, []);
  expect(await store.clusters()).toEqual([cluster]);
  await untilFilled(cluster);
});

test("what was listed is known before anything says that it was listed", async () => {
  const stored: string[][] = [];
  const cluster = fill("first");
  ecs.before = async (operation) => {
    if (operation === "listContainerInstances") stored.push(await store.clusters());
  };
  ecs.failing.set("listClusters", "ServerException");
  start();
  const { problem } = await until("a failed listing", async () => {
    const facts = await store.listing();
    return facts.problem === undefined ? undefined : facts;
  });
  expect(problem).toMatch(/^eu-west-1: ServerException/);
  expect((await store.listing()).listedAt).toBeUndefined();
  ecs.failing.clear();
  const facts = await until("a listing", async () => {
    const now = await store.listing();
    return now.listedAt === undefined ? undefined : now;
  });
  expect(facts.problem).toBeUndefined();
  expect(await store.clusters()).toEqual([cluster]);
  await untilFilled(cluster);
  expect(stored[0]).toEqual([cluster]);
});

test("clusters of other accounts and regions are left alone and said to be forsaken", async () => {
  const ours = fill("ours");
  const foreign = [arnOf("far", "us-west-2"), arnOf("theirs", "eu-west-1", "999900009999")];
  for (const cluster of foreign)
    await store.apply(cluster, [
      observeTask(aTask("t1", "i1", { clusterArn: cluster }), "event", clock.now()),
    ]);
  start();
  await untilFilled(ours);
  const [far, theirs] = await Promise.all(foreign.map(problemOf));
  expect(far).toMatch(/nobody compares.*AWS_REGION=us-west-2/);
  expect(theirs).toMatch(/credentials of account 999900009999/);
  for (const cluster of foreign) expect(await tasksOf(cluster)).toEqual(["t1"]);
});

test("clusters of another region are compared by a client of that region; one region's failure is its own", async () => {
  const far = new TestEcs();
  const third = new TestEcs();
  third.failing.set("listClusters", "ServerException");
  const near = fill("near");
  const there = fill("there", "us-west-2", far);
  start({
    regions: [
      { region: () => Promise.resolve("ap-south-1"), ecs: third },
      { region: () => Promise.resolve("us-west-2"), ecs: far },
      { region: () => Promise.resolve("eu-west-1"), ecs },
    ],
  });
  await Promise.all([untilFilled(near), untilFilled(there)]);
  expect(ecs.calls.some((call) => call.includes("us-west-2"))).toBe(false);
});

/** An ECS in us-west-2 whose lists of clusters, from the `first` on, nobody answers until `answer` is called. */
function silentFrom(first: number) {
  const far = new TestEcs();
  const gate = Promise.withResolvers<void>();
  far.before = (operation, count) =>
    operation === "listClusters" && count >= first ? gate.promise : undefined;
  ends.push(async () => gate.resolve());
  const regions = [
    { region: () => Promise.resolve("us-west-2"), ecs: far },
    { region: () => Promise.resolve("eu-west-1"), ecs },
  ];
  let looks = 0;
  const logsBegun: StateStore["logsBegun"] = () => (looks++, store.logsBegun());
  /** Empties Redis when the loop has seen what it has: the second look from now on begins after it. */
  const empty = async () => {
    const from = looks;
    await until("a look", () => (looks >= from + 2 ? true : undefined));
    const raw = new Redis(redis.url.replace("unix://", ""));
    await raw.flushall();
    raw.disconnect();
  };
  return { far, options: { regions, store: { ...store, logsBegun } }, answer: gate.resolve, empty };
}

test("a region whose list does not come holds up no other, and its clusters that are known are compared", async () => {
  const { far, options, answer, empty } = silentFrom(1);
  const [near, known, there] = [
    fill("near"),
    fill("known", "us-west-2", far),
    fill("there", "us-west-2", far),
  ];
  await store.addCluster(known);
  start(options);
  await Promise.all([untilFilled(near), untilFilled(known)]);
  await empty();
  await Promise.all([untilFilled(near), untilFilled(known)]);
  expect(await store.listing()).toEqual({});
  expect(await store.clusters()).not.toContain(there);
  answer();
  await untilFilled(there);
  await until("a listing", async () => (await store.listing()).listedAt);
});

test("what was listed of a region stays to be compared while the next list does not come", async () => {
  const { far, options, empty } = silentFrom(2);
  const [near, there] = [fill("near"), fill("there", "us-west-2", far)];
  start({ ...options, intervalMs: 500 });
  await Promise.all([untilFilled(near), untilFilled(there)]);
  await until("a list that does not come", () =>
    far.count("listClusters") === 2 ? true : undefined,
  );
  await empty();
  await Promise.all([untilFilled(near), untilFilled(there)]);
  expect(far.count("listClusters")).toBe(2);
});

test("a Redis that was emptied is filled again at once, though no event comes", async () => {
  const clusters = [fill("quiet"), fill("calm")];
  start();
  for (const cluster of clusters) await untilFilled(cluster);
  const raw = new Redis(redis.url.replace("unix://", ""));
  await raw.flushall();
  raw.disconnect();
  for (const cluster of clusters) await untilFilled(cluster);
});

test("a Redis that restarted with data of a while ago is compared with the next event", async () => {
  const cluster = fill("a");
  start();
  await untilFilled(cluster);
  const { meta, tasks } = clusterKeys(cluster);
  const raw = new Redis(redis.url.replace("unix://", ""));
  await raw.multi().hset(meta, "run", "an earlier process").hdel(tasks, "t2").exec();
  raw.disconnect();
  expect(await tasksOf(cluster)).toEqual(["t1"]);
  const stopping = aTask("t1", "i1", { clusterArn: cluster, version: "9" });
  await store.apply(cluster, [observeTask(stopping, "event", clock.now())]);
  await untilFilled(cluster);
});

test("after a restart of Redis a cluster is compared again when all that was under way can be seen", async () => {
  const cluster = fill("a");
  const restartedAt = clock.now() - unsettledMs + 2000;
  const raw = new Redis(redis.url.replace("unix://", ""));
  await raw.hset(clusterKeys(cluster).freshness, "restartedAt", restartedAt);
  raw.disconnect();
  start();
  await untilFilled(cluster);
  const comparedFrom = await until("a comparison that counts", async () => {
    const { comparedFrom: from = 0 } = await store.freshness(cluster);
    return from >= restartedAt + unsettledMs ? from : undefined;
  });
  expect(comparedFrom).toBeLessThan(restartedAt + unsettledMs + 60_000);
});

/** As after a restart of Redis that is long enough ago for a comparison to tell what it lost. */
async function restarted(cluster: string): Promise<void> {
  await store.addCluster(cluster);
  const raw = new Redis(redis.url.replace("unix://", ""));
  await raw.hset(clusterKeys(cluster).freshness, "restartedAt", clock.now() - 2 * unsettledMs);
  raw.disconnect();
}

test("after a restart of Redis a comparison that fails is tried again with the pauses of any other", async () => {
  const cluster = fill("a");
  await restarted(cluster);
  const begun: number[] = [];
  ecs.before = (operation) => {
    if (operation === "listContainerInstances") begun.push(clock.monotonic());
  };
  ecs.failing.set("listTasks", "AccessDeniedException");
  start();
  await until("three comparisons", () => (begun.length >= 3 ? true : undefined));
  const [first = 0, second = 0, third = 0] = begun;
  expect(second - first).toBeGreaterThanOrEqual(1000);
  expect(third - second).toBeGreaterThanOrEqual(2000);
  ecs.failing.clear();
  await until(
    "a comparison that counts",
    async () => (await store.freshness(cluster)).comparedFrom,
  );
  expect(begun.length).toBeLessThanOrEqual(4);
});

test("after a restart of Redis a cluster that another worker compares is left to it for a while", async () => {
  const cluster = fill("a");
  await restarted(cluster);
  const other = await store.takeLease(cluster, "reconcile", "another worker", 60_000);
  const asked: number[] = [];
  const takeLease: StateStore["takeLease"] = (...call) => {
    asked.push(clock.monotonic());
    return store.takeLease(...call);
  };
  start({ store: { ...store, takeLease }, intervalMs: 1000 });
  await until("three looks", () => (asked.length >= 3 ? true : undefined));
  const [first = 0, second = 0, third = 0] = asked;
  expect(second - first).toBeGreaterThanOrEqual(1000);
  expect(third - second).toBeGreaterThanOrEqual(1000);
  await store.releaseLease(cluster, "reconcile", other.held ? other.lease : "");
  await until(
    "a comparison that counts",
    async () => (await store.freshness(cluster)).comparedFrom,
  );
});

test("after a restart of Redis a comparison that another worker did too early is done again", async () => {
  const cluster = fill("a");
  await restarted(cluster);
  let asked = 0;
  const elsewhere: Partial<StateStore> = {
    freshness: async (...call) => ({
      ...(await store.freshness(...call)),
      lastReconciledAt: clock.now(),
    }),
    takeLease: (...call) =>
      asked++ === 0
        ? Promise.resolve({ held: false, holder: "another worker" })
        : store.takeLease(...call),
  };
  start({ store: { ...store, ...elsewhere }, intervalMs: 1000 });
  await until(
    "a comparison that counts",
    async () => (await store.freshness(cluster)).comparedFrom,
  );
  expect(asked).toBe(2);
});

test("after a restart of Redis a cluster that ECS has no more is looked for once an interval", async () => {
  const cluster = arnOf("gone");
  const ended = aTask("t1", "i1", {
    clusterArn: cluster,
    lastStatus: "STOPPED",
    desiredStatus: "STOPPED",
  });
  await store.apply(cluster, [observeTask(ended, "event", clock.now())]);
  await restarted(cluster);
  const asked: number[] = [];
  ecs.before = (operation) => {
    if (operation === "listContainerInstances") asked.push(clock.monotonic());
  };
  start({ intervalMs: 2000 });
  await until("three looks", () => (asked.length >= 3 ? true : undefined));
  const [first = 0, second = 0, third = 0] = asked;
  expect(second - first).toBeGreaterThanOrEqual(500);
  expect(third - second).toBeGreaterThanOrEqual(2000);
});

test("a Redis that is emptied in the middle of a comparison has everything in the end", async () => {
  const cluster = arnOf("large");
  const { tasks } = ecs.addCluster(cluster);
  for (let index = 0; index < 1000; index++)
    tasks.set(`t${index}`, aTask(`t${index}`, undefined, { clusterArn: cluster }));
  const raw = new Redis(redis.url.replace("unix://", ""));
  ends.push(async () => raw.disconnect());
  ecs.before = async (operation, count) => {
    if (operation === "describeTasks" && count === 6) await raw.flushall();
  };
  start();
  await until("all tasks", async () =>
    (await store.records(cluster, "t")).size === 1000 ? true : undefined,
  );
});

test("a cluster that ECS has no more is forgotten; one that is only not listed is not", async () => {
  const [stays, goes] = [fill("stays"), fill("goes")];
  start({ intervalMs: 500 });
  await Promise.all([untilFilled(stays), untilFilled(goes)]);
  ecs.listClusters = () => Promise.resolve([]);
  ecs.clusters.delete(goes);
  await until("the cluster to be gone", async () =>
    (await store.clusters()).includes(goes) ? undefined : true,
  );
  expect(await tasksOf(stays)).toEqual(["t1", "t2"]);
  expect(await store.clusters()).toEqual([stays]);
});

test("a clock that was set back does not stop the comparing until it has caught up", async () => {
  const cluster = fill("a");
  start({ intervalMs: 500 });
  await untilFilled(cluster);
  await store.noteFreshness(cluster, { lastReconciledAt: clock.now() + 86_400_000 });
  ecs.clusters.get(cluster)?.tasks.delete("t2");
  await until("t2 to be gone", async () =>
    (await tasksOf(cluster)).length === 1 ? true : undefined,
  );
  await until("a comparison of today", async () => {
    const { lastReconciledAt = Infinity } = await store.freshness(cluster);
    return lastReconciledAt <= clock.now() ? true : undefined;
  });
});

test("two workers share the clusters: each is compared by one of them", async () => {
  const clusters = ["a", "b", "c", "d", "e", "f"].map((name) => fill(name));
  const lists = () => ecs.calls.filter((call) => call.startsWith("listContainerInstances"));
  let open = () => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  ecs.before = (operation) => (operation === "listContainerInstances" ? gate : undefined);
  start();
  start();
  const underWay = await until("all to be under way", () =>
    lists().length >= 6 ? lists() : undefined,
  );
  // Whoever comes to a cluster only after it was given back compares it once more at its own start.
  expect(new Set(underWay).size).toBe(underWay.length);
  open();
  for (const cluster of clusters) await untilFilled(cluster);
});
