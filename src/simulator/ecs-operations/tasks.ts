// Calls about tasks that read or stop them, and StartTask.
import { taskJson } from "../entity-json.ts";
import { invalidParameter, Refusal } from "../ecs-refusal.ts";
import { refusal } from "../resources.ts";
import { launchTask, stopTask } from "../task-lifecycle.ts";
import type { Cluster, ContainerInstance, Task } from "../world.ts";
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

/** The smallest set of tasks that the filters allow, so that a listing does not walk the whole cluster. */
function candidates(cluster: Cluster, request: JsonObject): Iterable<Task> {
  const startedBy = optionalText(request, "startedBy");
  const serviceName = optionalText(request, "serviceName");
  const instance = optionalText(request, "containerInstance");
  const family = optionalText(request, "family");
  if (startedBy !== undefined) {
    for (const [name, value] of Object.entries({
      serviceName,
      containerInstance: instance,
      family,
    }))
      if (value !== undefined)
        throw invalidParameter(`startedBy and ${name} cannot be given together.`);
    return cluster.tasksByStartedBy.get(startedBy) ?? [];
  }
  if (serviceName !== undefined) {
    const service = cluster.services.get(serviceName.slice(serviceName.lastIndexOf("/") + 1));
    if (!service || service.status === "INACTIVE")
      throw new Refusal("ServiceNotFoundException", "Service not found.");
    return serviceTasks(cluster, service.name);
  }
  return cluster.tasks.values();
}

function* serviceTasks(cluster: Cluster, name: string): Iterable<Task> {
  for (const task of cluster.tasks.values()) if (task.service?.name === name) yield task;
}

export const listTasks: Operation = (world, _now, request) => {
  const cluster = requestedCluster(world, request);
  const desiredStatus =
    oneOf(request, "desiredStatus", ["RUNNING", "PENDING", "STOPPED"]) ?? "RUNNING";
  const launchType = oneOf(request, "launchType", [
    "EC2",
    "FARGATE",
    "EXTERNAL",
    "MANAGED_INSTANCES",
  ]);
  const family = optionalText(request, "family");
  const instanceReference = optionalText(request, "containerInstance");
  const tasks = candidates(cluster, request);
  const instance =
    instanceReference === undefined ? undefined : requestedInstance(cluster, instanceReference);
  const { items, nextToken } = page(
    request,
    tasks,
    (task) =>
      task.desiredStatus === desiredStatus &&
      (instance === undefined || task.instance === instance) &&
      (family === undefined || task.definition.family === family) &&
      (launchType === undefined || task.launchType === launchType),
  );
  return { taskArns: items.map(({ arn }) => arn), nextToken };
};

export const describeTasks: Operation = (world, _now, request) => {
  const asked = requiredTexts(request, "tasks", 100);
  const withTags = textsUpTo(request, "include", 10).includes("TAGS");
  const cluster = requestedCluster(world, request);
  const tasks: Answer[] = [];
  const failures: Answer[] = [];
  for (const idOrArn of asked) {
    const task = findTask(cluster, idOrArn);
    if (task) tasks.push(taskJson(world, "api", task, withTags));
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

function startRefusal(
  instance: ContainerInstance | undefined,
  definition: TaskDefinition,
): { readonly reason: string; readonly detail?: string } | undefined {
  if (!instance) return { reason: "MISSING" };
  if (instance.status === "INACTIVE") return { reason: "INACTIVE" };
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
    const problem = startRefusal(instance, definition);
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
