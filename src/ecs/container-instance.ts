// A container instance as Longshore knows it: what ECS said, normalized. Pure vocabulary, no I/O.
import type { ClusterArn, ContainerInstanceArn } from "./arn.ts";
import type { Tag } from "./task.ts";

/** CPU and MEMORY are numbers (CPU units, MiB); PORTS and PORTS_UDP list the host ports in use, sorted. */
export interface Resource {
  readonly name: string;
  readonly type: string;
  readonly value: number | readonly string[];
}

/** `value` is absent on capabilities, which are names only. */
export interface Attribute {
  readonly name: string;
  readonly value?: string | undefined;
}

/** Times are milliseconds since the epoch. `version` is ECS's own, a decimal string (64 bit). */
export interface ContainerInstance {
  readonly kind: "containerInstance";
  readonly arn: ContainerInstanceArn;
  readonly clusterArn: ClusterArn;
  readonly version: string;
  /** `i-...`, or `mi-...` for an external instance (ECS Anywhere). */
  readonly ec2InstanceId?: string | undefined;
  readonly status: string;
  /** First time that it was known to have this status, without a break since. Ours: ECS does not tell. */
  readonly statusSince?: number | undefined;
  readonly statusReason?: string | undefined;
  readonly agentConnected: boolean;
  /** The same of its agent being connected, or not. */
  readonly agentConnectedSince?: number | undefined;
  readonly agentVersion?: string | undefined;
  readonly dockerVersion?: string | undefined;
  readonly capacityProvider?: string | undefined;
  readonly runningTasksCount?: number | undefined;
  readonly pendingTasksCount?: number | undefined;
  readonly registeredAt?: number | undefined;
  readonly updatedAt?: number | undefined;
  readonly registeredResources: readonly Resource[];
  readonly remainingResources: readonly Resource[];
  readonly attributes: readonly Attribute[];
  readonly tags: readonly Tag[];
  readonly healthStatus?: string | undefined;
  /** From EC2 DescribeInstances, not from ECS; absent without that permission. */
  readonly privateIpAddress?: string | undefined;
}

/** Deregistered: final for this ARN. */
export function isInactive(instance: Pick<ContainerInstance, "status">): boolean {
  return instance.status === "INACTIVE";
}

/** Value of a named attribute: undefined when absent, "" for a capability that has a name only. */
export function attributeValue(
  instance: Pick<ContainerInstance, "attributes">,
  name: string,
): string | undefined {
  const found = instance.attributes.find((attribute) => attribute.name === name);
  return found && (found.value ?? "");
}
