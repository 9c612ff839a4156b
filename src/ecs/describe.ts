// One shape from two sources: `detail` of a state change event and the answer of a Describe call become
// the same entity. The differences between the two are known here and nowhere else.
import { isClusterArn, parseEcsArn } from "./arn.ts";
import type { Attribute, ContainerInstance, Resource } from "./container-instance.ts";
import { isObject, number, objects, strings, text, time } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { Attachment, Container, NetworkBinding, NetworkInterface, Tag, Task } from "./task.ts";

/** An entity, or why the text is no entity. */
export type Read<Entity> = { readonly entity: Entity } | { readonly problem: string };

/** `version` as decimal text; undefined when it is none. ECS versions are 64 bit, so big ones come as text. */
function versionOf(detail: JsonObject): string | undefined {
  const value = detail["version"];
  const digits = typeof value === "number" ? String(value) : value;
  return typeof digits === "string" && /^\d{1,19}$/.test(digits)
    ? digits.replace(/^0+(?=\d)/, "")
    : undefined;
}

/** A status word. ECS may add words, but never other characters. */
function status(detail: JsonObject, name: string): string | undefined {
  const word = text(detail, name);
  return word !== undefined && /^[A-Za-z0-9_]{1,64}$/.test(word) ? word : undefined;
}

function readBinding(binding: JsonObject): NetworkBinding {
  return {
    bindIP: text(binding, "bindIP"),
    containerPort: number(binding, "containerPort"),
    hostPort: number(binding, "hostPort"),
    containerPortRange: text(binding, "containerPortRange"),
    hostPortRange: text(binding, "hostPortRange"),
    protocol: text(binding, "protocol") ?? "tcp",
  };
}

function readInterface(networkInterface: JsonObject): NetworkInterface {
  return {
    attachmentId: text(networkInterface, "attachmentId"),
    privateIpv4Address: text(networkInterface, "privateIpv4Address"),
    ipv6Address: text(networkInterface, "ipv6Address"),
  };
}

function readContainer(container: JsonObject): Container {
  return {
    arn: text(container, "containerArn") ?? "",
    name: text(container, "name") ?? "",
    image: text(container, "image"),
    imageDigest: text(container, "imageDigest"),
    runtimeId: text(container, "runtimeId"),
    lastStatus: text(container, "lastStatus") ?? "UNKNOWN",
    exitCode: number(container, "exitCode"),
    reason: text(container, "reason"),
    healthStatus: text(container, "healthStatus"),
    cpu: text(container, "cpu"),
    memory: text(container, "memory"),
    networkBindings: objects(container, "networkBindings").map(readBinding),
    networkInterfaces: objects(container, "networkInterfaces").map(readInterface),
  };
}

function readAttachment(attachment: JsonObject): Attachment {
  const details: Record<string, string> = {};
  for (const detail of objects(attachment, "details")) {
    const name = text(detail, "name");
    const value = text(detail, "value");
    if (name !== undefined && name !== "__proto__" && value !== undefined) details[name] = value;
  }
  return {
    id: text(attachment, "id") ?? "",
    type: text(attachment, "type") ?? "",
    status: text(attachment, "status") ?? "",
    details,
  };
}

function readTags(tags: readonly JsonObject[]): Tag[] {
  return tags.flatMap((tag) => {
    const key = text(tag, "key");
    return key === undefined ? [] : [{ key, value: text(tag, "value") ?? "" }];
  });
}

/** A task from an event's `detail` or from one element of DescribeTasks. */
export function readTask(detail: JsonObject, clusterArn?: string): Read<Task> {
  const arn = text(detail, "taskArn");
  if (!arn || parseEcsArn(arn)?.resource !== "task") return { problem: "taskArn is no task ARN" };
  const cluster = text(detail, "clusterArn") ?? clusterArn;
  if (!cluster || !isClusterArn(cluster)) return { problem: "clusterArn is no cluster ARN" };
  const version = versionOf(detail);
  if (version === undefined) return { problem: "version is no whole number" };
  const lastStatus = status(detail, "lastStatus");
  const desiredStatus = status(detail, "desiredStatus");
  if (!lastStatus || !desiredStatus) return { problem: "lastStatus or desiredStatus is no status" };
  return {
    entity: {
      kind: "task",
      arn,
      clusterArn: cluster,
      version,
      taskDefinitionArn: text(detail, "taskDefinitionArn") ?? "",
      containerInstanceArn: text(detail, "containerInstanceArn"),
      group: text(detail, "group"),
      startedBy: text(detail, "startedBy"),
      launchType: text(detail, "launchType"),
      capacityProvider: text(detail, "capacityProviderName"),
      availabilityZone: text(detail, "availabilityZone"),
      platformVersion: text(detail, "platformVersion"),
      cpu: text(detail, "cpu"),
      memory: text(detail, "memory"),
      lastStatus,
      desiredStatus,
      healthStatus: text(detail, "healthStatus"),
      connectivity: text(detail, "connectivity"),
      stopCode: text(detail, "stopCode"),
      stoppedReason: text(detail, "stoppedReason"),
      createdAt: time(detail, "createdAt"),
      pullStartedAt: time(detail, "pullStartedAt"),
      pullStoppedAt: time(detail, "pullStoppedAt"),
      startedAt: time(detail, "startedAt"),
      stoppingAt: time(detail, "stoppingAt"),
      executionStoppedAt: time(detail, "executionStoppedAt"),
      stoppedAt: time(detail, "stoppedAt"),
      updatedAt: time(detail, "updatedAt"),
      containers: objects(detail, "containers").map(readContainer),
      attachments: objects(detail, "attachments").map(readAttachment),
      tags: readTags(objects(detail, "tags")),
      timeline: [],
    },
  };
}

/** Events carry the one value member that counts; the API carries the others too, as zeros. */
function readResource(resource: JsonObject): Resource {
  const type = text(resource, "type") ?? "";
  const name = text(resource, "name") ?? "";
  if (type === "STRINGSET")
    return { name, type, value: [...strings(resource, "stringSetValue")].toSorted() };
  const member = type === "LONG" ? "longValue" : type === "DOUBLE" ? "doubleValue" : "integerValue";
  return { name, type, value: number(resource, member) ?? 0 };
}

function readAttribute(attribute: JsonObject): Attribute {
  return { name: text(attribute, "name") ?? "", value: text(attribute, "value") };
}

/** A container instance from an event's `detail` or from one element of DescribeContainerInstances. */
export function readContainerInstance(
  detail: JsonObject,
  clusterArn?: string,
): Read<ContainerInstance> {
  const arn = text(detail, "containerInstanceArn");
  if (!arn || parseEcsArn(arn)?.resource !== "container-instance")
    return { problem: "containerInstanceArn is no container instance ARN" };
  const cluster = text(detail, "clusterArn") ?? clusterArn;
  if (!cluster || !isClusterArn(cluster)) return { problem: "clusterArn is no cluster ARN" };
  const version = versionOf(detail);
  if (version === undefined) return { problem: "version is no whole number" };
  const instanceStatus = status(detail, "status");
  if (!instanceStatus) return { problem: "status is no status" };
  const versionInfo = isObject(detail["versionInfo"]) ? detail["versionInfo"] : {};
  const health = detail["healthStatus"];
  return {
    entity: {
      kind: "containerInstance",
      arn,
      clusterArn: cluster,
      version,
      ec2InstanceId: text(detail, "ec2InstanceId"),
      status: instanceStatus,
      statusReason: text(detail, "statusReason"),
      agentConnected: detail["agentConnected"] === true,
      agentVersion: text(versionInfo, "agentVersion"),
      dockerVersion: text(versionInfo, "dockerVersion")?.replace(/^DockerVersion: /, ""),
      capacityProvider: text(detail, "capacityProviderName"),
      runningTasksCount: number(detail, "runningTasksCount"),
      pendingTasksCount: number(detail, "pendingTasksCount"),
      registeredAt: time(detail, "registeredAt"),
      updatedAt: time(detail, "updatedAt"),
      registeredResources: objects(detail, "registeredResources").map(readResource),
      remainingResources: objects(detail, "remainingResources").map(readResource),
      attributes: objects(detail, "attributes").map(readAttribute),
      tags: readTags(objects(detail, "tags")),
      healthStatus: isObject(health) ? text(health, "overallStatus") : undefined,
    },
  };
}
