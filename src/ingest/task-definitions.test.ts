// Task definitions on a real Redis: each is asked for once, kept while a task refers to it, and never in the way.
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { arnId } from "../ecs/arn.ts";
import type { TaskDefinitionReader } from "../ecs/ecs-api.ts";
import type { TaskDefinition } from "../ecs/task-definition.ts";
import { systemRandom } from "../random.ts";
import { decodeTaskDefinition, observeTask } from "../store/record.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { aTask, aTaskDefinition, testCluster } from "../testing/entities.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { createTaskDefinitions } from "./task-definitions.ts";
import type { TaskDefinitions } from "./task-definitions.ts";

/** Waits pass at once, so that a test need not. */
const clock: Clock = { ...systemClock, after: (_, callback) => systemClock.after(1, callback) };
const waiting = { timeout: 10_000, interval: 5 };
const otherCluster = testCluster.replace("quay", "harbor");
const [lamp1, lamp2, lamp3] = ["1", "2", "3"].map((revision) => aTaskDefinition(revision)) as [
  TaskDefinition,
  TaskDefinition,
  TaskDefinition,
];

/** ECS as far as it is asked here. */
class Registry implements TaskDefinitionReader {
  readonly definitions = new Map<string, TaskDefinition>();
  readonly asked: string[] = [];
  /** What the ARNs of those that may not be asked for, or that nobody answers for, have in them. */
  denied: string | undefined;
  silent: string | undefined;
  readonly heard = Promise.withResolvers<void>();
  async describeTaskDefinition(arn: string): Promise<TaskDefinition | undefined> {
    this.asked.push(arnId(arn));
    if (this.silent !== undefined && arn.includes(this.silent)) await this.heard.promise;
    if (this.denied !== undefined && arn.includes(this.denied))
      throw Object.assign(new Error("not authorized to perform ecs:DescribeTaskDefinition"), {
        name: "AccessDeniedException",
      });
    return this.definitions.get(arn);
  }
}

let redis: TestRedis;
let store: StateStore;
let registry: Registry;
let lines: string[];
let definitions: TaskDefinitions;

beforeAll(async () => {
  redis = await testRedis({ appendonly: false });
});
afterAll(async () => {
  await redis.stop();
});
beforeEach(async () => {
  await redis.restart();
  store = openRedisStore({ url: redis.url, name: "definitions", clock, random: systemRandom });
  await vi.waitFor(() => store.ping(), waiting);
  registry = new Registry();
  for (const each of [lamp1, lamp2, lamp3]) registry.definitions.set(each.arn, each);
  lines = [];
  const log = pino({ level: "warn" }, { write: (line) => void lines.push(line) });
  definitions = createTaskDefinitions({ reader: registry, store, clock, log });
  return async () => {
    registry.heard.resolve();
    await definitions.close();
    await store.close();
  };
});

async function stored(cluster = testCluster): Promise<string[]> {
  return [...(await store.records(cluster, "f")).keys()].toSorted();
}

async function untilStored(...ids: string[]): Promise<void> {
  await vi.waitFor(async () => expect(await stored()).toEqual(ids), waiting);
}

const seen = (id: string, definition: TaskDefinition, lastStatus = "RUNNING") =>
  observeTask(
    aTask(id, "a", { taskDefinitionArn: definition.arn, lastStatus, desiredStatus: lastStatus }),
    "event",
    clock.now(),
  );

describe("what a task refers to", () => {
  it("is asked for once, whichever clusters use it and however often it is wanted", async () => {
    for (let event = 0; event < 50; event++) definitions.want(testCluster, [lamp1.arn, lamp2.arn]);
    await untilStored("lamp:1", "lamp:2");
    definitions.want(otherCluster, [lamp2.arn]);
    await vi.waitFor(async () => expect(await stored(otherCluster)).toEqual(["lamp:2"]), waiting);
    definitions.want(testCluster, [lamp1.arn, lamp3.arn]);
    await untilStored("lamp:1", "lamp:2", "lamp:3");
    expect(registry.asked.toSorted()).toEqual(["lamp:1", "lamp:2", "lamp:3"]);
    const record = (await store.records(testCluster, "f")).get("lamp:2") ?? "";
    expect(decodeTaskDefinition(record)).toEqual(lamp2);
  });

  it("is not asked for again when ECS does not know it", async () => {
    registry.definitions.delete(lamp1.arn);
    definitions.want(testCluster, [lamp1.arn, lamp2.arn]);
    await untilStored("lamp:2");
    definitions.want(testCluster, [lamp1.arn]);
    definitions.want(otherCluster, [lamp1.arn, lamp3.arn]);
    await vi.waitFor(async () => expect(await stored(otherCluster)).toEqual(["lamp:3"]), waiting);
    expect(registry.asked.filter((id) => id === "lamp:1")).toHaveLength(1);
  });

  it("waits for the permission, with one line in the log, and comes when it is given", async () => {
    registry.denied = "arn:";
    definitions.want(testCluster, [lamp1.arn, lamp2.arn]);
    await vi.waitFor(() => expect(registry.asked.length).toBeGreaterThan(12), waiting);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/lack a permission.*ecs:DescribeTaskDefinition/);
    registry.denied = undefined;
    await untilStored("lamp:1", "lamp:2");
  });
});

describe("what cannot be had", () => {
  const account = "999900009999";
  const foreign = (arn: string) => arn.replace("111122223333", account);

  it("of an account that refuses, leaves those of others", async () => {
    registry.denied = account;
    definitions.want(foreign(testCluster), [foreign(lamp1.arn)]);
    definitions.want(testCluster, [foreign(lamp2.arn), lamp2.arn]);
    await untilStored("lamp:2");
    definitions.want(testCluster, [lamp3.arn]);
    await untilStored("lamp:2", "lamp:3");
    await vi.waitFor(() => expect(lines).toHaveLength(1), waiting);
    expect(lines[0]).toContain(account);
  });

  it("of an account that does not answer, leaves those of others", async () => {
    registry.silent = account;
    definitions.want(foreign(testCluster), [foreign(lamp1.arn)]);
    await vi.waitFor(() => expect(registry.asked).toEqual(["lamp:1"]), waiting);
    definitions.want(testCluster, [lamp2.arn]);
    await untilStored("lamp:2");
  });

  it("of one cluster, leaves other clusters of its account", async () => {
    registry.denied = "lamp:1";
    definitions.want(otherCluster, [lamp1.arn]);
    definitions.want(testCluster, [lamp1.arn, lamp2.arn]);
    await untilStored("lamp:2");
    registry.denied = undefined;
    await untilStored("lamp:1", "lamp:2");
    await vi.waitFor(async () => expect(await stored(otherCluster)).toEqual(["lamp:1"]), waiting);
  });
});

describe("a sweep", () => {
  it("of a cluster that cannot be read leaves the others", async () => {
    await definitions.close();
    const recordPages: StateStore["recordPages"] = (cluster, kind) => {
      if (cluster === otherCluster) throw new Error("planted");
      return store.recordPages(cluster, kind);
    };
    const log = pino({ level: "silent" });
    const halved = { ...store, recordPages };
    definitions = createTaskDefinitions({ reader: registry, store: halved, clock, log });
    await store.apply(testCluster, [seen("t1", lamp1)]);
    definitions.sweep(otherCluster);
    definitions.sweep(testCluster);
    await untilStored("lamp:1");
  });

  it("finds what no event told of, and nothing for tasks that have ended", async () => {
    await store.apply(testCluster, [seen("t1", lamp1), seen("t2", lamp2, "STOPPED")]);
    definitions.sweep(testCluster);
    await untilStored("lamp:1");
    expect(registry.asked).toEqual(["lamp:1"]);
  });

  it("drops what no task refers to at two sweeps, and keeps what a stopped one does", async () => {
    await store.apply(testCluster, [seen("t1", lamp1), seen("t2", lamp2), seen("t3", lamp3)]);
    definitions.sweep(testCluster);
    await untilStored("lamp:1", "lamp:2", "lamp:3");
    await store.apply(testCluster, [
      { ...seen("t2", lamp2, "STOPPED"), version: "2" },
      { ...seen("t4", lamp2), version: "1" },
    ]);
    await store.remove(testCluster, [{ kind: "t", id: "t3", version: "" }], 0);
    await store.remove(testCluster, [{ kind: "t", id: "t4", version: "" }], 0);
    let { seq } = await store.read(testCluster, 0, 1);
    await vi.waitFor(async () => {
      definitions.sweep(testCluster);
      expect(await stored()).toEqual(["lamp:1", "lamp:2"]);
    }, waiting);
    const page = await store.read(testCluster, seq, 10);
    expect(page.entries.map(({ kind }) => kind)).toEqual(["f"]);
    seq = page.seq;
    // It comes back at once, from memory, when a task refers to it again.
    await store.apply(testCluster, [seen("t5", lamp3)]);
    definitions.sweep(testCluster);
    await untilStored("lamp:1", "lamp:2", "lamp:3");
    expect(registry.asked).toHaveLength(3);
  });
});
