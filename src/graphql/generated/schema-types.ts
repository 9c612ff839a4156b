import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from "graphql";
import type {
  ClusterSource,
  ContainerInstanceSource,
  TaskSource,
  DaemonSource,
  DaemonStatusSource,
  QuarantinedMessageSource,
  ClusterRefSource,
} from "../mappers.ts";
import type { Context } from "../context.ts";
export type Maybe<T> = T | null;
export type InputMaybe<T> = T | null | undefined;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string };
  String: { input: string; output: string };
  Boolean: { input: boolean; output: boolean };
  Int: { input: number; output: number };
  Float: { input: number; output: number };
  /** The status of a container instance: ACTIVE, DRAINING, INACTIVE, REGISTERING, REGISTRATION_FAILED, DEREGISTERING. A word that ECS adds later passes through. */
  ContainerInstanceStatus: { input: string; output: string };
  /** A moment, ISO 8601 in UTC with milliseconds: `2026-11-02T09:30:00.000Z`. */
  DateTime: { input: string; output: string };
  /** Where ECS wants a task: RUNNING or STOPPED. */
  DesiredStatus: { input: string; output: string };
  /** HEALTHY, UNHEALTHY or UNKNOWN. */
  HealthStatus: { input: string; output: string };
  /** Any JSON value. */
  JSON: { input: unknown; output: unknown };
  /** EC2, FARGATE, EXTERNAL or MANAGED_INSTANCES. A word that ECS adds later passes through. */
  LaunchType: { input: string; output: string };
  /**
   * The status of a task, in ECS's own words: PROVISIONING, PENDING, ACTIVATING, RUNNING, DEACTIVATING, STOPPING,
   * DEPROVISIONING, STOPPED, DELETED. A word that ECS adds later passes through.
   */
  TaskStatus: { input: string; output: string };
};

/** An attribute of a container instance. */
export type Attribute = {
  readonly __typename?: "Attribute";
  /** Name. */
  readonly name: Scalars["String"]["output"];
  /** Value; null for a capability, which is a name only. */
  readonly value?: Maybe<Scalars["String"]["output"]>;
};

/** What happened to an entity, seen through the subscription's filter. */
export type ChangeType =
  /** New, or it matches the filter from now on. */
  | "ADDED"
  /** Still matches, and something that the subscription selects or filters by is different. */
  | "MODIFIED"
  /** Gone, or it does not match the filter any more. */
  | "REMOVED"
  /** Everything up to this cursor has been sent: the end of a snapshot, or a heartbeat that was asked for. Carries no entity. */
  | "SYNCED";

/** An ECS cluster. */
export type Cluster = {
  readonly __typename?: "Cluster";
  /** AWS account, twelve digits. */
  readonly account: Scalars["String"]["output"];
  /** Amazon resource name. */
  readonly arn: Scalars["ID"]["output"];
  /** The point in the change log that this answer was read at. */
  readonly changeCursor: Scalars["String"]["output"];
  /** Its container instances. */
  readonly containerInstances: ContainerInstanceConnection;
  /** Its daemons. */
  readonly daemons: DaemonConnection;
  /** Service actions, deployments and health notices, newest first. At most 1000 are kept. */
  readonly events: ReadonlyArray<ClusterEvent>;
  /** How current this copy is. */
  readonly freshness: Freshness;
  /** What happened minute by minute, oldest first; the last is the minute under way. Begins where the record does. Served by Redis: charts ask once and go on from subscriptions. */
  readonly history: ReadonlyArray<HistoryMinute>;
  /** Container instances by status. */
  readonly instanceCounts: InstanceCounts;
  /** Name, unique in its region and account. */
  readonly name: Scalars["String"]["output"];
  /** AWS region, such as eu-west-3. */
  readonly region: Scalars["String"]["output"];
  /** Tasks by status. */
  readonly taskCounts: TaskCounts;
  /** Its tasks. */
  readonly tasks: TaskConnection;
};

/** An ECS cluster. */
export type ClusterContainerInstancesArgs = {
  after?: InputMaybe<Scalars["String"]["input"]>;
  filter?: InputMaybe<ContainerInstanceFilter>;
  first?: InputMaybe<Scalars["Int"]["input"]>;
};

/** An ECS cluster. */
export type ClusterDaemonsArgs = {
  after?: InputMaybe<Scalars["String"]["input"]>;
  first?: InputMaybe<Scalars["Int"]["input"]>;
};

/** An ECS cluster. */
export type ClusterEventsArgs = {
  first?: InputMaybe<Scalars["Int"]["input"]>;
};

/** An ECS cluster. */
export type ClusterHistoryArgs = {
  minutes?: InputMaybe<Scalars["Int"]["input"]>;
};

/** An ECS cluster. */
export type ClusterTasksArgs = {
  after?: InputMaybe<Scalars["String"]["input"]>;
  filter?: InputMaybe<TaskFilter>;
  first?: InputMaybe<Scalars["Int"]["input"]>;
};

/** A change of a cluster. */
export type ClusterChange = {
  readonly __typename?: "ClusterChange";
  /**
   * The fields of the entity that differ from before, as paths: `lastStatus`, `containers.exitCode`. In the schema's order,
   * selected or not; a list that grew or shrank is named itself. Empty when it is new or gone, and with SYNCED.
   */
  readonly changed: ReadonlyArray<Scalars["String"]["output"]>;
  /** As it is after the change, or was before it went; null with SYNCED. */
  readonly cluster?: Maybe<Cluster>;
  /** The point just behind this change: `after` continues from it. */
  readonly cursor: Scalars["String"]["output"];
  /** What happened. */
  readonly type: ChangeType;
};

/** A page of clusters, in a fixed order: by cluster, then by id. Each is visited once even while the fleet changes. */
export type ClusterConnection = {
  readonly __typename?: "ClusterConnection";
  /** The point in the change log that this page was read at: a subscription takes it as `after` and misses nothing. */
  readonly changeCursor: Scalars["String"]["output"];
  /** The same, each with the cursor to continue after it. */
  readonly edges: ReadonlyArray<ClusterEdge>;
  /** The clusters of this page. */
  readonly nodes: ReadonlyArray<Cluster>;
  /** Whether there is more, and where it goes on. */
  readonly pageInfo: PageInfo;
  /** How many match, on all pages together. */
  readonly totalCount: Scalars["Int"]["output"];
};

/** One of a page, with its place. */
export type ClusterEdge = {
  readonly __typename?: "ClusterEdge";
  /** Pass it as `after` to continue behind this one. */
  readonly cursor: Scalars["String"]["output"];
  /** The cluster itself. */
  readonly node: Cluster;
};

/** Something ECS told of a cluster that is history, not state. */
export type ClusterEvent = {
  readonly __typename?: "ClusterEvent";
  /** When, as the event says. */
  readonly at: Scalars["DateTime"]["output"];
  /** The kind of event, such as `ECS Service Action`. */
  readonly detailType: Scalars["String"]["output"];
  /** What happened, such as SERVICE_STEADY_STATE. */
  readonly eventName?: Maybe<Scalars["String"]["output"]>;
  /** INFO, WARN or ERROR; for health notices the overall status. */
  readonly eventType?: Maybe<Scalars["String"]["output"]>;
  /** Id of the event. */
  readonly id: Scalars["ID"]["output"];
  /** Why, in ECS's words. */
  readonly reason?: Maybe<Scalars["String"]["output"]>;
  /** ARNs that it concerns. */
  readonly resources: ReadonlyArray<Scalars["String"]["output"]>;
};

/** The cluster that something belongs to. */
export type ClusterRef = {
  readonly __typename?: "ClusterRef";
  /** Amazon resource name. */
  readonly arn: Scalars["ID"]["output"];
  /** Name. */
  readonly name: Scalars["String"]["output"];
};

/** A container of a task. */
export type Container = {
  readonly __typename?: "Container";
  /** Amazon resource name. */
  readonly arn: Scalars["ID"]["output"];
  /** Exit code; null when it has not exited. */
  readonly exitCode?: Maybe<Scalars["Int"]["output"]>;
  /** HEALTHY, UNHEALTHY or UNKNOWN, from the API. */
  readonly healthStatus?: Maybe<Scalars["HealthStatus"]["output"]>;
  /** Image. */
  readonly image?: Maybe<Scalars["String"]["output"]>;
  /** PENDING, RUNNING or STOPPED; may run ahead of the task. */
  readonly lastStatus: Scalars["String"]["output"];
  /** Name in the task definition. */
  readonly name: Scalars["String"]["output"];
  /** Ports published on the container instance. */
  readonly networkBindings: ReadonlyArray<NetworkBinding>;
  /** Why it stopped, when there is more to say than the exit code. */
  readonly reason?: Maybe<Scalars["String"]["output"]>;
};

/** An instance that runs an ECS agent: EC2, external (ECS Anywhere) or managed. */
export type ContainerInstance = {
  readonly __typename?: "ContainerInstance";
  /** Whether its agent is connected to ECS. Short disconnections are normal. */
  readonly agentConnected: Scalars["Boolean"]["output"];
  /** Since when its agent is known to be connected, or not to be, as statusSince is known. */
  readonly agentConnectedSince?: Maybe<Scalars["DateTime"]["output"]>;
  /** Version of the ECS agent. */
  readonly agentVersion?: Maybe<Scalars["String"]["output"]>;
  /** Amazon resource name. */
  readonly arn: Scalars["ID"]["output"];
  /** Capabilities and attributes. */
  readonly attributes: ReadonlyArray<Attribute>;
  /** Availability zone; null for an external instance. */
  readonly availabilityZone?: Maybe<Scalars["String"]["output"]>;
  /** Capacity provider that brought it. */
  readonly capacityProvider?: Maybe<Scalars["String"]["output"]>;
  /** The cluster that it is registered to. */
  readonly cluster: ClusterRef;
  /** Its daemons: those that select it, each with how it stands here. */
  readonly daemons: ReadonlyArray<InstanceDaemon>;
  /** Version of Docker. */
  readonly dockerVersion?: Maybe<Scalars["String"]["output"]>;
  /** `i-...` on EC2, `mi-...` for an external instance. */
  readonly ec2InstanceId?: Maybe<Scalars["String"]["output"]>;
  /** Last segment of the ARN. */
  readonly id: Scalars["ID"]["output"];
  /** EC2 instance type; null for an external instance. */
  readonly instanceType?: Maybe<Scalars["String"]["output"]>;
  /** Private IPv4 address, from EC2; null when it is not known. */
  readonly privateIpAddress?: Maybe<Scalars["String"]["output"]>;
  /** When it registered. */
  readonly registeredAt?: Maybe<Scalars["DateTime"]["output"]>;
  /** What it has. */
  readonly registeredResources: ReadonlyArray<Resource>;
  /** What is left of it. */
  readonly remainingResources: ReadonlyArray<Resource>;
  /** ACTIVE, DRAINING or INACTIVE; REGISTERING, REGISTRATION_FAILED and DEREGISTERING with trunking. */
  readonly status: Scalars["ContainerInstanceStatus"]["output"];
  /** Why it has this status, when ECS says so. */
  readonly statusReason?: Maybe<Scalars["String"]["output"]>;
  /** Since when it is known to have this status: when an event said so, or a comparison found it so. */
  readonly statusSince?: Maybe<Scalars["DateTime"]["output"]>;
  /** Its tasks; those that have stopped only when the filter asks for them. */
  readonly tasks: TaskConnection;
  /** ECS's version of this state: a 64-bit decimal that grows with each change. */
  readonly version: Scalars["String"]["output"];
};

/** An instance that runs an ECS agent: EC2, external (ECS Anywhere) or managed. */
export type ContainerInstanceTasksArgs = {
  after?: InputMaybe<Scalars["String"]["input"]>;
  filter?: InputMaybe<TaskFilter>;
  first?: InputMaybe<Scalars["Int"]["input"]>;
};

/** A change of a container instance. */
export type ContainerInstanceChange = {
  readonly __typename?: "ContainerInstanceChange";
  /**
   * The fields of the entity that differ from before, as paths: `lastStatus`, `containers.exitCode`. In the schema's order,
   * selected or not; a list that grew or shrank is named itself. Empty when it is new or gone, and with SYNCED.
   */
  readonly changed: ReadonlyArray<Scalars["String"]["output"]>;
  /** As it is after the change, or was before it went; null with SYNCED. */
  readonly containerInstance?: Maybe<ContainerInstance>;
  /** The point just behind this change: `after` continues from it. */
  readonly cursor: Scalars["String"]["output"];
  /** What happened. */
  readonly type: ChangeType;
};

/** A page of container instances, in a fixed order: by cluster, then by id. Each is visited once even while the fleet changes. */
export type ContainerInstanceConnection = {
  readonly __typename?: "ContainerInstanceConnection";
  /** The point in the change log that this page was read at: a subscription takes it as `after` and misses nothing. */
  readonly changeCursor: Scalars["String"]["output"];
  /** The same, each with the cursor to continue after it. */
  readonly edges: ReadonlyArray<ContainerInstanceEdge>;
  /** The container instances of this page. */
  readonly nodes: ReadonlyArray<ContainerInstance>;
  /** Whether there is more, and where it goes on. */
  readonly pageInfo: PageInfo;
  /** How many match, on all pages together. */
  readonly totalCount: Scalars["Int"]["output"];
};

/** One of a page, with its place. */
export type ContainerInstanceEdge = {
  readonly __typename?: "ContainerInstanceEdge";
  /** Pass it as `after` to continue behind this one. */
  readonly cursor: Scalars["String"]["output"];
  /** The container instance itself. */
  readonly node: ContainerInstance;
};

/** Which container instances. What is left out does not restrict. */
export type ContainerInstanceFilter = {
  /** Whether the agent is connected. */
  readonly agentConnected?: InputMaybe<Scalars["Boolean"]["input"]>;
  /** Availability zone. */
  readonly availabilityZone?: InputMaybe<Scalars["String"]["input"]>;
  /** Capacity provider. */
  readonly capacityProvider?: InputMaybe<Scalars["String"]["input"]>;
  /** Cluster, by name or ARN. */
  readonly cluster?: InputMaybe<Scalars["String"]["input"]>;
  /** `i-...` or `mi-...`. */
  readonly ec2InstanceId?: InputMaybe<Scalars["String"]["input"]>;
  /** ECS cluster query language, such as `attribute:ecs.instance-type =~ m7.* and agentConnected == true`. */
  readonly expression?: InputMaybe<Scalars["String"]["input"]>;
  /** EC2 instance type. */
  readonly instanceType?: InputMaybe<Scalars["String"]["input"]>;
  /** Status. */
  readonly status?: InputMaybe<Scalars["ContainerInstanceStatus"]["input"]>;
};

/** A container instance by name only. */
export type ContainerInstanceRef = {
  readonly __typename?: "ContainerInstanceRef";
  /** Amazon resource name. */
  readonly arn: Scalars["ID"]["output"];
};

/** Something that runs once on every matching container instance. */
export type Daemon = {
  readonly __typename?: "Daemon";
  /** Cluster that it runs in. */
  readonly cluster: ClusterRef;
  /** On a draining container instance, daemons of a lower number stop first. */
  readonly drainOrder: Scalars["Int"]["output"];
  /**
   * What was done for it and why, newest first: 100 when not said, 1000 at the most, which is also what is kept.
   * UNAVAILABLE while Redis does not answer.
   */
  readonly events: ReadonlyArray<DaemonEvent>;
  /** Rule by rule, why a container instance has or lacks its task. NOT_FOUND when the instance is not known. */
  readonly explain: Explanation;
  /** How tasks are started. */
  readonly launch: DaemonLaunch;
  /** What runs when. */
  readonly mode: DaemonMode;
  /** Name, unique in its cluster. */
  readonly name: Scalars["String"]["output"];
  /** Whether starting and stopping is on hold. */
  readonly paused: Scalars["Boolean"]["output"];
  /** How it stands on each matching container instance, by instance id. */
  readonly placements: PlacementConnection;
  /** What the scheduler is about to do for it, wave by wave from now on; of a paused daemon, and beyond a canary, nothing. Plays the rollout through, so it costs more than the status does. */
  readonly plan: Plan;
  /** Custom attribute that is set on container instances whose daemons are all healthy; null for none. */
  readonly readinessAttribute?: Maybe<Scalars["String"]["output"]>;
  /** Number of the current revision, from 1. */
  readonly revision: Scalars["Int"]["output"];
  /** Its revisions, newest first. The last 50 are kept. */
  readonly revisions: ReadonlyArray<DaemonRevision>;
  /** How a new revision reaches the tasks. */
  readonly rollout: Rollout;
  /** The last revision that was everywhere: where an automatic rollback goes. */
  readonly stableRevision: Scalars["Int"]["output"];
  /** How it stands. */
  readonly status: DaemonStatus;
};

/** Something that runs once on every matching container instance. */
export type DaemonEventsArgs = {
  first?: InputMaybe<Scalars["Int"]["input"]>;
};

/** Something that runs once on every matching container instance. */
export type DaemonExplainArgs = {
  containerInstance: Scalars["ID"]["input"];
};

/** Something that runs once on every matching container instance. */
export type DaemonPlacementsArgs = {
  after?: InputMaybe<Scalars["String"]["input"]>;
  first?: InputMaybe<Scalars["Int"]["input"]>;
};

/** A change of a daemon. */
export type DaemonChange = {
  readonly __typename?: "DaemonChange";
  /**
   * The fields of the entity that differ from before, as paths: `lastStatus`, `containers.exitCode`. In the schema's order,
   * selected or not; a list that grew or shrank is named itself. Empty when it is new or gone, and with SYNCED.
   */
  readonly changed: ReadonlyArray<Scalars["String"]["output"]>;
  /** The point just behind this change: `after` continues from it. */
  readonly cursor: Scalars["String"]["output"];
  /** As it is after the change, or was before it went; null with SYNCED. */
  readonly daemon?: Maybe<Daemon>;
  /** What happened. */
  readonly type: ChangeType;
};

/** A page of daemons, in a fixed order: by cluster, then by id. Each is visited once even while the fleet changes. */
export type DaemonConnection = {
  readonly __typename?: "DaemonConnection";
  /** The point in the change log that this page was read at: a subscription takes it as `after` and misses nothing. */
  readonly changeCursor: Scalars["String"]["output"];
  /** The same, each with the cursor to continue after it. */
  readonly edges: ReadonlyArray<DaemonEdge>;
  /** The daemons of this page. */
  readonly nodes: ReadonlyArray<Daemon>;
  /** Whether there is more, and where it goes on. */
  readonly pageInfo: PageInfo;
  /** How many match, on all pages together. */
  readonly totalCount: Scalars["Int"]["output"];
};

/** One of a page, with its place. */
export type DaemonEdge = {
  readonly __typename?: "DaemonEdge";
  /** Pass it as `after` to continue behind this one. */
  readonly cursor: Scalars["String"]["output"];
  /** The daemon itself. */
  readonly node: Daemon;
};

/** Something that was done, or decided, for a daemon. */
export type DaemonEvent = {
  readonly __typename?: "DaemonEvent";
  /** When. */
  readonly at: Scalars["DateTime"]["output"];
  /** ARN of the container instance that it concerns; null when it concerns the daemon as a whole. */
  readonly containerInstance?: Maybe<Scalars["ID"]["output"]>;
  /** Why, in words. */
  readonly reason: Scalars["String"]["output"];
  /** Revision of the daemon that it was decided for. */
  readonly revision: Scalars["Int"]["output"];
  /** ARN of the task that it concerns; null when there is none. */
  readonly task?: Maybe<Scalars["ID"]["output"]>;
  /** What. */
  readonly type: DaemonEventType;
};

/** What was done or decided. A later version may add to these. */
export type DaemonEventType =
  /** A once-task that runs, and that nothing was remembered of, was written down. */
  | "ADOPT"
  /** The next start waits. */
  | "BACKOFF"
  /** A rollout has reached every container instance. */
  | "COMPLETE"
  /** It was deregistered. */
  | "DEREGISTER"
  /** A container instance that is about to go was set DRAINING. */
  | "DRAIN"
  /** A once-task failed. */
  | "FAIL"
  /** ECS was asked about a start that nothing was seen of. */
  | "LOOKUP"
  /** It was paused. */
  | "PAUSE"
  /** A canary went on to the whole fleet. */
  | "PROMOTE"
  /** The readiness attribute was set. */
  | "READY"
  /** ECS refused a start. */
  | "REFUSE"
  /** The daemon was registered. */
  | "REGISTER"
  /** The lifecycle hook of a container instance was completed. */
  | "RELEASE"
  /** The daemon is gone. */
  | "REMOVE"
  /** Once-tasks were asked to run again. */
  | "RERUN"
  /** It was resumed. */
  | "RESUME"
  /** It went back to an earlier revision. */
  | "ROLLBACK"
  /** A task was started. */
  | "START"
  /** A task was stopped. */
  | "STOP"
  /** A once-task ran to success. */
  | "SUCCEED"
  /** The outcome of a call is not known: ECS will be asked before the next start. */
  | "UNKNOWN"
  /** The readiness attribute was removed. */
  | "UNREADY"
  /** The daemon was changed. */
  | "UPDATE";

/** A daemon, by name. */
export type DaemonInput = {
  /** Cluster, by name or ARN. */
  readonly cluster: Scalars["String"]["input"];
  /** Name of the daemon. */
  readonly name: Scalars["String"]["input"];
};

/** How tasks are started. */
export type DaemonLaunch =
  /** By RunTask, one call a container instance, which a client token makes repeatable. */
  | "RUN_TASK"
  /** By StartTask, ten container instances a call. */
  | "START_TASK";

/** What runs when. */
export type DaemonMode =
  /** One running task on each matching container instance. */
  | "ALWAYS"
  /** One task to completion on each matching container instance that registers, and on those that are there already. */
  | "ONCE_JOINED"
  /** One task to completion on each matching container instance that starts draining, before its daemons are stopped. */
  | "ONCE_LEAVING";

/** What a mutation answers with. */
export type DaemonPayload = {
  readonly __typename?: "DaemonPayload";
  /** The daemon as it is now; with `dryRun`, as it would be. Null once it is gone. */
  readonly daemon?: Maybe<Daemon>;
  /** What follows from it. */
  readonly plan: Plan;
};

/** How a daemon stands as a whole. Derived, never stored. */
export type DaemonPhase =
  /** Every matching container instance has its task. */
  | "ACTIVE"
  /** Deregistered; its tasks are stopping. */
  | "DELETING"
  /** Tasks fail again and again. */
  | "FAILING"
  /** Paused by a person. */
  | "PAUSED"
  /** Tasks are being started or replaced. */
  | "ROLLING_OUT"
  /** Nothing has moved although something should. */
  | "STUCK";

/** The daemon that something belongs to. */
export type DaemonRef = {
  readonly __typename?: "DaemonRef";
  /** Name. */
  readonly name: Scalars["String"]["output"];
};

/** What tasks of a daemon are started from. */
export type DaemonRevision = {
  readonly __typename?: "DaemonRevision";
  /** When it was made. */
  readonly createdAt: Scalars["DateTime"]["output"];
  /** Network configuration, as ECS takes it; null for none. */
  readonly networkConfiguration?: Maybe<Scalars["JSON"]["output"]>;
  /** Task overrides, as ECS takes them; null for none. */
  readonly overrides?: Maybe<Scalars["JSON"]["output"]>;
  /** Number, from 1. */
  readonly revision: Scalars["Int"]["output"];
  /** Cluster query language; empty selects every container instance. */
  readonly selector: Scalars["String"]["output"];
  /** Tags of every task. */
  readonly tags: ReadonlyArray<Tag>;
  /** Why the scheduler took it back, when it failed and autoRollback is on; null otherwise. */
  readonly takenBack?: Maybe<Scalars["String"]["output"]>;
  /** Task definition, as it was given. */
  readonly taskDefinition: Scalars["String"]["output"];
};

/** Numbers of container instances and tasks of a daemon. */
export type DaemonStatus = {
  readonly __typename?: "DaemonStatus";
  /** Container instances that should have a task now. */
  readonly desired: Scalars["Int"]["output"];
  /** Container instances where the last start failed. */
  readonly failed: Scalars["Int"]["output"];
  /** Running tasks that are not UNHEALTHY. */
  readonly healthy: Scalars["Int"]["output"];
  /** Tasks of earlier revisions. */
  readonly outdated: Scalars["Int"]["output"];
  /** How it stands as a whole. */
  readonly phase: DaemonPhase;
  /** Why it is in this phase, in words. */
  readonly reason: Scalars["String"]["output"];
  /** Of these, those whose task is RUNNING. */
  readonly running: Scalars["Int"]["output"];
  /**
   * Since when: ACTIVE, the last task that had to run came to RUNNING; ROLLING_OUT, the revision was made, or, once it was
   * everywhere, a container instance lacked its task; FAILING, the first of the failures in a row was asked for; STUCK, what
   * it waits for was asked for; PAUSED and DELETING, a person said so. Null where none of these times is known.
   */
  readonly since?: Maybe<Scalars["DateTime"]["output"]>;
  /** Container instances where a task that runs once has succeeded; 0 for mode ALWAYS. */
  readonly succeeded: Scalars["Int"]["output"];
  /** Tasks of the current revision, running or on their way. */
  readonly updated: Scalars["Int"]["output"];
  /** Container instances that wait: for a start to be seen, or for the time to try again. */
  readonly waiting: Scalars["Int"]["output"];
};

/** What to remove. */
export type DeregisterDaemonInput = {
  /** Cluster, by name or ARN. */
  readonly cluster: Scalars["String"]["input"];
  /** Name of the daemon. */
  readonly name: Scalars["String"]["input"];
  /** Whether its tasks are stopped. Left running, they belong to nobody until a daemon of that name is registered again. */
  readonly stopTasks?: InputMaybe<Scalars["Boolean"]["input"]>;
};

/** Where a container can be reached. */
export type Endpoint = {
  readonly __typename?: "Endpoint";
  /** Availability zone of the task. */
  readonly availabilityZone?: Maybe<Scalars["String"]["output"]>;
  /** Cluster of the task. */
  readonly cluster: ClusterRef;
  /** Name of the container. */
  readonly container: Scalars["String"]["output"];
  /** Port in the container. */
  readonly containerPort: Scalars["Int"]["output"];
  /** False when its health check fails; true otherwise, also when there is none. */
  readonly healthy: Scalars["Boolean"]["output"];
  /** Private IP: of the container instance in bridge and host mode, of the network interface in awsvpc. */
  readonly host: Scalars["String"]["output"];
  /** Names it: the same for as long as the task publishes this port, also when its address is corrected. */
  readonly id: Scalars["ID"]["output"];
  /** Port at that host. */
  readonly port: Scalars["Int"]["output"];
  /** tcp or udp. */
  readonly protocol: Scalars["String"]["output"];
  /** The task. */
  readonly task: TaskRef;
};

/** A change of an endpoint. */
export type EndpointChange = {
  readonly __typename?: "EndpointChange";
  /**
   * The fields of the entity that differ from before, as paths: `lastStatus`, `containers.exitCode`. In the schema's order,
   * selected or not; a list that grew or shrank is named itself. Empty when it is new or gone, and with SYNCED.
   */
  readonly changed: ReadonlyArray<Scalars["String"]["output"]>;
  /** The point just behind this change: `after` continues from it. */
  readonly cursor: Scalars["String"]["output"];
  /** As it is after the change, or was before it went; null with SYNCED. */
  readonly endpoint?: Maybe<Endpoint>;
  /** What happened. */
  readonly type: ChangeType;
};

/** A page of endpoints, in a fixed order: by cluster, then by id. Each is visited once even while the fleet changes. */
export type EndpointConnection = {
  readonly __typename?: "EndpointConnection";
  /** The point in the change log that this page was read at: a subscription takes it as `after` and misses nothing. */
  readonly changeCursor: Scalars["String"]["output"];
  /** The same, each with the cursor to continue after it. */
  readonly edges: ReadonlyArray<EndpointEdge>;
  /** The endpoints of this page. */
  readonly nodes: ReadonlyArray<Endpoint>;
  /** Whether there is more, and where it goes on. */
  readonly pageInfo: PageInfo;
  /** How many match, on all pages together. */
  readonly totalCount: Scalars["Int"]["output"];
};

/** One of a page, with its place. */
export type EndpointEdge = {
  readonly __typename?: "EndpointEdge";
  /** Pass it as `after` to continue behind this one. */
  readonly cursor: Scalars["String"]["output"];
  /** The endpoint itself. */
  readonly node: Endpoint;
};

/** Which endpoints. What is left out does not restrict. */
export type EndpointFilter = {
  /** Cluster, by name or ARN. */
  readonly cluster?: InputMaybe<Scalars["String"]["input"]>;
  /** Name of the container. */
  readonly container?: InputMaybe<Scalars["String"]["input"]>;
  /** Port in the container. */
  readonly containerPort?: InputMaybe<Scalars["Int"]["input"]>;
  /** Family of the task definition. */
  readonly family?: InputMaybe<Scalars["String"]["input"]>;
  /** Group of the task, exactly. */
  readonly group?: InputMaybe<Scalars["String"]["input"]>;
};

/** Why a container instance has or lacks a daemon's task. */
export type Explanation = {
  readonly __typename?: "Explanation";
  /** Whether a task may be started there now. */
  readonly placeable: Scalars["Boolean"]["output"];
  /** Each rule, in the order in which they are looked at. */
  readonly rules: ReadonlyArray<Rule>;
};

/** How current the copy of a cluster is. */
export type Freshness = {
  readonly __typename?: "Freshness";
  /** Entities that such comparisons found wrong, missing or left over, since this store began. */
  readonly driftRepaired: Scalars["Int"]["output"];
  /** Milliseconds from SQS taking in the last event to it being applied; null when none was. */
  readonly eventLagMs?: Maybe<Scalars["Int"]["output"]>;
  /** Median of that over the newest events, 500 at most, that the ingest worker which told last has applied; null when none was. */
  readonly eventLagP50Ms?: Maybe<Scalars["Int"]["output"]>;
  /** Milliseconds from the last event's own time, which ECS tells in whole seconds, to it being applied; null when none was. */
  readonly eventTimeLagMs?: Maybe<Scalars["Int"]["output"]>;
  /** Time of the newest event that was applied; null when none was. */
  readonly lastEventAt?: Maybe<Scalars["DateTime"]["output"]>;
  /** When the copy was last compared with the ECS API; null when it never was. */
  readonly lastReconciledAt?: Maybe<Scalars["DateTime"]["output"]>;
  /** Why the last comparison failed; null when it did not. */
  readonly problem?: Maybe<Scalars["String"]["output"]>;
};

/** One minute of a cluster. */
export type HistoryMinute = {
  readonly __typename?: "HistoryMinute";
  /** When it began. */
  readonly at: Scalars["DateTime"]["output"];
  /** Entities that comparisons with ECS found wrong, missing or left over. */
  readonly drift: Scalars["Int"]["output"];
  /** Longest time from SQS taking an event in to it being stored, milliseconds; null in a minute without events. */
  readonly eventLagMs?: Maybe<Scalars["Int"]["output"]>;
  /** Median of that over the newest events, 500 at most, by the end of the minute; null in a minute without events. */
  readonly eventLagP50Ms?: Maybe<Scalars["Int"]["output"]>;
  /** Of these, tasks that failed: they could not start, ended with another exit code than 0, or lost what they ran on. */
  readonly failures: Scalars["Int"]["output"];
  /** Tasks that came to RUNNING. */
  readonly starts: Scalars["Int"]["output"];
  /** Tasks that came to STOPPED. */
  readonly stops: Scalars["Int"]["output"];
  /** Tasks by status, as they were at its end. */
  readonly tasks: HistoryTasks;
};

/** Tasks by status, in one minute. */
export type HistoryTasks = {
  readonly __typename?: "HistoryTasks";
  /** On their way to RUNNING: PROVISIONING, PENDING, ACTIVATING. */
  readonly pending: Scalars["Int"]["output"];
  /** With lastStatus RUNNING. */
  readonly running: Scalars["Int"]["output"];
  /** With lastStatus STOPPED, as long as they are kept. */
  readonly stopped: Scalars["Int"]["output"];
  /** On their way to STOPPED: DEACTIVATING, STOPPING, DEPROVISIONING. */
  readonly stopping: Scalars["Int"]["output"];
};

/** Events that ingest ignored knowingly. */
export type IgnoredEvents = {
  readonly __typename?: "IgnoredEvents";
  /** How many. */
  readonly count: Scalars["Float"]["output"];
  /** What they were, such as `AWS API Call via CloudTrail`. */
  readonly kind: Scalars["String"]["output"];
};

/** A process of `longshore serve ingest`. Its counts are whole numbers, since it started. */
export type IngestWorker = {
  readonly __typename?: "IngestWorker";
  /** Observations of tasks and container instances that changed something. */
  readonly applied: Scalars["Float"]["output"];
  /** Events that went into the history of a cluster. */
  readonly clusterEvents: Scalars["Float"]["output"];
  /** Another one for each process. */
  readonly id: Scalars["ID"]["output"];
  /** Events that are nothing to Longshore, by what they were. */
  readonly ignored: ReadonlyArray<IgnoredEvents>;
  /** Receives that wait at the same time now. */
  readonly pollers: Scalars["Int"]["output"];
  /** The queue that it receives from. */
  readonly queue: Scalars["String"]["output"];
  /** Messages received, repeats included. */
  readonly received: Scalars["Float"]["output"];
  /** Milliseconds from one comparison of a cluster with the ECS API to the next. */
  readonly reconcileMs: Scalars["Float"]["output"];
  /** Messages that nobody can read. */
  readonly rejected: Scalars["Float"]["output"];
  /** When it last told of itself, which it does every few seconds. */
  readonly seenAt: Scalars["DateTime"]["output"];
  /** When it started. */
  readonly startedAt: Scalars["DateTime"]["output"];
  /** Milliseconds that storing a batch of messages takes on average; null when none was stored. */
  readonly storeMs?: Maybe<Scalars["Float"]["output"]>;
  /** Observations that were known already, late, or of something that has ended. */
  readonly unchanged: Scalars["Float"]["output"];
};

/** Numbers of container instances. */
export type InstanceCounts = {
  readonly __typename?: "InstanceCounts";
  /** With status ACTIVE. */
  readonly active: Scalars["Int"]["output"];
  /** Whose agent is not connected, INACTIVE ones left out. */
  readonly agentDisconnected: Scalars["Int"]["output"];
  /** With status DRAINING. */
  readonly draining: Scalars["Int"]["output"];
  /** All but INACTIVE ones. */
  readonly total: Scalars["Int"]["output"];
};

/** How a daemon stands on a container instance. */
export type InstanceDaemon = {
  readonly __typename?: "InstanceDaemon";
  /** Name of the daemon. */
  readonly name: Scalars["String"]["output"];
  /** Why, in words. */
  readonly reason: Scalars["String"]["output"];
  /** Since when it stands so; see Placement. */
  readonly since?: Maybe<Scalars["DateTime"]["output"]>;
  /** RUNNING, STARTING, STOPPING, WAITING, FAILED or EXCLUDED; of tasks that run once also SUCCEEDED and SKIPPED. */
  readonly state: Scalars["String"]["output"];
};

/** What can be done. With `dryRun: true` nothing is written and nothing but reads is called. */
export type Mutation = {
  readonly __typename?: "Mutation";
  /** Removes a daemon; its tasks are stopped first unless `stopTasks` is false. */
  readonly deregisterDaemon: DaemonPayload;
  /** Forgets quarantined messages for good. Skipped: unknown ones. */
  readonly discardQuarantined: QuarantinePayload;
  /** Stops all starting and stopping for this daemon. What runs goes on. */
  readonly pauseDaemon: DaemonPayload;
  /** Lets a canary go on to the whole fleet. CONFLICT when the current revision is no canary. */
  readonly promoteDaemon: DaemonPayload;
  /** Defines a daemon: one task of it runs on every matching container instance from now on. CONFLICT when the name is taken. */
  readonly registerDaemon: DaemonPayload;
  /** Has an ingest worker read quarantined messages again, within seconds. One that can be read by now leaves the quarantine; the others stay, with the reason of this time. Skipped: unknown ones, and ones too long to be kept whole. */
  readonly replayQuarantined: QuarantinePayload;
  /** Tasks that run once run again on the named container instances: a new generation each. CONFLICT while one still runs there. */
  readonly rerunDaemon: DaemonPayload;
  /** Continues from what is true by then. */
  readonly resumeDaemon: DaemonPayload;
  /** Goes back to an earlier revision, as a new one with its content. */
  readonly rollbackDaemon: DaemonPayload;
  /** Changes a daemon: whatever makes its tasks differ becomes a new revision, and tasks are replaced by the rollout's rules. */
  readonly updateDaemon: DaemonPayload;
};

/** What can be done. With `dryRun: true` nothing is written and nothing but reads is called. */
export type MutationDeregisterDaemonArgs = {
  input: DeregisterDaemonInput;
};

/** What can be done. With `dryRun: true` nothing is written and nothing but reads is called. */
export type MutationDiscardQuarantinedArgs = {
  messageIds: ReadonlyArray<Scalars["ID"]["input"]>;
};

/** What can be done. With `dryRun: true` nothing is written and nothing but reads is called. */
export type MutationPauseDaemonArgs = {
  input: DaemonInput;
};

/** What can be done. With `dryRun: true` nothing is written and nothing but reads is called. */
export type MutationPromoteDaemonArgs = {
  input: DaemonInput;
};

/** What can be done. With `dryRun: true` nothing is written and nothing but reads is called. */
export type MutationRegisterDaemonArgs = {
  dryRun?: InputMaybe<Scalars["Boolean"]["input"]>;
  input: RegisterDaemonInput;
};

/** What can be done. With `dryRun: true` nothing is written and nothing but reads is called. */
export type MutationReplayQuarantinedArgs = {
  messageIds: ReadonlyArray<Scalars["ID"]["input"]>;
};

/** What can be done. With `dryRun: true` nothing is written and nothing but reads is called. */
export type MutationRerunDaemonArgs = {
  input: RerunDaemonInput;
};

/** What can be done. With `dryRun: true` nothing is written and nothing but reads is called. */
export type MutationResumeDaemonArgs = {
  input: DaemonInput;
};

/** What can be done. With `dryRun: true` nothing is written and nothing but reads is called. */
export type MutationRollbackDaemonArgs = {
  input: RollbackDaemonInput;
};

/** What can be done. With `dryRun: true` nothing is written and nothing but reads is called. */
export type MutationUpdateDaemonArgs = {
  dryRun?: InputMaybe<Scalars["Boolean"]["input"]>;
  input: UpdateDaemonInput;
};

/** A port, or a range of ports, published on the container instance. */
export type NetworkBinding = {
  readonly __typename?: "NetworkBinding";
  /** Address that it is bound to. */
  readonly bindIP?: Maybe<Scalars["String"]["output"]>;
  /** Port in the container. */
  readonly containerPort?: Maybe<Scalars["Int"]["output"]>;
  /** Range in the container, such as `8000-8010`. */
  readonly containerPortRange?: Maybe<Scalars["String"]["output"]>;
  /** Port on the container instance. */
  readonly hostPort?: Maybe<Scalars["Int"]["output"]>;
  /** Range on the container instance. */
  readonly hostPortRange?: Maybe<Scalars["String"]["output"]>;
  /** tcp or udp. */
  readonly protocol: Scalars["String"]["output"];
};

/** Where a page ends. */
export type PageInfo = {
  readonly __typename?: "PageInfo";
  /** Pass it as `after` to get the next page; null on an empty page. */
  readonly endCursor?: Maybe<Scalars["String"]["output"]>;
  /** Whether there is another page. */
  readonly hasNextPage: Scalars["Boolean"]["output"];
};

/** How a daemon stands on one container instance. */
export type Placement = {
  readonly __typename?: "Placement";
  /** Starts in a row that failed or were refused for want of room, the present one included. */
  readonly attempts: Scalars["Int"]["output"];
  /** The container instance. */
  readonly containerInstance: ContainerInstanceRef;
  /** When a task that runs once had its outcome; null before. */
  readonly endedAt?: Maybe<Scalars["DateTime"]["output"]>;
  /** Exit code of the last task that ended; null when none did. */
  readonly exitCode?: Maybe<Scalars["Int"]["output"]>;
  /** Of a task that runs once: which run, from 1; `rerunDaemon` makes the next. Null for mode ALWAYS. */
  readonly generation?: Maybe<Scalars["Int"]["output"]>;
  /** Not tried again before this; null when nothing waits for a time. */
  readonly nextAttemptAt?: Maybe<Scalars["DateTime"]["output"]>;
  /** Why, in words. */
  readonly reason: Scalars["String"]["output"];
  /**
   * Since when it has this state: RUNNING, STARTING and STOPPING by the task's own times; FAILED, the first of the failures
   * in a row was asked for; SUCCEEDED and SKIPPED, it ended; WAITING and EXCLUDED by what it waits for, such as the agent.
   * Null where nothing tells.
   */
  readonly since?: Maybe<Scalars["DateTime"]["output"]>;
  /** RUNNING, STARTING, STOPPING, WAITING, FAILED or EXCLUDED; of tasks that run once also SUCCEEDED and SKIPPED. */
  readonly state: Scalars["String"]["output"];
  /** Its task; null when there is none. */
  readonly task?: Maybe<TaskRef>;
  /** Whether its task is of the current revision; false when there is none. */
  readonly updated: Scalars["Boolean"]["output"];
};

/** A page of placements, in a fixed order: by cluster, then by id. Each is visited once even while the fleet changes. */
export type PlacementConnection = {
  readonly __typename?: "PlacementConnection";
  /** The point in the change log that this page was read at: a subscription takes it as `after` and misses nothing. */
  readonly changeCursor: Scalars["String"]["output"];
  /** The same, each with the cursor to continue after it. */
  readonly edges: ReadonlyArray<PlacementEdge>;
  /** The placements of this page. */
  readonly nodes: ReadonlyArray<Placement>;
  /** Whether there is more, and where it goes on. */
  readonly pageInfo: PageInfo;
  /** How many match, on all pages together. */
  readonly totalCount: Scalars["Int"]["output"];
};

/** One of a page, with its place. */
export type PlacementEdge = {
  readonly __typename?: "PlacementEdge";
  /** Pass it as `after` to continue behind this one. */
  readonly cursor: Scalars["String"]["output"];
  /** The placement itself. */
  readonly node: Placement;
};

/** What the scheduler is about to do for a daemon. */
export type Plan = {
  readonly __typename?: "Plan";
  /** StartTask, RunTask and StopTask calls that these waves take. */
  readonly apiCalls: Scalars["Int"]["output"];
  /** Tasks that stay, by ARN. */
  readonly keep: ReadonlyArray<Scalars["ID"]["output"]>;
  /** Container instances that get none, and why. */
  readonly skip: ReadonlyArray<Skip>;
  /** Container instances that get a task, by ARN. */
  readonly start: ReadonlyArray<Scalars["ID"]["output"]>;
  /** Tasks that are stopped, by ARN. */
  readonly stop: ReadonlyArray<Scalars["ID"]["output"]>;
  /** Which wave is under way, or comes next, from 1; null when nothing is left to change. Those that are over are counted by what is in place, at the size that a wave may have. */
  readonly wave?: Maybe<Scalars["Int"]["output"]>;
  /** How many waves it takes in all, those that are over included; 0 when nothing is left to change. */
  readonly waveCount: Scalars["Int"]["output"];
  /** How it goes on from here, if nothing fails: each wave begins when the one before is healthy. A hundred at the most. */
  readonly waves: ReadonlyArray<Wave>;
};

/** Messages that nobody could read, bounded by number and size: the oldest make room. */
export type Quarantine = {
  readonly __typename?: "Quarantine";
  /** The newest, newest first. */
  readonly nodes: ReadonlyArray<QuarantinedMessage>;
  /** How many there are. */
  readonly totalCount: Scalars["Int"]["output"];
};

/** What became of quarantined messages. */
export type QuarantinePayload = {
  readonly __typename?: "QuarantinePayload";
  /** Those that it was done to, or will be. */
  readonly messageIds: ReadonlyArray<Scalars["ID"]["output"]>;
  /** Those that were passed over. */
  readonly skipped: ReadonlyArray<Scalars["ID"]["output"]>;
};

/** A message that nobody could read. */
export type QuarantinedMessage = {
  readonly __typename?: "QuarantinedMessage";
  /** When it came. */
  readonly at: Scalars["DateTime"]["output"];
  /** The message as it came, or the beginning of a huge one. FORBIDDEN without the right to change things: it may carry secrets. */
  readonly body?: Maybe<Scalars["String"]["output"]>;
  /** SQS's id of the message. */
  readonly messageId: Scalars["ID"]["output"];
  /** Why it could not be read. */
  readonly reason: Scalars["String"]["output"];
  /** Whether all of it is kept, so that it can be read again. */
  readonly replayable: Scalars["Boolean"]["output"];
  /** When it was last read again in vain; null when it was not. */
  readonly replayedAt?: Maybe<Scalars["DateTime"]["output"]>;
};

/** What can be asked. Every answer comes from memory, at one consistent position of each cluster's change log. */
export type Query = {
  readonly __typename?: "Query";
  /** One cluster, null when it is not known. */
  readonly cluster?: Maybe<Cluster>;
  /** All clusters that are tracked, by ARN. */
  readonly clusters: ClusterConnection;
  /** One container instance by its full ARN, null when it is not known. */
  readonly containerInstance?: Maybe<ContainerInstance>;
  /** Container instances, INACTIVE ones included until their retention ends. */
  readonly containerInstances: ContainerInstanceConnection;
  /** One daemon by cluster and name, null when there is none. */
  readonly daemon?: Maybe<Daemon>;
  /** Daemons of one cluster, or of all. */
  readonly daemons: DaemonConnection;
  /** Where containers can be reached: host and port of every running container that listens. */
  readonly endpoints: EndpointConnection;
  /** The ingest workers that were seen within the last hour. */
  readonly ingestWorkers: ReadonlyArray<IngestWorker>;
  /** Messages that nobody could read, newest first; `first` is 100 by default and 1000 at most. With a dead-letter queue they are there instead. */
  readonly quarantine: Quarantine;
  /** The queues that ingest workers receive from, as they last saw them. */
  readonly queues: ReadonlyArray<Queue>;
  /** Why this API process cannot follow its store now, so that what it answers may be of an earlier time; null while it can. */
  readonly storeProblem?: Maybe<Scalars["String"]["output"]>;
  /** One task by its full ARN, null when it is not known. */
  readonly task?: Maybe<Task>;
  /** Tasks, STOPPED ones included until their retention ends. */
  readonly tasks: TaskConnection;
  /** Who asks: what the token that came with the request may do. */
  readonly viewer: Viewer;
};

/** What can be asked. Every answer comes from memory, at one consistent position of each cluster's change log. */
export type QueryClusterArgs = {
  cluster: Scalars["String"]["input"];
};

/** What can be asked. Every answer comes from memory, at one consistent position of each cluster's change log. */
export type QueryClustersArgs = {
  after?: InputMaybe<Scalars["String"]["input"]>;
  first?: InputMaybe<Scalars["Int"]["input"]>;
};

/** What can be asked. Every answer comes from memory, at one consistent position of each cluster's change log. */
export type QueryContainerInstanceArgs = {
  arn: Scalars["ID"]["input"];
};

/** What can be asked. Every answer comes from memory, at one consistent position of each cluster's change log. */
export type QueryContainerInstancesArgs = {
  after?: InputMaybe<Scalars["String"]["input"]>;
  filter?: InputMaybe<ContainerInstanceFilter>;
  first?: InputMaybe<Scalars["Int"]["input"]>;
};

/** What can be asked. Every answer comes from memory, at one consistent position of each cluster's change log. */
export type QueryDaemonArgs = {
  cluster: Scalars["String"]["input"];
  name: Scalars["String"]["input"];
};

/** What can be asked. Every answer comes from memory, at one consistent position of each cluster's change log. */
export type QueryDaemonsArgs = {
  after?: InputMaybe<Scalars["String"]["input"]>;
  cluster?: InputMaybe<Scalars["String"]["input"]>;
  first?: InputMaybe<Scalars["Int"]["input"]>;
};

/** What can be asked. Every answer comes from memory, at one consistent position of each cluster's change log. */
export type QueryEndpointsArgs = {
  after?: InputMaybe<Scalars["String"]["input"]>;
  filter?: InputMaybe<EndpointFilter>;
  first?: InputMaybe<Scalars["Int"]["input"]>;
};

/** What can be asked. Every answer comes from memory, at one consistent position of each cluster's change log. */
export type QueryQuarantineArgs = {
  first?: InputMaybe<Scalars["Int"]["input"]>;
};

/** What can be asked. Every answer comes from memory, at one consistent position of each cluster's change log. */
export type QueryTaskArgs = {
  arn: Scalars["ID"]["input"];
};

/** What can be asked. Every answer comes from memory, at one consistent position of each cluster's change log. */
export type QueryTasksArgs = {
  after?: InputMaybe<Scalars["String"]["input"]>;
  filter?: InputMaybe<TaskFilter>;
  first?: InputMaybe<Scalars["Int"]["input"]>;
};

/** An SQS queue, as some ingest worker last saw it. */
export type Queue = {
  readonly __typename?: "Queue";
  /** Messages that SQS itself holds back for a while. */
  readonly delayed: Scalars["Int"]["output"];
  /** Messages that a worker has in hand. */
  readonly inFlight: Scalars["Int"]["output"];
  /** Name or URL, as it was configured. */
  readonly name: Scalars["String"]["output"];
  /** Milliseconds that the oldest message had waited, as far as receives tell: SQS itself does not say. 0 for an empty queue. */
  readonly oldestMessageAgeMs: Scalars["Float"]["output"];
  /** When this was seen. */
  readonly seenAt: Scalars["DateTime"]["output"];
  /** Messages that wait to be received. */
  readonly visible: Scalars["Int"]["output"];
};

/** A new daemon. */
export type RegisterDaemonInput = {
  /** Cluster, by name or ARN. */
  readonly cluster: Scalars["String"]["input"];
  /** On a draining container instance daemons of a lower number stop first, equal ones together. -1000 to 1000. */
  readonly drainOrder?: InputMaybe<Scalars["Int"]["input"]>;
  /** How tasks are started. */
  readonly launch?: InputMaybe<DaemonLaunch>;
  /** What runs when. */
  readonly mode?: InputMaybe<DaemonMode>;
  /** 1 to 64 letters, digits, `-`, `_` or `.`, beginning with a letter or digit. */
  readonly name: Scalars["String"]["input"];
  /** Network configuration, as ECS takes it: awsvpc task definitions need one. */
  readonly networkConfiguration?: InputMaybe<Scalars["JSON"]["input"]>;
  /** Task overrides, as ECS takes them. 8192 characters at most. */
  readonly overrides?: InputMaybe<Scalars["JSON"]["input"]>;
  /** Register it without starting anything. */
  readonly paused?: InputMaybe<Scalars["Boolean"]["input"]>;
  /** Custom attribute to set on container instances whose daemons are all healthy, for placement constraints of services. */
  readonly readinessAttribute?: InputMaybe<Scalars["String"]["input"]>;
  /** How changes reach the tasks. */
  readonly rollout?: InputMaybe<RolloutInput>;
  /** Cluster query language; left out or empty, every container instance. */
  readonly selector?: InputMaybe<Scalars["String"]["input"]>;
  /** Tags for every task, 50 at most. */
  readonly tags?: InputMaybe<ReadonlyArray<TagInput>>;
  /** Family, `family:revision` or ARN. */
  readonly taskDefinition: Scalars["String"]["input"];
};

/** Where tasks that run once are to run again. */
export type RerunDaemonInput = {
  /** Cluster, by name or ARN. */
  readonly cluster: Scalars["String"]["input"];
  /** Container instances, by ARN or id. */
  readonly containerInstances: ReadonlyArray<Scalars["ID"]["input"]>;
  /** Name of the daemon. */
  readonly name: Scalars["String"]["input"];
};

/** A resource of a container instance. */
export type Resource = {
  readonly __typename?: "Resource";
  /** CPU (units, 1024 a core), MEMORY (MiB), PORTS, PORTS_UDP, GPU. */
  readonly name: Scalars["String"]["output"];
  /** INTEGER, LONG, DOUBLE or STRINGSET. */
  readonly type: Scalars["String"]["output"];
  /** A number, or for a STRINGSET its members joined by commas: the ports in use. */
  readonly value: Scalars["String"]["output"];
};

/** Where to go back to. */
export type RollbackDaemonInput = {
  /** Cluster, by name or ARN. */
  readonly cluster: Scalars["String"]["input"];
  /** Name of the daemon. */
  readonly name: Scalars["String"]["input"];
  /** Revision to go back to; when left out, the newest one before the current one that differs from it and was not taken back. */
  readonly toRevision?: InputMaybe<Scalars["Int"]["input"]>;
};

/** How a new revision reaches the tasks. Percentages are of the container instances that should and can have a task. */
export type Rollout = {
  readonly __typename?: "Rollout";
  /** Whether a revision that fails is taken back by itself. */
  readonly autoRollback: Scalars["Boolean"]["output"];
  /** Get a new revision before it is promoted; 0 for no canary. */
  readonly canaryPercent: Scalars["Int"]["output"];
  /** Have two tasks for a while, with REPLACE_THEN_TERMINATE. */
  readonly maxOverPercent: Scalars["Int"]["output"];
  /** Order of stop and start. */
  readonly method: RolloutMethod;
  /** Keep a healthy task while others are replaced. */
  readonly minHealthyPercent: Scalars["Int"]["output"];
};

/** How a change of a daemon reaches its tasks. What is left out stays; a new daemon takes the defaults. */
export type RolloutInput = {
  /** Whether a revision that fails on most container instances that got it is taken back by itself; false by default. */
  readonly autoRollback?: InputMaybe<Scalars["Boolean"]["input"]>;
  /** Share of the container instances, in percent, that get a new revision before `promoteDaemon`. 0 to 100, 0 by default: no canary. */
  readonly canaryPercent?: InputMaybe<Scalars["Int"]["input"]>;
  /** Share of the container instances, in percent, that may have two tasks for a while. 1 to 100 with REPLACE_THEN_TERMINATE, 10 by default; one at least. */
  readonly maxOverPercent?: InputMaybe<Scalars["Int"]["input"]>;
  /** Order of stop and start; TERMINATE_THEN_REPLACE by default. */
  readonly method?: InputMaybe<RolloutMethod>;
  /** Share of the container instances, in percent, that keep a healthy task while others are replaced. 0 to 100, 90 by default; one at least is replaced at a time. */
  readonly minHealthyPercent?: InputMaybe<Scalars["Int"]["input"]>;
};

/** In which order a task is replaced by its next revision. */
export type RolloutMethod =
  /** The new task starts beside the old one, which stops when the new one is healthy. Where both do not fit (a fixed host port), the old one goes first if minHealthyPercent allows. */
  | "REPLACE_THEN_TERMINATE"
  /** The old task stops, then the new one starts. */
  | "TERMINATE_THEN_REPLACE";

/** One rule of an explanation. */
export type Rule = {
  readonly __typename?: "Rule";
  /** What was found. */
  readonly detail: Scalars["String"]["output"];
  /** Whether it holds. */
  readonly ok: Scalars["Boolean"]["output"];
  /** Name of the rule. */
  readonly rule: Scalars["String"]["output"];
};

/** A container instance that gets no task now. */
export type Skip = {
  readonly __typename?: "Skip";
  /** Amazon resource name. */
  readonly containerInstance: Scalars["ID"]["output"];
  /** Why, in words. */
  readonly reason: Scalars["String"]["output"];
};

/**
 * What can be followed, over WebSocket. `snapshot: true` sends what matches now as ADDED, then one SYNCED, then changes;
 * without it only changes come. `after` continues from a cursor, with no gap and no repeat, on whichever replica; one that
 * is too old is the error CURSOR_EXPIRED, as is a gap that opens later: subscribe again with a snapshot.
 *
 * MODIFIED is sent when a field differs that the subscription selects of the entity itself or that its filter looks at.
 * What is behind it (`containerInstance { .. }` of a task, `tasks` of an instance) is read when a change is sent, and its
 * own changes are told by its own subscription.
 *
 * `heartbeatSeconds` (1 to 86400) asks for a SYNCED with the cursor of by then whenever nothing was sent for so long and
 * the log moved on: whoever waits for a rare match keeps a cursor that does not expire. Without it there is one SYNCED, of
 * the snapshot, at most.
 */
export type Subscription = {
  readonly __typename?: "Subscription";
  /**
   * Clusters: a new one is ADDED; MODIFIED when its counts change, ten times a second at most; REMOVED when ECS has it no
   * more, as are then all entities in it by their own subscriptions.
   */
  readonly clusterChanges: ClusterChange;
  /** Changes of container instances. One that stops matching the filter is REMOVED, one that starts to is ADDED. */
  readonly containerInstanceChanges: ContainerInstanceChange;
  /**
   * A daemon's definition and status, as they change: the newest state, ten times a second at most. After a resumption
   * each daemon that was touched meanwhile comes once, as it is by then.
   */
  readonly daemonChanges: DaemonChange;
  /** Endpoints as they come and go. An endpoint leaves when its task starts to stop. */
  readonly endpointChanges: EndpointChange;
  /** Changes of tasks. One that stops matching the filter is REMOVED, one that starts to is ADDED. */
  readonly taskChanges: TaskChange;
};

/**
 * What can be followed, over WebSocket. `snapshot: true` sends what matches now as ADDED, then one SYNCED, then changes;
 * without it only changes come. `after` continues from a cursor, with no gap and no repeat, on whichever replica; one that
 * is too old is the error CURSOR_EXPIRED, as is a gap that opens later: subscribe again with a snapshot.
 *
 * MODIFIED is sent when a field differs that the subscription selects of the entity itself or that its filter looks at.
 * What is behind it (`containerInstance { .. }` of a task, `tasks` of an instance) is read when a change is sent, and its
 * own changes are told by its own subscription.
 *
 * `heartbeatSeconds` (1 to 86400) asks for a SYNCED with the cursor of by then whenever nothing was sent for so long and
 * the log moved on: whoever waits for a rare match keeps a cursor that does not expire. Without it there is one SYNCED, of
 * the snapshot, at most.
 */
export type SubscriptionClusterChangesArgs = {
  after?: InputMaybe<Scalars["String"]["input"]>;
  heartbeatSeconds?: InputMaybe<Scalars["Int"]["input"]>;
  snapshot?: InputMaybe<Scalars["Boolean"]["input"]>;
};

/**
 * What can be followed, over WebSocket. `snapshot: true` sends what matches now as ADDED, then one SYNCED, then changes;
 * without it only changes come. `after` continues from a cursor, with no gap and no repeat, on whichever replica; one that
 * is too old is the error CURSOR_EXPIRED, as is a gap that opens later: subscribe again with a snapshot.
 *
 * MODIFIED is sent when a field differs that the subscription selects of the entity itself or that its filter looks at.
 * What is behind it (`containerInstance { .. }` of a task, `tasks` of an instance) is read when a change is sent, and its
 * own changes are told by its own subscription.
 *
 * `heartbeatSeconds` (1 to 86400) asks for a SYNCED with the cursor of by then whenever nothing was sent for so long and
 * the log moved on: whoever waits for a rare match keeps a cursor that does not expire. Without it there is one SYNCED, of
 * the snapshot, at most.
 */
export type SubscriptionContainerInstanceChangesArgs = {
  after?: InputMaybe<Scalars["String"]["input"]>;
  filter?: InputMaybe<ContainerInstanceFilter>;
  heartbeatSeconds?: InputMaybe<Scalars["Int"]["input"]>;
  snapshot?: InputMaybe<Scalars["Boolean"]["input"]>;
};

/**
 * What can be followed, over WebSocket. `snapshot: true` sends what matches now as ADDED, then one SYNCED, then changes;
 * without it only changes come. `after` continues from a cursor, with no gap and no repeat, on whichever replica; one that
 * is too old is the error CURSOR_EXPIRED, as is a gap that opens later: subscribe again with a snapshot.
 *
 * MODIFIED is sent when a field differs that the subscription selects of the entity itself or that its filter looks at.
 * What is behind it (`containerInstance { .. }` of a task, `tasks` of an instance) is read when a change is sent, and its
 * own changes are told by its own subscription.
 *
 * `heartbeatSeconds` (1 to 86400) asks for a SYNCED with the cursor of by then whenever nothing was sent for so long and
 * the log moved on: whoever waits for a rare match keeps a cursor that does not expire. Without it there is one SYNCED, of
 * the snapshot, at most.
 */
export type SubscriptionDaemonChangesArgs = {
  after?: InputMaybe<Scalars["String"]["input"]>;
  cluster?: InputMaybe<Scalars["String"]["input"]>;
  heartbeatSeconds?: InputMaybe<Scalars["Int"]["input"]>;
  name?: InputMaybe<Scalars["String"]["input"]>;
  snapshot?: InputMaybe<Scalars["Boolean"]["input"]>;
};

/**
 * What can be followed, over WebSocket. `snapshot: true` sends what matches now as ADDED, then one SYNCED, then changes;
 * without it only changes come. `after` continues from a cursor, with no gap and no repeat, on whichever replica; one that
 * is too old is the error CURSOR_EXPIRED, as is a gap that opens later: subscribe again with a snapshot.
 *
 * MODIFIED is sent when a field differs that the subscription selects of the entity itself or that its filter looks at.
 * What is behind it (`containerInstance { .. }` of a task, `tasks` of an instance) is read when a change is sent, and its
 * own changes are told by its own subscription.
 *
 * `heartbeatSeconds` (1 to 86400) asks for a SYNCED with the cursor of by then whenever nothing was sent for so long and
 * the log moved on: whoever waits for a rare match keeps a cursor that does not expire. Without it there is one SYNCED, of
 * the snapshot, at most.
 */
export type SubscriptionEndpointChangesArgs = {
  after?: InputMaybe<Scalars["String"]["input"]>;
  filter?: InputMaybe<EndpointFilter>;
  heartbeatSeconds?: InputMaybe<Scalars["Int"]["input"]>;
  snapshot?: InputMaybe<Scalars["Boolean"]["input"]>;
};

/**
 * What can be followed, over WebSocket. `snapshot: true` sends what matches now as ADDED, then one SYNCED, then changes;
 * without it only changes come. `after` continues from a cursor, with no gap and no repeat, on whichever replica; one that
 * is too old is the error CURSOR_EXPIRED, as is a gap that opens later: subscribe again with a snapshot.
 *
 * MODIFIED is sent when a field differs that the subscription selects of the entity itself or that its filter looks at.
 * What is behind it (`containerInstance { .. }` of a task, `tasks` of an instance) is read when a change is sent, and its
 * own changes are told by its own subscription.
 *
 * `heartbeatSeconds` (1 to 86400) asks for a SYNCED with the cursor of by then whenever nothing was sent for so long and
 * the log moved on: whoever waits for a rare match keeps a cursor that does not expire. Without it there is one SYNCED, of
 * the snapshot, at most.
 */
export type SubscriptionTaskChangesArgs = {
  after?: InputMaybe<Scalars["String"]["input"]>;
  filter?: InputMaybe<TaskFilter>;
  heartbeatSeconds?: InputMaybe<Scalars["Int"]["input"]>;
  snapshot?: InputMaybe<Scalars["Boolean"]["input"]>;
};

/** A tag. */
export type Tag = {
  readonly __typename?: "Tag";
  /** Key. */
  readonly key: Scalars["String"]["output"];
  /** Value; may be empty. */
  readonly value: Scalars["String"]["output"];
};

/** A tag to put on every task. */
export type TagInput = {
  /** Key, 1 to 128 characters. */
  readonly key: Scalars["String"]["input"];
  /** Value, up to 256 characters. */
  readonly value: Scalars["String"]["input"];
};

/** A task: the running copy of a task definition. */
export type Task = {
  readonly __typename?: "Task";
  /** Amazon resource name. */
  readonly arn: Scalars["ID"]["output"];
  /** Availability zone. */
  readonly availabilityZone?: Maybe<Scalars["String"]["output"]>;
  /** Capacity provider that it was started through. */
  readonly capacityProvider?: Maybe<Scalars["String"]["output"]>;
  /** The cluster that it runs in. */
  readonly cluster: ClusterRef;
  /** The same as an object; null on Fargate and when the instance is not known. */
  readonly containerInstance?: Maybe<ContainerInstance>;
  /** The container instance it is placed on; null on Fargate. */
  readonly containerInstanceArn?: Maybe<Scalars["ID"]["output"]>;
  /** Its containers. */
  readonly containers: ReadonlyArray<Container>;
  /** CPU units of the task, as text. */
  readonly cpu?: Maybe<Scalars["String"]["output"]>;
  /** When ECS accepted it. */
  readonly createdAt?: Maybe<Scalars["DateTime"]["output"]>;
  /** The daemon that started it; null when none did. */
  readonly daemon?: Maybe<DaemonRef>;
  /** Where ECS wants it: RUNNING or STOPPED. */
  readonly desiredStatus: Scalars["DesiredStatus"]["output"];
  /** Where it can be reached while it runs. */
  readonly endpoints: ReadonlyArray<Endpoint>;
  /** Family of the task definition. */
  readonly family: Scalars["String"]["output"];
  /** `service:<name>`, `family:<family>` or free text. */
  readonly group?: Maybe<Scalars["String"]["output"]>;
  /** HEALTHY, UNHEALTHY or UNKNOWN. Events do not carry it: it is as old as the last comparison with the API. */
  readonly healthStatus?: Maybe<Scalars["HealthStatus"]["output"]>;
  /** Last segment of the ARN. */
  readonly id: Scalars["ID"]["output"];
  /** Where it is in its life. */
  readonly lastStatus: Scalars["TaskStatus"]["output"];
  /** EC2, FARGATE, EXTERNAL or MANAGED_INSTANCES. */
  readonly launchType?: Maybe<Scalars["LaunchType"]["output"]>;
  /** Memory of the task in MiB, as text. */
  readonly memory?: Maybe<Scalars["String"]["output"]>;
  /** When it was RUNNING first. */
  readonly startedAt?: Maybe<Scalars["DateTime"]["output"]>;
  /** Who started it, in their words. */
  readonly startedBy?: Maybe<Scalars["String"]["output"]>;
  /** TaskFailedToStart, EssentialContainerExited, UserInitiated, ... */
  readonly stopCode?: Maybe<Scalars["String"]["output"]>;
  /** When it had stopped. */
  readonly stoppedAt?: Maybe<Scalars["DateTime"]["output"]>;
  /** Why it stopped or is stopping, in ECS's words. */
  readonly stoppedReason?: Maybe<Scalars["String"]["output"]>;
  /** When it began to stop. */
  readonly stoppingAt?: Maybe<Scalars["DateTime"]["output"]>;
  /** Its tags, from the API. */
  readonly tags: ReadonlyArray<Tag>;
  /** ARN of the task definition. */
  readonly taskDefinitionArn: Scalars["ID"]["output"];
  /** Each status with the first time that it was known to have it, oldest first. */
  readonly timeline: ReadonlyArray<TimelineEntry>;
  /** ECS's version of this state: a 64-bit decimal that grows with each change. */
  readonly version: Scalars["String"]["output"];
};

/** A change of a task. */
export type TaskChange = {
  readonly __typename?: "TaskChange";
  /**
   * The fields of the entity that differ from before, as paths: `lastStatus`, `containers.exitCode`. In the schema's order,
   * selected or not; a list that grew or shrank is named itself. Empty when it is new or gone, and with SYNCED.
   */
  readonly changed: ReadonlyArray<Scalars["String"]["output"]>;
  /** The point just behind this change: `after` continues from it. */
  readonly cursor: Scalars["String"]["output"];
  /** As it is after the change, or was before it went; null with SYNCED. */
  readonly task?: Maybe<Task>;
  /** What happened. */
  readonly type: ChangeType;
};

/** A page of tasks, in a fixed order: by cluster, then by id. Each is visited once even while the fleet changes. */
export type TaskConnection = {
  readonly __typename?: "TaskConnection";
  /** The point in the change log that this page was read at: a subscription takes it as `after` and misses nothing. */
  readonly changeCursor: Scalars["String"]["output"];
  /** The same, each with the cursor to continue after it. */
  readonly edges: ReadonlyArray<TaskEdge>;
  /** The tasks of this page. */
  readonly nodes: ReadonlyArray<Task>;
  /** Whether there is more, and where it goes on. */
  readonly pageInfo: PageInfo;
  /** How many match, on all pages together. */
  readonly totalCount: Scalars["Int"]["output"];
};

/** Numbers of tasks. */
export type TaskCounts = {
  readonly __typename?: "TaskCounts";
  /** On their way to RUNNING: PROVISIONING, PENDING, ACTIVATING. */
  readonly pending: Scalars["Int"]["output"];
  /** With lastStatus RUNNING. */
  readonly running: Scalars["Int"]["output"];
  /** With lastStatus STOPPED. */
  readonly stopped: Scalars["Int"]["output"];
  /** All that are kept, stopped ones included. */
  readonly total: Scalars["Int"]["output"];
};

/** One of a page, with its place. */
export type TaskEdge = {
  readonly __typename?: "TaskEdge";
  /** Pass it as `after` to continue behind this one. */
  readonly cursor: Scalars["String"]["output"];
  /** The task itself. */
  readonly node: Task;
};

/** Which tasks. What is left out does not restrict. */
export type TaskFilter = {
  /** Cluster, by name or ARN. */
  readonly cluster?: InputMaybe<Scalars["String"]["input"]>;
  /** Container instance, by ARN or id. */
  readonly containerInstance?: InputMaybe<Scalars["String"]["input"]>;
  /** Name of the daemon that started it. */
  readonly daemon?: InputMaybe<Scalars["String"]["input"]>;
  /** RUNNING or STOPPED. */
  readonly desiredStatus?: InputMaybe<Scalars["DesiredStatus"]["input"]>;
  /** Family of the task definition. */
  readonly family?: InputMaybe<Scalars["String"]["input"]>;
  /** Group, exactly. */
  readonly group?: InputMaybe<Scalars["String"]["input"]>;
  /** HEALTHY, UNHEALTHY or UNKNOWN. */
  readonly healthStatus?: InputMaybe<Scalars["HealthStatus"]["input"]>;
  /** Any of these. */
  readonly lastStatus?: InputMaybe<ReadonlyArray<Scalars["TaskStatus"]["input"]>>;
  /** EC2, FARGATE, EXTERNAL or MANAGED_INSTANCES. */
  readonly launchType?: InputMaybe<Scalars["LaunchType"]["input"]>;
  /** Who started it, exactly. */
  readonly startedBy?: InputMaybe<Scalars["String"]["input"]>;
};

/** The task that something belongs to. */
export type TaskRef = {
  readonly __typename?: "TaskRef";
  /** Amazon resource name. */
  readonly arn: Scalars["ID"]["output"];
};

/** A step in a task's life. */
export type TimelineEntry = {
  readonly __typename?: "TimelineEntry";
  /** Since when. */
  readonly at: Scalars["DateTime"]["output"];
  /** The status. */
  readonly lastStatus: Scalars["TaskStatus"]["output"];
};

/** A change of a daemon. What is left out stays as it is. */
export type UpdateDaemonInput = {
  /** Cluster, by name or ARN. */
  readonly cluster: Scalars["String"]["input"];
  /** On a draining container instance daemons of a lower number stop first. */
  readonly drainOrder?: InputMaybe<Scalars["Int"]["input"]>;
  /** The revision that this change is based on; CONFLICT when the daemon has another one by now. */
  readonly expectedRevision?: InputMaybe<Scalars["Int"]["input"]>;
  /** How tasks are started from now on. */
  readonly launch?: InputMaybe<DaemonLaunch>;
  /** The mode that it has: another one is refused. */
  readonly mode?: InputMaybe<DaemonMode>;
  /** Name of the daemon. */
  readonly name: Scalars["String"]["input"];
  /** Network configuration, as ECS takes it. */
  readonly networkConfiguration?: InputMaybe<Scalars["JSON"]["input"]>;
  /** Task overrides, as ECS takes them. */
  readonly overrides?: InputMaybe<Scalars["JSON"]["input"]>;
  /** Whether starting and stopping is on hold. */
  readonly paused?: InputMaybe<Scalars["Boolean"]["input"]>;
  /** Custom attribute to set on container instances whose daemons are all healthy; empty for none. */
  readonly readinessAttribute?: InputMaybe<Scalars["String"]["input"]>;
  /** How changes reach the tasks. */
  readonly rollout?: InputMaybe<RolloutInput>;
  /** Cluster query language; empty selects every container instance. */
  readonly selector?: InputMaybe<Scalars["String"]["input"]>;
  /** Tags for every task. */
  readonly tags?: InputMaybe<ReadonlyArray<TagInput>>;
  /** Family, `family:revision` or ARN. */
  readonly taskDefinition?: InputMaybe<Scalars["String"]["input"]>;
};

/** Whoever sent the request, as far as it matters to what may be done. */
export type Viewer = {
  readonly __typename?: "Viewer";
  /** Whether mutations are let through. Where no token is asked for, they always are. */
  readonly mayChange: Scalars["Boolean"]["output"];
};

/** Container instances that change together. */
export type Wave = {
  readonly __typename?: "Wave";
  /** Container instances whose task is replaced, by ARN. */
  readonly replace: ReadonlyArray<Scalars["ID"]["output"]>;
  /** Container instances that get their first task, by ARN. */
  readonly start: ReadonlyArray<Scalars["ID"]["output"]>;
  /** Container instances that lose a task, by ARN. */
  readonly stop: ReadonlyArray<Scalars["ID"]["output"]>;
};

export type ResolverTypeWrapper<T> = Promise<T> | T;

export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<
  TResult,
  TParent = Record<PropertyKey, never>,
  TContext = Record<PropertyKey, never>,
  TArgs = Record<PropertyKey, never>,
> =
  | ResolverFn<TResult, TParent, TContext, TArgs>
  | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo,
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo,
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo,
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<
  TResult,
  TKey extends string,
  TParent,
  TContext,
  TArgs,
> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<
  TResult,
  TKey extends string,
  TParent = Record<PropertyKey, never>,
  TContext = Record<PropertyKey, never>,
  TArgs = Record<PropertyKey, never>,
> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<
  TTypes,
  TParent = Record<PropertyKey, never>,
  TContext = Record<PropertyKey, never>,
> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo,
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<
  T = Record<PropertyKey, never>,
  TContext = Record<PropertyKey, never>,
> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<
  TResult = Record<PropertyKey, never>,
  TParent = Record<PropertyKey, never>,
  TContext = Record<PropertyKey, never>,
  TArgs = Record<PropertyKey, never>,
> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo,
) => TResult | Promise<TResult>;

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Attribute: ResolverTypeWrapper<Attribute>;
  Boolean: ResolverTypeWrapper<Scalars["Boolean"]["output"]>;
  ChangeType: ChangeType;
  Cluster: ResolverTypeWrapper<ClusterSource>;
  ClusterChange: ResolverTypeWrapper<
    Omit<ClusterChange, "cluster"> & { cluster?: Maybe<ResolversTypes["Cluster"]> }
  >;
  ClusterConnection: ResolverTypeWrapper<
    Omit<ClusterConnection, "edges" | "nodes"> & {
      edges: ReadonlyArray<ResolversTypes["ClusterEdge"]>;
      nodes: ReadonlyArray<ResolversTypes["Cluster"]>;
    }
  >;
  ClusterEdge: ResolverTypeWrapper<Omit<ClusterEdge, "node"> & { node: ResolversTypes["Cluster"] }>;
  ClusterEvent: ResolverTypeWrapper<ClusterEvent>;
  ClusterRef: ResolverTypeWrapper<ClusterRefSource>;
  Container: ResolverTypeWrapper<Container>;
  ContainerInstance: ResolverTypeWrapper<ContainerInstanceSource>;
  ContainerInstanceChange: ResolverTypeWrapper<
    Omit<ContainerInstanceChange, "containerInstance"> & {
      containerInstance?: Maybe<ResolversTypes["ContainerInstance"]>;
    }
  >;
  ContainerInstanceConnection: ResolverTypeWrapper<
    Omit<ContainerInstanceConnection, "edges" | "nodes"> & {
      edges: ReadonlyArray<ResolversTypes["ContainerInstanceEdge"]>;
      nodes: ReadonlyArray<ResolversTypes["ContainerInstance"]>;
    }
  >;
  ContainerInstanceEdge: ResolverTypeWrapper<
    Omit<ContainerInstanceEdge, "node"> & { node: ResolversTypes["ContainerInstance"] }
  >;
  ContainerInstanceFilter: ContainerInstanceFilter;
  ContainerInstanceRef: ResolverTypeWrapper<ContainerInstanceRef>;
  ContainerInstanceStatus: ResolverTypeWrapper<Scalars["ContainerInstanceStatus"]["output"]>;
  Daemon: ResolverTypeWrapper<DaemonSource>;
  DaemonChange: ResolverTypeWrapper<
    Omit<DaemonChange, "daemon"> & { daemon?: Maybe<ResolversTypes["Daemon"]> }
  >;
  DaemonConnection: ResolverTypeWrapper<
    Omit<DaemonConnection, "edges" | "nodes"> & {
      edges: ReadonlyArray<ResolversTypes["DaemonEdge"]>;
      nodes: ReadonlyArray<ResolversTypes["Daemon"]>;
    }
  >;
  DaemonEdge: ResolverTypeWrapper<Omit<DaemonEdge, "node"> & { node: ResolversTypes["Daemon"] }>;
  DaemonEvent: ResolverTypeWrapper<DaemonEvent>;
  DaemonEventType: DaemonEventType;
  DaemonInput: DaemonInput;
  DaemonLaunch: DaemonLaunch;
  DaemonMode: DaemonMode;
  DaemonPayload: ResolverTypeWrapper<
    Omit<DaemonPayload, "daemon"> & { daemon?: Maybe<ResolversTypes["Daemon"]> }
  >;
  DaemonPhase: DaemonPhase;
  DaemonRef: ResolverTypeWrapper<DaemonRef>;
  DaemonRevision: ResolverTypeWrapper<DaemonRevision>;
  DaemonStatus: ResolverTypeWrapper<DaemonStatusSource>;
  DateTime: ResolverTypeWrapper<Scalars["DateTime"]["output"]>;
  DeregisterDaemonInput: DeregisterDaemonInput;
  DesiredStatus: ResolverTypeWrapper<Scalars["DesiredStatus"]["output"]>;
  Endpoint: ResolverTypeWrapper<
    Omit<Endpoint, "cluster"> & { cluster: ResolversTypes["ClusterRef"] }
  >;
  EndpointChange: ResolverTypeWrapper<
    Omit<EndpointChange, "endpoint"> & { endpoint?: Maybe<ResolversTypes["Endpoint"]> }
  >;
  EndpointConnection: ResolverTypeWrapper<
    Omit<EndpointConnection, "edges" | "nodes"> & {
      edges: ReadonlyArray<ResolversTypes["EndpointEdge"]>;
      nodes: ReadonlyArray<ResolversTypes["Endpoint"]>;
    }
  >;
  EndpointEdge: ResolverTypeWrapper<
    Omit<EndpointEdge, "node"> & { node: ResolversTypes["Endpoint"] }
  >;
  EndpointFilter: EndpointFilter;
  Explanation: ResolverTypeWrapper<Explanation>;
  Float: ResolverTypeWrapper<Scalars["Float"]["output"]>;
  Freshness: ResolverTypeWrapper<Freshness>;
  HealthStatus: ResolverTypeWrapper<Scalars["HealthStatus"]["output"]>;
  HistoryMinute: ResolverTypeWrapper<HistoryMinute>;
  HistoryTasks: ResolverTypeWrapper<HistoryTasks>;
  ID: ResolverTypeWrapper<Scalars["ID"]["output"]>;
  IgnoredEvents: ResolverTypeWrapper<IgnoredEvents>;
  IngestWorker: ResolverTypeWrapper<IngestWorker>;
  InstanceCounts: ResolverTypeWrapper<InstanceCounts>;
  InstanceDaemon: ResolverTypeWrapper<InstanceDaemon>;
  Int: ResolverTypeWrapper<Scalars["Int"]["output"]>;
  JSON: ResolverTypeWrapper<Scalars["JSON"]["output"]>;
  LaunchType: ResolverTypeWrapper<Scalars["LaunchType"]["output"]>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  NetworkBinding: ResolverTypeWrapper<NetworkBinding>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Placement: ResolverTypeWrapper<Placement>;
  PlacementConnection: ResolverTypeWrapper<PlacementConnection>;
  PlacementEdge: ResolverTypeWrapper<PlacementEdge>;
  Plan: ResolverTypeWrapper<Plan>;
  Quarantine: ResolverTypeWrapper<
    Omit<Quarantine, "nodes"> & { nodes: ReadonlyArray<ResolversTypes["QuarantinedMessage"]> }
  >;
  QuarantinePayload: ResolverTypeWrapper<QuarantinePayload>;
  QuarantinedMessage: ResolverTypeWrapper<QuarantinedMessageSource>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Queue: ResolverTypeWrapper<Queue>;
  RegisterDaemonInput: RegisterDaemonInput;
  RerunDaemonInput: RerunDaemonInput;
  Resource: ResolverTypeWrapper<Resource>;
  RollbackDaemonInput: RollbackDaemonInput;
  Rollout: ResolverTypeWrapper<Rollout>;
  RolloutInput: RolloutInput;
  RolloutMethod: RolloutMethod;
  Rule: ResolverTypeWrapper<Rule>;
  Skip: ResolverTypeWrapper<Skip>;
  String: ResolverTypeWrapper<Scalars["String"]["output"]>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Tag: ResolverTypeWrapper<Tag>;
  TagInput: TagInput;
  Task: ResolverTypeWrapper<TaskSource>;
  TaskChange: ResolverTypeWrapper<
    Omit<TaskChange, "task"> & { task?: Maybe<ResolversTypes["Task"]> }
  >;
  TaskConnection: ResolverTypeWrapper<
    Omit<TaskConnection, "edges" | "nodes"> & {
      edges: ReadonlyArray<ResolversTypes["TaskEdge"]>;
      nodes: ReadonlyArray<ResolversTypes["Task"]>;
    }
  >;
  TaskCounts: ResolverTypeWrapper<TaskCounts>;
  TaskEdge: ResolverTypeWrapper<Omit<TaskEdge, "node"> & { node: ResolversTypes["Task"] }>;
  TaskFilter: TaskFilter;
  TaskRef: ResolverTypeWrapper<TaskRef>;
  TaskStatus: ResolverTypeWrapper<Scalars["TaskStatus"]["output"]>;
  TimelineEntry: ResolverTypeWrapper<TimelineEntry>;
  UpdateDaemonInput: UpdateDaemonInput;
  Viewer: ResolverTypeWrapper<Viewer>;
  Wave: ResolverTypeWrapper<Wave>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Attribute: Attribute;
  Boolean: Scalars["Boolean"]["output"];
  Cluster: ClusterSource;
  ClusterChange: Omit<ClusterChange, "cluster"> & {
    cluster?: Maybe<ResolversParentTypes["Cluster"]>;
  };
  ClusterConnection: Omit<ClusterConnection, "edges" | "nodes"> & {
    edges: ReadonlyArray<ResolversParentTypes["ClusterEdge"]>;
    nodes: ReadonlyArray<ResolversParentTypes["Cluster"]>;
  };
  ClusterEdge: Omit<ClusterEdge, "node"> & { node: ResolversParentTypes["Cluster"] };
  ClusterEvent: ClusterEvent;
  ClusterRef: ClusterRefSource;
  Container: Container;
  ContainerInstance: ContainerInstanceSource;
  ContainerInstanceChange: Omit<ContainerInstanceChange, "containerInstance"> & {
    containerInstance?: Maybe<ResolversParentTypes["ContainerInstance"]>;
  };
  ContainerInstanceConnection: Omit<ContainerInstanceConnection, "edges" | "nodes"> & {
    edges: ReadonlyArray<ResolversParentTypes["ContainerInstanceEdge"]>;
    nodes: ReadonlyArray<ResolversParentTypes["ContainerInstance"]>;
  };
  ContainerInstanceEdge: Omit<ContainerInstanceEdge, "node"> & {
    node: ResolversParentTypes["ContainerInstance"];
  };
  ContainerInstanceFilter: ContainerInstanceFilter;
  ContainerInstanceRef: ContainerInstanceRef;
  ContainerInstanceStatus: Scalars["ContainerInstanceStatus"]["output"];
  Daemon: DaemonSource;
  DaemonChange: Omit<DaemonChange, "daemon"> & { daemon?: Maybe<ResolversParentTypes["Daemon"]> };
  DaemonConnection: Omit<DaemonConnection, "edges" | "nodes"> & {
    edges: ReadonlyArray<ResolversParentTypes["DaemonEdge"]>;
    nodes: ReadonlyArray<ResolversParentTypes["Daemon"]>;
  };
  DaemonEdge: Omit<DaemonEdge, "node"> & { node: ResolversParentTypes["Daemon"] };
  DaemonEvent: DaemonEvent;
  DaemonInput: DaemonInput;
  DaemonPayload: Omit<DaemonPayload, "daemon"> & { daemon?: Maybe<ResolversParentTypes["Daemon"]> };
  DaemonRef: DaemonRef;
  DaemonRevision: DaemonRevision;
  DaemonStatus: DaemonStatusSource;
  DateTime: Scalars["DateTime"]["output"];
  DeregisterDaemonInput: DeregisterDaemonInput;
  DesiredStatus: Scalars["DesiredStatus"]["output"];
  Endpoint: Omit<Endpoint, "cluster"> & { cluster: ResolversParentTypes["ClusterRef"] };
  EndpointChange: Omit<EndpointChange, "endpoint"> & {
    endpoint?: Maybe<ResolversParentTypes["Endpoint"]>;
  };
  EndpointConnection: Omit<EndpointConnection, "edges" | "nodes"> & {
    edges: ReadonlyArray<ResolversParentTypes["EndpointEdge"]>;
    nodes: ReadonlyArray<ResolversParentTypes["Endpoint"]>;
  };
  EndpointEdge: Omit<EndpointEdge, "node"> & { node: ResolversParentTypes["Endpoint"] };
  EndpointFilter: EndpointFilter;
  Explanation: Explanation;
  Float: Scalars["Float"]["output"];
  Freshness: Freshness;
  HealthStatus: Scalars["HealthStatus"]["output"];
  HistoryMinute: HistoryMinute;
  HistoryTasks: HistoryTasks;
  ID: Scalars["ID"]["output"];
  IgnoredEvents: IgnoredEvents;
  IngestWorker: IngestWorker;
  InstanceCounts: InstanceCounts;
  InstanceDaemon: InstanceDaemon;
  Int: Scalars["Int"]["output"];
  JSON: Scalars["JSON"]["output"];
  LaunchType: Scalars["LaunchType"]["output"];
  Mutation: Record<PropertyKey, never>;
  NetworkBinding: NetworkBinding;
  PageInfo: PageInfo;
  Placement: Placement;
  PlacementConnection: PlacementConnection;
  PlacementEdge: PlacementEdge;
  Plan: Plan;
  Quarantine: Omit<Quarantine, "nodes"> & {
    nodes: ReadonlyArray<ResolversParentTypes["QuarantinedMessage"]>;
  };
  QuarantinePayload: QuarantinePayload;
  QuarantinedMessage: QuarantinedMessageSource;
  Query: Record<PropertyKey, never>;
  Queue: Queue;
  RegisterDaemonInput: RegisterDaemonInput;
  RerunDaemonInput: RerunDaemonInput;
  Resource: Resource;
  RollbackDaemonInput: RollbackDaemonInput;
  Rollout: Rollout;
  RolloutInput: RolloutInput;
  Rule: Rule;
  Skip: Skip;
  String: Scalars["String"]["output"];
  Subscription: Record<PropertyKey, never>;
  Tag: Tag;
  TagInput: TagInput;
  Task: TaskSource;
  TaskChange: Omit<TaskChange, "task"> & { task?: Maybe<ResolversParentTypes["Task"]> };
  TaskConnection: Omit<TaskConnection, "edges" | "nodes"> & {
    edges: ReadonlyArray<ResolversParentTypes["TaskEdge"]>;
    nodes: ReadonlyArray<ResolversParentTypes["Task"]>;
  };
  TaskCounts: TaskCounts;
  TaskEdge: Omit<TaskEdge, "node"> & { node: ResolversParentTypes["Task"] };
  TaskFilter: TaskFilter;
  TaskRef: TaskRef;
  TaskStatus: Scalars["TaskStatus"]["output"];
  TimelineEntry: TimelineEntry;
  UpdateDaemonInput: UpdateDaemonInput;
  Viewer: Viewer;
  Wave: Wave;
};

export type AttributeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Attribute"] = ResolversParentTypes["Attribute"],
> = {
  name?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  value?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
};

export type ClusterResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Cluster"] = ResolversParentTypes["Cluster"],
> = {
  account?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  arn?: Resolver<ResolversTypes["ID"], ParentType, ContextType>;
  changeCursor?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  containerInstances?: Resolver<
    ResolversTypes["ContainerInstanceConnection"],
    ParentType,
    ContextType,
    Partial<ClusterContainerInstancesArgs>
  >;
  daemons?: Resolver<
    ResolversTypes["DaemonConnection"],
    ParentType,
    ContextType,
    Partial<ClusterDaemonsArgs>
  >;
  events?: Resolver<
    ReadonlyArray<ResolversTypes["ClusterEvent"]>,
    ParentType,
    ContextType,
    Partial<ClusterEventsArgs>
  >;
  freshness?: Resolver<ResolversTypes["Freshness"], ParentType, ContextType>;
  history?: Resolver<
    ReadonlyArray<ResolversTypes["HistoryMinute"]>,
    ParentType,
    ContextType,
    Partial<ClusterHistoryArgs>
  >;
  instanceCounts?: Resolver<ResolversTypes["InstanceCounts"], ParentType, ContextType>;
  name?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  region?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  taskCounts?: Resolver<ResolversTypes["TaskCounts"], ParentType, ContextType>;
  tasks?: Resolver<
    ResolversTypes["TaskConnection"],
    ParentType,
    ContextType,
    Partial<ClusterTasksArgs>
  >;
};

export type ClusterChangeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["ClusterChange"] = ResolversParentTypes["ClusterChange"],
> = {
  changed?: Resolver<ReadonlyArray<ResolversTypes["String"]>, ParentType, ContextType>;
  cluster?: Resolver<Maybe<ResolversTypes["Cluster"]>, ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  type?: Resolver<ResolversTypes["ChangeType"], ParentType, ContextType>;
};

export type ClusterConnectionResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["ClusterConnection"] =
    ResolversParentTypes["ClusterConnection"],
> = {
  changeCursor?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  edges?: Resolver<ReadonlyArray<ResolversTypes["ClusterEdge"]>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes["Cluster"]>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes["PageInfo"], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
};

export type ClusterEdgeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["ClusterEdge"] = ResolversParentTypes["ClusterEdge"],
> = {
  cursor?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  node?: Resolver<ResolversTypes["Cluster"], ParentType, ContextType>;
};

export type ClusterEventResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["ClusterEvent"] = ResolversParentTypes["ClusterEvent"],
> = {
  at?: Resolver<ResolversTypes["DateTime"], ParentType, ContextType>;
  detailType?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  eventName?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  eventType?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes["ID"], ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  resources?: Resolver<ReadonlyArray<ResolversTypes["String"]>, ParentType, ContextType>;
};

export type ClusterRefResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["ClusterRef"] = ResolversParentTypes["ClusterRef"],
> = {
  arn?: Resolver<ResolversTypes["ID"], ParentType, ContextType>;
  name?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
};

export type ContainerResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Container"] = ResolversParentTypes["Container"],
> = {
  arn?: Resolver<ResolversTypes["ID"], ParentType, ContextType>;
  exitCode?: Resolver<Maybe<ResolversTypes["Int"]>, ParentType, ContextType>;
  healthStatus?: Resolver<Maybe<ResolversTypes["HealthStatus"]>, ParentType, ContextType>;
  image?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  lastStatus?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  name?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  networkBindings?: Resolver<
    ReadonlyArray<ResolversTypes["NetworkBinding"]>,
    ParentType,
    ContextType
  >;
  reason?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
};

export type ContainerInstanceResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["ContainerInstance"] =
    ResolversParentTypes["ContainerInstance"],
> = {
  agentConnected?: Resolver<ResolversTypes["Boolean"], ParentType, ContextType>;
  agentConnectedSince?: Resolver<Maybe<ResolversTypes["DateTime"]>, ParentType, ContextType>;
  agentVersion?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  arn?: Resolver<ResolversTypes["ID"], ParentType, ContextType>;
  attributes?: Resolver<ReadonlyArray<ResolversTypes["Attribute"]>, ParentType, ContextType>;
  availabilityZone?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  capacityProvider?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  cluster?: Resolver<ResolversTypes["ClusterRef"], ParentType, ContextType>;
  daemons?: Resolver<ReadonlyArray<ResolversTypes["InstanceDaemon"]>, ParentType, ContextType>;
  dockerVersion?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  ec2InstanceId?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes["ID"], ParentType, ContextType>;
  instanceType?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  privateIpAddress?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  registeredAt?: Resolver<Maybe<ResolversTypes["DateTime"]>, ParentType, ContextType>;
  registeredResources?: Resolver<
    ReadonlyArray<ResolversTypes["Resource"]>,
    ParentType,
    ContextType
  >;
  remainingResources?: Resolver<ReadonlyArray<ResolversTypes["Resource"]>, ParentType, ContextType>;
  status?: Resolver<ResolversTypes["ContainerInstanceStatus"], ParentType, ContextType>;
  statusReason?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  statusSince?: Resolver<Maybe<ResolversTypes["DateTime"]>, ParentType, ContextType>;
  tasks?: Resolver<
    ResolversTypes["TaskConnection"],
    ParentType,
    ContextType,
    Partial<ContainerInstanceTasksArgs>
  >;
  version?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
};

export type ContainerInstanceChangeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["ContainerInstanceChange"] =
    ResolversParentTypes["ContainerInstanceChange"],
> = {
  changed?: Resolver<ReadonlyArray<ResolversTypes["String"]>, ParentType, ContextType>;
  containerInstance?: Resolver<Maybe<ResolversTypes["ContainerInstance"]>, ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  type?: Resolver<ResolversTypes["ChangeType"], ParentType, ContextType>;
};

export type ContainerInstanceConnectionResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["ContainerInstanceConnection"] =
    ResolversParentTypes["ContainerInstanceConnection"],
> = {
  changeCursor?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  edges?: Resolver<ReadonlyArray<ResolversTypes["ContainerInstanceEdge"]>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes["ContainerInstance"]>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes["PageInfo"], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
};

export type ContainerInstanceEdgeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["ContainerInstanceEdge"] =
    ResolversParentTypes["ContainerInstanceEdge"],
> = {
  cursor?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  node?: Resolver<ResolversTypes["ContainerInstance"], ParentType, ContextType>;
};

export type ContainerInstanceRefResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["ContainerInstanceRef"] =
    ResolversParentTypes["ContainerInstanceRef"],
> = {
  arn?: Resolver<ResolversTypes["ID"], ParentType, ContextType>;
};

export interface ContainerInstanceStatusScalarConfig extends GraphQLScalarTypeConfig<
  ResolversTypes["ContainerInstanceStatus"],
  any
> {
  name: "ContainerInstanceStatus";
}

export type DaemonResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Daemon"] = ResolversParentTypes["Daemon"],
> = {
  cluster?: Resolver<ResolversTypes["ClusterRef"], ParentType, ContextType>;
  drainOrder?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  events?: Resolver<
    ReadonlyArray<ResolversTypes["DaemonEvent"]>,
    ParentType,
    ContextType,
    Partial<DaemonEventsArgs>
  >;
  explain?: Resolver<
    ResolversTypes["Explanation"],
    ParentType,
    ContextType,
    RequireFields<DaemonExplainArgs, "containerInstance">
  >;
  launch?: Resolver<ResolversTypes["DaemonLaunch"], ParentType, ContextType>;
  mode?: Resolver<ResolversTypes["DaemonMode"], ParentType, ContextType>;
  name?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  paused?: Resolver<ResolversTypes["Boolean"], ParentType, ContextType>;
  placements?: Resolver<
    ResolversTypes["PlacementConnection"],
    ParentType,
    ContextType,
    Partial<DaemonPlacementsArgs>
  >;
  plan?: Resolver<ResolversTypes["Plan"], ParentType, ContextType>;
  readinessAttribute?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  revision?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  revisions?: Resolver<ReadonlyArray<ResolversTypes["DaemonRevision"]>, ParentType, ContextType>;
  rollout?: Resolver<ResolversTypes["Rollout"], ParentType, ContextType>;
  stableRevision?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  status?: Resolver<ResolversTypes["DaemonStatus"], ParentType, ContextType>;
};

export type DaemonChangeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["DaemonChange"] = ResolversParentTypes["DaemonChange"],
> = {
  changed?: Resolver<ReadonlyArray<ResolversTypes["String"]>, ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  daemon?: Resolver<Maybe<ResolversTypes["Daemon"]>, ParentType, ContextType>;
  type?: Resolver<ResolversTypes["ChangeType"], ParentType, ContextType>;
};

export type DaemonConnectionResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["DaemonConnection"] =
    ResolversParentTypes["DaemonConnection"],
> = {
  changeCursor?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  edges?: Resolver<ReadonlyArray<ResolversTypes["DaemonEdge"]>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes["Daemon"]>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes["PageInfo"], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
};

export type DaemonEdgeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["DaemonEdge"] = ResolversParentTypes["DaemonEdge"],
> = {
  cursor?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  node?: Resolver<ResolversTypes["Daemon"], ParentType, ContextType>;
};

export type DaemonEventResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["DaemonEvent"] = ResolversParentTypes["DaemonEvent"],
> = {
  at?: Resolver<ResolversTypes["DateTime"], ParentType, ContextType>;
  containerInstance?: Resolver<Maybe<ResolversTypes["ID"]>, ParentType, ContextType>;
  reason?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  revision?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  task?: Resolver<Maybe<ResolversTypes["ID"]>, ParentType, ContextType>;
  type?: Resolver<ResolversTypes["DaemonEventType"], ParentType, ContextType>;
};

export type DaemonPayloadResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["DaemonPayload"] = ResolversParentTypes["DaemonPayload"],
> = {
  daemon?: Resolver<Maybe<ResolversTypes["Daemon"]>, ParentType, ContextType>;
  plan?: Resolver<ResolversTypes["Plan"], ParentType, ContextType>;
};

export type DaemonRefResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["DaemonRef"] = ResolversParentTypes["DaemonRef"],
> = {
  name?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
};

export type DaemonRevisionResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["DaemonRevision"] =
    ResolversParentTypes["DaemonRevision"],
> = {
  createdAt?: Resolver<ResolversTypes["DateTime"], ParentType, ContextType>;
  networkConfiguration?: Resolver<Maybe<ResolversTypes["JSON"]>, ParentType, ContextType>;
  overrides?: Resolver<Maybe<ResolversTypes["JSON"]>, ParentType, ContextType>;
  revision?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  selector?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  tags?: Resolver<ReadonlyArray<ResolversTypes["Tag"]>, ParentType, ContextType>;
  takenBack?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  taskDefinition?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
};

export type DaemonStatusResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["DaemonStatus"] = ResolversParentTypes["DaemonStatus"],
> = {
  desired?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  failed?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  healthy?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  outdated?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  phase?: Resolver<ResolversTypes["DaemonPhase"], ParentType, ContextType>;
  reason?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  running?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  since?: Resolver<Maybe<ResolversTypes["DateTime"]>, ParentType, ContextType>;
  succeeded?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  updated?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  waiting?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<
  ResolversTypes["DateTime"],
  any
> {
  name: "DateTime";
}

export interface DesiredStatusScalarConfig extends GraphQLScalarTypeConfig<
  ResolversTypes["DesiredStatus"],
  any
> {
  name: "DesiredStatus";
}

export type EndpointResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Endpoint"] = ResolversParentTypes["Endpoint"],
> = {
  availabilityZone?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  cluster?: Resolver<ResolversTypes["ClusterRef"], ParentType, ContextType>;
  container?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  containerPort?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  healthy?: Resolver<ResolversTypes["Boolean"], ParentType, ContextType>;
  host?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  id?: Resolver<ResolversTypes["ID"], ParentType, ContextType>;
  port?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  protocol?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  task?: Resolver<ResolversTypes["TaskRef"], ParentType, ContextType>;
};

export type EndpointChangeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["EndpointChange"] =
    ResolversParentTypes["EndpointChange"],
> = {
  changed?: Resolver<ReadonlyArray<ResolversTypes["String"]>, ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  endpoint?: Resolver<Maybe<ResolversTypes["Endpoint"]>, ParentType, ContextType>;
  type?: Resolver<ResolversTypes["ChangeType"], ParentType, ContextType>;
};

export type EndpointConnectionResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["EndpointConnection"] =
    ResolversParentTypes["EndpointConnection"],
> = {
  changeCursor?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  edges?: Resolver<ReadonlyArray<ResolversTypes["EndpointEdge"]>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes["Endpoint"]>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes["PageInfo"], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
};

export type EndpointEdgeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["EndpointEdge"] = ResolversParentTypes["EndpointEdge"],
> = {
  cursor?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  node?: Resolver<ResolversTypes["Endpoint"], ParentType, ContextType>;
};

export type ExplanationResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Explanation"] = ResolversParentTypes["Explanation"],
> = {
  placeable?: Resolver<ResolversTypes["Boolean"], ParentType, ContextType>;
  rules?: Resolver<ReadonlyArray<ResolversTypes["Rule"]>, ParentType, ContextType>;
};

export type FreshnessResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Freshness"] = ResolversParentTypes["Freshness"],
> = {
  driftRepaired?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  eventLagMs?: Resolver<Maybe<ResolversTypes["Int"]>, ParentType, ContextType>;
  eventLagP50Ms?: Resolver<Maybe<ResolversTypes["Int"]>, ParentType, ContextType>;
  eventTimeLagMs?: Resolver<Maybe<ResolversTypes["Int"]>, ParentType, ContextType>;
  lastEventAt?: Resolver<Maybe<ResolversTypes["DateTime"]>, ParentType, ContextType>;
  lastReconciledAt?: Resolver<Maybe<ResolversTypes["DateTime"]>, ParentType, ContextType>;
  problem?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
};

export interface HealthStatusScalarConfig extends GraphQLScalarTypeConfig<
  ResolversTypes["HealthStatus"],
  any
> {
  name: "HealthStatus";
}

export type HistoryMinuteResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["HistoryMinute"] = ResolversParentTypes["HistoryMinute"],
> = {
  at?: Resolver<ResolversTypes["DateTime"], ParentType, ContextType>;
  drift?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  eventLagMs?: Resolver<Maybe<ResolversTypes["Int"]>, ParentType, ContextType>;
  eventLagP50Ms?: Resolver<Maybe<ResolversTypes["Int"]>, ParentType, ContextType>;
  failures?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  starts?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  stops?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  tasks?: Resolver<ResolversTypes["HistoryTasks"], ParentType, ContextType>;
};

export type HistoryTasksResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["HistoryTasks"] = ResolversParentTypes["HistoryTasks"],
> = {
  pending?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  running?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  stopped?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  stopping?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
};

export type IgnoredEventsResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["IgnoredEvents"] = ResolversParentTypes["IgnoredEvents"],
> = {
  count?: Resolver<ResolversTypes["Float"], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
};

export type IngestWorkerResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["IngestWorker"] = ResolversParentTypes["IngestWorker"],
> = {
  applied?: Resolver<ResolversTypes["Float"], ParentType, ContextType>;
  clusterEvents?: Resolver<ResolversTypes["Float"], ParentType, ContextType>;
  id?: Resolver<ResolversTypes["ID"], ParentType, ContextType>;
  ignored?: Resolver<ReadonlyArray<ResolversTypes["IgnoredEvents"]>, ParentType, ContextType>;
  pollers?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  queue?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  received?: Resolver<ResolversTypes["Float"], ParentType, ContextType>;
  reconcileMs?: Resolver<ResolversTypes["Float"], ParentType, ContextType>;
  rejected?: Resolver<ResolversTypes["Float"], ParentType, ContextType>;
  seenAt?: Resolver<ResolversTypes["DateTime"], ParentType, ContextType>;
  startedAt?: Resolver<ResolversTypes["DateTime"], ParentType, ContextType>;
  storeMs?: Resolver<Maybe<ResolversTypes["Float"]>, ParentType, ContextType>;
  unchanged?: Resolver<ResolversTypes["Float"], ParentType, ContextType>;
};

export type InstanceCountsResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["InstanceCounts"] =
    ResolversParentTypes["InstanceCounts"],
> = {
  active?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  agentDisconnected?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  draining?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  total?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
};

export type InstanceDaemonResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["InstanceDaemon"] =
    ResolversParentTypes["InstanceDaemon"],
> = {
  name?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  reason?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  since?: Resolver<Maybe<ResolversTypes["DateTime"]>, ParentType, ContextType>;
  state?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
};

export interface JsonScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes["JSON"], any> {
  name: "JSON";
}

export interface LaunchTypeScalarConfig extends GraphQLScalarTypeConfig<
  ResolversTypes["LaunchType"],
  any
> {
  name: "LaunchType";
}

export type MutationResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Mutation"] = ResolversParentTypes["Mutation"],
> = {
  deregisterDaemon?: Resolver<
    ResolversTypes["DaemonPayload"],
    ParentType,
    ContextType,
    RequireFields<MutationDeregisterDaemonArgs, "input">
  >;
  discardQuarantined?: Resolver<
    ResolversTypes["QuarantinePayload"],
    ParentType,
    ContextType,
    RequireFields<MutationDiscardQuarantinedArgs, "messageIds">
  >;
  pauseDaemon?: Resolver<
    ResolversTypes["DaemonPayload"],
    ParentType,
    ContextType,
    RequireFields<MutationPauseDaemonArgs, "input">
  >;
  promoteDaemon?: Resolver<
    ResolversTypes["DaemonPayload"],
    ParentType,
    ContextType,
    RequireFields<MutationPromoteDaemonArgs, "input">
  >;
  registerDaemon?: Resolver<
    ResolversTypes["DaemonPayload"],
    ParentType,
    ContextType,
    RequireFields<MutationRegisterDaemonArgs, "dryRun" | "input">
  >;
  replayQuarantined?: Resolver<
    ResolversTypes["QuarantinePayload"],
    ParentType,
    ContextType,
    RequireFields<MutationReplayQuarantinedArgs, "messageIds">
  >;
  rerunDaemon?: Resolver<
    ResolversTypes["DaemonPayload"],
    ParentType,
    ContextType,
    RequireFields<MutationRerunDaemonArgs, "input">
  >;
  resumeDaemon?: Resolver<
    ResolversTypes["DaemonPayload"],
    ParentType,
    ContextType,
    RequireFields<MutationResumeDaemonArgs, "input">
  >;
  rollbackDaemon?: Resolver<
    ResolversTypes["DaemonPayload"],
    ParentType,
    ContextType,
    RequireFields<MutationRollbackDaemonArgs, "input">
  >;
  updateDaemon?: Resolver<
    ResolversTypes["DaemonPayload"],
    ParentType,
    ContextType,
    RequireFields<MutationUpdateDaemonArgs, "dryRun" | "input">
  >;
};

export type NetworkBindingResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["NetworkBinding"] =
    ResolversParentTypes["NetworkBinding"],
> = {
  bindIP?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  containerPort?: Resolver<Maybe<ResolversTypes["Int"]>, ParentType, ContextType>;
  containerPortRange?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  hostPort?: Resolver<Maybe<ResolversTypes["Int"]>, ParentType, ContextType>;
  hostPortRange?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  protocol?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
};

export type PageInfoResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["PageInfo"] = ResolversParentTypes["PageInfo"],
> = {
  endCursor?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes["Boolean"], ParentType, ContextType>;
};

export type PlacementResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Placement"] = ResolversParentTypes["Placement"],
> = {
  attempts?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  containerInstance?: Resolver<ResolversTypes["ContainerInstanceRef"], ParentType, ContextType>;
  endedAt?: Resolver<Maybe<ResolversTypes["DateTime"]>, ParentType, ContextType>;
  exitCode?: Resolver<Maybe<ResolversTypes["Int"]>, ParentType, ContextType>;
  generation?: Resolver<Maybe<ResolversTypes["Int"]>, ParentType, ContextType>;
  nextAttemptAt?: Resolver<Maybe<ResolversTypes["DateTime"]>, ParentType, ContextType>;
  reason?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  since?: Resolver<Maybe<ResolversTypes["DateTime"]>, ParentType, ContextType>;
  state?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  task?: Resolver<Maybe<ResolversTypes["TaskRef"]>, ParentType, ContextType>;
  updated?: Resolver<ResolversTypes["Boolean"], ParentType, ContextType>;
};

export type PlacementConnectionResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["PlacementConnection"] =
    ResolversParentTypes["PlacementConnection"],
> = {
  changeCursor?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  edges?: Resolver<ReadonlyArray<ResolversTypes["PlacementEdge"]>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes["Placement"]>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes["PageInfo"], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
};

export type PlacementEdgeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["PlacementEdge"] = ResolversParentTypes["PlacementEdge"],
> = {
  cursor?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  node?: Resolver<ResolversTypes["Placement"], ParentType, ContextType>;
};

export type PlanResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Plan"] = ResolversParentTypes["Plan"],
> = {
  apiCalls?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  keep?: Resolver<ReadonlyArray<ResolversTypes["ID"]>, ParentType, ContextType>;
  skip?: Resolver<ReadonlyArray<ResolversTypes["Skip"]>, ParentType, ContextType>;
  start?: Resolver<ReadonlyArray<ResolversTypes["ID"]>, ParentType, ContextType>;
  stop?: Resolver<ReadonlyArray<ResolversTypes["ID"]>, ParentType, ContextType>;
  wave?: Resolver<Maybe<ResolversTypes["Int"]>, ParentType, ContextType>;
  waveCount?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  waves?: Resolver<ReadonlyArray<ResolversTypes["Wave"]>, ParentType, ContextType>;
};

export type QuarantineResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Quarantine"] = ResolversParentTypes["Quarantine"],
> = {
  nodes?: Resolver<ReadonlyArray<ResolversTypes["QuarantinedMessage"]>, ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
};

export type QuarantinePayloadResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["QuarantinePayload"] =
    ResolversParentTypes["QuarantinePayload"],
> = {
  messageIds?: Resolver<ReadonlyArray<ResolversTypes["ID"]>, ParentType, ContextType>;
  skipped?: Resolver<ReadonlyArray<ResolversTypes["ID"]>, ParentType, ContextType>;
};

export type QuarantinedMessageResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["QuarantinedMessage"] =
    ResolversParentTypes["QuarantinedMessage"],
> = {
  at?: Resolver<ResolversTypes["DateTime"], ParentType, ContextType>;
  body?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  messageId?: Resolver<ResolversTypes["ID"], ParentType, ContextType>;
  reason?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  replayable?: Resolver<ResolversTypes["Boolean"], ParentType, ContextType>;
  replayedAt?: Resolver<Maybe<ResolversTypes["DateTime"]>, ParentType, ContextType>;
};

export type QueryResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Query"] = ResolversParentTypes["Query"],
> = {
  cluster?: Resolver<
    Maybe<ResolversTypes["Cluster"]>,
    ParentType,
    ContextType,
    RequireFields<QueryClusterArgs, "cluster">
  >;
  clusters?: Resolver<
    ResolversTypes["ClusterConnection"],
    ParentType,
    ContextType,
    Partial<QueryClustersArgs>
  >;
  containerInstance?: Resolver<
    Maybe<ResolversTypes["ContainerInstance"]>,
    ParentType,
    ContextType,
    RequireFields<QueryContainerInstanceArgs, "arn">
  >;
  containerInstances?: Resolver<
    ResolversTypes["ContainerInstanceConnection"],
    ParentType,
    ContextType,
    Partial<QueryContainerInstancesArgs>
  >;
  daemon?: Resolver<
    Maybe<ResolversTypes["Daemon"]>,
    ParentType,
    ContextType,
    RequireFields<QueryDaemonArgs, "cluster" | "name">
  >;
  daemons?: Resolver<
    ResolversTypes["DaemonConnection"],
    ParentType,
    ContextType,
    Partial<QueryDaemonsArgs>
  >;
  endpoints?: Resolver<
    ResolversTypes["EndpointConnection"],
    ParentType,
    ContextType,
    Partial<QueryEndpointsArgs>
  >;
  ingestWorkers?: Resolver<ReadonlyArray<ResolversTypes["IngestWorker"]>, ParentType, ContextType>;
  quarantine?: Resolver<
    ResolversTypes["Quarantine"],
    ParentType,
    ContextType,
    Partial<QueryQuarantineArgs>
  >;
  queues?: Resolver<ReadonlyArray<ResolversTypes["Queue"]>, ParentType, ContextType>;
  storeProblem?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  task?: Resolver<
    Maybe<ResolversTypes["Task"]>,
    ParentType,
    ContextType,
    RequireFields<QueryTaskArgs, "arn">
  >;
  tasks?: Resolver<
    ResolversTypes["TaskConnection"],
    ParentType,
    ContextType,
    Partial<QueryTasksArgs>
  >;
  viewer?: Resolver<ResolversTypes["Viewer"], ParentType, ContextType>;
};

export type QueueResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Queue"] = ResolversParentTypes["Queue"],
> = {
  delayed?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  inFlight?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  name?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  oldestMessageAgeMs?: Resolver<ResolversTypes["Float"], ParentType, ContextType>;
  seenAt?: Resolver<ResolversTypes["DateTime"], ParentType, ContextType>;
  visible?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
};

export type ResourceResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Resource"] = ResolversParentTypes["Resource"],
> = {
  name?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  type?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  value?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
};

export type RolloutResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Rollout"] = ResolversParentTypes["Rollout"],
> = {
  autoRollback?: Resolver<ResolversTypes["Boolean"], ParentType, ContextType>;
  canaryPercent?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  maxOverPercent?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  method?: Resolver<ResolversTypes["RolloutMethod"], ParentType, ContextType>;
  minHealthyPercent?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
};

export type RuleResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Rule"] = ResolversParentTypes["Rule"],
> = {
  detail?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  ok?: Resolver<ResolversTypes["Boolean"], ParentType, ContextType>;
  rule?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
};

export type SkipResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Skip"] = ResolversParentTypes["Skip"],
> = {
  containerInstance?: Resolver<ResolversTypes["ID"], ParentType, ContextType>;
  reason?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
};

export type SubscriptionResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Subscription"] = ResolversParentTypes["Subscription"],
> = {
  clusterChanges?: SubscriptionResolver<
    ResolversTypes["ClusterChange"],
    "clusterChanges",
    ParentType,
    ContextType,
    RequireFields<SubscriptionClusterChangesArgs, "snapshot">
  >;
  containerInstanceChanges?: SubscriptionResolver<
    ResolversTypes["ContainerInstanceChange"],
    "containerInstanceChanges",
    ParentType,
    ContextType,
    RequireFields<SubscriptionContainerInstanceChangesArgs, "snapshot">
  >;
  daemonChanges?: SubscriptionResolver<
    ResolversTypes["DaemonChange"],
    "daemonChanges",
    ParentType,
    ContextType,
    RequireFields<SubscriptionDaemonChangesArgs, "snapshot">
  >;
  endpointChanges?: SubscriptionResolver<
    ResolversTypes["EndpointChange"],
    "endpointChanges",
    ParentType,
    ContextType,
    RequireFields<SubscriptionEndpointChangesArgs, "snapshot">
  >;
  taskChanges?: SubscriptionResolver<
    ResolversTypes["TaskChange"],
    "taskChanges",
    ParentType,
    ContextType,
    RequireFields<SubscriptionTaskChangesArgs, "snapshot">
  >;
};

export type TagResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Tag"] = ResolversParentTypes["Tag"],
> = {
  key?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  value?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
};

export type TaskResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Task"] = ResolversParentTypes["Task"],
> = {
  arn?: Resolver<ResolversTypes["ID"], ParentType, ContextType>;
  availabilityZone?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  capacityProvider?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  cluster?: Resolver<ResolversTypes["ClusterRef"], ParentType, ContextType>;
  containerInstance?: Resolver<Maybe<ResolversTypes["ContainerInstance"]>, ParentType, ContextType>;
  containerInstanceArn?: Resolver<Maybe<ResolversTypes["ID"]>, ParentType, ContextType>;
  containers?: Resolver<ReadonlyArray<ResolversTypes["Container"]>, ParentType, ContextType>;
  cpu?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  createdAt?: Resolver<Maybe<ResolversTypes["DateTime"]>, ParentType, ContextType>;
  daemon?: Resolver<Maybe<ResolversTypes["DaemonRef"]>, ParentType, ContextType>;
  desiredStatus?: Resolver<ResolversTypes["DesiredStatus"], ParentType, ContextType>;
  endpoints?: Resolver<ReadonlyArray<ResolversTypes["Endpoint"]>, ParentType, ContextType>;
  family?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  group?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  healthStatus?: Resolver<Maybe<ResolversTypes["HealthStatus"]>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes["ID"], ParentType, ContextType>;
  lastStatus?: Resolver<ResolversTypes["TaskStatus"], ParentType, ContextType>;
  launchType?: Resolver<Maybe<ResolversTypes["LaunchType"]>, ParentType, ContextType>;
  memory?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  startedAt?: Resolver<Maybe<ResolversTypes["DateTime"]>, ParentType, ContextType>;
  startedBy?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  stopCode?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  stoppedAt?: Resolver<Maybe<ResolversTypes["DateTime"]>, ParentType, ContextType>;
  stoppedReason?: Resolver<Maybe<ResolversTypes["String"]>, ParentType, ContextType>;
  stoppingAt?: Resolver<Maybe<ResolversTypes["DateTime"]>, ParentType, ContextType>;
  tags?: Resolver<ReadonlyArray<ResolversTypes["Tag"]>, ParentType, ContextType>;
  taskDefinitionArn?: Resolver<ResolversTypes["ID"], ParentType, ContextType>;
  timeline?: Resolver<ReadonlyArray<ResolversTypes["TimelineEntry"]>, ParentType, ContextType>;
  version?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
};

export type TaskChangeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["TaskChange"] = ResolversParentTypes["TaskChange"],
> = {
  changed?: Resolver<ReadonlyArray<ResolversTypes["String"]>, ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  task?: Resolver<Maybe<ResolversTypes["Task"]>, ParentType, ContextType>;
  type?: Resolver<ResolversTypes["ChangeType"], ParentType, ContextType>;
};

export type TaskConnectionResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["TaskConnection"] =
    ResolversParentTypes["TaskConnection"],
> = {
  changeCursor?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  edges?: Resolver<ReadonlyArray<ResolversTypes["TaskEdge"]>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes["Task"]>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes["PageInfo"], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
};

export type TaskCountsResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["TaskCounts"] = ResolversParentTypes["TaskCounts"],
> = {
  pending?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  running?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  stopped?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
  total?: Resolver<ResolversTypes["Int"], ParentType, ContextType>;
};

export type TaskEdgeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["TaskEdge"] = ResolversParentTypes["TaskEdge"],
> = {
  cursor?: Resolver<ResolversTypes["String"], ParentType, ContextType>;
  node?: Resolver<ResolversTypes["Task"], ParentType, ContextType>;
};

export type TaskRefResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["TaskRef"] = ResolversParentTypes["TaskRef"],
> = {
  arn?: Resolver<ResolversTypes["ID"], ParentType, ContextType>;
};

export interface TaskStatusScalarConfig extends GraphQLScalarTypeConfig<
  ResolversTypes["TaskStatus"],
  any
> {
  name: "TaskStatus";
}

export type TimelineEntryResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["TimelineEntry"] = ResolversParentTypes["TimelineEntry"],
> = {
  at?: Resolver<ResolversTypes["DateTime"], ParentType, ContextType>;
  lastStatus?: Resolver<ResolversTypes["TaskStatus"], ParentType, ContextType>;
};

export type ViewerResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Viewer"] = ResolversParentTypes["Viewer"],
> = {
  mayChange?: Resolver<ResolversTypes["Boolean"], ParentType, ContextType>;
};

export type WaveResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes["Wave"] = ResolversParentTypes["Wave"],
> = {
  replace?: Resolver<ReadonlyArray<ResolversTypes["ID"]>, ParentType, ContextType>;
  start?: Resolver<ReadonlyArray<ResolversTypes["ID"]>, ParentType, ContextType>;
  stop?: Resolver<ReadonlyArray<ResolversTypes["ID"]>, ParentType, ContextType>;
};

export type Resolvers<ContextType = Context> = {
  Attribute?: AttributeResolvers<ContextType>;
  Cluster?: ClusterResolvers<ContextType>;
  ClusterChange?: ClusterChangeResolvers<ContextType>;
  ClusterConnection?: ClusterConnectionResolvers<ContextType>;
  ClusterEdge?: ClusterEdgeResolvers<ContextType>;
  ClusterEvent?: ClusterEventResolvers<ContextType>;
  ClusterRef?: ClusterRefResolvers<ContextType>;
  Container?: ContainerResolvers<ContextType>;
  ContainerInstance?: ContainerInstanceResolvers<ContextType>;
  ContainerInstanceChange?: ContainerInstanceChangeResolvers<ContextType>;
  ContainerInstanceConnection?: ContainerInstanceConnectionResolvers<ContextType>;
  ContainerInstanceEdge?: ContainerInstanceEdgeResolvers<ContextType>;
  ContainerInstanceRef?: ContainerInstanceRefResolvers<ContextType>;
  ContainerInstanceStatus?: GraphQLScalarType;
  Daemon?: DaemonResolvers<ContextType>;
  DaemonChange?: DaemonChangeResolvers<ContextType>;
  DaemonConnection?: DaemonConnectionResolvers<ContextType>;
  DaemonEdge?: DaemonEdgeResolvers<ContextType>;
  DaemonEvent?: DaemonEventResolvers<ContextType>;
  DaemonPayload?: DaemonPayloadResolvers<ContextType>;
  DaemonRef?: DaemonRefResolvers<ContextType>;
  DaemonRevision?: DaemonRevisionResolvers<ContextType>;
  DaemonStatus?: DaemonStatusResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  DesiredStatus?: GraphQLScalarType;
  Endpoint?: EndpointResolvers<ContextType>;
  EndpointChange?: EndpointChangeResolvers<ContextType>;
  EndpointConnection?: EndpointConnectionResolvers<ContextType>;
  EndpointEdge?: EndpointEdgeResolvers<ContextType>;
  Explanation?: ExplanationResolvers<ContextType>;
  Freshness?: FreshnessResolvers<ContextType>;
  HealthStatus?: GraphQLScalarType;
  HistoryMinute?: HistoryMinuteResolvers<ContextType>;
  HistoryTasks?: HistoryTasksResolvers<ContextType>;
  IgnoredEvents?: IgnoredEventsResolvers<ContextType>;
  IngestWorker?: IngestWorkerResolvers<ContextType>;
  InstanceCounts?: InstanceCountsResolvers<ContextType>;
  InstanceDaemon?: InstanceDaemonResolvers<ContextType>;
  JSON?: GraphQLScalarType;
  LaunchType?: GraphQLScalarType;
  Mutation?: MutationResolvers<ContextType>;
  NetworkBinding?: NetworkBindingResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Placement?: PlacementResolvers<ContextType>;
  PlacementConnection?: PlacementConnectionResolvers<ContextType>;
  PlacementEdge?: PlacementEdgeResolvers<ContextType>;
  Plan?: PlanResolvers<ContextType>;
  Quarantine?: QuarantineResolvers<ContextType>;
  QuarantinePayload?: QuarantinePayloadResolvers<ContextType>;
  QuarantinedMessage?: QuarantinedMessageResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Queue?: QueueResolvers<ContextType>;
  Resource?: ResourceResolvers<ContextType>;
  Rollout?: RolloutResolvers<ContextType>;
  Rule?: RuleResolvers<ContextType>;
  Skip?: SkipResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  Tag?: TagResolvers<ContextType>;
  Task?: TaskResolvers<ContextType>;
  TaskChange?: TaskChangeResolvers<ContextType>;
  TaskConnection?: TaskConnectionResolvers<ContextType>;
  TaskCounts?: TaskCountsResolvers<ContextType>;
  TaskEdge?: TaskEdgeResolvers<ContextType>;
  TaskRef?: TaskRefResolvers<ContextType>;
  TaskStatus?: GraphQLScalarType;
  TimelineEntry?: TimelineEntryResolvers<ContextType>;
  Viewer?: ViewerResolvers<ContextType>;
  Wave?: WaveResolvers<ContextType>;
};
