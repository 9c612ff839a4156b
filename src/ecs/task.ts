// A task as Longshore knows it: what ECS said, normalized. Pure vocabulary, no I/O.
import type { ClusterArn, ContainerInstanceArn, TaskArn, TaskDefinitionArn } from "./arn.ts";

/** One published port, or one published range of ports, of a container (ECS `networkBindings`). */
export interface NetworkBinding {
  readonly bindIP?: string | undefined;
  readonly containerPort?: number | undefined;
  readonly hostPort?: number | undefined;
  readonly containerPortRange?: string | undefined;
  readonly hostPortRange?: string | undefined;
  readonly protocol: string;
}

/** An address that a container has by its task's network interface (awsvpc and Fargate). */
export interface NetworkInterface {
  readonly attachmentId?: string | undefined;
  readonly privateIpv4Address?: string | undefined;
  readonly ipv6Address?: string | undefined;
}

export interface Container {
  readonly arn: string;
  readonly name: string;
  readonly image?: string | undefined;
  readonly imageDigest?: string | undefined;
  readonly runtimeId?: string | undefined;
  readonly lastStatus: string;
  /** Absent when the container never ran; 0 is a real exit code. */
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
  /** Only the ECS API tells it, events never do. */
  readonly healthStatus?: string | undefined;
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
  readonly networkBindings: readonly NetworkBinding[];
  readonly networkInterfaces: readonly NetworkInterface[];
}

/** A network interface, volume or service-discovery attachment of a task, its details as a flat map. */
export interface Attachment {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly details: Readonly<Record<string, string>>;
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** One step of a task's life: the first time (ms since the epoch) we know it to have had this status. */
export interface TimelineEntry {
  readonly lastStatus: string;
  readonly at: number;
}

/** Times are milliseconds since the epoch. `version` is ECS's own, a decimal string (64 bit). */
export interface Task {
  readonly kind: "task";
  readonly arn: TaskArn;
  readonly clusterArn: ClusterArn;
  readonly version: string;
  readonly taskDefinitionArn: TaskDefinitionArn;
  readonly containerInstanceArn?: ContainerInstanceArn | undefined;
  readonly group?: string | undefined;
  readonly startedBy?: string | undefined;
  readonly launchType?: string | undefined;
  readonly capacityProvider?: string | undefined;
  readonly availabilityZone?: string | undefined;
  readonly platformVersion?: string | undefined;
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
  readonly lastStatus: string;
  readonly desiredStatus: string;
  readonly healthStatus?: string | undefined;
  readonly connectivity?: string | undefined;
  readonly stopCode?: string | undefined;
  readonly stoppedReason?: string | undefined;
  readonly createdAt?: number | undefined;
  readonly pullStartedAt?: number | undefined;
  readonly pullStoppedAt?: number | undefined;
  readonly startedAt?: number | undefined;
  readonly stoppingAt?: number | undefined;
  readonly executionStoppedAt?: number | undefined;
  readonly stoppedAt?: number | undefined;
  readonly updatedAt?: number | undefined;
  readonly containers: readonly Container[];
  readonly attachments: readonly Attachment[];
  readonly tags: readonly Tag[];
  readonly timeline: readonly TimelineEntry[];
}

/** Done for good: ECS sends nothing newer about this ARN. */
export function isStopped(task: Pick<Task, "lastStatus">): boolean {
  return task.lastStatus === "STOPPED" || task.lastStatus === "DELETED";
}

/** On its way down or done: nobody should send it new work. */
export function isStopping(task: Pick<Task, "lastStatus" | "desiredStatus">): boolean {
  return task.desiredStatus === "STOPPED" || isStopped(task);
}

/**
 * Stopped although nobody asked for it, and not because its work was done: it could not start, a container ended with
 * another exit code than 0, or what it ran on broke. Stops by people, services and announced interruptions are none.
 */
export function hasFailed({
  lastStatus,
  stopCode,
  containers,
}: Pick<Task, "lastStatus" | "stopCode" | "containers">): boolean {
  if (!isStopped({ lastStatus })) return false;
  if (stopCode === "EssentialContainerExited")
    return containers.some(({ exitCode }) => exitCode !== 0);
  return stopCode === "TaskFailedToStart" || stopCode === "InfrastructureHealth";
}
