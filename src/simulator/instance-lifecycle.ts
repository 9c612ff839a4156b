// The life of a container instance: register, connect, drain, leave. Its tasks are moved by task-lifecycle.
import { duration, formatArn, nextAddress } from "./world.ts";
import type { Cluster, ContainerInstance, Machine, Tag, World } from "./world.ts";
import { agentAttributes } from "./machine-types.ts";
import type { MachineType } from "./machine-types.ts";
import { instanceChanged } from "./events.ts";
import { reservedTcpPorts } from "./entity-json.ts";
import { killTask, stopTask } from "./task-lifecycle.ts";

export interface InstanceRequest {
  readonly cluster: Cluster;
  readonly type: MachineType;
  readonly external?: boolean;
  /** Default: one of the three zones of the region, in turn. */
  readonly availabilityZone?: string;
  readonly capacityProviderName?: string;
  readonly attributes?: ReadonlyMap<string, string | undefined>;
  readonly tags?: readonly Tag[];
  /** An existing machine that registers (again); default: a new one. */
  readonly machine?: Machine;
}

/** A fixed piece of hex for a name: the same VPC and subnets in every world. */
function stableHex(text: string): string {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return (
    hash.toString(16).padStart(8, "0") +
    ((hash * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, "0")
  );
}

export function createMachine(world: World, now: number, request: InstanceRequest): Machine {
  const zone =
    request.availabilityZone ?? `${world.scope.region}${"abc"[request.cluster.instances.size % 3]}`;
  const prefix = request.external ? "mi" : "i";
  const machine: Machine = {
    instanceId: `${prefix}-0${world.random.hex(16)}`,
    instanceType: request.type.name,
    architecture: request.type.architecture,
    availabilityZone: zone,
    privateIpAddress: nextAddress(world),
    subnetId: `subnet-0${stableHex(`${request.cluster.name}/${zone}`)}`,
    vpcId: `vpc-0${stableHex(request.cluster.name)}`,
    imageId: `ami-0${stableHex(request.type.architecture)}`,
    launchedAt: now,
    state: "running",
  };
  world.machines.set(machine.instanceId, machine);
  return machine;
}

function makeInstance(world: World, now: number, request: InstanceRequest): ContainerInstance {
  const { cluster, type, external = false } = request;
  const machine = request.machine ?? createMachine(world, now, request);
  const id = world.random.hex(32);
  const attributes = agentAttributes({ ...machine, external });
  for (const [name, value] of request.attributes ?? []) attributes.set(name, value);
  return {
    id,
    arn: formatArn(world, `container-instance/${cluster.name}/${id}`),
    sequence: world.sequence++,
    cluster,
    machine,
    external,
    capacityProviderName: external ? undefined : request.capacityProviderName,
    registeredAt: now,
    cpu: type.cpu,
    memory: type.memory,
    agentVersion: "1.98.0",
    agentHash: "4d3a9c1f",
    dockerVersion: "DockerVersion: 25.0.8",
    tags: request.tags ?? [],
    tasks: new Set(),
    usedTcpPorts: new Set(reservedTcpPorts),
    usedUdpPorts: new Set(),
    attributes,
    attributesToCome: undefined,
    held: [],
    remainingCpu: type.cpu,
    remainingMemory: type.memory,
    runningTasksCount: 0,
    pendingTasksCount: 0,
    status: "ACTIVE",
    statusReason: undefined,
    refuses: undefined,
    agentConnected: true,
    version: 1,
    updatedAt: now,
  };
}

/** An instance that has been there for long, with no events: for the fleet at the start. */
export function placeInstance(
  world: World,
  registeredAt: number,
  request: InstanceRequest,
): ContainerInstance {
  const instance = makeInstance(world, registeredAt, request);
  instance.version = 3;
  request.cluster.instances.set(instance.id, instance);
  return instance;
}

/** An instance joins: its first event shows no attributes, the next one does. */
export function registerInstance(
  world: World,
  now: number,
  request: InstanceRequest,
): ContainerInstance {
  const instance = makeInstance(world, now, request);
  instance.attributesToCome = new Map(instance.attributes);
  instance.attributes.clear();
  request.cluster.instances.set(instance.id, instance);
  instanceChanged(world, now, instance);
  const at = now + duration(world, world.timings.attributes);
  world.due.add(at, { kind: "attributes", instance });
  return instance;
}

/** The attributes of a new instance arrive. */
export function showAttributes(world: World, now: number, instance: ContainerInstance): void {
  const { attributesToCome } = instance;
  instance.attributesToCome = undefined;
  if (!attributesToCome || instance.status === "INACTIVE") return;
  for (const [name, value] of attributesToCome)
    if (!instance.attributes.has(name)) instance.attributes.set(name, value);
  instanceChanged(world, now, instance);
}

/** Connects or disconnects the agent; what the agent could not tell while away happens when it is back. */
export function setAgentConnected(
  world: World,
  now: number,
  instance: ContainerInstance,
  connected: boolean,
): void {
  if (instance.agentConnected === connected || instance.status === "INACTIVE") return;
  instance.agentConnected = connected;
  instanceChanged(world, now, instance);
  if (!connected) return;
  for (const step of instance.held.splice(0)) world.due.add(now, { kind: "task", ...step });
}

/** Sets ACTIVE or DRAINING. A draining instance loses the tasks of services (the scheduler replaces them elsewhere). */
export function setInstanceState(
  world: World,
  now: number,
  instance: ContainerInstance,
  status: "ACTIVE" | "DRAINING",
): void {
  if (instance.status === status) return;
  instance.status = status;
  instanceChanged(world, now, instance);
  if (status === "ACTIVE") return;
  for (const task of instance.tasks) {
    if (!task.service) continue;
    const reason = `(service ${task.service.name}) was unable to keep its task on ${instance.machine.instanceId}: the instance is draining`;
    stopTask(world, now, task, "ServiceSchedulerInitiated", reason);
  }
}

function leave(world: World, now: number, instance: ContainerInstance): void {
  instance.status = "INACTIVE";
  instanceChanged(world, now, instance);
  world.due.add(now + world.timings.retention, { kind: "forgetInstance", instance });
}

/** The machine is terminated: the agent goes, then the registration, then every task. */
export function terminateInstance(world: World, now: number, instance: ContainerInstance): void {
  if (instance.status === "INACTIVE") return;
  instance.machine.state = "terminated";
  setAgentConnected(world, now, instance, false);
  const reason = `Host EC2 (instance ${instance.machine.instanceId}) terminated.`;
  for (const task of instance.tasks) killTask(world, now, task, reason);
  leave(world, now, instance);
}

/** DeregisterContainerInstance: service tasks stop and, with `force`, all others become orphans that ECS drops. */
export function deregisterInstance(world: World, now: number, instance: ContainerInstance): void {
  for (const task of instance.tasks)
    killTask(world, now, task, "The container instance was deregistered.");
  instance.agentConnected = false;
  leave(world, now, instance);
}
