// What people are told of a plan: its waves and calls, the daemon's phase, and each rule for one instance.
import { describe, expect, test } from "vitest";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Task } from "../ecs/task.ts";
import { aDaemon, anInstance, aTask } from "../testing/entities.ts";
import { currentRevision, formatLaunchMark } from "./daemon.ts";
import type { Daemon, Rollout } from "./daemon.ts";
import { promoteDaemon, updateDaemon } from "./edit.ts";
import { explain } from "./explain.ts";
import { tasksByInstance } from "./judge.ts";
import type { Placement } from "./placement.ts";
import { hereOf, planDaemon } from "./plan.ts";
import type { PlanInput } from "./plan.ts";
import { preview, waveUnderWay } from "./preview.ts";
import type { Preview } from "./preview.ts";
import { statusOf } from "./status.ts";

const now = 1_700_000_100_000;
const first = aDaemon();
const ids = Array.from({ length: 20 }, (_, at) => `i${String(at).padStart(2, "0")}`);

function changed(rollout: Partial<Rollout>, rest: Partial<Daemon> = {}): Daemon {
  const before = { ...first, ...rest, rollout: { ...first.rollout, ...rollout } };
  const edited = updateDaemon(before, { taskDefinition: "lamp:4" }, 1, now);
  if (!edited.ok) throw new Error(edited.message);
  return edited.daemon;
}

function taskOn(id: string, of: Daemon = first, rest: Partial<Task> = {}): Task {
  const { template } = currentRevision(of);
  const startedBy = formatLaunchMark({ daemonId: of.id, template, launchId: "l1" });
  return aTask(`t${id}`, id, { startedBy, group: "daemon:lamp", ...rest });
}

interface Given {
  readonly daemon?: Daemon;
  readonly instances?: readonly ContainerInstance[];
  readonly tasks?: readonly Task[];
  readonly placements?: readonly Placement[];
}

function inputOf({ daemon = first, instances, tasks = [], placements = [] }: Given): PlanInput {
  const there = tasksByInstance(tasks);
  return {
    daemon,
    instances: instances ?? ids.map((id) => anInstance(id)),
    tasksOn: (id) => there.get(id) ?? [],
    placements: new Map(placements.map((each) => [each.containerInstanceId, each])),
    selects: () => true,
    holdsDrain: () => undefined,
    essentialOf: () => undefined,
    now,
  };
}

const everywhere = ids.map((id) => taskOn(id));

function failed(id: string, rest: Partial<Placement>, of: Daemon = first): Placement {
  return {
    kind: "placement",
    daemon: "lamp",
    containerInstanceId: id,
    generation: 0,
    state: "FAILED",
    launchId: "l2",
    template: currentRevision(of).template,
    attempts: 1,
    requestedAt: now - 1000,
    nextAttemptAt: now + 60_000,
    ...rest,
  };
}

function previewed(input: PlanInput): Preview {
  const steps = preview(input);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

describe("waves", () => {
  const wavesOf = (given: Given) => {
    const { waves, apiCalls } = previewed(inputOf(given));
    return { sizes: waves.map(({ start, replace }) => [start.length, replace.length]), apiCalls };
  };
  test("of a first placement: one, with as few calls as the API allows", () => {
    expect(wavesOf({})).toEqual({ sizes: [[20, 0]], apiCalls: 2 });
    const running = { ...first, launch: "RUN_TASK" } as const;
    expect(wavesOf({ daemon: running }).apiCalls).toBe(20);
  });
  test("of a rollout: as many at a time as may be missing, each a stop and a share of a start", () => {
    const daemon = changed({ minHealthyPercent: 75 });
    const { sizes, apiCalls } = wavesOf({ daemon, tasks: everywhere });
    expect(sizes).toEqual([
      [0, 5],
      [0, 5],
      [0, 5],
      [0, 5],
    ]);
    expect(apiCalls).toBe(4 * (5 + 1));
  });
  test("of a rollout between two of them: what is to come once the last one counts as healthy", () => {
    const daemon = changed({ minHealthyPercent: 75 });
    const rest = everywhere.slice(5);
    const young = ids.slice(0, 5).map((id) => ({ ...taskOn(id, daemon), startedAt: now - 1 }));
    const starting = young.map((task) => ({
      ...task,
      lastStatus: "PENDING",
      startedAt: undefined,
    }));
    for (const tasks of [
      [...young, ...rest],
      [...starting, ...rest],
    ])
      expect(wavesOf({ daemon, tasks }).sizes).toEqual([
        [0, 5],
        [0, 5],
        [0, 5],
      ]);
    expect(wavesOf({ tasks: everywhere }).sizes).toEqual([]);
  });
  test("are counted from the first, also those that are over", () => {
    const daemon = changed({ minHealthyPercent: 75 });
    const wave = (tasks: readonly Task[], of = daemon) => {
      const input = inputOf({ daemon: of, tasks });
      return waveUnderWay(of, planDaemon(input), previewed(input).waves);
    };
    const [group, rest] = [ids.slice(0, 5), everywhere.slice(5)];
    expect(wave(everywhere)).toEqual({ number: 1, count: 4 });
    const coming = group.map((id) => taskOn(id, daemon, { lastStatus: "PENDING" }));
    expect(wave([...coming, ...rest])).toEqual({ number: 1, count: 4 });
    const young = group.map((id) => taskOn(id, daemon, { startedAt: now - 1 }));
    expect(wave([...young, ...rest])).toEqual({ number: 1, count: 4 });
    const settled = group.map((id) => taskOn(id, daemon));
    expect(wave([...settled, ...rest])).toEqual({ number: 2, count: 4 });
    const all = ids.map((id) => taskOn(id, daemon));
    expect(wave(all)).toBeUndefined();
    expect(wave(everywhere.slice(1), first)).toEqual({ number: 1, count: 1 });
  });
  test("of a surge: as many at a time as may have two", () => {
    const daemon = changed({ method: "REPLACE_THEN_TERMINATE", maxOverPercent: 50 });
    expect(wavesOf({ daemon, tasks: everywhere }).sizes).toEqual([
      [0, 10],
      [0, 10],
    ]);
  });
  test("of a canary end with it, until it is promoted", () => {
    const daemon = changed({ canaryPercent: 11, minHealthyPercent: 50 });
    expect(wavesOf({ daemon, tasks: everywhere }).sizes).toEqual([[0, 3]]);
    const promoted = promoteDaemon(daemon);
    if (!promoted.ok) throw new Error(promoted.message);
    expect(wavesOf({ daemon: promoted.daemon, tasks: everywhere }).sizes).toEqual([
      [0, 10],
      [0, 10],
    ]);
  });
  test("of runs: one", () => {
    expect(wavesOf({ daemon: { ...first, mode: "ONCE_JOINED" } }).sizes).toEqual([[20, 0]]);
  });
});

describe("a canary", () => {
  const daemon = changed({ canaryPercent: 10 });
  test("leaves instances that join with what runs elsewhere", () => {
    const tasks = [taskOn("i00", daemon), taskOn("i01", daemon), ...everywhere.slice(2, 19)];
    const { verdicts } = planDaemon(inputOf({ daemon, tasks }));
    const start = verdicts.find(({ action }) => action === "start");
    expect(start).toMatchObject({ revision: 1, containerInstance: { ec2InstanceId: "i-i19" } });
  });
  test("stays where it was tried although its task is gone", () => {
    const tasks = everywhere.slice(1);
    const placements = [failed("i00", { nextAttemptAt: now }, daemon)];
    const { verdicts } = planDaemon(inputOf({ daemon, tasks, placements }));
    expect(verdicts.find(({ action }) => action === "start")).toMatchObject({ revision: 2 });
  });
});

describe("the phase", () => {
  function phaseOf(given: Given) {
    const input = inputOf(given);
    return statusOf(input.daemon, planDaemon(input), input.placements, now);
  }
  test("is ACTIVE when all is in place, and says what was taken back", () => {
    expect(phaseOf({ tasks: everywhere }).phase).toBe("ACTIVE");
    const daemon = { ...first, rolledBack: { revision: 4, reason: "it fails" } };
    expect(phaseOf({ daemon, tasks: everywhere }).reason).toContain("it fails");
  });
  test("is ROLLING_OUT while something moves, and says when a canary waits", () => {
    expect(phaseOf({}).phase).toBe("ROLLING_OUT");
    const daemon = changed({ canaryPercent: 5 });
    const tasks = [taskOn("i00", daemon), ...everywhere.slice(1)];
    expect(phaseOf({ daemon, tasks })).toMatchObject({
      phase: "ROLLING_OUT",
      reason: expect.stringContaining("promoteDaemon"),
      updated: 1,
      outdated: 19,
    });
  });
  test("is STUCK where nothing moves, with the reason; what has no room does not hold the others", () => {
    const placements = [failed("i00", { cause: "RESOURCE", reason: "RESOURCE:MEMORY" })];
    const standing = { ...placements[0], standing: "1 0" } as Placement;
    const status = phaseOf({ tasks: everywhere.slice(1), placements: [standing] });
    expect(status).toMatchObject({ phase: "STUCK", failed: 1 });
    expect(status.reason).toContain("RESOURCE:MEMORY");
    // Elsewhere a task is still starting: that moves, but not for ever.
    const starting = (createdAt: number) => ({
      ...taskOn("i01"),
      lastStatus: "PENDING",
      createdAt,
    });
    const phaseWith = (createdAt: number) =>
      phaseOf({ tasks: [starting(createdAt), ...everywhere.slice(2)], placements: [standing] });
    expect(phaseWith(now - 10_000).phase).toBe("ROLLING_OUT");
    expect(phaseWith(now - 3_600_000).phase).toBe("STUCK");
  });
  test("is FAILING when tasks fail again and again, or a revision where it was tried", () => {
    const again = failed("i00", { cause: "TASK", attempts: 3 });
    expect(phaseOf({ tasks: everywhere.slice(1), placements: [again] }).phase).toBe("FAILING");
    const daemon = changed({});
    const bad = failed("i00", { cause: "TASK", attempts: 3 }, daemon);
    const status = phaseOf({ daemon, tasks: everywhere.slice(1), placements: [bad] });
    expect(status).toMatchObject({ phase: "FAILING", reason: expect.stringContaining("1 of 1") });
  });
  test("is what a person asked for", () => {
    expect(phaseOf({ daemon: { ...first, paused: true } }).phase).toBe("PAUSED");
    expect(phaseOf({ daemon: { ...first, deleting: true } }).phase).toBe("DELETING");
  });
});

test("a failure from before a revision, a lost agent and a lack of room hold no rollout", () => {
  const daemon = changed({ minHealthyPercent: 90 });
  const instances = ids.map((id) => anInstance(id, id === "i01" ? { agentConnected: false } : {}));
  const placements = [
    failed("i00", { cause: "TASK", attempts: 9, failedBefore: true }, daemon),
    failed("i02", { cause: "RESOURCE", standing: "1 0" }, daemon),
  ];
  const tasks = ids.filter((id) => id > "i02").map((id) => taskOn(id));
  const { verdicts, rollout } = planDaemon(inputOf({ daemon, instances, tasks, placements }));
  expect(rollout).toMatchObject({ size: 17, healthy: 17, needed: 16 });
  expect(verdicts.filter(({ stop }) => stop.length > 0)).toHaveLength(1);
});

test("an explanation names the rule that stands in the way", () => {
  const brokenRules = (given: Given) => {
    const input = inputOf(given);
    const plan = planDaemon(input);
    const [verdict] = plan.verdicts;
    if (!verdict) throw new Error("no verdict");
    const { placeable, rules } = explain(
      input,
      hereOf(input, verdict.containerInstance),
      verdict,
      plan,
    );
    return { placeable, broken: rules.filter(({ ok }) => !ok).map(({ rule }) => rule) };
  };
  const one = (rest: Partial<ContainerInstance> = {}) => [anInstance("i00", rest)];
  expect(brokenRules({ instances: one() })).toEqual({ placeable: true, broken: [] });
  expect(brokenRules({ instances: one({ status: "DRAINING" }) }).broken).toContain(
    "status is ACTIVE",
  );
  expect(brokenRules({ instances: one({ agentConnected: false }) }).broken).toContain(
    "agent is connected",
  );
  const placements = [failed("i00", { cause: "ATTRIBUTE", standing: "1 0" })];
  expect(brokenRules({ instances: one(), placements }).broken).toContain(
    "no earlier failure speaks against it",
  );
  const daemon = changed({ canaryPercent: 5 });
  const tasks = [...everywhere.slice(0, 19), taskOn("i19", daemon)];
  expect(brokenRules({ daemon, tasks }).broken).toContain("the rollout lets it through");
});
