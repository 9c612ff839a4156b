// What every subscriber may rely on: it is told of an entity's coming, changes and going in this order and no other,
// nothing twice and nothing older; its cursors never go back; and at each cursor of tasks and instances, what it knows
// is what the log says that the store held there. By facts alone.
import { decodeCursor } from "../../changes/cursor.ts";
import type { Cursor, Position } from "../../changes/cursor.ts";
import { isObject } from "../../ecs/json.ts";
import type { JsonObject } from "../../ecs/json.ts";
import { decodeContainerInstance, decodeTask } from "../../store/record.ts";
import type { Checker, ChangeFact, FactOf } from "../facts.ts";
import { LogOfWorld } from "./log-of-world.ts";

type SubscriberFact = FactOf<"subscriber">;

/** One subscriber over all its connections. */
interface Follower {
  readonly field: string;
  readonly filter: JsonObject;
  /** What it was told of each entity. */
  copy: Map<string, JsonObject>;
  /** Behind what it was told; undefined while it has no whole copy. */
  cursor: Cursor | undefined;
  /** When it got the cursor. */
  cursorAt: number;
}

/** A message may have been on its way, or unread, for so long, ms. */
const unreadMs = 90_000;

/** What differences of clocks and the time of a removal's own way may make, ms. */
const clocksMs = 5000;

/** Their entities are worked out of others: what was touched comes again after a resumption, changed or not. */
const derived = new Set(["daemonChanges", "clusterChanges"]);

/** `retentionMs`: how long the log reaches back. */
export function checkSubscribers(retentionMs: number): Checker {
  const name = "subscribers";
  const followers = new Map<string, Follower>();
  const log = new LogOfWorld();
  /** When Redis last lost something that was written. */
  let lossAt = -Infinity;
  const restarts: number[] = [];

  function hear(fact: SubscriberFact): string | undefined {
    const follower = followers.get(fact.subscriber);
    if (fact.event === "subscribed") return subscribed(fact, follower);
    if (!follower) return undefined;
    if (fact.event === "error" && fact.code === "CURSOR_EXPIRED") return expired(fact, follower);
    if (fact.event === "error" && !mayFail.has(String(fact.code)))
      return `was told ${fact.code}: ${JSON.stringify(fact.message)}`;
    return fact.event === "message" ? told(fact, follower) : undefined;
  }

  /** A cursor that is younger than the log is good, unless Redis has lost what it stands on. */
  function expired({ at, message }: FactOf<"subscriber">, follower: Follower): string | undefined {
    const { cursor, cursorAt } = follower;
    follower.cursor = undefined;
    const mayBeLost = lossAt > cursorAt - unreadMs || cursor === undefined;
    if (mayBeLost || [...cursor].some((place) => mayBeForgotten(place, cursorAt, at)))
      return undefined;
    // Of a cluster that it does not name it stands before the first change.
    if (log.beginningsBeside(cursor).some((begunAt) => begunAt < oldestAt(at))) return undefined;
    return `has a cursor that expired, and the log is to reach back to it: ${String(message?.["message"])}`;
  }

  /** What was stored before may have left the log. */
  const oldestAt = (at: number) => at - retentionMs + clocksMs;

  /** Whether what comes next behind a position is older than the log. */
  function mayBeForgotten(
    [key, { epoch, seq }]: readonly [string, Position],
    cursorAt: number,
    at: number,
  ): boolean {
    const cluster = log.clusterOf(key);
    const next = cluster === undefined ? undefined : log.after(cluster, epoch, seq);
    const oldest = oldestAt(at);
    if (next?.seq === seq + 1) return next.at < oldest;
    // A restart of Redis stands in the log as well, and ages like any change.
    const since = restarts.filter((restartedAt) => restartedAt > cursorAt - unreadMs);
    return since.some((each) => each < oldest) || (next?.at ?? Infinity) < oldest;
  }

  function subscribed(
    { at, subscriber, cursor, message = {} }: SubscriberFact,
    known: Follower | undefined,
  ): string | undefined {
    const { field, variables, how, nodes } = message;
    if (how === "after" && known) return undefined;
    const filter = isObject(variables) && isObject(variables["filter"]) ? variables["filter"] : {};
    const copy = new Map<string, JsonObject>();
    const follower: Follower = { field: String(field), filter, copy, ...nowhere };
    followers.set(subscriber, follower);
    if (how !== "list" || !Array.isArray(nodes)) return undefined;
    for (const node of nodes) if (isObject(node)) copy.set(keyOf(node), node);
    return arrive(follower, at, cursor);
  }

  function told(
    { at, cursor, message = {} }: SubscriberFact,
    follower: Follower,
  ): string | undefined {
    const { type, entity, changed } = message;
    const news = Array.isArray(changed) ? changed.map(String) : [];
    const problem = isObject(entity) ? change(follower, String(type), entity, news) : undefined;
    if (problem !== undefined) return problem;
    // Amid a snapshot there is no place to go on from.
    if (type !== "SYNCED" && follower.cursor === undefined) return undefined;
    const key = isObject(entity) ? keyOf(entity) : "";
    return arrive(follower, at, cursor, { type: String(type), key });
  }

  function change(
    { field, filter, copy, cursor }: Follower,
    type: string,
    entity: JsonObject,
    changed: readonly string[],
  ): string | undefined {
    const key = keyOf(entity);
    const was = copy.get(key);
    if (type === "ADDED" && was) return `${key} was ADDED, and was known`;
    if (type !== "ADDED" && !was) return `${key} was ${type}, and was not known`;
    if (type !== "ADDED" && cursor === undefined) return `${key} was ${type} amid a snapshot`;
    if (was && olderThan(entity, was))
      return `${key} went back from version ${String(was["version"])} to ${String(entity["version"])}`;
    // What the filter looks at is news as well, selected or not.
    const isLookedAt = "expression" in filter && changed.includes("attributes");
    if (type === "MODIFIED" && !derived.has(field) && !isLookedAt && isSame(entity, was))
      return `${key} was MODIFIED to what it was`;
    if (type === "REMOVED") copy.delete(key);
    else copy.set(key, entity);
    return undefined;
  }

  /**
   * A cursor is reached: it is not behind the last one, and what is known is what was stored there. `told`: what it came
   * with.
   */
  function arrive(
    follower: Follower,
    at: number,
    text: string | undefined,
    told?: { readonly type: string; readonly key: string },
  ): string | undefined {
    const next = decodeCursor(text ?? "");
    if (next === undefined || next === "snapshot") return `got no cursor: ${text}`;
    const before = follower.cursor;
    follower.cursor = next;
    follower.cursorAt = at;
    for (const [key, position] of next) {
      const was = before?.get(key);
      if (was?.epoch === position.epoch && was.seq > position.seq)
        return `the cursor went back from ${was.seq} to ${position.seq}`;
      const cluster = log.clusterOf(key);
      if (cluster === undefined) continue;
      const isOnward = was !== undefined && was.epoch === position.epoch;
      // A new log began: whoever goes on has lost all that it knew of the former one, or never knew anything.
      const isFormer = was !== undefined && !isOnward && was.epoch !== "";
      // Amid the end of a cluster nobody can go on: its place is in no log.
      if (isFormer && told?.type === "REMOVED" && !log.has(cluster, position.epoch)) continue;
      const added = told?.type === "ADDED" ? told.key : undefined;
      if (isFormer && knowsOf(follower, cluster, added))
        return `went on from a log that is gone to ${position.epoch}`;
      const from = isOnward ? was.seq : 0;
      const seen = log.between(cluster, position.epoch, from, position.seq);
      if (seen === "undone") return `saw change ${from}, which was lost, and went on`;
      const problem = compare(follower, cluster, seen, before === undefined);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  return {
    name,
    hear: (fact) => {
      if (fact.kind === "change") log.add(fact);
      if (fact.kind === "redis") {
        log.lose(fact);
        if (fact.life !== "wiped") restarts.push(fact.at);
        if (fact.lostSince !== undefined || fact.life === "wiped") lossAt = fact.at;
      }
      if (fact.kind !== "subscriber") return [];
      const problem = hear(fact);
      const message = `${fact.subscriber} at ${fact.process} ${problem}`;
      return problem === undefined ? [] : [{ checker: name, at: fact.at, message }];
    },
  };
}

const nowhere = { cursor: undefined, cursorAt: -Infinity };

/** What a process that has just started, or has lost Redis, may say. */
const mayFail = new Set(["CURSOR_EXPIRED", "UNAVAILABLE"]);

/** The entities that these changes touched, or all when it is the whole copy, are known as they were stored. */
function compare(
  { field, filter, copy }: Follower,
  cluster: string,
  seen: readonly ChangeFact[],
  isWhole: boolean,
): string | undefined {
  const kind = { taskChanges: "t", containerInstanceChanges: "i" }[field];
  const matches = kind && matcher(filter, cluster);
  if (!matches) return undefined;
  const last = new Map<string, ChangeFact>();
  for (const change of seen) if (change.entity === kind) last.set(change.id, change);
  for (const { id, seq, after } of last.values()) {
    const resource = kind === "t" ? "task" : "container-instance";
    const key = `${cluster.replace(":cluster/", `:${resource}/`)}/${id}`;
    const entity =
      after === undefined
        ? undefined
        : kind === "t"
          ? decodeTask(after, cluster)
          : decodeContainerInstance(after, cluster);
    const expected = entity && matches({ ...entity }) ? entity.version : undefined;
    const known = copy.get(key)?.["version"];
    if (known !== expected)
      return `knows ${key} at ${String(known)}, and by change ${seq} it is ${expected ?? "not there"} for it`;
  }
  if (!isWhole) return undefined;
  const ofCluster = [...copy.keys()].filter((key) =>
    key.startsWith(`${cluster.replace(/:cluster\/.*/, "")}:`),
  );
  const extra = ofCluster.find((key) => {
    const [, name = "", id = ""] = key.split("/");
    return cluster.endsWith(`/${name}`) && last.get(id) === undefined;
  });
  return extra === undefined ? undefined : `knows ${extra}, which the log does not have`;
}

/** Whether it was told of anything of a cluster that is still there for it, but for one entity. */
function knowsOf({ copy }: Follower, cluster: string, except: string | undefined): boolean {
  const name = cluster.slice(cluster.lastIndexOf("/") + 1);
  return [...copy.keys()].some(
    (key) =>
      key !== except &&
      (key === cluster || key.split("/")[key.startsWith("arn:") ? 1 : 0] === name),
  );
}

/** undefined for filters that take more than the entity itself to judge. */
function matcher(
  filter: JsonObject,
  cluster: string,
): ((entity: JsonObject) => boolean) | undefined {
  const { cluster: wanted, lastStatus, family, ...rest } = filter;
  if ("daemon" in rest || "expression" in rest) return undefined;
  return (entity) => {
    if (typeof wanted === "string" && wanted !== cluster && !cluster.endsWith(`/${wanted}`))
      return false;
    if (Array.isArray(lastStatus) && !lastStatus.includes(entity["lastStatus"])) return false;
    if (typeof family === "string" && familyOf(entity) !== family) return false;
    return Object.entries(rest).every(([field, value]) => entity[field] === value);
  };
}

const familyOf = ({ taskDefinitionArn }: JsonObject): string =>
  String(taskDefinitionArn).split("/").at(-1)?.split(":")[0] ?? "";

/** By what the five kinds of entities have. */
function keyOf({ arn, id, cluster, name }: JsonObject): string {
  if (typeof arn === "string") return arn;
  if (typeof id === "string") return id;
  return `${isObject(cluster) ? String(cluster["name"]) : ""}/${String(name)}`;
}

const isSame = (entity: JsonObject, was: JsonObject | undefined): boolean =>
  JSON.stringify(entity) === JSON.stringify(was);

function olderThan({ version }: JsonObject, was: JsonObject): boolean {
  const before = was["version"];
  if (typeof version !== "string" || typeof before !== "string") return false;
  return BigInt(version) < BigInt(before);
}
