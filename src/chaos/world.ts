// Everything that a chaos run is made of: Redis, the simulator, the role processes with their links, clients and
// people, and whoever watches them from outside. Starts and ends it; breaks nothing and judges nothing.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Clock } from "../clock.ts";
import { processEnvironment } from "../config.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import { seededRandom, systemRandom } from "../random.ts";
import { locateRedisServer } from "../redis-server/locate.ts";
import type { RoleName } from "../roles/role.ts";
import { startSimulator } from "../simulator/server.ts";
import type { Simulator } from "../simulator/server.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { defineTasks, onlyCluster } from "./fleet.ts";
import type { FleetBounds } from "./fleet.ts";
import { openLink } from "./link.ts";
import { steadyPort } from "./ports.ts";
import { recordLog } from "./recorded-log.ts";
import type { Recorder } from "./recorded-log.ts";
import { startChaosRedis } from "./redis.ts";
import type { ChaosRedis } from "./redis.ts";
import { RoleProcess } from "./role-process.ts";
import { follow, subscriptionSpecs } from "./subscriber.ts";
import type { Subscriber } from "./subscriber.ts";
import { watchTasks } from "./task-watch.ts";
import type { TaskWatch } from "./task-watch.ts";
import { daemonSpecs } from "./daemon-specs.ts";
import { createUsers } from "./users.ts";
import type { Users } from "./users.ts";

export interface ChaosSize {
  readonly processes: Readonly<Record<RoleName, number>>;
  readonly instances: number;
  /** Of services: what happens beside daemons. */
  readonly tasks: number;
  readonly bounds: FleetBounds;
  readonly subscribers: number;
}

export interface ChaosWorld {
  readonly clock: Clock;
  readonly folder: string;
  readonly size: ChaosSize;
  readonly simulator: Simulator;
  readonly cluster: ClusterArn;
  readonly redis: ChaosRedis;
  readonly processes: readonly RoleProcess[];
  /** Base URLs of the API processes, in their order. */
  readonly urls: readonly string[];
  readonly recorder: Recorder;
  readonly tasks: TaskWatch;
  readonly users: Users;
  readonly subscribers: readonly Subscriber[];
  /** Processes of a role. */
  of(role: RoleName): RoleProcess[];
  close(): Promise<void>;
}

export interface ChaosWorldOptions {
  readonly seed: number | string;
  readonly size: ChaosSize;
  /** Made, and kept: logs and Redis's data. */
  readonly folder: string;
  readonly clock: Clock;
  readonly onTrouble: (what: string) => void;
}

/** Where a Redis that was fetched earlier lies. */
const dataDir = fileURLToPath(new URL("../../.longshore", import.meta.url));
/** ECS's words are told in order; tasks take tenths of seconds. */
const timeScale = 0.15;
const reconcileSeconds = 5;

/** Settings of a process: this machine's, less every AWS variable, so that nothing reaches a real account. */
function environmentOf(own: Readonly<Record<string, string>>): Record<string, string | undefined> {
  const kept = Object.entries(processEnvironment).filter(([name]) => !name.startsWith("AWS_"));
  return {
    ...Object.fromEntries(kept),
    LONGSHORE_LOG_LEVEL: "info",
    LONGSHORE_RECONCILE_SECONDS: String(reconcileSeconds),
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "simulator",
    AWS_SECRET_ACCESS_KEY: "simulator",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    ...own,
  };
}

interface Started {
  readonly process: RoleProcess;
  readonly url: string;
}

async function createProcess(
  role: RoleName,
  number: number,
  servers: { readonly redis: ChaosRedis; readonly simulator: Simulator },
  { folder, clock, onTrouble }: ChaosWorldOptions,
): Promise<Started> {
  const name = `${role}-${number}`;
  const links = {
    redis: await openLink({ to: servers.redis.port, clock }),
    aws: await openLink({ to: servers.simulator.port, clock }),
  };
  const redisUrl = new URL(servers.redis.url);
  redisUrl.port = String(links.redis.port);
  const port = await steadyPort();
  const process = new RoleProcess({
    name,
    role,
    links,
    clock,
    onTrouble,
    logPath: join(folder, `${name}.log`),
    environment: environmentOf({
      REDIS_URL: redisUrl.href,
      LONGSHORE_PORT: String(port),
      AWS_ENDPOINT_URL: `http://127.0.0.1:${links.aws.port}`,
    }),
  });
  return { process, url: `http://127.0.0.1:${port}/` };
}

function openWatchedStore(redis: ChaosRedis, clock: Clock): StateStore {
  return openRedisStore({ url: redis.url, name: "chaos", clock, random: systemRandom });
}

/** Starts all of it; resolves when every process was started, not when they are ready. */
export async function startChaosWorld(options: ChaosWorldOptions): Promise<ChaosWorld> {
  const { seed, size, folder, clock, onTrouble } = options;
  await mkdir(join(folder, "redis"), { recursive: true });
  const program = await locateRedisServer(dataDir, { environment: processEnvironment });
  const redis = await startChaosRedis({ program, folder: join(folder, "redis"), clock });
  const { instances, tasks } = size;
  const simulator = await startSimulator({ seed, instances, tasks, timings: { timeScale } });
  defineTasks(simulator);
  const cluster = onlyCluster(simulator).arn as ClusterArn;
  const started: Started[] = [];
  for (const role of ["ingest", "api", "scheduler"] as const)
    for (let number = 1; number <= size.processes[role]; number++)
      started.push(await createProcess(role, number, { redis, simulator }, options));
  const processes = started.map(({ process }) => process);
  const urls = started.flatMap(({ process, url }) => (process.role === "api" ? url : []));
  const watch = watchTasks(daemonSpecs);
  const unlisten = simulator.listen((body) => {
    const problem = watch.take(body);
    if (problem !== undefined) onTrouble(problem);
  });
  const store = openWatchedStore(redis, clock);
  const recorder = recordLog(store, cluster, clock, onTrouble);
  const users = createUsers({ cluster, onRerun: watch.rerunAsked });
  for (const process of processes) process.start();
  const subscribers = Array.from({ length: size.subscribers }, (_, index) => {
    const spec = subscriptionSpecs[index % subscriptionSpecs.length];
    if (!spec) throw new Error("there is no subscription");
    const name = `${index + 1} (${spec.name})`;
    const random = seededRandom(`${seed}:subscriber ${index}`);
    return follow({ name, spec, cluster, urls, random, clock, onTrouble });
  });
  return {
    clock,
    folder,
    size,
    simulator,
    cluster,
    redis,
    processes,
    urls,
    recorder,
    tasks: watch,
    users,
    subscribers,
    of: (role) => processes.filter((process) => process.role === role),
    close: async () => {
      unlisten();
      await Promise.all(processes.map((process) => process.kill()));
      await Promise.all(subscribers.map((subscriber) => subscriber.close()));
      await recorder.close();
      await store.close();
      await simulator.close();
      await Promise.all(processes.flatMap(({ links }) => [links.redis.close(), links.aws.close()]));
      await redis.close();
    },
  };
}
