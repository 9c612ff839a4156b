// Calls about tasks that read or stop them, and StartTask.
import { taskJson } from "../entity-json.ts";
import { invalidParameter, Refusal } from "../ecs-refusal.ts";
import { refusal } from "../resources.ts";
import { launchTask, stopTask } from "../task-lifecycle.ts";
import type { Cluster, ContainerInstance, Service, Task, World } from "../world.ts";
import {
  asArn,
  findInstance,
  findTask,
  oneOf,
  optionalText,
  page,
  readTags,
  requestedCluster,
  requestedInstance,
  requiredText,
  requiredTexts,
  textsUpTo,
  optionalFlag,
} from "./request.ts";
import type { Answer, Operation } from "./request.ts";
import { readOverrides, readSubnet, runnableTaskDefinition } from "./task-definitions.ts";
import type { JsonObject } from "../../ecs/json.ts";
import type { TaskDefinition } from "../task-definition.ts";

interface TaskFilter {
  readonly desiredStatus: "RUNNING" | "PENDING" | "STOPPED";
  readonly startedBy: string | undefined;
  readonly family: string | undefined;
  readonly launchType: string | undefined;
  readonly service: Service | undefined;
  readonly instance: ContainerInstance | undefined;
}

function requestedService(cluster: Cluster, request: JsonObject): Service | undefined {
  const name = optionalText(request, "serviceName");
  if (name === undefined) return undefined;
  const service = cluster.services.get(name.slice(name.lastIndexOf("/") + 1));
  if (!service || service.status === "INACTIVE")
    throw new Refusal("ServiceNotFoundException", "Service not found.");
  return service;
}

function readTaskFilter(cluster: Cluster, request: JsonObject): TaskFilter {
  const startedBy = optionalText(request, "startedBy");
  if (startedBy !== undefined)
    for (const name of ["serviceName", "containerInstance", "family"])
      if (optionalText(request, name) !== undefined)
        throw invalidParameter(`startedBy and ${name} cannot be given together.`);
  const instance = optionalText(request, "containerInstance");
  return {
    desiredStatus: oneOf(request, "desiredStatus", ["RUNNING", "PENDING", "STOPPED"]) ?? "RUNNING",
    startedBy,
    family: optionalText(request, "family"),
    launchType: oneOf(request, "launchType", ["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"]),
    service: requestedService(cluster, request),
    instance: instance === undefined ? undefined : requestedInstance(cluster, instance),
  };
}

/** The smallest indexed set that has all wanted tasks, in order of creation, so that a listing rarely walks the cluster. */
function candidates(cluster: Cluster, filter: TaskFilter): Iterable<Task> {
  if (filter.startedBy !== undefined) return cluster.tasksByStartedBy.get(filter.startedBy) ?? [];
  // Instances and services let go of a task once it has stopped.
  const indexed = filter.instance ?? filter.service;
  if (indexed && filter.desiredStatus !== "STOPPED") return indexed.tasks;
  return cluster.tasks.values();
}

/** Reads are eventually consistent: under the fault, what was made just now is not there yet. */
const isReadable = (world: World, now: number, { createdAt }: Task): boolean =>
  now - createdAt >= world.readStalenessMs;

export const listTasks: Operation = (world, now, request) => {
  const cluster = requestedCluster(world, request);
  const filter = readTaskFilter(cluster, request);
  const { desiredStatus, family, launchType, service, instance } = filter;
  const { items, nextToken } = page(
    request,
    candidates(cluster, filter),
    (task) =>
      isReadable(world, now, task) &&
      task.desiredStatus === desiredStatus &&
      (service === undefined || task.service?.name === service.name) &&
      (instance === undefined || task.instance === instance) &&
      (family === undefined || task.definition.family === family) &&
      (launchType === undefined || task.launchType === launchType),
  );
  return { taskArns: items.map(({ arn }) => arn), nextToken };
};

export const describeTasks: Operation = (world, now, request) => {
  const asked = requiredTexts(request, "tasks", 100);
  const withTags = textsUpTo(request, "include", 10).includes("TAGS");
  const cluster = requestedCluster(world, request);
  const tasks: Answer[] = [];
  const failures: Answer[] = [];
  for (const idOrArn of asked) {
    const task = findTask(cluster, idOrArn);
    if (task && isReadable(world, now, task)) tasks.push(taskJson(world, "api", task, withTags));
    else failures.push({ arn: asArn(cluster, "task", idOrArn), reason: "MISSING" });
  }
  return { tasks, failures };
};

export const stopTaskOperation: Operation = (world, now, request) => {
  const reference = requiredText(request, "task");
  const cluster = requestedCluster(world, request);
  const task = findTask(cluster, reference);
  if (!task) throw invalidParameter("The referenced task was not found.");
  const reason = optionalText(request, "reason") ?? "Task stopped by user";
  stopTask(world, now, task, "UserInitiated", reason.slice(0, 1024));
  return { task: taskJson(world, "api", task) };
};

/** `startedBy` as given, refused when it is longer than the call allows or has characters that ECS does not take. */
export function readStartedBy(request: JsonObject, most: number): string | undefined {
  const startedBy = optionalText(request, "startedBy");
  if (startedBy === undefined) return undefined;
  if (startedBy.length > most || !/^[\w\-/=.+:@]*$/.test(startedBy))
    throw invalidParameter(
      `startedBy can have at most ${most} characters: letters, numbers, - _ / = . + : @.`,
    );
  return startedBy;
}

const randomRefusals = ["RESOURCE:CPU", "RESOURCE:MEMORY", "RESOURCE:PORTS", "AGENT"] as const;

function startRefusal(
  world: World,
  instance: ContainerInstance | undefined,
  definition: TaskDefinition,
): { readonly reason: string; readonly detail?: string } | undefined {
  if (!instance) return { reason: "MISSING" };
  if (instance.status === "INACTIVE") return { reason: "INACTIVE" };
  if (world.startRefusalRatio > 0 && world.random.chance(world.startRefusalRatio))
    return { reason: world.random.pick(randomRefusals) };
  return refusal(instance, definition);
}

export const startTask: Operation = (world, now, request) => {
  const asked = requiredTexts(request, "containerInstances", 10);
  requiredText(request, "taskDefinition");
  const cluster = requestedCluster(world, request);
  const startedBy = readStartedBy(request, 36);
  const definition = runnableTaskDefinition(world, request);
  if (!definition.requiresCompatibilities.some((each) => each === "EC2" || each === "EXTERNAL"))
    throw invalidParameter("Task definition does not support launch_type EC2.");
  const overrides = readOverrides(request, definition);
  const subnetId = readSubnet(request, definition);
  const tags = readTags(request);
  const group = optionalText(request, "group");
  const enableExecuteCommand = optionalFlag(request, "enableExecuteCommand");
  const tasks: Answer[] = [];
  const failures: Answer[] = [];
  for (const reference of asked) {
    const instance = findInstance(cluster, reference);
    const problem = startRefusal(world, instance, definition);
    if (problem || !instance) {
      failures.push({ arn: asArn(cluster, "container-instance", reference), ...problem });
      continue;
    }
    const task = launchTask(world, now, {
      cluster,
      definition,
      instance,
      startedBy,
      group,
      overrides,
      tags,
      subnetId,
      enableExecuteCommand,
    });
    tasks.push(taskJson(world, "api", task, true));
  }
  return { tasks, failures };
};
