// What stands behind GraphQL types that are no entity of their own.
import type { ClusterView } from "../changes/cluster-view.ts";
import type { Daemon } from "../daemon/daemon.ts";
import type { DaemonStatus } from "../daemon/status.ts";

/** A cluster is answered from its view, at the view's position. */
export interface ClusterSource {
  readonly view: ClusterView;
}

/** A daemon, and its status where that is worked out already. */
export type DaemonSource = Daemon & { readonly status?: DaemonStatus };

export type { DaemonStatus as DaemonStatusSource } from "../daemon/status.ts";

export interface ClusterRefSource {
  readonly arn: string;
  readonly name: string;
}

export type { ContainerInstance as ContainerInstanceSource } from "../ecs/container-instance.ts";
export type { QuarantinedMessage as QuarantinedMessageSource } from "../store/store.ts";
export type { Task as TaskSource } from "../ecs/task.ts";
