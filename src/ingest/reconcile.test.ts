// One cluster compared with an ECS in memory, on real Redis: what is repaired, what is left alone because ECS's reads
// are eventually consistent, and what a missing permission takes away.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Task } from "../ecs/task.ts";
import { systemRandom } from "../random.ts";
import { decodeContainerInstance, decodeTask, observeTask } from "../store/record.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { anInstance, aTask } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { reconcileCluster } from "./reconcile.ts";
import { TestEcs } from "./test-ecs.ts";

let redis: TestRedis;
let store: StateStore;
let ecs: TestEcs;
let cluster: string;
let tasks: Map<string, Task>;
let instances: Map<string, ContainerInstance>;
let clusters = 0;
/** Runs where the comparison waits for ECS to make up its mind. */
let meanwhile: () => Promise<unknown>;
const clock: Clock = { ...systemClock, sleep: () => meanwhile().then(() => undefined) };
const stopped = { lastStatus: "STOPPED", desiredStatus: "STOPPED" };

beforeAll(async () => {
  redis = await testRedis({ appendonly: false });
  store = openRedisStore({ url: redis.url, name: "reconcile", clock, random: systemRandom });
  await until("Redis", () => store.ping().then(() => true as const));
});
afterAll(async () => {
  await store.close();
  await redis.stop();
});
beforeEach(() => {
  ecs = new TestEcs();
  cluster = `arn:aws:ecs:eu-west-1:111122223333:cluster/quay${++clusters}`;
  ({ tasks, instances } = ecs.addCluster(cluster));
  meanwhile = () => Promise.resolve();
});

const reconcile = () => reconcileCluster({ ecs, store, clock, retentionMs: 3_600_000 }, cluster);

function task(id: string, version: number, rest: Partial<Task> = {}): Task {
  return aTask(id, "a", { version: String(version), clusterArn: cluster, ...rest });
}

const hear = (...heard: Task[]) =>
  store.apply(
    cluster,
    heard.map((each) => observeTask(each, "event", clock.now())),
  );

async function known(): Promise<Record<string, Task>> {
  const records = await store.records(cluster, "t");
  return Object.fromEntries([...records].map(([id, record]) => [id, decodeTask(record, cluster)]));
}

async function versions(): Promise<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(await known()).map(([id, { version }]) => [id, version]),
  );
}

test("repairs drift in both directions, counts it, and finds nothing the next time", async () => {
  await hear(task("older", 2), task("same", 3), task("gone", 4), task("ended", 5, stopped));
  tasks.set("older", task("older", 7));
  tasks.set("same", task("same", 3));
  tasks.set("unheard", task("unheard", 1));
  tasks.set("died", task("died", 8, stopped));
  instances.set("i1", anInstance("i1", { clusterArn: cluster }));
  expect(await reconcile()).toMatchObject({ drift: 5, instances: 1, tasks: 3, problems: [] });
  expect(await versions()).toEqual({ older: "7", same: "3", unheard: "1", died: "8", ended: "5" });
  expect(await reconcile()).toMatchObject({ drift: 0 });
});

test("an older description changes nothing; one of the same version brings what only the API tells", async () => {
  const running = { connectivity: "CONNECTED" };
  await hear(task("late", 9, running), task("same", 3, running));
  const tags = [{ key: "team", value: "pier" }];
  tasks.set("late", task("late", 4, { lastStatus: "PENDING", tags }));
  tasks.set("same", task("same", 3, { tags, healthStatus: "HEALTHY" }));
  expect(await reconcile()).toMatchObject({ drift: 0 });
  expect(await known()).toMatchObject({
    late: { version: "9", lastStatus: "RUNNING", tags: [] },
    same: { version: "3", connectivity: "CONNECTED", healthStatus: "HEALTHY", tags },
  });
});

test("an event that comes while ECS is asked is not overwritten", async () => {
  await hear(task("moving", 2));
  tasks.set("moving", task("moving", 3));
  ecs.before = async (operation) => {
    if (operation === "describeTasks") await hear(task("moving", 6, stopped));
  };
  await reconcile();
  expect(await known()).toMatchObject({ moving: { version: "6", lastStatus: "STOPPED" } });
});

test("what ECS calls missing once and knows a moment later stays", async () => {
  await hear(task("created", 1));
  meanwhile = async () => tasks.set("created", task("created", 2));
  expect(await reconcile()).toMatchObject({ drift: 1 });
  expect(await versions()).toEqual({ created: "2" });
});

test("what is heard of while ECS calls it missing stays", async () => {
  await hear(task("lively", 1), task("gone", 1));
  meanwhile = () => hear(task("lively", 2), task("new", 1));
  expect(await reconcile()).toMatchObject({ drift: 1 });
  expect(await versions()).toEqual({ lively: "2", new: "1" });
});

test("what is removed stays away from late events, and comes back by ECS's own word", async () => {
  await hear(task("gone", 4));
  await reconcile();
  expect(await hear(task("gone", 5))).toEqual(["tombstoned"]);
  tasks.set("gone", task("gone", 5));
  await reconcile();
  expect(await versions()).toEqual({ gone: "5" });
});

test("a day later no event brings back what was removed, however short the retention is", async () => {
  await hear(task("gone", 4));
  await reconcile();
  await store.trim(cluster, 0, clock.now() + 23 * 3_600_000);
  expect(await hear(task("gone", 5))).toEqual(["tombstoned"]);
});

test("a list may hold what is gone by the time it is described", async () => {
  tasks.set("brief", task("brief", 1));
  tasks.set("there", task("there", 1));
  ecs.before = (operation) => {
    if (operation === "describeTasks") tasks.delete("brief");
  };
  expect(await reconcile()).toMatchObject({ drift: 1, problems: [] });
  expect(await versions()).toEqual({ there: "1" });
});

test("asks only once for what has ended, and not at all for what was removed with its history", async () => {
  await hear(task("ended", 5, stopped), task("removed", 5, stopped));
  await store.remove(cluster, [{ kind: "t", id: "removed", version: "" }], clock.now() + 60_000);
  for (const id of ["ended", "removed"]) tasks.set(id, task(id, 5, stopped));
  expect(await reconcile()).toMatchObject({ drift: 0 });
  expect(ecs.count("describeTasks")).toBe(0);
  expect(Object.keys(await known())).toEqual(["ended"]);
});

test("a stopped task that ECS still lists and whose retention is over does not come back", async () => {
  const long = clock.now() - 25 * 3_600_000;
  tasks.set("old", task("old", 5, { ...stopped, stoppedAt: long }));
  expect(await reconcile()).toMatchObject({ drift: 0 });
  expect(await known()).toEqual({});
});

test("tasks are repaired when container instances may not be read, and the other way round", async () => {
  tasks.set("t1", task("t1", 1));
  instances.set("i1", anInstance("i1", { clusterArn: cluster }));
  ecs.failing.set("listContainerInstances", "AccessDeniedException");
  const { problems } = await reconcile();
  expect(problems).toEqual([expect.stringMatching(/^container instances: .*permission/)]);
  expect(await versions()).toEqual({ t1: "1" });
  ecs.failing.clear();
  ecs.failing.set("describeTasks", "AccessDeniedException");
  expect((await reconcile()).problems).toEqual([expect.stringMatching(/^tasks: /)]);
  const [record = ""] = (await store.records(cluster, "i")).values();
  expect(decodeContainerInstance(record, cluster).version).toBe("1");
});

test("one description that cannot be read is a problem; the others are stored", async () => {
  tasks.set("t1", task("t1", 1));
  const describe = ecs.describeTasks.bind(ecs);
  ecs.describeTasks = async (of, ids) => {
    const described = await describe(of, ids);
    const odd = { arn: "arn:odd", reason: "UNREADABLE", detail: "version is no whole number" };
    return { ...described, failures: [odd] };
  };
  expect((await reconcile()).problems).toEqual(["arn:odd: version is no whole number"]);
  expect(await versions()).toEqual({ t1: "1" });
});

test("makes the fewest calls: lists, and a hundred a description", async () => {
  for (let index = 0; index < 250; index++) tasks.set(`t${index}`, task(`t${index}`, 1));
  for (let index = 0; index < 101; index++) {
    const id = `i${index}`;
    instances.set(id, anInstance(id, { clusterArn: cluster }));
  }
  await reconcile();
  expect(ecs.calls).toHaveLength(3 + 3 + 2);
});
