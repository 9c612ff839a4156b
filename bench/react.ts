// How fast a daemon's task is asked for on a container instance that joins, in a cluster of 1,000 instances with 50
// daemons, all with their tasks: from the instance's event entering SQS to the StartTask call reaching ECS, through
// real processes. The floor does the same with nothing in between: an SDK receive whose message leads straight to an
// SDK StartTask.
import { ECSClient, StartTaskCommand } from "@aws-sdk/client-ecs";
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { currentRevision, formatLaunchMark } from "../src/daemon/daemon.ts";
import { registerDaemon } from "../src/daemon/edit.ts";
import { isObject, text } from "../src/ecs/json.ts";
import { registerInstance } from "../src/simulator/instance-lifecycle.ts";
import { machineTypes } from "../src/simulator/machine-types.ts";
import { startSimulator } from "../src/simulator/server.ts";
import type { Simulator } from "../src/simulator/server.ts";
import { placeRunningTask } from "../src/simulator/task-lifecycle.ts";
import { startDaemonStory } from "../src/testing/daemon-story.ts";
import type { DaemonStory } from "../src/testing/daemon-story.ts";
import type { Row } from "./main.ts";

const instances = 1000;
const daemons = 50;
/** Joins that one daemon wants, then joins that all of them want. */
const rounds = 60;
const wideRounds = 6;
/** What one wide round takes of the budget of ECS writes comes back within this. */
const refillMs = 2500;
const worker = "attribute:role == worker";
const simulated = {
  clusters: 1,
  tasks: 0,
  seed: 1,
  throttleScale: 0,
  timings: { timeScale: 0.1 },
} as const;
/** Blox looked at its clusters every ten seconds. */
const bloxTickMs = 10_000;

const daemonOf = (cluster: string, index: number) => {
  const registered = registerDaemon(
    undefined,
    {
      cluster,
      name: `d${index}`,
      taskDefinition: "log-router:1",
      selector: index === 0 ? "" : worker,
    },
    0,
  );
  if (!registered.ok) throw new Error(registered.message);
  return registered.daemon;
};

/** The fleet as if its daemons had been there for days: each instance is a worker with its fifty tasks. */
function placeFleet(simulator: Simulator): void {
  simulator.act((world, now) => {
    const [cluster] = world.clusters.values();
    const definition = world.taskDefinitions.get("log-router")?.[0];
    if (!cluster || !definition) throw new Error("the simulator has no cluster");
    for (const instance of cluster.instances.values()) instance.attributes.set("role", "worker");
    for (let index = 0; index < daemons; index++) {
      const daemon = daemonOf(cluster.arn, index);
      const { template } = currentRevision(daemon);
      const startedBy = formatLaunchMark({ daemonId: daemon.id, template, launchId: "before" });
      for (const instance of cluster.instances.values())
        placeRunningTask(world, now - 3_600_000, {
          cluster,
          definition,
          instance,
          startedBy,
          group: `daemon:${daemon.name}`,
        });
    }
  });
}

/** Lets an instance join; resolves with the ms from the event that matters to each of `calls` StartTask calls. */
function joinOne(simulator: Simulator, role: "worker" | "other", calls: number): Promise<number[]> {
  return new Promise((resolve) => {
    const { calls: log } = simulator;
    const add = log.add;
    const after: number[] = [];
    let toldAt = 0;
    // The daemon that selects everything does not wait for attributes.
    let early = 0;
    // A selector can only be answered by the second event: the first one has no attributes.
    const unlisten = simulator.listen((body) => {
      const event: unknown = JSON.parse(body);
      const detail = isObject(event) ? event["detail"] : undefined;
      if (!isObject(detail) || text(detail, "agentHash") !== undefined) return;
      const told = Array.isArray(detail["attributes"]) && detail["attributes"].length > 0;
      if (detail["taskArn"] === undefined && toldAt === 0 && (role === "other" || told))
        toldAt = performance.now();
    });
    log.add = (operation, outcome) => {
      add(operation, outcome);
      if (operation !== "ECS.StartTask") return;
      if (toldAt === 0) early++;
      else after.push(performance.now() - toldAt);
      if (after.length + early < calls) return;
      log.add = add;
      unlisten();
      resolve(after);
    };
    simulator.act((world, now) => {
      const [cluster] = world.clusters.values();
      const type = machineTypes.at(-1);
      if (!cluster || !type) throw new Error("the simulator has no cluster");
      registerInstance(world, now, {
        cluster,
        external: false,
        type,
        attributes: new Map([["role", role]]),
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

interface Reactions {
  readonly one: number[];
  readonly first: number[];
  readonly each: number[];
}

async function measureReactions(story: DaemonStory): Promise<Reactions> {
  const { simulator } = story;
  for (let index = 0; index < daemons; index++)
    await story.register(`d${index}`, index === 0 ? {} : { selector: worker });
  // Fifty thousand tasks are a thousand calls, at 16 a second.
  for (const index of [0, daemons - 1]) await story.settled(`d${index}`, instances, 120_000);
  const watched = () =>
    Array.from({ length: daemons }, (_, index) => story.watch.of(`d${index}`).started);
  if (watched().some((started) => started > 0)) throw new Error("a task was started for nothing");
  const one: number[] = [];
  const [first, each]: number[][] = [[], []];
  for (let round = 0; round < rounds; round++) {
    one.push(...(await joinOne(simulator, "other", 1)));
    await story.settled("d0", instances + round + 1);
  }
  for (let round = 0; round < wideRounds; round++) {
    await new Promise((resolve) => setTimeout(resolve, refillMs));
    const after = await joinOne(simulator, "worker", daemons);
    first?.push(...after.slice(0, 1));
    each?.push(...after);
    await story.settled(`d${daemons - 1}`, instances + round + 1);
  }
  return { one, first: first ?? [], each: each ?? [] };
}

async function measureLongshore(): Promise<Reactions> {
  const story = await startDaemonStory(
    { ...simulated, instances },
    [["ingest"], ["api"], ["scheduler"]],
    { LONGSHORE_LOG_LEVEL: "warn" },
    placeFleet,
  );
  try {
    return await measureReactions(story);
  } finally {
    await story.close();
  }
}
async function measureFloor(): Promise<number[]> {
  const simulator = await startSimulator({ ...simulated, instances: 24 });
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
  for (let round = 0; round < rounds; round++)
    samples.push(...(await joinOne(simulator, "other", 1)));
  stop.abort();
  await polling;
  await simulator.close();
  sqs.destroy();
  ecs.destroy();
  return samples;
}

export async function react(): Promise<Row[]> {
  const floor = percentiles("floor: SDK receive, SDK StartTask", await measureFloor());
  const { one, first, each } = await measureLongshore();
  const ours = percentiles("Longshore: event in SQS to StartTask", one);
  return [
    floor,
    ours,
    { what: "Longshore / floor", figures: { p50Ms: ours.p50 / floor.p50 } },
    percentiles("an instance that all 50 daemons want: first call", first),
    percentiles("an instance that all 50 daemons want: each call", each),
    {
      what: "Blox: a tick of 10 s, on average half of it",
      figures: { p50Ms: bloxTickMs / 2, p99Ms: bloxTickMs },
    },
  ];
}
