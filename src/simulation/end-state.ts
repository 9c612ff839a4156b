// What is missing at the end: whether the store knows what ECS has, entity by entity. Reads the true world and the
// records of the store; names every difference. Pure.
import type { ClusterArn } from "../ecs/arn.ts";
import { arnId } from "../ecs/arn.ts";
import { readContainerInstance, readTask } from "../ecs/describe.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Task } from "../ecs/task.ts";
import { instanceJson, taskJson } from "../simulator/entity-json.ts";
import type { Cluster, World } from "../simulator/world.ts";
import { decodeContainerInstance, decodeTask } from "../store/record.ts";
import type { ModelStore } from "./model-store/model-store.ts";

/** What only events, only the API or only we tell, or what ECS may change without a word. */
const unequalOfTasks: ReadonlySet<string> = new Set([
  "timeline",
  "updatedAt",
  "healthStatus",
  "tags",
  "attachments",
  "containers",
]);
const unequalOfInstances: ReadonlySet<string> = new Set([
  "updatedAt",
  "healthStatus",
  "tags",
  "privateIpAddress",
]);

function differences<Entity extends object>(
  name: string,
  truth: Entity,
  stored: Entity,
  except: ReadonlySet<string>,
): string[] {
  return Object.entries(truth).flatMap(([field, value]) => {
    if (except.has(field)) return [];
    const known: unknown = stored[field as keyof Entity];
    // Most fields are texts and numbers that are equal.
    if (value === known) return [];
    const [is, was] = [JSON.stringify(value), JSON.stringify(known)];
    return is === was ? [] : [`${name}: ${field} is ${was} in the store and ${is} in ECS`];
  });
}

function compareTasks(world: World, cluster: Cluster, records: ReadonlyMap<string, string>) {
  const missing: string[] = [];
  for (const task of cluster.tasks.values()) {
    const truth = readTask(taskJson(world, "api", task), cluster.arn);
    if ("problem" in truth) throw new Error(truth.problem);
    const record = records.get(task.id);
    const name = `task ${task.id}`;
    if (record === undefined) {
      if (task.lastStatus !== "STOPPED") missing.push(`${name}: not in the store`);
      continue;
    }
    const stored: Task = decodeTask(record, cluster.arn);
    missing.push(...differences(name, truth.entity, stored, unequalOfTasks));
  }
  for (const [id, record] of records) {
    if (cluster.tasks.has(id)) continue;
    const { lastStatus } = decodeTask(record, cluster.arn);
    if (lastStatus !== "STOPPED")
      missing.push(`task ${id}: ${lastStatus} in the store and not in ECS`);
  }
  return missing;
}

function compareInstances(cluster: Cluster, records: ReadonlyMap<string, string>) {
  const missing: string[] = [];
  for (const instance of cluster.instances.values()) {
    const truth = readContainerInstance(instanceJson("api", instance), cluster.arn);
    if ("problem" in truth) throw new Error(truth.problem);
    const record = records.get(instance.id);
    const name = `container instance ${instance.id}`;
    if (record === undefined) {
      if (instance.status !== "INACTIVE") missing.push(`${name}: not in the store`);
      continue;
    }
    const stored: ContainerInstance = decodeContainerInstance(record, cluster.arn);
    if (instance.status !== "INACTIVE")
      missing.push(...differences(name, truth.entity, stored, unequalOfInstances));
    else if (stored.status !== "INACTIVE")
      missing.push(`${name}: ${stored.status} in the store and INACTIVE in ECS`);
    if (instance.status === "INACTIVE" || instance.external) continue;
    const { privateIpAddress } = stored;
    const address = instance.machine.privateIpAddress;
    if (privateIpAddress !== address)
      missing.push(`${name}: address is ${privateIpAddress} in the store and ${address} in EC2`);
  }
  for (const [id, record] of records) {
    if (cluster.instances.has(id)) continue;
    const { status } = decodeContainerInstance(record, cluster.arn);
    if (status !== "INACTIVE")
      missing.push(`container instance ${id}: ${status} in the store and not in ECS`);
  }
  return missing;
}

/** Every difference between ECS and the store; none when they are equal. */
export function storeDifferences(world: World, redis: ModelStore): string[] {
  const known = new Set(redis.clusters());
  return [...world.clusters.values()].flatMap((cluster) => {
    const arn: ClusterArn = cluster.arn;
    if (!known.has(arn)) return [`cluster ${arnId(arn)}: not in the store`];
    return [
      ...compareInstances(cluster, redis.records(arn, "i")),
      ...compareTasks(world, cluster, redis.records(arn, "t")),
    ];
  });
}
