// The stored form of an entity: six texts joined by newlines, so that a script can compare and combine
// them without parsing JSON. Pure: encodes, decodes, never talks to Redis.
import type { ClusterArn } from "../ecs/arn.ts";
import { arnId } from "../ecs/arn.ts";
import { isInactive } from "../ecs/container-instance.ts";
import type { Attribute, ContainerInstance } from "../ecs/container-instance.ts";
import type { TaskDefinition } from "../ecs/task-definition.ts";
import { isStopped } from "../ecs/task.ts";
import type { Tag, Task, TimelineEntry } from "../ecs/task.ts";

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
  readonly status: string;
  readonly statusSince: number;
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

export function observeTask(task: Task, source: "event" | "describe", now: number): Observation {
  const { kind: _, tags, timeline: __, healthStatus, clusterArn: ___, version, ...rest } = task;
  const doc = { ...rest, containers: task.containers.map(({ healthStatus: _h, ...kept }) => kept) };
  return {
    kind: "t",
    id: arnId(task.arn),
    source,
    version,
    final: isStopped(task),
    status: task.lastStatus,
    statusSince: statusSince(task, now),
    doc: JSON.stringify(doc),
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

export function observeContainerInstance(
  instance: ContainerInstance,
  source: "event" | "describe",
): Observation {
  const {
    kind: _,
    tags,
    attributes,
    healthStatus,
    clusterArn: __,
    privateIpAddress: ___,
    version,
    ...doc
  } = instance;
  return {
    kind: "i",
    id: arnId(instance.arn),
    source,
    version,
    final: isInactive(instance),
    status: "",
    statusSince: 0,
    doc: JSON.stringify(doc),
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
    status: "",
    statusSince: 0,
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
    .toSorted((a, b) => a.at - b.at);
}

/** The version that a record has, without decoding the rest. */
export function recordVersion(record: string): string {
  return record.slice(0, record.indexOf("\n"));
}

export function decodeTask(record: string, clusterArn: ClusterArn): Task {
  const [version = "", timeline = "", doc = "{}", , described] = record.split("\n");
  const extra: Described = described ? JSON.parse(described) : {};
  const task: Task = JSON.parse(doc);
  const health = extra.containerHealth;
  return {
    ...task,
    kind: "task",
    clusterArn,
    version,
    capacityProvider: task.capacityProvider ?? extra.capacityProvider,
    healthStatus: extra.healthStatus,
    containers: health
      ? task.containers.map((each) => ({ ...each, healthStatus: health[each.name] }))
      : task.containers,
    tags: extra.tags ?? [],
    timeline: decodeTimeline(timeline),
  };
}

export function decodeContainerInstance(record: string, clusterArn: ClusterArn): ContainerInstance {
  const [version = "", , doc = "{}", attributes, described, enriched] = record.split("\n");
  const extra: Described = described ? JSON.parse(described) : {};
  const instance: ContainerInstance = JSON.parse(doc);
  const address: { privateIpAddress?: string } = enriched ? JSON.parse(enriched) : {};
  const known: readonly Attribute[] = attributes ? JSON.parse(attributes) : [];
  return {
    ...instance,
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
