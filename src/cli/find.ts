// Finds the one thing that a person means by a name, an id, the beginning of an id, or an ARN. Shows nothing.
import { arnId, formatClusterArn, parseEcsArn } from "../ecs/arn.ts";
import { isObject, objects, text } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { AskClient } from "./client.ts";
import { ClientFailure, usageFailure } from "./failure.ts";
import { pagesOf } from "./get.ts";
import { resources } from "./resources/all.ts";
import { at, clusterOf, say } from "./resources/fields.ts";
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
  const { clusters } = await client.request(
    `query($first: Int) { clusters(first: $first) { nodes { arn } } }`,
    { first: clustersAskedMost + 1 },
  );
  const all = isObject(clusters) ? objects(clusters, "nodes").map((node) => say(node, "arn")) : [];
  const asked = named === undefined ? all : [named];
  if (asked.length > clustersAskedMost) return [];
  return asked.flatMap((arn) => {
    const scope = parseEcsArn(arn);
    return scope
      ? [formatClusterArn(scope, scope.id).replace(":cluster/", `:${kind}/`) + `/${id}`]
      : [];
  });
}

async function exact(
  client: AskClient,
  field: string,
  arns: readonly string[],
): Promise<readonly string[]> {
  if (arns.length === 0) return [];
  const declared = arns.map((_, index) => `$a${index}: ID!`).join(", ");
  const asked = arns.map((_, index) => `a${index}: ${field}(arn: $a${index}) { arn }`).join(" ");
  const variables = Object.fromEntries(arns.map((arn, index) => [`a${index}`, arn]));
  const answer = await client.request(`query(${declared}) { ${asked} }`, variables);
  return Object.values(answer).flatMap((node) => (isObject(node) ? [say(node, "arn")] : []));
}

/** Everything of a kind whose id, or one of `alsoBy`, begins so; what is called exactly so counts most. */
async function beginningWith(
  client: AskClient,
  resource: Resource,
  which: string,
  { cluster, alsoBy }: { cluster: string | undefined; alsoBy: readonly string[] },
): Promise<readonly string[]> {
  const filter = cluster === undefined ? {} : { cluster };
  const begin: string[] = [];
  const whole: string[] = [];
  const fields = ["arn id", ...alsoBy].join(" ");
  for await (const { nodes } of pagesOf(client, resource, fields, { limit: undefined, filter }))
    for (const node of nodes) {
      const names = ["id", ...alsoBy].map((name) => say(node, name));
      if (names.includes(which)) whole.push(say(node, "arn"));
      else if (names.some((name) => name.startsWith(which))) begin.push(say(node, "arn"));
    }
  return whole.length > 0 ? whole : begin;
}

async function findArn(
  client: AskClient,
  resource: Resource,
  which: string,
  options: { cluster: string | undefined; alsoBy: readonly string[] },
): Promise<string> {
  if (which.startsWith("arn:")) return which;
  if (which === "") throw usageFailure(`which ${resource.singular}? Say its id or ARN.`);
  const kind = resource === resources.tasks ? "task" : "container-instance";
  const arns = await possibleArns(client, kind, which, options.cluster);
  const named = await exact(client, resource.entity, arns);
  const found = named.length > 0 ? named : await beginningWith(client, resource, which, options);
  const [arn, another] = found;
  if (arn === undefined) throw notFound(resource, which, options.cluster);
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
  return findArn(client, resources.tasks, which, { cluster, alsoBy: [] });
}

/** The ARN of a container instance; its EC2 instance id will do, too. Throws a ClientFailure. */
export function findInstance(client: AskClient, which: string, cluster?: string): Promise<string> {
  return findArn(client, resources.instances, which, { cluster, alsoBy: ["ec2InstanceId"] });
}

/** The ARN of a cluster by name or ARN. Throws a ClientFailure. */
export async function clusterArn(client: AskClient, which: string): Promise<string> {
  const { cluster } = await client.request(
    `query($cluster: String!) { cluster(cluster: $cluster) { arn } }`,
    { cluster: which },
  );
  const arn = isObject(cluster) ? text(cluster, "arn") : undefined;
  if (arn === undefined) throw notFound(resources.clusters, which, undefined);
  return arn;
}

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
  const found: JsonObject[] = [];
  const all = { limit: undefined, filter: {} };
  for await (const { nodes } of pagesOf(
    client,
    resources.daemons,
    "name cluster { arn name }",
    all,
  ))
    found.push(...nodes.filter((node) => node["name"] === which));
  const [first, another] = found;
  if (first === undefined) throw notFound(resources.daemons, which, undefined);
  if (another === undefined) return { cluster: say(at(first, "cluster"), "arn"), name: which };
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
