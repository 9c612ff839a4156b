// Calls about clusters: list, describe, create, delete.
import { invalidParameter, Refusal } from "../ecs-refusal.ts";
import { createCluster, isRegistered } from "../world.ts";
import type { Cluster } from "../world.ts";
import {
  findCluster,
  optionalText,
  page,
  readTags,
  requestedCluster,
  requiredText,
  textsUpTo,
} from "./request.ts";
import type { Answer, Operation } from "./request.ts";

function clusterJson(cluster: Cluster, withTags: boolean): Answer {
  let registered = 0;
  for (const instance of cluster.instances.values()) if (isRegistered(instance)) registered += 1;
  let running = 0;
  let pending = 0;
  for (const { lastStatus, desiredStatus } of cluster.tasks.values()) {
    if (lastStatus === "RUNNING") running += 1;
    else if (desiredStatus === "RUNNING") pending += 1;
  }
  let activeServices = 0;
  for (const { status } of cluster.services.values()) if (status === "ACTIVE") activeServices += 1;
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.status,
    registeredContainerInstancesCount: registered,
    runningTasksCount: running,
    pendingTasksCount: pending,
    activeServicesCount: activeServices,
    statistics: [],
    tags: withTags ? cluster.tags : [],
    settings: [],
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
  };
}

export const listClusters: Operation = (world, _now, request) => {
  const { items, nextToken } = page(
    request,
    world.clusters.values(),
    ({ status }) => status === "ACTIVE",
  );
  return { clusterArns: items.map(({ arn }) => arn), nextToken };
};

export const describeClusters: Operation = (world, _now, request) => {
  const asked = textsUpTo(request, "clusters", 100);
  const withTags = textsUpTo(request, "include", 10).includes("TAGS");
  const clusters: Answer[] = [];
  const failures: Answer[] = [];
  for (const nameOrArn of asked.length > 0 ? asked : ["default"]) {
    const cluster = findCluster(world, nameOrArn);
    if (cluster) clusters.push(clusterJson(cluster, withTags));
    else {
      const { partition, region, account } = world.scope;
      const arn = nameOrArn.startsWith("arn:")
        ? nameOrArn
        : `arn:${partition}:ecs:${region}:${account}:cluster/${nameOrArn}`;
      failures.push({ arn, reason: "MISSING" });
    }
  }
  return { clusters, failures };
};

export const createClusterOperation: Operation = (world, _now, request) => {
  const name = optionalText(request, "clusterName") || "default";
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,254}$/.test(name))
    throw invalidParameter(
      "Invalid cluster name: up to 255 letters, numbers, hyphens and underscores, a letter first.",
    );
  const existing = world.clusters.get(name);
  if (existing?.status === "ACTIVE") return { cluster: clusterJson(existing, true) };
  return { cluster: clusterJson(createCluster(world, name, readTags(request)), true) };
};

export const deleteCluster: Operation = (world, _now, request) => {
  requiredText(request, "cluster");
  const cluster = requestedCluster(world, request);
  for (const instance of cluster.instances.values())
    if (isRegistered(instance))
      throw new Refusal(
        "ClusterContainsContainerInstancesException",
        "The Cluster cannot be deleted while Container Instances are active or draining.",
      );
  for (const { status } of cluster.services.values())
    if (status === "ACTIVE")
      throw new Refusal(
        "ClusterContainsServicesException",
        "The Cluster cannot be deleted while Services are active.",
      );
  for (const { lastStatus } of cluster.tasks.values())
    if (lastStatus !== "STOPPED")
      throw new Refusal(
        "ClusterContainsTasksException",
        "The Cluster cannot be deleted while Tasks are active.",
      );
  cluster.status = "INACTIVE";
  return { cluster: clusterJson(cluster, true) };
};
