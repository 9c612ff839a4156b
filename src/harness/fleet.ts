// A simulated fleet with a Longshore over it, for tests of programs that use Longshore: ECS and SQS in this process, a
// Redis and the roles in processes of their own. What it does to the fleet, ECS tells of, as it would of a real one.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  ECSClient,
  StopTaskCommand,
  UpdateContainerInstancesStateCommand,
} from "@aws-sdk/client-ecs";
import { createLongshore } from "../client/index.ts";
import type { LongshoreClient } from "../client/index.ts";
import { systemClock } from "../clock.ts";
import { processEnvironment } from "../config.ts";
import { locateRedisServer } from "../redis-server/locate.ts";
import { freePort, startRedisServer } from "../redis-server/start.ts";
import { startSimulator } from "../simulator/server.ts";
import type { Simulator } from "../simulator/server.ts";
import type { Faults } from "../simulator/faults.ts";
import { registerInstance } from "../simulator/instance-lifecycle.ts";
import { beginTermination } from "../simulator/lifecycle-hooks.ts";
import { machineTypes } from "../simulator/machine-types.ts";
import type { Machine } from "../simulator/world.ts";
import { roleSettings, startRole } from "./role-process.ts";
import type { RoleProcess } from "./role-process.ts";

export interface FleetOptions {
  /** The demo's three clusters (harbor-prod and two more) in place of the numbers below. */
  readonly demo?: boolean;
  /** Clusters; 1 unless given. */
  readonly clusters?: number;
  /** Container instances over all clusters; 4 unless given. */
  readonly instances?: number;
  /** Tasks of services over all clusters; 8 unless given. */
  readonly tasks?: number;
  /** The same seed makes the same fleet. */
  readonly seed?: number | string;
  /** How fast tasks start and stop: 1 is the demo's pace, 10 is ten times as fast, as it is unless given. */
  readonly pace?: number;
  /** Which roles run: `["ingest", "api", "scheduler"]` unless given, in one process. */
  readonly roles?: readonly ("ingest" | "api" | "scheduler")[];
  /** Longshore's environment variables, such as LONGSHORE_READ_TOKENS. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Container instances have the addresses 127.0.0.2 and on, so that a test can listen where their tasks do. */
  readonly onLoopback?: boolean;
}

/** An instance or a task, by ARN. */
export type Arn = string;

export interface Fleet extends AsyncDisposable {
  /** Longshore's API: what `longshore/client` takes as `url`. */
  readonly url: string;
  /** Environment variables of a program that is to find all of it: LONGSHORE_URL, REDIS_URL, and the AWS SDK's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** ECS, SQS, EC2 and STS: what a client of the AWS SDK takes as `endpoint`. */
  readonly endpoint: string;
  /** An ECS client of the AWS SDK for this fleet. */
  readonly ecs: ECSClient;
  /** Registers container instances; their ARNs. */
  addInstances(cluster: string, count: number): Promise<readonly Arn[]>;
  /** Sets container instances of one cluster DRAINING: service tasks are replaced elsewhere. */
  drain(instances: readonly Arn[]): Promise<void>;
  /**
   * Auto Scaling terminates container instances: it waits a minute at the hook `longshore`, longer for who asks for it,
   * and takes them then with everything on them.
   */
  scaleIn(instances: readonly Arn[]): Promise<void>;
  /** Terminates container instances with everything on them, as EC2 does without asking. */
  removeInstances(instances: readonly Arn[]): Promise<void>;
  /** The containers of tasks exit by themselves; with 1 unless given. */
  crash(tasks: readonly Arn[], exitCode?: number): Promise<void>;
  /** Stops tasks, as a person would. */
  stop(tasks: readonly Arn[]): Promise<void>;
  /** Service tasks die and are replaced, so many a second. */
  churn(perSecond: number): Promise<void>;
  /** Changes some faults of ECS and SQS, and leaves the others. */
  setFaults(faults: Partial<Faults>): void;
  /** Hears the body of every event, before any fault of its delivery. Returns how to stop. */
  listen(listener: (body: string) => void): () => void;
  /** Kills Longshore with SIGKILL and starts it again at the same address. */
  restart(): Promise<void>;
  /** Ends everything and removes what it wrote. */
  close(): Promise<void>;
}

const readyWithinMs = 90_000;

async function until(role: RoleProcess, look: () => Promise<boolean>): Promise<void> {
  const deadline = systemClock.monotonic() + readyWithinMs;
  while (!(await look().catch(() => false))) {
    if (role.process.exitCode !== null || systemClock.monotonic() > deadline)
      throw new Error(`Longshore did not become ready; it said:\n${role.output()}`);
    await systemClock.sleep(50);
  }
}

/** Whether Longshore has compared every cluster with ECS, and asked EC2 for addresses. */
async function knowsAll(longshore: LongshoreClient, simulator: Simulator): Promise<boolean> {
  const clusters = await longshore.list("clusters", {
    select: { freshness: { lastReconciledAt: true } },
  });
  const compared = clusters.filter(({ freshness }) => freshness.lastReconciledAt !== null);
  if (compared.length < simulator.world.clusters.size) return false;
  const instances = await longshore.list("containerInstances", {
    filter: { status: "ACTIVE" },
    select: { ec2InstanceId: true, privateIpAddress: true },
  });
  return instances.every(
    ({ ec2InstanceId, privateIpAddress }) =>
      privateIpAddress !== null || ec2InstanceId?.startsWith("i-") !== true,
  );
}

async function startRedis() {
  const folder = await mkdtemp(join(tmpdir(), "longshore-fleet-"));
  const environment = processEnvironment;
  const program = await locateRedisServer(resolve(".longshore"), { environment });
  const server = await startRedisServer({
    program,
    dataDir: folder,
    appendonly: false,
    listening: { kind: "unix", path: join(folder, "redis.sock") },
  });
  const close = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { url: server.url, close };
}

/** Gives a machine an address of this computer: 127.0.0.2 and on. Before anybody asks EC2 for it. */
function loopbackAddresses() {
  let last = 1;
  return (machine: Machine): void => {
    last++;
    Object.assign(machine, { privateIpAddress: `127.0.${last >> 8}.${last & 255}` });
  };
}

const clusterOf = (arn: Arn): string => arn.split("/").at(-2) ?? "";

function byCluster(arns: readonly Arn[]): [string, Arn[]][] {
  return [...Map.groupBy(arns, clusterOf)];
}

/** What can be done to the fleet. */
function deedsOf(simulator: Simulator, ecs: ECSClient, settle: (machine: Machine) => void) {
  async function control(path: string, body: object): Promise<unknown> {
    const answer = await fetch(`${simulator.url}/_simulator/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    return answer.json();
  }
  return {
    addInstances: (cluster: string, count: number) =>
      Promise.resolve(
        simulator.act((world, now) => {
          const its = world.clusters.get(cluster);
          const [type] = machineTypes;
          if (!its || !type) throw new TypeError(`there is no cluster ${cluster}`);
          const capacityProviderName = `${cluster}-asg`;
          return Array.from({ length: count }, () => {
            const instance = registerInstance(world, now, {
              cluster: its,
              type,
              capacityProviderName,
            });
            settle(instance.machine);
            return instance.arn;
          });
        }),
      ),
    drain: async (instances: readonly Arn[]) => {
      for (const [cluster, containerInstances] of byCluster(instances))
        await ecs.send(
          new UpdateContainerInstancesStateCommand({
            cluster,
            containerInstances,
            status: "DRAINING",
          }),
        );
    },
    scaleIn: (instances: readonly Arn[]) =>
      Promise.resolve(
        simulator.act((world, now) => {
          for (const arn of instances) {
            const id = arn.split("/").at(-1) ?? "";
            const instance = world.clusters.get(clusterOf(arn))?.instances.get(id);
            if (!instance) throw new TypeError(`there is no container instance ${arn}`);
            const group = `${clusterOf(arn)}-asg`;
            beginTermination(world, now, instance, {
              hook: "longshore",
              group,
              heartbeatMs: 60_000,
            });
          }
        }),
      ),
    removeInstances: async (instances: readonly Arn[]) => {
      for (const [cluster, containerInstances] of byCluster(instances))
        await control("instances/terminate", { cluster, containerInstances });
    },
    crash: async (tasks: readonly Arn[], exitCode = 1) => {
      for (const [cluster, names] of byCluster(tasks))
        await control("tasks/crash", { cluster, tasks: names, exitCode });
    },
    stop: async (tasks: readonly Arn[]) => {
      for (const task of tasks)
        await ecs.send(new StopTaskCommand({ cluster: clusterOf(task), task }));
    },
    churn: async (perSecond: number) => {
      await control("churn", { perSecond });
    },
    setFaults: (faults: Partial<Faults>) => simulator.setFaults(faults),
    listen: (listener: (body: string) => void) => simulator.listen(listener),
  };
}

/** Starts it, and resolves when Longshore knows every instance and task. */
export async function fleet(options: FleetOptions = {}): Promise<Fleet> {
  const { instances = 4, tasks = 8, pace = 10, onLoopback = false, roles } = options;
  const { clusters = 1, demo, seed = 1, settings = {} } = options;
  const simulator = await startSimulator({
    seed,
    timings: { timeScale: 1 / pace },
    ...(demo ? { demo } : { clusters, instances, tasks }),
  });
  const settle = onLoopback ? loopbackAddresses() : () => undefined;
  for (const machine of simulator.world.machines.values()) settle(machine);
  const redis = await startRedis();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const places = roleSettings({ redisUrl: redis.url, simulatorUrl: simulator.url, port });
  const start = () =>
    startRole(roles ?? ["ingest", "api", "scheduler"], { ...places, ...settings });
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const ecs = new ECSClient({ endpoint: simulator.url, region: "us-east-1", credentials });
  const token = [settings["LONGSHORE_ADMIN_TOKENS"], settings["LONGSHORE_READ_TOKENS"]]
    .find((tokens) => tokens !== undefined)
    ?.split(",")[0];
  const longshore = createLongshore({ url, token });
  const answers = async () => (await fetch(`${url}/readyz`)).ok;
  let role = start();
  const close = async () => {
    await role.kill("SIGKILL");
    ecs.destroy();
    await simulator.close();
    await redis.close();
  };
  try {
    await until(role, answers);
    if (!roles || roles.includes("ingest")) await until(role, () => knowsAll(longshore, simulator));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url,
    environment: { LONGSHORE_URL: url, ...places },
    endpoint: simulator.url,
    ecs,
    ...deedsOf(simulator, ecs, settle),
    restart: async () => {
      await role.kill("SIGKILL");
      role = start();
      await until(role, answers);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
