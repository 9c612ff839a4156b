// What a store keeps, what it refuses, and what the log says about it: the same on a real Redis and on the model of one
// that the fault simulation runs on.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Task } from "../ecs/task.ts";
import { applyRetention } from "../ingest/retention.ts";
import { createLog } from "../log.ts";
import { anInstance, aTask, testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { storeServers } from "../testing/store-servers.ts";
import type { StoreServer } from "../testing/store-servers.ts";
import {
  completeRecord,
  decodeContainerInstance,
  decodeTask,
  observeContainerInstance,
  observePrivateIp,
  observeTask,
} from "./record.ts";
import type { Observation } from "./record.ts";
import type { LogEntry, StateStore } from "./store.ts";

const startOfTime = 1_800_000_000_000;
let now = startOfTime;
const clock: Clock = { ...systemClock, now: () => now };
const log = createLog("test", "silent");

describe.each(storeServers)("a store on %s", (_name, start) => {
  let server: StoreServer;
  let store: StateStore;

  beforeAll(async () => {
    server = await start();
    store = await server.open({ clock });
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    now = startOfTime;
    await server.wipe();
  });

  const saw = (task: Task, source: "event" | "describe" = "event"): Observation =>
    observeTask(task, source, now);
  const version = (id: string, v: string, rest: Partial<Task> = {}): Observation =>
    saw(aTask(id, "a", { version: v, ...rest }));
  const apply = (...observations: Observation[]) => store.apply(testCluster, observations);

  async function storedTask(id: string): Promise<Task | undefined> {
    const record = (await store.records(testCluster, "t")).get(id);
    return record === undefined ? undefined : decodeTask(record, testCluster);
  }

  async function storedInstance(id: string): Promise<ContainerInstance | undefined> {
    const record = (await store.records(testCluster, "i")).get(id);
    return record === undefined ? undefined : decodeContainerInstance(record, testCluster);
  }

  async function entries(after = 0): Promise<LogEntry[]> {
    const page = await store.read(testCluster, after, 10_000);
    return page.entries.flatMap((entry) => (entry.kind === "r" ? [] : [entry]));
  }

  describe("version guard", () => {
    it("applies newer, drops repeats and older ones", async () => {
      expect(await apply(version("t1", "3"))).toEqual(["applied"]);
      expect(await apply(version("t1", "3"), version("t1", "2"), version("t1", "4"))).toEqual([
        "duplicate",
        "stale",
        "applied",
      ]);
      expect((await storedTask("t1"))?.version).toBe("4");
      expect(await entries()).toHaveLength(2);
    });

    it("compares versions as 64-bit decimals", async () => {
      expect(
        await apply(
          version("t1", "9"),
          version("t1", "10"),
          version("t1", "9"),
          version("t1", "9007199254740992"),
          version("t1", "9007199254740993"),
          version("t1", "9007199254740992"),
          version("t1", "9223372036854775807"),
          version("t1", "9223372036854775806"),
        ),
      ).toEqual(["applied", "applied", "stale", "applied", "applied", "stale", "applied", "stale"]);
      expect((await storedTask("t1"))?.version).toBe("9223372036854775807");
    });

    it("keeps tasks and instances of one id apart", async () => {
      await apply(version("same", "5"), observeContainerInstance(anInstance("same"), "event"));
      expect((await storedTask("same"))?.version).toBe("5");
      expect((await storedInstance("same"))?.version).toBe("1");
    });

    it("ends in the same state in whatever order events come", async () => {
      const steps = ["PROVISIONING", "PENDING", "RUNNING", "STOPPED"];
      const said = steps.map((lastStatus, at) => version("t1", String(at + 1), { lastStatus }));
      for (const order of [
        [3, 2, 1, 0],
        [0, 3, 1, 2],
        [2, 0, 3, 3],
      ]) {
        await server.wipe();
        for (const index of order) await apply(...said.slice(index, index + 1));
        expect(await storedTask("t1")).toMatchObject({ version: "4", lastStatus: "STOPPED" });
      }
    });

    it("refuses life after the end, whatever its version", async () => {
      await apply(version("t1", "5", { lastStatus: "STOPPED", desiredStatus: "STOPPED" }));
      expect(await apply(version("t1", "6"))).toEqual(["final"]);
      expect(await apply(saw(aTask("t1", "a", { version: "7" }), "describe"))).toEqual(["final"]);
      const deleted = { lastStatus: "DELETED", desiredStatus: "STOPPED" };
      expect(await apply(version("t1", "8", deleted))).toEqual(["applied"]);
      expect(await storedTask("t1")).toMatchObject({ version: "8", lastStatus: "DELETED" });
      const gone = anInstance("i1", { status: "INACTIVE", version: "4" });
      await apply(observeContainerInstance(gone, "event"));
      expect(
        await apply(observeContainerInstance(anInstance("i1", { version: "9" }), "event")),
      ).toEqual(["final"]);
      expect((await storedInstance("i1"))?.status).toBe("INACTIVE");
    });
  });

  describe("what different sources know", () => {
    it("keeps what Describe told when events follow", async () => {
      const told = aTask("t1", "a", {
        version: "2",
        capacityProvider: "cp",
        healthStatus: "HEALTHY",
        tags: [{ key: "team", value: "pier" }],
        containers: [
          {
            arn: "c",
            name: "main",
            lastStatus: "RUNNING",
            healthStatus: "HEALTHY",
            networkBindings: [],
            networkInterfaces: [],
          },
        ],
      });
      await apply(saw(told, "describe"));
      const { capacityProvider: _, healthStatus: __, ...bare } = told;
      const containers = told.containers.map(({ healthStatus: ___, ...container }) => container);
      await apply(
        saw({ ...bare, version: "3", tags: [], containers, connectivity: "DISCONNECTED" }),
      );
      expect(await storedTask("t1")).toMatchObject({
        version: "3",
        connectivity: "DISCONNECTED",
        capacityProvider: "cp",
        healthStatus: "HEALTHY",
        tags: [{ key: "team", value: "pier" }],
        containers: [{ name: "main", healthStatus: "HEALTHY" }],
      });
    });

    it("knows no health of a container that is called like a member of every object", async () => {
      const container = { lastStatus: "RUNNING", networkBindings: [], networkInterfaces: [] };
      const containers = [
        { ...container, arn: "c", name: "constructor" },
        { ...container, arn: "d", name: "__proto__", healthStatus: "HEALTHY" },
      ];
      await apply(saw(aTask("t1", "a", { containers }), "describe"));
      const known = (await storedTask("t1"))?.containers.map(({ healthStatus }) => healthStatus);
      expect(known).toEqual([undefined, "HEALTHY"]);
    });

    it("takes what Describe adds at an equal version, and nothing else of it", async () => {
      await apply(version("t1", "3", { connectivity: "CONNECTED" }));
      const told = { version: "3", healthStatus: "UNHEALTHY", connectivity: "DISCONNECTED" };
      expect(await apply(saw(aTask("t1", "a", told), "describe"))).toEqual(["merged"]);
      expect(await apply(saw(aTask("t1", "a", told), "describe"))).toEqual(["duplicate"]);
      expect(await storedTask("t1")).toMatchObject({
        healthStatus: "UNHEALTHY",
        connectivity: "CONNECTED",
      });
    });

    it("keeps known attributes when an event has none", async () => {
      const instance = anInstance("i1", { version: "2" });
      await apply(observeContainerInstance(instance, "event"));
      const empty = { ...instance, version: "3", attributes: [], agentConnected: false };
      await apply(observeContainerInstance(empty, "event"));
      expect(await storedInstance("i1")).toMatchObject({
        agentConnected: false,
        attributes: instance.attributes,
      });
      const other = { ...instance, version: "4", attributes: [{ name: "rack", value: "9" }] };
      await apply(observeContainerInstance(other, "event"));
      expect((await storedInstance("i1"))?.attributes).toEqual([{ name: "rack", value: "9" }]);
    });

    it("keeps an address from EC2 over events, and drops one of an unknown instance", async () => {
      expect(await apply(observePrivateIp("i1", "10.0.0.7"))).toEqual(["missing"]);
      expect(await storedInstance("i1")).toBeUndefined();
      await apply(observeContainerInstance(anInstance("i1"), "event"));
      expect(await apply(observePrivateIp("i1", "10.0.0.7"))).toEqual(["merged"]);
      expect(await apply(observePrivateIp("i1", "10.0.0.7"))).toEqual(["duplicate"]);
      await apply(observeContainerInstance(anInstance("i1", { version: "2" }), "describe"));
      expect(await storedInstance("i1")).toMatchObject({
        version: "2",
        privateIpAddress: "10.0.0.7",
      });
    });

    it("writes down when a task came to each status, once each", async () => {
      const at = 1_700_000_000_000;
      const step = (v: string, lastStatus: string, updatedAt: number) =>
        apply(version("t1", v, { lastStatus, updatedAt, createdAt: at, startedAt: at + 5000 }));
      await step("1", "PROVISIONING", at + 1);
      await step("2", "PENDING", at + 2000);
      await step("3", "PENDING", at + 3000);
      await step("5", "RUNNING", at + 6000);
      await step("4", "ACTIVATING", at + 4000);
      expect((await storedTask("t1"))?.timeline).toEqual([
        { lastStatus: "PROVISIONING", at },
        { lastStatus: "PENDING", at: at + 2000 },
        { lastStatus: "RUNNING", at: at + 5000 },
      ]);
    });
  });

  describe("removal", () => {
    it("removes only at the version that was known, and bars late events but not Describe", async () => {
      await apply(version("t1", "5"), version("t2", "50"));
      const t2 = { kind: "t", id: "t2", version: "5" } as const;
      expect(await store.remove(testCluster, [t2], now + 1000)).toBe(0);
      const removal = { kind: "t", id: "t1" } as const;
      expect(await store.remove(testCluster, [{ ...removal, version: "4" }], now + 1000)).toBe(0);
      expect(await store.remove(testCluster, [{ ...removal, version: "50" }], now + 1000)).toBe(0);
      expect(await store.remove(testCluster, [{ ...removal, version: "5" }], now + 1000)).toBe(1);
      expect(await store.remove(testCluster, [{ ...removal, version: "5" }], now + 1000)).toBe(0);
      expect(await apply(version("t1", "6"))).toEqual(["tombstoned"]);
      expect(await storedTask("t1")).toBeUndefined();
      expect(await apply(saw(aTask("t1", "a", { version: "6" }), "describe"))).toEqual(["applied"]);
      expect(await apply(version("t1", "7"))).toEqual(["applied"]);
    });

    it("lets events in again when the ban is over", async () => {
      await apply(version("t1", "5"));
      await store.remove(testCluster, [{ kind: "t", id: "t1", version: "" }], now + 1000);
      now += 1001;
      expect(await apply(version("t1", "6"))).toEqual(["applied"]);
    });

    it("forgets what ended by age, believes no event that is as old, and trims the log", async () => {
      const stopped = { lastStatus: "STOPPED", desiredStatus: "STOPPED" };
      const many = Array.from({ length: 450 }, (_, at) => version(`old-${at}`, "3", stopped));
      await apply(...many);
      now += 60_000;
      await apply(version("young", "3", stopped), version("alive", "1"));
      const retention = { store, clock, log, retentionMs: 50_000 };
      await applyRetention(retention);
      expect([...(await store.records(testCluster, "t")).keys()].toSorted()).toEqual([
        "alive",
        "young",
      ]);
      expect(await store.endedCount(testCluster)).toBe(1);
      const late = observeTask(
        aTask("old-7", "a", { version: "9" }),
        "event",
        now,
        now - 90_000_000,
      );
      expect(await apply(late)).toEqual(["tombstoned"]);
      // Nor one that EventBridge held back for longer than that.
      expect(await apply(version("old-7", "9"))).toEqual(["tombstoned"]);
      const kept = await entries();
      expect(kept.every(({ at }) => at >= now - 50_000)).toBe(true);
      expect(kept).toHaveLength(2 + 450);
      now += 50_001;
      await applyRetention(retention);
      // Nothing is left but the removal that this round made itself.
      expect((await entries()).map(({ id }) => id)).toEqual(["young"]);
      expect((await store.read(testCluster, 0, 1)).seq).toBe(452 + 450 + 1);
    });
  });

  describe("log", () => {
    it("numbers changes without a hole and keeps what was before", async () => {
      await apply(version("t1", "1"), version("t2", "1"), version("t1", "1"), version("t1", "2"));
      const before = (await store.records(testCluster, "t")).get("t2");
      await store.remove(testCluster, [{ kind: "t", id: "t2", version: "1" }], now);
      const list = await entries();
      expect(list.map(({ seq, kind, id }) => [seq, kind, id])).toEqual([
        [1, "t", "t1"],
        [2, "t", "t2"],
        [3, "t", "t1"],
        [4, "t", "t2"],
      ]);
      expect(list.map((entry) => entry.before === undefined)).toEqual([true, true, false, false]);
      expect(list[3]?.before).toBe(before);
      // Only what the change changed: the rest is in what came after.
      const after = (await store.records(testCluster, "t")).get("t1");
      expect(decodeTask(completeRecord(list[2]?.before ?? "", after), testCluster).version).toBe(
        "1",
      );
      expect((list[2]?.before ?? "").length).toBeLessThan(30);
      const page = await store.read(testCluster, 2, 1);
      expect(page.entries.map(({ seq }) => seq)).toEqual([3]);
      expect([page.seq, page.present.has("t t1"), page.present.has("t t2")]).toEqual([
        4,
        true,
        false,
      ]);
    });

    it("stays within its bound", async () => {
      const small = await server.open({ clock, logEntriesMax: 100 });
      for (let round = 0; round < 50; round++) {
        const batch = Array.from({ length: 40 }, (_, at) => version(`t${at}`, String(round + 1)));
        await small.apply(testCluster, batch);
      }
      const { length } = await entries();
      expect(length).toBeGreaterThanOrEqual(100);
      // Redis drops whole nodes of a stream, a hundred entries each.
      expect(length).toBeLessThanOrEqual(300);
    });
  });

  describe("other Redis, same log", () => {
    it("chains the log over a restart", async () => {
      await apply(version("t1", "1"), version("t1", "2"));
      const { epoch } = await store.read(testCluster, 0, 1);
      await server.restart();
      expect(await apply(version("t1", "3"))).toEqual(["applied"]);
      const page = await store.read(testCluster, 0, 10);
      expect(page.epoch).toBe(epoch);
      const [, second, restart, third] = page.entries;
      expect(restart).toMatchObject({ kind: "r", previous: second?.seq });
      expect(restart?.seq).toBeGreaterThan(1_000_000_000_000_000);
      expect(third).toMatchObject({ seq: (restart?.seq ?? 0) + 1, kind: "t" });
      expect(page.seq).toBe(third?.seq);
    });

    it("begins another log when everything was forgotten, and makes its cluster known again", async () => {
      await apply(version("t1", "1"));
      const { epoch } = await store.read(testCluster, 0, 1);
      await server.wipe();
      expect(await store.read(testCluster, 0, 1)).toMatchObject({ epoch: "", seq: 0, entries: [] });
      await apply(version("t1", "1"));
      const page = await store.read(testCluster, 0, 1);
      expect(page.epoch).toMatch(/^[0-9a-f]{12}$/);
      expect(page.epoch).not.toBe(epoch);
      expect(await store.clusters()).toEqual([testCluster]);
    });
  });

  describe("control records", () => {
    const put = (id: string, expected: string | undefined, record: string | undefined) =>
      ({ kind: "d", id, expected, record }) as const;
    const write = (...writes: Parameters<StateStore["writeControl"]>[1]) =>
      store.writeControl(testCluster, writes);
    const daemons = async () => Object.fromEntries(await store.records(testCluster, "d"));

    it("writes only over the record that the writer read", async () => {
      expect(await write(put("a", undefined, "1"))).toMatchObject({ outcome: "written", seq: 1 });
      expect(await write(put("a", undefined, "2"))).toEqual({ outcome: "conflict", id: "a" });
      expect(await write(put("a", "0", "2"))).toEqual({ outcome: "conflict", id: "a" });
      expect(await write(put("a", "1", "2"))).toMatchObject({ outcome: "written", seq: 2 });
      expect(await write(put("a", "2", "2"))).toMatchObject({ outcome: "written", seq: 2 });
      expect(await write(put("a", "*", "3"))).toMatchObject({ outcome: "written", seq: 3 });
      expect(await write(put("a", "3", undefined))).toMatchObject({ outcome: "written", seq: 4 });
      expect(await daemons()).toEqual({});
      expect((await entries()).map(({ before }) => before)).toEqual([undefined, "1", "2", "3"]);
    });

    it("writes all or nothing", async () => {
      await write(put("a", undefined, "1"));
      const placement = { kind: "p", id: "x", expected: undefined, record: "p" } as const;
      expect(await write(placement, put("a", "wrong", "2"))).toMatchObject({ outcome: "conflict" });
      expect((await store.records(testCluster, "p")).size).toBe(0);
      expect(await write(placement, put("a", "1", "2"))).toMatchObject({ outcome: "written" });
      expect(await daemons()).toEqual({ a: "2" });
      expect((await store.records(testCluster, "p")).size).toBe(1);
    });

    it("lets exactly one of many writers through", async () => {
      await write(put("a", undefined, "0"));
      const racing = Array.from({ length: 20 }, (_, at) => write(put("a", "0", `w${at}`)));
      const results = await Promise.all(racing);
      expect(results.filter(({ outcome }) => outcome === "written")).toHaveLength(1);
    });

    it("acknowledges what is kept, and nothing that was not written", async () => {
      const acknowledge = (id: string) => store.writeAcknowledged(testCluster, [put(id, "", "1")]);
      const both = await Promise.all([acknowledge("a"), acknowledge("b"), acknowledge("a")]);
      const outcomes = both.map(({ outcome }) => outcome).toSorted();
      expect(outcomes).toEqual(["conflict", "written", "written"]);
      expect(await store.weakness()).toBeUndefined();
      expect(await daemons()).toEqual({ a: "1", b: "1" });
    });

    it("writes nothing under a lease while this Redis has not begun the log: what was decided by may be lost", async () => {
      const mine = await store.takeLease(testCluster, "schedule", "me", 60_000);
      if (!mine.held) throw new Error("not held");
      const write = () => store.writeControl(testCluster, [put("a", "*", "1")], mine.lease);
      expect(await write()).toEqual({ outcome: "fenced" });
      expect(await daemons()).toEqual({});
      expect(await write()).toMatchObject({ outcome: "written" });
    });

    it("refuses whoever has lost the lease", async () => {
      await store.addCluster(testCluster);
      const first = await store.takeLease(testCluster, "schedule", "me", 60_000);
      if (!first.held) throw new Error("not held");
      const under = (lease: string, record: string) =>
        store.writeControl(testCluster, [put("a", "*", record)], lease);
      expect(await under(first.lease, "1")).toMatchObject({ outcome: "written" });
      await store.releaseLease(testCluster, "schedule", first.lease);
      expect(await under(first.lease, "2")).toEqual({ outcome: "fenced" });
      const second = await store.takeLease(testCluster, "schedule", "other", 60_000);
      if (!second.held) throw new Error("not held");
      expect(await under(first.lease, "2")).toEqual({ outcome: "fenced" });
      expect(await under(second.lease, "2")).toMatchObject({ outcome: "written" });
      expect(await daemons()).toEqual({ a: "2" });
    });
  });

  describe("leases", () => {
    const take = (holder: string, ttlMs = 60_000) =>
      store.takeLease(testCluster, "schedule", holder, ttlMs);

    it("has one holder, whose token grows with each holder", async () => {
      const mine = await take("me");
      if (!mine.held) throw new Error("not held");
      expect(await take("me")).toEqual(mine);
      expect(await take("m")).toEqual({ held: false, holder: mine.lease });
      expect(await take("you")).toEqual({ held: false, holder: mine.lease });
      await store.releaseLease(testCluster, "schedule", "you:9");
      expect((await take("you")).held).toBe(false);
      await store.releaseLease(testCluster, "schedule", mine.lease);
      const yours = await take("you");
      if (!yours.held) throw new Error("not held");
      const token = (lease: string) => Number(lease.slice(lease.lastIndexOf(":") + 1));
      expect(token(yours.lease)).toBeGreaterThan(token(mine.lease));
      const other = await store.takeLease(testCluster, "reconcile", "me", 60_000);
      expect(other.held).toBe(true);
    });

    it("ends, and another holder comes", async () => {
      await take("me", 1);
      expect(await until("its end", async () => (await take("you")).held || undefined)).toBe(true);
    });
  });
});
