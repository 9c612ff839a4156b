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
import type { Placement } from "./placement.ts";
import { planDaemon } from "./plan.ts";
import type { Plan } from "./plan.ts";

const now = 1_700_000_900_000;
const ids = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
const first = aDaemon();

function revised(rollout: Partial<Rollout> = {}): Daemon {
  const before = { ...first, rollout: { ...first.rollout, ...rollout } };
  const edited = updateDaemon(before, { taskDefinition: "lamp:4" }, 1, now - 60_000);
  if (!edited.ok) throw new Error(edited.message);
  return edited.daemon;
}

const templateOf = (daemon: Daemon): string => currentRevision(daemon).template;

/** The task that a daemon's revision has on an instance. */
function taskOf(daemon: Daemon, id: string, rest: Partial<Task> = {}): Task {
  const template = templateOf(daemon);
  const startedBy = formatLaunchMark({ daemonId: daemon.id, template, launchId: "l1" });
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
    launchId: "l1",
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

function planOf({ daemon, instances = {}, tasks = {}, placements = [] }: Given): Plan {
  const there = tasksByInstance(ids.flatMap((id) => tasks[id] ?? [taskOf(first, id)]));
  const known = new Map(
    [...ids.map((id) => placed(first, id)), ...placements].map((each) => [
      each.containerInstanceId,
      each,
    ]),
  );
  return planDaemon({
    daemon,
    instances: ids.map((id) => anInstance(id, instances[id])),
    tasksOn: (id) => there.get(id) ?? [],
    placements: known,
    selects: () => true,
    holdsDrain: () => undefined,
    essentialOf: () => undefined,
    now,
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

  const emptied = { launchId: "l2", taskArn: undefined, emptied: true };
  const failed = { ...emptied, state: "FAILED", requestedAt: now - 9000 } as const;
  const pending = taskOf(daemon, "a", {
    startedBy: `longshore/${daemon.id}/${templateOf(daemon)}/l2`,
    lastStatus: "PENDING",
    startedAt: undefined,
  });
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
