// The GraphQL documents of the dashboard. One text for everybody, so that the server works each change out once.
import type { Kind } from "./model.ts";

const cluster = `arn name region account
  instanceCounts { total active draining agentDisconnected }
  taskCounts { total running pending stopped }
  freshness { lastEventAt eventLagMs lastReconciledAt driftRepaired problem }`;

const instance = `arn id cluster { arn name } ec2InstanceId status agentConnected availabilityZone instanceType`;

const task = `arn id cluster { arn name } containerInstanceArn family group launchType lastStatus desiredStatus
  stopCode stoppedReason createdAt startedAt stoppingAt stoppedAt daemon { name }`;

const daemon = `name cluster { arn name } paused revision
  status { phase desired running updated waiting failed }`;

/** A subscription with the names of its field and of the entity in its payload. */
export interface Followed {
  readonly field: string;
  readonly entity: string;
  readonly query: string;
}

function followed(field: string, entity: string, fields: string, filter = ""): Followed {
  const query = `subscription Dashboard_${field}($after: String, $snapshot: Boolean) {
  ${field}(${filter}after: $after, snapshot: $snapshot) { type cursor ${entity} { ${fields} } }
}`;
  return { field, entity, query };
}

/**
 * Every status but the last two. A day of STOPPED tasks would make the snapshot many times as large, and the page
 * shows none of them; one that stops arrives as REMOVED, with its reason.
 */
const unstopped =
  "filter: { lastStatus: [PROVISIONING, PENDING, ACTIVATING, RUNNING, DEACTIVATING, STOPPING, DEPROVISIONING] }, ";

export const documents: Readonly<Record<Kind, Followed>> = {
  cluster: followed("clusterChanges", "cluster", cluster),
  instance: followed("containerInstanceChanges", "containerInstance", instance),
  task: followed("taskChanges", "task", task, unstopped),
  daemon: followed("daemonChanges", "daemon", daemon),
};

/** Freshness moves without any change of a cluster's counts, so it is asked for by the clock. */
export const freshnessQuery = `query Dashboard_freshness {
  clusters(first: 1000) { nodes { arn freshness { lastEventAt eventLagMs lastReconciledAt driftRepaired problem } } }
}`;

/** What the details of a container instance show beyond its tile. */
export const instanceQuery = `query Dashboard_instance($arn: ID!) {
  containerInstance(arn: $arn) {
    arn ec2InstanceId status statusReason agentConnected agentVersion dockerVersion availabilityZone instanceType
    capacityProvider privateIpAddress registeredAt
    registeredResources { name value } remainingResources { name value }
    daemons { name state reason }
  }
}`;
