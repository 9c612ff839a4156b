// Since when a daemon stands as it does: what tells it in each phase and state, and what nothing tells.
import { describe, expect, test } from "vitest";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Task } from "../ecs/task.ts";
import { aDaemon, anInstance, aTask } from "../testing/entities.ts";
import { currentRevision, formatLaunchMark } from "./daemon.ts";
import type { Daemon } from "./daemon.ts";
import { setPaused, updateDaemon } from "./edit.ts";
import { tasksByInstance } from "./judge.ts";
import type { Placement } from "./placement.ts";
import { holdBack, planDaemon } from "./plan.ts";
import { stateSince } from "./since.ts";
import { placementState, statusOf } from "./status.ts";

const now = 1_700_000_900_000;
const daemon = aDaemon();
const registeredAt = daemon.createdAt;

function taskOn(id: string, startedAt: number | undefined, rest: Partial<Task> = {}): Task {
  const { template } = currentRevision(daemon);
  const startedBy = formatLaunchMark({ daemonId: daemon.id, template, launchId: "l1" });
  return aTask(`t${id}`, id, { startedBy, startedAt, ...rest });
}

function failed(id: string, rest: Partial<Placement> = {}): Placement {
  return {
    kind: "placement",
    daemon: "lamp",
    containerInstanceId: id,
    generation: 0,
    state: "FAILED",
    launchId: "l2",
    template: currentRevision(daemon).template,
    attempts: 3,
    requestedAt: now - 4000,
    failingSince: now - 9000,
    nextAttemptAt: now + 60_000,
    cause: "TASK",
    ...rest,
  };
}

interface Given {
  readonly daemon?: Daemon;
  readonly instances?: readonly ContainerInstance[];
  readonly tasks: readonly Task[];
  readonly placements?: readonly Placement[];
  readonly at?: number;
}

function lookAt({ daemon: of = daemon, instances, tasks, placements = [], at = now }: Given) {
  const there = tasksByInstance(tasks);
  const known = new Map(placements.map((each) => [each.containerInstanceId, each]));
  const plan = planDaemon({
    daemon: of,
    instances: instances ?? ["a", "b"].map((id) => anInstance(id)),
    tasksOn: (id) => there.get(id) ?? [],
    placements: known,
    selects: () => true,
    holdsDrain: () => undefined,
    essentialOf: () => undefined,
    now: at,
  });
  return { of, plan, known, at };
}

function statusIn(given: Given) {
  const { of, plan, known, at } = lookAt(given);
  const { phase, since } = statusOf(of, plan, known, at);
  return [phase, since];
}

describe("a daemon's phase", () => {
  const both = [taskOn("a", now - 500), taskOn("b", now - 300)];
  test("is ACTIVE since the last of its tasks came to RUNNING, or since it was resumed", () => {
    expect(statusIn({ tasks: both })).toEqual(["ACTIVE", now - 300]);
    const paused = setPaused(daemon, true, now - 200);
    if (!paused.ok) throw new Error(paused.message);
    expect(statusIn({ daemon: paused.daemon, tasks: both })).toEqual(["PAUSED", now - 200]);
    const resumed = setPaused(paused.daemon, false, now - 100);
    if (!resumed.ok) throw new Error(resumed.message);
    expect(statusIn({ daemon: resumed.daemon, tasks: both })).toEqual(["ACTIVE", now - 100]);
  });
  test("is PAUSED since it was, however often somebody says so again", () => {
    const first = setPaused(daemon, true, now - 200);
    if (!first.ok) throw new Error(first.message);
    const again = updateDaemon(first.daemon, { paused: true, drainOrder: 3 }, undefined, now);
    if (!again.ok) throw new Error(again.message);
    expect(statusIn({ daemon: again.daemon, tasks: both })).toEqual(["PAUSED", now - 200]);
  });
  test("is ROLLING_OUT since the revision was made, until it was everywhere", () => {
    const edited = updateDaemon(daemon, { taskDefinition: "lamp:4" }, 1, now - 250);
    if (!edited.ok) throw new Error(edited.message);
    const given = { daemon: edited.daemon, tasks: both };
    expect(statusIn(given)).toEqual(["ROLLING_OUT", now - 250]);
  });
  test("is ROLLING_OUT later since the first container instance lacked its task", () => {
    const starting = taskOn("b", undefined, { lastStatus: "PENDING", createdAt: now - 70 });
    expect(statusIn({ tasks: [taskOn("a", now - 500), starting] })).toEqual([
      "ROLLING_OUT",
      now - 70,
    ]);
    const coming = { ...failed("b"), state: "STARTING", launchId: "l3" } as const;
    const given = { tasks: [taskOn("a", now - 500)], placements: [coming] };
    expect(statusIn(given)).toEqual(["ROLLING_OUT", now - 4000]);
  });
  test("of runs is ROLLING_OUT since the first that is not over", () => {
    const once = aDaemon({ mode: "ONCE_JOINED" });
    const given = { daemon: once, tasks: [taskOn("a", now - 500), taskOn("b", now - 300)] };
    const placements = ["a", "b"].map((id) =>
      failed(id, { state: "STARTING", launchId: "l1", generation: 1, attempts: 1 }),
    );
    expect(statusIn({ ...given, placements })).toEqual(["ROLLING_OUT", now - 500]);
    const over = placements.map(
      (each, at) => ({ ...each, state: "SUCCEEDED", endedAt: now - 20 * (at + 1) }) as const,
    );
    expect(statusIn({ ...given, tasks: [], placements: over })).toEqual(["ACTIVE", now - 20]);
  });
  test("is FAILING since the first failure in a row, STUCK since what it waits for was asked for", () => {
    const [first] = both;
    if (!first) throw new Error("no task");
    expect(statusIn({ tasks: [first], placements: [failed("b")] })).toEqual([
      "FAILING",
      now - 9000,
    ]);
    const lost = { ...failed("b"), state: "STARTING", launchId: "l3", attempts: 1 } as const;
    const placements = [{ ...lost, requestedAt: now - 130_000, failingSince: undefined }];
    expect(statusIn({ tasks: [first], placements })).toEqual(["STUCK", now - 130_000]);
  });
  test("has no time before the first comparison, for nobody knows", () => {
    const { of, plan, known } = lookAt({ tasks: both });
    const waiting = holdBack(plan, { reason: "not compared", isStuck: false });
    expect(statusOf(of, waiting, known, now).since).toBeUndefined();
  });
  test("is never older than the daemon", () => {
    const longAgo = [taskOn("a", 5), taskOn("b", 6)];
    expect(statusIn({ tasks: longAgo })).toEqual(["ACTIVE", registeredAt]);
  });
});

describe("a placement", () => {
  function stateOn(given: Given, id = "a") {
    const { of, plan, known } = lookAt(given);
    const verdict = plan.verdicts.find(({ containerInstance }) =>
      containerInstance.arn.endsWith(`/${id}`),
    );
    if (!verdict) throw new Error(`no verdict on ${id}`);
    const state = placementState(verdict);
    return [state, stateSince(of, verdict, state, known.get(id))];
  }
  test("runs, starts and stops since its task does", () => {
    expect(stateOn({ tasks: [taskOn("a", now - 500)] })).toEqual(["RUNNING", now - 500]);
    const starting = taskOn("a", undefined, { lastStatus: "PENDING", createdAt: now - 70 });
    expect(stateOn({ tasks: [starting] })).toEqual(["STARTING", now - 70]);
    const stopping = taskOn("a", now - 500, { desiredStatus: "STOPPED", stoppingAt: now - 20 });
    expect(stateOn({ tasks: [stopping] })).toEqual(["STOPPING", now - 20]);
    const asked = { ...failed("a"), launchId: "l1", stop: { taskArn: "", at: now - 9 } };
    const task = taskOn("a", now - 500);
    const placements = [{ ...asked, stop: { taskArn: task.arn, at: now - 9 } }];
    expect(stateOn({ tasks: [task], placements })).toEqual(["STOPPING", now - 9]);
  });
  test("fails since the first failure in a row", () => {
    expect(stateOn({ tasks: [], placements: [failed("a")] })).toEqual(["FAILED", now - 9000]);
    const first = failed("a", { attempts: 1, failingSince: undefined });
    expect(stateOn({ tasks: [], placements: [first] })).toEqual(["FAILED", now - 4000]);
  });
  test("waits for its container instance since that is as it is; what is due has no time", () => {
    const away = anInstance("a", { agentConnected: false, agentConnectedSince: now - 40 });
    expect(stateOn({ instances: [away], tasks: [] })).toEqual(["WAITING", now - 40]);
    const leaving = anInstance("a", { status: "DRAINING", statusSince: now - 30 });
    expect(stateOn({ instances: [leaving], tasks: [] })).toEqual(["EXCLUDED", now - 30]);
    expect(stateOn({ tasks: [] })).toEqual(["STARTING", undefined]);
  });
});
