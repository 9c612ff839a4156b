// What breaks in production, done on purpose to real processes: afterwards Longshore must say what ECS says.
import { DescribeTasksCommand, ECSClient, ListTasksCommand } from "@aws-sdk/client-ecs";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startLongshore, until } from "../src/testing/longshore.ts";
import type { Longshore, RoleProcess } from "../src/testing/longshore.ts";

let longshore: Longshore;
let ecs: ECSClient;
let ingest: RoleProcess;
let cluster: string;

/** Tasks that have not stopped, as `arn version lastStatus`, by ECS's own word. */
async function liveInEcs(): Promise<string[]> {
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster }));
  if (taskArns.length === 0) return [];
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  return tasks
    .map(({ taskArn, version, lastStatus }) => `${taskArn} ${version} ${lastStatus}`)
    .toSorted();
}

async function liveInLongshore(): Promise<string[]> {
  const answer = await longshore.graphql(
    `query ($cluster: String!) { tasks(filter: { cluster: $cluster, desiredStatus: "RUNNING" }, first: 1000) { nodes { arn version lastStatus } } }`,
    { cluster },
  );
  return answer
    .list("tasks", "nodes")
    .map((task) => `${task.text("arn")} ${task.text("version")} ${task.text("lastStatus")}`)
    .toSorted();
}

/** Waits until both say the same, of something that is not nothing. */
async function agree(): Promise<void> {
  let difference = "nothing was compared";
  await until("Longshore and ECS to agree", async () => {
    const [ours, theirs] = [await liveInLongshore(), await liveInEcs()];
    difference = JSON.stringify({
      ours: ours.length,
      theirs: theirs.length,
      missing: theirs.filter((each) => !ours.includes(each)).slice(0, 3),
      extra: ours.filter((each) => !theirs.includes(each)).slice(0, 3),
    });
    return theirs.length > 0 && ours.join() === theirs.join() ? true : undefined;
  }).catch((error: unknown) => {
    throw new Error(difference, { cause: error });
  });
}

const daemonRunning = (count: number) =>
  until(
    `${count} tasks of the daemon`,
    async () => {
      const answer = await longshore.graphql(
        `query ($cluster: String!) { daemon(cluster: $cluster, name: "exporter") { status { running } } }`,
        { cluster },
      );
      return answer.count("daemon", "status", "running") === count ? true : undefined;
    },
    60_000,
  );

beforeAll(async () => {
  longshore = await startLongshore(
    { clusters: 1, instances: 8, tasks: 20, seed: 3, timings: { timeScale: 0.1 } },
    { LONGSHORE_RECONCILE_SECONDS: "3600" },
  );
  ingest = longshore.serve("ingest");
  longshore.serve("api", "scheduler");
  ecs = new ECSClient({
    region: "us-east-1",
    endpoint: longshore.simulator.url,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  await longshore.ready();
  cluster = await until("the cluster", async () => {
    const answer = await longshore.graphql(
      "{ clusters { nodes { name instanceCounts { total } } } }",
    );
    const [first] = answer.list("clusters", "nodes");
    return first?.count("instanceCounts", "total") === 8 ? first.text("name") : undefined;
  });
  await longshore.graphql(
    `mutation ($cluster: String!) { registerDaemon(input: { cluster: $cluster, name: "exporter", taskDefinition: "node-exporter:1" }) { daemon { name } } }`,
    { cluster },
  );
  await daemonRunning(8);
});

afterAll(async () => {
  ecs?.destroy();
  await longshore?.close();
});

test("a worker that is killed while events pour in loses none", async () => {
  await longshore.control("churn", { perSecond: 20 });
  const before = longshore.simulator.calls.count("SQS.DeleteMessageBatch");
  await until("batches to be under way", () =>
    longshore.simulator.calls.count("SQS.DeleteMessageBatch") > before + 5 ? true : undefined,
  );
  await ingest.kill("SIGKILL");
  ingest = longshore.serve("ingest");
  await longshore.control("churn", { perSecond: 0 });
  await agree();
});

test("Redis is killed and comes back: unready meanwhile, then all as before", async () => {
  await longshore.redis.kill9();
  await until("the API to say so", async () => {
    const ready = await fetch(`${longshore.url}readyz`);
    return ready.status === 503 && (await ready.text()).includes("Redis") ? true : undefined;
  });
  expect((await liveInLongshore()).length).toBeGreaterThan(0);
  const refused = await longshore.refused(
    `mutation ($cluster: String!) { pauseDaemon(input: { cluster: $cluster, name: "exporter" }) { daemon { name } } }`,
    { cluster },
  );
  expect(refused.code).toBe("UNAVAILABLE");
  await longshore.redis.restart();
  await longshore.ready();
  await longshore.control("instances", { cluster, count: 1 });
  await daemonRunning(9);
  await agree();
});

test("Redis loses everything: clusters are rebuilt from ECS at once", async () => {
  const redis = new Redis(longshore.redis.url.replace("unix://", ""));
  await redis.flushall();
  redis.disconnect();
  // Nobody need ask ECS before something happens there.
  await longshore.control("instances", { cluster, count: 1 });
  await until("all instances", async () => {
    const answer = await longshore.graphql(
      "query ($cluster: String!) { cluster(cluster: $cluster) { instanceCounts { total } } }",
      { cluster },
    );
    return answer.count("cluster", "instanceCounts", "total") === 10 ? true : undefined;
  });
  await agree();
  // The daemon was Redis's alone; registered again, it finds its tasks and starts only what is missing.
  const before = await liveInEcs();
  const answer = await longshore.graphql(
    `mutation ($cluster: String!) { registerDaemon(input: { cluster: $cluster, name: "exporter", taskDefinition: "node-exporter:1" }) { plan { start keep } } }`,
    { cluster },
  );
  expect(answer.list("registerDaemon", "plan", "start")).toHaveLength(1);
  expect(answer.list("registerDaemon", "plan", "keep")).toHaveLength(9);
  await daemonRunning(10);
  expect(await liveInEcs()).toHaveLength(before.length + 1);
}, 120_000);
