// What breaks between SQS and Redis, done on purpose to real workers. Each event of a cluster's history carries an id
// that only SQS knows, so nothing but the queue can bring it back: afterwards all are there, each once, and the copy of
// the clusters says what ECS says.
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SendMessageBatchCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../src/clock.ts";
import { breakableNetwork } from "../src/testing/broken-network.ts";
import type { BrokenNetwork, NetworkState } from "../src/testing/broken-network.ts";
import { startLongshore, until } from "../src/testing/longshore.ts";
import type { Longshore, RoleProcess } from "../src/testing/longshore.ts";
import { taskJson } from "../src/simulator/entity-json.ts";

let longshore: Longshore;
let sqs: SQSClient;
let network: BrokenNetwork;
let workers: RoleProcess[];
/** Ids of all history events that were sent and must be told, newest first. */
let told: string[] = [];

const hour = 3_600_000;

/** A process whose clock is off: a preload moves its Date. */
const clockOff = (ms: number) => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
    `const R=Date,o=${ms};globalThis.Date=class extends R{constructor(...a){a.length?super(...a):super(R.now()+o)}static now(){return R.now()+o}};`,
  )}`,
});

const cluster = () => {
  const [first] = longshore.simulator.world.clusters.values();
  if (!first) throw new Error("the simulator has no cluster");
  return first;
};

const event = (detailType: string, id: string, detail: object): string => {
  const { scope } = longshore.simulator.world;
  return JSON.stringify({
    version: "0",
    id,
    "detail-type": detailType,
    source: "aws.ecs",
    account: scope.account,
    region: scope.region,
    time: new Date(systemClock.now() + told.length).toISOString(),
    resources: [],
    detail,
  });
};

/** Sends events of the history straight into the queue; they arrive by nothing else. */
function tell(count: number): void {
  for (let at = 0; at < count; at++) {
    const id = `told-${told.length}`;
    told.unshift(id);
    const detail = { eventType: "INFO", eventName: "SERVICE_STEADY_STATE" };
    const body = { ...detail, clusterArn: cluster().arn };
    longshore.simulator.sendRaw(event("ECS Service Action", id, body));
  }
}

/** Moves tasks on by a version each, as ECS does, and sends their events in no certain order. */
function moveTasks(count: number): void {
  const { world } = longshore.simulator;
  const tasks = [...cluster().tasks.values()].filter(({ lastStatus }) => lastStatus === "RUNNING");
  const bodies: string[] = [];
  for (let at = 0; at < count; at++) {
    const task = tasks[at % tasks.length];
    if (!task) throw new Error("no task is running");
    task.version += 1;
    bodies.push(event("ECS Task State Change", `moved-${at}`, taskJson(world, "event", task)));
  }
  for (const body of bodies.toReversed()) longshore.simulator.sendRaw(body);
}

async function historyIds(): Promise<string[]> {
  const answer = await longshore.graphql(
    "query ($cluster: String!) { cluster(cluster: $cluster) { events(first: 1000) { id } } }",
    { cluster: cluster().arn },
  );
  return answer
    .list("cluster", "events")
    .map((each) => each.text("id"))
    .filter((id) => id.startsWith("told-"));
}

async function ourTasks(): Promise<string[]> {
  const answer = await longshore.graphql(
    "query ($cluster: String!) { tasks(filter: { cluster: $cluster, lastStatus: [RUNNING] }, first: 1000) { nodes { id version } } }",
    { cluster: cluster().arn },
  );
  const nodes = answer.list("tasks", "nodes");
  return nodes.map((task) => `${task.text("id")} ${task.text("version")}`).toSorted();
}

const theirTasks = (): string[] =>
  [...cluster().tasks.values()]
    .filter(({ lastStatus }) => lastStatus === "RUNNING")
    .map(({ arn, version }) => `${arn.slice(arn.lastIndexOf("/") + 1)} ${version}`)
    .toSorted();

const queueUrl = async () =>
  (await sqs.send(new GetQueueUrlCommand({ QueueName: "longshore" }))).QueueUrl;

async function depth(QueueUrl: string | undefined): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
  );
  return (
    Number(Attributes["ApproximateNumberOfMessages"]) +
    Number(Attributes["ApproximateNumberOfMessagesNotVisible"])
  );
}

/** Nothing lost, nothing twice, nothing left over. */
async function allIsWell(timeoutMs = 20_000): Promise<void> {
  let seen = "nothing";
  await until(
    "everything to have arrived",
    async () => {
      const [history, tasks] = [await historyIds(), await ourTasks()];
      const left = await depth(await queueUrl());
      const differ = tasks.filter((each) => !theirTasks().includes(each));
      const missing = told.filter((id) => !history.includes(id));
      seen = `${missing.length} of ${told.length} events missing (${missing.slice(0, 3).join()}), ${left} messages left, ${differ.length} tasks differ`;
      const same = history.length === told.length && missing.length === 0;
      return same && left === 0 && tasks.join() === theirTasks().join() ? true : undefined;
    },
    timeoutMs,
  ).catch((error: unknown) => {
    throw new Error(seen, { cause: error });
  });
}

const says = (worker: RoleProcess | undefined, text: string): Promise<true> =>
  until(
    `the worker to say: ${text}`,
    () => (worker?.output().includes(text) ? true : undefined),
    40_000,
  ).catch((error: unknown) => {
    throw new Error(`it said: ${worker?.output().slice(-2000)}`, { cause: error });
  });

const times = (worker: RoleProcess | undefined, text: string): number =>
  (worker?.output().split(text).length ?? 0) - 1;

beforeAll(async () => {
  longshore = await startLongshore(
    { clusters: 1, instances: 10, tasks: 200, seed: 11, timings: { timeScale: 0.1 } },
    { LONGSHORE_RECONCILE_SECONDS: "3600", LONGSHORE_RETENTION_HOURS: "2" },
  );
  network = await breakableNetwork(longshore.simulator.url);
  sqs = new SQSClient({
    region: "us-east-1",
    endpoint: longshore.simulator.url,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  workers = [
    longshore.serveWith(clockOff(5 * hour), "ingest"),
    longshore.serveWith({ ...clockOff(-7 * hour), AWS_ENDPOINT_URL_SQS: network.url }, "ingest"),
  ];
  longshore.serve("api");
  await longshore.ready();
  await until("all tasks", async () => (await ourTasks()).length === 200 || undefined);
}, 60_000);

afterAll(async () => {
  sqs?.destroy();
  await longshore?.close();
  await network?.close();
});

test("two workers whose clocks are hours off: nothing but what they log tells another time", async () => {
  const [task] = [...cluster().tasks.values()];
  await longshore.control("tasks/crash", { tasks: [task?.arn], exitCode: 3 });
  tell(50);
  moveTasks(400);
  await allIsWell();
  // Two hours of retention, and workers that believe it to be five hours later and seven hours earlier.
  const answer = await until("the freshness to be told", async () => {
    const seen = await longshore.graphql(
      `query ($arn: ID!) {
        task(arn: $arn) { lastStatus }
        clusters { nodes { freshness { lastEventAt lastReconciledAt eventLagMs } } }
        ingestWorkers { seenAt received }
      }`,
      { arn: task?.arn },
    );
    const at = seen.at("clusters", "nodes", 0, "freshness", "lastEventAt").value;
    return at === null ? undefined : seen;
  });
  expect(answer.text("task", "lastStatus")).not.toBe("RUNNING");
  const now = systemClock.now();
  const freshness = answer.at("clusters", "nodes", 0, "freshness");
  for (const at of ["lastEventAt", "lastReconciledAt"])
    expect(Math.abs(now - Date.parse(freshness.text(at)))).toBeLessThan(120_000);
  expect(freshness.count("eventLagMs")).toBeLessThan(60_000);
  expect(answer.list("ingestWorkers")).toHaveLength(2);
  for (const worker of answer.list("ingestWorkers"))
    expect(Math.abs(now - Date.parse(worker.text("seenAt")))).toBeLessThan(60_000);
  expect((await fetch(`${longshore.url}readyz`)).status).toBe(200);
  const metrics = await (await fetch(`${longshore.url}metrics`)).text();
  for (const name of ["ingest_received_total", "ingest_storing_seconds_total", "ingest_pollers"])
    expect(metrics.split(`longshore_${name}{worker="ingest-`)).toHaveLength(3);
  expect(metrics).toMatch(/longshore_queue_oldest_message_age_seconds\{queue="longshore"\} \d/);
  expect(metrics).toMatch(/longshore_event_time_lag_seconds\{cluster="\w+",.*\} \d/);
});

/** Lets both workers receive, until the second one has seen what is wrong with its way to SQS, then mends it. */
async function breakAndMend(refusal: NetworkState, complaint: string): Promise<void> {
  const mended = times(workers[1], "receiving from queue longshore works again");
  network.become(refusal);
  const look = async () => {
    // Deleting may complain of the same: what is to be mended is receiving.
    const lines = workers[1]?.output().split("\n") ?? [];
    if (lines.some((line) => line.includes("receiving") && line.includes(complaint))) return true;
    // A receive that was under way before must end first, after 20 s or when something comes for it.
    // Few enough that the history, which keeps a thousand, has room for the tests to come.
    if (told.length < 300) tell(2);
    await systemClock.sleep(100);
    return undefined;
  };
  await until(`the worker to say: ${complaint}`, look, 45_000);
  network.become("fine");
  // Its next receive may wait 20 s for a message, which the other worker may take.
  await until(
    "the worker to go on",
    () =>
      times(workers[1], "receiving from queue longshore works again") > mended ? true : undefined,
    45_000,
  );
  await allIsWell();
}

test("SQS that answers with errors is waited for, said once, and nothing is lost", async () => {
  const message = "We encountered an internal error. Please try again.";
  await longshore.control("churn", { perSecond: 5 });
  const stopChurn = () => longshore.control("churn", { perSecond: 0 });
  const complaint = "receiving from queue longshore fails";
  const refusal = { status: 500, type: "com.amazonaws.sqs#InternalError", message };
  await Promise.all([breakAndMend(refusal, complaint), systemClock.sleep(1000).then(stopChurn)]);
  // A receive that was under way may still bring something amid it all: it works again, and what fails is said anew.
  const over = times(workers[1], "receiving from queue longshore works again");
  expect(times(workers[1], complaint)).toBeLessThanOrEqual(over);
}, 120_000);

test("expired credentials are named with what to do, and work again by themselves once they are renewed", async () => {
  const message = "The security token included in the request is expired";
  const refusal = { status: 403, type: "com.amazonaws.sqs#ExpiredTokenException", message };
  await breakAndMend(refusal, "the AWS credentials have expired: renew them");
  const said = workers[1]?.output().split("\n") ?? [];
  const complaints = said.filter((line) => /receiving.*fails/.test(line) && /expired/.test(line));
  expect(complaints).toHaveLength(1);
}, 120_000);

test("a worker is killed in mid-batch, another cut off in mid-receive", async () => {
  const deletions = longshore.simulator.calls.count("SQS.DeleteMessageBatch");
  for (let at = 0; at < 30; at++) {
    tell(15);
    moveTasks(50);
  }
  await until("the first deletions", () =>
    longshore.simulator.calls.count("SQS.DeleteMessageBatch") > deletions ? true : undefined,
  );
  await workers[0]?.kill("SIGKILL");
  workers[0] = longshore.serve("ingest");
  network.become("silent");
  tell(30);
  await until("a call into silence", () => (network.requests() > 0 ? true : undefined));
  network.become("fine");
  // What the two had in hand comes back when its visibility ends: the next test waits for that as well.
});

test("500 messages that nobody can read among 5,000 good ones reach the dead-letter queue, and no loop begins", async () => {
  const { QueueUrl: deadUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "dead" }));
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: deadUrl, AttributeNames: ["QueueArn"] }),
  );
  const policy = { deadLetterTargetArn: Attributes["QueueArn"], maxReceiveCount: 2 };
  await sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl: await queueUrl(),
      Attributes: { RedrivePolicy: JSON.stringify(policy) },
    }),
  );
  const received = async () => {
    const answer = await longshore.graphql("{ ingestWorkers { received rejected } }");
    const all = answer.list("ingestWorkers");
    return {
      received: all.reduce((sum, worker) => sum + worker.count("received"), 0),
      rejected: all.reduce((sum, worker) => sum + worker.count("rejected"), 0),
    };
  };
  const before = await received();
  for (let at = 0; at < 10; at++) {
    moveTasks(500);
    for (let bad = 0; bad < 50; bad++)
      longshore.simulator.sendRaw(
        `{"detail-type":"ECS Task State Change","source":"aws.ecs" ${at} ${bad}`,
      );
  }
  tell(50);
  await until(
    "the dead letters",
    async () => ((await depth(deadUrl)) === 500 ? true : undefined),
    40_000,
  );
  await allIsWell(60_000);
  const after = await until("the workers to have told", async () => {
    const now = await received();
    return now.rejected - before.rejected >= 500 ? now : undefined;
  });
  expect(after.rejected - before.rejected).toBe(500);
  // Each good one about once, each bad one twice; and what the test before has left.
  const sent = 5000 + 50 + 2 * 500;
  expect(after.received - before.received).toBeGreaterThan(sent - 1);
  expect(after.received - before.received).toBeLessThan(sent + 2500);
}, 90_000);

test("a Redis that restarts, and one that loses everything", async () => {
  await longshore.control("churn", { perSecond: 5 });
  tell(50);
  await longshore.redis.restart();
  tell(50);
  await longshore.control("churn", { perSecond: 0 });
  await allIsWell();
  const redis = new Redis(longshore.redis.url.replace("unix://", ""));
  await redis.flushall();
  redis.disconnect();
  // ECS tells its clusters again, but no history: that begins anew.
  told = [];
  tell(20);
  moveTasks(50);
  await allIsWell();
});

test("a queue that is deleted and made again is found by itself", async () => {
  await sqs.send(new DeleteQueueCommand({ QueueUrl: await queueUrl() }));
  for (const worker of workers) await says(worker, "the SQS queue does not exist");
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "longshore" }));
  const ids = Array.from({ length: 10 }, (_, at) => `told-again-${at}`);
  told = [...ids, ...told];
  const detail = {
    eventType: "INFO",
    eventName: "SERVICE_STEADY_STATE",
    clusterArn: cluster().arn,
  };
  const Entries = ids.map((id, at) => ({
    Id: String(at),
    MessageBody: event("ECS Service Action", id, detail),
  }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  await allIsWell();
  for (const worker of workers) expect(times(worker, "the SQS queue does not exist")).toBe(1);
});

test("workers that are asked to stop finish what they have and end with 0", async () => {
  expect(await Promise.all(workers.map((worker) => worker.kill("SIGTERM")))).toEqual([0, 0]);
});
