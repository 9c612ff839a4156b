// Fleets that are there when the simulator starts: everything RUNNING, no event sent. The same seed makes the same fleet.
import { addTaskDefinition } from "./ecs-operations/task-definitions.ts";
import { placeInstance } from "./instance-lifecycle.ts";
import { machineTypes } from "./machine-types.ts";
import { refusal } from "./resources.ts";
import { addService } from "./services.ts";
import { behaviourLabels } from "./task-definition.ts";
import type { TaskDefinition } from "./task-definition.ts";
import { placeRunningTask } from "./task-lifecycle.ts";
import { createCluster } from "./world.ts";
import type { Cluster, ContainerInstance, LaunchType, World } from "./world.ts";

export const hourMs = 3_600_000;

export interface FleetSize {
  readonly clusters: number;
  /** Over all clusters. */
  readonly instances: number;
  /** Over all clusters. */
  readonly tasks: number;
}

/** So many tasks have no room on so few instances. */
export class FleetTooSmall extends Error {
  override readonly name = "FleetTooSmall";
}

export interface DefinitionPlan {
  readonly family: string;
  readonly networkMode: "bridge" | "host" | "awsvpc";
  readonly cpu: number;
  readonly memory: number;
  /** Container ports; in bridge mode each gets a dynamic host port. */
  readonly ports?: readonly number[];
  readonly launchType?: LaunchType;
  readonly image?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Registers the definition of a plan: one container of the family's name. */
export function define(world: World, now: number, plan: DefinitionPlan): TaskDefinition {
  const { account, region } = world.scope;
  const fargate = plan.launchType === "FARGATE";
  return addTaskDefinition(world, now, {
    family: plan.family,
    networkMode: plan.networkMode,
    requiresCompatibilities: [plan.launchType ?? "EC2"],
    ...(fargate ? { cpu: String(plan.cpu), memory: String(plan.memory) } : {}),
    containerDefinitions: [
      {
        name: plan.family,
        image: plan.image ?? `${account}.dkr.ecr.${region}.amazonaws.com/${plan.family}:r1`,
        cpu: fargate ? 0 : plan.cpu,
        ...(fargate ? {} : { memory: plan.memory }),
        essential: true,
        portMappings: (plan.ports ?? []).map((containerPort) => ({
          containerPort,
          protocol: "tcp",
        })),
        ...(plan.labels ? { dockerLabels: plan.labels } : {}),
      },
    ],
  });
}

/** Definitions that a person can register a daemon with at once; every fleet has them. */
export function defineDaemons(world: World, now: number): void {
  const small = { networkMode: "bridge", cpu: 32, memory: 64 } as const;
  define(world, now, {
    ...small,
    family: "node-exporter",
    networkMode: "host",
    ports: [9100],
    image: "quay.io/prometheus/node-exporter:v1.8.2",
  });
  define(world, now, {
    ...small,
    family: "log-router",
    ports: [24_224],
    image: "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable",
  });
  define(world, now, {
    ...small,
    family: "save-volume",
    labels: { [behaviourLabels.exitAfterMs]: "4000", [behaviourLabels.exitCode]: "0" },
  });
  define(world, now, {
    ...small,
    family: "crash-loop",
    labels: { [behaviourLabels.exitAfterMs]: "1500", [behaviourLabels.exitCode]: "1" },
  });
}

const clusterNames = [
  "harbor",
  "quay",
  "beacon",
  "anchor",
  "tide",
  "mooring",
  "jetty",
  "breakwater",
];
const serviceNames = [
  "edge-proxy",
  "berth-api",
  "tide-worker",
  "manifest",
  "ledger",
  "pilot",
  "customs",
  "crane",
];
const tiers = ["front", "back", "batch"] as const;

function addInstances(world: World, now: number, cluster: Cluster, count: number): void {
  for (let index = 0; index < count; index++) {
    const { random } = world;
    const registeredAt = now - random.int(10 * 24, 30 * 24) * hourMs - random.int(0, hourMs);
    placeInstance(world, registeredAt, {
      cluster,
      type: random.pick(machineTypes),
      capacityProviderName: `${cluster.name}-asg`,
      attributes: new Map([
        ["tier", random.pick(tiers)],
        ["rack", `${random.pick(["A", "B", "C", "D"])}-${random.int(1, 12)}`],
      ]),
    });
  }
}

/** The next instances in turn that have room: cheap where a real placement would look at all of them. */
function createTurn(instances: readonly ContainerInstance[]) {
  let position = 0;
  return (definition: TaskDefinition): ContainerInstance | undefined => {
    for (let tried = 0; tried < instances.length; tried++) {
      const instance = instances[position++ % instances.length];
      if (instance && !refusal(instance, definition)) return instance;
    }
    return undefined;
  };
}

/** When a task of the starting fleet began: some hours to nine days ago. */
export function pastStart(world: World, now: number): number {
  return now - world.random.int(1, 9 * 24) * hourMs - world.random.int(0, hourMs);
}

const mostTasksOfService = 25;

function addTasks(
  world: World,
  now: number,
  cluster: Cluster,
  count: number,
  definitions: readonly TaskDefinition[],
): void {
  const next = createTurn([...cluster.instances.values()]);
  const launchType: LaunchType = cluster.instances.size > 0 ? "EC2" : "FARGATE";
  for (let from = 0, number = 0; from < count; from += mostTasksOfService, number++) {
    const definition = definitions[number % definitions.length];
    if (!definition) return;
    const desiredCount = Math.min(mostTasksOfService, count - from);
    const round = Math.floor(number / definitions.length) + 1;
    const name = round === 1 ? definition.family : `${definition.family}-${round}`;
    const service = addService(world, now, { cluster, name, definition, desiredCount, launchType });
    for (let index = 0; index < desiredCount; index++) {
      const instance = launchType === "EC2" ? next(definition) : undefined;
      if (launchType === "EC2" && !instance)
        throw new FleetTooSmall(
          `${count} tasks do not fit on the ${cluster.instances.size} instances of ${cluster.name}: ask for fewer tasks or more instances.`,
        );
      placeRunningTask(world, pastStart(world, now), {
        cluster,
        definition,
        instance,
        service,
        group: `service:${name}`,
        startedBy: service.deployments[0]?.id,
      });
    }
  }
}

/** Shares `total` evenly: the first get one more. */
function share(total: number, parts: number, index: number): number {
  return Math.floor(total / parts) + (index < total % parts ? 1 : 0);
}

function defineFleetServices(world: World, now: number, size: FleetSize): TaskDefinition[] {
  const withInstances = size.instances >= Math.max(1, size.clusters);
  // Dense fleets get smaller tasks, so that twenty and more fit on the smallest machine.
  const dense = size.tasks > 20 * size.instances;
  return serviceNames.map((family, index) => {
    if (!withInstances)
      return define(world, now, {
        family,
        networkMode: "awsvpc",
        cpu: 256,
        memory: 512,
        ports: [8080],
        launchType: "FARGATE",
      });
    const memory = dense ? 32 : 128 + 64 * (index % 3);
    const cpu = dense ? 8 : 64;
    const awsvpc = index % 4 === 3;
    const ports = index % 4 === 2 ? [] : [8080];
    return define(world, now, {
      family,
      networkMode: awsvpc ? "awsvpc" : "bridge",
      cpu,
      memory,
      ports,
    });
  });
}

/**
 * Builds clusters with instances and running tasks, all in services, shared out evenly. Throws {@link FleetTooSmall}
 * when they have no room.
 */
export function buildFleet(world: World, now: number, size: FleetSize): void {
  const longAgo = now - 40 * 24 * hourMs;
  defineDaemons(world, longAgo);
  if (size.clusters === 0) return;
  const definitions = defineFleetServices(world, longAgo, size);
  for (let index = 0; index < size.clusters; index++) {
    const base = clusterNames[index % clusterNames.length] ?? "cluster";
    const round = Math.floor(index / clusterNames.length);
    const cluster = createCluster(world, round === 0 ? base : `${base}-${round + 1}`);
    addInstances(world, now, cluster, share(size.instances, size.clusters, index));
    addTasks(world, now, cluster, share(size.tasks, size.clusters, index), definitions);
  }
}
