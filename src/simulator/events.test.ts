// The simulator's events and answers, read by the code that reads ECS: one fleet, two tellings, the same state.
import { expect, test } from "vitest";
import { readContainerInstance, readTask } from "../ecs/describe.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Task } from "../ecs/task.ts";
import { readMessage } from "../ecs/event.ts";
import { buildDemoFleet } from "./demo-fleet.ts";
import { instanceJson, taskJson } from "./entity-json.ts";
import { registerInstance, terminateInstance } from "./instance-lifecycle.ts";
import { machineTypes } from "./machine-types.ts";
import { setChurn, tick } from "./tick.ts";
import { createWorld } from "./world.ts";

/** Without what only one side tells: events `updatedAt`, the API health; and without our reader's own timeline. */
function comparable(entity: Task | ContainerInstance): unknown {
  const only = { updatedAt: undefined, healthStatus: undefined, timeline: undefined };
  if (entity.kind === "containerInstance") return { ...entity, ...only };
  const containers = entity.containers.map((each) => ({ ...each, healthStatus: undefined }));
  const attachments = entity.attachments.map((each) => ({ ...each, type: undefined }));
  return { ...entity, ...only, containers, attachments };
}

test("every event is understood, and the last of each entity says what Describe says", () => {
  const now = Date.UTC(2026, 0, 5, 12);
  const world = createWorld({ seed: "events" });
  buildDemoFleet(world, now);
  setChurn(world, now, 4);
  tick(world, now + 60_000);
  setChurn(world, now + 60_000, 0);
  const cluster = world.clusters.get("harbor-prod");
  const [instance] = cluster?.instances.values() ?? [];
  const [type] = machineTypes;
  if (!cluster || !instance || !type) throw new Error("no fleet");
  terminateInstance(world, now + 60_000, instance);
  registerInstance(world, now + 60_000, { cluster, type });
  tick(world, now + 120_000);

  const events = world.outbox.flatMap((body) => readMessage(body));
  const outcomes = new Set(events.map(({ outcome }) => outcome));
  expect(outcomes).toEqual(new Set(["task", "containerInstance", "clusterEvent"]));
  const lastTask = new Map<string, unknown>();
  const lastInstance = new Map<string, unknown>();
  for (const event of events) {
    if (event.outcome === "task") lastTask.set(event.task.arn, comparable(event.task));
    if (event.outcome === "containerInstance")
      lastInstance.set(event.containerInstance.arn, comparable(event.containerInstance));
  }
  expect(lastTask.size).toBeGreaterThan(300);
  expect(lastInstance.size).toBeGreaterThan(30);
  for (const { arn, tasks, instances } of world.clusters.values()) {
    for (const task of tasks.values()) {
      const read = readTask(taskJson(world, "api", task), arn);
      if (!("entity" in read)) throw new Error(read.problem);
      const described = comparable(read.entity);
      // What has had no event since the start has only been described.
      expect(described).toEqual(lastTask.get(task.arn) ?? described);
    }
    for (const each of instances.values()) {
      const read = readContainerInstance(instanceJson("api", each), arn);
      if (!("entity" in read)) throw new Error(read.problem);
      const described = comparable(read.entity);
      expect(described).toEqual(lastInstance.get(each.arn) ?? described);
    }
  }
});
