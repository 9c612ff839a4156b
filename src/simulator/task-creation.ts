// Making a task out of a definition and an instance, and the indexes that find it. Starts nothing.
import { reserve } from "./resources.ts";
import type { TaskDefinition } from "./task-definition.ts";
import { formatArn, nextAddress, uuid } from "./world.ts";
import type {
  Cluster,
  Container,
  ContainerInstance,
  LaunchType,
  NetworkInterface,
  Service,
  Tag,
  Task,
  World,
} from "./world.ts";

export interface LaunchRequest {
  readonly cluster: Cluster;
  readonly definition: TaskDefinition;
  /** undefined on Fargate. */
  readonly instance: ContainerInstance | undefined;
  readonly service?: Service;
  readonly startedBy?: string | undefined;
  readonly group?: string | undefined;
  readonly overrides?: Readonly<Record<string, unknown>>;
  readonly tags?: readonly Tag[];
  readonly subnetId?: string | undefined;
  readonly enableExecuteCommand?: boolean;
}

function makeContainer(
  world: World,
  taskId: string,
  clusterName: string,
  definition: TaskDefinition["containers"][number],
): Container {
  return {
    arn: formatArn(world, `container/${clusterName}/${taskId}/${uuid(world.random)}`),
    name: definition.name,
    image: definition.image,
    essential: definition.essential,
    cpu: String(definition.cpu),
    memory: definition.memory === undefined ? undefined : String(definition.memory),
    memoryReservation:
      definition.memoryReservation === undefined ? undefined : String(definition.memoryReservation),
    lastStatus: "PENDING",
    imageDigest: undefined,
    runtimeId: undefined,
    exitCode: undefined,
    reason: undefined,
    networkBindings: [],
  };
}

function makeInterface(world: World, subnetId: string): NetworkInterface {
  const digits = world.random.hex(8);
  return {
    id: `eni-0${world.random.hex(16)}`,
    attachmentId: uuid(world.random),
    subnetId,
    macAddress: `0a:${world.random.hex(2)}:${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4, 6)}:${digits.slice(6)}`,
    privateIpv4Address: nextAddress(world),
    status: "PRECREATED",
  };
}

function launchTypeOf(instance: ContainerInstance | undefined): LaunchType {
  if (!instance) return "FARGATE";
  return instance.external ? "EXTERNAL" : "EC2";
}

/** A task before its first event: PROVISIONING or PENDING, its resources taken. */
export function makeTask(world: World, now: number, request: LaunchRequest): Task {
  const { cluster, definition, instance, service } = request;
  const id = world.random.hex(32);
  const withInterface = definition.networkMode === "awsvpc";
  const zones = ["a", "b", "c"] as const;
  const fargateZone = `${world.scope.region}${world.random.pick(zones)}`;
  const subnet =
    request.subnetId ?? instance?.machine.subnetId ?? `subnet-0${world.random.hex(16)}`;
  return {
    id,
    arn: formatArn(world, `task/${cluster.name}/${id}`),
    sequence: world.sequence++,
    cluster,
    definition,
    instance,
    service,
    deploymentId: service ? request.startedBy : undefined,
    launchType: launchTypeOf(instance),
    capacityProviderName: instance ? instance.capacityProviderName : "FARGATE",
    // An instance of ECS Anywhere is in no zone.
    availabilityZone: instance
      ? instance.external
        ? undefined
        : instance.machine.availabilityZone
      : fargateZone,
    group: request.group ?? `family:${definition.family}`,
    startedBy: request.startedBy,
    overrides: request.overrides ?? {},
    tags: request.tags ?? [],
    enableExecuteCommand: request.enableExecuteCommand ?? false,
    createdAt: now,
    containers: definition.containers.map((each) => makeContainer(world, id, cluster.name, each)),
    networkInterface: withInterface ? makeInterface(world, subnet) : undefined,
    reservation: instance ? reserve(instance, definition) : undefined,
    version: 0,
    lastStatus: withInterface ? "PROVISIONING" : "PENDING",
    desiredStatus: "RUNNING",
    healthStatus: "UNKNOWN",
    updatedAt: now,
    connectivityAt: undefined,
    pullStartedAt: undefined,
    pullStoppedAt: undefined,
    startedAt: undefined,
    stoppingAt: undefined,
    executionStoppedAt: undefined,
    stoppedAt: undefined,
    stopCode: undefined,
    stoppedReason: undefined,
    plan: 0,
  };
}

/** Makes the task findable. */
export function indexTask(task: Task): void {
  const { cluster, startedBy, instance, service } = task;
  cluster.tasks.set(task.id, task);
  instance?.tasks.add(task);
  service?.tasks.add(task);
  if (startedBy === undefined) return;
  const sameStarter = cluster.tasksByStartedBy.get(startedBy);
  if (sameStarter) sameStarter.add(task);
  else cluster.tasksByStartedBy.set(startedBy, new Set([task]));
}

/** Forgets a task that stopped long ago. */
export function forgetTask(task: Task): void {
  const { cluster, startedBy } = task;
  cluster.tasks.delete(task.id);
  if (startedBy === undefined) return;
  const sameStarter = cluster.tasksByStartedBy.get(startedBy);
  sameStarter?.delete(task);
  if (sameStarter?.size === 0) cluster.tasksByStartedBy.delete(startedBy);
}
