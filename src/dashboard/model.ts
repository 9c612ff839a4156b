// What the dashboard knows of the API's entities: the fields that its documents ask for. Types only, no reading.

/** Name and ARN of the cluster that something is in. */
export interface ClusterRef {
  readonly arn: string;
  readonly name: string;
}

/** How current a cluster's copy is. Times are ISO 8601. */
export interface Freshness {
  readonly lastEventAt: string | null;
  readonly eventLagMs: number | null;
  readonly eventLagP50Ms: number | null;
  readonly lastReconciledAt: string | null;
  readonly driftRepaired: number;
  readonly problem: string | null;
}

export interface Cluster extends ClusterRef {
  readonly region: string;
  readonly account: string;
  readonly instanceCounts: {
    readonly total: number;
    readonly active: number;
    readonly draining: number;
    readonly agentDisconnected: number;
  };
  readonly taskCounts: {
    readonly total: number;
    readonly running: number;
    readonly pending: number;
    readonly stopped: number;
  };
  readonly freshness: Freshness;
}

/** CPU units or MiB of a container instance; null where ECS does not say. */
export interface Capacity {
  readonly total: number;
  readonly free: number;
}

export interface Instance {
  readonly arn: string;
  readonly id: string;
  readonly cluster: ClusterRef;
  readonly ec2InstanceId: string | null;
  readonly status: string;
  readonly statusSince: string | null;
  readonly statusReason: string | null;
  readonly agentConnected: boolean;
  readonly agentConnectedSince: string | null;
  readonly agentVersion: string | null;
  readonly availabilityZone: string | null;
  readonly instanceType: string | null;
  readonly capacityProvider: string | null;
  readonly registeredAt: string | null;
  readonly cpu: Capacity | null;
  readonly memory: Capacity | null;
}

export interface Task {
  readonly arn: string;
  readonly id: string;
  readonly cluster: ClusterRef;
  readonly containerInstanceArn: string | null;
  readonly family: string;
  readonly group: string | null;
  readonly launchType: string | null;
  readonly lastStatus: string;
  readonly desiredStatus: string;
  readonly healthStatus: string | null;
  /** Containers with their health, where ECS tells it: `web HEALTHY, proxy UNHEALTHY`. Empty where it tells none. */
  readonly containerHealth: string;
  readonly stopCode: string | null;
  readonly stoppedReason: string | null;
  readonly createdAt: string | null;
  readonly startedAt: string | null;
  readonly stoppingAt: string | null;
  readonly stoppedAt: string | null;
  readonly daemon: { readonly name: string } | null;
}

export interface Daemon {
  readonly name: string;
  readonly cluster: ClusterRef;
  readonly mode: string;
  readonly paused: boolean;
  readonly revision: number;
  readonly status: {
    readonly phase: string;
    readonly reason: string;
    readonly since: string | null;
    readonly desired: number;
    readonly running: number;
    readonly healthy: number;
    readonly updated: number;
    readonly waiting: number;
    readonly failed: number;
  };
}

/** Where a container can be reached. */
export interface Endpoint {
  readonly id: string;
  readonly cluster: ClusterRef;
  readonly task: { readonly arn: string };
  readonly container: string;
  readonly host: string;
  readonly port: number;
  readonly protocol: string;
  readonly containerPort: number;
  readonly availabilityZone: string | null;
  readonly healthy: boolean;
}

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
