// Entities as a view keeps them: equal texts are one text in memory, and each entity is exactly as large as its fields.
// A fleet says the same things over and over; only what names one entity is its own. Changes no value.
import type { Attribute, ContainerInstance, Resource } from "../ecs/container-instance.ts";
import type { Attachment, Container, NetworkBinding, Tag, Task } from "../ecs/task.ts";
import type { Whole } from "../store/record.ts";

/** Texts that are shared. Beyond this many, sharing starts anew: those in use stay where they are. */
const sharedMax = 200_000;

export class Sharing {
  readonly #texts = new Map<string, string>();
  readonly #attributes = new Map<string, Attribute>();

  /** The same text, in the copy that others have. */
  text(value: string): string;
  text(value: string | undefined): string | undefined;
  text(value: string | undefined): string | undefined {
    if (value === undefined) return undefined;
    const known = this.#texts.get(value);
    if (known !== undefined) return known;
    if (this.#texts.size >= sharedMax) this.#texts.clear();
    this.#texts.set(value, value);
    return value;
  }

  attribute({ name, value }: Attribute): Attribute {
    const key = `${name}\n${value === undefined ? "" : `=${value}`}`;
    const known = this.#attributes.get(key);
    if (known) return known;
    if (this.#attributes.size >= sharedMax) this.#attributes.clear();
    const attribute = { name: this.text(name), value: this.text(value) };
    this.#attributes.set(key, attribute);
    return attribute;
  }
}

const nothing: readonly never[] = Object.freeze([]);

function listOf<Item>(items: readonly Item[], compact: (item: Item) => Item): readonly Item[] {
  return items.length === 0 ? nothing : items.map(compact);
}

export function compactTask(task: Task, sharing: Sharing): Task {
  const text = (value: string | undefined) => sharing.text(value);
  const compact: Whole<Task> = {
    kind: task.kind,
    arn: task.arn,
    clusterArn: task.clusterArn,
    version: task.version,
    taskDefinitionArn: sharing.text(task.taskDefinitionArn),
    containerInstanceArn: text(task.containerInstanceArn),
    group: text(task.group),
    startedBy: text(task.startedBy),
    launchType: text(task.launchType),
    capacityProvider: text(task.capacityProvider),
    availabilityZone: text(task.availabilityZone),
    platformVersion: text(task.platformVersion),
    cpu: text(task.cpu),
    memory: text(task.memory),
    lastStatus: sharing.text(task.lastStatus),
    desiredStatus: sharing.text(task.desiredStatus),
    healthStatus: text(task.healthStatus),
    connectivity: text(task.connectivity),
    stopCode: text(task.stopCode),
    stoppedReason: task.stoppedReason,
    createdAt: task.createdAt,
    pullStartedAt: task.pullStartedAt,
    pullStoppedAt: task.pullStoppedAt,
    startedAt: task.startedAt,
    stoppingAt: task.stoppingAt,
    executionStoppedAt: task.executionStoppedAt,
    stoppedAt: task.stoppedAt,
    updatedAt: task.updatedAt,
    containers: listOf(task.containers, (each) => compactContainer(each, sharing)),
    attachments: listOf(task.attachments, (each) => compactAttachment(each, sharing)),
    tags: listOf(task.tags, (each) => compactTag(each, sharing)),
    timeline: listOf(task.timeline, ({ lastStatus, at }) => ({
      lastStatus: sharing.text(lastStatus),
      at,
    })),
  };
  return compact;
}

function compactContainer(container: Container, sharing: Sharing): Container {
  const text = (value: string | undefined) => sharing.text(value);
  const compact: Whole<Container> = {
    arn: container.arn,
    name: sharing.text(container.name),
    image: text(container.image),
    imageDigest: text(container.imageDigest),
    runtimeId: container.runtimeId,
    lastStatus: sharing.text(container.lastStatus),
    exitCode: container.exitCode,
    reason: container.reason,
    healthStatus: text(container.healthStatus),
    cpu: text(container.cpu),
    memory: text(container.memory),
    networkBindings: listOf(container.networkBindings, (each) => compactBinding(each, sharing)),
    networkInterfaces: listOf(container.networkInterfaces, (each) => each),
  };
  return compact;
}

function compactBinding(binding: NetworkBinding, sharing: Sharing): NetworkBinding {
  const compact: Whole<NetworkBinding> = {
    bindIP: sharing.text(binding.bindIP),
    containerPort: binding.containerPort,
    hostPort: binding.hostPort,
    containerPortRange: sharing.text(binding.containerPortRange),
    hostPortRange: sharing.text(binding.hostPortRange),
    protocol: sharing.text(binding.protocol),
  };
  return compact;
}

function compactAttachment(attachment: Attachment, sharing: Sharing): Attachment {
  const compact: Whole<Attachment> = {
    id: attachment.id,
    type: sharing.text(attachment.type),
    status: sharing.text(attachment.status),
    details: attachment.details,
  };
  return compact;
}

const compactTag = ({ key, value }: Tag, sharing: Sharing): Tag => ({
  key: sharing.text(key),
  value: sharing.text(value),
});

export function compactInstance(instance: ContainerInstance, sharing: Sharing): ContainerInstance {
  const text = (value: string | undefined) => sharing.text(value);
  const resource = ({ name, type, value }: Resource): Resource => ({
    name: sharing.text(name),
    type: sharing.text(type),
    value,
  });
  const compact: Whole<ContainerInstance> = {
    kind: instance.kind,
    arn: sharing.text(instance.arn),
    clusterArn: instance.clusterArn,
    version: instance.version,
    ec2InstanceId: instance.ec2InstanceId,
    status: sharing.text(instance.status),
    statusSince: instance.statusSince,
    statusReason: text(instance.statusReason),
    agentConnected: instance.agentConnected,
    agentConnectedSince: instance.agentConnectedSince,
    agentVersion: text(instance.agentVersion),
    dockerVersion: text(instance.dockerVersion),
    capacityProvider: text(instance.capacityProvider),
    runningTasksCount: instance.runningTasksCount,
    pendingTasksCount: instance.pendingTasksCount,
    registeredAt: instance.registeredAt,
    updatedAt: instance.updatedAt,
    registeredResources: listOf(instance.registeredResources, resource),
    remainingResources: listOf(instance.remainingResources, resource),
    attributes: listOf(instance.attributes, (each) => sharing.attribute(each)),
    tags: listOf(instance.tags, (each) => compactTag(each, sharing)),
    healthStatus: text(instance.healthStatus),
    privateIpAddress: instance.privateIpAddress,
  };
  return compact;
}
