// The state of the simulated account: clusters, container instances, tasks, services, EC2 machines. Types and their
// creation only; what may happen to them is decided elsewhere, and nothing here does I/O or reads a clock.
import type { ArnScope } from "../ecs/arn.ts";
import { seededRandom } from "../random.ts";
import type { Random } from "../random.ts";
import { createDueHeap } from "./due-heap.ts";
import type { DueHeap } from "./due-heap.ts";
import type { LifecycleWait } from "./lifecycle-hooks.ts";
import type { TaskDefinition } from "./task-definition.ts";

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export type LaunchType = "EC2" | "FARGATE" | "EXTERNAL";

export type TaskStatus =
  | "PROVISIONING"
  | "PENDING"
  | "ACTIVATING"
  | "RUNNING"
  | "DEACTIVATING"
  | "STOPPING"
  | "DEPROVISIONING"
  | "STOPPED";

/** The next thing that happens to a task by itself. */
export type TaskStep =
  | "pending"
  | "activating"
  | "running"
  | "exit"
  | "deactivating"
  | "stopping"
  | "deprovisioning"
  | "stopped";

export type StopCode =
  | "TaskFailedToStart"
  | "EssentialContainerExited"
  | "UserInitiated"
  | "ServiceSchedulerInitiated"
  | "TerminationNotice";

export interface NetworkBinding {
  readonly bindIP: string;
  readonly containerPort: number;
  readonly hostPort: number;
  readonly protocol: string;
}

export interface Container {
  readonly arn: string;
  readonly name: string;
  readonly image: string;
  readonly essential: boolean;
  readonly cpu: string;
  readonly memory: string | undefined;
  readonly memoryReservation: string | undefined;
  lastStatus: "PENDING" | "RUNNING" | "STOPPED";
  imageDigest: string | undefined;
  runtimeId: string | undefined;
  exitCode: number | undefined;
  reason: string | undefined;
  networkBindings: NetworkBinding[];
}

/** The network interface of an awsvpc or Fargate task. */
export interface NetworkInterface {
  readonly id: string;
  readonly attachmentId: string;
  readonly subnetId: string;
  readonly macAddress: string;
  readonly privateIpv4Address: string;
  status: "PRECREATED" | "ATTACHED" | "DELETED";
}

/** What a task holds of its instance while it is there. Ports are host ports. */
export interface Reservation {
  readonly cpu: number;
  readonly memory: number;
  readonly tcpPorts: number[];
  readonly udpPorts: number[];
}

export interface Task {
  readonly id: string;
  readonly arn: string;
  /** Creation order in the world; pages of a listing continue after it. */
  readonly sequence: number;
  readonly cluster: Cluster;
  readonly definition: TaskDefinition;
  readonly instance: ContainerInstance | undefined;
  readonly service: Service | undefined;
  readonly deploymentId: string | undefined;
  readonly launchType: LaunchType;
  readonly capacityProviderName: string | undefined;
  readonly availabilityZone: string | undefined;
  readonly group: string;
  readonly startedBy: string | undefined;
  readonly overrides: Readonly<Record<string, unknown>>;
  readonly tags: readonly Tag[];
  readonly enableExecuteCommand: boolean;
  readonly createdAt: number;
  readonly containers: Container[];
  readonly networkInterface: NetworkInterface | undefined;
  /** undefined once released. */
  reservation: Reservation | undefined;
  version: number;
  lastStatus: TaskStatus;
  desiredStatus: "RUNNING" | "STOPPED";
  /** By its health check, which only the API tells of, and no version counts. */
  healthStatus: "UNKNOWN" | "HEALTHY" | "UNHEALTHY";
  updatedAt: number;
  connectivityAt: number | undefined;
  pullStartedAt: number | undefined;
  pullStoppedAt: number | undefined;
  startedAt: number | undefined;
  stoppingAt: number | undefined;
  executionStoppedAt: number | undefined;
  stoppedAt: number | undefined;
  stopCode: StopCode | undefined;
  stoppedReason: string | undefined;
  /** Counts the plans made for this task: a due step of an older plan is void. */
  plan: number;
}

/** A step that waits for the agent to come back. */
export interface HeldStep {
  readonly task: Task;
  readonly step: TaskStep;
  readonly plan: number;
  readonly containers: readonly Container[];
}

export interface ContainerInstance {
  readonly id: string;
  readonly arn: string;
  readonly sequence: number;
  readonly cluster: Cluster;
  readonly machine: Machine;
  readonly external: boolean;
  readonly capacityProviderName: string | undefined;
  readonly registeredAt: number;
  readonly cpu: number;
  readonly memory: number;
  readonly agentVersion: string;
  readonly agentHash: string;
  readonly dockerVersion: string;
  readonly tags: readonly Tag[];
  readonly tasks: Set<Task>;
  readonly usedTcpPorts: Set<number>;
  readonly usedUdpPorts: Set<number>;
  /** A value of undefined is a capability: a name alone. */
  readonly attributes: Map<string, string | undefined>;
  /** Attributes that the agent registered but that ECS does not show yet; undefined once shown. */
  attributesToCome: Map<string, string | undefined> | undefined;
  /** Steps that the agent could not report while it was disconnected. */
  readonly held: HeldStep[];
  remainingCpu: number;
  remainingMemory: number;
  runningTasksCount: number;
  pendingTasksCount: number;
  status: "ACTIVE" | "DRAINING" | "INACTIVE";
  statusReason: string | undefined;
  /** Fault: why every StartTask and placement here is refused, such as `RESOURCE:MEMORY`; undefined for none. */
  refuses: string | undefined;
  agentConnected: boolean;
  version: number;
  updatedAt: number;
}

/** What EC2 (or, for an `mi-` id, Systems Manager) knows of an instance. */
export interface Machine {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly architecture: "x86_64" | "arm64";
  readonly availabilityZone: string;
  readonly privateIpAddress: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly imageId: string;
  readonly launchedAt: number;
  state: "running" | "terminated";
}

export interface Deployment {
  readonly id: string;
  readonly definition: TaskDefinition;
  readonly createdAt: number;
  updatedAt: number;
  rolloutState: "IN_PROGRESS" | "COMPLETED";
}

export interface Service {
  readonly name: string;
  readonly arn: string;
  readonly sequence: number;
  readonly cluster: Cluster;
  readonly launchType: LaunchType;
  readonly createdAt: number;
  /** Cluster query expressions that an instance must match. */
  readonly memberOf: readonly string[];
  readonly distinctInstance: boolean;
  readonly tasks: Set<Task>;
  desiredCount: number;
  /** The newest first: `[0]` is the primary one. */
  deployments: Deployment[];
  status: "ACTIVE" | "DRAINING" | "INACTIVE";
  steady: boolean;
  /** True while a reconciliation is in the due heap: one at a time is enough. */
  reconciling: boolean;
}

export interface Cluster {
  readonly name: string;
  readonly arn: string;
  readonly sequence: number;
  readonly tags: readonly Tag[];
  readonly instances: Map<string, ContainerInstance>;
  readonly tasks: Map<string, Task>;
  readonly tasksByStartedBy: Map<string, Set<Task>>;
  readonly services: Map<string, Service>;
  /** Remembered answers of RunTask by client token. */
  readonly clientTokens: Map<string, ClientTokenUse>;
  status: "ACTIVE" | "INACTIVE";
}

export interface ClientTokenUse {
  readonly request: string;
  readonly taskArns: readonly string[];
  readonly answer: Readonly<Record<string, unknown>>;
  readonly at: number;
}

export type Due =
  | {
      readonly kind: "task";
      readonly task: Task;
      readonly step: TaskStep;
      readonly plan: number;
      readonly containers?: readonly Container[];
    }
  | { readonly kind: "attributes"; readonly instance: ContainerInstance }
  | { readonly kind: "reconnect"; readonly instance: ContainerInstance }
  | { readonly kind: "service"; readonly service: Service }
  | { readonly kind: "forgetTask"; readonly task: Task }
  | { readonly kind: "forgetInstance"; readonly instance: ContainerInstance }
  | { readonly kind: "terminate"; readonly instance: ContainerInstance }
  | { readonly kind: "lifecycle"; readonly token: string }
  | { readonly kind: "churn"; readonly generation: number };

/** Durations in ms as [shortest, longest], before `timeScale`. */
export interface Timings {
  /** Multiplies every duration: 1 is the demo's pace, 0.1 is ten times as fast. Retention is not scaled. */
  readonly timeScale: number;
  readonly attachInterface: readonly [number, number];
  readonly pull: readonly [number, number];
  readonly start: readonly [number, number];
  readonly deactivate: readonly [number, number];
  readonly terminate: readonly [number, number];
  readonly detachInterface: readonly [number, number];
  readonly replace: readonly [number, number];
  readonly placementRetry: readonly [number, number];
  readonly attributes: readonly [number, number];
  readonly agentFlap: readonly [number, number];
  /** How long a STOPPED task and an INACTIVE instance can be described. */
  readonly retention: number;
}

export const demoTimings: Timings = {
  timeScale: 1,
  attachInterface: [300, 700],
  pull: [700, 1600],
  start: [300, 700],
  deactivate: [150, 350],
  terminate: [350, 650],
  detachInterface: [150, 300],
  replace: [300, 900],
  placementRetry: [3000, 5000],
  attributes: [150, 400],
  agentFlap: [1500, 4000],
  retention: 3_600_000,
};

export interface World {
  readonly scope: ArnScope;
  readonly random: Random;
  readonly timings: Timings;
  readonly clusters: Map<string, Cluster>;
  /** Revisions of a family, the first at index 0. */
  readonly taskDefinitions: Map<string, TaskDefinition[]>;
  readonly machines: Map<string, Machine>;
  /** Auto Scaling groups that wait at a lifecycle hook, by token. */
  readonly lifecycleWaits: Map<string, LifecycleWait>;
  readonly due: DueHeap<Due>;
  /** EventBridge bodies that nobody has taken yet. */
  outbox: string[];
  /** Task replacements a second among service tasks. */
  churnPerSecond: number;
  churnGeneration: number;
  /** Fault: the share of task starts that fail (0 to 1). */
  startFailureRatio: number;
  /** Fault: the share of StartTask's instances that are refused for a random reason. */
  startRefusalRatio: number;
  /** Fault: tasks that are younger than this are not read yet, ms. */
  readStalenessMs: number;
  /** Fault: the share of changed attributes that no event tells of. */
  silentAttributeRatio: number;
  sequence: number;
  addresses: number;
}

export interface WorldOptions {
  readonly seed: number | string;
  readonly region?: string;
  readonly account?: string;
  readonly timings?: Partial<Timings>;
}

export function createWorld({ seed, region, account, timings }: WorldOptions): World {
  return {
    scope: { partition: "aws", region: region ?? "us-east-1", account: account ?? "111122223333" },
    random: seededRandom(`${seed}`),
    timings: { ...demoTimings, ...timings },
    clusters: new Map(),
    taskDefinitions: new Map(),
    machines: new Map(),
    lifecycleWaits: new Map(),
    due: createDueHeap(),
    outbox: [],
    churnPerSecond: 0,
    churnGeneration: 0,
    startFailureRatio: 0,
    startRefusalRatio: 0,
    readStalenessMs: 0,
    silentAttributeRatio: 0,
    sequence: 0,
    addresses: 0,
  };
}

/** A random duration of the range, scaled to the pace of the world. */
export function duration(world: World, [shortest, longest]: readonly [number, number]): number {
  return Math.round(world.random.int(shortest, longest) * world.timings.timeScale);
}

export function formatArn(world: World, resource: string): string {
  const { partition, region, account } = world.scope;
  return `arn:${partition}:ecs:${region}:${account}:${resource}`;
}

export function uuid(random: Random): string {
  const hex = random.hex(32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A private address that no other interface of the world has: 10.0.4.1 upwards. */
export function nextAddress(world: World): string {
  const number = 1024 + world.addresses++;
  const low = (number % 254) + 1;
  const rest = Math.floor(number / 254);
  return `10.${Math.floor(rest / 256) % 256}.${rest % 256}.${low}`;
}

export function createCluster(world: World, name: string, tags: readonly Tag[] = []): Cluster {
  const cluster: Cluster = {
    name,
    arn: formatArn(world, `cluster/${name}`),
    sequence: world.sequence++,
    tags,
    instances: new Map(),
    tasks: new Map(),
    tasksByStartedBy: new Map(),
    services: new Map(),
    clientTokens: new Map(),
    status: "ACTIVE",
  };
  // Anew at the end: listings rely on the order of creation.
  world.clusters.delete(name);
  world.clusters.set(name, cluster);
  return cluster;
}

/** Only an instance that is ACTIVE or DRAINING still takes part in its cluster. */
export function isRegistered(instance: ContainerInstance): boolean {
  return instance.status !== "INACTIVE";
}
