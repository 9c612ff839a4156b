// How fast a daemon's task is asked for on a container instance that joins: from its event entering SQS to the
// StartTask call reaching ECS, through real processes. The floor does the same with nothing in between: an SDK
// receive whose message leads straight to an SDK StartTask.
import { ECSClient, StartTaskCommand } from "@aws-sdk/client-ecs";
import { ReceiveMessageCommand, SQSClient, DeleteMessageCommand } from "@aws-sdk/client-sqs";
import { registerInstance } from "../src/simulator/instance-lifecycle.ts";
import { machineTypes } from "../src/simulator/machine-types.ts";
import { startSimulator } from "../src/simulator/server.ts";
import type { Simulator } from "../src/simulator/server.ts";
import { startLongshore, until } from "../src/testing/longshore.ts";
import type { Row } from "./main.ts";

const rounds = 100;
const fleet = {
  clusters: 1,
  instances: 24,
  tasks: 0,
  seed: 1,
  throttleScale: 0,
  timings: { timeScale: 0.1 },
} as const;
/** Blox looked at its clusters every ten seconds. */
const bloxTickMs = 10_000;

/** Lets one instance join; resolves with the milliseconds until StartTask was called. */
function joinOne(simulator: Simulator): Promise<number> {
  return new Promise((resolve) => {
    const { calls } = simulator;
    const add = calls.add;
    let joinedAt = 0;
    calls.add = (operation, outcome) => {
      add(operation, outcome);
      if (operation !== "ECS.StartTask") return;
      calls.add = add;
      resolve(performance.now() - joinedAt);
    };
    simulator.act((world, now) => {
      const [cluster] = world.clusters.values();
      const [type] = machineTypes;
      if (!cluster || !type) throw new Error("the simulator has no cluster");
      joinedAt = performance.now();
      registerInstance(world, now, {
        cluster,
        external: false,
        type,
        attributes: new Map(),
        capacityProviderName: "bench",
      });
    });
  });
}

function percentiles(what: string, samples: readonly number[]): Row & { readonly p50: number } {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
  return { what, p50: at(0.5), figures: { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) } };
}

async function measureLongshore(): Promise<number[]> {
  const longshore = await startLongshore(fleet, { LONGSHORE_LOG_LEVEL: "warn" });
  try {
    for (const role of ["ingest", "api", "scheduler"]) longshore.serve(role);
    await longshore.ready();
    const cluster = await until("the cluster", async () => {
      const answer = await longshore.graphql(
        "{ clusters { nodes { name instanceCounts { total } } } }",
      );
      const [first] = answer.list("clusters", "nodes");
      return first?.count("instanceCounts", "total") === fleet.instances
        ? first.text("name")
        : undefined;
    });
    await longshore.graphql(
      `mutation ($cluster: String!) { registerDaemon(input: { cluster: $cluster, name: "bench", taskDefinition: "node-exporter:1" }) { daemon { name } } }`,
      { cluster },
    );
    let expected: number = fleet.instances;
    const samples: number[] = [];
    const running = async () => {
      const answer = await longshore.graphql(
        `query ($cluster: String!) { daemon(cluster: $cluster, name: "bench") { status { running } } }`,
        { cluster },
      );
      return answer.count("daemon", "status", "running") === expected ? true : undefined;
    };
    await until("the first tasks", running, 60_000);
    for (let round = 0; round < rounds; round++) {
      samples.push(await joinOne(longshore.simulator));
      expected++;
      // An idle system each time: the question is the time to react, not the throughput.
      await until("the task of the new instance", running, 60_000);
    }
    return samples;
  } finally {
    await longshore.close();
  }
}

async function measureFloor(): Promise<number[]> {
  const simulator = await startSimulator(fleet);
  const options = {
    region: "us-east-1",
    endpoint: simulator.url,
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
  };
  const sqs = new SQSClient(options);
  const ecs = new ECSClient(options);
  const stop = new AbortController();
  const seen = new Set<string>();
  const QueueUrl = simulator.queueUrl;
  const poll = async () => {
    while (!stop.signal.aborted) {
      const { Messages = [] } = await sqs
        .send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 }),
          { abortSignal: stop.signal },
        )
        .catch(() => ({ Messages: [] }));
      for (const { Body = "{}", ReceiptHandle } of Messages) {
        const arn: unknown = JSON.parse(Body).detail?.containerInstanceArn;
        const cluster: unknown = JSON.parse(Body).detail?.clusterArn;
        const isNew = typeof arn === "string" && typeof cluster === "string" && !seen.has(arn);
        if (isNew) {
          seen.add(arn);
          await ecs.send(
            new StartTaskCommand({
              cluster,
              taskDefinition: "node-exporter:1",
              containerInstances: [arn],
            }),
          );
        }
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  };
  const polling = poll();
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) samples.push(await joinOne(simulator));
  stop.abort();
  await polling;
  await simulator.close();
  sqs.destroy();
  ecs.destroy();
  return samples;
}

export async function react(): Promise<Row[]> {
  const floor = percentiles("floor: SDK receive, SDK StartTask", await measureFloor());
  const ours = percentiles("Longshore: event in SQS to StartTask", await measureLongshore());
  return [
    floor,
    ours,
    { what: "Longshore / floor", figures: { p50Ms: ours.p50 / floor.p50 } },
    {
      what: "Blox: a tick of 10 s, on average half of it",
      figures: { p50Ms: bloxTickMs / 2, p99Ms: bloxTickMs },
    },
  ];
}
