// From launch to drain, as a user has it: RUN_TASK whose answers are lost, the attribute that tells services to wait for
// daemons, and the order in which daemons leave. Real processes; the simulator's word is the truth.
import {
  StartTaskCommand,
  StopTaskCommand,
  UpdateContainerInstancesStateCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startDaemonStory } from "../src/testing/daemon-story.ts";
import type { DaemonStory } from "../src/testing/daemon-story.ts";
import { until } from "../src/testing/longshore.ts";

const instances = 6;
const ready = "longshore.ready";
let story: DaemonStory;
let definition: string;

beforeAll(async () => {
  story = await startDaemonStory({ instances, seed: 41 }, [["ingest", "api"], ["scheduler"]]);
  definition = await story.define("lamp", {});
});
afterAll(() => story?.close());

const readyCount = () =>
  story.instances().filter(({ attributes }) => attributes.get(ready) === "true").length;

test("RUN_TASK starts one on each instance, although answers are lost", async () => {
  const { calls } = story.simulator;
  await story.control("faults", { lostReplyRatio: 0.5 });
  await story.register("lamp", { taskDefinition: definition, launch: "RUN_TASK", drainOrder: 1 });
  await story.settled("lamp", instances, 90_000);
  await story.control("faults", { lostReplyRatio: 0 });
  // Else the story has not been told.
  const { lost = 0 } = calls.counts()["ECS.RunTask"]?.outcomes ?? {};
  expect(lost).toBeGreaterThan(0);
  expect(calls.count("ECS.StartTask")).toBe(0);
  expect(story.watch.of("lamp")).toMatchObject({ started: instances, mostThere: 1 });
}, 120_000);

test("readinessAttribute is there while all daemons are healthy, and gone when one is not", async () => {
  await story.register("bell", { taskDefinition: definition, readinessAttribute: ready });
  await until("every instance to be ready", () => (readyCount() === instances ? true : undefined));
  const [instance] = story.instances();
  const tasks = [...(instance?.tasks ?? [])].filter(({ group }) => group === "daemon:bell");
  await story.control("faults", { startRefusalRatio: 1 });
  await story.control("tasks/crash", { cluster: story.cluster, tasks: tasks.map(({ id }) => id) });
  await until(
    "the attribute to go",
    () => (instance?.attributes.has(ready) ? undefined : true),
    40_000,
  );
  expect(readyCount()).toBe(instances - 1);
  await story.control("faults", { startRefusalRatio: 0 });
}, 150_000);

test("daemons leave a draining instance last, and in drainOrder", async () => {
  const { ecs, cluster } = story;
  const instance = story.instances().at(-1);
  if (!instance) throw new Error("no instance");
  const containerInstances = [instance.id];
  await ecs.send(new StartTaskCommand({ cluster, taskDefinition: definition, containerInstances }));
  const taskOf = (group: string) => {
    const [task] = [...instance.cluster.tasks.values()].filter(
      (each) => each.instance === instance && each.group === group,
    );
    if (!task) throw new Error(`no task of ${group}`);
    return task;
  };
  const byHand = taskOf("family:lamp");
  const [first, last] = [taskOf("daemon:bell"), taskOf("daemon:lamp")];
  await until("it to run", () => (byHand.lastStatus === "RUNNING" ? true : undefined));
  const drain = { cluster, containerInstances, status: "DRAINING" } as const;
  await ecs.send(new UpdateContainerInstancesStateCommand(drain));
  const reasonThere = async (name: string) => {
    const placements = await story.placements(name);
    const here = placements.find((each) => each.text("containerInstance", "arn") === instance.arn);
    return here?.text("reason");
  };
  await until("daemons that wait", async () =>
    (await reasonThere("bell"))?.includes("other tasks still run there") ? true : undefined,
  );
  expect([first.lastStatus, last.lastStatus]).toEqual(["RUNNING", "RUNNING"]);
  await ecs.send(new StopTaskCommand({ cluster, task: byHand.arn }));
  await until("the last to stop", () => (last.lastStatus === "STOPPED" ? true : undefined));
  expect(first.stoppingAt).toBeGreaterThanOrEqual(byHand.stoppedAt ?? Infinity);
  expect(last.stoppingAt).toBeGreaterThanOrEqual(first.stoppedAt ?? Infinity);
  expect([...instance.tasks].filter(({ lastStatus }) => lastStatus !== "STOPPED")).toEqual([]);
}, 90_000);
