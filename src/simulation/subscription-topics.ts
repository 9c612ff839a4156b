// What simulated clients subscribe to: the five kinds of changes, with random filters, and the list that tells the
// same. Pure.
import type { JsonObject } from "../ecs/json.ts";
import type { Random } from "../random.ts";

export interface Topic {
  /** Of the subscription. */
  readonly field: string;
  /** The payload's field for the entity. */
  readonly entity: string;
  /** The query's field for the same entities. */
  readonly list: string;
  /** What is selected of an entity. */
  readonly selection: string;
  /** Declared variables and the arguments that they are for, filters included. */
  readonly declared: string;
  readonly args: string;
  readonly variables: JsonObject;
  /** Fields that name an entity. */
  readonly key: readonly string[];
}

const taskSelection =
  "arn version lastStatus desiredStatus stopCode stoppedReason group startedBy daemon { name } containers { name lastStatus exitCode }";
const instanceSelection = "arn version status agentConnected ec2InstanceId";
const endpointSelection = "id host port protocol containerPort healthy task { arn }";
const daemonSelection =
  "cluster { name } name revision paused status { phase desired running healthy updated outdated waiting failed }";
const clusterSelection =
  "arn name instanceCounts { total active draining agentDisconnected } taskCounts { total running pending stopped }";

/** Each as often as it stands here. Names are those of fleet.ts. */
const taskFilters: readonly JsonObject[] = [
  {},
  {},
  { lastStatus: ["RUNNING"] },
  { lastStatus: ["PENDING", "RUNNING"], desiredStatus: "RUNNING" },
  { desiredStatus: "STOPPED" },
  { family: "log-router" },
  { family: "web" },
  { daemon: "log-router" },
];

const instanceFilters: readonly JsonObject[] = [
  {},
  {},
  { status: "ACTIVE" },
  { agentConnected: true },
  { status: "DRAINING" },
  { expression: "attribute:tier == front and agentConnected == true" },
];

const ofFilter = (type: string) => ({ declared: `$filter: ${type}`, args: "filter: $filter" });
const ofCluster = { declared: "$cluster: String", args: "cluster: $cluster" };

type Kind = "task" | "instance" | "endpoint" | "daemon" | "cluster";

const topics: Readonly<Record<Kind, Omit<Topic, "variables">>> = {
  task: {
    field: "taskChanges",
    entity: "task",
    list: "tasks",
    selection: taskSelection,
    key: ["arn"],
    ...ofFilter("TaskFilter"),
  },
  instance: {
    field: "containerInstanceChanges",
    entity: "containerInstance",
    list: "containerInstances",
    selection: instanceSelection,
    key: ["arn"],
    ...ofFilter("ContainerInstanceFilter"),
  },
  endpoint: {
    field: "endpointChanges",
    entity: "endpoint",
    list: "endpoints",
    selection: endpointSelection,
    key: ["id"],
    ...ofFilter("EndpointFilter"),
  },
  daemon: {
    field: "daemonChanges",
    entity: "daemon",
    list: "daemons",
    selection: daemonSelection,
    key: ["cluster", "name"],
    ...ofCluster,
  },
  cluster: {
    field: "clusterChanges",
    entity: "cluster",
    list: "clusters",
    selection: clusterSelection,
    key: ["arn"],
    declared: "",
    args: "",
  },
};

/** `clusters`: ARNs. */
export function drawTopic(random: Random, clusters: readonly string[]): Topic {
  const arn = random.chance(0.5) ? random.pick(clusters) : undefined;
  const cluster = random.chance(0.5) ? arn?.slice(arn.lastIndexOf("/") + 1) : arn;
  const scope: JsonObject = cluster === undefined ? {} : { cluster };
  const kind = random.pick(["task", "task", "instance", "endpoint", "daemon", "cluster"] as const);
  const variables: Readonly<Record<Kind, JsonObject>> = {
    task: { filter: { ...scope, ...random.pick(taskFilters) } },
    instance: { filter: { ...scope, ...random.pick(instanceFilters) } },
    endpoint: { filter: scope },
    daemon: scope,
    cluster: {},
  };
  return { ...topics[kind], variables: variables[kind] };
}

export const subscriptionDocument = (topic: Topic): string =>
  `subscription (${topic.declared} $after: String $snapshot: Boolean) {
  ${topic.field}(${topic.args} after: $after snapshot: $snapshot) {
    type cursor changed ${topic.entity} { ${topic.selection} }
  }
}`;

/** A page of the list, which begins after `$page`: the whole may be more than what may wait on a socket. */
export const listDocument = ({ declared, args, list, selection }: Topic): string =>
  `query (${declared} $page: String) {
  ${list}(${args} first: 100 after: $page) {
    changeCursor nodes { ${selection} } pageInfo { hasNextPage endCursor }
  }
}`;

/** What names an entity among those of its topic. */
export const keyOf = ({ key }: Pick<Topic, "key">, entity: JsonObject): string =>
  key.map((field) => JSON.stringify(entity[field])).join(" ");
