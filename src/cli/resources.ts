// What get and watch know of each kind of thing: how it is asked for, filtered and shown. Data, no I/O.
import { arnId } from "../ecs/arn.ts";
import { isObject, number, objects, text } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import { age } from "./table.ts";
import type { Column } from "./table.ts";

export const resourceNames = ["clusters", "instances", "tasks", "daemons", "endpoints"] as const;
export type ResourceName = (typeof resourceNames)[number];

export interface ResourceColumn extends Column {
  /** Only with `-o wide`. */
  readonly wide?: true;
  readonly value: (node: JsonObject, now: number) => string;
}

/** A command-line option that becomes an argument of the query. */
export interface FilterOption {
  readonly flags: string;
  readonly description: string;
  /** Name in the query's arguments. */
  readonly argument: string;
  readonly kind: "text" | "list" | "number" | "yes" | "no";
}

export interface Resource {
  readonly name: ResourceName;
  /** Field of Query. */
  readonly query: string;
  /** Field of Subscription. */
  readonly subscription: string;
  /** Field of a change's payload. */
  readonly entity: string;
  /** GraphQL type of the `filter` argument; undefined where options are arguments themselves, all String. */
  readonly filterType: string | undefined;
  readonly filters: readonly FilterOption[];
  /** Options that only the subscription takes. */
  readonly watchFilters?: readonly FilterOption[];
  /** Selection for tables and lines, then for JSON. */
  readonly shown: string;
  readonly full: string;
  readonly columns: readonly ResourceColumn[];
  /** What a change's line says of it. */
  readonly line: (node: JsonObject) => readonly string[];
}

const none: JsonObject = {};
const at = (node: JsonObject, name: string): JsonObject => {
  const value = node[name];
  return isObject(value) ? value : none;
};
const say = (node: JsonObject, name: string): string => text(node, name) ?? "";
const count = (node: JsonObject, name: string): string => String(number(node, name) ?? "");
const clusterOf = (node: JsonObject): string => say(at(node, "cluster"), "name");
const agent = (node: JsonObject): string =>
  node["agentConnected"] === true ? "connected" : "disconnected";
const health = (node: JsonObject): string => (node["healthy"] === true ? "healthy" : "unhealthy");
const resource = (node: JsonObject, list: string, name: string): string => {
  const found = objects(node, list).find((each) => each["name"] === name);
  return found ? say(found, "value") : "";
};
const share = (node: JsonObject, name: string): string => {
  const registered = resource(node, "registeredResources", name);
  return registered === "" ? "" : `${resource(node, "remainingResources", name)}/${registered}`;
};
const host = (node: JsonObject): string => {
  const name = say(node, "host");
  return name.includes(":") ? `[${name}]` : name;
};

const field = (title: string, name: string): ResourceColumn => ({
  title,
  value: (node) => say(node, name),
});
const wideField = (title: string, name: string): ResourceColumn => ({
  ...field(title, name),
  wide: true,
});
const numberIn = (title: string, within: string, name: string): ResourceColumn => ({
  title,
  align: "right",
  value: (node) => count(at(node, within), name),
});
const ageOf = (title: string, name: string): ResourceColumn => ({
  title,
  align: "right",
  value: (node, now) => age(text(node, name), now),
});
const cluster: ResourceColumn = { title: "CLUSTER", value: clusterOf };

const byText = (flags: string, argument: string, description: string): FilterOption => ({
  flags,
  argument,
  description,
  kind: "text",
});
const inCluster = byText("--cluster <cluster>", "cluster", "of this cluster, by name or ARN");

const clusterFields =
  "arn name region account instanceCounts { total active draining agentDisconnected } " +
  "taskCounts { total running pending stopped } freshness { lastEventAt eventLagMs lastReconciledAt driftRepaired problem }";

const clusters: Resource = {
  name: "clusters",
  query: "clusters",
  subscription: "clusterChanges",
  entity: "cluster",
  filterType: undefined,
  filters: [],
  shown: clusterFields,
  full: clusterFields,
  columns: [
    field("NAME", "name"),
    field("REGION", "region"),
    wideField("ACCOUNT", "account"),
    numberIn("INSTANCES", "instanceCounts", "total"),
    numberIn("DRAINING", "instanceCounts", "draining"),
    { ...numberIn("DISCONNECTED", "instanceCounts", "agentDisconnected"), wide: true },
    numberIn("RUNNING", "taskCounts", "running"),
    numberIn("PENDING", "taskCounts", "pending"),
    numberIn("STOPPED", "taskCounts", "stopped"),
    {
      title: "LAST EVENT",
      align: "right",
      value: (node, now) => age(text(at(node, "freshness"), "lastEventAt"), now),
    },
    {
      title: "RECONCILED",
      align: "right",
      value: (node, now) => age(text(at(node, "freshness"), "lastReconciledAt"), now),
    },
    { title: "PROBLEM", wide: true, value: (node) => say(at(node, "freshness"), "problem") },
    wideField("ARN", "arn"),
  ],
  line: (node) => {
    const [instances, tasks] = [at(node, "instanceCounts"), at(node, "taskCounts")];
    return [
      say(node, "name"),
      say(node, "region"),
      `instances ${count(instances, "total")} (${count(instances, "draining")} draining, ${count(instances, "agentDisconnected")} disconnected)`,
      `tasks ${count(tasks, "running")} running, ${count(tasks, "pending")} pending, ${count(tasks, "stopped")} stopped`,
    ];
  },
};

const instances: Resource = {
  name: "instances",
  query: "containerInstances",
  subscription: "containerInstanceChanges",
  entity: "containerInstance",
  filterType: "ContainerInstanceFilter",
  filters: [
    inCluster,
    byText("--status <status>", "status", "ACTIVE, DRAINING, INACTIVE, ..."),
    {
      flags: "--connected",
      argument: "agentConnected",
      description: "whose agent is connected",
      kind: "yes",
    },
    {
      flags: "--disconnected",
      argument: "agentConnected",
      description: "whose agent is not connected",
      kind: "no",
    },
    byText("--ec2-instance <id>", "ec2InstanceId", "i-... or mi-..."),
    byText("--zone <zone>", "availabilityZone", "in this availability zone"),
    byText("--type <type>", "instanceType", "of this EC2 instance type"),
    byText("--capacity-provider <name>", "capacityProvider", "of this capacity provider"),
    byText("--expression <query>", "expression", "that match, in ECS cluster query language"),
  ],
  shown:
    "id arn cluster { name } ec2InstanceId status agentConnected agentVersion availabilityZone instanceType " +
    "capacityProvider privateIpAddress registeredAt registeredResources { name value } remainingResources { name value }",
  full:
    "arn id cluster { arn name } ec2InstanceId status statusReason agentConnected agentVersion dockerVersion " +
    "availabilityZone instanceType capacityProvider privateIpAddress registeredAt version " +
    "registeredResources { name type value } remainingResources { name type value } attributes { name value }",
  columns: [
    field("ID", "id"),
    cluster,
    field("STATUS", "status"),
    { title: "AGENT", value: agent },
    field("TYPE", "instanceType"),
    field("ZONE", "availabilityZone"),
    field("EC2 INSTANCE", "ec2InstanceId"),
    wideField("ADDRESS", "privateIpAddress"),
    { title: "CPU LEFT", wide: true, align: "right", value: (node) => share(node, "CPU") },
    { title: "MEMORY LEFT", wide: true, align: "right", value: (node) => share(node, "MEMORY") },
    wideField("CAPACITY PROVIDER", "capacityProvider"),
    wideField("AGENT VERSION", "agentVersion"),
    ageOf("AGE", "registeredAt"),
  ],
  line: (node) => [
    say(node, "id"),
    say(node, "ec2InstanceId"),
    `in ${clusterOf(node)}`,
    say(node, "status"),
    `agent ${agent(node)}`,
  ],
};

const tasks: Resource = {
  name: "tasks",
  query: "tasks",
  subscription: "taskChanges",
  entity: "task",
  filterType: "TaskFilter",
  filters: [
    inCluster,
    {
      flags: "--status <status...>",
      argument: "lastStatus",
      description: "RUNNING, STOPPED, ...: any of these",
      kind: "list",
    },
    byText("--desired-status <status>", "desiredStatus", "RUNNING or STOPPED"),
    byText("--family <family>", "family", "of this family of task definitions"),
    byText("--group <group>", "group", "of this group, such as service:web"),
    byText("--started-by <text>", "startedBy", "started by exactly this"),
    byText(
      "--instance <instance>",
      "containerInstance",
      "on this container instance, by id or ARN",
    ),
    byText("--launch-type <type>", "launchType", "EC2, FARGATE, EXTERNAL or MANAGED_INSTANCES"),
    byText("--health <status>", "healthStatus", "HEALTHY, UNHEALTHY or UNKNOWN"),
    byText("--daemon <name>", "daemon", "started by this daemon"),
  ],
  shown:
    "id arn cluster { name } taskDefinitionArn containerInstanceArn group startedBy launchType availabilityZone " +
    "lastStatus desiredStatus healthStatus stopCode stoppedReason createdAt daemon { name }",
  full:
    "arn id cluster { arn name } containerInstanceArn taskDefinitionArn family group startedBy launchType " +
    "capacityProvider availabilityZone cpu memory lastStatus desiredStatus healthStatus stopCode stoppedReason " +
    "createdAt startedAt stoppingAt stoppedAt version tags { key value } daemon { name } " +
    "containers { arn name image lastStatus exitCode reason healthStatus " +
    "networkBindings { bindIP containerPort hostPort containerPortRange hostPortRange protocol } } " +
    "timeline { lastStatus at }",
  columns: [
    field("ID", "id"),
    cluster,
    { title: "TASK DEFINITION", value: (node) => arnId(say(node, "taskDefinitionArn")) },
    field("STATUS", "lastStatus"),
    field("DESIRED", "desiredStatus"),
    wideField("HEALTH", "healthStatus"),
    { title: "INSTANCE", value: (node) => arnId(say(node, "containerInstanceArn")) },
    { title: "DAEMON", wide: true, value: (node) => say(at(node, "daemon"), "name") },
    wideField("GROUP", "group"),
    wideField("LAUNCH", "launchType"),
    wideField("ZONE", "availabilityZone"),
    wideField("STOPPED BECAUSE", "stoppedReason"),
    ageOf("AGE", "createdAt"),
  ],
  line: (node) => [
    say(node, "id"),
    arnId(say(node, "taskDefinitionArn")),
    `in ${clusterOf(node)}`,
    say(node, "lastStatus") === say(node, "desiredStatus")
      ? say(node, "lastStatus")
      : `${say(node, "lastStatus")} (desired ${say(node, "desiredStatus")})`,
    text(node, "containerInstanceArn") ? `on ${arnId(say(node, "containerInstanceArn"))}` : "",
    say(node, "stoppedReason"),
  ],
};

const daemonFields =
  "cluster { arn name } name mode paused revision revisions { revision taskDefinition selector createdAt } " +
  "status { phase reason desired running healthy updated outdated waiting failed }";

/** The revision that counts: they come newest first. */
const currentRevision = (node: JsonObject): JsonObject => objects(node, "revisions")[0] ?? none;

const daemons: Resource = {
  name: "daemons",
  query: "daemons",
  subscription: "daemonChanges",
  entity: "daemon",
  filterType: undefined,
  filters: [inCluster],
  watchFilters: [byText("--daemon <name>", "name", "only the daemon of this name")],
  shown: daemonFields,
  full: daemonFields,
  columns: [
    field("NAME", "name"),
    cluster,
    { title: "PHASE", value: (node) => say(at(node, "status"), "phase") },
    numberIn("DESIRED", "status", "desired"),
    numberIn("RUNNING", "status", "running"),
    { ...numberIn("HEALTHY", "status", "healthy"), wide: true },
    numberIn("UPDATED", "status", "updated"),
    { ...numberIn("OUTDATED", "status", "outdated"), wide: true },
    { ...numberIn("WAITING", "status", "waiting"), wide: true },
    numberIn("FAILED", "status", "failed"),
    { title: "REVISION", align: "right", value: (node) => count(node, "revision") },
    wideField("MODE", "mode"),
    { title: "WHY", wide: true, value: (node) => say(at(node, "status"), "reason") },
    {
      title: "TASK DEFINITION",
      value: (node) => arnId(say(currentRevision(node), "taskDefinition")),
    },
    { title: "SELECTOR", wide: true, value: (node) => say(currentRevision(node), "selector") },
  ],
  line: (node) => {
    const status = at(node, "status");
    return [
      say(node, "name"),
      `in ${clusterOf(node)}`,
      say(status, "phase"),
      `revision ${count(node, "revision")}`,
      `${count(status, "running")} of ${count(status, "desired")} running, ${count(status, "updated")} updated, ${count(status, "failed")} failed`,
    ];
  },
};

const endpointFields =
  "cluster { arn name } task { arn } container host port protocol containerPort availabilityZone healthy";

const endpoints: Resource = {
  name: "endpoints",
  query: "endpoints",
  subscription: "endpointChanges",
  entity: "endpoint",
  filterType: "EndpointFilter",
  filters: [
    inCluster,
    byText("--family <family>", "family", "of this family of task definitions"),
    byText("--group <group>", "group", "of this group, such as service:web"),
    byText("--container <name>", "container", "of containers of this name"),
    {
      flags: "--container-port <port>",
      argument: "containerPort",
      description: "for this port in the container",
      kind: "number",
    },
  ],
  shown: endpointFields,
  full: endpointFields,
  columns: [
    { title: "ADDRESS", value: (node) => `${host(node)}:${count(node, "port")}` },
    field("PROTOCOL", "protocol"),
    cluster,
    field("CONTAINER", "container"),
    { title: "CONTAINER PORT", align: "right", value: (node) => count(node, "containerPort") },
    { title: "HEALTH", value: health },
    { title: "TASK", value: (node) => arnId(say(at(node, "task"), "arn")) },
    wideField("ZONE", "availabilityZone"),
  ],
  line: (node) => [
    `${host(node)}:${count(node, "port")}/${say(node, "protocol")}`,
    `${say(node, "container")}:${count(node, "containerPort")}`,
    `in ${clusterOf(node)}`,
    health(node),
    `task ${arnId(say(at(node, "task"), "arn"))}`,
  ],
};

export const resources: Readonly<Record<ResourceName, Resource>> = {
  clusters,
  instances,
  tasks,
  daemons,
  endpoints,
};

/** Declared variables and passed arguments of a list or subscription: `{ declare: "$filter: TaskFilter", pass: "filter: $filter" }`. */
export function filterArguments(
  { filterType, filters }: Resource,
  also: readonly FilterOption[] = [],
): { readonly declare: readonly string[]; readonly pass: readonly string[] } {
  if (filterType !== undefined)
    return { declare: [`$filter: ${filterType}`], pass: ["filter: $filter"] };
  const names = [...filters, ...also].map(({ argument }) => argument);
  return {
    declare: names.map((name) => `$${name}: String`),
    pass: names.map((name) => `${name}: $${name}`),
  };
}

/** Variables for {@link filterArguments} from what the command line set. */
export function filterVariables({ filterType }: Resource, chosen: JsonObject): JsonObject {
  return filterType === undefined ? chosen : { filter: chosen };
}
