// Entities of the API as the events that ECS would have sent of them. Pure. What events never carry (tags, health,
// EC2's addresses) is left out; what the API does not have of an event is not made up.
import { parseEcsArn } from "../../ecs/arn.ts";
import type { JsonObject } from "../../ecs/json.ts";
import { listed } from "../asked.ts";
import type { AnswerOf } from "../asked.ts";
import { instanceFields } from "../resources/instances.ts";
import { taskFields } from "../resources/tasks.ts";

export const recordedInstances = listed("containerInstances", instanceFields);
export const recordedTasks = listed("tasks", {
  ...taskFields,
  endpoints: { container: true, host: true, port: true },
});
type Instance = AnswerOf<typeof recordedInstances>;
type Task = AnswerOf<typeof recordedTasks>;
type Container = Task["containers"][number];

/** ECS's number where JavaScript can say it exactly, else its digits: ingest reads both. */
function versionOf({ version: digits }: Instance | Task): number | string {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : digits;
}

function event(detailType: string, node: Instance | Task, detail: JsonObject, seenAt: string) {
  const { arn, id, version } = node;
  const scope = parseEcsArn(arn);
  return {
    version: "0",
    id: `${id}-${version}`,
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
function interfacesOf({ endpoints }: Task, { name, networkBindings }: Container): JsonObject[] {
  const published = new Set(networkBindings.map(({ hostPort }) => hostPort));
  const hosts = endpoints
    .filter(({ container, port }) => container === name && !published.has(port))
    .map(({ host }) => host);
  return [...new Set(hosts)].map((host) =>
    host.includes(":") ? { ipv6Address: host } : { privateIpv4Address: host },
  );
}

function containerOf(task: Task, container: Container): JsonObject {
  const { name, image, lastStatus, exitCode, reason } = container;
  return there({
    containerArn: container.arn,
    taskArn: task.arn,
    name,
    image,
    lastStatus,
    exitCode,
    reason,
    networkBindings: container.networkBindings.map(there),
    networkInterfaces: interfacesOf(task, container),
  });
}

/** `seenAt` is ISO 8601. */
export function taskEvent(task: Task, seenAt: string): JsonObject {
  const { containerInstanceArn, taskDefinitionArn, group, startedBy, launchType } = task;
  const { availabilityZone, cpu, memory, lastStatus, desiredStatus, stopCode } = task;
  const { stoppedReason, createdAt, startedAt, stoppingAt, stoppedAt } = task;
  const detail = there({
    attachments: [],
    availabilityZone,
    capacityProviderName: task.capacityProvider,
    clusterArn: task.cluster.arn,
    containerInstanceArn,
    containers: task.containers.map((each) => containerOf(task, each)),
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
    taskArn: task.arn,
    taskDefinitionArn,
    updatedAt: seenAt,
    version: versionOf(task),
  });
  return event("ECS Task State Change", task, detail, seenAt);
}

function resourceOf({ name, type, value }: Instance["registeredResources"][number]): JsonObject {
  if (type === "STRINGSET")
    return { name, type, stringSetValue: value === "" ? [] : value.split(",") };
  const member = type === "LONG" ? "longValue" : type === "DOUBLE" ? "doubleValue" : "integerValue";
  return { name, type, [member]: Number(value) };
}

/** `seenAt` is ISO 8601. */
export function instanceEvent(instance: Instance, seenAt: string): JsonObject {
  const { ec2InstanceId, status, statusReason, agentConnected, registeredAt } = instance;
  const { dockerVersion: docker } = instance;
  const detail = there({
    agentConnected,
    attributes: instance.attributes.map(there),
    capacityProviderName: instance.capacityProvider,
    clusterArn: instance.cluster.arn,
    containerInstanceArn: instance.arn,
    ec2InstanceId,
    registeredAt,
    registeredResources: instance.registeredResources.map(resourceOf),
    remainingResources: instance.remainingResources.map(resourceOf),
    status,
    statusReason,
    updatedAt: seenAt,
    version: versionOf(instance),
    versionInfo: there({
      agentVersion: instance.agentVersion,
      dockerVersion: docker ? `DockerVersion: ${docker}` : undefined,
    }),
  });
  return event("ECS Container Instance State Change", instance, detail, seenAt);
}
