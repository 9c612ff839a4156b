// The same seed makes the same fleet, and every fleet is one that ECS could have.
import { describe, expect, test } from "vitest";
import { buildDemoFleet } from "./demo-fleet.ts";
import { instanceJson, taskJson } from "./entity-json.ts";
import { buildFleet } from "./fleet.ts";
import { createWorld } from "./world.ts";
import type { World } from "./world.ts";

const now = Date.UTC(2026, 0, 5, 12);

function everything(world: World): unknown {
  return [...world.clusters.values()].map((cluster) => ({
    name: cluster.name,
    instances: [...cluster.instances.values()].map((each) => instanceJson("api", each)),
    tasks: [...cluster.tasks.values()].map((each) => taskJson(world, "api", each)),
  }));
}

describe("a fleet", () => {
  test("is the same for the same seed and another for another", () => {
    const build = (seed: number | string) => {
      const world = createWorld({ seed });
      buildFleet(world, now, { clusters: 2, instances: 9, tasks: 40 });
      return everything(world);
    };
    expect(build(7)).toEqual(build(7));
    expect(build("7")).toEqual(build(7));
    expect(build(8)).not.toEqual(build(7));
  });

  test("has exactly the sizes asked for, all running, with no event", () => {
    const world = createWorld({ seed: 1 });
    buildFleet(world, now, { clusters: 3, instances: 100, tasks: 1000 });
    const clusters = [...world.clusters.values()];
    expect(clusters.map(({ instances }) => instances.size)).toEqual([34, 33, 33]);
    expect(clusters.map(({ tasks }) => tasks.size)).toEqual([334, 333, 333]);
    for (const { tasks } of clusters)
      for (const task of tasks.values()) expect(task.lastStatus).toBe("RUNNING");
    expect(world.outbox).toEqual([]);
    expect(world.due.size).toBe(0);
  });

  test("can be empty, can be dense, and can be all Fargate", () => {
    const none = createWorld({ seed: 1 });
    buildFleet(none, now, { clusters: 0, instances: 0, tasks: 0 });
    expect(none.clusters.size).toBe(0);
    expect(none.taskDefinitions.has("node-exporter")).toBe(true);
    const dense = createWorld({ seed: 1 });
    buildFleet(dense, now, { clusters: 1, instances: 10, tasks: 1000 });
    expect(dense.clusters.get("harbor")?.tasks.size).toBe(1000);
    const fargate = createWorld({ seed: 1 });
    buildFleet(fargate, now, { clusters: 1, instances: 0, tasks: 5 });
    const [task] = fargate.clusters.get("harbor")?.tasks.values() ?? [];
    expect(task).toMatchObject({ launchType: "FARGATE", instance: undefined });
  });

  test("of the demo has 42 instances, about 120 tasks, three zones and every kind of task", () => {
    const world = createWorld({ seed: 1 });
    buildDemoFleet(world, now);
    const clusters = [...world.clusters.values()];
    expect(clusters.map(({ name, instances }) => [name, instances.size])).toEqual([
      ["harbor-prod", 24],
      ["quay-staging", 12],
      ["lighthouse-edge", 6],
    ]);
    const tasks = clusters.flatMap((cluster) => [...cluster.tasks.values()]);
    expect(tasks.length).toBe(120);
    expect(new Set(tasks.map(({ launchType }) => launchType))).toEqual(
      new Set(["EC2", "FARGATE", "EXTERNAL"]),
    );
    expect(new Set(tasks.map(({ definition }) => definition.networkMode)).size).toBe(3);
    const zones = clusters.flatMap(({ instances }) =>
      Array.from(instances.values(), ({ machine }) => machine.availabilityZone),
    );
    expect(new Set(zones).size).toBe(3);
  });
});
