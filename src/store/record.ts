// The stored form of an entity: seven texts joined by newlines, so that a script can compare and combine
// them without parsing JSON. Pure: encodes, decodes, never talks to Redis.
// version, timeline; what stays as it is (fixed) and what changes (doc), so that the log need not repeat the former;
// attributes; what only Describe tells; what only EC2 tells.
import type { ClusterArn } from "../ecs/arn.ts";
import { arnId } from "../ecs/arn.ts";
import { isInactive } from "../ecs/container-instance.ts";
import type { Attribute, ContainerInstance } from "../ecs/container-instance.ts";
import type { TaskDefinition } from "../ecs/task-definition.ts";
import { hasFailed, isStopped } from "../ecs/task.ts";
import type { Container, Tag, Task, TimelineEntry } from "../ecs/task.ts";

export type Entity = Task | ContainerInstance;

/** Who says so. An event may be late or a repeat; a describe is ECS's own word for now; an enrichment is EC2's. */
export type ObservationSource = "event" | "describe" | "enrichment";

/** One thing said about one entity, ready for the apply script. Empty parts keep what is stored. */
export interface Observation {
  readonly kind: "i" | "t";
  readonly id: string;
  readonly source: ObservationSource;
  readonly version: string;
  readonly final: boolean;
  /** Of what has ended: whether it failed. Counted once, for the history. */
  readonly failed: boolean;
  /** Of a task its status; of a container instance what it is, joined by commas: status, and whether its agent is there. */
  readonly status: string;
  /** Since when, ms since the epoch; 0 when that is not told: since now, as far as anybody knows. */
  readonly statusSince: number;
  /** When this was said, ms since the epoch; undefined for now. What is older than the retention brings nothing back. */
  readonly saidAt: number | undefined;
  readonly fixed: string;
  readonly doc: string;
  readonly attributes: string;
  readonly described: string;
  readonly enriched: string;
}

/** What only Describe calls tell. */
interface Described {
  readonly capacityProvider?: string | undefined;
  readonly healthStatus?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
  /** Health of containers by name. */
  readonly containerHealth?: Readonly<Record<string, string>> | undefined;
}

/** When the task came to its present status, as well as ECS tells it. */
function statusSince(task: Task, now: number): number {
  const told =
    task.lastStatus === "STOPPED"
      ? task.stoppedAt
      : task.lastStatus === "RUNNING"
        ? task.startedAt
        : task.lastStatus === "PROVISIONING"
          ? task.createdAt
          : undefined;
  return told ?? task.updatedAt ?? now;
}

/** The start of every ARN of a cluster's account and region; a control character stands for it in stored JSON. */
const arnPrefix = (clusterArn: ClusterArn): string =>
  clusterArn.slice(0, clusterArn.lastIndexOf(":") + 1);
const prefixMark = "\u0001";

/** JSON escapes control characters, so the mark is nothing that the JSON itself could hold. */
function pack(value: object, clusterArn: ClusterArn): string {
  return JSON.stringify(value).replaceAll(arnPrefix(clusterArn), prefixMark);
}

function unpack(text: string, clusterArn: ClusterArn): string {
  return text.replaceAll(prefixMark, arnPrefix(clusterArn));
}

/** `saidAt`: when it was said, if that is known to be earlier than now. */
export function observeTask(
  task: Task,
  source: "event" | "describe",
  now: number,
  saidAt?: number,
): Observation {
  const { kind: _, tags, timeline: __, healthStatus, clusterArn, version, ...rest } = task;
  const { arn, taskDefinitionArn, containerInstanceArn, group, startedBy, launchType, ...more } =
    rest;
  const { capacityProvider, availabilityZone, platformVersion, cpu, memory, createdAt, ...doc } =
    more;
  const containers = task.containers.map(
    ({ arn: _a, name: _n, image: _i, healthStatus: _h, ...changing }) => changing,
  );
  return {
    kind: "t",
    id: arnId(task.arn),
    source,
    version,
    final: isStopped(task),
    failed: hasFailed(task),
    status: task.lastStatus,
    statusSince: statusSince(task, now),
    saidAt,
    fixed: pack(
      {
        arn,
        taskDefinitionArn,
        containerInstanceArn,
        group,
        startedBy,
        launchType,
        capacityProvider,
        availabilityZone,
        platformVersion,
        cpu,
        memory,
        createdAt,
        containers: task.containers.map(({ arn: containerArn, name, image }) => ({
          arn: containerArn,
          name,
          image,
        })),
      },
      clusterArn,
    ),
    doc: pack({ ...doc, containers }, clusterArn),
    attributes: "",
    described:
      source === "event"
        ? ""
        : JSON.stringify({
            capacityProvider: task.capacityProvider,
            healthStatus,
            tags: tags.length > 0 ? tags : undefined,
            containerHealth: containerHealth(task),
          } satisfies Described),
    enriched: "",
  };
}

function containerHealth(task: Task): Record<string, string> | undefined {
  const known = task.containers.flatMap(({ name, healthStatus }) =>
    healthStatus === undefined ? [] : [[name, healthStatus] as const],
  );
  return known.length > 0 ? Object.fromEntries(known) : undefined;
}

/** How a record says whether an agent is connected, beside since when. */
const agentIsConnected = "connected";
const agentIsNot = "disconnected";

/** `saidAt`: when it was said, if that is known to be earlier than now. */
export function observeContainerInstance(
  instance: ContainerInstance,
  source: "event" | "describe",
  saidAt?: number,
): Observation {
  const { kind: _, tags, attributes, healthStatus, clusterArn, version, ...rest } = instance;
  const { privateIpAddress: __, statusSince: _s, agentConnectedSince: _a, ...told } = rest;
  const { arn, ec2InstanceId, registeredAt, ...more } = told;
  const { agentVersion, dockerVersion, registeredResources, ...doc } = more;
  const fixed = { arn, ec2InstanceId, registeredAt, agentVersion, dockerVersion };
  return {
    kind: "i",
    id: arnId(instance.arn),
    source,
    version,
    final: isInactive(instance),
    failed: false,
    status: `${instance.status},${instance.agentConnected ? agentIsConnected : agentIsNot}`,
    statusSince: instance.updatedAt ?? 0,
    saidAt,
    fixed: pack({ ...fixed, registeredResources }, clusterArn),
    doc: pack(doc, clusterArn),
    // The first event after a registration has none; an instance without capabilities does not exist.
    attributes: attributes.length === 0 ? "" : JSON.stringify(attributes),
    described:
      source === "event"
        ? ""
        : JSON.stringify({
            capacityProvider: instance.capacityProvider,
            healthStatus,
            tags: tags.length > 0 ? tags : undefined,
          } satisfies Described),
    enriched: "",
  };
}

/** The private address of an instance, from EC2. Says nothing about an instance that ECS has not told us of. */
export function observePrivateIp(instanceId: string, privateIpAddress: string): Observation {
  return {
    kind: "i",
    id: instanceId,
    source: "enrichment",
    version: "",
    final: false,
    failed: false,
    status: "",
    statusSince: 0,
    saidAt: undefined,
    fixed: "",
    doc: "",
    attributes: "",
    described: "",
    enriched: JSON.stringify({ privateIpAddress }),
  };
}

export function decodeTimeline(text: string): TimelineEntry[] {
  if (text === "") return [];
  return text
    .split(",")
    .map((entry) => {
      const at = entry.lastIndexOf("@");
      return { lastStatus: entry.slice(0, at), at: Number(entry.slice(at + 1)) };
    })
    .sort((a, b) => a.at - b.at);
}

/** A record from the log, which has only what differed from the record that came after it. */
export function completeRecord(before: string, after: string | undefined): string {
  if (after === undefined) return before;
  const next = after.split("\n");
  return before
    .split("\n")
    .map((part, index) => (part === "=" ? (next[index] ?? "") : part))
    .join("\n");
}

type FixedField =
  | "arn"
  | "taskDefinitionArn"
  | "containerInstanceArn"
  | "group"
  | "startedBy"
  | "launchType"
  | "capacityProvider"
  | "availabilityZone"
  | "platformVersion"
  | "cpu"
  | "memory"
  | "createdAt";

interface FixedTask extends Pick<Task, FixedField> {
  readonly containers: readonly Pick<Container, "arn" | "name" | "image">[];
}

/** Every field of an entity, so that one which is added there is not lost where an entity is made field by field. */
export type Whole<Entity> = { readonly [Field in keyof Required<Entity>]: Entity[Field] };

/** Field by field: a view's first load decodes every task of a cluster, and a spread costs several times as much. */
export function decodeTask(record: string, clusterArn: ClusterArn): Task {
  const [version = "", timeline = "", fixedText = "{}", docText = "{}", , described] =
    record.split("\n");
  const extra: Described = described ? JSON.parse(described) : {};
  const [fixed, doc]: readonly [FixedTask, Omit<Task, FixedField>] = JSON.parse(
    unpack(`[${fixedText},${docText}]`, clusterArn),
  );
  const health = extra.containerHealth;
  const task: Whole<Task> = {
    kind: "task",
    arn: fixed.arn,
    clusterArn,
    version,
    taskDefinitionArn: fixed.taskDefinitionArn,
    containerInstanceArn: fixed.containerInstanceArn,
    group: fixed.group,
    startedBy: fixed.startedBy,
    launchType: fixed.launchType,
    capacityProvider: fixed.capacityProvider ?? extra.capacityProvider,
    availabilityZone: fixed.availabilityZone,
    platformVersion: fixed.platformVersion,
    cpu: fixed.cpu,
    memory: fixed.memory,
    lastStatus: doc.lastStatus,
    desiredStatus: doc.desiredStatus,
    healthStatus: extra.healthStatus,
    connectivity: doc.connectivity,
    stopCode: doc.stopCode,
    stoppedReason: doc.stoppedReason,
    createdAt: fixed.createdAt,
    pullStartedAt: doc.pullStartedAt,
    pullStoppedAt: doc.pullStoppedAt,
    startedAt: doc.startedAt,
    stoppingAt: doc.stoppingAt,
    executionStoppedAt: doc.executionStoppedAt,
    stoppedAt: doc.stoppedAt,
    updatedAt: doc.updatedAt,
    containers: doc.containers.map((container, at) => {
      const { name, arn, image } = fixed.containers[at] ?? container;
      const whole: Whole<Container> = {
        arn,
        name,
        image,
        imageDigest: container.imageDigest,
        runtimeId: container.runtimeId,
        lastStatus: container.lastStatus,
        exitCode: container.exitCode,
        reason: container.reason,
        // A container may be called `constructor`.
        healthStatus: health && Object.hasOwn(health, name) ? health[name] : undefined,
        cpu: container.cpu,
        memory: container.memory,
        networkBindings: container.networkBindings,
        networkInterfaces: container.networkInterfaces,
      };
      return whole;
    }),
    attachments: doc.attachments,
    tags: extra.tags ?? [],
    timeline: decodeTimeline(timeline),
  };
  return task;
}

/** The times in a container instance's timeline, of its status and of its agent. */
function decodeSince(timeline: string): readonly (number | undefined)[] {
  if (timeline === "") return [];
  return timeline.split(",").map((fact) => Number(fact.slice(fact.indexOf("@") + 1)));
}

export function decodeContainerInstance(record: string, clusterArn: ClusterArn): ContainerInstance {
  const [version = "", timeline = "", fixed = "{}", doc = "{}", attributes, described, enriched] =
    record.split("\n");
  const extra: Described = described ? JSON.parse(described) : {};
  const instance: ContainerInstance = {
    ...JSON.parse(unpack(fixed, clusterArn)),
    ...JSON.parse(unpack(doc, clusterArn)),
  };
  const address: { privateIpAddress?: string } = enriched ? JSON.parse(enriched) : {};
  const known: readonly Attribute[] = attributes ? JSON.parse(attributes) : [];
  const [statusSince, agentConnectedSince] = decodeSince(timeline);
  return {
    ...instance,
    statusSince,
    agentConnectedSince,
    kind: "containerInstance",
    clusterArn,
    version,
    capacityProvider: instance.capacityProvider ?? extra.capacityProvider,
    healthStatus: extra.healthStatus,
    attributes: known,
    tags: extra.tags ?? [],
    privateIpAddress: address.privateIpAddress,
  };
}

/** A task definition's record is one JSON text: it never changes, so there is nothing to combine. */
export function encodeTaskDefinition(definition: TaskDefinition): string {
  return JSON.stringify(definition);
}

export function decodeTaskDefinition(record: string): TaskDefinition {
  return JSON.parse(record);
}
