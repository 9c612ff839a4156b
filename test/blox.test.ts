// Three stories in which Blox 1.0, measured on the same ones, started more tasks than there are container instances:
// 51 for 20, 150 for 100, 430 for 400. Here every instance gets its one task, however the events and answers come.
import { afterAll, test } from "vitest";
import type { Faults } from "../src/simulator/faults.ts";
import { watchDaemons } from "../src/testing/daemon-watch.ts";
import type { DaemonTruth } from "../src/testing/daemon-watch.ts";
import { startLongshore, until } from "../src/testing/longshore.ts";
import type { Longshore } from "../src/testing/longshore.ts";

const running: Longshore[] = [];
afterAll(() => Promise.all(running.map((each) => each.close())));

interface Story {
  readonly instances: number;
  readonly faults?: Partial<Faults>;
  /** Share of ECS's own rates. */
  readonly rates?: number;
}

interface Told {
  readonly truth: DaemonTruth;
  /** StartTask calls that ECS refused for their rate. */
  readonly throttled: number;
}

/** Registers a daemon on an empty fleet in trouble; resolves with what ECS did once every instance has its task. */
async function tell({ instances, faults = {}, rates }: Story): Promise<Told> {
  const started = await startLongshore({
    clusters: 1,
    instances,
    seed: 51,
    timings: { timeScale: 0.1 },
  });
  running.push(started);
  started.serve();
  await started.ready();
  const cluster = await until(
    "the fleet",
    async () => {
      const answer = await started.graphql(
        "{ clusters { nodes { name instanceCounts { total } } } }",
      );
      const [first] = answer.list("clusters", "nodes");
      return first?.count("instanceCounts", "total") === instances ? first.text("name") : undefined;
    },
    60_000,
  );
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
  const { throttled = 0 } = started.simulator.calls.counts()["ECS.StartTask"]?.outcomes ?? {};
  return { truth: watch.of("lamp"), throttled };
}

// At the same time: mostly they wait, each for a fleet of its own.
test.concurrent("events that come 12 s late: 20 tasks on 20 instances", async ({ expect }) => {
  const { truth } = await tell({ instances: 20, faults: { eventLatencyMs: 12_000 } });
  expect(truth).toMatchObject({ started: 20, mostThere: 1 });
}, 240_000);

test.concurrent("StartTask that is throttled part-way: 100 tasks on 100 instances", async ({
  expect,
}) => {
  const { truth, throttled } = await tell({ instances: 100, rates: 0.05 });
  // Else the story has not been told.
  expect(throttled).toBeGreaterThan(0);
  expect(truth).toMatchObject({ started: 100, mostThere: 1 });
}, 240_000);

test.concurrent("a queue that answers in 10 ms: 400 tasks on 400 instances", async ({ expect }) => {
  const { truth } = await tell({ instances: 400, faults: { sqsLatencyMs: 10 } });
  expect(truth).toMatchObject({ started: 400, mostThere: 1 });
}, 240_000);
