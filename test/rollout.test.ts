// Rollouts as a user has them, watched in every word of the simulated ECS: enough tasks run and not too many exist at
// every moment, also while instances join, Redis restarts and ECS's answers are lost.
import { StopTaskCommand } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startDaemonStory } from "../src/testing/daemon-story.ts";
import type { DaemonStory } from "../src/testing/daemon-story.ts";
import { until } from "../src/testing/longshore.ts";

const instances = 10;
let story: DaemonStory;
let fleet: number = instances;
let next: string;

beforeAll(async () => {
  story = await startDaemonStory({ instances, seed: 31 }, [["ingest", "api"], ["scheduler"]]);
});
afterAll(() => story?.close());
beforeEach(async () => {
  story.watch.reset();
  next = await story.define("lamp", {});
});

async function join(): Promise<void> {
  await story.control("instances", { cluster: story.cluster, count: 1 });
  fleet++;
}

const started = (name: string, definition: string) =>
  story.watch.of(name).startedOf[definition] ?? 0;

test("TERMINATE_THEN_REPLACE keeps minHealthyPercent running and never has two", async () => {
  await story.register("lamp", { taskDefinition: next, rollout: { minHealthyPercent: 70 } });
  await story.settled("lamp", fleet);
  const second = await story.define("lamp", {});
  await story.change("updateDaemon", "lamp", { taskDefinition: second });
  await until("the first replacements", () => (started("lamp", second) > 1 ? true : undefined));
  await join();
  await story.settled("lamp", fleet);
  const truth = story.watch.of("lamp");
  expect(truth.mostThere).toBe(1);
  expect(truth.fewestRunning).toBeGreaterThanOrEqual(7);
  expect(truth.startedOf[second]).toBe(fleet);
}, 90_000);

test("REPLACE_THEN_TERMINATE surges by maxOverPercent at the most and lacks none", async () => {
  await story.change("updateDaemon", "lamp", {
    taskDefinition: next,
    rollout: {
      method: "REPLACE_THEN_TERMINATE",
      maxOverPercent: 30,
      minHealthyPercent: 100,
    },
  });
  await story.settled("lamp", fleet);
  const truth = story.watch.of("lamp");
  expect(truth.startedOf[next]).toBe(fleet);
  expect(truth.mostLive).toBe(2);
  expect(truth.mostDoubled).toBeLessThanOrEqual(Math.ceil(fleet * 0.3));
  expect(truth.fewestRunning).toBe(fleet);
}, 90_000);

test("a canary stays on its share until it is promoted, and a rollback takes it back", async () => {
  await story.change("updateDaemon", "lamp", {
    taskDefinition: next,
    // Few waves: each waits until the one before has settled.
    rollout: { canaryPercent: 20, maxOverPercent: 60 },
  });
  const canary = Math.ceil(fleet * 0.2);
  await until("the canary", () => (started("lamp", next) === canary ? true : undefined));
  await story.change("pauseDaemon", "lamp");
  await story.change("resumeDaemon", "lamp");
  await until("the canary to be healthy", async () =>
    (await story.status("lamp")).count("updated") === canary ? true : undefined,
  );
  expect(started("lamp", next)).toBe(canary);
  const plan = await story.graphql(
    `query ($cluster: String!) { daemon(cluster: $cluster, name: "lamp") { plan { keep waves { replace } } } }`,
    { cluster: story.cluster },
  );
  // Beyond the canary nothing happens by itself.
  expect(plan.list("daemon", "plan", "waves")).toEqual([]);
  expect(plan.list("daemon", "plan", "keep")).toHaveLength(fleet);
  await story.change("promoteDaemon", "lamp");
  await story.settled("lamp", fleet);
  expect(started("lamp", next)).toBe(fleet);
  await story.change("rollbackDaemon", "lamp");
  await story.settled("lamp", fleet);
}, 90_000);

test("a revision that fails is taken back by itself", async () => {
  const broken = await story.define("broken", { exitAfterMs: 30, exitCode: 1 });
  await story.change("updateDaemon", "lamp", {
    taskDefinition: broken,
    rollout: {
      method: "TERMINATE_THEN_REPLACE",
      minHealthyPercent: 80,
      canaryPercent: 0,
      autoRollback: true,
    },
  });
  await until(
    "the rollback",
    async () =>
      (await story.events("lamp")).find((event) => event.text("type") === "ROLLBACK") && true,
    60_000,
  );
  await story.settled("lamp", fleet, 90_000);
  // Most of the fleet never saw it.
  expect(story.watch.of("lamp").fewestRunning).toBeGreaterThanOrEqual(8);
}, 180_000);

test("a rollout goes on where Redis was killed and while answers are lost", async () => {
  await story.change("updateDaemon", "lamp", {
    taskDefinition: next,
    rollout: { minHealthyPercent: 60 },
  });
  await until("the first replacements", () => (started("lamp", next) > 0 ? true : undefined));
  await story.redis.kill9();
  await story.redis.restart();
  await story.control("faults", { lostReplyRatio: 0.3 });
  await story.settled("lamp", fleet, 120_000);
  await story.control("faults", { lostReplyRatio: 0 });
  const truth = story.watch.of("lamp");
  expect(truth.mostThere).toBe(1);
  expect(truth.startedOf[next]).toBe(fleet);
}, 180_000);

test("what a person stops comes back, and an instance that stops matching loses its task", async () => {
  const [instance] = story.instances();
  const [task] = [...(instance?.tasks ?? [])].filter(({ group }) => group === "daemon:lamp");
  const before = story.watch.of("lamp").started;
  await story.ecs.send(new StopTaskCommand({ cluster: story.cluster, task: task?.arn }));
  await until("its replacement", () =>
    story.watch.of("lamp").started === before + 1 ? true : undefined,
  );
  await story.settled("lamp", fleet);
  const selector = `not(ec2InstanceId == ${instance?.machine.instanceId})`;
  await story.change("updateDaemon", "lamp", { selector });
  await story.settled("lamp", fleet - 1);
  await until("the instance to have none", () =>
    [...(instance?.tasks ?? [])].some(({ group }) => group === "daemon:lamp") ? undefined : true,
  );
}, 90_000);
