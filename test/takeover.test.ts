// Two schedulers, one acts: what happens when it is killed, stopped in order, or frozen and woken up again. Watched in
// every word of the simulated ECS: no instance ever has two tasks.
import { StartTaskCommand } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startDaemonStory } from "../src/testing/daemon-story.ts";
import type { DaemonStory } from "../src/testing/daemon-story.ts";
import { until } from "../src/testing/longshore.ts";
import type { RoleProcess } from "../src/testing/longshore.ts";

const instances = 24;
let story: DaemonStory;
let schedulers: RoleProcess[];

/** Whether a scheduler acts, by its own word. */
const acts = (scheduler: RoleProcess): boolean => {
  const output = scheduler.output();
  return output.lastIndexOf("acting for this") > output.lastIndexOf("another scheduler acts");
};
const isAlive = ({ process }: RoleProcess) =>
  process.exitCode === null && process.signalCode === null;

/** The scheduler that acts, other than `except`; how long it took until there was one. */
async function leader(
  except?: RoleProcess,
): Promise<{ readonly scheduler: RoleProcess; readonly afterMs: number }> {
  const from = performance.now();
  const scheduler = await until(
    "a scheduler that acts",
    () => schedulers.find((each) => each !== except && isAlive(each) && acts(each)),
    60_000,
  );
  return { scheduler, afterMs: performance.now() - from };
}

/** Waits until another one is ready to act. */
async function standby(): Promise<void> {
  const { scheduler } = await leader();
  const isReady = (each: RoleProcess) =>
    each !== scheduler && isAlive(each) && each.output().includes("scheduler is running");
  await until("a standby", () => schedulers.find(isReady), 60_000);
}

async function join(): Promise<void> {
  await story.control("instances", { cluster: story.cluster, count: 1 });
}

beforeAll(async () => {
  story = await startDaemonStory({ instances, seed: 11 }, [["ingest", "api"]]);
  schedulers = [story.serve("scheduler"), story.serve("scheduler")];
  await leader();
  await standby();
  await story.register("lamp");
  await story.settled("lamp", instances);
});
afterAll(() => story?.close());

test("a scheduler that is killed is followed by the other within its lease", async () => {
  const { scheduler } = await leader();
  await scheduler.kill("SIGKILL");
  await join();
  const { afterMs } = await leader(scheduler);
  console.info(`took over ${Math.round(afterMs)} ms after kill -9`);
  // Promised are 5 s; the rest is for a machine that is busy with other tests.
  expect(afterMs).toBeLessThan(7000);
  await story.settled("lamp", instances + 1);
  expect(story.watch.of("lamp")).toMatchObject({ started: instances + 1, mostThere: 1 });
  schedulers.push(story.serve("scheduler"));
}, 60_000);

test("a scheduler that is asked to stop hands over at once", async () => {
  const { scheduler } = await leader();
  await standby();
  expect(await scheduler.kill("SIGTERM")).toBe(0);
  const { afterMs } = await leader(scheduler);
  console.info(`took over ${Math.round(afterMs)} ms after SIGTERM`);
  // Sooner than a lease that was not given back would end.
  expect(afterMs).toBeLessThan(3500);
  await join();
  await story.settled("lamp", instances + 2);
  expect(story.watch.of("lamp")).toMatchObject({ started: instances + 2, mostThere: 1 });
  schedulers.push(story.serve("scheduler"));
}, 60_000);

test("a scheduler that was frozen while it worked and wakes up after its lease does nothing", async () => {
  const { scheduler: frozen } = await leader();
  await story.control("faults", { ecsLatencyMs: 200 });
  await story.register("bell");
  await until("some starts", () => (story.watch.of("bell").started > 0 ? true : undefined));
  frozen.process.kill("SIGSTOP");
  await story.control("faults", { ecsLatencyMs: 0 });
  await leader(frozen);
  await story.settled("bell", instances + 2);
  await story.settled("lamp", instances + 2);
  const before = frozen.output().length;
  frozen.process.kill("SIGCONT");
  await until("the one that was frozen to notice", () => (acts(frozen) ? undefined : true));
  await join();
  await story.settled("bell", instances + 3);
  await story.settled("lamp", instances + 3);
  expect(frozen.output().slice(before)).not.toMatch(/started a task|stopped a task/);
  for (const name of ["lamp", "bell"])
    expect(story.watch.of(name)).toMatchObject({ started: instances + 3, mostThere: 1 });
  const noted = (await story.events("bell")).filter((event) => event.text("type") === "START");
  expect(new Set(noted.map((event) => event.text("task"))).size).toBe(noted.length);
}, 90_000);

test("a task that a person started by hand in a daemon's name is nobody's", async () => {
  const [instance] = story.instances();
  const { tasks = [] } = await story.ecs.send(
    new StartTaskCommand({
      cluster: story.cluster,
      taskDefinition: "log-router:1",
      containerInstances: [instance?.id ?? ""],
      group: "daemon:lamp",
      startedBy: "a-person",
    }),
  );
  const [byHand] = tasks;
  if (!byHand) throw new Error("not started");
  await story.change("deregisterDaemon", "bell");
  await until("bell to be gone", async () => {
    const answer = await story.graphql(
      `query ($cluster: String!) { daemon(cluster: $cluster, name: "bell") { name } }`,
      { cluster: story.cluster },
    );
    return answer.at("daemon").value === null ? true : undefined;
  });
  await story.settled("lamp", instances + 3);
  const task = story.simulator.world.clusters
    .get(story.cluster)
    ?.tasks.get(byHand.taskArn?.split("/").at(-1) ?? "");
  expect(task?.lastStatus).toBe("RUNNING");
  // Neither taken for the daemon's nor in its way.
  expect(story.watch.of("lamp")).toMatchObject({ started: instances + 4 });
}, 60_000);
