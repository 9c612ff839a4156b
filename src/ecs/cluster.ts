// A cluster as Longshore knows it, and what ECS tells of a cluster beside its tasks and instances.
import type { ClusterArn } from "./arn.ts";

export interface Cluster {
  readonly kind: "cluster";
  readonly arn: ClusterArn;
  readonly status: string;
}

/** A service action, deployment or health notice of a cluster: history, not state (it carries no version). */
export interface ClusterEvent {
  readonly id: string;
  readonly clusterArn: ClusterArn;
  /** The EventBridge detail-type, such as `ECS Service Action`. */
  readonly detailType: string;
  readonly eventType?: string | undefined;
  readonly eventName?: string | undefined;
  readonly reason?: string | undefined;
  readonly resources: readonly string[];
  /** Milliseconds since the epoch; 0 when the event does not say. */
  readonly at: number;
}
