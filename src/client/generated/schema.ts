// Generated from schema.graphql by scripts/client-types.mjs: npm run codegen.
/** An attribute of a container instance. */
export interface Attribute {
  readonly __typename?: "Attribute";
  /** Name. */
  readonly name: string;
  /** Value; null for a capability, which is a name only. */
  readonly value: string | null;
}

/** What happened to an entity, seen through the subscription's filter. `ADDED`: New, or it matches the filter from now on. `MODIFIED`: Still matches, and something that the subscription selects or filters by is different. `REMOVED`: Gone, or it does not match the filter any more. `SYNCED`: Everything up to this cursor has been sent: the end of a snapshot, or a heartbeat that was asked for. Carries no entity. */
export type ChangeType = "ADDED" | "MODIFIED" | "REMOVED" | "SYNCED";

/** An ECS cluster. */
export interface Cluster {
  readonly __typename?: "Cluster";
  /** AWS account, twelve digits. */
  readonly account: string;
  /** Amazon resource name. */
  readonly arn: string;
  /** The point in the change log that this answer was read at. */
  readonly changeCursor: string;
  /** Its container instances. */
  readonly containerInstances: ContainerInstanceConnection;
  /** Its daemons. */
  readonly daemons: DaemonConnection;
  /** Service actions, deployments and health notices, newest first. At most 1000 are kept. */
  readonly events: readonly ClusterEvent[];
  /** How current this copy is. */
  readonly freshness: Freshness;
  /** What happened minute by minute, oldest first; the last is the minute under way. Begins where the record does. Served by Redis: charts ask once and go on from subscriptions. */
  readonly history: readonly HistoryMinute[];
  /** Container instances by status. */
  readonly instanceCounts: InstanceCounts;
  /** Name, unique in its region and account. */
  readonly name: string;
  /** AWS region, such as eu-west-3. */
  readonly region: string;
  /** Tasks by status. */
  readonly taskCounts: TaskCounts;
  /** Its tasks. */
  readonly tasks: TaskConnection;
}

/** A change of a cluster. */
export interface ClusterChange {
  readonly __typename?: "ClusterChange";
  /** The fields of the entity that differ from before, as paths: `lastStatus`, `containers.exitCode`. In the schema's order, selected or not; a list that grew or shrank is named itself. Empty when it is new or gone, and with SYNCED. */
  readonly changed: readonly string[];
  /** As it is after the change, or was before it went; null with SYNCED. */
  readonly cluster: Cluster | null;
  /** The point just behind this change: `after` continues from it. */
  readonly cursor: string;
  /** What happened. */
  readonly type: ChangeType;
}

/** A page of clusters, in a fixed order: by cluster, then by id. Each is visited once even while the fleet changes. */
export interface ClusterConnection {
  readonly __typename?: "ClusterConnection";
  /** The point in the change log that this page was read at: a subscription takes it as `after` and misses nothing. */
  readonly changeCursor: string;
  /** The same, each with the cursor to continue after it. */
  readonly edges: readonly ClusterEdge[];
  /** The clusters of this page. */
  readonly nodes: readonly Cluster[];
  /** Whether there is more, and where it goes on. */
  readonly pageInfo: PageInfo;
  /** How many match, on all pages together. */
  readonly totalCount: number;
}

/** One of a page, with its place. */
export interface ClusterEdge {
  readonly __typename?: "ClusterEdge";
  /** Pass it as `after` to continue behind this one. */
  readonly cursor: string;
  /** The cluster itself. */
  readonly node: Cluster;
}

/** Something ECS told of a cluster that is history, not state. */
export interface ClusterEvent {
  readonly __typename?: "ClusterEvent";
  /** When, as the event says. */
  readonly at: DateTime;
  /** The kind of event, such as `ECS Service Action`. */
  readonly detailType: string;
  /** What happened, such as SERVICE_STEADY_STATE. */
  readonly eventName: string | null;
  /** INFO, WARN or ERROR; for health notices the overall status. */
  readonly eventType: string | null;
  /** Id of the event. */
  readonly id: string;
  /** Why, in ECS's words. */
  readonly reason: string | null;
  /** ARNs that it concerns. */
  readonly resources: readonly string[];
}

/** The cluster that something belongs to. */
export interface ClusterRef {
  readonly __typename?: "ClusterRef";
  /** Amazon resource name. */
  readonly arn: string;
  /** Name. */
  readonly name: string;
}

/** A container of a task. */
export interface Container {
  readonly __typename?: "Container";
  /** Amazon resource name. */
  readonly arn: string;
  /** Exit code; null when it has not exited. */
  readonly exitCode: number | null;
  /** HEALTHY, UNHEALTHY or UNKNOWN, from the API. */
  readonly healthStatus: HealthStatus | null;
  /** Image. */
  readonly image: string | null;
  /** PENDING, RUNNING or STOPPED; may run ahead of the task. */
  readonly lastStatus: string;
  /** Name in the task definition. */
  readonly name: string;
  /** Ports published on the container instance. */
  readonly networkBindings: readonly NetworkBinding[];
  /** Why it stopped, when there is more to say than the exit code. */
  readonly reason: string | null;
}

/** An instance that runs an ECS agent: EC2, external (ECS Anywhere) or managed. */
export interface ContainerInstance {
  readonly __typename?: "ContainerInstance";
  /** Whether its agent is connected to ECS. Short disconnections are normal. */
  readonly agentConnected: boolean;
  /** Since when its agent is known to be connected, or not to be, as statusSince is known. */
  readonly agentConnectedSince: DateTime | null;
  /** Version of the ECS agent. */
  readonly agentVersion: string | null;
  /** Amazon resource name. */
  readonly arn: string;
  /** Capabilities and attributes. */
  readonly attributes: readonly Attribute[];
  /** Availability zone; null for an external instance. */
  readonly availabilityZone: string | null;
  /** Capacity provider that brought it. */
  readonly capacityProvider: string | null;
  /** The cluster that it is registered to. */
  readonly cluster: ClusterRef;
  /** Its daemons: those that select it, each with how it stands here. */
  readonly daemons: readonly InstanceDaemon[];
  /** Version of Docker. */
  readonly dockerVersion: string | null;
  /** `i-...` on EC2, `mi-...` for an external instance. */
  readonly ec2InstanceId: string | null;
  /** Last segment of the ARN. */
  readonly id: string;
  /** EC2 instance type; null for an external instance. */
  readonly instanceType: string | null;
  /** Private IPv4 address, from EC2; null when it is not known. */
  readonly privateIpAddress: string | null;
  /** When it registered. */
  readonly registeredAt: DateTime | null;
  /** What it has. */
  readonly registeredResources: readonly Resource[];
  /** What is left of it. */
  readonly remainingResources: readonly Resource[];
  /** ACTIVE, DRAINING or INACTIVE; REGISTERING, REGISTRATION_FAILED and DEREGISTERING with trunking. */
  readonly status: ContainerInstanceStatus;
  /** Why it has this status, when ECS says so. */
  readonly statusReason: string | null;
  /** Since when it is known to have this status: when an event said so, or a comparison found it so. */
  readonly statusSince: DateTime | null;
  /** Its tasks; those that have stopped only when the filter asks for them. */
  readonly tasks: TaskConnection;
  /** ECS's version of this state: a 64-bit decimal that grows with each change. */
  readonly version: string;
}

/** A change of a container instance. */
export interface ContainerInstanceChange {
  readonly __typename?: "ContainerInstanceChange";
  /** The fields of the entity that differ from before, as paths: `lastStatus`, `containers.exitCode`. In the schema's order, selected or not; a list that grew or shrank is named itself. Empty when it is new or gone, and with SYNCED. */
  readonly changed: readonly string[];
  /** As it is after the change, or was before it went; null with SYNCED. */
  readonly containerInstance: ContainerInstance | null;
  /** The point just behind this change: `after` continues from it. */
  readonly cursor: string;
  /** What happened. */
  readonly type: ChangeType;
}

/** A page of container instances, in a fixed order: by cluster, then by id. Each is visited once even while the fleet changes. */
export interface ContainerInstanceConnection {
  readonly __typename?: "ContainerInstanceConnection";
  /** The point in the change log that this page was read at: a subscription takes it as `after` and misses nothing. */
  readonly changeCursor: string;
  /** The same, each with the cursor to continue after it. */
  readonly edges: readonly ContainerInstanceEdge[];
  /** The container instances of this page. */
  readonly nodes: readonly ContainerInstance[];
  /** Whether there is more, and where it goes on. */
  readonly pageInfo: PageInfo;
  /** How many match, on all pages together. */
  readonly totalCount: number;
}

/** One of a page, with its place. */
export interface ContainerInstanceEdge {
  readonly __typename?: "ContainerInstanceEdge";
  /** Pass it as `after` to continue behind this one. */
  readonly cursor: string;
  /** The container instance itself. */
  readonly node: ContainerInstance;
}

/** Which container instances. What is left out does not restrict. */
export interface ContainerInstanceFilter {
  /** Whether the agent is connected. */
  readonly agentConnected?: boolean | null | undefined;
  /** Availability zone. */
  readonly availabilityZone?: string | null | undefined;
  /** Capacity provider. */
  readonly capacityProvider?: string | null | undefined;
  /** Cluster, by name or ARN. */
  readonly cluster?: string | null | undefined;
  /** `i-...` or `mi-...`. */
  readonly ec2InstanceId?: string | null | undefined;
  /** ECS cluster query language, such as `attribute:ecs.instance-type =~ m7.* and agentConnected == true`. */
  readonly expression?: string | null | undefined;
  /** EC2 instance type. */
  readonly instanceType?: string | null | undefined;
  /** Status. */
  readonly status?: ContainerInstanceStatus | null | undefined;
}

/** A container instance by name only. */
export interface ContainerInstanceRef {
  readonly __typename?: "ContainerInstanceRef";
  /** Amazon resource name. */
  readonly arn: string;
}

/** The status of a container instance: ACTIVE, DRAINING, INACTIVE, REGISTERING, REGISTRATION_FAILED, DEREGISTERING. A word that ECS adds later passes through. */
export type ContainerInstanceStatus = string;

/** Something that runs once on every matching container instance. */
export interface Daemon {
  readonly __typename?: "Daemon";
  /** Cluster that it runs in. */
  readonly cluster: ClusterRef;
  /** On a draining container instance, daemons of a lower number stop first. */
  readonly drainOrder: number;
  /** What was done for it and why, newest first: 100 when not said, 1000 at the most, which is also what is kept. UNAVAILABLE while Redis does not answer. */
  readonly events: readonly DaemonEvent[];
  /** Rule by rule, why a container instance has or lacks its task. NOT_FOUND when the instance is not known. */
  readonly explain: Explanation;
  /** How tasks are started. */
  readonly launch: DaemonLaunch;
  /** What runs when. */
  readonly mode: DaemonMode;
  /** Name, unique in its cluster. */
  readonly name: string;
  /** Whether starting and stopping is on hold. */
  readonly paused: boolean;
  /** How it stands on each matching container instance, by instance id. */
  readonly placements: PlacementConnection;
  /** What the scheduler is about to do for it, wave by wave from now on; of a paused daemon, and beyond a canary, nothing. Plays the rollout through, so it costs more than the status does. */
  readonly plan: Plan;
  /** Custom attribute that is set on container instances whose daemons are all healthy; null for none. */
  readonly readinessAttribute: string | null;
  /** Number of the current revision, from 1. */
  readonly revision: number;
  /** Its revisions, newest first. The last 50 are kept. */
  readonly revisions: readonly DaemonRevision[];
  /** How a new revision reaches the tasks. */
  readonly rollout: Rollout;
  /** The last revision that was everywhere: where an automatic rollback goes. */
  readonly stableRevision: number;
  /** How it stands. */
  readonly status: DaemonStatus;
}

/** A change of a daemon. */
export interface DaemonChange {
  readonly __typename?: "DaemonChange";
  /** The fields of the entity that differ from before, as paths: `lastStatus`, `containers.exitCode`. In the schema's order, selected or not; a list that grew or shrank is named itself. Empty when it is new or gone, and with SYNCED. */
  readonly changed: readonly string[];
  /** The point just behind this change: `after` continues from it. */
  readonly cursor: string;
  /** As it is after the change, or was before it went; null with SYNCED. */
  readonly daemon: Daemon | null;
  /** What happened. */
  readonly type: ChangeType;
}

/** A page of daemons, in a fixed order: by cluster, then by id. Each is visited once even while the fleet changes. */
export interface DaemonConnection {
  readonly __typename?: "DaemonConnection";
  /** The point in the change log that this page was read at: a subscription takes it as `after` and misses nothing. */
  readonly changeCursor: string;
  /** The same, each with the cursor to continue after it. */
  readonly edges: readonly DaemonEdge[];
  /** The daemons of this page. */
  readonly nodes: readonly Daemon[];
  /** Whether there is more, and where it goes on. */
  readonly pageInfo: PageInfo;
  /** How many match, on all pages together. */
  readonly totalCount: number;
}

/** One of a page, with its place. */
export interface DaemonEdge {
  readonly __typename?: "DaemonEdge";
  /** Pass it as `after` to continue behind this one. */
  readonly cursor: string;
  /** The daemon itself. */
  readonly node: Daemon;
}

/** Something that was done, or decided, for a daemon. */
export interface DaemonEvent {
  readonly __typename?: "DaemonEvent";
  /** When. */
  readonly at: DateTime;
  /** ARN of the container instance that it concerns; null when it concerns the daemon as a whole. */
  readonly containerInstance: string | null;
  /** Why, in words. */
  readonly reason: string;
  /** Revision of the daemon that it was decided for. */
  readonly revision: number;
  /** ARN of the task that it concerns; null when there is none. */
  readonly task: string | null;
  /** What. */
  readonly type: DaemonEventType;
}

/** What was done or decided. A later version may add to these. `ADOPT`: A once-task that runs, and that nothing was remembered of, was written down. `BACKOFF`: The next start waits. `COMPLETE`: A rollout has reached every container instance. `DEREGISTER`: It was deregistered. `DRAIN`: A container instance that is about to go was set DRAINING. `FAIL`: A once-task failed. `LOOKUP`: ECS was asked about a start that nothing was seen of. `PAUSE`: It was paused. `PROMOTE`: A canary went on to the whole fleet. `READY`: The readiness attribute was set. `REFUSE`: ECS refused a start. `REGISTER`: The daemon was registered. `RELEASE`: The lifecycle hook of a container instance was completed. `REMOVE`: The daemon is gone. `RERUN`: Once-tasks were asked to run again. `RESUME`: It was resumed. `ROLLBACK`: It went back to an earlier revision. `START`: A task was started. `STOP`: A task was stopped. `SUCCEED`: A once-task ran to success. `UNKNOWN`: The outcome of a call is not known: ECS will be asked before the next start. `UNREADY`: The readiness attribute was removed. `UPDATE`: The daemon was changed. */
export type DaemonEventType =
  | "ADOPT"
  | "BACKOFF"
  | "COMPLETE"
  | "DEREGISTER"
  | "DRAIN"
  | "FAIL"
  | "LOOKUP"
  | "PAUSE"
  | "PROMOTE"
  | "READY"
  | "REFUSE"
  | "REGISTER"
  | "RELEASE"
  | "REMOVE"
  | "RERUN"
  | "RESUME"
  | "ROLLBACK"
  | "START"
  | "STOP"
  | "SUCCEED"
  | "UNKNOWN"
  | "UNREADY"
  | "UPDATE";

/** A daemon, by name. */
export interface DaemonInput {
  /** Cluster, by name or ARN. */
  readonly cluster: string;
  /** Name of the daemon. */
  readonly name: string;
}

/** How tasks are started. `RUN_TASK`: By RunTask, one call a container instance, which a client token makes repeatable. `START_TASK`: By StartTask, ten container instances a call. */
export type DaemonLaunch = "RUN_TASK" | "START_TASK";

/** What runs when. `ALWAYS`: One running task on each matching container instance. `ONCE_JOINED`: One task to completion on each matching container instance that registers, and on those that are there already. `ONCE_LEAVING`: One task to completion on each matching container instance that starts draining, before its daemons are stopped. */
export type DaemonMode = "ALWAYS" | "ONCE_JOINED" | "ONCE_LEAVING";

/** What a mutation answers with. */
export interface DaemonPayload {
  readonly __typename?: "DaemonPayload";
  /** The daemon as it is now; with `dryRun`, as it would be. Null once it is gone. */
  readonly daemon: Daemon | null;
  /** What follows from it. */
  readonly plan: Plan;
}

/** How a daemon stands as a whole. Derived, never stored. `ACTIVE`: Every matching container instance has its task. `DELETING`: Deregistered; its tasks are stopping. `FAILING`: Tasks fail again and again. `PAUSED`: Paused by a person. `ROLLING_OUT`: Tasks are being started or replaced. `STUCK`: Nothing has moved although something should. */
export type DaemonPhase = "ACTIVE" | "DELETING" | "FAILING" | "PAUSED" | "ROLLING_OUT" | "STUCK";

/** The daemon that something belongs to. */
export interface DaemonRef {
  readonly __typename?: "DaemonRef";
  /** Name. */
  readonly name: string;
}

/** What tasks of a daemon are started from. */
export interface DaemonRevision {
  readonly __typename?: "DaemonRevision";
  /** When it was made. */
  readonly createdAt: DateTime;
  /** Network configuration, as ECS takes it; null for none. */
  readonly networkConfiguration: unknown;
  /** Task overrides, as ECS takes them; null for none. */
  readonly overrides: unknown;
  /** Number, from 1. */
  readonly revision: number;
  /** Cluster query language; empty selects every container instance. */
  readonly selector: string;
  /** Tags of every task. */
  readonly tags: readonly Tag[];
  /** Why the scheduler took it back, when it failed and autoRollback is on; null otherwise. */
  readonly takenBack: string | null;
  /** Task definition, as it was given. */
  readonly taskDefinition: string;
}

/** Numbers of container instances and tasks of a daemon. */
export interface DaemonStatus {
  readonly __typename?: "DaemonStatus";
  /** Container instances that should have a task now. */
  readonly desired: number;
  /** Container instances where the last start failed. */
  readonly failed: number;
  /** Running tasks that are not UNHEALTHY. */
  readonly healthy: number;
  /** Tasks of earlier revisions. */
  readonly outdated: number;
  /** How it stands as a whole. */
  readonly phase: DaemonPhase;
  /** Why it is in this phase, in words. */
  readonly reason: string;
  /** Of these, those whose task is RUNNING. */
  readonly running: number;
  /** Since when: ACTIVE, the last task that had to run came to RUNNING; ROLLING_OUT, the revision was made, or, once it was everywhere, a container instance lacked its task; FAILING, the first of the failures in a row was asked for; STUCK, what it waits for was asked for; PAUSED and DELETING, a person said so. Null where none of these times is known. */
  readonly since: DateTime | null;
  /** Container instances where a task that runs once has succeeded; 0 for mode ALWAYS. */
  readonly succeeded: number;
  /** Tasks of the current revision, running or on their way. */
  readonly updated: number;
  /** Container instances that wait: for a start to be seen, or for the time to try again. */
  readonly waiting: number;
}

/** A moment, ISO 8601 in UTC with milliseconds: `2026-11-02T09:30:00.000Z`. */
export type DateTime = string;

/** What to remove. */
export interface DeregisterDaemonInput {
  /** Cluster, by name or ARN. */
  readonly cluster: string;
  /** Name of the daemon. */
  readonly name: string;
  /** Whether its tasks are stopped. Left running, they belong to nobody until a daemon of that name is registered again. */
  readonly stopTasks?: boolean | null | undefined;
}

/** Where ECS wants a task: RUNNING or STOPPED. */
export type DesiredStatus = string;

/** Where a container can be reached. */
export interface Endpoint {
  readonly __typename?: "Endpoint";
  /** Availability zone of the task. */
  readonly availabilityZone: string | null;
  /** Cluster of the task. */
  readonly cluster: ClusterRef;
  /** Name of the container. */
  readonly container: string;
  /** Port in the container. */
  readonly containerPort: number;
  /** False when its health check fails; true otherwise, also when there is none. */
  readonly healthy: boolean;
  /** Private IP: of the container instance in bridge and host mode, of the network interface in awsvpc. */
  readonly host: string;
  /** Names it: the same for as long as the task publishes this port, also when its address is corrected. */
  readonly id: string;
  /** Port at that host. */
  readonly port: number;
  /** tcp or udp. */
  readonly protocol: string;
  /** The task. */
  readonly task: TaskRef;
}

/** A change of an endpoint. */
export interface EndpointChange {
  readonly __typename?: "EndpointChange";
  /** The fields of the entity that differ from before, as paths: `lastStatus`, `containers.exitCode`. In the schema's order, selected or not; a list that grew or shrank is named itself. Empty when it is new or gone, and with SYNCED. */
  readonly changed: readonly string[];
  /** The point just behind this change: `after` continues from it. */
  readonly cursor: string;
  /** As it is after the change, or was before it went; null with SYNCED. */
  readonly endpoint: Endpoint | null;
  /** What happened. */
  readonly type: ChangeType;
}

/** A page of endpoints, in a fixed order: by cluster, then by id. Each is visited once even while the fleet changes. */
export interface EndpointConnection {
  readonly __typename?: "EndpointConnection";
  /** The point in the change log that this page was read at: a subscription takes it as `after` and misses nothing. */
  readonly changeCursor: string;
  /** The same, each with the cursor to continue after it. */
  readonly edges: readonly EndpointEdge[];
  /** The endpoints of this page. */
  readonly nodes: readonly Endpoint[];
  /** Whether there is more, and where it goes on. */
  readonly pageInfo: PageInfo;
  /** How many match, on all pages together. */
  readonly totalCount: number;
}

/** One of a page, with its place. */
export interface EndpointEdge {
  readonly __typename?: "EndpointEdge";
  /** Pass it as `after` to continue behind this one. */
  readonly cursor: string;
  /** The endpoint itself. */
  readonly node: Endpoint;
}

/** Which endpoints. What is left out does not restrict. */
export interface EndpointFilter {
  /** Cluster, by name or ARN. */
  readonly cluster?: string | null | undefined;
  /** Name of the container. */
  readonly container?: string | null | undefined;
  /** Port in the container. */
  readonly containerPort?: number | null | undefined;
  /** Family of the task definition. */
  readonly family?: string | null | undefined;
  /** Group of the task, exactly. */
  readonly group?: string | null | undefined;
}

/** Why a container instance has or lacks a daemon's task. */
export interface Explanation {
  readonly __typename?: "Explanation";
  /** Whether a task may be started there now. */
  readonly placeable: boolean;
  /** Each rule, in the order in which they are looked at. */
  readonly rules: readonly Rule[];
}

/** How current the copy of a cluster is. */
export interface Freshness {
  readonly __typename?: "Freshness";
  /** Entities that such comparisons found wrong, missing or left over, since this store began. */
  readonly driftRepaired: number;
  /** Milliseconds from SQS taking in the last event to it being applied; null when none was. */
  readonly eventLagMs: number | null;
  /** Median of that over the newest events, 500 at most, that the ingest worker which told last has applied; null when none was. */
  readonly eventLagP50Ms: number | null;
  /** Milliseconds from the last event's own time, which ECS tells in whole seconds, to it being applied; null when none was. */
  readonly eventTimeLagMs: number | null;
  /** Time of the newest event that was applied; null when none was. */
  readonly lastEventAt: DateTime | null;
  /** When the copy was last compared with the ECS API; null when it never was. */
  readonly lastReconciledAt: DateTime | null;
  /** Why the last comparison failed; null when it did not. */
  readonly problem: string | null;
}

/** HEALTHY, UNHEALTHY or UNKNOWN. */
export type HealthStatus = string;

/** One minute of a cluster. */
export interface HistoryMinute {
  readonly __typename?: "HistoryMinute";
  /** When it began. */
  readonly at: DateTime;
  /** Entities that comparisons with ECS found wrong, missing or left over. */
  readonly drift: number;
  /** Longest time from SQS taking an event in to it being stored, milliseconds; null in a minute without events. */
  readonly eventLagMs: number | null;
  /** Median of that over the newest events, 500 at most, by the end of the minute; null in a minute without events. */
  readonly eventLagP50Ms: number | null;
  /** Of these, tasks that failed: they could not start, ended with another exit code than 0, or lost what they ran on. */
  readonly failures: number;
  /** Tasks that came to RUNNING. */
  readonly starts: number;
  /** Tasks that came to STOPPED. */
  readonly stops: number;
  /** Tasks by status, as they were at its end. */
  readonly tasks: HistoryTasks;
}

/** Tasks by status, in one minute. */
export interface HistoryTasks {
  readonly __typename?: "HistoryTasks";
  /** On their way to RUNNING: PROVISIONING, PENDING, ACTIVATING. */
  readonly pending: number;
  /** With lastStatus RUNNING. */
  readonly running: number;
  /** With lastStatus STOPPED, as long as they are kept. */
  readonly stopped: number;
  /** On their way to STOPPED: DEACTIVATING, STOPPING, DEPROVISIONING. */
  readonly stopping: number;
}

/** Events that ingest ignored knowingly. */
export interface IgnoredEvents {
  readonly __typename?: "IgnoredEvents";
  /** How many. */
  readonly count: number;
  /** What they were, such as `AWS API Call via CloudTrail`. */
  readonly kind: string;
}

/** A process of `longshore serve ingest`. Its counts are whole numbers, since it started. */
export interface IngestWorker {
  readonly __typename?: "IngestWorker";
  /** Observations of tasks and container instances that changed something. */
  readonly applied: number;
  /** Events that went into the history of a cluster. */
  readonly clusterEvents: number;
  /** Another one for each process. */
  readonly id: string;
  /** Events that are nothing to Longshore, by what they were. */
  readonly ignored: readonly IgnoredEvents[];
  /** Receives that wait at the same time now. */
  readonly pollers: number;
  /** The queue that it receives from. */
  readonly queue: string;
  /** Messages received, repeats included. */
  readonly received: number;
  /** Milliseconds from one comparison of a cluster with the ECS API to the next. */
  readonly reconcileMs: number;
  /** Messages that nobody can read. */
  readonly rejected: number;
  /** When it last told of itself, which it does every few seconds. */
  readonly seenAt: DateTime;
  /** When it started. */
  readonly startedAt: DateTime;
  /** Milliseconds that storing a batch of messages takes on average; null when none was stored. */
  readonly storeMs: number | null;
  /** Observations that were known already, late, or of something that has ended. */
  readonly unchanged: number;
}

/** Numbers of container instances. */
export interface InstanceCounts {
  readonly __typename?: "InstanceCounts";
  /** With status ACTIVE. */
  readonly active: number;
  /** Whose agent is not connected, INACTIVE ones left out. */
  readonly agentDisconnected: number;
  /** With status DRAINING. */
  readonly draining: number;
  /** All but INACTIVE ones. */
  readonly total: number;
}

/** How a daemon stands on a container instance. */
export interface InstanceDaemon {
  readonly __typename?: "InstanceDaemon";
  /** Name of the daemon. */
  readonly name: string;
  /** Why, in words. */
  readonly reason: string;
  /** Since when it stands so; see Placement. */
  readonly since: DateTime | null;
  /** RUNNING, STARTING, STOPPING, WAITING, FAILED or EXCLUDED; of tasks that run once also SUCCEEDED and SKIPPED. */
  readonly state: string;
}

/** EC2, FARGATE, EXTERNAL or MANAGED_INSTANCES. A word that ECS adds later passes through. */
export type LaunchType = string;

/** What can be done. With `dryRun: true` nothing is written and nothing but reads is called. */
export interface Mutation {
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
}

/** A port, or a range of ports, published on the container instance. */
export interface NetworkBinding {
  readonly __typename?: "NetworkBinding";
  /** Address that it is bound to. */
  readonly bindIP: string | null;
  /** Port in the container. */
  readonly containerPort: number | null;
  /** Range in the container, such as `8000-8010`. */
  readonly containerPortRange: string | null;
  /** Port on the container instance. */
  readonly hostPort: number | null;
  /** Range on the container instance. */
  readonly hostPortRange: string | null;
  /** tcp or udp. */
  readonly protocol: string;
}

/** Where a page ends. */
export interface PageInfo {
  readonly __typename?: "PageInfo";
  /** Pass it as `after` to get the next page; null on an empty page. */
  readonly endCursor: string | null;
  /** Whether there is another page. */
  readonly hasNextPage: boolean;
}

/** How a daemon stands on one container instance. */
export interface Placement {
  readonly __typename?: "Placement";
  /** Starts in a row that failed or were refused for want of room, the present one included. */
  readonly attempts: number;
  /** The container instance. */
  readonly containerInstance: ContainerInstanceRef;
  /** When a task that runs once had its outcome; null before. */
  readonly endedAt: DateTime | null;
  /** Exit code of the last task that ended; null when none did. */
  readonly exitCode: number | null;
  /** Of a task that runs once: which run, from 1; `rerunDaemon` makes the next. Null for mode ALWAYS. */
  readonly generation: number | null;
  /** Not tried again before this; null when nothing waits for a time. */
  readonly nextAttemptAt: DateTime | null;
  /** Why, in words. */
  readonly reason: string;
  /** Since when it has this state: RUNNING, STARTING and STOPPING by the task's own times; FAILED, the first of the failures in a row was asked for; SUCCEEDED and SKIPPED, it ended; WAITING and EXCLUDED by what it waits for, such as the agent. Null where nothing tells. */
  readonly since: DateTime | null;
  /** RUNNING, STARTING, STOPPING, WAITING, FAILED or EXCLUDED; of tasks that run once also SUCCEEDED and SKIPPED. */
  readonly state: string;
  /** Its task; null when there is none. */
  readonly task: TaskRef | null;
  /** Whether its task is of the current revision; false when there is none. */
  readonly updated: boolean;
}

/** A page of placements, in a fixed order: by cluster, then by id. Each is visited once even while the fleet changes. */
export interface PlacementConnection {
  readonly __typename?: "PlacementConnection";
  /** The point in the change log that this page was read at: a subscription takes it as `after` and misses nothing. */
  readonly changeCursor: string;
  /** The same, each with the cursor to continue after it. */
  readonly edges: readonly PlacementEdge[];
  /** The placements of this page. */
  readonly nodes: readonly Placement[];
  /** Whether there is more, and where it goes on. */
  readonly pageInfo: PageInfo;
  /** How many match, on all pages together. */
  readonly totalCount: number;
}

/** One of a page, with its place. */
export interface PlacementEdge {
  readonly __typename?: "PlacementEdge";
  /** Pass it as `after` to continue behind this one. */
  readonly cursor: string;
  /** The placement itself. */
  readonly node: Placement;
}

/** What the scheduler is about to do for a daemon. */
export interface Plan {
  readonly __typename?: "Plan";
  /** StartTask, RunTask and StopTask calls that these waves take. */
  readonly apiCalls: number;
  /** Tasks that stay, by ARN. */
  readonly keep: readonly string[];
  /** Container instances that get none, and why. */
  readonly skip: readonly Skip[];
  /** Container instances that get a task, by ARN. */
  readonly start: readonly string[];
  /** Tasks that are stopped, by ARN. */
  readonly stop: readonly string[];
  /** Which wave is under way, or comes next, from 1; null when nothing is left to change. Those that are over are counted by what is in place, at the size that a wave may have. */
  readonly wave: number | null;
  /** How many waves it takes in all, those that are over included; 0 when nothing is left to change. */
  readonly waveCount: number;
  /** How it goes on from here, if nothing fails: each wave begins when the one before is healthy. A hundred at the most. */
  readonly waves: readonly Wave[];
}

/** Messages that nobody could read, bounded by number and size: the oldest make room. */
export interface Quarantine {
  readonly __typename?: "Quarantine";
  /** The newest, newest first. */
  readonly nodes: readonly QuarantinedMessage[];
  /** How many there are. */
  readonly totalCount: number;
}

/** What became of quarantined messages. */
export interface QuarantinePayload {
  readonly __typename?: "QuarantinePayload";
  /** Those that it was done to, or will be. */
  readonly messageIds: readonly string[];
  /** Those that were passed over. */
  readonly skipped: readonly string[];
}

/** A message that nobody could read. */
export interface QuarantinedMessage {
  readonly __typename?: "QuarantinedMessage";
  /** When it came. */
  readonly at: DateTime;
  /** The message as it came, or the beginning of a huge one. FORBIDDEN without the right to change things: it may carry secrets. */
  readonly body: string | null;
  /** SQS's id of the message. */
  readonly messageId: string;
  /** Why it could not be read. */
  readonly reason: string;
  /** Whether all of it is kept, so that it can be read again. */
  readonly replayable: boolean;
  /** When it was last read again in vain; null when it was not. */
  readonly replayedAt: DateTime | null;
}

/** What can be asked. Every answer comes from memory, at one consistent position of each cluster's change log. */
export interface Query {
  readonly __typename?: "Query";
  /** One cluster, null when it is not known. */
  readonly cluster: Cluster | null;
  /** All clusters that are tracked, by ARN. */
  readonly clusters: ClusterConnection;
  /** One container instance by its full ARN, null when it is not known. */
  readonly containerInstance: ContainerInstance | null;
  /** Container instances, INACTIVE ones included until their retention ends. */
  readonly containerInstances: ContainerInstanceConnection;
  /** One daemon by cluster and name, null when there is none. */
  readonly daemon: Daemon | null;
  /** Daemons of one cluster, or of all. */
  readonly daemons: DaemonConnection;
  /** Where containers can be reached: host and port of every running container that listens. */
  readonly endpoints: EndpointConnection;
  /** The ingest workers that were seen within the last hour. */
  readonly ingestWorkers: readonly IngestWorker[];
  /** Messages that nobody could read, newest first; `first` is 100 by default and 1000 at most. With a dead-letter queue they are there instead. */
  readonly quarantine: Quarantine;
  /** The queues that ingest workers receive from, as they last saw them. */
  readonly queues: readonly Queue[];
  /** Why this API process cannot follow its store now, so that what it answers may be of an earlier time; null while it can. */
  readonly storeProblem: string | null;
  /** One task by its full ARN, null when it is not known. */
  readonly task: Task | null;
  /** Tasks, STOPPED ones included until their retention ends. */
  readonly tasks: TaskConnection;
  /** Who asks: what the token that came with the request may do. */
  readonly viewer: Viewer;
}

/** An SQS queue, as some ingest worker last saw it. */
export interface Queue {
  readonly __typename?: "Queue";
  /** Messages that SQS itself holds back for a while. */
  readonly delayed: number;
  /** Messages that a worker has in hand. */
  readonly inFlight: number;
  /** Name or URL, as it was configured. */
  readonly name: string;
  /** Milliseconds that the oldest message had waited, as far as receives tell: SQS itself does not say. 0 for an empty queue. */
  readonly oldestMessageAgeMs: number;
  /** When this was seen. */
  readonly seenAt: DateTime;
  /** Messages that wait to be received. */
  readonly visible: number;
}

/** A new daemon. */
export interface RegisterDaemonInput {
  /** Cluster, by name or ARN. */
  readonly cluster: string;
  /** On a draining container instance daemons of a lower number stop first, equal ones together. -1000 to 1000. */
  readonly drainOrder?: number | null | undefined;
  /** How tasks are started. */
  readonly launch?: DaemonLaunch | null | undefined;
  /** What runs when. */
  readonly mode?: DaemonMode | null | undefined;
  /** 1 to 64 letters, digits, `-`, `_` or `.`, beginning with a letter or digit. */
  readonly name: string;
  /** Network configuration, as ECS takes it: awsvpc task definitions need one. */
  readonly networkConfiguration?: unknown | undefined;
  /** Task overrides, as ECS takes them. 8192 characters at most. */
  readonly overrides?: unknown | undefined;
  /** Register it without starting anything. */
  readonly paused?: boolean | null | undefined;
  /** Custom attribute to set on container instances whose daemons are all healthy, for placement constraints of services. */
  readonly readinessAttribute?: string | null | undefined;
  /** How changes reach the tasks. */
  readonly rollout?: RolloutInput | null | undefined;
  /** Cluster query language; left out or empty, every container instance. */
  readonly selector?: string | null | undefined;
  /** Tags for every task, 50 at most. */
  readonly tags?: readonly TagInput[] | null | undefined;
  /** Family, `family:revision` or ARN. */
  readonly taskDefinition: string;
}

/** Where tasks that run once are to run again. */
export interface RerunDaemonInput {
  /** Cluster, by name or ARN. */
  readonly cluster: string;
  /** Container instances, by ARN or id. */
  readonly containerInstances: readonly string[];
  /** Name of the daemon. */
  readonly name: string;
}

/** A resource of a container instance. */
export interface Resource {
  readonly __typename?: "Resource";
  /** CPU (units, 1024 a core), MEMORY (MiB), PORTS, PORTS_UDP, GPU. */
  readonly name: string;
  /** INTEGER, LONG, DOUBLE or STRINGSET. */
  readonly type: string;
  /** A number, or for a STRINGSET its members joined by commas: the ports in use. */
  readonly value: string;
}

/** Where to go back to. */
export interface RollbackDaemonInput {
  /** Cluster, by name or ARN. */
  readonly cluster: string;
  /** Name of the daemon. */
  readonly name: string;
  /** Revision to go back to; when left out, the newest one before the current one that differs from it and was not taken back. */
  readonly toRevision?: number | null | undefined;
}

/** How a new revision reaches the tasks. Percentages are of the container instances that should and can have a task. */
export interface Rollout {
  readonly __typename?: "Rollout";
  /** Whether a revision that fails is taken back by itself. */
  readonly autoRollback: boolean;
  /** Get a new revision before it is promoted; 0 for no canary. */
  readonly canaryPercent: number;
  /** Have two tasks for a while, with REPLACE_THEN_TERMINATE. */
  readonly maxOverPercent: number;
  /** Order of stop and start. */
  readonly method: RolloutMethod;
  /** Keep a healthy task while others are replaced. */
  readonly minHealthyPercent: number;
}

/** How a change of a daemon reaches its tasks. What is left out stays; a new daemon takes the defaults. */
export interface RolloutInput {
  /** Whether a revision that fails on most container instances that got it is taken back by itself; false by default. */
  readonly autoRollback?: boolean | null | undefined;
  /** Share of the container instances, in percent, that get a new revision before `promoteDaemon`. 0 to 100, 0 by default: no canary. */
  readonly canaryPercent?: number | null | undefined;
  /** Share of the container instances, in percent, that may have two tasks for a while. 1 to 100 with REPLACE_THEN_TERMINATE, 10 by default; one at least. */
  readonly maxOverPercent?: number | null | undefined;
  /** Order of stop and start; TERMINATE_THEN_REPLACE by default. */
  readonly method?: RolloutMethod | null | undefined;
  /** Share of the container instances, in percent, that keep a healthy task while others are replaced. 0 to 100, 90 by default; one at least is replaced at a time. */
  readonly minHealthyPercent?: number | null | undefined;
}

/** In which order a task is replaced by its next revision. `REPLACE_THEN_TERMINATE`: The new task starts beside the old one, which stops when the new one is healthy. Where both do not fit (a fixed host port), the old one goes first if minHealthyPercent allows. `TERMINATE_THEN_REPLACE`: The old task stops, then the new one starts. */
export type RolloutMethod = "REPLACE_THEN_TERMINATE" | "TERMINATE_THEN_REPLACE";

/** One rule of an explanation. */
export interface Rule {
  readonly __typename?: "Rule";
  /** What was found. */
  readonly detail: string;
  /** Whether it holds. */
  readonly ok: boolean;
  /** Name of the rule. */
  readonly rule: string;
}

/** A container instance that gets no task now. */
export interface Skip {
  readonly __typename?: "Skip";
  /** Amazon resource name. */
  readonly containerInstance: string;
  /** Why, in words. */
  readonly reason: string;
}

/** What can be followed, over WebSocket. `snapshot: true` sends what matches now as ADDED, then one SYNCED, then changes; without it only changes come. `after` continues from a cursor, with no gap and no repeat, on whichever replica; one that is too old is the error CURSOR_EXPIRED, as is a gap that opens later: subscribe again with a snapshot. MODIFIED is sent when a field differs that the subscription selects of the entity itself or that its filter looks at. What is behind it (`containerInstance { .. }` of a task, `tasks` of an instance) is read when a change is sent, and its own changes are told by its own subscription. `heartbeatSeconds` (1 to 86400) asks for a SYNCED with the cursor of by then whenever nothing was sent for so long and the log moved on: whoever waits for a rare match keeps a cursor that does not expire. Without it there is one SYNCED, of the snapshot, at most. */
export interface Subscription {
  readonly __typename?: "Subscription";
  /** Clusters: a new one is ADDED; MODIFIED when its counts change, ten times a second at most; REMOVED when ECS has it no more, as are then all entities in it by their own subscriptions. */
  readonly clusterChanges: ClusterChange;
  /** Changes of container instances. One that stops matching the filter is REMOVED, one that starts to is ADDED. */
  readonly containerInstanceChanges: ContainerInstanceChange;
  /** A daemon's definition and status, as they change: the newest state, ten times a second at most. After a resumption each daemon that was touched meanwhile comes once, as it is by then. */
  readonly daemonChanges: DaemonChange;
  /** Endpoints as they come and go. An endpoint leaves when its task starts to stop. */
  readonly endpointChanges: EndpointChange;
  /** Changes of tasks. One that stops matching the filter is REMOVED, one that starts to is ADDED. */
  readonly taskChanges: TaskChange;
}

/** A tag. */
export interface Tag {
  readonly __typename?: "Tag";
  /** Key. */
  readonly key: string;
  /** Value; may be empty. */
  readonly value: string;
}

/** A tag to put on every task. */
export interface TagInput {
  /** Key, 1 to 128 characters. */
  readonly key: string;
  /** Value, up to 256 characters. */
  readonly value: string;
}

/** A task: the running copy of a task definition. */
export interface Task {
  readonly __typename?: "Task";
  /** Amazon resource name. */
  readonly arn: string;
  /** Availability zone. */
  readonly availabilityZone: string | null;
  /** Capacity provider that it was started through. */
  readonly capacityProvider: string | null;
  /** The cluster that it runs in. */
  readonly cluster: ClusterRef;
  /** The same as an object; null on Fargate and when the instance is not known. */
  readonly containerInstance: ContainerInstance | null;
  /** The container instance it is placed on; null on Fargate. */
  readonly containerInstanceArn: string | null;
  /** Its containers. */
  readonly containers: readonly Container[];
  /** CPU units of the task, as text. */
  readonly cpu: string | null;
  /** When ECS accepted it. */
  readonly createdAt: DateTime | null;
  /** The daemon that started it; null when none did. */
  readonly daemon: DaemonRef | null;
  /** Where ECS wants it: RUNNING or STOPPED. */
  readonly desiredStatus: DesiredStatus;
  /** Where it can be reached while it runs. */
  readonly endpoints: readonly Endpoint[];
  /** Family of the task definition. */
  readonly family: string;
  /** `service:<name>`, `family:<family>` or free text. */
  readonly group: string | null;
  /** HEALTHY, UNHEALTHY or UNKNOWN. Events do not carry it: it is as old as the last comparison with the API. */
  readonly healthStatus: HealthStatus | null;
  /** Last segment of the ARN. */
  readonly id: string;
  /** Where it is in its life. */
  readonly lastStatus: TaskStatus;
  /** EC2, FARGATE, EXTERNAL or MANAGED_INSTANCES. */
  readonly launchType: LaunchType | null;
  /** Memory of the task in MiB, as text. */
  readonly memory: string | null;
  /** When it was RUNNING first. */
  readonly startedAt: DateTime | null;
  /** Who started it, in their words. */
  readonly startedBy: string | null;
  /** TaskFailedToStart, EssentialContainerExited, UserInitiated, ... */
  readonly stopCode: string | null;
  /** When it had stopped. */
  readonly stoppedAt: DateTime | null;
  /** Why it stopped or is stopping, in ECS's words. */
  readonly stoppedReason: string | null;
  /** When it began to stop. */
  readonly stoppingAt: DateTime | null;
  /** Its tags, from the API. */
  readonly tags: readonly Tag[];
  /** ARN of the task definition. */
  readonly taskDefinitionArn: string;
  /** Each status with the first time that it was known to have it, oldest first. */
  readonly timeline: readonly TimelineEntry[];
  /** ECS's version of this state: a 64-bit decimal that grows with each change. */
  readonly version: string;
}

/** A change of a task. */
export interface TaskChange {
  readonly __typename?: "TaskChange";
  /** The fields of the entity that differ from before, as paths: `lastStatus`, `containers.exitCode`. In the schema's order, selected or not; a list that grew or shrank is named itself. Empty when it is new or gone, and with SYNCED. */
  readonly changed: readonly string[];
  /** The point just behind this change: `after` continues from it. */
  readonly cursor: string;
  /** As it is after the change, or was before it went; null with SYNCED. */
  readonly task: Task | null;
  /** What happened. */
  readonly type: ChangeType;
}

/** A page of tasks, in a fixed order: by cluster, then by id. Each is visited once even while the fleet changes. */
export interface TaskConnection {
  readonly __typename?: "TaskConnection";
  /** The point in the change log that this page was read at: a subscription takes it as `after` and misses nothing. */
  readonly changeCursor: string;
  /** The same, each with the cursor to continue after it. */
  readonly edges: readonly TaskEdge[];
  /** The tasks of this page. */
  readonly nodes: readonly Task[];
  /** Whether there is more, and where it goes on. */
  readonly pageInfo: PageInfo;
  /** How many match, on all pages together. */
  readonly totalCount: number;
}

/** Numbers of tasks. */
export interface TaskCounts {
  readonly __typename?: "TaskCounts";
  /** On their way to RUNNING: PROVISIONING, PENDING, ACTIVATING. */
  readonly pending: number;
  /** With lastStatus RUNNING. */
  readonly running: number;
  /** With lastStatus STOPPED. */
  readonly stopped: number;
  /** All that are kept, stopped ones included. */
  readonly total: number;
}

/** One of a page, with its place. */
export interface TaskEdge {
  readonly __typename?: "TaskEdge";
  /** Pass it as `after` to continue behind this one. */
  readonly cursor: string;
  /** The task itself. */
  readonly node: Task;
}

/** Which tasks. What is left out does not restrict. */
export interface TaskFilter {
  /** Cluster, by name or ARN. */
  readonly cluster?: string | null | undefined;
  /** Container instance, by ARN or id. */
  readonly containerInstance?: string | null | undefined;
  /** Name of the daemon that started it. */
  readonly daemon?: string | null | undefined;
  /** RUNNING or STOPPED. */
  readonly desiredStatus?: DesiredStatus | null | undefined;
  /** Family of the task definition. */
  readonly family?: string | null | undefined;
  /** Group, exactly. */
  readonly group?: string | null | undefined;
  /** HEALTHY, UNHEALTHY or UNKNOWN. */
  readonly healthStatus?: HealthStatus | null | undefined;
  /** Any of these. */
  readonly lastStatus?: readonly TaskStatus[] | null | undefined;
  /** EC2, FARGATE, EXTERNAL or MANAGED_INSTANCES. */
  readonly launchType?: LaunchType | null | undefined;
  /** Who started it, exactly. */
  readonly startedBy?: string | null | undefined;
}

/** The task that something belongs to. */
export interface TaskRef {
  readonly __typename?: "TaskRef";
  /** Amazon resource name. */
  readonly arn: string;
}

/** The status of a task, in ECS's own words: PROVISIONING, PENDING, ACTIVATING, RUNNING, DEACTIVATING, STOPPING, DEPROVISIONING, STOPPED, DELETED. A word that ECS adds later passes through. */
export type TaskStatus = string;

/** A step in a task's life. */
export interface TimelineEntry {
  readonly __typename?: "TimelineEntry";
  /** Since when. */
  readonly at: DateTime;
  /** The status. */
  readonly lastStatus: TaskStatus;
}

/** A change of a daemon. What is left out stays as it is. */
export interface UpdateDaemonInput {
  /** Cluster, by name or ARN. */
  readonly cluster: string;
  /** On a draining container instance daemons of a lower number stop first. */
  readonly drainOrder?: number | null | undefined;
  /** The revision that this change is based on; CONFLICT when the daemon has another one by now. */
  readonly expectedRevision?: number | null | undefined;
  /** How tasks are started from now on. */
  readonly launch?: DaemonLaunch | null | undefined;
  /** The mode that it has: another one is refused. */
  readonly mode?: DaemonMode | null | undefined;
  /** Name of the daemon. */
  readonly name: string;
  /** Network configuration, as ECS takes it. */
  readonly networkConfiguration?: unknown | undefined;
  /** Task overrides, as ECS takes them. */
  readonly overrides?: unknown | undefined;
  /** Whether starting and stopping is on hold. */
  readonly paused?: boolean | null | undefined;
  /** Custom attribute to set on container instances whose daemons are all healthy; empty for none. */
  readonly readinessAttribute?: string | null | undefined;
  /** How changes reach the tasks. */
  readonly rollout?: RolloutInput | null | undefined;
  /** Cluster query language; empty selects every container instance. */
  readonly selector?: string | null | undefined;
  /** Tags for every task. */
  readonly tags?: readonly TagInput[] | null | undefined;
  /** Family, `family:revision` or ARN. */
  readonly taskDefinition?: string | null | undefined;
}

/** Whoever sent the request, as far as it matters to what may be done. */
export interface Viewer {
  readonly __typename?: "Viewer";
  /** Whether mutations are let through. Where no token is asked for, they always are. */
  readonly mayChange: boolean;
}

/** Container instances that change together. */
export interface Wave {
  readonly __typename?: "Wave";
  /** Container instances whose task is replaced, by ARN. */
  readonly replace: readonly string[];
  /** Container instances that get their first task, by ARN. */
  readonly start: readonly string[];
  /** Container instances that lose a task, by ARN. */
  readonly stop: readonly string[];
}

/** The arguments of a field that takes none. */
export type NoArguments = Readonly<Record<never, never>>;
/** The arguments of every field that takes some, by type and field. */
export interface Arguments {
  readonly Cluster: {
    readonly containerInstances: {
      /** Where the page begins: the endCursor of the one before, or any edge's cursor. BAD_USER_INPUT for anything else. */
      readonly after?: string | null | undefined;
      /** What to list: members that are given must all hold. Everything without it. */
      readonly filter?: ContainerInstanceFilter | null | undefined;
      /** Length of the page: 0 to 1000, 100 unless given. BAD_USER_INPUT beyond that. */
      readonly first?: number | null | undefined;
    };
    readonly daemons: {
      /** Where the page begins: the endCursor of the one before, or any edge's cursor. BAD_USER_INPUT for anything else. */
      readonly after?: string | null | undefined;
      /** Length of the page: 0 to 1000, 100 unless given. BAD_USER_INPUT beyond that. */
      readonly first?: number | null | undefined;
    };
    readonly events: {
      /** How many, the newest first: 0 to 1000, 100 unless given. */
      readonly first?: number | null | undefined;
    };
    readonly history: {
      /** How many minutes: 1 to 1440, 180 unless given. BAD_USER_INPUT beyond that. */
      readonly minutes?: number | null | undefined;
    };
    readonly tasks: {
      /** Where the page begins: the endCursor of the one before, or any edge's cursor. BAD_USER_INPUT for anything else. */
      readonly after?: string | null | undefined;
      /** What to list: members that are given must all hold. Everything without it. */
      readonly filter?: TaskFilter | null | undefined;
      /** Length of the page: 0 to 1000, 100 unless given. BAD_USER_INPUT beyond that. */
      readonly first?: number | null | undefined;
    };
  };
  readonly ContainerInstance: {
    readonly tasks: {
      /** Where the page begins: the endCursor of the one before, or any edge's cursor. BAD_USER_INPUT for anything else. */
      readonly after?: string | null | undefined;
      /** Which of its tasks; those that have stopped only when `lastStatus` asks for them. */
      readonly filter?: TaskFilter | null | undefined;
      /** Length of the page: 0 to 1000, 100 unless given. BAD_USER_INPUT beyond that. */
      readonly first?: number | null | undefined;
    };
  };
  readonly Daemon: {
    readonly events: {
      /** How many, the newest first: 0 to 1000, 100 unless given. */
      readonly first?: number | null | undefined;
    };
    readonly explain: {
      /** Full ARN of a container instance of the daemon's cluster. NOT_FOUND when there is none. */
      readonly containerInstance: string;
    };
    readonly placements: {
      /** Where the page begins: the endCursor of the one before, or any edge's cursor. BAD_USER_INPUT for anything else. */
      readonly after?: string | null | undefined;
      /** Length of the page: 0 to 1000, 100 unless given. BAD_USER_INPUT beyond that. */
      readonly first?: number | null | undefined;
    };
  };
  readonly Mutation: {
    readonly deregisterDaemon: {
      /** What to do, and to which daemon. BAD_USER_INPUT names the member that cannot be used. */
      readonly input: DeregisterDaemonInput;
    };
    readonly discardQuarantined: {
      /** Ids of messages, as `quarantine` lists them. */
      readonly messageIds: readonly string[];
    };
    readonly pauseDaemon: {
      /** What to do, and to which daemon. BAD_USER_INPUT names the member that cannot be used. */
      readonly input: DaemonInput;
    };
    readonly promoteDaemon: {
      /** What to do, and to which daemon. BAD_USER_INPUT names the member that cannot be used. */
      readonly input: DaemonInput;
    };
    readonly registerDaemon: {
      /** Works the plan out and does nothing: nothing is written, and nothing but reads is called. */
      readonly dryRun?: boolean | null | undefined;
      /** What to do, and to which daemon. BAD_USER_INPUT names the member that cannot be used. */
      readonly input: RegisterDaemonInput;
    };
    readonly replayQuarantined: {
      /** Ids of messages, as `quarantine` lists them. */
      readonly messageIds: readonly string[];
    };
    readonly rerunDaemon: {
      /** What to do, and to which daemon. BAD_USER_INPUT names the member that cannot be used. */
      readonly input: RerunDaemonInput;
    };
    readonly resumeDaemon: {
      /** What to do, and to which daemon. BAD_USER_INPUT names the member that cannot be used. */
      readonly input: DaemonInput;
    };
    readonly rollbackDaemon: {
      /** What to do, and to which daemon. BAD_USER_INPUT names the member that cannot be used. */
      readonly input: RollbackDaemonInput;
    };
    readonly updateDaemon: {
      /** Works the plan out and does nothing: nothing is written, and nothing but reads is called. */
      readonly dryRun?: boolean | null | undefined;
      /** What to do, and to which daemon. BAD_USER_INPUT names the member that cannot be used. */
      readonly input: UpdateDaemonInput;
    };
  };
  readonly Query: {
    readonly cluster: {
      /** Name or ARN. BAD_USER_INPUT when the name stands for several clusters; it then names them. */
      readonly cluster: string;
    };
    readonly clusters: {
      /** Where the page begins: the endCursor of the one before, or any edge's cursor. BAD_USER_INPUT for anything else. */
      readonly after?: string | null | undefined;
      /** Length of the page: 0 to 1000, 100 unless given. BAD_USER_INPUT beyond that. */
      readonly first?: number | null | undefined;
    };
    readonly containerInstance: {
      /** Full ARN, long or short form as ECS tells it. */
      readonly arn: string;
    };
    readonly containerInstances: {
      /** Where the page begins: the endCursor of the one before, or any edge's cursor. BAD_USER_INPUT for anything else. */
      readonly after?: string | null | undefined;
      /** What to list: members that are given must all hold. Everything without it. */
      readonly filter?: ContainerInstanceFilter | null | undefined;
      /** Length of the page: 0 to 1000, 100 unless given. BAD_USER_INPUT beyond that. */
      readonly first?: number | null | undefined;
    };
    readonly daemon: {
      /** Name or ARN of its cluster. BAD_USER_INPUT when the name stands for several clusters. */
      readonly cluster: string;
      /** Name of the daemon, with case. */
      readonly name: string;
    };
    readonly daemons: {
      /** Where the page begins: the endCursor of the one before, or any edge's cursor. BAD_USER_INPUT for anything else. */
      readonly after?: string | null | undefined;
      /** Name or ARN; all clusters without it. BAD_USER_INPUT when the name stands for several. */
      readonly cluster?: string | null | undefined;
      /** Length of the page: 0 to 1000, 100 unless given. BAD_USER_INPUT beyond that. */
      readonly first?: number | null | undefined;
    };
    readonly endpoints: {
      /** Where the page begins: the endCursor of the one before, or any edge's cursor. BAD_USER_INPUT for anything else. */
      readonly after?: string | null | undefined;
      /** What to list: members that are given must all hold. Everything without it. */
      readonly filter?: EndpointFilter | null | undefined;
      /** Length of the page: 0 to 1000, 100 unless given. BAD_USER_INPUT beyond that. */
      readonly first?: number | null | undefined;
    };
    readonly ingestWorkers: NoArguments;
    readonly quarantine: {
      /** How many, the newest first: 0 to 1000, 100 unless given. */
      readonly first?: number | null | undefined;
    };
    readonly queues: NoArguments;
    readonly storeProblem: NoArguments;
    readonly task: {
      /** Full ARN, long or short form as ECS tells it. */
      readonly arn: string;
    };
    readonly tasks: {
      /** Where the page begins: the endCursor of the one before, or any edge's cursor. BAD_USER_INPUT for anything else. */
      readonly after?: string | null | undefined;
      /** What to list: members that are given must all hold. Everything without it. */
      readonly filter?: TaskFilter | null | undefined;
      /** Length of the page: 0 to 1000, 100 unless given. BAD_USER_INPUT beyond that. */
      readonly first?: number | null | undefined;
    };
    readonly viewer: NoArguments;
  };
  readonly Subscription: {
    readonly clusterChanges: {
      /** Goes on behind a cursor that a change or a `changeCursor` gave. CURSOR_EXPIRED when the log does not reach back so far. */
      readonly after?: string | null | undefined;
      /** Seconds, 1 to 86400: whenever nothing was sent for so long and the log moved on, a SYNCED brings the cursor of by then. None without it. */
      readonly heartbeatSeconds?: number | null | undefined;
      /** Sends what matches now as ADDED first, then one SYNCED. Passed over when `after` is given. */
      readonly snapshot?: boolean | null | undefined;
    };
    readonly containerInstanceChanges: {
      /** Goes on behind a cursor that a change or a `changeCursor` gave. CURSOR_EXPIRED when the log does not reach back so far. */
      readonly after?: string | null | undefined;
      /** Whose changes: members that are given must all hold. All without it. */
      readonly filter?: ContainerInstanceFilter | null | undefined;
      /** Seconds, 1 to 86400: whenever nothing was sent for so long and the log moved on, a SYNCED brings the cursor of by then. None without it. */
      readonly heartbeatSeconds?: number | null | undefined;
      /** Sends what matches now as ADDED first, then one SYNCED. Passed over when `after` is given. */
      readonly snapshot?: boolean | null | undefined;
    };
    readonly daemonChanges: {
      /** Goes on behind a cursor that a change or a `changeCursor` gave. CURSOR_EXPIRED when the log does not reach back so far. */
      readonly after?: string | null | undefined;
      /** Name or ARN; daemons of all clusters without it. */
      readonly cluster?: string | null | undefined;
      /** Seconds, 1 to 86400: whenever nothing was sent for so long and the log moved on, a SYNCED brings the cursor of by then. None without it. */
      readonly heartbeatSeconds?: number | null | undefined;
      /** Name of one daemon; all of them without it. */
      readonly name?: string | null | undefined;
      /** Sends what matches now as ADDED first, then one SYNCED. Passed over when `after` is given. */
      readonly snapshot?: boolean | null | undefined;
    };
    readonly endpointChanges: {
      /** Goes on behind a cursor that a change or a `changeCursor` gave. CURSOR_EXPIRED when the log does not reach back so far. */
      readonly after?: string | null | undefined;
      /** Whose changes: members that are given must all hold. All without it. */
      readonly filter?: EndpointFilter | null | undefined;
      /** Seconds, 1 to 86400: whenever nothing was sent for so long and the log moved on, a SYNCED brings the cursor of by then. None without it. */
      readonly heartbeatSeconds?: number | null | undefined;
      /** Sends what matches now as ADDED first, then one SYNCED. Passed over when `after` is given. */
      readonly snapshot?: boolean | null | undefined;
    };
    readonly taskChanges: {
      /** Goes on behind a cursor that a change or a `changeCursor` gave. CURSOR_EXPIRED when the log does not reach back so far. */
      readonly after?: string | null | undefined;
      /** Whose changes: members that are given must all hold. All without it. */
      readonly filter?: TaskFilter | null | undefined;
      /** Seconds, 1 to 86400: whenever nothing was sent for so long and the log moved on, a SYNCED brings the cursor of by then. None without it. */
      readonly heartbeatSeconds?: number | null | undefined;
      /** Sends what matches now as ADDED first, then one SYNCED. Passed over when `after` is given. */
      readonly snapshot?: boolean | null | undefined;
    };
  };
}
