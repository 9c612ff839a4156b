// Views on a real Redis: whatever happens between, a view ends up equal to the store, and no reader misses a change.
import { setImmediate } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../clock.ts";
import { arnId } from "../ecs/arn.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { Task } from "../ecs/task.ts";
import { createLog } from "../log.ts";
import { seededRandom, systemRandom } from "../random.ts";
import { encodeTaskDefinition, observeContainerInstance, observeTask } from "../store/record.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { anInstance, aTask, aTaskDefinition, testCluster } from "../testing/entities.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { decodeRecord } from "./change.ts";
import type { Change } from "./change.ts";
import { ClusterView } from "./cluster-view.ts";
import type { Position } from "./cursor.ts";
import { openInformer } from "./informer.ts";
import type { Informer } from "./informer.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
console.log(`informer.test.ts seed ${seed} (FUZZ_SEED)`);
const log = createLog("test", "silent");
const waiting = { timeout: 15_000, interval: 10 };

let redis: TestRedis;
let raw: Redis;
let one: StateStore;
let two: StateStore;
const informers: Informer[] = [];

const open = (name: string): StateStore =>
  openRedisStore({ url: redis.url, name, clock: systemClock, random: systemRandom });

beforeAll(async () => {
  redis = await testRedis();
  raw = new Redis(redis.url.replace("unix://", ""), { maxRetriesPerRequest: null });
  raw.on("error", () => {}); // it comes back by itself after a restart
  one = open("one");
  two = open("two");
});
afterAll(async () => {
  for (const each of [one, two]) await each.close();
  raw.disconnect();
  await redis.stop();
});
beforeEach(async () => {
  for (const informer of informers.splice(0)) await informer.close();
  await raw.flushall();
  for (const each of [one, two]) await vi.waitFor(() => each.ping(), waiting);
});

async function follow(): Promise<Informer> {
  const informer = openInformer({ store: one, clock: systemClock, log });
  informers.push(informer);
  await informer.loaded;
  return informer;
}

/** A write of some task, newer than any before. A failure is tried again: Redis may be away. */
let lastVersion = 0;
async function put(id: string, rest: Partial<Task> = {}, store = one, cluster = testCluster) {
  const task = aTask(id, "a", { version: String(++lastVersion), clusterArn: cluster, ...rest });
  const observation = observeTask(task, "event", systemClock.now());
  await vi.waitFor(() => store.apply(cluster, [observation]), waiting);
}

const since = (informer: Informer, position: Position) =>
  informer.changesSince(testCluster, position, (changes) => changes);

/** The store's records, decoded, in the shape of the view's maps. */
async function truth(cluster: ClusterArn): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const kind of ["i", "t", "d", "p", "f"] as const)
    for (const [id, record] of await two.records(cluster, kind))
      found[`${kind} ${id}`] = decodeRecord(kind, record, cluster);
  return found;
}

function seen(informer: Informer, cluster: ClusterArn): Record<string, unknown> {
  const view = informer.views.get(cluster);
  const found: Record<string, unknown> = {};
  for (const [id, instance] of view?.instances ?? []) found[`i ${id}`] = instance;
  for (const [id, task] of view?.tasks ?? []) found[`t ${id}`] = task;
  for (const [id, definition] of view?.taskDefinitions ?? []) found[`f ${id}`] = definition;
  return found;
}

async function settled(informer: Informer, cluster = testCluster): Promise<void> {
  await vi.waitFor(async () => {
    expect(informer.problem()).toBeUndefined();
    expect(informer.views.get(cluster)?.seq).toBe((await two.read(cluster, 0, 1)).seq);
    expect(seen(informer, cluster)).toEqual(await truth(cluster));
  }, waiting);
}

/** Writes of every kind by one writer, until `rounds` are over. */
async function scribble(store: StateStore, name: string, rounds: number): Promise<void> {
  const random = seededRandom(`${seed}-${name}`);
  for (let round = 0; round < rounds; round++) {
    const id = `${random.int(1, 20)}`;
    const version = String(random.int(1, 200));
    const act = random.int(0, 11);
    const now = systemClock.now();
    if (act < 6) {
      const lastStatus = random.pick(["PENDING", "RUNNING", "STOPPED"]);
      const task = aTask(id, random.pick(["a", "b"]), { version, lastStatus });
      await store.apply(testCluster, [observeTask(task, random.pick(["event", "describe"]), now)]);
    } else if (act < 9) {
      const instance = anInstance(id, { version, agentConnected: random.chance(0.5) });
      await store.apply(testCluster, [observeContainerInstance(instance, "event")]);
    } else if (act < 11) {
      const record = random.chance(0.7) ? encodeTaskDefinition(aTaskDefinition(id)) : undefined;
      await store.putTaskDefinitions(testCluster, new Map([[`lamp:${id}`, record]]));
    } else {
      const kind = random.pick(["t", "i"] as const);
      await store.remove(testCluster, [{ kind, id, version: "" }], now);
    }
  }
}

describe("following", () => {
  it("ends up equal to the store, whoever writes and whenever it began", async () => {
    await scribble(one, "before", 50);
    const early = await follow();
    const notices: Change[] = [];
    early.listen((notice) => {
      if (notice.type === "changes") notices.push(...notice.changes);
    });
    const from = early.views.get(testCluster)?.seq ?? 0;
    const writers = [scribble(one, "w1", 300), scribble(two, "w2", 300)];
    const late = await follow();
    await Promise.all(writers);
    await settled(early);
    await settled(late);
    const to = early.views.get(testCluster)?.seq ?? 0;
    expect(notices.map(({ seq }) => seq)).toEqual(
      Array.from({ length: to - from }, (_, at) => from + at + 1),
    );
    const view = late.views.get(testCluster);
    expect([...(view?.taskIds.after(undefined) ?? [])]).toEqual(
      [...(view?.tasks.keys() ?? [])].toSorted(),
    );
    for (const instance of ["a", "b"]) {
      const arn = anInstance(instance).arn;
      const there = [...(view?.tasks.values() ?? [])].filter(
        (task) => task.containerInstanceArn === arn,
      );
      expect([...(view?.tasksOn(instance) ?? [])].toSorted()).toEqual(
        there.map((task) => arnId(task.arn)).toSorted(),
      );
    }
  });

  it("hears of clusters that appear, and forgets removed ones", async () => {
    const informer = await follow();
    expect(informer.views.size).toBe(0);
    const other = `${testCluster}-new`;
    await put("x", {}, two, other);
    await settled(informer, other);
    expect([...informer.views.keys()]).toEqual([other]);
    await two.remove(other, [{ kind: "t", id: "x", version: "" }], 0);
    expect(await two.removeCluster(other)).toBe(true);
    await vi.waitFor(() => expect(informer.views.size).toBe(0), waiting);
  });
});

describe("faults", () => {
  it("survives that all its connections are cut", async () => {
    await put("x");
    const informer = await follow();
    for (let round = 0; round < 5; round++) {
      for (const type of ["normal", "pubsub"])
        await raw.call("CLIENT", "KILL", "TYPE", type, "SKIPME", "yes");
      await put(`y${round}`);
    }
    await settled(informer);
    expect(informer.views.get(testCluster)?.tasks.size).toBe(6);
  });

  it("survives that Redis dies and comes back with its data", async () => {
    await raw.config("SET", "appendfsync", "always");
    await put("x");
    const informer = await follow();
    let replaced = 0;
    informer.listen(({ type }) => {
      if (type === "replaced") replaced++;
    });
    await settled(informer);
    await redis.kill9();
    await vi.waitFor(() => expect(informer.problem()).toMatch(/Redis/), waiting);
    await redis.restart();
    await put("y");
    await settled(informer);
    expect(seen(informer, testCluster)).toHaveProperty("t x");
    expect(replaced).toBe(0);
  });

  it("shows nothing stale after FLUSHALL", async () => {
    await put("x");
    await put("only-before");
    const informer = await follow();
    await raw.flushall();
    await put("x");
    await settled(informer);
    expect(Object.keys(seen(informer, testCluster))).toEqual(["t x"]);
    await raw.flushall();
    await vi.waitFor(() => expect(informer.views.size).toBe(0), waiting);
    await put("z");
    await settled(informer);
    expect(Object.keys(seen(informer, testCluster))).toEqual(["t z"]);
  });
});

const tasks = (version: string, count: number) =>
  Array.from({ length: count }, (_, at) =>
    observeTask(aTask(`${version}-${at}`, "a", { version }), "event", systemClock.now()),
  );

/** An informer that reads nothing of the log any more until it may. */
async function followHeld() {
  const gate = { mayRead: Promise.resolve(), letRead: () => {} };
  const held: StateStore = {
    ...one,
    read: async (...asked) => {
      await gate.mayRead;
      return one.read(...asked);
    },
  };
  const informer = openInformer({ store: held, clock: systemClock, log });
  informers.push(informer);
  await informer.loaded;
  gate.mayRead = new Promise((resolve) => (gate.letRead = resolve));
  const view = informer.views.get(testCluster);
  if (!view) throw new Error("no view");
  return { informer, view, letRead: gate.letRead };
}

describe("a view that is behind the log", () => {
  it("catches up in steps, each of them told where it ends, and the process goes on meanwhile", async () => {
    await one.apply(testCluster, tasks("1", 700));
    const { informer, view, letRead } = await followHeld();
    const from = view.seq;
    const told: number[] = [];
    const steps: { readonly length: number; readonly isAtEnd: boolean }[] = [];
    informer.listen((notice) => {
      const changes = notice.type === "changes" ? notice.changes : [];
      told.push(...changes.map(({ seq }) => seq));
      const isAtEnd = view.seq === told.at(-1) && view.tasks.size === 700 + told.length;
      steps.push({ length: changes.length, isAtEnd });
    });
    await one.apply(testCluster, tasks("2", 3000));
    letRead();
    // What other work of this process sees at each of its turns.
    const seenSizes = new Set<number>();
    while (view.seq < from + 3000) {
      seenSizes.add(view.tasks.size);
      await setImmediate();
    }
    expect(seenSizes.size).toBeGreaterThan(3000 / 300);
    expect(steps.filter(({ length, isAtEnd }) => length > 300 || !isAtEnd)).toEqual([]);
    expect(told).toEqual(Array.from({ length: 3000 }, (_, at) => from + at + 1));
    await settled(informer);
  });

  it("tells in each step what an entity was there, however often it changes later", async () => {
    await put("x");
    const { informer, view, letRead } = await followHeld();
    const versions: string[] = [];
    informer.listen((notice) => {
      for (const { id, after } of notice.type === "changes" ? notice.changes : [])
        if (id === "x" && after?.kind === "task") versions.push(after.version);
    });
    const writes: string[] = [];
    for (let round = 0; round < 4; round++) {
      await put("x");
      writes.push(String(lastVersion));
      await one.apply(testCluster, tasks(`1${round}`, 600));
    }
    letRead();
    await vi.waitFor(() => expect(view.tasks.size).toBe(2401), waiting);
    expect(versions).toEqual(writes);
  });

  it("says expired for what a crash amid that undid, from the step on that passes it", async () => {
    await put("x");
    const { informer, view, letRead } = await followHeld();
    await one.apply(testCluster, tasks("2", 600));
    const { epoch } = view;
    const undone = { epoch, seq: view.seq + 600 + 3 };
    await redis.restart();
    await put("y");
    await one.apply(testCluster, tasks("3", 600));
    letRead();
    const answers = new Set<unknown>();
    while (view.tasks.size < 1202) {
      if (view.seq > undone.seq) answers.add(await since(informer, undone));
      await setImmediate();
    }
    expect([...answers]).toEqual(["expired"]);
    await settled(informer);
  });

  it("beyond what the log has answers whole until a new one is whole, and the process goes on meanwhile", async () => {
    await one.apply(testCluster, tasks("1", 700));
    const { informer, view: old, letRead } = await followHeld();
    await one.apply(testCluster, tasks("2", 3000));
    await one.trim(testCluster, systemClock.now() + 1000, systemClock.now());
    const loading = vi.spyOn(ClusterView, "load");
    letRead();
    // What other work of this process sees at each of its turns.
    const seenSizes = new Set<number>();
    let turnsOfLoading = 0;
    while (informer.views.get(testCluster) === old) {
      seenSizes.add(informer.views.get(testCluster)?.tasks.size ?? 0);
      if (loading.mock.calls.length > 0) turnsOfLoading++;
      await setImmediate();
    }
    loading.mockRestore();
    expect([...seenSizes]).toEqual([700]);
    expect(informer.views.get(testCluster)?.tasks.size).toBe(3700);
    expect(turnsOfLoading).toBeGreaterThan(3700 / 300);
    await settled(informer);
  });
});

describe("changesSince", () => {
  it("resumes from every earlier position, from memory and from the log alike", async () => {
    await put("x");
    const informer = await follow();
    await scribble(one, "history", 60);
    await put("end");
    await settled(informer);
    const fresh = await follow();
    const view = informer.views.get(testCluster);
    if (!view) throw new Error("no view");
    const { epoch, seq: end } = view;
    const whole = await since(fresh, { epoch, seq: 0 });
    if (whole === "expired") throw new Error("expired");
    expect(whole.map(({ seq }) => seq)).toEqual(Array.from({ length: end }, (_, at) => at + 1));
    for (let seq = 0; seq <= end; seq++) {
      expect(await since(fresh, { epoch, seq })).toEqual(whole.slice(seq));
      expect(await since(informer, { epoch, seq })).toEqual(whole.slice(seq));
    }
    expect(await since(informer, { epoch: "other", seq: end })).toBe("expired");
    expect(await since(informer, { epoch, seq: end + 1 })).toBe("expired");
  });

  it("says expired once the log was trimmed", async () => {
    for (const id of ["a", "b", "c", "d"]) await put(id);
    await one.trim(testCluster, systemClock.now() + 1000, systemClock.now());
    await put("e");
    const informer = await follow();
    const epoch = informer.views.get(testCluster)?.epoch ?? "";
    for (const seq of [0, 1, 3]) expect(await since(informer, { epoch, seq })).toBe("expired");
    const rest = await since(informer, { epoch, seq: 4 });
    expect(rest === "expired" ? rest : rest.map(({ id }) => id)).toEqual(["e"]);
  });

  it("says expired for a change that a crash undid, although this view never saw it", async () => {
    await put("x");
    const informer = await follow();
    const { epoch = "", seq = 0 } = informer.views.get(testCluster) ?? {};
    await redis.restart();
    await put("y");
    await settled(informer);
    expect(await since(informer, { epoch, seq: seq + 3 })).toBe("expired");
    const rest = await since(informer, { epoch, seq });
    expect(rest === "expired" ? rest : rest.map(({ id }) => id)).toEqual(["y"]);
  });

  it("reaches behind a restart that nothing has followed yet, with what became of endpoints", async () => {
    await put("x");
    const { epoch } = await one.read(testCluster, 0, 1);
    await redis.restart();
    await vi.waitFor(() => one.ping(), waiting);
    await one.addCluster(testCluster);
    const informer = await follow();
    informer.followEndpoints();
    const missed = await since(informer, { epoch, seq: 0 });
    expect(missed === "expired" ? missed : missed.map(({ id }) => id)).toEqual(["x"]);
  });
});
