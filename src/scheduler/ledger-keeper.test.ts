// The ledger against real Redis: runs whose end and whose instance's end are seen late, or in the wrong order.
import { afterEach, beforeEach, expect, test } from "vitest";
import { currentRevision, formatLaunchMark } from "../daemon/daemon.ts";
import { decodePlacement } from "../daemon/record.ts";
import type { Task } from "../ecs/task.ts";
import { observeContainerInstance, observeTask } from "../store/record.ts";
import { aDaemon, anInstance, aTask, testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { clock, SilentEcs, startSchedulerWorld } from "./test-world.ts";
import type { SchedulerWorld } from "./test-world.ts";

let world: SchedulerWorld;
const daemon = aDaemon({ mode: "ONCE_LEAVING" });

beforeEach(async () => {
  world = await startSchedulerWorld();
  await world.define(daemon);
});
afterEach(() => world.close());

const instanceIs = (id: string, status: string, version: string) =>
  world.store.apply(testCluster, [
    observeContainerInstance(anInstance(id, { status, version }), "event"),
  ]);

/** The end of the run's task on an instance, as an event tells of it. */
async function endOn(id: string, exitCode: number): Promise<void> {
  const { template } = currentRevision(daemon);
  const startedBy = formatLaunchMark({ daemonId: daemon.id, template, launchId: "deadbeef" });
  const container = { arn: "c", name: "c", lastStatus: "STOPPED", exitCode };
  const ended: Partial<Task> = {
    startedBy,
    group: "daemon:lamp",
    lastStatus: "STOPPED",
    desiredStatus: "STOPPED",
    stopCode: "EssentialContainerExited",
    stoppedAt: clock.now(),
    containers: [{ ...container, networkBindings: [], networkInterfaces: [] }],
  };
  const task = aTask(`t-${id}`, id, ended);
  await world.store.apply(testCluster, [observeTask(task, "event", clock.now())]);
}

const runs = async () => {
  const records = [...(await world.recordsOf("p")).values()].map(decodePlacement);
  return records
    .map(
      ({ containerInstanceId, state, exitCode }) => `${containerInstanceId} ${state} ${exitCode}`,
    )
    .toSorted();
};

test("a run whose task ended while nobody could act counts as it ended, though its instance is gone", async () => {
  for (const id of ["i0", "i1"]) {
    await world.remember(id, { state: "STARTING", generation: 1, requestedAt: clock.now() });
    await instanceIs(id, "DRAINING", "1");
  }
  await endOn("i0", 0);
  await endOn("i1", 3);
  for (const id of ["i0", "i1"]) await instanceIs(id, "INACTIVE", "2");
  await world.schedule(new SilentEcs(), "one", await world.openStore("one"));
  await until("both ends", async () =>
    (await runs()).every((run) => !run.includes("STARTING")) ? true : undefined,
  );
  expect(await runs()).toEqual(["i0 SUCCEEDED 0", "i1 SKIPPED 3"]);
});

test("a run whose end is told after its instance's counts as it ended", async () => {
  await world.remember("i0", { state: "STARTING", generation: 1, requestedAt: clock.now() });
  await instanceIs("i0", "INACTIVE", "2");
  const one = await world.schedule(new SilentEcs(), "one", await world.openStore("one"));
  await one.looksOn();
  expect(await runs()).toEqual(["i0 STARTING undefined"]);
  await endOn("i0", 0);
  await until("its success", async () =>
    (await runs()).includes("i0 SUCCEEDED 0") ? true : undefined,
  );
});
