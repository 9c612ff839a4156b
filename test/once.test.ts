// Tasks that run once, as a user has them: on every instance that joins, on every one that leaves, held by Auto
// Scaling's hook until they are done, whoever dies meanwhile. Real processes; the simulator's word is the truth.
import { afterAll, beforeAll, expect, test } from "vitest";
import { startDaemonStory } from "../src/testing/daemon-story.ts";
import type { DaemonStory } from "../src/testing/daemon-story.ts";
import { until } from "../src/testing/longshore.ts";
import type { RoleProcess } from "../src/testing/longshore.ts";

const instances = 5;
let story: DaemonStory;
let schedulers: RoleProcess[];

beforeAll(async () => {
  story = await startDaemonStory({ instances, seed: 21 }, [["ingest", "api"]]);
  schedulers = [story.serve("scheduler"), story.serve("scheduler")];
});
afterAll(() => story?.close());

/** Waits until every run of a daemon has ended with 0. */
async function allSucceeded(name: string, runs: number): Promise<void> {
  let last = "nothing";
  await until(
    `${runs} runs of ${name} to succeed`,
    async () => {
      const placements = await story.placements(name);
      last = JSON.stringify(placements.map(({ value }) => value));
      const done = placements.filter((each) => each.at("exitCode").value === 0);
      return done.length === runs ? true : undefined;
    },
    60_000,
  ).catch((error: unknown) => {
    throw new Error(last, { cause: error });
  });
}

const firstInstance = () => {
  const [instance] = story.instances();
  if (!instance) throw new Error("no instance");
  return instance;
};

test("ONCE_JOINED runs once on what is there and on what joins, and again only when asked", async () => {
  const taskDefinition = await story.define("prime", { exitAfterMs: 200, exitCode: 0 });
  await story.register("prime", { taskDefinition, mode: "ONCE_JOINED" });
  await allSucceeded("prime", instances);
  await story.control("instances", { cluster: story.cluster, count: 1 });
  await allSucceeded("prime", instances + 1);
  const containerInstances = [firstInstance().arn];
  await story.change("rerunDaemon", "prime", { containerInstances });
  await until("a second run", () =>
    story.watch.of("prime").started === instances + 2 ? true : undefined,
  );
  await until("its outcome", async () => {
    const placements = await story.placements("prime");
    const again = placements.find((each) => each.at("generation").value === 2);
    return again?.at("exitCode").value === 0 ? true : undefined;
  });
  expect(story.watch.of("prime")).toMatchObject({ started: instances + 2, mostThere: 1 });
}, 90_000);

test("a run that fails is tried again, with its exit code in the ledger", async () => {
  const taskDefinition = await story.define("stumble", { exitAfterMs: 50, exitCode: 3 });
  const { ec2InstanceId } = { ec2InstanceId: firstInstance().machine.instanceId };
  await story.register("stumble", {
    taskDefinition,
    mode: "ONCE_JOINED",
    selector: `ec2InstanceId == ${ec2InstanceId}`,
  });
  await until("a second try", async () => {
    const placements = await story.placements("stumble");
    const failed = placements.find((each) => each.at("exitCode").value === 3);
    return failed && failed.count("attempts") >= 2 ? true : undefined;
  });
  expect(story.watch.of("stumble").mostThere).toBe(1);
  await story.change("deregisterDaemon", "stumble");
}, 60_000);

test("ONCE_LEAVING runs while Auto Scaling's hook is held, a scheduler dies, and the hook is completed", async () => {
  const { lifecycleWaits } = story.simulator.world;
  const taskDefinition = await story.define("flush", { exitAfterMs: 3000, exitCode: 0 });
  await story.register("flush", { taskDefinition, mode: "ONCE_LEAVING" });
  const instance = firstInstance();
  await story.control("instances/terminate", {
    cluster: story.cluster,
    containerInstances: [instance.id],
    hook: "longshore",
    heartbeatMs: 60_000,
  });
  await until("its task to run", () =>
    [...instance.tasks].some((task) => task.group === "daemon:flush") ? true : undefined,
  );
  expect(instance.status).toBe("DRAINING");
  await until("a heartbeat", () =>
    [...lifecycleWaits.values()].some(({ heartbeats }) => heartbeats > 0) ? true : undefined,
  );
  for (const scheduler of schedulers)
    if (scheduler.output().includes("acting for this")) await scheduler.kill("SIGKILL");
  schedulers.push(story.serve("scheduler"));
  expect(instance.machine.state).toBe("running");
  await until(
    "the hook to be completed",
    () => (instance.machine.state === "terminated" ? true : undefined),
    40_000,
  );
  const runs = [...instance.cluster.tasks.values()].filter(({ group }) => group === "daemon:flush");
  expect(runs.map(({ lastStatus, containers }) => [lastStatus, containers[0]?.exitCode])).toEqual([
    ["STOPPED", 0],
  ]);
  expect(lifecycleWaits.size).toBe(0);
  expect(story.simulator.calls.count("AutoScaling.CompleteLifecycleAction")).toBe(1);
  // Auto Scaling acts on the call at once; the decision is in the history a moment after its answer.
  await until("the whole history", async () => {
    const types = (await story.events("flush")).map((event) => event.text("type"));
    return ["DRAIN", "START", "RELEASE"].every((type) => types.includes(type)) ? true : undefined;
  });
}, 120_000);

test("a spot interruption drains its instance and runs what must run before it goes", async () => {
  const before = story.watch.of("flush").started;
  const instance = firstInstance();
  await story.control("instances/interrupt", {
    cluster: story.cluster,
    containerInstances: [instance.id],
    afterMs: 120_000,
  });
  await until(
    "its task to end",
    () => {
      const run = [...instance.cluster.tasks.values()].find(
        (task) => task.group === "daemon:flush" && task.instance === instance,
      );
      return run?.lastStatus === "STOPPED" ? true : undefined;
    },
    40_000,
  );
  expect(instance.status).toBe("DRAINING");
  expect(story.watch.of("flush")).toMatchObject({ started: before + 1, mostThere: 1 });
}, 90_000);
