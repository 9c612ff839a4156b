// An ECS in memory whose lists and descriptions a test can make late, partial or forbidden. Only for tests: what real
// clients do is tested against the simulator.
import { arnId } from "../ecs/arn.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Described, EcsReader } from "../ecs/ecs-api.ts";
import { isStopped } from "../ecs/task.ts";
import type { Task } from "../ecs/task.ts";

class AwsError extends Error {
  constructor(name: string) {
    super(`${name} of the test`);
    this.name = name;
  }
}

export class TestEcs implements EcsReader {
  readonly clusters = new Map<
    ClusterArn,
    { readonly tasks: Map<string, Task>; readonly instances: Map<string, ContainerInstance> }
  >();
  /** Names of operations to the error that they fail with; `operation cluster` for one cluster only. */
  readonly failing = new Map<string, string>();
  readonly calls: string[] = [];
  /** Runs before a call is answered. */
  before: (operation: string, count: number) => Promise<void> | void = () => {};

  addCluster(arn: ClusterArn) {
    const cluster = {
      tasks: new Map<string, Task>(),
      instances: new Map<string, ContainerInstance>(),
    };
    this.clusters.set(arn, cluster);
    return cluster;
  }

  count(operation: string): number {
    return this.calls.filter((call) => call.split(" ")[0] === operation).length;
  }

  async #call(operation: string, cluster?: ClusterArn) {
    this.calls.push(`${operation} ${cluster ?? ""}`);
    await this.before(operation, this.count(operation));
    const failure = this.failing.get(operation) ?? this.failing.get(`${operation} ${cluster}`);
    if (failure !== undefined) throw new AwsError(failure);
    const found = cluster === undefined ? undefined : this.clusters.get(cluster);
    if (cluster !== undefined && !found) throw new AwsError("ClusterNotFoundException");
    return (
      found ?? { tasks: new Map<string, Task>(), instances: new Map<string, ContainerInstance>() }
    );
  }

  async listClusters() {
    await this.#call("listClusters");
    return [...this.clusters.keys()];
  }
  async listContainerInstances(cluster: ClusterArn) {
    const { instances } = await this.#call("listContainerInstances", cluster);
    return [...instances.values()].map(({ arn }) => arn);
  }
  async describeContainerInstances(cluster: ClusterArn, ids: readonly string[]) {
    const { instances } = await this.#call("describeContainerInstances", cluster);
    return answer(instances, ids);
  }
  async listTasks(cluster: ClusterArn, { desiredStatus }: { desiredStatus?: string }) {
    const { tasks } = await this.#call("listTasks", cluster);
    return [...tasks.values()]
      .filter((task) => isStopped(task) === (desiredStatus === "STOPPED"))
      .map(({ arn }) => arn);
  }
  async describeTasks(cluster: ClusterArn, ids: readonly string[]) {
    const { tasks } = await this.#call("describeTasks", cluster);
    return answer(tasks, ids);
  }
}

function answer<Entity>(
  known: ReadonlyMap<string, Entity>,
  ids: readonly string[],
): Described<Entity> {
  const named = ids.map(arnId);
  return {
    entities: named.flatMap((id) => known.get(id) ?? []),
    failures: named
      .filter((id) => !known.has(id))
      .map((arn) => ({ arn, reason: "MISSING", detail: undefined })),
  };
}
