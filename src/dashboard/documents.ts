// The GraphQL documents of the dashboard's frame and lists. One text for everybody, so that the server works each
// change out once. Every export is held against schema.graphql by documents.test.ts.
import type { Kind } from "./model.ts";

const cluster = `arn name region account
  instanceCounts { total active draining agentDisconnected }
  taskCounts { total running pending stopped }
  freshness { lastEventAt eventLagMs eventLagP50Ms lastReconciledAt driftRepaired problem }`;

const instance = `arn id cluster { arn name } ec2InstanceId status statusSince statusReason
  agentConnected agentConnectedSince agentVersion availabilityZone instanceType capacityProvider registeredAt
  registeredResources { name value } remainingResources { name value }`;

const task = `arn id cluster { arn name } containerInstanceArn family group launchType lastStatus desiredStatus
  healthStatus stopCode stoppedReason createdAt startedAt stoppingAt stoppedAt daemon { name }
  containers { name healthStatus exitCode }`;

const daemon = `name cluster { arn name } mode paused revision
  status { phase reason since desired running healthy updated waiting failed }`;

const endpoint = `id cluster { arn name } task { arn } container host port protocol containerPort availabilityZone
  healthy`;

/** How a kind is followed. */
export interface Followed {
  /** Field of the subscription, and of the entity in its payload. */
  readonly field: string;
  readonly entity: string;
  readonly query: string;
  /** Field of the list, and the query for a page of it. */
  readonly list: string;
  readonly pages: string;
}

/** Seconds between signs of life: a kind that seldom changes keeps a cursor that the log still reaches. */
const heartbeatSeconds = 60;

function followed(entity: string, fields: string, filter = ""): Followed {
  const [field, list] = [`${entity}Changes`, `${entity}s`];
  const query = `subscription Dashboard_${field}($after: String) {
  ${field}(${filter}after: $after, heartbeatSeconds: ${heartbeatSeconds}) {
    type cursor ${entity} { ${fields} }
  }
}`;
  const pages = `query Dashboard_${list}($after: String) {
  ${list}(${filter}first: 1000, after: $after) {
    changeCursor pageInfo { hasNextPage endCursor } nodes { ${fields} }
  }
}`;
  return { field, entity, query, list, pages };
}

/**
 * Every status but the last two. A day of STOPPED tasks would make the snapshot many times as large, and the page
 * shows none of them; one that stops arrives as REMOVED, with its reason.
 */
const unstopped =
  "filter: { lastStatus: [PROVISIONING, PENDING, ACTIVATING, RUNNING, DEACTIVATING, STOPPING, DEPROVISIONING] }, ";

export const documents: Readonly<Record<Kind, Followed>> = {
  cluster: followed("cluster", cluster),
  instance: followed("containerInstance", instance),
  task: followed("task", task, unstopped),
  daemon: followed("daemon", daemon),
  endpoint: followed("endpoint", endpoint),
};

/** What the token may do. */
export const viewerQuery = `query Dashboard_viewer { viewer { mayChange } }`;

/** Freshness moves without any change of a cluster's counts, so it is asked for by the clock. */
export const freshnessQuery = `query Dashboard_freshness {
  clusters(first: 1000) { nodes { arn freshness { lastEventAt eventLagMs eventLagP50Ms lastReconciledAt driftRepaired problem } } }
  queues { name visible oldestMessageAgeMs seenAt }
  ingestWorkers { seenAt reconcileMs }
}`;

/** Instances that an expression of the cluster query language selects, a page at a time. */
export const expressionQuery = `query Dashboard_expression($cluster: String, $expression: String!, $after: String) {
  containerInstances(filter: { cluster: $cluster, expression: $expression }, first: 1000, after: $after) {
    nodes { arn } pageInfo { hasNextPage endCursor }
  }
}`;

/** Which daemons each container instance should have, and how they stand there. */
export const coverageQuery = `query Dashboard_coverage($after: String) {
  containerInstances(first: 500, after: $after) {
    nodes { arn daemons { name state } } pageInfo { hasNextPage endCursor }
  }
}`;

/** What the page of a cluster shows beyond what is followed. */
export const clusterQuery = `query Dashboard_cluster($cluster: String!) {
  cluster(cluster: $cluster) { arn events(first: 50) { id detailType eventType eventName reason resources at } }
}`;

/** What the page of a container instance shows beyond its tile. */
export const instanceQuery = `query Dashboard_instance($arn: ID!) {
  containerInstance(arn: $arn) {
    arn id cluster { arn name } ec2InstanceId status statusSince statusReason agentConnected agentConnectedSince
    agentVersion dockerVersion
    availabilityZone instanceType capacityProvider privateIpAddress registeredAt version
    registeredResources { name type value } remainingResources { name type value }
    attributes { name value } daemons { name state reason since }
  }
}`;

/** All about one task. */
export const taskQuery = `query Dashboard_task($arn: ID!) {
  task(arn: $arn) {
    arn id cluster { arn name } containerInstanceArn containerInstance { arn ec2InstanceId }
    taskDefinitionArn family group startedBy launchType capacityProvider availabilityZone cpu memory
    lastStatus desiredStatus healthStatus stopCode stoppedReason
    createdAt startedAt stoppingAt stoppedAt version tags { key value } daemon { name }
    containers {
      arn name image lastStatus exitCode reason healthStatus
      networkBindings { bindIP containerPort hostPort containerPortRange hostPortRange protocol }
    }
    endpoints { id container host port protocol containerPort healthy }
    timeline { lastStatus at }
  }
}`;

/** Tasks that have stopped, a page at a time, for the digest of failures and the list of stopped tasks. */
export const stoppedQuery = `query Dashboard_stopped($cluster: String, $after: String) {
  tasks(filter: { cluster: $cluster, lastStatus: [STOPPED] }, first: 1000, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { ${task} containers { name image exitCode reason } }
  }
}`;
