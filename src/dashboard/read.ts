// Reads what a subscription sends. The API answers a document with exactly its fields, so only the envelope is checked.
import { documents } from "./documents.ts";
import type { Cluster, Daemon, Freshness, Instance, Kind, Message, Task } from "./model.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is an object with named members. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const hasText = (fields: Fields, ...names: readonly string[]) =>
  names.every((name) => typeof fields[name] === "string");

const isCluster = (value: unknown): value is Cluster =>
  isFields(value) &&
  hasText(value, "arn", "name") &&
  isFields(value["taskCounts"]) &&
  isFields(value["freshness"]);
const isInstance = (value: unknown): value is Instance =>
  isFields(value) && hasText(value, "arn", "status") && isFields(value["cluster"]);
const isTask = (value: unknown): value is Task =>
  isFields(value) && hasText(value, "arn", "lastStatus", "family") && isFields(value["cluster"]);
const isDaemon = (value: unknown): value is Daemon =>
  isFields(value) &&
  hasText(value, "name") &&
  isFields(value["status"]) &&
  isFields(value["cluster"]);
const isFreshness = (value: unknown): value is Freshness =>
  isFields(value) && typeof value["driftRepaired"] === "number";

const entityTypes = ["ADDED", "MODIFIED", "REMOVED"] as const;

function toMessage(
  kind: Kind,
  typeText: unknown,
  entity: unknown,
  atMs: number,
): Message | undefined {
  if (typeText === "SYNCED") return { kind, type: "SYNCED", atMs };
  const type = entityTypes.find((each) => each === typeText);
  if (!type) return undefined;
  if (kind === "cluster") return isCluster(entity) ? { kind, type, entity, atMs } : undefined;
  if (kind === "instance") return isInstance(entity) ? { kind, type, entity, atMs } : undefined;
  if (kind === "task") return isTask(entity) ? { kind, type, entity, atMs } : undefined;
  return isDaemon(entity) ? { kind, type, entity, atMs } : undefined;
}

/** A payload as a message and the cursor behind it; undefined for what is not one. */
export function readChange(
  kind: Kind,
  data: unknown,
  atMs: number,
): { readonly message: Message; readonly cursor: string } | undefined {
  const { field, entity } = documents[kind];
  const payload = isFields(data) ? data[field] : undefined;
  if (!isFields(payload)) return undefined;
  const { cursor } = payload;
  const message = toMessage(kind, payload["type"], payload[entity], atMs);
  return message && typeof cursor === "string" ? { message, cursor } : undefined;
}

/** Freshness by cluster ARN, from the answer to the query for it. */
export function readFreshness(data: unknown): readonly (readonly [string, Freshness])[] {
  const clusters = isFields(data) ? data["clusters"] : undefined;
  const nodes = isFields(clusters) ? clusters["nodes"] : undefined;
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((node: unknown): [string, Freshness][] => {
    if (!isFields(node)) return [];
    const { arn, freshness } = node;
    return typeof arn === "string" && isFreshness(freshness) ? [[arn, freshness]] : [];
  });
}
