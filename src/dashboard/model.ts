// What the dashboard knows of the API's entities: the fields that its documents ask for, with the types that are generated
// from them. Types only, no reading.
import type {
  Dashboard_ClusterChangesSubscription,
  Dashboard_ContainerInstanceChangesSubscription,
  Dashboard_DaemonChangesSubscription,
  Dashboard_EndpointChangesSubscription,
  Dashboard_TaskChangesSubscription,
} from "./generated/operations.ts";

export type Cluster = NonNullable<
  Dashboard_ClusterChangesSubscription["clusterChanges"]["cluster"]
>;

/** How current a cluster's copy is. Times are ISO 8601. */
export type Freshness = Cluster["freshness"];

/** CPU units or MiB of a container instance; null where ECS does not say. */
export interface Capacity {
  readonly total: number;
  readonly free: number;
}

type SentInstance = NonNullable<
  Dashboard_ContainerInstanceChangesSubscription["containerInstanceChanges"]["containerInstance"]
>;

export interface Instance extends Omit<SentInstance, "registeredResources" | "remainingResources"> {
  readonly cpu: Capacity | null;
  readonly memory: Capacity | null;
}

type SentTask = NonNullable<Dashboard_TaskChangesSubscription["taskChanges"]["task"]>;

export interface Task extends Omit<SentTask, "containers"> {
  /** Containers with their health, where ECS tells it: `web HEALTHY, proxy UNHEALTHY`. Empty where it tells none. */
  readonly containerHealth: string;
  /** See {@link endedBadly} of read.ts. */
  readonly endedBadly: boolean;
}

export type Daemon = NonNullable<Dashboard_DaemonChangesSubscription["daemonChanges"]["daemon"]>;

/** Where a container can be reached. */
export type Endpoint = NonNullable<
  Dashboard_EndpointChangesSubscription["endpointChanges"]["endpoint"]
>;

/** Kinds of entities, each with a subscription of its own. */
export interface Entities {
  readonly cluster: Cluster;
  readonly instance: Instance;
  readonly task: Task;
  readonly daemon: Daemon;
  readonly endpoint: Endpoint;
}
export type Kind = keyof Entities;

/** Kinds that are followed from the start; endpoints are while their page is open. */
export const alwaysFollowed = ["cluster", "instance", "daemon", "task"] as const;

interface ChangeOf<K extends Kind> {
  readonly kind: K;
  readonly type: "ADDED" | "MODIFIED" | "REMOVED";
  readonly entity: Entities[K];
  /** When it arrived here, ms since the epoch. */
  readonly atMs: number;
}

/** An entity as one subscription brought it. */
export type EntityChange = { [K in Kind]: ChangeOf<K> }[Kind];

/** What a subscription brings, and what happens to one. */
export type Message =
  | EntityChange
  | { readonly kind: Kind; readonly type: "SYNCED"; readonly atMs: number }
  /** A snapshot begins: what it does not name is gone by its end. */
  | { readonly kind: Kind; readonly type: "RESTARTED"; readonly atMs: number };
