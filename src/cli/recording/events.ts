// Entities of the API as the events that ECS would have sent of them. Pure. What events never carry (tags, health,
// EC2's addresses) is left out; what the API does not have of an event is not made up.
import { parseEcsArn } from "../../ecs/arn.ts";
import { number, objects, text } from "../../ecs/json.ts";
import type { JsonObject } from "../../ecs/json.ts";
import { at, say } from "../resources/fields.ts";

/** ECS's number where JavaScript can say it exactly, else its digits: ingest reads both. */
function versionOf(node: JsonObject): number | string {
  const digits = say(node, "version");
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : digits;
}

function event(detailType: string, node: JsonObject, detail: JsonObject, seenAt: string) {
  const arn = say(node, "arn");
  const scope = parseEcsArn(arn);
  return {
    version: "0",
    id: `${say(node, "id")}-${say(node, "version")}`,
    "detail-type": detailType,
    source: "aws.ecs",
    account: scope?.account ?? "",
    time: `${seenAt.slice(0, 19)}Z`,
    region: scope?.region ?? "",
    resources: [arn],
    detail,
  };
}

/** Members that are there; ECS leaves out what is not. */
const there = (values: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== null),
  );

/** Addresses of a container that no published port explains: those of its own network interface. */
function interfacesOf(task: JsonObject, container: JsonObject): JsonObject[] {
  const published = new Set(
    objects(container, "networkBindings").map((each) => number(each, "hostPort")),
  );
  const hosts = objects(task, "endpoints")
    .filter((each) => each["container"] === container["name"])
    .filter((each) => !published.has(number(each, "port")))
    .map((each) => say(each, "host"));
  return [...new Set(hosts)].map((host) =>
    host.includes(":") ? { ipv6Address: host } : { privateIpv4Address: host },
  );
}

function containerOf(task: JsonObject, container: JsonObject): JsonObject {
  const { name, image, lastStatus, exitCode, reason } = container;
  return there({
    containerArn: container["arn"],
    taskArn: task["arn"],
    name,
    image,
    lastStatus,
    exitCode,
    reason,
    networkBindings: objects(container, "networkBindings").map(there),
    networkInterfaces: interfacesOf(task, container),
  });
}

/** `seenAt` is ISO 8601. */
export function taskEvent(task: JsonObject, seenAt: string): JsonObject {
  const { containerInstanceArn, taskDefinitionArn, group, startedBy, launchType } = task;
  const { availabilityZone, cpu, memory, lastStatus, desiredStatus, stopCode } = task;
  const { stoppedReason, createdAt, startedAt, stoppingAt, stoppedAt } = task;
  const detail = there({
    attachments: [],
    availabilityZone,
    capacityProviderName: task["capacityProvider"],
    clusterArn: at(task, "cluster")["arn"],
    containerInstanceArn,
    containers: objects(task, "containers").map((each) => containerOf(task, each)),
    cpu,
    createdAt,
    desiredStatus,
    group,
    lastStatus,
    launchType,
    memory,
    overrides: { containerOverrides: [] },
    startedAt,
    startedBy,
    stopCode,
    stoppedAt,
    stoppedReason,
    stoppingAt,
    taskArn: task["arn"],
    taskDefinitionArn,
    updatedAt: seenAt,
    version: versionOf(task),
  });
  return event("ECS Task State Change", task, detail, seenAt);
}

function resourceOf(resource: JsonObject): JsonObject {
  const { name, type } = resource;
  const value = text(resource, "value") ?? "";
  if (type === "STRINGSET")
    return { name, type, stringSetValue: value === "" ? [] : value.split(",") };
  const member = type === "LONG" ? "longValue" : type === "DOUBLE" ? "doubleValue" : "integerValue";
  return { name, type, [member]: Number(value) };
}

/** `seenAt` is ISO 8601. */
export function instanceEvent(instance: JsonObject, seenAt: string): JsonObject {
  const { ec2InstanceId, status, statusReason, agentConnected, registeredAt } = instance;
  const docker = text(instance, "dockerVersion");
  const detail = there({
    agentConnected,
    attributes: objects(instance, "attributes").map(there),
    capacityProviderName: instance["capacityProvider"],
    clusterArn: at(instance, "cluster")["arn"],
    containerInstanceArn: instance["arn"],
    ec2InstanceId,
    registeredAt,
    registeredResources: objects(instance, "registeredResources").map(resourceOf),
    remainingResources: objects(instance, "remainingResources").map(resourceOf),
    status,
    statusReason,
    updatedAt: seenAt,
    version: versionOf(instance),
    versionInfo: there({
      agentVersion: instance["agentVersion"],
      dockerVersion: docker === undefined ? undefined : `DockerVersion: ${docker}`,
    }),
  });
  return event("ECS Container Instance State Change", instance, detail, seenAt);
}
