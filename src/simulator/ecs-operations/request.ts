// Reading ECS requests as ECS does: members of a wrong type, missing ones and lists that are too long are refused.
import { isObject } from "../../ecs/json.ts";
import type { JsonObject } from "../../ecs/json.ts";
import { parseEcsArn } from "../../ecs/arn.ts";
import { clientError, invalidParameter, Refusal } from "../ecs-refusal.ts";
import type { Cluster, ContainerInstance, Tag, Task, World } from "../world.ts";

export type Answer = Readonly<Record<string, unknown>>;

/** One API call: changes the world as far as it may and answers, or throws a Refusal. */
export type Operation = (world: World, now: number, request: JsonObject) => Answer;

function wrongType(name: string, wanted: string): Refusal {
  return new Refusal("SerializationException", `The member ${name} must be ${wanted}.`);
}

export function optionalText(request: JsonObject, name: string): string | undefined {
  const value = request[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw wrongType(name, "a string");
  return value;
}

export function requiredText(request: JsonObject, name: string): string {
  const value = optionalText(request, name);
  if (value === undefined || value === "")
    throw invalidParameter(`${label(name)} cannot be empty.`);
  return value;
}

export function optionalNumber(request: JsonObject, name: string): number | undefined {
  const value = request[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number") throw wrongType(name, "a number");
  return value;
}

export function optionalFlag(request: JsonObject, name: string): boolean {
  const value = request[name];
  if (value === undefined || value === null) return false;
  if (typeof value !== "boolean") throw wrongType(name, "a boolean");
  return value;
}

export function optionalObject(request: JsonObject, name: string): JsonObject | undefined {
  const value = request[name];
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw wrongType(name, "an object");
  return value;
}

export function optionalTexts(request: JsonObject, name: string): readonly string[] {
  const value = request[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((each) => typeof each === "string"))
    throw wrongType(name, "a list of strings");
  return value;
}

export function optionalObjects(request: JsonObject, name: string): readonly JsonObject[] {
  const value = request[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every(isObject)) throw wrongType(name, "a list of objects");
  return value;
}

/** `containerInstances` as ECS says it in messages: `Container instances`. */
function label(name: string): string {
  const words = name.replaceAll(/([A-Z])/g, " $1").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function textsUpTo(request: JsonObject, name: string, most: number): readonly string[] {
  const values = optionalTexts(request, name);
  if (values.length > most)
    throw invalidParameter(`${label(name)} can have at most ${most} items.`);
  return values;
}

/** A list with at least one and at most `most` items. */
export function requiredTexts(request: JsonObject, name: string, most: number): readonly string[] {
  const values = textsUpTo(request, name, most);
  if (values.length === 0) throw invalidParameter(`${label(name)} cannot be empty.`);
  return values;
}

export function oneOf<Value extends string>(
  request: JsonObject,
  name: string,
  values: readonly Value[],
): Value | undefined {
  const text = optionalText(request, name);
  if (text === undefined) return undefined;
  const value = values.find((each) => each === text);
  if (value === undefined)
    throw invalidParameter(`${label(name)} is "${text}"; it can be one of ${values.join(", ")}.`);
  return value;
}

export function readTags(request: JsonObject): Tag[] {
  const tags = optionalObjects(request, "tags").map((tag) => ({
    key: requiredText(tag, "key"),
    value: optionalText(tag, "value") ?? "",
  }));
  if (tags.length > 50) throw invalidParameter("Tags can have at most 50 items.");
  return tags;
}

/** The cluster that the request names, `default` when it names none. */
export function requestedCluster(world: World, request: JsonObject): Cluster {
  const given = optionalText(request, "cluster") || "default";
  const cluster = findCluster(world, given);
  if (!cluster || cluster.status === "INACTIVE")
    throw new Refusal("ClusterNotFoundException", "Cluster not found.");
  return cluster;
}

export function findCluster(world: World, nameOrArn: string): Cluster | undefined {
  if (!nameOrArn.startsWith("arn:")) return world.clusters.get(nameOrArn);
  const arn = parseEcsArn(nameOrArn);
  if (!arn || arn.resource !== "cluster") throw invalidParameter("Invalid cluster identifier.");
  const cluster = world.clusters.get(arn.id);
  return cluster?.arn === nameOrArn ? cluster : undefined;
}

/** The id in an id or ARN of this cluster; an ARN of something else is refused. */
export function idIn(cluster: Cluster, resource: string, idOrArn: string): string {
  if (!idOrArn.startsWith("arn:")) return idOrArn;
  const arn = parseEcsArn(idOrArn);
  if (!arn || arn.resource !== resource) throw invalidParameter("Invalid identifier.");
  if (arn.cluster !== undefined && arn.cluster !== cluster.name)
    throw invalidParameter(
      `Identifier is for cluster ${arn.cluster}. Your cluster is ${cluster.name}.`,
    );
  return arn.id;
}

/** The ARN that the id or ARN stands for, for a failure. */
export function asArn(cluster: Cluster, resource: string, idOrArn: string): string {
  if (idOrArn.startsWith("arn:")) return idOrArn;
  return cluster.arn.replace(/:cluster\/.*$/, `:${resource}/${cluster.name}/${idOrArn}`);
}

export function findInstance(cluster: Cluster, idOrArn: string): ContainerInstance | undefined {
  return cluster.instances.get(idIn(cluster, "container-instance", idOrArn));
}

export function findTask(cluster: Cluster, idOrArn: string): Task | undefined {
  return cluster.tasks.get(idIn(cluster, "task", idOrArn));
}

export function requestedInstance(cluster: Cluster, idOrArn: string): ContainerInstance {
  const instance = findInstance(cluster, idOrArn);
  if (!instance) throw clientError(`Referenced container instance ${idOrArn} not found.`);
  return instance;
}

interface Sequenced {
  readonly sequence: number;
}

/** One page of entities in order of creation; the token says after which one the next page begins. */
export function page<Entity extends Sequenced>(
  request: JsonObject,
  entities: Iterable<Entity>,
  keep: (entity: Entity) => boolean,
  most = 100,
): { readonly items: readonly Entity[]; readonly nextToken?: string } {
  const size = optionalNumber(request, "maxResults") ?? most;
  if (!Number.isInteger(size) || size < 1 || size > most)
    throw invalidParameter(`MaxResults must be between 1 and ${most}.`);
  const after = readToken(optionalText(request, "nextToken"));
  const items: Entity[] = [];
  for (const entity of entities) {
    if (entity.sequence <= after || !keep(entity)) continue;
    const last = items.at(-1);
    if (items.length === size && last) return { items, nextToken: writeToken(last.sequence) };
    items.push(entity);
  }
  return { items };
}

function writeToken(sequence: number): string {
  return Buffer.from(JSON.stringify({ after: sequence })).toString("base64");
}

function readToken(token: string | undefined): number {
  if (token === undefined) return -1;
  try {
    const value: unknown = JSON.parse(Buffer.from(token, "base64").toString());
    if (isObject(value) && typeof value["after"] === "number") return value["after"];
  } catch {
    // Falls through to the refusal below.
  }
  throw invalidParameter("Invalid token.");
}
