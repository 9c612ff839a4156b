// The parts that tables of all kinds are made of: columns and filter options, and reading an answer's fields. Pure.
import { arnId } from "../../ecs/arn.ts";
import { isObject, number, objects, text } from "../../ecs/json.ts";
import type { JsonObject } from "../../ecs/json.ts";
import { toneOfWord } from "../style.ts";
import { age } from "../table.ts";
import type { FilterOption, ResourceColumn } from "./resource.ts";

const none: JsonObject = {};

/** An object within an object; an empty one when there is none. */
export const at = (node: JsonObject, name: string): JsonObject => {
  const value = node[name];
  return isObject(value) ? value : none;
};
export const say = (node: JsonObject, name: string): string => text(node, name) ?? "";
export const count = (node: JsonObject, name: string): string => String(number(node, name) ?? "");
export const clusterOf = (node: JsonObject): string => say(at(node, "cluster"), "name");
export const agent = (node: JsonObject): string =>
  node["agentConnected"] === true ? "connected" : "disconnected";
export const health = (node: JsonObject): string =>
  node["healthy"] === true ? "healthy" : "unhealthy";

const resource = (node: JsonObject, list: string, name: string): string => {
  const found = objects(node, list).find((each) => each["name"] === name);
  return found ? say(found, "value") : "";
};

/** What is left of a resource, of how much: `512/2048`. */
export const share = (node: JsonObject, name: string): string => {
  const registered = resource(node, "registeredResources", name);
  return registered === "" ? "" : `${resource(node, "remainingResources", name)}/${registered}`;
};

/** Host and port as a URL writes them. */
export const address = (node: JsonObject): string => {
  const host = say(node, "host");
  return `${host.includes(":") ? `[${host}]` : host}:${count(node, "port")}`;
};

/** The revision that counts: they come newest first. */
export const currentRevision = (node: JsonObject): JsonObject =>
  objects(node, "revisions")[0] ?? none;

export const field = (title: string, name: string): ResourceColumn => ({
  title,
  value: (node) => say(node, name),
});
export const wordIn = (title: string, name: string): ResourceColumn => ({
  ...field(title, name),
  tone: toneOfWord,
});
export const idOf = (title: string, name: string): ResourceColumn => ({
  title,
  id: true,
  value: (node) => arnId(say(node, name)),
});
export const numberIn = (title: string, within: string, name: string): ResourceColumn => ({
  title,
  align: "right",
  value: (node) => count(at(node, within), name),
});

/** How long ago; a program gets the time itself, and the youngest is the smallest. */
export const ageOf = (
  title: string,
  timeOf: (node: JsonObject) => string | undefined,
): ResourceColumn => ({
  title,
  align: "right",
  value: (node, now) => age(timeOf(node), now),
  raw: (node) => timeOf(node) ?? "",
  order: (node) => -(Date.parse(timeOf(node) ?? "") || 0),
});

/** Only with `-o wide`. */
export const wide = (column: ResourceColumn): ResourceColumn => ({ ...column, wide: true });
/** Left out where the table does not fit, the highest first. */
export const drop = (rank: number, column: ResourceColumn): ResourceColumn => ({
  ...column,
  drop: rank,
});

export const cluster: ResourceColumn = { title: "CLUSTER", value: clusterOf };

export const byText = (flags: string, argument: string, description: string): FilterOption => ({
  flags,
  argument,
  description,
  kind: "text",
});
export const inCluster = byText(
  "--cluster <cluster>",
  "cluster",
  "of this cluster, by name or ARN",
);
