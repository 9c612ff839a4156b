// Subscriptions on a real Redis, without sockets: wherever somebody begins, ends or resumes, what they are told adds
// up to the same, with no gap and no repeat.
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { decodeCursor } from "../../changes/cursor.ts";
import { openInformer } from "../../changes/informer.ts";
import type { Informer } from "../../changes/informer.ts";
import { systemClock } from "../../clock.ts";
import type { ContainerInstance } from "../../ecs/container-instance.ts";
import type { Task } from "../../ecs/task.ts";
import { createLog } from "../../log.ts";
import { encodePlace } from "../page.ts";
import { seededRandom, systemRandom } from "../../random.ts";
import { clustersKey } from "../../store/keys.ts";
import { observeContainerInstance, observePrivateIp, observeTask } from "../../store/record.ts";
import { openRedisStore } from "../../store/redis-store.ts";
import type { StateStore } from "../../store/store.ts";
import { anInstance, aTask, testCluster } from "../../testing/entities.ts";
import { createFollowers } from "../../testing/follower.ts";
import type { Followed, Follower, Followers } from "../../testing/follower.ts";
import { testRedis } from "../../testing/redis.ts";
import type { TestRedis } from "../../testing/redis.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
console.log(`hub.test.ts seed ${seed} (FUZZ_SEED)`);
const log = createLog("test", "silent");
const waiting = { timeout: 15_000, interval: 5 };

let redis: TestRedis;
let raw: Redis;
let one: StateStore;
let two: StateStore;
const opened: { informer: Informer; followers: Followers }[] = [];

const open = (name: string): StateStore =>
  openRedisStore({ url: redis.url, name, clock: systemClock, random: systemRandom });

beforeAll(async () => {
  redis = await testRedis();
  raw = new Redis(redis.url.replace("unix://", ""), { maxRetriesPerRequest: null });
  raw.on("error", () => {});
  one = open("one");
  two = open("two");
});
afterAll(async () => {
  await closeReplicas();
  for (const each of [one, two]) await each.close();
  raw.disconnect();
  await redis.stop();
});
beforeEach(async () => {
  await closeReplicas();
  await raw.flushall();
  for (const each of [one, two]) await vi.waitFor(() => each.ping(), waiting);
});

async function closeReplicas(): Promise<void> {
  for (const { informer, followers } of opened.splice(0)) {
    followers.close();
    await informer.close();
  }
}

interface Replica extends Followers {
  readonly informer: Informer;
}

async function startReplica(store = one): Promise<Replica> {
  const informer = openInformer({ store, clock: systemClock, log });
  const followers = createFollowers(informer, store, systemClock);
  opened.push({ informer, followers });
  await informer.loaded;
  return { informer, ...followers };
}

let lastVersion = 0;
async function put(id: string, rest: Partial<Task> = {}, cluster = testCluster, store = one) {
  const task = aTask(id, "a", { version: String(++lastVersion), clusterArn: cluster, ...rest });
  await vi.waitFor(
    () => store.apply(cluster, [observeTask(task, "event", systemClock.now())]),
    waiting,
  );
}

async function putInstance(id: string, rest: Partial<ContainerInstance> = {}) {
  const instance = anInstance(id, { version: String(++lastVersion), ...rest });
  await one.apply(testCluster, [observeContainerInstance(instance, "event")]);
}

const remove = (id: string, kind: "t" | "i" = "t") =>
  one.remove(testCluster, [{ kind, id, version: "" }], 0);

async function settled({ informer }: Replica, cluster = testCluster): Promise<void> {
  await vi.waitFor(async () => {
    expect(informer.views.get(cluster)?.seq).toBe((await two.read(cluster, 0, 1)).seq);
  }, waiting);
}

/** Waits until so many items have come; returns those. */
async function take({ items, error }: Follower, count: number): Promise<Followed[]> {
  await vi.waitFor(() => {
    const failure = error();
    if (failure) throw failure;
    expect(items.length).toBeGreaterThanOrEqual(count);
  }, waiting);
  return items.slice(0, count);
}

const running = `subscription ($after: String, $snapshot: Boolean, $heartbeat: Int) {
  taskChanges(
    filter: { lastStatus: [RUNNING] }, after: $after, snapshot: $snapshot, heartbeatSeconds: $heartbeat
  ) { type cursor changed task { id version lastStatus } }
}`;

const shown = (items: readonly Followed[]) =>
  items.map(({ type, entity }) => `${type} ${entity ? String(entity["id"]) : ""}`.trim());

const codeOf = (error: unknown): unknown =>
  error instanceof Error && "extensions" in error ? error.extensions : error;

describe("what a subscription is told", () => {
  it("is the snapshot, SYNCED, then what begins, changes and ceases to match", async () => {
    await put("a");
    await put("b", { lastStatus: "PENDING" });
    const { follow } = await startReplica();
    const follower = follow(running, { snapshot: true });
    expect(shown(await take(follower, 2))).toEqual(["ADDED a", "SYNCED"]);
    await put("b", { connectivity: "CONNECTED" });
    await put("c", { lastStatus: "PENDING" });
    await put("a", { connectivity: "DISCONNECTED" });
    await put("c", { lastStatus: "ACTIVATING" });
    await put("a", { lastStatus: "STOPPED" });
    await put("a", { lastStatus: "DELETED" });
    await remove("b");
    await put("z");
    expect(shown(await take(follower, 7)).slice(2)).toEqual([
      "ADDED b",
      "MODIFIED a",
      "REMOVED a",
      "REMOVED b",
      "ADDED z",
    ]);
  });

  it("names what differs, and is silent about what nobody selected", async () => {
    await put("a", { lastStatus: "PENDING" });
    const { follow } = await startReplica();
    const all = follow(
      `subscription { taskChanges { type changed task { id lastStatus containers { exitCode } } } }`,
    );
    const versions = follow(`subscription { taskChanges { type changed task { id version } } }`);
    const byReads = follow(
      `subscription { taskChanges(filter: { desiredStatus: "RUNNING", lastStatus: [PENDING, RUNNING] }) { type changed task { id } } }`,
    );
    const anything = follow(`subscription { taskChanges { type changed } }`);
    for (const each of [all, versions, byReads, anything]) await each.opened;
    const container = { arn: "c", name: "web", networkBindings: [], networkInterfaces: [] };
    await put("a", { lastStatus: "PENDING" }); // only its version
    await put("a", { lastStatus: "RUNNING" });
    await put("a", { lastStatus: "RUNNING", group: "g" }); // nothing that `all` selects
    await put("a", {
      lastStatus: "RUNNING",
      group: "g",
      containers: [{ ...container, lastStatus: "RUNNING" }],
    });
    await put("a", {
      lastStatus: "RUNNING",
      group: "g",
      containers: [{ ...container, lastStatus: "STOPPED", exitCode: 3 }],
    });
    const changes = (follower: Follower) => follower.items.map(({ changed }) => changed);
    await take(versions, 5);
    expect(changes(versions)).toEqual([
      ["version"],
      ["lastStatus", "version", "timeline"],
      ["group", "version"],
      ["version", "containers"],
      ["version", "containers.lastStatus", "containers.exitCode"],
    ]);
    expect(changes(all)).toEqual([
      ["lastStatus", "version", "timeline"],
      ["version", "containers"],
      ["version", "containers.lastStatus", "containers.exitCode"],
    ]);
    expect(changes(byReads)).toEqual([["lastStatus", "version", "timeline"]]);
    expect(changes(anything)).toHaveLength(4);
  });

  it("leaves out an instance that is announced again with nothing new", async () => {
    await putInstance("a");
    const { follow } = await startReplica();
    const follower = follow(
      `subscription { containerInstanceChanges { type changed containerInstance { id status agentConnected remainingResources { name value } } } }`,
    );
    await follower.opened;
    await putInstance("a");
    await putInstance("a", { updatedAt: 17 });
    await putInstance("a", { agentConnected: false });
    await put("noise");
    await putInstance("b");
    await take(follower, 2);
    expect(follower.items.map(({ type, changed }) => [type, ...changed])).toEqual([
      ["MODIFIED", "agentConnected", "agentConnectedSince", "version"],
      ["ADDED"],
    ]);
  });

  it("says when an instance starts or stops to match by the tasks that are on it", async () => {
    await putInstance("a");
    const replica = await startReplica();
    const document = `subscription ($after: String, $snapshot: Boolean) {
      containerInstanceChanges(filter: { expression: "task:group == family:web" }, after: $after, snapshot: $snapshot) {
        type cursor containerInstance { id agentConnected }
      }
    }`;
    const follower = replica.follow(document, { snapshot: true });
    await take(follower, 1);
    const web = { group: "family:web" };
    await put("x", { ...web, lastStatus: "PENDING" });
    await put("x", web);
    await put("y", web);
    await put("x", { ...web, lastStatus: "STOPPED" });
    await putInstance("a", { agentConnected: false });
    await remove("y");
    await putInstance("a", { agentConnected: true });
    await put("z", web);
    const told = await take(follower, 5);
    expect(shown(told)).toEqual(["SYNCED", "ADDED a", "MODIFIED a", "REMOVED a", "ADDED a"]);
    await settled(replica);
    for (let cut = 1; cut < told.length; cut++) {
      const resumed = replica.follow(document, { after: told[cut - 1]?.cursor ?? "" });
      await resumed.opened;
      expect([...told.slice(0, cut), ...resumed.items]).toEqual(told);
      resumed.end();
    }
  });

  it("ends alone where a filter fails, and the others miss nothing", async () => {
    await putInstance("a");
    const replica = await startReplica();
    const pattern = "attribute:stack =~ '(.{0,20}.{0,20}.{0,20}.{0,20}.{0,20}){0,4}x'";
    const changes = `subscription ($expression: String) {
      containerInstanceChanges(filter: { expression: $expression }) { type containerInstance { id attributes { value } } }
    }`;
    const hostile = replica.follow(changes, { expression: Array(25).fill(pattern).join(" or ") });
    const other = replica.follow(changes);
    for (const each of [hostile, other]) await each.opened;
    const instances = Array.from({ length: 60 }, (_, each) =>
      anInstance(`i${each}`, { attributes: [{ name: "stack", value: "y".repeat(400) }] }),
    );
    await one.apply(
      testCluster,
      instances.map((each) => observeContainerInstance(each, "event")),
    );
    await take(other, 60);
    expect(codeOf(hostile.error())).toEqual({ code: "BAD_USER_INPUT" });
    expect(replica.informer.problem()).toBeUndefined();
  });

  it("carries a young cursor while nothing matches, for whoever asks", async () => {
    await put("a");
    const { follow } = await startReplica();
    const follower = follow(running, { heartbeat: 1 });
    const silent = follow(running);
    await follower.opened;
    for (const id of ["b", "c"]) await put(id, { lastStatus: "PENDING" });
    const [beat] = await take(follower, 1);
    expect(beat).toMatchObject({ type: "SYNCED", changed: [], entity: undefined });
    const later = follow(running, { after: beat?.cursor ?? "" });
    await later.opened;
    await put("d");
    expect(shown(await take(later, 1))).toEqual(["ADDED d"]);
    expect(shown(await take(silent, 1))).toEqual(["ADDED d"]);
  });

  it("says that a whole cluster is gone, and to whoever resumes from before", async () => {
    const other = `${testCluster}-2`;
    await put("a");
    await put("b", {}, other);
    const replica = await startReplica();
    const follower = replica.follow(running, { snapshot: true });
    const clusters = replica.follow(
      `subscription { clusterChanges(snapshot: true) { type cursor changed cluster { arn taskCounts { running } } } }`,
    );
    await take(follower, 3);
    await take(clusters, 3);
    const before = follower.items[2]?.cursor ?? "";
    // To a reader that has not read its last changes yet, a cluster ends with all that was in it.
    await raw.srem(clustersKey, other);
    await raw.publish(clustersKey, other);
    await take(follower, 4);
    expect(shown(follower.items).slice(3)).toEqual(["REMOVED b"]);
    await take(clusters, 4);
    expect(clusters.items[3]).toMatchObject({ type: "REMOVED", entity: { arn: other } });
    const late = replica.follow(running, { after: before });
    await expect(late.opened).rejects.toMatchObject({ extensions: { code: "CURSOR_EXPIRED" } });
    const now = replica.follow(running, { after: follower.items[3]?.cursor ?? "" });
    await now.opened;
  });
});

describe("resuming", () => {
  it("adds up to the same, cut anywhere and resumed at either replica", async () => {
    await put("first");
    const here = await startReplica();
    const there = await startReplica(two);
    const uncut = here.follow(running, { snapshot: true });
    await take(uncut, 2);
    const random = seededRandom(seed);
    for (let round = 0; round < 60; round++) {
      const id = `t${random.int(1, 6)}`;
      if (random.chance(0.15)) await remove(id);
      else await put(id, { lastStatus: random.pick(["PENDING", "RUNNING", "ACTIVATING"]) });
    }
    await put("last");
    await settled(here);
    await settled(there);
    await vi.waitFor(() => expect(uncut.items.at(-1)?.entity?.["id"]).toBe("last"), waiting);
    const whole = uncut.items;
    expect(whole.length).toBeGreaterThan(10);
    for (let cut = 2; cut < whole.length; cut++)
      for (const replica of [here, there]) {
        const resumed = replica.follow(running, { after: whole[cut - 1]?.cursor ?? "" });
        await resumed.opened;
        expect([...whole.slice(0, cut), ...resumed.items]).toEqual(whole);
        resumed.end();
      }
    expect(here.hub.size).toBe(1);
  });

  it("goes on live, in clusters that come later too", async () => {
    await put("a");
    const replica = await startReplica();
    const { items } = replica.follow(running, { snapshot: true });
    await vi.waitFor(() => expect(items).toHaveLength(2), waiting);
    await put("b");
    await settled(replica);
    const resumed = replica.follow(running, { after: items[1]?.cursor ?? "" });
    expect(shown(await take(resumed, 1))).toEqual(["ADDED b"]);
    await put("c");
    await put("d", {}, `${testCluster}-other`, two);
    expect(
      shown(await take(resumed, 3))
        .slice(1)
        .toSorted(),
    ).toEqual(["ADDED c", "ADDED d"]);
  });

  it("neither misses nor repeats what happens while its reader is slow", async () => {
    const [second, third] = [`${testCluster}-2`, `${testCluster}-3`];
    for (let each = 0; each < 30; each++) await put(`a${each}`);
    await put("b1", {}, second);
    const replica = await startReplica();
    const slow = replica.follow(running, { snapshot: true });
    slow.rest(true);
    await vi.waitFor(() => expect(slow.items.length).toBeGreaterThan(0), waiting);
    await put("b2", {}, second);
    await put("c1", {}, third);
    await put("a1", { lastStatus: "STOPPED" });
    for (const cluster of [testCluster, second, third]) await settled(replica, cluster);
    slow.rest(false);
    await put("end");
    await vi.waitFor(() => expect(slow.items.at(-1)?.entity?.["id"]).toBe("end"), waiting);
    const told = shown(slow.items);
    expect(told.slice(0, 31).every((each) => each.startsWith("ADDED"))).toBe(true);
    expect(told[31]).toBe("SYNCED");
    expect(told.slice(32).toSorted()).toEqual(["ADDED b2", "ADDED c1", "ADDED end", "REMOVED a1"]);
    expect(slow.held()).toBe(0);
  });

  it("waits for its own replica when the cursor comes from one that was ahead", async () => {
    await put("a");
    const here = await startReplica();
    const behind = await startReplica(two);
    const ahead = here.follow(running, { snapshot: true });
    await take(ahead, 2);
    await put("b");
    await take(ahead, 3);
    // Whether or not the other has heard of b by now, it is not told again.
    const resumed = behind.follow(running, { after: ahead.items[2]?.cursor ?? "" });
    await put("c");
    expect(shown(await take(resumed, 1))).toEqual(["ADDED c"]);
  });

  it("fails rather than pass over a gap", async () => {
    await put("a");
    const replica = await startReplica();
    const live = replica.follow(running, { snapshot: true });
    const [, synced] = await take(live, 2);
    await raw.flushall();
    await put("b");
    await vi.waitFor(
      () => expect(codeOf(live.error())).toEqual({ code: "CURSOR_EXPIRED" }),
      waiting,
    );
    await settled(replica);
    const late = replica.follow(running, { after: synced?.cursor ?? "" });
    await expect(late.opened).rejects.toMatchObject({ extensions: { code: "CURSOR_EXPIRED" } });
    expect(replica.hub.size).toBe(0);
  });
});

describe("cursors", () => {
  const clusters = `subscription ($after: String, $snapshot: Boolean) {
    clusterChanges(after: $after, snapshot: $snapshot) { type cursor cluster { arn taskCounts { total } } }
  }`;

  it("do not pass over what another cluster has not been told of yet", async () => {
    const second = `${testCluster}-2`;
    await put("a");
    await put("b", {}, second);
    const replica = await startReplica();
    const follower = replica.follow(clusters, { snapshot: true });
    await take(follower, 3);
    // Counts are told at most ten times a second: while one cluster waits for its turn, the other speaks.
    await put("b2", {}, second);
    await take(follower, 4);
    await put("b3", {}, second);
    await settled(replica, second);
    await put("a2");
    const told = await take(follower, 5);
    const resumed = replica.follow(clusters, { after: told[4]?.cursor ?? "" });
    await resumed.opened;
    const totals = new Map(
      [...told, ...resumed.items].map(({ entity }) => [entity?.["arn"], entity?.["taskCounts"]]),
    );
    expect(totals.get(testCluster)).toEqual({ total: 2 });
    expect(totals.get(second)).toEqual({ total: 3 });
  });

  it("name no cluster that was not told of: who is cut off before its turn hears of it as a new one", async () => {
    await put("a");
    const replica = await startReplica();
    const began = replica.follow(clusters, { snapshot: true });
    const [, synced] = await take(began, 2);
    began.end();
    // One of them comes before and one after what is known, in whatever order.
    const others = [`${testCluster}-2`, testCluster.replace("cluster/", "cluster/a-")];
    for (const cluster of others) {
      await put("b", {}, cluster);
      await settled(replica, cluster);
    }
    await put("a2");
    await settled(replica);
    const whole = await take(replica.follow(clusters, { after: synced?.cursor ?? "" }), 3);
    for (let cut = 1; cut < whole.length; cut++) {
      const resumed = replica.follow(clusters, { after: whole[cut - 1]?.cursor ?? "" });
      await resumed.opened;
      const seen = [...whole.slice(0, cut), ...resumed.items];
      const added = seen
        .filter(({ type }) => type === "ADDED")
        .map(({ entity }) => entity?.["arn"]);
      expect(added.toSorted()).toEqual(others.toSorted());
      resumed.end();
    }
  });

  it("of items of one position repeat that position, and nothing of long before", async () => {
    const containers = ["web", "admin"].map((name, at) => ({
      arn: name,
      name,
      lastStatus: "RUNNING",
      networkBindings: [
        { bindIP: "0.0.0.0", containerPort: 80 + at, hostPort: 32_000 + at, protocol: "tcp" },
      ],
      networkInterfaces: [],
    }));
    await putInstance("a");
    await one.apply(testCluster, [observePrivateIp("a", "10.0.0.1")]);
    const replica = await startReplica();
    const group = replica.follow(
      `subscription { endpointChanges { type cursor endpoint { id } } }`,
    );
    await group.opened;
    for (let each = 0; each < 20; each++) await put(`noise${each}`, { lastStatus: "PENDING" });
    await settled(replica);
    await put("y", { containers });
    await take(group, 2);
    const seqs = group.items.map(({ cursor }) => {
      const decoded = decodeCursor(cursor);
      return typeof decoded === "object" ? [...decoded.values()][0]?.seq : undefined;
    });
    expect(seqs[1]).toBe((seqs[0] ?? 0) + 1);
  });

  it("that nobody can read are refused, and places of lists as well", async () => {
    await put("a");
    const { follow } = await startReplica();
    for (const after of ["garbage", "", "W10x", "MTI", encodePlace("x y")])
      await expect(follow(running, { after }).opened).rejects.toMatchObject({
        extensions: { code: "BAD_USER_INPUT" },
      });
  });
});

describe("a name of clusters", () => {
  it("that comes to stand for a second one ends its subscriptions, which meant the first", async () => {
    await put("a");
    const replica = await startReplica();
    const [, name] = testCluster.split("/");
    const named = replica.follow(
      `subscription ($cluster: String!) { taskChanges(filter: { cluster: $cluster }) { type task { id } } }`,
      { cluster: name ?? "" },
    );
    const byArn = replica.follow(
      `subscription ($cluster: String!) { taskChanges(filter: { cluster: $cluster }) { type task { id } } }`,
      { cluster: testCluster },
    );
    for (const each of [named, byArn]) await each.opened;
    const elsewhere = testCluster.replace("eu-west-1", "us-west-2") as typeof testCluster;
    await put("b", {}, elsewhere);
    await vi.waitFor(
      () => expect(codeOf(named.error())).toEqual({ code: "BAD_USER_INPUT" }),
      waiting,
    );
    await put("c");
    expect(shown(await take(byArn, 1))).toEqual(["ADDED c"]);
    expect(named.items).toEqual([]);
  });
});

describe("sharing", () => {
  it("makes one of identical subscriptions, wherever each began, and tells all the same", async () => {
    await put("a");
    const { follow, hub } = await startReplica();
    const first = follow(running, { snapshot: true });
    await take(first, 2);
    await put("b");
    await take(first, 3);
    const resumed = follow(running, { after: first.items[1]?.cursor ?? "" });
    const literal = follow(
      `subscription Other { taskChanges(snapshot: false, filter: { lastStatus: [RUNNING] }) { type cursor changed task { id version lastStatus } } }`,
    );
    const another = follow(`subscription { taskChanges { type } }`);
    for (const each of [resumed, literal, another]) await each.opened;
    expect(hub.size).toBe(2);
    await put("c");
    await take(first, 4);
    await take(literal, 1);
    expect(resumed.items).toEqual(first.items.slice(2));
    expect(literal.items).toEqual(first.items.slice(3));
    for (const each of [first, resumed, literal, another]) each.end();
    expect(hub.size).toBe(0);
  });

  it("reaches each of many different filters with what matches it, and nothing else", async () => {
    await put("begin"); // a cluster that is new is told as it is when it is loaded
    const { follow } = await startReplica();
    const filters = ["family", "group", "startedBy", "containerInstance"].flatMap((name) =>
      ["x", "y"].map((value) => ({ name, value })),
    );
    const all = filters.map(({ name, value }) => ({
      name,
      value,
      follower: follow(
        `subscription ($value: String) { taskChanges(filter: { ${name}: $value }) { type task { id family group startedBy containerInstanceArn } } }`,
        { value },
      ),
    }));
    for (const { follower } of all) await follower.opened;
    const random = seededRandom(seed);
    const expected = new Map<string, string[]>();
    const state = new Map<string, Record<string, string>>();
    for (let round = 0; round < 80; round++) {
      const id = `t${random.int(1, 5)}`;
      const is = {
        family: random.pick(["x", "y", "z"]),
        group: random.pick(["x", "y", "z"]),
        startedBy: random.pick(["x", "y", "z"]),
        containerInstance: random.pick(["x", "y", "z"]),
      };
      const was = state.get(id);
      state.set(id, is);
      await put(id, {
        taskDefinitionArn: `arn:aws:ecs:eu-west-1:111122223333:task-definition/${is.family}:1`,
        group: is.group,
        startedBy: is.startedBy,
        containerInstanceArn: anInstance(is.containerInstance).arn,
      });
      for (const { name, value } of all) {
        const key = `${name} ${value}`;
        const [before, after] = [
          was && was[name as keyof typeof is] === value,
          is[name as keyof typeof is] === value,
        ];
        const same = was && JSON.stringify(was) === JSON.stringify(is);
        const type = after ? (before ? "MODIFIED" : "ADDED") : before ? "REMOVED" : undefined;
        if (type && !(type === "MODIFIED" && same))
          expected.set(key, [...(expected.get(key) ?? []), `${type} ${id}`]);
      }
    }
    for (const { name, value, follower } of all) {
      const wanted = expected.get(`${name} ${value}`) ?? [];
      await take(follower, wanted.length);
      expect(shown(follower.items)).toEqual(wanted);
    }
  });
});
