// The port to the ECS API: what reading clusters and acting on them needs, in our own shapes.
import type { ClusterArn, ContainerInstanceArn, TaskArn, TaskDefinitionArn } from "./arn.ts";
import type { ContainerInstance } from "./container-instance.ts";
import type { TaskDefinition } from "./task-definition.ts";
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

export interface RunTaskRequest extends Omit<StartTaskRequest, "containerInstances" | "startedBy"> {
  /** 1 to 64 characters, ASCII 33 to 126. ECS remembers it for up to 24 hours: the same call again starts nothing more. */
  readonly clientToken: string;
  /** 1 to 10 tasks. */
  readonly count: number;
  /** Where: an expression of the cluster query language, up to 2,000 characters; empty for anywhere. */
  readonly memberOf: string;
  /** Up to 128 characters. */
  readonly startedBy: string;
  /** EXTERNAL for instances of ECS Anywhere, which RunTask otherwise passes over. */
  readonly launchType: "EC2" | "EXTERNAL";
}

/**
 * answered: ECS placed what it could; the rest is in `failures`, which name the instances that were tried, or none.
 * conflict: the token was used for a call that asked for something else, which started `tasks`.
 */
export type RunTaskResult =
  | ({ readonly outcome: "answered" } & Described<Task>)
  | { readonly outcome: "conflict"; readonly tasks: readonly TaskArn[] };

/** A custom attribute of a container instance. */
export interface InstanceAttribute {
  readonly containerInstance: ContainerInstanceArn;
  /** 1 to 128 letters, digits and `-_./\`. */
  readonly name: string;
}

/**
 * missing: ECS does not know one of the instances (any more). full: one has ten custom attributes already. Nothing was
 * changed.
 */
export type PutAttributesOutcome = "put" | "missing" | "full";

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

/** Reading task definitions, which belong to no cluster. May throw what the SDK throws, after its own retries. */
export interface TaskDefinitionReader {
  /** undefined when ECS does not know it (any more). */
  describeTaskDefinition(arn: TaskDefinitionArn): Promise<TaskDefinition | undefined>;
}

/** Whether a call may (still) be made: asked right before it goes out. */
export type MayCall = () => boolean;

/** A call that was not made after all, because it might not be any more: surely nothing was sent. */
export class CallWithheld extends Error {
  override readonly name = "CallWithheld";
  constructor() {
    super("the call was not made: whoever began it may not act any more");
  }
}

/**
 * Acting on clusters: only the scheduler does. With `mayCall`, calls throw {@link CallWithheld} instead of going out too
 * late.
 */
export interface EcsWriter {
  /** Not idempotent: an answer that is lost may hide started tasks. Sent once, without the SDK's retries. */
  startTask(request: StartTaskRequest, mayCall?: MayCall): Promise<Described<Task>>;
  /** Idempotent for one `clientToken`: a call whose answer was lost may be repeated as it was. Not for DRAINING instances. */
  runTask(request: RunTaskRequest, mayCall?: MayCall): Promise<RunTaskResult>;
  /** `missing` when ECS does not know the task (any more). */
  stopTask(
    cluster: ClusterArn,
    task: TaskArn,
    reason: string,
    mayCall?: MayCall,
  ): Promise<"stopping" | "missing">;
  /** Sets attributes of up to ten; idempotent. Whether ECS sends an event for it is not documented. */
  putAttributes(
    cluster: ClusterArn,
    attributes: readonly (InstanceAttribute & { readonly value: string })[],
    mayCall?: MayCall,
  ): Promise<PutAttributesOutcome>;
  /** Removes attributes, ten at the most, whatever their values; one that is not there is no error. */
  deleteAttributes(
    cluster: ClusterArn,
    attributes: readonly InstanceAttribute[],
    mayCall?: MayCall,
  ): Promise<"deleted" | "missing">;
  /** Ten at the most; failures are `MISSING` and `INACTIVE`. Idempotent. */
  updateContainerInstancesState(
    cluster: ClusterArn,
    arns: readonly ContainerInstanceArn[],
    status: "ACTIVE" | "DRAINING",
    mayCall?: MayCall,
  ): Promise<Described<ContainerInstance>>;
}
