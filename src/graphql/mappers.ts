// What stands behind GraphQL types that are no entity of their own.
import type { ClusterView } from "../changes/cluster-view.ts";

/** A cluster is answered from its view, at the view's position. */
export interface ClusterSource {
  readonly view: ClusterView;
}

export interface ClusterRefSource {
  readonly arn: string;
  readonly name: string;
}

export type { ContainerInstance as ContainerInstanceSource } from "../ecs/container-instance.ts";
export type { QuarantinedMessage as QuarantinedMessageSource } from "../store/store.ts";
export type { Task as TaskSource } from "../ecs/task.ts";
export type { Daemon as DaemonSource } from "../daemon/daemon.ts";
