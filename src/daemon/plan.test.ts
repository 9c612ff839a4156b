// What the planner decides: a table of situations, and random histories that must end with one task each.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import { arnId } from "../ecs/arn.ts";
import type { Task } from "../ecs/task.ts";
import { aDaemon, anInstance, aTask } from "../testing/entities.ts";
import { currentRevision, formatLaunchMark } from "./daemon.ts";
import type { Daemon } from "./daemon.ts";
import { updateDaemon } from "./edit.ts";
import type { Placement } from "./placement.ts";
import { doubtMs, repeatStopMs, tasksByInstance } from "./judge.ts";
import { planDaemon } from "./plan.ts";
import type { PlanInput } from "./plan.ts";
import { placementState, statusOf } from "./status.ts";

const now = 1_700_000_100_000;
const daemon = aDaemon();

function mark(launchId = "l1", of: Daemon = daemon): string {
  return formatLaunchMark({ daemonId: of.id, template: currentRevision(of).template, launchId });
}

const ours = (id: string, instanceId: string, rest: Partial<Task> = {}) =>
  aTask(id, instanceId, { startedBy: mark(), group: "daemon:lamp", ...rest });

function placement(containerInstanceId: string, rest: Partial<Placement> = {}): Placement {
  return {
    kind: "placement",
    daemon: "lamp",
    containerInstanceId,
    generation: 0,
    state: "STARTING",
    launchId: "l1",
    template: currentRevision(daemon).template,
    attempts: 1,
    requestedAt: now - 1000,
    ...rest,
  };
}

type Given = Partial<PlanInput> & { readonly tasks?: readonly Task[] };

function input({ tasks = [], ...rest }: Given = {}): PlanInput {
  const there = tasksByInstance(tasks);
  return {
    daemon,
    instances: [anInstance("a")],
    tasksOn: (id) => there.get(id) ?? [],
    placements: new Map(),
    selects: () => true,
    holdsDrain: () => undefined,
    essentialOf: () => undefined,
    now,
    ...rest,
  };
}

function only(rest: Given) {
  const { verdicts } = planDaemon(input(rest));
  expect(verdicts).toHaveLength(1);
  const [verdict] = verdicts;
  if (!verdict) throw new Error("no verdict");
  return verdict;
}

const placements = (...all: Placement[]) =>
  new Map(all.map((each) => [each.containerInstanceId, each]));

const stopped: Partial<Task> = {
  lastStatus: "STOPPED",
  desiredStatus: "STOPPED",
  startedAt: now - 3000,
  stoppingAt: now - 2000,
  stoppedAt: now - 1000,
};

describe("one container instance", () => {
  test("without a task gets one", () => {
    expect(only({})).toMatchObject({ action: "start", desired: true });
  });
  test("keeps its task", () => {
    expect(only({ tasks: [ours("t", "a")] })).toMatchObject({ action: "keep", stop: [] });
  });
  test("keeps a task that is still starting", () => {
    const tasks = [ours("t", "a", { lastStatus: "PENDING" })];
    expect(only({ tasks })).toMatchObject({ action: "keep" });
  });
  test("waits for a start that is not seen yet", () => {
    const verdict = only({ placements: placements(placement("a")) });
    expect(verdict).toMatchObject({ action: "wait", again: now - 1000 + doubtMs });
  });
  test("does not start again after a lost answer before ECS was asked, however late it is", () => {
    const old = placement("a", { requestedAt: now - 3_600_000 });
    expect(only({ placements: placements(old) })).toMatchObject({ action: "wait" });
  });
  test("has ECS asked about a start that was not seen, whatever runs there", () => {
    // Its revision was the current one when the start was asked for, and is not any more.
    const lost = placement("a", { launchId: "l2", template: "other" });
    const there = { placements: placements(lost), tasks: [ours("t", "a")] };
    expect(only(there)).toMatchObject({ action: "keep", again: now - 1000 + doubtMs });
    expect(only(there).lookUp).toBeUndefined();
    const later = { ...there, now: now - 1000 + doubtMs };
    expect(only(later)).toMatchObject({ action: "keep", lookUp: lost });
    const draining = [anInstance("a", { status: "DRAINING" })];
    const held = { ...later, instances: draining, holdsDrain: () => "web runs there" };
    expect(only(held)).toMatchObject({ action: "keep", lookUp: lost });
    expect(only({ ...later, daemon: { ...daemon, paused: true } }).lookUp).toBeUndefined();
    const seen = { ...later, tasks: [ours("t", "a", { startedBy: mark("l2") })] };
    expect(only(seen).lookUp).toBeUndefined();
  });
  test("loses the younger of two tasks", () => {
    const tasks = [
      ours("young", "a", { createdAt: now }),
      ours("old", "a", { createdAt: now - 5 }),
    ];
    expect(only({ tasks }).stop.map(({ arn }) => arnId(arn))).toEqual(["young"]);
  });
  test("loses the UNHEALTHY one of two tasks, though it is the older one", () => {
    const tasks = [
      ours("young", "a", { createdAt: now }),
      ours("old", "a", { createdAt: now - 5, healthStatus: "UNHEALTHY" }),
    ];
    expect(only({ tasks }).stop.map(({ arn }) => arnId(arn))).toEqual(["old"]);
  });
  test("loses its task when the selector does not select it any more", () => {
    const verdict = only({ tasks: [ours("t", "a")], selects: () => false });
    expect(verdict).toMatchObject({ action: "stop", desired: false });
    expect(verdict.stop).toHaveLength(1);
  });
  test("gets nothing while its agent is not connected, and keeps what it has", () => {
    const instances = [anInstance("a", { agentConnected: false })];
    expect(only({ instances })).toMatchObject({ action: "wait" });
    expect(only({ instances, tasks: [ours("t", "a")] })).toMatchObject({ action: "keep" });
  });
  test("gets nothing while it is DRAINING", () => {
    const instances = [anInstance("a", { status: "DRAINING" })];
    expect(only({ instances })).toMatchObject({ action: "skip" });
  });
  test("keeps its task on a DRAINING instance until nothing else runs there", () => {
    const instances = [anInstance("a", { status: "DRAINING" })];
    const tasks = [ours("t", "a")];
    expect(
      only({ instances, tasks, holdsDrain: () => "other tasks still run there" }),
    ).toMatchObject({ action: "keep" });
    expect(only({ instances, tasks }).stop).toHaveLength(1);
  });
  test("gets nothing while the daemon is paused, and loses nothing", () => {
    const paused = { ...daemon, paused: true };
    expect(only({ daemon: paused })).toMatchObject({ action: "skip" });
    const kept = only({ daemon: paused, tasks: [ours("t", "a")], selects: () => false });
    expect(kept).toMatchObject({ action: "keep", stop: [] });
  });
  test("waits until the earlier task has stopped", () => {
    const tasks = [ours("t", "a", { desiredStatus: "STOPPED" })];
    expect(only({ tasks })).toMatchObject({ action: "wait" });
  });
  test("backs off after a task that ended at once, twice as long each time", () => {
    const pauses = [1, 2, 3].map((attempts) => {
      const tasks = [ours("t", "a", stopped)];
      const verdict = only({
        tasks,
        now: now - 900,
        placements: placements(placement("a", { attempts })),
      });
      expect(verdict.action).toBe("wait");
      return (verdict.again ?? 0) - (now - 1000);
    });
    expect(pauses).toEqual([1000, 2000, 4000]);
  });
  test("is served at once after a task that had run well", () => {
    const tasks = [ours("t", "a", { ...stopped, startedAt: now - 3_600_000 })];
    expect(only({ tasks, placements: placements(placement("a")) })).toMatchObject({
      action: "start",
    });
  });
  test("is served at once after a person stopped its task", () => {
    const tasks = [ours("t", "a", { ...stopped, stopCode: "UserInitiated" })];
    expect(only({ tasks, placements: placements(placement("a")) })).toMatchObject({
      action: "start",
    });
  });
  test("loses its task when the daemon is removed", () => {
    const verdict = only({ daemon: { ...daemon, deleting: true }, tasks: [ours("t", "a")] });
    expect(verdict).toMatchObject({ action: "stop" });
  });
});

describe("a new revision", () => {
  const edited = updateDaemon(daemon, { taskDefinition: "lamp:4" }, 1, now);
  if (!edited.ok) throw new Error(edited.message);
  const next = edited.daemon;
  const ids = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
  const instances = ids.map((id) => anInstance(id));

  test("replaces as many tasks at a time as may be missing", () => {
    const tasks = ids.map((id) => ours(`t${id}`, id));
    const at = (minHealthyPercent: number) =>
      planDaemon(
        input({
          daemon: { ...next, rollout: { ...next.rollout, minHealthyPercent } },
          instances,
          tasks,
        }),
      ).verdicts.filter(({ stop }) => stop.length > 0).length;
    expect([100, 90, 50, 0].map(at)).toEqual([1, 1, 5, 10]);
  });
  test("holds while one is missing already", () => {
    const tasks = ids.slice(1).map((id) => ours(`t${id}`, id));
    const plan = planDaemon(input({ daemon: next, instances, tasks }));
    expect(plan.verdicts.filter(({ stop }) => stop.length > 0)).toHaveLength(0);
    expect(plan.verdicts.filter(({ action }) => action === "start")).toHaveLength(1);
  });
  test("is counted", () => {
    const tasks = ids.map((id, index) =>
      ours(`t${id}`, id, { startedBy: mark("l", index < 3 ? next : daemon) }),
    );
    const plan = planDaemon(input({ daemon: next, instances, tasks }));
    expect(statusOf(next, plan, new Map(), now)).toMatchObject({
      phase: "ROLLING_OUT",
      desired: 10,
      running: 10,
      updated: 3,
      outdated: 7,
    });
  });
});

describe("a stop that was not seen", () => {
  const ids = ["a", "b", "c", "d", "e", "f", "g"];
  const instances = ids.map((id) => anInstance(id));
  const tasks = ids.map((id) => ours(`t${id}`, id));
  const asked = (id: string, agoMs: number) =>
    placement(id, { stop: { taskArn: ours(`t${id}`, id).arn, at: now - agoMs } });
  const stopsOf = (rest: Given) =>
    planDaemon(input({ instances, tasks, ...rest })).verdicts.flatMap(({ stop }) => stop).length;
  const overdue = placements(...["a", "b", "c"].map((id) => asked(id, repeatStopMs)));

  test("is asked for again as far as tasks may be missing by now, not by then", () => {
    const at = (minHealthyPercent: number) => {
      const changed = { ...daemon, rollout: { ...daemon.rollout, minHealthyPercent } };
      return stopsOf({ daemon: changed, placements: overdue });
    };
    expect([100, 85, 70, 0].map(at)).toEqual([1, 1, 2, 3]);
  });
  test("counts as missing while it waits for its turn", () => {
    const newer = asked("a", 1000);
    expect(stopsOf({ placements: new Map([...overdue, ["a", newer]]) })).toBe(0);
    const away = tasks.filter(({ arn }) => !arn.endsWith("tg"));
    expect(stopsOf({ tasks: away, placements: overdue })).toBe(0);
  });
  test("waits for nothing where no healthy task is to stay", () => {
    const ill = tasks.map((task) => ({ ...task, healthStatus: "UNHEALTHY" as const }));
    expect(stopsOf({ tasks: ill, placements: overdue })).toBe(3);
    expect(stopsOf({ selects: () => false, placements: overdue })).toBe(7);
    expect(stopsOf({ daemon: { ...daemon, deleting: true }, placements: overdue })).toBe(7);
  });
});

/** A toy ECS: tasks that start when asked, die when told, and are seen only after a while. */
function simulate(
  seed: readonly number[],
  steps: number,
): { instances: ContainerInstance[]; tasks: Task[] } {
  let clock = now;
  let draw = 0;
  const next = (n: number) => (seed[draw++ % seed.length] ?? 0) % n;
  const instances = ["a", "b", "c", "d"].map((id) => anInstance(id));
  const real = new Map<string, Task>();
  let seen: Task[] = [];
  const held = new Map<string, Placement>();
  let started = 0;
  for (let step = 0; step < steps; step++) {
    const faults = step < steps / 2;
    clock += 500;
    if (!faults || next(3) > 0) seen = [...real.values()];
    const victim = [...real.values()].find(({ lastStatus }) => lastStatus === "RUNNING");
    if (faults && victim && next(4) === 0)
      real.set(victim.arn, {
        ...victim,
        lastStatus: "STOPPED",
        desiredStatus: "STOPPED",
        stoppedAt: clock,
        stoppingAt: clock,
      });
    const { verdicts } = planDaemon(
      input({ instances, tasks: seen, placements: held, now: clock }),
    );
    for (const { action, containerInstance, stop } of verdicts) {
      for (const task of stop)
        real.set(task.arn, {
          ...task,
          lastStatus: "STOPPED",
          desiredStatus: "STOPPED",
          stoppedAt: clock,
        });
      if (action !== "start") continue;
      const id = arnId(containerInstance.arn);
      const live = [...real.values()].filter(
        (task) =>
          task.lastStatus !== "STOPPED" && task.containerInstanceArn === containerInstance.arn,
      );
      expect(live, `a second task on ${id} at step ${step}`).toHaveLength(0);
      const launchId = `l${started++}`;
      held.set(id, placement(id, { launchId, requestedAt: clock }));
      const task = ours(`t${started}`, id, {
        startedBy: mark(launchId),
        createdAt: clock,
        startedAt: clock,
      });
      real.set(task.arn, task);
    }
  }
  return {
    instances,
    tasks: [...real.values()].filter(({ lastStatus }) => lastStatus === "RUNNING"),
  };
}

test("random histories never have two tasks on an instance and end with exactly one", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100), { minLength: 20, maxLength: 60 }), (seed) => {
      const { instances, tasks } = simulate(seed, 200);
      const count = (arn: string) =>
        tasks.filter((task) => task.containerInstanceArn === arn).length;
      expect(instances.map(({ arn }) => count(arn))).toEqual([1, 1, 1, 1]);
    }),
    { numRuns: 200 },
  );
});

test("every verdict has a state that people can read", () => {
  const plan = planDaemon(input({ tasks: [ours("t", "a")] }));
  expect(plan.verdicts.map(placementState)).toEqual(["RUNNING"]);
});

test("a clock that was set back by an hour makes nothing wait for that hour", () => {
  const hour = 3_600_000;
  const failed = placement("a", {
    state: "FAILED",
    cause: "TASK",
    requestedAt: now + hour,
    nextAttemptAt: now + hour,
  });
  expect(only({ placements: new Map([["a", failed]]) }).action).toBe("start");
  const unseen = placement("a", { requestedAt: now + hour });
  expect(only({ placements: new Map([["a", unseen]]) }).again).toBe(now);
  const stop = { taskArn: ours("t", "a").arn, at: now + hour };
  const asked = placement("a", { stop });
  const deleting = { ...daemon, deleting: true };
  const verdict = only({
    daemon: deleting,
    tasks: [ours("t", "a")],
    placements: new Map([["a", asked]]),
  });
  expect(verdict.stop).toHaveLength(1);
});
