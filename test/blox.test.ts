// Three stories in which Blox 1.0, measured on the same ones, started more tasks than there are container instances:
// 51 for 20, 150 for 100, 430 for 400. Here every instance gets its one task, however the events and answers come.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Faults } from "../src/simulator/faults.ts";
import { watchDaemons } from "../src/testing/daemon-watch.ts";
import type { DaemonTruth } from "../src/testing/daemon-watch.ts";
import { startLongshore, until } from "../src/testing/longshore.ts";
import type { Longshore } from "../src/testing/longshore.ts";

let longshore: Longshore | undefined;
beforeEach(() => {
  longshore = undefined;
});
afterEach(() => longshore?.close());

interface Story {
  readonly instances: number;
  readonly faults?: Partial<Faults>;
  /** Share of ECS's own rates. */
  readonly rates?: number;
}

/** Registers a daemon on an empty fleet in trouble; resolves with what ECS did once every instance has its task. */
async function tell({ instances, faults = {}, rates }: Story): Promise<DaemonTruth> {
  const started = await startLongshore({
    clusters: 1,
    instances,
    seed: 51,
    timings: { timeScale: 0.1 },
  });
  longshore = started;
  started.serve();
  await started.ready();
  const cluster = await until("the fleet", async () => {
    const answer = await started.graphql(
      "{ clusters { nodes { name instanceCounts { total } } } }",
    );
    const [first] = answer.list("clusters", "nodes");
    return first?.count("instanceCounts", "total") === instances ? first.text("name") : undefined;
  });
  const watch = watchDaemons(started.simulator);
  started.simulator.setFaults(faults);
  if (rates !== undefined) await started.control("throttle", { scale: rates });
  await started.graphql(
    `mutation ($cluster: String!) { registerDaemon(input: { cluster: $cluster, name: "lamp", taskDefinition: "log-router:1" }) { daemon { name } } }`,
    { cluster },
  );
  await until(
    `${instances} running tasks`,
    async () => {
      const answer = await started.graphql(
        `query ($cluster: String!) { daemon(cluster: $cluster, name: "lamp") { status { phase running } } }`,
        { cluster },
      );
      const status = answer.at("daemon", "status");
      return status.count("running") === instances && status.text("phase") === "ACTIVE"
        ? true
        : undefined;
    },
    90_000,
  );
  return watch.of("lamp");
}

test("events that come 12 s late: 20 tasks on 20 instances", async () => {
  const truth = await tell({ instances: 20, faults: { eventLatencyMs: 12_000 } });
  expect(truth).toMatchObject({ started: 20, mostThere: 1 });
}, 120_000);

test("StartTask that is throttled part-way: 100 tasks on 100 instances", async () => {
  const truth = await tell({ instances: 100, rates: 0.05 });
  const { throttled = 0 } = longshore?.simulator.calls.counts()["ECS.StartTask"]?.outcomes ?? {};
  // Else the story has not been told.
  expect(throttled).toBeGreaterThan(0);
  expect(truth).toMatchObject({ started: 100, mostThere: 1 });
}, 120_000);

test("a queue that answers in 10 ms: 400 tasks on 400 instances", async () => {
  const truth = await tell({ instances: 400, faults: { sqsLatencyMs: 10 } });
  expect(truth).toMatchObject({ started: 400, mostThere: 1 });
}, 120_000);
