// The fleet of `npm start`: a harbor with three clusters, every network mode, Fargate and one machine on premises.
import { define, defineDaemons, hourMs, pastStart } from "./fleet.ts";
import type { DefinitionPlan } from "./fleet.ts";
import { placeInstance } from "./instance-lifecycle.ts";
import { machineTypes, premisesType } from "./machine-types.ts";
import { addService, placeServiceTask } from "./services.ts";
import type { TaskDefinition } from "./task-definition.ts";
import { placeRunningTask } from "./task-lifecycle.ts";
import { createCluster } from "./world.ts";
import type { Cluster, LaunchType, World } from "./world.ts";

interface ServicePlan {
  readonly family: string;
  readonly count: number;
  readonly memberOf?: readonly string[];
  readonly distinctInstance?: boolean;
}

interface ClusterPlan {
  readonly name: string;
  readonly instances: number;
  readonly external: number;
  readonly services: readonly ServicePlan[];
}

const definitionPlans: readonly DefinitionPlan[] = [
  { family: "edge-proxy", networkMode: "bridge", cpu: 256, memory: 512, ports: [8080, 9901] },
  { family: "berth-api", networkMode: "bridge", cpu: 256, memory: 768, ports: [3000] },
  { family: "tide-worker", networkMode: "bridge", cpu: 128, memory: 384 },
  { family: "manifest-store", networkMode: "awsvpc", cpu: 512, memory: 1024, ports: [5432] },
  { family: "ledger", networkMode: "awsvpc", cpu: 256, memory: 512, ports: [7070] },
  { family: "harbor-agent", networkMode: "host", cpu: 64, memory: 128, ports: [8125] },
  {
    family: "customs-batch",
    networkMode: "awsvpc",
    cpu: 512,
    memory: 1024,
    ports: [8088],
    launchType: "FARGATE",
  },
  {
    family: "crane-bridge",
    networkMode: "bridge",
    cpu: 128,
    memory: 256,
    ports: [502],
    launchType: "EXTERNAL",
  },
];

const clusterPlans: readonly ClusterPlan[] = [
  {
    name: "harbor-prod",
    instances: 24,
    external: 0,
    services: [
      { family: "edge-proxy", count: 12 },
      { family: "berth-api", count: 18 },
      { family: "tide-worker", count: 14 },
      { family: "manifest-store", count: 6 },
      { family: "ledger", count: 8 },
      {
        family: "harbor-agent",
        count: 8,
        distinctInstance: true,
        memberOf: ["attribute:tier == front"],
      },
      { family: "customs-batch", count: 4 },
    ],
  },
  {
    name: "quay-staging",
    instances: 12,
    external: 0,
    services: [
      { family: "edge-proxy", count: 6 },
      { family: "berth-api", count: 8 },
      { family: "tide-worker", count: 6 },
      { family: "manifest-store", count: 4 },
      { family: "ledger", count: 4 },
      { family: "customs-batch", count: 2 },
    ],
  },
  {
    name: "lighthouse-edge",
    instances: 5,
    external: 1,
    services: [
      { family: "edge-proxy", count: 5, distinctInstance: true },
      { family: "tide-worker", count: 8 },
      { family: "berth-api", count: 5 },
      { family: "crane-bridge", count: 2 },
    ],
  },
];

function addInstances(world: World, now: number, cluster: Cluster, plan: ClusterPlan): void {
  const { random } = world;
  for (let index = 0; index < plan.instances + plan.external; index++) {
    const external = index >= plan.instances;
    const registeredAt = now - random.int(10 * 24, 30 * 24) * hourMs - random.int(0, hourMs);
    const type = machineTypes[index % machineTypes.length] ?? premisesType;
    placeInstance(world, registeredAt, {
      cluster,
      external,
      type: external ? premisesType : type,
      capacityProviderName: `${cluster.name}-asg`,
      attributes: new Map([
        ["tier", index % 3 === 0 ? "front" : "back"],
        ["rack", `${"ABCD"[index % 4]}-${1 + Math.floor(index / 4)}`],
      ]),
    });
  }
}

function addServiceTasks(
  world: World,
  now: number,
  cluster: Cluster,
  plan: ServicePlan,
  definition: TaskDefinition,
  launchType: LaunchType,
): void {
  const { family: name, count: desiredCount, memberOf = [], distinctInstance = false } = plan;
  const service = addService(world, now - 20 * 24 * hourMs, {
    cluster,
    name,
    definition,
    desiredCount,
    launchType,
    memberOf,
    distinctInstance,
  });
  for (let index = 0; index < desiredCount; index++) {
    const placement =
      launchType === "FARGATE" ? { instance: undefined } : placeServiceTask(service);
    if (!("instance" in placement)) throw new Error(`The demo fleet has no room for ${name}`);
    placeRunningTask(world, pastStart(world, now), {
      cluster,
      definition,
      instance: placement.instance,
      service,
      group: `service:${name}`,
      startedBy: service.deployments[0]?.id,
    });
  }
}

/** Builds harbor-prod, quay-staging and lighthouse-edge: 42 instances and about 120 tasks. */
export function buildDemoFleet(world: World, now: number): void {
  const longAgo = now - 40 * 24 * hourMs;
  defineDaemons(world, longAgo);
  const definitions = new Map(
    definitionPlans.map((plan) => [
      plan.family,
      { definition: define(world, longAgo, plan), launchType: plan.launchType ?? "EC2" },
    ]),
  );
  for (const plan of clusterPlans) {
    const cluster = createCluster(world, plan.name);
    addInstances(world, now, cluster, plan);
    for (const service of plan.services) {
      const defined = definitions.get(service.family);
      if (!defined) throw new Error(`The demo fleet has no definition ${service.family}`);
      addServiceTasks(world, now, cluster, service, defined.definition, defined.launchType);
    }
  }
}
