// The port to the ECS API: what reading clusters and acting on them needs, in our own shapes.
import type { ClusterArn, ContainerInstanceArn, TaskArn } from "./arn.ts";
import type { ContainerInstance } from "./container-instance.ts";
import type { Tag, Task } from "./task.ts";

/** A refusal inside a successful answer: the normal way in which ECS says no to one of several. */
export interface Failure {
  readonly arn: string | undefined;
  /** `MISSING`, `AGENT`, `RESOURCE:MEMORY`, ... */
  readonly reason: string;
  readonly detail: string | undefined;
}

export interface Described<Entity> {
  readonly entities: readonly Entity[];
  readonly failures: readonly Failure[];
}

export interface StartTaskRequest {
  readonly cluster: ClusterArn;
  readonly taskDefinition: string;
  /** Ten at the most. */
  readonly containerInstances: readonly ContainerInstanceArn[];
  readonly startedBy: string;
  readonly group: string;
  /** JSON text of ECS task overrides; empty for none. */
  readonly overrides: string;
  /** JSON text of ECS's networkConfiguration; empty for none. */
  readonly networkConfiguration: string;
  readonly tags: readonly Tag[];
}

/** Reading clusters. Every call may throw what the SDK throws, after the SDK's own retries. */
export interface EcsReader {
  listClusters(): Promise<ClusterArn[]>;
  listContainerInstances(cluster: ClusterArn): Promise<ContainerInstanceArn[]>;
  /** A hundred at the most. */
  describeContainerInstances(
    cluster: ClusterArn,
    arns: readonly ContainerInstanceArn[],
  ): Promise<Described<ContainerInstance>>;
  listTasks(
    cluster: ClusterArn,
    filter: { readonly desiredStatus?: "RUNNING" | "STOPPED"; readonly startedBy?: string },
  ): Promise<TaskArn[]>;
  /** A hundred at the most. */
  describeTasks(cluster: ClusterArn, arns: readonly TaskArn[]): Promise<Described<Task>>;
}

/** Acting on clusters: only the scheduler does. */
export interface EcsWriter {
  /** Not idempotent: an answer that is lost may hide started tasks. Sent once, without the SDK's retries. */
  startTask(request: StartTaskRequest): Promise<Described<Task>>;
  /** `missing` when ECS does not know the task (any more). */
  stopTask(cluster: ClusterArn, task: TaskArn, reason: string): Promise<"stopping" | "missing">;
}
