// Finds the one thing that a person means by a name, an id, the beginning of an id, or an ARN. Shows nothing.
import { arnId, formatClusterArn, parseEcsArn } from "../ecs/arn.ts";
import { listed, one } from "./asked.ts";
import type { AnswerOf, Listed, One } from "./asked.ts";
import type { AskClient } from "./client.ts";
import { ClientFailure, usageFailure } from "./failure.ts";
import { pagesOf } from "./get.ts";
import { readEach } from "./reading.ts";
import { resources } from "./resources/all.ts";
import { clusterOf } from "./resources/fields.ts";
import type { Resource } from "./resources/resource.ts";

/** How many candidates a message names. */
const namedMost = 5;
/** Up to so many clusters, an id is asked for in each by its ARN before everything is looked through. */
const clustersAskedMost = 20;

function notFound(resource: Resource, which: string, cluster: string | undefined): ClientFailure {
  const where = cluster === undefined ? "" : ` in cluster ${cluster}`;
  const kept =
    resource === resources.tasks || resource === resources.instances
      ? " What has ended is kept for a while only."
      : "";
  return new ClientFailure(
    "here",
    "NOT_FOUND",
    `no ${resource.singular} is "${which}"${where}: longshore get ${resource.name} lists them.${kept}`,
  );
}

function ambiguous(resource: Resource, which: string, found: readonly string[]): ClientFailure {
  const more = found.length > namedMost ? `, and ${found.length - namedMost} more` : "";
  const some = found.slice(0, namedMost).join(", ");
  return usageFailure(
    `"${which}" stands for ${found.length} ${resource.name}: ${some}${more}. Say more of it, or the whole ARN.`,
  );
}

/** ARNs that an id would have, in one cluster or in each. */
async function possibleArns(
  client: AskClient,
  kind: "task" | "container-instance",
  id: string,
  cluster: string | undefined,
): Promise<readonly string[]> {
  const named = cluster === undefined ? undefined : await clusterArn(client, cluster);
  const first = clustersAskedMost + 1;
  const { nodes } = await client.query("clusters", { first }, { nodes: { arn: true } });
  const asked = named === undefined ? nodes.map(({ arn }) => arn) : [named];
  if (asked.length > clustersAskedMost) return [];
  return asked.flatMap((arn) => {
    const scope = parseEcsArn(arn);
    return scope
      ? [formatClusterArn(scope, scope.id).replace(":cluster/", `:${kind}/`) + `/${id}`]
      : [];
  });
}

/** What can be told by an id: how one is asked for, how all are, and what each is called. */
interface ById<Node> {
  readonly resource: Resource;
  /** Its word in an ARN. */
  readonly inArn: "task" | "container-instance";
  readonly one: One<{ readonly arn: string }>;
  readonly all: Listed<Node & { readonly arn: string }>;
  names(node: Node): readonly (string | null)[];
}

const taskById: ById<{ readonly id: string }> = {
  resource: resources.tasks,
  inArn: "task",
  one: one("task", { arn: true }),
  all: listed("tasks", { arn: true, id: true }),
  names: ({ id }) => [id],
};

const instanceById: ById<{ readonly id: string; readonly ec2InstanceId: string | null }> = {
  resource: resources.instances,
  inArn: "container-instance",
  one: one("containerInstance", { arn: true }),
  all: listed("containerInstances", { arn: true, id: true, ec2InstanceId: true }),
  names: ({ id, ec2InstanceId }) => [id, ec2InstanceId],
};

/** Those of the ARNs that there are. */
async function exact<Node>(
  client: AskClient,
  kind: ById<Node>,
  arns: readonly string[],
): Promise<readonly string[]> {
  const found = await readEach(
    client,
    kind.one,
    arns.map((arn) => ({ arn })),
  );
  return found.map(({ arn }) => arn);
}

/** Everything of a kind that is called so, or begins so; what is called exactly so counts most. */
async function beginningWith<Node>(
  client: AskClient,
  { all, names }: ById<Node>,
  which: string,
  cluster: string | undefined,
): Promise<readonly string[]> {
  const filter = cluster === undefined ? {} : { cluster };
  const begin: string[] = [];
  const whole: string[] = [];
  for await (const { nodes } of pagesOf(client, all, { limit: undefined, filter }))
    for (const node of nodes) {
      const called = names(node);
      if (called.includes(which)) whole.push(node.arn);
      else if (called.some((name) => name?.startsWith(which))) begin.push(node.arn);
    }
  return whole.length > 0 ? whole : begin;
}

async function findArn<Node>(
  client: AskClient,
  kind: ById<Node>,
  which: string,
  cluster: string | undefined,
): Promise<string> {
  const { resource, inArn } = kind;
  if (which.startsWith("arn:")) return which;
  if (which === "") throw usageFailure(`which ${resource.singular}? Say its id or ARN.`);
  const named = await exact(client, kind, await possibleArns(client, inArn, which, cluster));
  const found = named.length > 0 ? named : await beginningWith(client, kind, which, cluster);
  const [arn, another] = found;
  if (arn === undefined) throw notFound(resource, which, cluster);
  if (another !== undefined) throw ambiguous(resource, which, found.map(withCluster));
  return arn;
}

/** `cluster/id`, which is what tells two of them apart. */
function withCluster(arn: string): string {
  const cluster = parseEcsArn(arn)?.cluster;
  return cluster === undefined ? arnId(arn) : `${cluster}/${arnId(arn)}`;
}

/** The ARN of a task, by ARN, id or the beginning of its id. Throws a ClientFailure. */
export function findTask(client: AskClient, which: string, cluster?: string): Promise<string> {
  return findArn(client, taskById, which, cluster);
}

/** The ARN of a container instance; its EC2 instance id will do, too. Throws a ClientFailure. */
export function findInstance(client: AskClient, which: string, cluster?: string): Promise<string> {
  return findArn(client, instanceById, which, cluster);
}

/** The ARN of a cluster by name or ARN. Throws a ClientFailure. */
export async function clusterArn(client: AskClient, which: string): Promise<string> {
  const cluster = await client.query("cluster", { cluster: which }, { arn: true });
  if (!cluster) throw notFound(resources.clusters, which, undefined);
  return cluster.arn;
}

const daemonNames = listed("daemons", { name: true, cluster: { arn: true, name: true } });

export interface DaemonName {
  /** Name or ARN. */
  readonly cluster: string;
  readonly name: string;
}

/**
 * Which daemon is meant: by `name` with its cluster, by `cluster/name`, or by a name that only one cluster has. Whether
 * it is there is asked only where its cluster must be found. Throws a ClientFailure.
 */
export async function findDaemon(
  client: AskClient,
  which: string,
  cluster: string | undefined,
): Promise<DaemonName> {
  if (cluster !== undefined) return { cluster, name: which };
  const slash = which.lastIndexOf("/");
  if (slash > 0) return { cluster: which.slice(0, slash), name: which.slice(slash + 1) };
  const found: AnswerOf<typeof daemonNames>[] = [];
  const all = { limit: undefined, filter: {} };
  for await (const { nodes } of pagesOf(client, daemonNames, all))
    found.push(...nodes.filter(({ name }) => name === which));
  const [first, another] = found;
  if (first === undefined) throw notFound(resources.daemons, which, undefined);
  if (another === undefined) return { cluster: first.cluster.arn, name: which };
  const clusters = found.slice(0, namedMost).map(clusterOf).join(", ");
  throw usageFailure(
    `${found.length} clusters have a daemon "${which}" (${clusters}): which one? Say --cluster.`,
  );
}

export function noDaemon({ cluster, name }: DaemonName): ClientFailure {
  return new ClientFailure(
    "here",
    "NOT_FOUND",
    `cluster ${arnId(cluster)} has no daemon "${name}": longshore get daemons lists them.`,
  );
}
