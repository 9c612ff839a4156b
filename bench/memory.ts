// What Redis takes for a cluster: every index and a log at its bound included, over the JSON that is stored. The floor
// is the same records in a bare Redis hash.
import { Redis } from "ioredis";
import { systemClock } from "../src/clock.ts";
import type { ContainerInstance } from "../src/ecs/container-instance.ts";
import type { Task } from "../src/ecs/task.ts";
import { chunks } from "../src/ingest/drift.ts";
import { seededRandom } from "../src/random.ts";
import { clusterKeys } from "../src/store/keys.ts";
import { observeContainerInstance, observeTask } from "../src/store/record.ts";
import type { Observation } from "../src/store/record.ts";
import { openRedisStore } from "../src/store/redis-store.ts";
import type { StateStore } from "../src/store/store.ts";
import { until } from "../src/testing/longshore.ts";
import { testRedis } from "../src/testing/redis.ts";
import type { Row } from "./main.ts";

const sizes = [10_000, 100_000, 500_000];
const tasksPerInstance = 10;
const cluster = "arn:aws:ecs:us-east-1:111122223333:cluster/harbor";
const owner = "arn:aws:ecs:us-east-1:111122223333:";
const startedAt = 1_790_000_000_000;
/** Of all tasks; they are in the index of what has ended as well. */
const stoppedShare = 0.1;
/** More changes than any log keeps. */
const changesMax = 150_000;
const random = seededRandom("memory");

/** A task of two containers in bridge mode, as an event tells it. */
function taskOf(id: string, instance: string, version: number, lastStatus: string): Task {
  const container = (name: string, port: number) => ({
    arn: `${owner}container/harbor/${id}/${id.slice(0, 8)}-${id.slice(8, 12)}-${name}`,
    name,
    image: `111122223333.dkr.ecr.us-east-1.amazonaws.com/${name}:2026.11.${port % 30}`,
    imageDigest: `sha256:${"5f".repeat(32)}`,
    runtimeId: id + id,
    lastStatus,
    cpu: "128",
    memory: "512",
    networkBindings: [
      { bindIP: "0.0.0.0", containerPort: 8080, hostPort: 32_768 + port, protocol: "tcp" },
    ],
    networkInterfaces: [],
  });
  return {
    kind: "task",
    arn: `${owner}task/harbor/${id}`,
    clusterArn: cluster,
    version: String(version),
    taskDefinitionArn: `${owner}task-definition/checkout:41`,
    containerInstanceArn: `${owner}container-instance/harbor/${instance}`,
    group: "service:checkout",
    startedBy: "ecs-svc/1234567890123456789",
    launchType: "EC2",
    availabilityZone: "us-east-1b",
    cpu: "256",
    memory: "1024",
    lastStatus,
    desiredStatus: lastStatus === "STOPPED" ? "STOPPED" : "RUNNING",
    connectivity: "CONNECTED",
    createdAt: startedAt,
    pullStartedAt: startedAt + 900,
    pullStoppedAt: startedAt + 4100,
    startedAt: startedAt + 5200,
    updatedAt: startedAt + version * 1000,
    containers: [container("app", 11), container("envoy", 12)],
    attachments: [],
    tags: [],
    timeline: [],
  };
}

function instanceOf(id: string): ContainerInstance {
  const resource = (name: string, value: number) => ({ name, type: "INTEGER", value });
  const ports = {
    name: "PORTS",
    type: "STRINGSET",
    value: ["22", "2375", "2376", "51678", "51679"],
  };
  return {
    kind: "containerInstance",
    arn: `${owner}container-instance/harbor/${id}`,
    clusterArn: cluster,
    version: "3",
    ec2InstanceId: `i-${id.slice(0, 17)}`,
    status: "ACTIVE",
    agentConnected: true,
    agentVersion: "1.102.0",
    dockerVersion: "25.0.8",
    runningTasksCount: tasksPerInstance,
    pendingTasksCount: 0,
    registeredAt: startedAt,
    updatedAt: startedAt,
    registeredResources: [resource("CPU", 4096), resource("MEMORY", 15_610), ports],
    remainingResources: [resource("CPU", 1536), resource("MEMORY", 5370), ports],
    attributes: Array.from({ length: 36 }, (_, index) => ({
      name: `com.amazonaws.ecs.capability.feature-${index}`,
      value: undefined,
    })),
    tags: [],
  };
}

interface Filled {
  readonly taskIds: readonly string[];
  readonly instanceIds: readonly string[];
}

const statusOf = (index: number, count: number) =>
  index < count * stoppedShare ? "STOPPED" : "RUNNING";

async function applyAll(store: StateStore, all: Iterable<Observation>): Promise<void> {
  let batch: Observation[] = [];
  const flush = async () => {
    await store.apply(cluster, batch);
    batch = [];
  };
  for (const observation of all) if (batch.push(observation) === 200) await flush();
  if (batch.length > 0) await flush();
}

async function fill(store: StateStore, count: number): Promise<Filled> {
  const instanceIds = Array.from({ length: count / tasksPerInstance }, () => random.hex(32));
  const taskIds = Array.from({ length: count }, () => random.hex(32));
  const now = systemClock.now();
  const on = (index: number) => instanceIds[index % instanceIds.length] ?? "";
  await applyAll(
    store,
    (function* () {
      for (const id of instanceIds) yield observeContainerInstance(instanceOf(id), "describe");
      for (const [index, id] of taskIds.entries())
        yield observeTask(taskOf(id, on(index), 1, "PENDING"), "event", now);
      // Everything has changed, so that the log is full of what was before.
      for (const [index, id] of taskIds.slice(0, changesMax).entries())
        yield observeTask(taskOf(id, on(index), 2, statusOf(index, count)), "event", now);
      for (const [index, id] of taskIds.slice(changesMax).entries())
        yield observeTask(taskOf(id, on(index), 2, "RUNNING"), "event", now);
    })(),
  );
  return { taskIds, instanceIds };
}

async function usedBytes(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info("memory"))?.[1] ?? 0);
}

async function jsonBytes(redis: Redis, key: string, ids: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const page of chunks(ids, 1000)) {
    const records = await redis.hmget(key, ...page);
    for (const record of records) bytes += Buffer.byteLength(record ?? "");
  }
  return bytes;
}

async function bareHashes(
  redis: Redis,
  hashes: readonly (readonly [key: string, ids: readonly string[]])[],
): Promise<number> {
  const before = await usedBytes(redis);
  for (const [key, ids] of hashes)
    for (const page of chunks(ids, 1000)) {
      const records = await redis.hmget(key, ...page);
      await redis.hset(`bare ${key}`, ...page.flatMap((id, at) => [id, records[at] ?? ""]));
    }
  return (await usedBytes(redis)) - before;
}

async function measure(count: number): Promise<Row> {
  const server = await testRedis({ appendonly: false });
  const store = openRedisStore({
    url: server.url,
    name: "bench",
    clock: systemClock,
    random,
  });
  const redis = new Redis(server.url.replace("unix://", ""));
  try {
    await until("Redis", () => store.ping().then(() => true as const));
    const empty = await usedBytes(redis);
    const { taskIds, instanceIds } = await fill(store, count);
    await store.trim(cluster, 0, systemClock.now());
    const total = (await usedBytes(redis)) - empty;
    const keys = clusterKeys(cluster);
    const sizeOf = async (key: string) => (await redis.memory("USAGE", key, "SAMPLES", 0)) ?? 0;
    const [tasks, instances, log, ended] = [
      await sizeOf(keys.tasks),
      await sizeOf(keys.instances),
      await sizeOf(keys.log),
      await sizeOf(keys.ended),
    ];
    const stored = {
      tasks: await jsonBytes(redis, keys.tasks, taskIds),
      instances: await jsonBytes(redis, keys.instances, instanceIds),
    };
    const json = stored.tasks + stored.instances;
    const logEntries = await redis.xlen(keys.log);
    const bare = await bareHashes(redis, [
      [keys.tasks, taskIds],
      [keys.instances, instanceIds],
    ]);
    return {
      what: `${count} tasks, ${instanceIds.length} container instances`,
      figures: {
        totalMb: total / 1_048_576,
        timesJson: total / json,
        timesFloor: total / bare,
        jsonPerTask: stored.tasks / count,
        bytesPerTask: (tasks + ended) / count,
        jsonPerInstance: stored.instances / instanceIds.length,
        bytesPerInstance: instances / instanceIds.length,
        logMb: log / 1_048_576,
        logEntries,
      },
    };
  } finally {
    redis.disconnect();
    await store.close();
    await server.stop();
  }
}

export async function memory(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const size of sizes) rows.push(await measure(size));
  return rows;
}
