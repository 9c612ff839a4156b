// Tasks and container instances as ECS writes them: once for the API, once for EventBridge. Pure; decides nothing.
import { requiredCpu, requiredMemory } from "./task-definition.ts";
import type { Container, ContainerInstance, NetworkInterface, Task, World } from "./world.ts";

/** `event` writes ISO times, `eni` and only meaningful members; `api` epoch seconds and the model's full shapes. */
export type Dialect = "event" | "api";

type Json = Record<string, unknown>;

/** ISO 8601 in ECS's manner: zeros at the end of the fraction are left out, and so is an empty fraction. */
export function isoTime(at: number): string {
  return new Date(at).toISOString().replace(/\.?0*Z$/, "Z");
}

function time(dialect: Dialect, at: number | undefined): string | number | undefined {
  if (at === undefined) return undefined;
  return dialect === "event" ? isoTime(at) : at / 1000;
}

/** `ip-10-0-4-1.us-east-1.compute.internal` */
export function privateDnsName(world: World, address: string): string {
  return `ip-${address.replaceAll(".", "-")}.${world.scope.region}.compute.internal`;
}

function attachmentJson(world: World, dialect: Dialect, eni: NetworkInterface): Json {
  const details = [{ name: "subnetId", value: eni.subnetId }];
  if (eni.status !== "PRECREATED")
    details.push(
      { name: "networkInterfaceId", value: eni.id },
      { name: "macAddress", value: eni.macAddress },
      { name: "privateDnsName", value: privateDnsName(world, eni.privateIpv4Address) },
      { name: "privateIPv4Address", value: eni.privateIpv4Address },
    );
  const type = dialect === "event" ? "eni" : "ElasticNetworkInterface";
  return { id: eni.attachmentId, type, status: eni.status, details };
}

function containerJson(dialect: Dialect, task: Task, container: Container): Json {
  const eni = task.networkInterface;
  const networkInterfaces =
    eni && eni.status !== "PRECREATED"
      ? [{ attachmentId: eni.attachmentId, privateIpv4Address: eni.privateIpv4Address }]
      : [];
  // Events of awsvpc tasks have no networkBindings at all; everything else always has the list.
  const withBindings = dialect === "api" || eni === undefined;
  return {
    containerArn: container.arn,
    exitCode: container.exitCode,
    lastStatus: container.lastStatus,
    name: container.name,
    reason: container.reason,
    image: container.image,
    imageDigest: container.imageDigest,
    runtimeId: container.runtimeId,
    taskArn: task.arn,
    networkBindings: withBindings ? container.networkBindings : undefined,
    networkInterfaces,
    healthStatus: dialect === "api" ? "UNKNOWN" : undefined,
    cpu: container.cpu,
    memory: container.memory,
    memoryReservation: container.memoryReservation,
  };
}

function fargateJson(dialect: Dialect): Json {
  const storage = { sizeInGiB: 20 };
  if (dialect === "event") return { platformVersion: "1.4.0", ephemeralStorage: storage };
  return {
    platformVersion: "1.4.0",
    platformFamily: "Linux",
    ephemeralStorage: storage,
    fargateEphemeralStorage: storage,
  };
}

function overridesJson(dialect: Dialect, task: Task): Json {
  const given = task.overrides["containerOverrides"];
  const overridden: readonly Json[] = Array.isArray(given) ? given : [];
  const containerOverrides = task.containers.map(
    ({ name }) => overridden.find((each) => each["name"] === name) ?? { name },
  );
  const inferenceAcceleratorOverrides = dialect === "api" ? [] : undefined;
  return { ...task.overrides, containerOverrides, inferenceAcceleratorOverrides };
}

/** A task as `detail` of an event or as a Task of the API; the API's has tags only when they were asked for. */
export function taskJson(world: World, dialect: Dialect, task: Task, withTags = false): Json {
  const eni = task.networkInterface;
  // Connectivity is told from RUNNING on, though it began earlier.
  const connected = task.startedAt !== undefined && task.connectivityAt !== undefined;
  return {
    attachments: eni ? [attachmentJson(world, dialect, eni)] : [],
    attributes: [
      { name: "ecs.cpu-architecture", value: task.instance?.machine.architecture ?? "x86_64" },
    ],
    availabilityZone: task.availabilityZone,
    capacityProviderName: task.capacityProviderName,
    clusterArn: task.cluster.arn,
    connectivity: connected ? "CONNECTED" : undefined,
    connectivityAt: connected ? time(dialect, task.connectivityAt) : undefined,
    containerInstanceArn: task.instance?.arn,
    containers: task.containers.map((container) => containerJson(dialect, task, container)),
    cpu: String(requiredCpu(task.definition)),
    createdAt: time(dialect, task.createdAt),
    desiredStatus: task.desiredStatus,
    enableExecuteCommand: task.enableExecuteCommand,
    executionStoppedAt: time(dialect, task.executionStoppedAt),
    group: task.group,
    healthStatus: dialect === "api" ? task.healthStatus : undefined,
    inferenceAccelerators: dialect === "api" ? [] : undefined,
    launchType: task.launchType,
    lastStatus: task.lastStatus,
    memory: String(requiredMemory(task.definition)),
    overrides: overridesJson(dialect, task),
    ...(task.launchType === "FARGATE" ? fargateJson(dialect) : {}),
    pullStartedAt: time(dialect, task.pullStartedAt),
    pullStoppedAt: time(dialect, task.pullStoppedAt),
    startedAt: time(dialect, task.startedAt),
    startedBy: task.startedBy,
    stoppingAt: time(dialect, task.stoppingAt),
    stoppedAt: time(dialect, task.stoppedAt),
    stoppedReason: task.stoppedReason,
    stopCode: task.stopCode,
    tags: dialect === "api" ? (withTags ? task.tags : []) : undefined,
    taskArn: task.arn,
    taskDefinitionArn: task.definition.arn,
    updatedAt: dialect === "event" ? isoTime(task.updatedAt) : undefined,
    version: task.version,
  };
}

/** TCP ports that the agent and ssh take on every instance. */
export const reservedTcpPorts: readonly number[] = [22, 2376, 2375, 51678, 51679];

function resourcesJson(
  dialect: Dialect,
  cpu: number,
  memory: number,
  tcp: Iterable<number>,
  udp: Iterable<number>,
): Json[] {
  const zeros = dialect === "api" ? { doubleValue: 0, longValue: 0 } : {};
  const integer = (name: string, value: number) => ({
    name,
    type: "INTEGER",
    ...zeros,
    integerValue: value,
  });
  const ports = (name: string, values: Iterable<number>) => ({
    name,
    type: "STRINGSET",
    ...(dialect === "api" ? { ...zeros, integerValue: 0 } : {}),
    stringSetValue: Array.from(values, String),
  });
  return [
    integer("CPU", cpu),
    integer("MEMORY", memory),
    ports("PORTS", tcp),
    ports("PORTS_UDP", udp),
  ];
}

function attributesJson(instance: ContainerInstance): Json[] {
  return Array.from(instance.attributes, ([name, value]) =>
    value === undefined ? { name } : { name, value },
  );
}

export interface InstanceMembers {
  readonly tags?: boolean;
  readonly health?: boolean;
}

function healthJson(instance: ContainerInstance): Json {
  const at = instance.registeredAt / 1000;
  const status = instance.agentConnected ? "OK" : "IMPAIRED";
  const details = [{ type: "CONTAINER_RUNTIME", status, lastUpdated: at, lastStatusChange: at }];
  return { overallStatus: status, details };
}

/** A container instance as `detail` of an event or as a ContainerInstance of the API. */
export function instanceJson(
  dialect: Dialect,
  instance: ContainerInstance,
  members: InstanceMembers = {},
): Json {
  const { cpu, memory } = instance;
  return {
    agentConnected: instance.agentConnected,
    attachments: [],
    attributes: attributesJson(instance),
    capacityProviderName: instance.capacityProviderName,
    clusterArn: dialect === "event" ? instance.cluster.arn : undefined,
    containerInstanceArn: instance.arn,
    ec2InstanceId: instance.machine.instanceId,
    healthStatus: members.health ? healthJson(instance) : undefined,
    pendingTasksCount: instance.pendingTasksCount,
    registeredAt: time(dialect, instance.registeredAt),
    registeredResources: resourcesJson(dialect, cpu, memory, reservedTcpPorts, []),
    remainingResources: resourcesJson(
      dialect,
      instance.remainingCpu,
      instance.remainingMemory,
      instance.usedTcpPorts,
      instance.usedUdpPorts,
    ),
    runningTasksCount: instance.runningTasksCount,
    status: instance.status,
    statusReason: instance.statusReason,
    tags: dialect === "api" ? (members.tags ? instance.tags : []) : undefined,
    updatedAt: dialect === "event" ? isoTime(instance.updatedAt) : undefined,
    version: instance.version,
    versionInfo: {
      agentHash: instance.agentHash,
      agentVersion: instance.agentVersion,
      dockerVersion: instance.dockerVersion,
    },
  };
}
