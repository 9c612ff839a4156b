// What ECS says becomes facts: of a cluster whose instance registers, gets a task and loses it.
import { expect, test } from "vitest";
import { define, defineDaemons } from "../simulator/fleet.ts";
import { registerInstance } from "../simulator/instance-lifecycle.ts";
import { machineTypes } from "../simulator/machine-types.ts";
import { launchTask, stopTask } from "../simulator/task-lifecycle.ts";
import { tick } from "../simulator/tick.ts";
import { createCluster, createWorld } from "../simulator/world.ts";
import { said } from "./facts.ts";

const start = Date.UTC(2026, 0, 5, 12);

test("events of tasks and instances are facts, others are not", () => {
  const world = createWorld({ seed: 1 });
  defineDaemons(world, start);
  const cluster = createCluster(world, "harbor");
  const [type] = machineTypes;
  if (!type) throw new Error("no machine type");
  const instance = registerInstance(world, start, { cluster, type });
  const definition = define(world, start, {
    family: "log-router",
    networkMode: "bridge",
    cpu: 64,
    memory: 64,
  });
  const task = launchTask(world, start, {
    cluster,
    definition,
    instance,
    startedBy: "longshore/a/b/c",
    group: "daemon:log-router",
  });
  tick(world, start + 60_000);
  stopTask(world, start + 60_000, task, "UserInitiated", "a test");
  tick(world, start + 120_000);
  const facts = world.outbox.flatMap(said);
  const of = (entity: string) => facts.filter((fact) => fact.entity === entity);
  expect(of("i")[0]).toMatchObject({ id: instance.id, status: "ACTIVE", agentConnected: true });
  expect(new Set(of("t").map(({ id }) => id))).toEqual(new Set([task.id]));
  expect(of("t").at(-1)).toMatchObject({
    cluster: cluster.arn,
    status: "STOPPED",
    task: {
      containerInstance: instance.id,
      startedBy: "longshore/a/b/c",
      stopCode: "UserInitiated",
    },
  });
  expect(said("no event at all")).toEqual([]);
});
