// Reads what a subscription sends. The API answers a document with exactly its fields, so only the envelope is checked.
// Texts that many entities share are kept once.
import { isMeant } from "../client/task-end.ts";
import { documents } from "./documents.ts";
import type {
  Capacity,
  Cluster,
  Daemon,
  Endpoint,
  Freshness,
  Instance,
  Kind,
  Message,
  Task,
} from "./model.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is an object with named members. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The objects in a list; none for anything else. */
export const fieldsOf = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.filter(isFields) : [];

/** The value at the end of a path of member names; undefined where it breaks off. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) found = isFields(found) ? found[name] : undefined;
  return found;
}

export const textOr = <Other>(value: unknown, other: Other): string | Other =>
  typeof value === "string" ? value : other;

const hasText = (fields: Fields, ...names: readonly string[]) =>
  names.every((name) => typeof fields[name] === "string");

const sharedMax = 50_000;
const shared = new Map<string, string>();

/** The same text, kept once however many entities say it. */
function share<Value>(value: Value): Value {
  if (typeof value !== "string") return value;
  const known = shared.get(value);
  if (known !== undefined) return known as Value;
  if (shared.size >= sharedMax) shared.clear();
  shared.set(value, value);
  return value;
}

const clusterRefs = new Map<string, Task["cluster"]>();
function shareRef(ref: Task["cluster"]): Task["cluster"] {
  const known = clusterRefs.get(ref.arn);
  if (known?.name === ref.name) return known;
  clusterRefs.set(ref.arn, ref);
  return ref;
}

const isCluster = (value: unknown): value is Cluster =>
  isFields(value) &&
  hasText(value, "arn", "name") &&
  isFields(value["taskCounts"]) &&
  isFields(value["freshness"]);
const isInstance = (value: unknown): value is Instance =>
  isFields(value) && hasText(value, "arn", "status") && isFields(value["cluster"]);
export const isTask = (value: unknown): value is Task =>
  isFields(value) && hasText(value, "arn", "lastStatus", "family") && isFields(value["cluster"]);
const isDaemon = (value: unknown): value is Daemon =>
  isFields(value) &&
  hasText(value, "name") &&
  isFields(value["status"]) &&
  isFields(value["cluster"]);
const isEndpoint = (value: unknown): value is Endpoint =>
  isFields(value) && hasText(value, "id", "host") && isFields(value["cluster"]);
const isFreshness = (value: unknown): value is Freshness =>
  isFields(value) && typeof value["driftRepaired"] === "number";

function capacityOf({ registeredResources, remainingResources }: Fields, name: string) {
  const amount = (resources: unknown) =>
    Number(fieldsOf(resources).find((resource) => resource["name"] === name)?.["value"]);
  const capacity: Capacity = {
    total: amount(registeredResources),
    free: amount(remainingResources),
  };
  return Number.isFinite(capacity.total) && capacity.total > 0 && Number.isFinite(capacity.free)
    ? capacity
    : null;
}

/** Of its resources only what tiles show. */
function toInstance(sent: Instance & Fields): Instance {
  const { registeredResources, remainingResources, ...rest } = sent;
  const resources = { registeredResources, remainingResources };
  return {
    ...rest,
    cluster: shareRef(sent.cluster),
    cpu: capacityOf(resources, "CPU"),
    memory: capacityOf(resources, "MEMORY"),
  };
}

/** Whether a task has stopped, and neither did anybody ask for that nor was its work done. */
export function endedBadly(
  { stopCode, group }: Pick<Task, "stopCode" | "group">,
  containers: readonly Fields[],
): boolean {
  const exitCodes = containers.map(({ exitCode }) =>
    typeof exitCode === "number" ? exitCode : null,
  );
  return stopCode !== null && !isMeant(stopCode, group, exitCodes);
}

/** Of its containers only how they are, and whether they ended well. */
function toTask({ containers, ...task }: Task & Fields): Task {
  const all = fieldsOf(containers);
  const told = all.filter(({ healthStatus }) => typeof healthStatus === "string");
  return {
    ...task,
    endedBadly: endedBadly(task, all),
    containerHealth: share(
      told.map(({ name, healthStatus }) => `${String(name)} ${String(healthStatus)}`).join(", "),
    ),
    cluster: shareRef(task.cluster),
    containerInstanceArn: share(task.containerInstanceArn),
    family: share(task.family),
    group: share(task.group),
    launchType: share(task.launchType),
    lastStatus: share(task.lastStatus),
    desiredStatus: share(task.desiredStatus),
  };
}

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
  if (kind === "instance")
    return isInstance(entity) && isFields(entity)
      ? { kind, type, entity: toInstance(entity), atMs }
      : undefined;
  if (kind === "task")
    return isTask(entity) && isFields(entity)
      ? { kind, type, entity: toTask(entity), atMs }
      : undefined;
  if (kind === "endpoint") return isEndpoint(entity) ? { kind, type, entity, atMs } : undefined;
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

export interface Page {
  /** The entities as ADDED. */
  readonly messages: readonly Message[];
  /** Where in the change log it was read. */
  readonly cursor: string;
  /** Where the next page begins; undefined behind the last. */
  readonly next: string | undefined;
}

/** A page of a kind's list; undefined for what is none. */
export function readPage(kind: Kind, data: unknown, atMs: number): Page | undefined {
  const page = at(data, documents[kind].list);
  const cursor = at(page, "changeCursor");
  if (typeof cursor !== "string") return undefined;
  const messages = fieldsOf(at(page, "nodes")).flatMap(
    (node) => toMessage(kind, "ADDED", node, atMs) ?? [],
  );
  const hasNext = at(page, "pageInfo", "hasNextPage") === true;
  return {
    messages,
    cursor,
    next: hasNext ? (textOr(at(page, "pageInfo", "endCursor"), null) ?? undefined) : undefined,
  };
}

/** Freshness by cluster ARN, from the answer to the query for it. */
export function readFreshness(data: unknown): readonly (readonly [string, Freshness])[] {
  return fieldsOf(at(data, "clusters", "nodes")).flatMap((node): [string, Freshness][] => {
    const { arn, freshness } = node;
    return typeof arn === "string" && isFreshness(freshness) ? [[arn, freshness]] : [];
  });
}

/** How the ingest side does, as the API last heard of it. */
export interface IngestFacts {
  readonly visible: number;
  readonly oldestMessageAgeMs: number;
  /** When a worker last told of itself, ms since the epoch; undefined when none ever did. */
  readonly workerSeenAtMs: number | undefined;
  /** How often clusters are compared with ECS, by the slowest worker; 0 when there is none. */
  readonly reconcileMs: number;
}

/** The same answer's facts of queues and workers. */
export function readIngest(data: unknown): IngestFacts {
  const queues = fieldsOf(at(data, "queues"));
  const workers = fieldsOf(at(data, "ingestWorkers"));
  const seen = workers.map((worker) => Date.parse(textOr(worker["seenAt"], "")));
  return {
    visible: queues.reduce((sum, queue) => sum + Number(queue["visible"] ?? 0), 0),
    oldestMessageAgeMs: Math.max(
      0,
      ...queues.map((queue) => Number(queue["oldestMessageAgeMs"] ?? 0)),
    ),
    workerSeenAtMs: seen.length === 0 ? undefined : Math.max(...seen),
    reconcileMs: Math.max(0, ...workers.map((worker) => Number(worker["reconcileMs"] ?? 0))),
  };
}
