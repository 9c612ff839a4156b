// Calls about task definitions, and finding one by family, family:revision or ARN.
import { isObject } from "../../ecs/json.ts";
import type { JsonObject } from "../../ecs/json.ts";
import { arnId } from "../../ecs/arn.ts";
import { clientError, invalidParameter } from "../ecs-refusal.ts";
import { readBehaviour, requiredAttributes } from "../task-definition.ts";
import type { ContainerDefinition, PortMapping, TaskDefinition } from "../task-definition.ts";
import { formatArn } from "../world.ts";
import type { World } from "../world.ts";
import {
  oneOf,
  optionalNumber,
  optionalObject,
  optionalObjects,
  optionalText,
  optionalTexts,
  page,
  readTags,
  requiredText,
  textsUpTo,
} from "./request.ts";
import type { Answer, Operation } from "./request.ts";

/** The definition that the text names: of a family alone the newest ACTIVE one. */
export function findTaskDefinition(world: World, reference: string): TaskDefinition | undefined {
  if (reference.startsWith("arn:") && !reference.startsWith(formatArn(world, "task-definition/")))
    return undefined;
  const [family = "", revision] = arnId(reference).split(":");
  const revisions = world.taskDefinitions.get(family) ?? [];
  if (revision === undefined) return revisions.findLast(({ status }) => status === "ACTIVE");
  return revisions[Number(revision) - 1];
}

/** The ACTIVE definition that a task is to run. */
export function runnableTaskDefinition(world: World, request: JsonObject): TaskDefinition {
  const definition = findTaskDefinition(world, requiredText(request, "taskDefinition"));
  if (!definition) throw clientError("TaskDefinition not found.");
  if (definition.status !== "ACTIVE") throw clientError("TaskDefinition is inactive");
  return definition;
}

function taskDefinitionJson(definition: TaskDefinition): Answer {
  const { containers, raw } = definition;
  return {
    ...raw,
    taskDefinitionArn: definition.arn,
    family: definition.family,
    revision: definition.revision,
    status: definition.status,
    networkMode: definition.networkMode,
    cpu: definition.cpu,
    memory: definition.memory,
    containerDefinitions: containers.map((container) => container.raw),
    volumes: raw["volumes"] ?? [],
    placementConstraints: raw["placementConstraints"] ?? [],
    requiresAttributes: requiredAttributes(definition).map((name) => ({ name })),
    compatibilities: definition.networkMode === "awsvpc" ? ["EC2", "FARGATE"] : ["EXTERNAL", "EC2"],
    requiresCompatibilities: definition.requiresCompatibilities,
    registeredAt: definition.registeredAt / 1000,
    registeredBy: definition.arn.replace(
      /^arn:(.+?):ecs:[^:]+:(\d+):.*$/,
      "arn:$1:iam::$2:role/simulated",
    ),
  };
}

function readPortMapping(networkMode: string, raw: JsonObject): PortMapping {
  const containerPort = optionalNumber(raw, "containerPort");
  const hostPort = optionalNumber(raw, "hostPort") ?? 0;
  if (
    containerPort === undefined ||
    !isPort(containerPort) ||
    (hostPort !== 0 && !isPort(hostPort))
  )
    throw clientError("Port mappings need a containerPort from 1 to 65535.");
  if (networkMode !== "bridge" && hostPort !== 0 && hostPort !== containerPort)
    throw clientError(
      `When networkMode=${networkMode}, the host ports and container ports in port mappings must match.`,
    );
  return { containerPort, hostPort, protocol: oneOf(raw, "protocol", ["tcp", "udp"]) ?? "tcp" };
}

const isPort = (port: number) => Number.isInteger(port) && port >= 1 && port <= 65_535;

function readContainer(networkMode: string, raw: JsonObject): ContainerDefinition {
  const name = optionalText(raw, "name") ?? "";
  if (!/^[\w-]{1,255}$/.test(name))
    throw clientError("Container.name contains invalid characters.");
  const image = optionalText(raw, "image");
  if (!image) throw clientError("Container.image should not be null or empty.");
  const portMappings = optionalObjects(raw, "portMappings");
  return {
    name,
    image,
    cpu: optionalNumber(raw, "cpu") ?? 0,
    memory: optionalNumber(raw, "memory"),
    memoryReservation: optionalNumber(raw, "memoryReservation"),
    essential: raw["essential"] !== false,
    portMappings: portMappings.map((each) => readPortMapping(networkMode, each)),
    behaviour: readBehaviour(optionalObject(raw, "dockerLabels") ?? {}),
    raw: {
      cpu: 0,
      portMappings: [],
      essential: true,
      environment: [],
      mountPoints: [],
      volumesFrom: [],
      ...raw,
    },
  };
}

/** Adds a revision of the family from the members of a RegisterTaskDefinition request. Throws a Refusal. */
export function addTaskDefinition(world: World, now: number, request: JsonObject): TaskDefinition {
  const family = requiredText(request, "family");
  if (!/^[\w-]{1,255}$/.test(family)) throw clientError("Family contains invalid characters.");
  const rawContainers = optionalObjects(request, "containerDefinitions");
  if (rawContainers.length === 0) throw clientError("Container list cannot be empty.");
  const requires = optionalTexts(request, "requiresCompatibilities");
  const networkMode =
    oneOf(request, "networkMode", ["bridge", "host", "awsvpc", "none"]) ?? "bridge";
  const containers = rawContainers.map((raw) => readContainer(networkMode, raw));
  if (new Set(containers.map(({ name }) => name)).size < containers.length)
    throw clientError("Container names must be unique within a task definition.");
  if (!containers.some(({ essential }) => essential))
    throw clientError("At least one container must be marked as essential.");
  const memory = optionalText(request, "memory");
  const cpu = optionalText(request, "cpu");
  if (requires.includes("FARGATE") && networkMode !== "awsvpc")
    throw clientError("Fargate only supports network mode ‘awsvpc’.");
  if (requires.includes("FARGATE") && (cpu === undefined || memory === undefined))
    throw clientError("Fargate requires task definition to have cpu and memory defined.");
  const unbounded = containers.some(
    (each) => (each.memory ?? each.memoryReservation) === undefined,
  );
  if (memory === undefined && unbounded)
    throw clientError(
      "Invalid setting for container. At least one of 'memory' or 'memoryReservation' must be specified.",
    );
  const revisions = world.taskDefinitions.get(family) ?? [];
  const constraints = optionalObjects(request, "placementConstraints");
  const { containerDefinitions: _, tags: __, ...raw } = request;
  const definition: TaskDefinition = {
    arn: formatArn(world, `task-definition/${family}:${revisions.length + 1}`),
    family,
    revision: revisions.length + 1,
    networkMode,
    containers,
    cpu,
    memory,
    requiresCompatibilities: requires.length > 0 ? requires : ["EC2"],
    placementConstraints: constraints.flatMap((each) => optionalText(each, "expression") ?? []),
    registeredAt: now,
    tags: readTags(request),
    raw,
    status: "ACTIVE",
  };
  world.taskDefinitions.set(family, [...revisions, definition]);
  return definition;
}

export const registerTaskDefinition: Operation = (world, now, request) => {
  const definition = addTaskDefinition(world, now, request);
  return { taskDefinition: taskDefinitionJson(definition), tags: definition.tags };
};

export const describeTaskDefinition: Operation = (world, _now, request) => {
  const definition = findTaskDefinition(world, requiredText(request, "taskDefinition"));
  if (!definition) throw clientError("Unable to describe task definition.");
  const withTags = textsUpTo(request, "include", 10).includes("TAGS");
  return { taskDefinition: taskDefinitionJson(definition), tags: withTags ? definition.tags : [] };
};

export const deregisterTaskDefinition: Operation = (world, now, request) => {
  const reference = requiredText(request, "taskDefinition");
  if (!arnId(reference).includes(":"))
    throw invalidParameter("A revision must be given: family:revision or an ARN.");
  const definition = findTaskDefinition(world, reference);
  if (!definition) throw clientError("Unable to describe task definition.");
  definition.status = "INACTIVE";
  return { taskDefinition: { ...taskDefinitionJson(definition), deregisteredAt: now / 1000 } };
};

export const listTaskDefinitions: Operation = (world, _now, request) => {
  const prefix = optionalText(request, "familyPrefix");
  const status = oneOf(request, "status", ["ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS"]) ?? "ACTIVE";
  const backwards = oneOf(request, "sort", ["ASC", "DESC"]) === "DESC";
  const families = [...world.taskDefinitions.keys()].toSorted();
  const all = families.flatMap((family) =>
    prefix === undefined || family === prefix ? (world.taskDefinitions.get(family) ?? []) : [],
  );
  const wanted = all.filter((definition) => definition.status === status);
  const ordered = (backwards ? wanted.toReversed() : wanted).map(({ arn }, sequence) => ({
    arn,
    sequence,
  }));
  const { items, nextToken } = page(request, ordered, () => true);
  return { taskDefinitionArns: items.map(({ arn }) => arn), nextToken };
};

/** Overrides as the request gives them, refused when they are too long or name an unknown container. */
export function readOverrides(request: JsonObject, definition: TaskDefinition): JsonObject {
  const overrides = optionalObject(request, "overrides") ?? {};
  if (JSON.stringify(overrides).length > 8192)
    throw invalidParameter("Overrides can have at most 8192 characters.");
  for (const override of optionalObjects(overrides, "containerOverrides")) {
    const name = optionalText(override, "name");
    if (!definition.containers.some((container) => container.name === name))
      throw invalidParameter(
        `Override for container named ${name} is not a container in the TaskDefinition.`,
      );
  }
  return overrides;
}

/** The first subnet of an awsvpc configuration; awsvpc definitions need one. */
export function readSubnet(request: JsonObject, definition: TaskDefinition): string | undefined {
  const configuration = optionalObject(request, "networkConfiguration");
  const awsvpc = configuration && optionalObject(configuration, "awsvpcConfiguration");
  if (definition.networkMode !== "awsvpc") {
    if (awsvpc)
      throw invalidParameter(
        "Network Configuration is not valid for the given networkMode of this task definition.",
      );
    return undefined;
  }
  const subnets = isObject(awsvpc) ? optionalTexts(awsvpc, "subnets") : [];
  if (subnets[0] === undefined)
    throw invalidParameter(
      "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    );
  return subnets[0];
}
