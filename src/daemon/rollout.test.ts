// How far a rollout goes on ten container instances while something is wrong with those that it has changed.
import { describe, expect, test } from "vitest";
import { arnId } from "../ecs/arn.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Task } from "../ecs/task.ts";
import { aDaemon, anInstance, aTask } from "../testing/entities.ts";
import { currentRevision, formatLaunchMark } from "./daemon.ts";
import type { Daemon, Rollout } from "./daemon.ts";
import { updateDaemon } from "./edit.ts";
import { tasksByInstance } from "./judge.ts";
import { standingOf } from "./failure.ts";
import type { Placement } from "./placement.ts";
import { planDaemon } from "./plan.ts";
import type { Plan } from "./plan.ts";
import { statusMovesAt, statusOf } from "./status.ts";

const now = 1_700_000_900_000;
const ids = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
const first = aDaemon();

function revised(rollout: Partial<Rollout> = {}): Daemon {
  const before = { ...first, rollout: { ...first.rollout, ...rollout } };
  const edited = updateDaemon(before, { taskDefinition: "lamp:4" }, 1, now - 800_000);
  if (!edited.ok) throw new Error(edited.message);
  return edited.daemon;
}

const templateOf = (daemon: Daemon): string => currentRevision(daemon).template;

const launchOf = ({ revision }: Daemon): string => `l${revision}`;

/** The task that a daemon's revision has on an instance. */
function taskOf(daemon: Daemon, id: string, rest: Partial<Task> = {}): Task {
  const mark = { template: templateOf(daemon), launchId: launchOf(daemon) };
  const startedBy = formatLaunchMark({ daemonId: daemon.id, ...mark });
  return aTask(`${id}-${daemon.revision}`, id, { startedBy, group: "daemon:lamp", ...rest });
}

const ended = (task: Task, rest: Partial<Task> = {}): Task => ({
  ...task,
  lastStatus: "STOPPED",
  desiredStatus: "STOPPED",
  stopCode: "UserInitiated",
  stoppingAt: now - 2000,
  stoppedAt: now - 1000,
  ...rest,
});

function placed(daemon: Daemon, id: string, rest: Partial<Placement> = {}): Placement {
  return {
    kind: "placement",
    daemon: "lamp",
    containerInstanceId: id,
    generation: 0,
    state: "STARTING",
    launchId: launchOf(daemon),
    template: templateOf(daemon),
    attempts: 1,
    requestedAt: now - 50_000,
    taskArn: taskOf(daemon, id).arn,
    ...rest,
  };
}

const stopOf = (task: Task): Placement["stop"] => ({ taskArn: task.arn, at: now - 3000 });

/** What a fleet is like; instances that are not named have the healthy task of the first revision. */
interface Given {
  readonly daemon: Daemon;
  readonly instances?: Readonly<Record<string, Partial<ContainerInstance>>>;
  readonly tasks?: Readonly<Record<string, readonly Task[]>>;
  readonly placements?: readonly Placement[];
}

const knownIn = ({ placements = [] }: Given): Map<string, Placement> =>
  new Map(
    [...ids.map((id) => placed(first, id)), ...placements].map((each) => [
      each.containerInstanceId,
      each,
    ]),
  );

function planOf(given: Given, at = now): Plan {
  const { daemon, instances = {}, tasks = {} } = given;
  const there = tasksByInstance(ids.flatMap((id) => tasks[id] ?? [taskOf(first, id)]));
  return planDaemon({
    daemon,
    instances: ids.map((id) => anInstance(id, instances[id])),
    tasksOn: (id) => there.get(id) ?? [],
    placements: knownIn(given),
    selects: () => true,
    holdsDrain: () => undefined,
    essentialOf: () => undefined,
    now: at,
  });
}

const stopsOf = ({ verdicts }: Plan): string[] =>
  verdicts.flatMap(({ stop }) => stop.map(({ arn }) => arnId(arn)));

const away = { agentConnected: false };

type There = readonly [what: string, tasks: readonly Task[], placement: Placement];

describe("an instance that a rollout has emptied", () => {
  const daemon = revised();
  const old = taskOf(first, "a");
  const stop = stopOf(old);
  const onAway = (tasks: readonly Task[], placement: Placement) =>
    planOf({ daemon, instances: { a: away }, tasks: { a: tasks }, placements: [placement] });

  const emptied = { taskArn: undefined, emptied: true };
  const failed = { ...emptied, state: "FAILED", requestedAt: now - 9000 } as const;
  const pending = taskOf(daemon, "a", { lastStatus: "PENDING", startedAt: undefined });
  test.each<There>([
    ["its stop was asked for", [old], placed(first, "a", { stop })],
    ["its task is stopping", [{ ...old, desiredStatus: "STOPPED" }], placed(first, "a", { stop })],
    ["its task has stopped", [ended(old)], placed(first, "a", { stop })],
    ["a start is asked for", [ended(old)], placed(daemon, "a", emptied)],
    ["its new task is pending", [ended(old), pending], placed(daemon, "a", emptied)],
    ["a start had no agent", [ended(old)], placed(daemon, "a", { ...failed, cause: "AGENT" })],
    ["a start had no room", [ended(old)], placed(daemon, "a", { ...failed, cause: "RESOURCE" })],
    ["ECS has forgotten what ran", [], placed(first, "a", { stop })],
  ])("holds the next while its agent is away: %s", (_, tasks, placement) => {
    const plan = onAway(tasks, placement);
    expect(plan.rollout).toMatchObject({ size: 10, healthy: 9, needed: 9 });
    expect(stopsOf(plan)).toEqual([]);
    expect(plan.verdicts[0]).toMatchObject({ desired: true });
  });

  test("is the only one, where each stop cuts off the agent", () => {
    const tasks: Record<string, readonly Task[]> = {};
    const instances: Record<string, Partial<ContainerInstance>> = {};
    const placements: Placement[] = [];
    for (let round = 0; round < ids.length; round++)
      for (const task of planOf({ daemon, instances, tasks, placements }).verdicts.flatMap(
        (each) => each.stop,
      )) {
        const id = arnId(task.containerInstanceArn ?? "");
        tasks[id] = [ended(task)];
        instances[id] = away;
        placements.push(placed(first, id, { stop: stopOf(task) }));
      }
    expect(Object.keys(tasks)).toEqual(["a"]);
  });

  const crash = ended(old, { stopCode: "EssentialContainerExited" });
  const beside = { stop: stopOf(aTask("t", "a")) };
  const forgotten = { state: "FAILED", cause: "UNSEEN" } as const;
  test.each<There>([
    ["started where one had emptied it", [crash], placed(first, "a", { emptied: true })],
    ["started beside one that was stopped", [crash], placed(first, "a", beside)],
    ["forgotten by ECS", [], placed(first, "a", { emptied: true, ...forgotten })],
    ["forgotten by ECS, beside another", [], placed(first, "a", { ...beside, ...forgotten })],
    ["still there", [old], placed(first, "a", { emptied: true })],
  ])("is none whose task has ended by itself, and holds nobody then: %s", (_, tasks, placement) => {
    const plan = onAway(tasks, placement);
    expect(plan.rollout).toMatchObject({ size: 9, healthy: 9, needed: 8 });
    expect(stopsOf(plan)).toEqual(["b-1"]);
  });
});

describe("a task of a new revision that runs and is UNHEALTHY", () => {
  const daemon = revised();
  const ill = (id: string) => [taskOf(daemon, id, { healthStatus: "UNHEALTHY" })];
  const well = (...some: string[]) =>
    Object.fromEntries(some.map((id) => [id, [taskOf(daemon, id)]]));

  test.each([
    ["its agent is there", {}],
    ["its agent is away", { c: away }],
  ])("is missing, so no other is stopped: %s", (_, instances) => {
    const plan = planOf({
      daemon,
      instances,
      tasks: { ...well("a", "b"), c: ill("c") },
      placements: [placed(daemon, "c", { emptied: true })],
    });
    expect(plan.rollout).toMatchObject({ size: 10, healthy: 9, needed: 9, failing: false });
    expect(plan.rollout).toMatchObject({ tried: 3, failed: 1 });
    expect(stopsOf(plan)).toEqual([]);
  });

  test("is as bad as one that ends at once, whose agent goes away meanwhile", () => {
    const plan = planOf({
      daemon,
      instances: { c: away },
      tasks: {
        ...well("a", "b"),
        c: [ended(taskOf(daemon, "c"), { startedAt: now - 3000, stopCode: "TaskFailed" })],
      },
      placements: [placed(daemon, "c")],
    });
    expect(plan.rollout).toMatchObject({ size: 10, healthy: 9, needed: 9 });
    expect(stopsOf(plan)).toEqual([]);
  });

  const crashing = (id: string) =>
    placed(daemon, id, {
      state: "FAILED",
      cause: "TASK",
      attempts: 3,
      nextAttemptAt: now + 60_000,
    });
  test.each([
    ["none", [], [], 100, true],
    ["as many as may be missing", ["j"], [], 90, true],
    ["more than may be missing", ["i", "j"], [], 90, false],
    ["more than may be missing, where its starts keep failing", [], ["i", "j"], 90, false],
    ["as many as may be missing, where its starts keep failing", [], ["i", "j"], 80, true],
    ["some, and it keeps failing on others", ["h"], ["i", "j"], 80, false],
  ])(
    "keeps a revision from being the stable one: %s",
    (_, bad, out, minHealthyPercent, settles) => {
      const strict = revised({ minHealthyPercent });
      const tasks = {
        ...well(...ids),
        ...Object.fromEntries(bad.map((id) => [id, ill(id)])),
        ...Object.fromEntries(out.map((id) => [id, []])),
      };
      const placements = ids.map((id) => (out.includes(id) ? crashing(id) : placed(daemon, id)));
      expect(planOf({ daemon: strict, tasks, placements }).settles).toBe(settles);
    },
  );

  test("lets a revision be taken back for as long as it is not the stable one", () => {
    const armed = revised({ autoRollback: true });
    const tasks = {
      ...well(...ids),
      ...Object.fromEntries(ids.slice(4).map((id) => [id, ill(id)])),
    };
    const { takeBack } = planOf({
      daemon: armed,
      tasks,
      placements: ids.map((id) => placed(daemon, id)),
    });
    expect(takeBack).toContain("6 of 10");
  });
});

describe("the old task beside a new one, when the method becomes TERMINATE_THEN_REPLACE", () => {
  const daemon = revised({ method: "TERMINATE_THEN_REPLACE", maxOverPercent: 0 });
  const five = ids.slice(0, 5);
  const beside = (fresh: Partial<Task>, old: Partial<Task> = {}) =>
    Object.fromEntries(
      five.map((id) => [id, [taskOf(first, id, old), taskOf(daemon, id, fresh)]] as const),
    );
  const placements = five.map((id) => placed(daemon, id));
  const plan = (tasks: Readonly<Record<string, readonly Task[]>>, of = daemon) =>
    planOf({ daemon: of, tasks, placements });
  const some = (tasks: Readonly<Record<string, readonly Task[]>>, ...keep: string[]) =>
    Object.fromEntries(Object.entries(tasks).filter(([id]) => keep.includes(id)));
  const ill = { healthStatus: "UNHEALTHY" } as const;
  const well = Object.fromEntries(["h", "i", "j"].map((id) => [id, [taskOf(daemon, id)]]));

  test("goes where the new one is healthy", () => {
    expect(stopsOf(plan(beside({})))).toEqual(expect.arrayContaining(five.map((id) => `${id}-1`)));
  });
  test("stays while the revision fails where it was tried, and says so", () => {
    const { verdicts, rollout } = plan(beside(ill));
    expect(rollout).toMatchObject({ failing: true, healthy: 10, needed: 9 });
    expect(verdicts.flatMap(({ stop }) => stop)).toEqual([]);
    expect(verdicts[0]).toMatchObject({ action: "keep", reason: expect.stringContaining("fails") });
  });
  test("goes only as far as minHealthyPercent stay healthy, and says that it waits", () => {
    const at = (minHealthyPercent: number) => {
      const of = { ...daemon, rollout: { ...daemon.rollout, minHealthyPercent } };
      const { verdicts, rollout } = plan({ ...some(beside(ill), "a", "b", "c"), ...well }, of);
      expect(rollout).toMatchObject({ failing: false, healthy: 10 });
      return verdicts.slice(0, 3);
    };
    const stops = (minHealthyPercent: number) => at(minHealthyPercent).flatMap(({ stop }) => stop);
    expect([90, 80, 70].map((percent) => stops(percent).length)).toEqual([1, 2, 3]);
    expect(at(90)[1]?.reason).toContain("waits for its turn in the rollout");
  });
  test("waits for a new one that came to RUNNING a moment ago", () => {
    const { verdicts } = plan(beside({ startedAt: now - 1 }));
    expect(verdicts.flatMap(({ stop }) => stop)).toHaveLength(1);
  });
  test("goes where neither is healthy, and stays where the new one does not run yet", () => {
    expect(stopsOf(plan(beside(ill, ill)))).toEqual(five.map((id) => `${id}-1`));
    const pending = { lastStatus: "PENDING", startedAt: undefined };
    expect(stopsOf(plan(some(beside(pending), "a")))).toEqual(expect.arrayContaining(["a-2"]));
  });
});

describe("a rollout that does not get on", () => {
  const daemon = revised();
  const surging = revised({ method: "REPLACE_THEN_TERMINATE", maxOverPercent: 10 });
  const [minute, hour] = [60_000, 3_600_000];
  const statusAt = (given: Given, at = now) =>
    statusOf(given.daemon, planOf(given, at), knownIn(given), at);
  const old = taskOf(first, "a");
  const fresh = (rest: Partial<Task> = {}) => taskOf(daemon, "a", rest);
  const pending = (agoMs: number) =>
    fresh({ lastStatus: "PENDING", startedAt: undefined, createdAt: now - agoMs });
  const emptied = (rest: Partial<Placement> = {}) =>
    placed(daemon, "a", { taskArn: undefined, emptied: true, ...rest });
  const standing = standingOf(anInstance("a"));
  const refused = (cause: "RESOURCE" | "ATTRIBUTE", rest: Partial<Placement> = {}) =>
    emptied({ state: "FAILED", cause, reason: cause, standing, ...rest });
  const onA = (tasks: readonly Task[], placement: Placement, rest: Partial<Given> = {}): Given => ({
    daemon,
    tasks: { a: tasks },
    placements: [placement],
    ...rest,
  });
  const illTasks = (...some: string[]) =>
    Object.fromEntries(
      ids.map((id) => [
        id,
        [taskOf(daemon, id, some.includes(id) ? { healthStatus: "UNHEALTHY" } : {})],
      ]),
    );

  const noRoom = onA([ended(old)], refused("RESOURCE"));
  test.each<readonly [what: string, given: Given, reason: string]>([
    ["the new task has no room", noRoom, "RESOURCE"],
    [
      "the new task does not fit the instance",
      onA([ended(old)], refused("ATTRIBUTE")),
      "ATTRIBUTE",
    ],
    ["the new task is PENDING for an hour", onA([ended(old), pending(hour)], emptied()), "PENDING"],
    [
      "the agent is away",
      onA([ended(old)], placed(first, "a", { stop: stopOf(old) }), {
        instances: { a: { ...away, agentConnectedSince: now - hour } },
      }),
      "the agent is not connected",
    ],
    [
      "the new task is UNHEALTHY",
      onA([fresh({ healthStatus: "UNHEALTHY" })], emptied(), {
        tasks: { a: illTasks("a")["a"] ?? [], b: [taskOf(daemon, "b")] },
      }),
      "UNHEALTHY",
    ],
    [
      "ECS refuses the stop",
      onA([old], placed(first, "a", { stop: { taskArn: old.arn, at: now - 1000, failures: 5 } })),
      "ECS refuses the stop",
    ],
    [
      "the new task beside the old one does not get healthy",
      onA(
        [old, fresh({ healthStatus: "UNHEALTHY" })],
        placed(daemon, "a", { requestedAt: now - 12 * minute }),
        {
          daemon: surging,
          tasks: {
            a: [old, fresh({ healthStatus: "UNHEALTHY" })],
            b: [taskOf(daemon, "b")],
            c: [taskOf(daemon, "c")],
          },
        },
      ),
      "is not healthy yet beside the old one",
    ],
    [
      "all have the new task, and too many are UNHEALTHY",
      { daemon, tasks: illTasks("a", "b"), placements: ids.map((id) => placed(daemon, id)) },
      "UNHEALTHY",
    ],
    [
      "only one is outdated, and its agent is away",
      {
        daemon,
        tasks: { ...illTasks(), a: [old] },
        instances: { a: { ...away, agentConnectedSince: now - hour } },
        placements: ids.slice(1).map((id) => placed(daemon, id)),
      },
      "the agent is not connected",
    ],
  ])("is STUCK, with what holds it: %s", (_, given, reason) => {
    expect(statusAt(given)).toMatchObject({
      phase: "STUCK",
      reason: expect.stringMatching(new RegExp(`^a: .*${reason}`)),
    });
  });

  test("is STUCK whatever is tried again elsewhere, and names what holds it", () => {
    const { placements = [] } = noRoom;
    const elsewhere = refused("RESOURCE", {
      containerInstanceId: "j",
      emptied: undefined,
      nextAttemptAt: now + 5000,
      requestedAt: now - 1000,
      standing: "0 0",
    });
    const given = {
      ...noRoom,
      tasks: { ...noRoom.tasks, j: [] },
      placements: [...placements, elsewhere],
    };
    expect(planOf(given).verdicts.at(-1)).toMatchObject({ why: "backoff" });
    expect(statusAt(given)).toMatchObject({
      phase: "STUCK",
      reason: expect.stringMatching(/^a: /),
    });
  });

  test.each<readonly [what: string, given: Given, inMs: number]>([
    ["a task starts", onA([ended(old), pending(5 * minute)], emptied()), 5 * minute],
    [
      "an agent was away for a moment",
      onA([ended(old)], placed(first, "a", { stop: stopOf(old) }), {
        instances: { a: { ...away, agentConnectedSince: now - minute } },
      }),
      minute,
    ],
    [
      "a task takes its time to stop",
      onA([{ ...old, desiredStatus: "STOPPED", stoppingAt: now - minute }], placed(first, "a")),
      9 * minute,
    ],
    [
      "a task has just become UNHEALTHY",
      onA([], emptied(), {
        tasks: {
          a: [fresh({ healthStatus: "UNHEALTHY", startedAt: now - minute })],
          b: [taskOf(daemon, "b")],
        },
      }),
      minute,
    ],
  ])("is ROLLING_OUT at first, and STUCK when it is overdue: %s", (_, given, inMs) => {
    const movesAt = statusMovesAt(given.daemon, planOf(given), knownIn(given), now);
    expect(movesAt).toBe(now + inMs);
    expect(statusAt(given, now + inMs - 1).phase).toBe("ROLLING_OUT");
    expect(statusAt(given, now + inMs)).toMatchObject({
      phase: "STUCK",
      reason: expect.stringMatching(/^a: /),
    });
  });

  test("is ROLLING_OUT between two waves, though another instance has no room", () => {
    const noRoomOnJ = refused("RESOURCE", {
      containerInstanceId: "j",
      emptied: undefined,
    });
    const young = fresh({ startedAt: now - 500 });
    const given = onA([young], emptied(), {
      tasks: { a: [young], j: [] },
      placements: [emptied(), noRoomOnJ],
    });
    expect(planOf(given).verdicts.at(-1)).toMatchObject({ why: "waits for change" });
    expect(statusAt(given).phase).toBe("ROLLING_OUT");
  });
});
