// A rehearsal on a Redis Cluster: two of each role, a master that is killed while a daemon rolls out; afterwards
// Longshore says what ECS says, and every container instance has exactly one task of the daemon.
import { DescribeTasksCommand, ECSClient, ListTasksCommand } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clusterKeys } from "../src/store/keys.ts";
import { startLongshore, until } from "../src/testing/longshore.ts";
import type { Longshore, RoleProcess } from "../src/testing/longshore.ts";
import { testRedisCluster } from "../src/testing/redis-nodes.ts";
import type { TestCluster } from "../src/testing/redis-nodes.ts";

const instances = 8;
const instancesAtLast = 11;
let redis: TestCluster;
let longshore: Longshore;
let ecs: ECSClient;
let cluster: string;
const roles: RoleProcess[] = [];

beforeAll(async () => {
  redis = await testRedisCluster({ replicas: 1, appendonly: true, nodeTimeoutMs: 1000 });
  longshore = await startLongshore(
    { clusters: 1, instances, tasks: 20, seed: 3, timings: { timeScale: 0.1 } },
    { REDIS_URL: redis.url, LONGSHORE_RECONCILE_SECONDS: "3600" },
  );
  for (const role of ["ingest", "ingest", "scheduler", "scheduler", "api"])
    roles.push(longshore.serve(role));
  ecs = new ECSClient({
    region: "us-east-1",
    endpoint: longshore.simulator.url,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  await longshore.ready(120_000);
  const answer = await longshore.graphql(`{ clusters { nodes { arn } } }`);
  cluster = answer.list("clusters", "nodes")[0]?.text("arn") ?? "";
}, 180_000);
afterAll(async () => {
  ecs.destroy();
  await longshore.close();
  await redis.stop();
});

/** Container instances of the daemon's tasks, by ECS's own word. */
async function daemonInEcs(desiredStatus: "RUNNING" | "STOPPED" = "RUNNING"): Promise<string[]> {
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, desiredStatus }));
  if (taskArns.length === 0) return [];
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  return tasks
    .filter(({ startedBy }) => startedBy?.startsWith("longshore/"))
    .map(({ containerInstanceArn = "" }) => containerInstanceArn);
}

test("a master that is killed in the middle of a rollout costs no daemon and starts none twice", async () => {
  await longshore.graphql(
    `mutation ($cluster: String!) { registerDaemon(input: { cluster: $cluster, name: "exporter", taskDefinition: "node-exporter:1" }) { daemon { name } } }`,
    { cluster },
  );
  await until(
    "a first task",
    async () => ((await daemonInEcs()).length > 0 ? true : undefined),
    60_000,
  );
  const master = await redis.masterOf(clusterKeys(cluster).meta);
  await master.kill9();
  // Nobody can know of these before another master has the cluster.
  const name = cluster.split("/").at(-1);
  await longshore.control("instances", { cluster: name, count: 3 });
  await until(
    "one task everywhere",
    async () => {
      const there = await daemonInEcs();
      return there.length === instancesAtLast && new Set(there).size === instancesAtLast
        ? true
        : undefined;
    },
    90_000,
  );
  const running = await until(
    "Longshore to say so",
    async () => {
      const answer = await longshore.graphql(
        `query ($cluster: String!) { daemon(cluster: $cluster, name: "exporter") { status { running } } }`,
        { cluster },
      );
      const count = answer.count("daemon", "status", "running");
      return count === instancesAtLast ? count : undefined;
    },
    60_000,
  );
  expect(running).toBe(instancesAtLast);
  // None was one too many, not even for a while.
  expect(await daemonInEcs("STOPPED")).toEqual([]);
  for (const { process } of roles)
    expect([process.exitCode, process.signalCode]).toEqual([null, null]);
}, 240_000);
