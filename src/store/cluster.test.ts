// A real Redis Cluster while nodes fail and slots move: writers go on, readers are told of every change or that they
// must begin anew, and nothing that was lost is taken for known.
import {
  afterAll,
  beforeAll,
  beforeEach,
  afterEach,
  describe,
  expect,
  it,
  onTestFinished,
} from "vitest";
import { openInformer } from "../changes/informer.ts";
import type { Informer } from "../changes/informer.ts";
import { systemClock } from "../clock.ts";
import { createLog } from "../log.ts";
import { systemRandom } from "../random.ts";
import { aTask } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { testPassword, testRedisCluster } from "../testing/redis-nodes.ts";
import type { RedisNode, TestCluster } from "../testing/redis-nodes.ts";
import { clusterKeys } from "./keys.ts";
import { decodeTask, observeTask } from "./record.ts";
import { openRedisStore } from "./redis-store.ts";
import type { StateStore } from "./store.ts";

const clock = systemClock;
const log = createLog("test", "silent");
const arnOf = (name: string) => `arn:aws:ecs:eu-west-1:111122223333:cluster/${name}`;

let redis: TestCluster;
let store: StateStore;
let informer: Informer;

beforeAll(async () => {
  redis = await testRedisCluster({ replicas: 1, nodeTimeoutMs: 1000 });
}, 60_000);
afterAll(() => redis.stop());

const open = (name: string) =>
  openRedisStore({ url: redis.url, name, clock, random: systemRandom });

beforeEach(async () => {
  store = open("writer");
  informer = openInformer({ store: open("reader"), clock, log });
  await until("the store", () => store.ping().then(() => true as const));
  await informer.loaded;
});
afterEach(async () => {
  await informer.close();
  await store.close();
});

/** One task of the cluster whose version counts up. */
async function write(cluster: string, version: number): Promise<void> {
  const task = { ...aTask("t1", undefined, { version: String(version) }), clusterArn: cluster };
  await store.apply(cluster, [observeTask(task, "event", clock.now())]);
}

/** The same, however long it takes. */
const writeAtLast = (cluster: string, version: number) =>
  until(`version ${version}`, () => write(cluster, version).then(() => true as const), 30_000);

const seen = (cluster: string): number =>
  Number(informer.views.get(cluster)?.tasks.get("t1")?.version ?? 0);

const seesAt = (cluster: string, version: number) =>
  until(`version ${version} at the reader`, () => seen(cluster) === version || undefined, 20_000);

async function stored(cluster: string): Promise<number> {
  const record = (await store.records(cluster, "t")).get("t1") ?? "";
  return Number(decodeTask(record, cluster).version);
}

/** What a subscriber is told: versions in order, and where it had to begin anew. */
function follow(cluster: string): { readonly told: (number | "anew")[] } {
  const told: (number | "anew")[] = [];
  informer.listen((notice) => {
    if (notice.cluster !== cluster) return;
    if (notice.type === "replaced") told.push("anew");
    if (notice.type === "changes")
      for (const { after } of notice.changes)
        if (after?.kind === "task") told.push(Number(after.version));
  });
  return { told };
}

async function replicaOf({ id }: RedisNode): Promise<RedisNode> {
  for (const node of redis.nodes)
    if (node.isUp() && String(await node.redis.cluster("NODES")).includes(`myself,slave ${id}`))
      return node;
  throw new Error(`node ${id} has no replica`);
}

const keyOf = (cluster: string) => clusterKeys(cluster).meta;

/** Names of ECS clusters, each of whose keys another master has. */
async function oneOnEach(prefix: string): Promise<string[]> {
  const found = new Map<string, string>();
  for (let at = 0; found.size < 3; at++) {
    const arn = arnOf(`${prefix}${at}`);
    const { id } = await redis.masterOf(keyOf(arn));
    if (!found.has(id)) found.set(id, arn);
  }
  return [...found.values()];
}

describe("announcements", () => {
  it("wake a listener wherever the keys are, and of clusters that come later", async () => {
    const woken = new Set<string | undefined>();
    const signal = new AbortController().signal;
    const watch = await store.watch((cluster) => void woken.add(cluster), signal);
    const clusters = await oneOnEach("announced-");
    for (const cluster of clusters) {
      await write(cluster, 1);
      await until("to hear of a new cluster", () => woken.has(undefined) || undefined);
    }
    for (const cluster of clusters)
      await until(`an announcement of ${cluster}`, async () => {
        await write(cluster, clock.now());
        return woken.has(cluster) || undefined;
      });
    await watch?.close();
  });

  it("come from one shard only: others are not bothered", async () => {
    const [cluster = ""] = await oneOnEach("sharded-");
    const owner = await redis.masterOf(keyOf(cluster));
    await write(cluster, 1);
    const { channel } = clusterKeys(cluster);
    await until(
      "the reader to listen",
      async () =>
        String(await owner.redis.call("PUBSUB", "SHARDCHANNELS")).includes(channel) || undefined,
    );
    for (const { redis: node, id } of redis.nodes.slice(0, 3))
      expect(String(await node.call("PUBSUB", "SHARDCHANNELS")).includes(channel)).toBe(
        id === owner.id,
      );
  });
});

describe("a slot that moves while its keys are written", () => {
  it("costs a reader no change and no new beginning", async () => {
    const [cluster = ""] = await oneOnEach("moved-");
    await write(cluster, 1);
    await seesAt(cluster, 1);
    const { told } = follow(cluster);
    const to = await redis.masterOf(keyOf((await oneOnEach("moved-"))[1] ?? ""));
    let last = 1;
    let isMoving = true;
    const writing = (async () => {
      while (isMoving) await writeAtLast(cluster, ++last);
    })();
    await redis.moveSlot(keyOf(cluster), to, () => clock.sleep(300));
    isMoving = false;
    await writing;
    await writeAtLast(cluster, ++last);
    await seesAt(cluster, last);
    expect((await redis.masterOf(keyOf(cluster))).id).toBe(to.id);
    expect(told).toEqual(Array.from({ length: last - 1 }, (_, at) => at + 2));
    expect(await stored(cluster)).toBe(last);
  });
});

describe("records that are read in pages while their slot moves", () => {
  it("are all read: a cursor of one node means nothing to the next one", async () => {
    const [cluster = "", other = ""] = await oneOnEach("paged-");
    const ids = Array.from({ length: 1500 }, (_, at) => `t${at}`);
    const tasks = ids.map((id) => ({ ...aTask(id, undefined), clusterArn: cluster }));
    await store.apply(
      cluster,
      tasks.map((task) => observeTask(task, "event", clock.now())),
    );
    const to = await redis.masterOf(keyOf(other));
    const read = new Set<string>();
    let isMoved = false;
    for await (const page of store.recordPages(cluster, "t")) {
      for (const [id] of page) read.add(id);
      if (!isMoved) await redis.moveSlot(keyOf(cluster), to);
      isMoved = true;
    }
    expect(ids.filter((id) => !read.has(id))).toEqual([]);
  });
});

describe("a master that hands over to its replica", () => {
  it("costs a reader no change and no new beginning", async () => {
    const [cluster = ""] = await oneOnEach("handed-");
    await write(cluster, 1);
    await seesAt(cluster, 1);
    const { told } = follow(cluster);
    const master = await redis.masterOf(keyOf(cluster));
    const replica = await replicaOf(master);
    let last = 1;
    let isWriting = true;
    const writing = (async () => {
      while (isWriting) await writeAtLast(cluster, ++last);
    })();
    await replica.redis.cluster("FAILOVER");
    await until(
      "the replica to take over",
      async () => (await redis.masterOf(keyOf(cluster))).id === replica.id || undefined,
    );
    isWriting = false;
    await writing;
    await writeAtLast(cluster, ++last);
    await seesAt(cluster, last);
    expect(told).toEqual(Array.from({ length: last - 1 }, (_, at) => at + 2));
    // The writer had noticed: another process had to begin a run, although it has lost nothing.
    const runs = await replica.redis.xrange(clusterKeys(cluster).log, "-", "+");
    expect(runs.filter(([, fields]) => fields[1] === "r")).toHaveLength(1);
  });
});

describe("a master that is killed", () => {
  it("takes what its replica had not got with it, and whoever has seen that begins anew", async () => {
    const [cluster = "", other = ""] = await oneOnEach("killed-");
    for (const each of [cluster, other]) await write(each, 1);
    for (const each of [cluster, other]) await seesAt(each, 1);
    const { told } = follow(cluster);
    const { told: toldOfOther } = follow(other);
    const before = await store.read(cluster, 0, 1);
    const master = await redis.masterOf(keyOf(cluster));
    const replica = await replicaOf(master);
    await replicaHasAll(master, replica);
    onTestFinished(async () => {
      await replica.redis.config("SET", "masterauth", testPassword);
      await master.restart();
      await redis.settled();
    }, 30_000);
    // The way between them is cut: it cannot log in again.
    await replica.redis.config("SET", "masterauth", "wrong");
    await replica.redis.call("CLIENT", "KILL", "TYPE", "master");
    await write(cluster, 2);
    await write(cluster, 3);
    await seesAt(cluster, 3);
    const lost = await store.read(cluster, 0, 1);
    await master.kill9();
    await writeAtLast(cluster, 4);
    await seesAt(cluster, 4);
    // The new run is begun before the first write to it: who reads in between is told of that write by itself.
    expect(told.slice(0, 3)).toEqual([2, 3, "anew"]);
    expect([[], [4]]).toContainEqual(told.slice(3));
    expect(await informer.changesSince(cluster, lost, (all) => all)).toBe("expired");
    expect(await informer.changesSince(cluster, before, (all) => all)).toMatchObject([
      { before: { version: "1" }, after: { version: "4" } },
    ]);
    // No number that was lost is given out again, however many are written before somebody looks.
    const after = await store.read(cluster, before.seq, 10);
    expect(after.entries[0]).toMatchObject({ kind: "r", previous: before.seq });
    expect(after.entries[1]?.seq).toBeGreaterThan(lost.seq + 1_000_000);
    // Another cluster's log went on all the time.
    await writeAtLast(other, 2);
    await seesAt(other, 2);
    expect(toldOfOther).toEqual([2]);
  }, 60_000);
});

describe("what was acknowledged", () => {
  it("is there after the master that acknowledged it was killed", async () => {
    const [cluster = ""] = await oneOnEach("kept-");
    await write(cluster, 1);
    const master = await redis.masterOf(keyOf(cluster));
    const acknowledged: string[] = [];
    let isKilled = false;
    onTestFinished(async () => {
      isKilled = true;
      await master.restart();
      await redis.settled();
    }, 30_000);
    const people = Array.from({ length: 4 }, async (_, person) => {
      for (let at = 0; !isKilled; at++) {
        const id = `d${person}-${at}`;
        const asked = { kind: "d", id, expected: undefined, record: `{"name":"${id}"}` } as const;
        const answer = await store.writeAcknowledged(cluster, [asked]).catch(() => undefined);
        if (answer?.outcome === "written") acknowledged.push(id);
        else await clock.sleep(20);
      }
    });
    await until("some answers", () => acknowledged.length >= 8 || undefined);
    // Each node is looked at: none of them has an append-only file, and each has a replica.
    expect(await store.weakness()).toBeUndefined();
    await master.kill9();
    isKilled = true;
    const missing = await until("the node to be missed", () =>
      store.ping().then(
        () => undefined,
        ({ message, cause }: Error) => (cause instanceof Error ? cause.message : message),
      ),
    );
    expect(missing).toContain(master.name);
    await Promise.all(people);
    const there = await until("the next master", () => store.records(cluster, "d"), 30_000);
    expect(acknowledged.filter((id) => !there.has(id))).toEqual([]);
  }, 60_000);
});

async function replicaHasAll(master: RedisNode, replica: RedisNode): Promise<void> {
  const offsetOf = async (node: RedisNode, name: string) =>
    new RegExp(`^${name}:(\\d+)`, "m").exec(await node.redis.info("replication"))?.[1];
  await until(
    "the replica to have all",
    async () =>
      (await offsetOf(master, "master_repl_offset")) ===
        (await offsetOf(replica, "slave_repl_offset")) || undefined,
  );
}
