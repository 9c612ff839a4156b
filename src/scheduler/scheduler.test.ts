// The scheduler against real Redis and an ECS whose answers and events come when the test says so: what must not
// happen when starts are not seen, definitions change in mid-plan, or another scheduler takes over.
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { waitsOf } from "../changes/daemon-input.ts";
import { currentRevision, formatLaunchMark } from "../daemon/daemon.ts";
import { updateDaemon } from "../daemon/edit.ts";
import { repeatStopMs } from "../daemon/judge.ts";
import { decodeDaemon, decodePlacement, encodeDaemon, encodePlacement } from "../daemon/record.ts";
import { pendingRun } from "../daemon/rerun.ts";
import { arnId } from "../ecs/arn.ts";
import type { Task } from "../ecs/task.ts";
import { observeContainerInstance, observeTask } from "../store/record.ts";
import { unsettledMs } from "../store/restart.ts";
import type { StateStore } from "../store/store.ts";
import { aDaemon, anInstance, aTask, testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { clock, SilentEcs, startSchedulerWorld } from "./test-world.ts";
import type { SchedulerWorld } from "./test-world.ts";

let world: SchedulerWorld;

beforeEach(async () => {
  world = await startSchedulerWorld();
});
afterEach(() => world.close());

test("of a launch that is seen in part, the other part is looked up and started again", async () => {
  const daemon = aDaemon();
  const { template } = currentRevision(daemon);
  const startedBy = formatLaunchMark({ daemonId: daemon.id, template, launchId: "deadbeef" });
  await world.join(2);
  await world.define(daemon);
  for (const id of ["i0", "i1"])
    await world.remember(id, { state: "STARTING", requestedAt: clock.now() - 60_000 });
  await world.store.apply(testCluster, [
    observeTask(aTask("t0", "i0", { startedBy }), "event", clock.now()),
  ]);
  const ecs = new SilentEcs();
  await world.schedule(ecs, "one", await world.openStore("one"));
  await until("a start", () => (ecs.starts.length > 0 ? true : undefined));
  // Tasks that run and tasks that have ended are in two lists.
  expect(ecs.lookups).toBe(2);
  expect(ecs.startedOn).toEqual(["i1"]);
});

test("a daemon that is removed before its starts are seen stops them when they are", async () => {
  const ecs = new SilentEcs();
  await world.join(3);
  await world.define(aDaemon());
  const one = await world.schedule(ecs, "one", await world.openStore("one"));
  await until("three starts settled", async () => {
    const placements = [...(await world.store.records(testCluster, "p")).values()];
    return placements.filter((record) => record.includes("taskArn")).length === 3
      ? true
      : undefined;
  });
  await world.define(aDaemon({ deleting: true }));
  await one.looksOn();
  expect((await world.store.records(testCluster, "d")).size).toBe(1);
  const tasks = ecs.starts.flatMap((request) => ecs.tasks(request));
  for (const task of tasks)
    await world.store.apply(testCluster, [observeTask(task, "event", clock.now())]);
  await until("three stops", () => (ecs.stopped.length === 3 ? true : undefined));
  expect((await world.store.records(testCluster, "d")).size).toBe(1);
  const ended = { lastStatus: "STOPPED", desiredStatus: "STOPPED", version: "2" } as const;
  for (const task of tasks)
    await world.store.apply(testCluster, [
      observeTask({ ...task, ...ended }, "event", clock.now()),
    ]);
  await until("its end", async () =>
    (await world.store.records(testCluster, "d")).size === 0 ? true : undefined,
  );
  expect((await world.store.records(testCluster, "p")).size).toBe(0);
});

test("nothing is started before the cluster was compared with ECS, and then only what is missing", async () => {
  const ecs = new SilentEcs();
  // The instances came by events; the task that runs on one of them is not known yet.
  await world.forget();
  await world.join(2);
  await world.define(aDaemon());
  const one = await world.schedule(ecs, "one", await world.openStore("one"));
  await one.looksOn();
  expect(ecs.starts).toHaveLength(0);
  const { id, template } = { id: aDaemon().id, template: currentRevision(aDaemon()).template };
  const startedBy = formatLaunchMark({ daemonId: id, template, launchId: "before" });
  const running = aTask("t-before", "i0", { startedBy, group: "daemon:lamp" });
  await world.store.apply(testCluster, [observeTask(running, "describe", clock.now())]);
  await world.compared();
  await until("a start", () => (ecs.starts.length > 0 ? true : undefined));
  expect(ecs.startedOn).toEqual(["i1"]);
});

test("after a restart of Redis nothing is started before a comparison from 20 s after it, and says so", async () => {
  const ecs = new SilentEcs();
  await world.join(2);
  await world.restarted();
  await world.define(aDaemon());
  const { restartedAt = 0 } = await world.store.freshness(testCluster);
  expect(restartedAt).toBeGreaterThan(clock.now() - 60_000);
  const one = await world.schedule(ecs, "one", await world.openStore("one"));
  // One that was begun while calls from before the restart might still be under way tells nothing.
  const compared = (comparedFrom: number) =>
    world.store.noteFreshness(testCluster, { lastReconciledAt: clock.now(), comparedFrom });
  await compared(restartedAt + unsettledMs - 1);
  const { reason } = waitsOf({ freshness: await world.store.freshness(testCluster) }) ?? {};
  expect(reason).toContain("Redis was restarted");
  await one.looksOn();
  expect(ecs.starts).toHaveLength(0);
  // The start whose intent was lost is seen by now.
  const { id, template } = { id: aDaemon().id, template: currentRevision(aDaemon()).template };
  const startedBy = formatLaunchMark({ daemonId: id, template, launchId: "lost" });
  const running = aTask("t-lost", "i0", { startedBy, group: "daemon:lamp" });
  await world.store.apply(testCluster, [observeTask(running, "describe", clock.now())]);
  await compared(restartedAt + unsettledMs);
  await until("a start", () => (ecs.starts.length > 0 ? true : undefined));
  expect(ecs.startedOn).toEqual(["i1"]);
});

/** A log whose messages can be waited for. */
function heardLog() {
  const heard: string[] = [];
  const told = pino({ base: null }, { write: (line: string) => void heard.push(line) });
  return { told, has: (words: string) => heard.some((line) => line.includes(words)) };
}

test("a view that hears of a restart of Redis while the scheduler begins anew is not planned from", async () => {
  await world.join(1);
  await world.define(aDaemon());
  const real = await world.openStore("one");
  let isLate = false;
  let readTo = 0;
  let asked = 0;
  const store: StateStore = {
    ...real,
    read: async (...page) => {
      while (isLate) await clock.sleep(10);
      const read = await real.read(...page);
      readTo = Math.max(readTo, read.seq);
      return read;
    },
    writeControl: async (cluster, writes, lease) => {
      const result = await real.writeControl(cluster, writes, lease);
      if (!isLate || writes.length > 0 || result.outcome !== "written") return result;
      asked++;
      // The answer comes after what the view is told by then.
      isLate = false;
      await until("the view", () => (readTo >= result.seq ? true : undefined));
      return result;
    },
  };
  const ecs = new SilentEcs();
  const { told, has } = heardLog();
  await world.schedule(ecs, "one", store, told);
  await until("a start", () => (ecs.starts.length === 1 ? true : undefined));
  // What is started on the second instance, and why it is not to be, was lost with the lease.
  isLate = true;
  await world.restarted();
  await world.join(2);
  await world.unlease();
  await until("that it waits", () => (has("daemons wait") ? true : undefined));
  expect(asked).toBe(1);
  expect(ecs.startedOn).toEqual(["i0"]);
});

test("a controller that is closed says nothing of a minute that has not passed", async () => {
  await world.join(1);
  const { told, has } = heardLog();
  const one = await world.schedule(new SilentEcs(), "one", await world.openStore("one"), told);
  await until("its lease", () => (has("acting for this cluster") ? true : undefined));
  await one.close();
  expect(has("daemons of the last minute")).toBe(false);
});

test("a pause holds in the middle of a long plan", async () => {
  const ecs = new SilentEcs();
  const paused = () =>
    until("the pause", () => one.view()?.daemons.get("lamp")?.paused || undefined);
  // The second call is answered only once the pause is known; a few more may be under way by then.
  ecs.beforeStart = async () => {
    if (ecs.starts.length !== 2) return;
    await world.define(aDaemon({ paused: true }));
    await paused();
  };
  await world.join(100);
  const one = await world.schedule(ecs, "one", await world.openStore("one"));
  await world.define(aDaemon());
  await paused();
  await one.looksOn();
  const before = ecs.starts.length;
  expect(before).toBeLessThan(10);
  await one.looksOn();
  expect(ecs.starts).toHaveLength(before);
});

test("whoever takes over sees what the one before has started, however late its view", async () => {
  const due = clock.now() + 2500;
  await world.join(5);
  await world.define(aDaemon());
  for (const id of ["i0", "i1", "i2", "i3", "i4"])
    await world.remember(id, { state: "FAILED", requestedAt: clock.now(), nextAttemptAt: due });
  const [first, second] = [new SilentEcs(), new SilentEcs()];
  let isLate = false;
  const real = await world.openStore("two");
  const late: StateStore = {
    ...real,
    read: async (...asked) => {
      while (isLate) await clock.sleep(10);
      return real.read(...asked);
    },
  };
  const one = await world.schedule(first, "one", await world.openStore("one"));
  await one.acts();
  const two = await world.schedule(second, "two", late);
  isLate = true;
  await until("the first's starts", () => (first.startedOn.length === 5 ? true : undefined));
  await one.close();
  await two.acts();
  await until("the starts to be due", () => clock.now() > due || undefined);
  isLate = false;
  await two.looksOn();
  expect(second.startedOn).toEqual([]);
});

test("whoever takes over in mid-rollout knows which stops its predecessor asked for", async () => {
  await world.join(10);
  for (let at = 0; at < 10; at++) await world.tell(`i${at}`);
  const edited = updateDaemon(aDaemon(), { taskDefinition: "lamp:4" }, 1, clock.now());
  if (!edited.ok) throw new Error(edited.message);
  await world.define(edited.daemon);
  const [first, second] = [new SilentEcs(), new SilentEcs()];
  const one = await world.schedule(first, "one", await world.openStore("one"));
  await until("the first's stop", () => (first.stopped.length > 0 ? true : undefined));
  await one.close();
  const two = await world.schedule(second, "two", await world.openStore("two"));
  // No event has told of the stop.
  await two.looksOn();
  expect(first.stopped).toHaveLength(1);
  expect(second.stopped).toEqual([]);
});

test("a daemon that is removed without its tasks while it starts them starts none again under its old name", async () => {
  const ecs = new SilentEcs();
  // Its definition goes while ECS has the call, as deregisterDaemon does it.
  ecs.beforeStart = () => world.undefine("lamp");
  await world.join(3);
  await world.define(aDaemon());
  const one = await world.schedule(ecs, "one", await world.openStore("one"));
  await until("a start", () => (ecs.starts.length > 0 ? true : undefined));
  await world.remember("i9", { state: "STARTING", requestedAt: clock.now() });
  await world.remember("i1", { state: "FAILED", requestedAt: clock.now() });
  // Nothing is kept of what failed, nor of instances that are not there.
  await until("the rest to be forgotten", async () => {
    const left = [...(await world.recordsOf("p")).keys()].toSorted();
    return left.join() === "lamp/i0,lamp/i2" ? true : undefined;
  });
  ecs.beforeStart = () => Promise.resolve();
  await world.define(aDaemon());
  await until("the start where nothing is under way", () =>
    ecs.starts.length > 1 ? true : undefined,
  );
  await one.looksOn();
  expect(ecs.startedOn).toEqual(["i0", "i1", "i1", "i2"]);
  expect(ecs.stopped).toEqual([]);
});

test("a daemon that was registered again is not removed in place of the one before", async () => {
  await world.join(1);
  const through = await world.openStore("one");
  const ecs = new SilentEcs();
  const again = aDaemon({ createdAt: clock.now() });
  let removals = 0;
  await world.define(aDaemon({ deleting: true }));
  await world.schedule(ecs, "one", {
    ...through,
    writeControl: async (cluster, writes, lease) => {
      const removes = writes.some(({ kind, record }) => kind === "d" && record === undefined);
      // Its removal and the new registration are on their way when the scheduler removes what it knows.
      if (removes && removals++ === 0) await world.define(again);
      return through.writeControl(cluster, writes, lease);
    },
  });
  await until("its task", () => (ecs.starts.length > 0 ? true : undefined));
  expect((await world.recordsOf("d")).get("lamp")).toBe(encodeDaemon(again));
});

test("a run that a person asks for while the one before waits for its next try takes its place", async () => {
  await world.join(1);
  const ecs = new SilentEcs();
  const daemon = aDaemon({ mode: "ONCE_JOINED" });
  const failed = { state: "FAILED", requestedAt: clock.now() - 5000, nextAttemptAt: 0 } as const;
  await world.remember("i0", { ...failed, generation: 1 });
  ecs.beforeTake = async () => {
    ecs.beforeTake = () => Promise.resolve();
    const asked = pendingRun(daemon, "i0", 2, "asked for by a person", clock.now());
    await world.store.writeControl(testCluster, [
      { kind: "p", id: "lamp/i0/2", expected: undefined, record: encodePlacement(asked) },
    ]);
  };
  await world.define(daemon);
  const one = await world.schedule(ecs, "one", await world.openStore("one"));
  await until("a start", () => (ecs.starts.length > 0 ? true : undefined));
  await one.looksOn();
  expect(ecs.startedOn).toEqual(["i0"]);
  const states = [...(await world.recordsOf("p"))].map(([id, record]) => [
    id,
    decodePlacement(record).state,
  ]);
  expect(states.toSorted()).toEqual([
    ["lamp/i0/1", "FAILED"],
    ["lamp/i0/2", "STARTING"],
  ]);
});

test("a task of a person who copied our mark is left alone, and ours is started beside it", async () => {
  const ecs = new SilentEcs();
  await world.join(1);
  await world.tell("i0", { group: "family:lamp" });
  await world.define(aDaemon());
  const one = await world.schedule(ecs, "one", await world.openStore("one"));
  await until("our start", () => (ecs.starts.length > 0 ? true : undefined));
  for (const task of ecs.starts.flatMap((request) => ecs.tasks(request)))
    await world.store.apply(testCluster, [
      observeTask({ ...task, lastStatus: "RUNNING" }, "event", clock.now()),
    ]);
  await world.define(aDaemon({ deleting: true }));
  await until("our stop", () => (ecs.stopped.length > 0 ? true : undefined));
  await one.looksOn();
  expect(ecs.stopped.map(arnId).every((id) => id.startsWith("t-i0-"))).toBe(true);
});

const ended: Partial<Task> = {
  version: "2",
  lastStatus: "STOPPED",
  desiredStatus: "STOPPED",
  stopCode: "EssentialContainerExited",
  stoppedAt: clock.now(),
  containers: [
    {
      arn: "c",
      name: "c",
      lastStatus: "STOPPED",
      exitCode: 0,
      networkBindings: [],
      networkInterfaces: [],
    },
  ],
};

test("runs that the ledger has lost are written down again: none starts beside or after them", async () => {
  const ecs = new SilentEcs();
  await world.join(3);
  await world.tell("i0");
  await world.tell("i1", ended);
  const daemon = aDaemon({ mode: "ONCE_JOINED" });
  await world.define(daemon);
  await world.schedule(ecs, "one", await world.openStore("one"));
  const states = async () => {
    const records = [...(await world.recordsOf("p"))];
    return records.map(([id, record]) => `${id} ${decodePlacement(record).state}`).toSorted();
  };
  await until("the ledger", async () => ((await states()).length === 3 ? true : undefined));
  expect(await states()).toEqual([
    "lamp/i0/1 STARTING",
    "lamp/i1/1 SUCCEEDED",
    "lamp/i2/1 STARTING",
  ]);
  await world.tell("i0", ended);
  await until("its success", async () =>
    (await states())[0] === "lamp/i0/1 SUCCEEDED" ? true : undefined,
  );
  const noted = await world.store.decisions(testCluster, "lamp", 10);
  expect(noted.map(({ type }) => type).toSorted()).toEqual([
    "ADOPT",
    "START",
    "SUCCEED",
    "SUCCEED",
  ]);
  expect(ecs.startedOn).toEqual(["i2"]);
});

test("a run that has succeeded is not repeated by whoever comes next, and its ledger says so", async () => {
  const ecs = new SilentEcs();
  await world.join(2);
  await world.define(aDaemon({ mode: "ONCE_JOINED" }));
  const one = await world.schedule(ecs, "one", await world.openStore("one"));
  await until("two starts", () => (ecs.startedOn.length === 2 ? true : undefined));
  for (const task of ecs.starts.flatMap((request) => ecs.tasks(request)))
    await world.store.apply(testCluster, [
      observeTask({ ...task, ...ended }, "event", clock.now()),
    ]);
  await until("two successes", async () => {
    const records = [...(await world.recordsOf("p")).values()];
    return records.filter((record) => record.includes("SUCCEEDED")).length === 2 ? true : undefined;
  });
  await one.close();
  const next = new SilentEcs();
  const two = await world.schedule(next, "two", await world.openStore("two"));
  await two.looksOn();
  expect(next.starts).toEqual([]);
  expect([...(await world.recordsOf("p")).keys()].toSorted()).toEqual(["lamp/i0/1", "lamp/i1/1"]);
});

test("a revision whose calls ECS refuses is taken back by itself", async () => {
  const ecs = new SilentEcs();
  await world.join(4);
  for (const id of ["i0", "i1", "i2", "i3"]) await world.tell(id);
  const daemon = aDaemon();
  const careful = { ...daemon, rollout: { ...daemon.rollout, autoRollback: true } };
  const edited = updateDaemon(careful, { taskDefinition: "lamp:9" }, 1, clock.now());
  if (!edited.ok) throw new Error(edited.message);
  ecs.beforeStart = () => {
    const refused = ecs.starts.at(-1)?.taskDefinition === "lamp:9";
    const error = Object.assign(new Error("Unable to describe task definition."), {
      name: "ClientException",
    });
    return refused ? Promise.reject(error) : Promise.resolve();
  };
  await world.define(edited.daemon);
  await world.schedule(ecs, "one", await world.openStore("one"));
  const [stopped] = await until("a stop", () => (ecs.stopped[0] ? ecs.stopped : undefined));
  const ended = { lastStatus: "STOPPED", desiredStatus: "STOPPED", version: "2" } as const;
  await world.tell(arnId(stopped ?? "").slice(2), ended);
  const back = await until("the rollback", async () => {
    const record = (await world.recordsOf("d")).get("lamp") ?? "";
    return record.includes("rolledBack") ? decodeDaemon(record, testCluster) : undefined;
  });
  expect(back).toMatchObject({ revision: 3, rolledBack: { revision: 2 } });
  expect(currentRevision(back).taskDefinition).toBe("lamp:3");
  await until("a start of the old one", () =>
    ecs.starts.at(-1)?.taskDefinition === "lamp:3" ? true : undefined,
  );
  expect(ecs.stopped).toHaveLength(1);
});

test("calls that were held back after a throttled one count as throttled, and speak against no revision", async () => {
  const ecs = new SilentEcs();
  const throttled = Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException" });
  ecs.beforeStart = () => Promise.reject(throttled);
  await world.join(100);
  await world.define(aDaemon());
  await world.schedule(ecs, "one", await world.openStore("one"));
  const records = await until("all starts refused", async () => {
    const all = [...(await world.store.records(testCluster, "p")).values()].map(decodePlacement);
    return all.filter(({ state }) => state === "FAILED").length === 100 ? all : undefined;
  });
  expect(new Set(records.map(({ cause }) => cause))).toEqual(new Set(["THROTTLED"]));
});

test("two tasks of one instance are asked to stop once each, however late it is seen", async () => {
  await world.join(1);
  await world.tell("i0");
  const { id: daemonId } = aDaemon();
  const { template } = currentRevision(aDaemon());
  const startedBy = formatLaunchMark({ daemonId, template, launchId: "second" });
  await world.tell("i0", { arn: aTask("second", "i0").arn, startedBy });
  const ecs = new SilentEcs();
  await world.define(aDaemon({ deleting: true }));
  const one = await world.schedule(ecs, "one", await world.openStore("one"));
  await until("both stops", () => (new Set(ecs.stopped).size === 2 ? true : undefined));
  await one.looksOn();
  expect(ecs.stopped).toHaveLength(2);
});

test("a stop that ECS keeps refusing is asked for more and more rarely", async () => {
  await world.join(1);
  await world.tell("i0");
  const ecs = new SilentEcs();
  ecs.beforeStop = () =>
    Promise.reject(Object.assign(new Error("no"), { name: "AccessDeniedException" }));
  await world.define(aDaemon({ deleting: true }));
  await world.schedule(ecs, "one", await world.openStore("one"));
  const stop = await until("the second refusal", async () => {
    const [record = "{}"] = (await world.recordsOf("p")).values();
    const asked = record === "{}" ? undefined : decodePlacement(record).stop;
    return asked?.failures === 2 ? asked : undefined;
  });
  expect(stop.at + repeatStopMs - clock.now()).toBeGreaterThan(1000);
});

test("an instance that begins to drain while its start waits for the budget gets none", async () => {
  await world.join(2);
  const ecs = new SilentEcs();
  ecs.beforeTake = async () => {
    ecs.beforeTake = () => Promise.resolve();
    const draining = anInstance("i0", { status: "DRAINING", version: "100" });
    await world.store.apply(testCluster, [observeContainerInstance(draining, "event")]);
    await until(
      "the view",
      () => one.view()?.instances.get("i0")?.status === "DRAINING" || undefined,
    );
  };
  const one = await world.schedule(ecs, "one", await world.openStore("one"));
  await world.define(aDaemon());
  await until("a start", () => (ecs.starts.length > 0 ? true : undefined));
  expect(ecs.startedOn).toEqual(["i1"]);
});

test("readiness is said once, and only where all daemons are healthy", async () => {
  const ecs = new SilentEcs();
  const put: string[] = [];
  const said = Object.assign(ecs, {
    putAttributes: async (_: string, attributes: readonly { containerInstance: string }[]) => {
      put.push(...attributes.map(({ containerInstance }) => arnId(containerInstance)));
      return "put" as const;
    },
  });
  await world.join(3);
  for (const id of ["i0", "i1"]) await world.tell(id);
  await world.tell("i2", { lastStatus: "PENDING" });
  await world.define(aDaemon({ readinessAttribute: "ready" }));
  await world.schedule(said, "one", await world.openStore("one"));
  await until("two to be ready", () => (put.length >= 2 ? true : undefined));
  expect(put.toSorted()).toEqual(["i0", "i1"]);
  for (const version of ["2", "3"]) await world.tell("i0", { version });
  await world.tell("i2", { version: "2" });
  await until("the third to be ready", () => put.includes("i2") || undefined);
  expect(put.toSorted()).toEqual(["i0", "i1", "i2"]);
});

test("an attribute that a daemon stopped naming is removed by whoever schedules next", async () => {
  const removed: string[] = [];
  const ecs = new SilentEcs();
  ecs.deleteAttributes = async (_, attributes) => {
    removed.push(
      ...attributes.map(({ name, containerInstance }) => `${name} ${arnId(containerInstance)}`),
    );
    return "deleted";
  };
  await world.join(1);
  await world.tell("i0");
  await world.define(aDaemon({ readinessAttribute: "ready" }));
  const noted = () => world.store.readinessNames(testCluster);
  const one = await world.schedule(new SilentEcs(), "one", await world.openStore("one"));
  await until("its name", async () => ((await noted()).has("ready") ? true : undefined));
  await one.close();
  const attributes = [
    { name: "ready", value: "true" },
    { name: "theirs", value: "true" },
  ];
  const seen = anInstance("i0", { version: "2", attributes });
  await world.store.apply(testCluster, [observeContainerInstance(seen, "event")]);
  // The daemon is gone, and so is the process that knew of its attribute.
  await world.undefine("lamp");
  await world.schedule(ecs, "two", await world.openStore("two"));
  await until("its removal", () => (removed.length > 0 ? true : undefined));
  expect(removed).toEqual(["ready i0"]);
});
