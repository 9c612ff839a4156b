// Twins of the scripts that write what ECS says, and of those that read it: apply, remove, put-definitions, known, read.
import type { EntityKind } from "../../store/keys.ts";
import { entityKinds } from "../../store/keys.ts";
import { record } from "./change-log.ts";
import { at } from "./script-types.ts";
import type { ScriptWorld, Twin } from "./script-types.ts";

/** Versions are 64-bit decimals, beyond what a number holds. */
function isNewer(a: string, b: string): boolean {
  return a.length === b.length ? a > b : a.length > b.length;
}

const partCount = 7;

function split(text: string): string[] {
  const parts = text.split("\n");
  return [...parts.slice(0, partCount - 1), parts.slice(partCount - 1).join("\n")];
}

const lastStatus = (timeline: string): string | undefined => /([^,@]+)@\d+$/.exec(timeline)?.[1];

function extend(timeline: string, status: string, since: string): string {
  if (status === "") return timeline;
  if (timeline === "") return `${status}@${since}`;
  return lastStatus(timeline) === status ? timeline : `${timeline},${status}@${since}`;
}

/** What a container instance is now and since when: what goes on as it was keeps its time. */
function sinceWhen(timeline: string, facts: string, since: string): string {
  const known = new Map(timeline.split(",").map((entry) => [entry.split("@")[0], entry]));
  const all = facts.split(",").filter((fact) => fact !== "");
  return all.map((fact) => known.get(fact) ?? `${fact}@${since}`).join(",");
}

function timelineOf({ kind, status, since }: Said, timeline: string, now: number): string {
  if (kind === "t") return extend(timeline, status, since);
  return sinceWhen(timeline, status, since === "0" ? String(now) : since);
}

const keep = (incoming: string, stored = ""): string => (incoming === "" ? stored : incoming);

/** One observation as the store sends it. */
interface Said {
  readonly kind: "i" | "t";
  readonly id: string;
  readonly source: string;
  readonly version: string;
  readonly final: boolean;
  readonly failed: boolean;
  readonly status: string;
  readonly since: string;
  readonly said: string;
  readonly fixed: string;
  readonly doc: string;
  readonly attributes: string;
  readonly described: string;
  readonly enriched: string;
}

const saidLength = 13;

function readSaid(argv: readonly string[], from: number): Said {
  const of = (index: number) => at(argv, from + index);
  return {
    kind: of(0) === "i" ? "i" : "t",
    id: of(1),
    source: of(2),
    version: of(3),
    final: of(4) !== "0",
    failed: of(4) === "2",
    status: of(5),
    since: of(6),
    said: of(7),
    fixed: of(8),
    doc: of(9),
    attributes: of(10),
    described: of(11),
    enriched: of(12),
  };
}

interface Verdict {
  readonly code: "A" | "G" | "S" | "T" | "F" | "M";
  /** The new record's parts; undefined when nothing changes. */
  readonly parts?: readonly string[];
  /** Ended by this. */
  readonly ended?: boolean;
}

/** What an observation does to an entity that is known. */
function judgeKnown(
  said: Said,
  old: readonly string[],
  wasFinal: boolean,
  now: number,
  world: ScriptWorld,
): Verdict {
  const [oldVersion = "", timeline = ""] = old;
  const { attributes, described, enriched, version, fixed, doc, final } = said;
  const kept = [keep(attributes, old[4]), keep(described, old[5]), keep(enriched, old[6])];
  if (said.source === "x" || version === oldVersion)
    return { code: "G", parts: [...old.slice(0, 4), ...kept] };
  if (!isNewer(version, oldVersion) && !world.has("versionGuardOff")) return { code: "S" };
  if (wasFinal && !final && !world.has("finalGuardOff")) return { code: "F" };
  const extended = timelineOf(said, timeline, now);
  return {
    code: "A",
    parts: [version, extended, fixed, doc, ...kept],
    ended: final && !wasFinal,
  };
}

export const apply: Twin = (world, keys, argv) => {
  const [meta, instances, tasks] = [at(keys, 0), at(keys, 2), at(keys, 3)];
  const [ended, tombstones, history] = [at(keys, 4), at(keys, 5), at(keys, 6)];
  const { keys: redis } = world;
  if (redis.hget(meta, "run") !== at(argv, 0)) return ["RUN"];
  const now = Number(at(argv, 1));
  const logMax = Math.min(Number(redis.hget(meta, "logMax") ?? at(argv, 2)), Number(at(argv, 2)));
  const oldest = Number(at(argv, 4));

  function judge(said: Said, before: string | undefined, member: string): Verdict {
    if (before !== undefined)
      return judgeKnown(said, split(before), redis.zscore(ended, member) !== undefined, now, world);
    if (said.source === "x") return { code: "M" };
    if (said.said !== "" && Number(said.said) < oldest) return { code: "T" };
    const ban = redis.zscore(tombstones, member);
    if (ban !== undefined && ban > now && (said.source === "e" || said.final)) return { code: "T" };
    if (ban !== undefined) redis.zrem(tombstones, member);
    const { version, fixed, doc, attributes, described, enriched } = said;
    const timeline = timelineOf(said, "", now);
    const parts = [version, timeline, fixed, doc, attributes, described, enriched];
    return { code: "A", parts, ended: said.final };
  }

  const sums = new Map<string, number>();
  const reply: string[] = [""];
  for (let from = 5; from < argv.length; from += saidLength) {
    const said = readSaid(argv, from);
    const entities = said.kind === "i" ? instances : tasks;
    const member = `${said.kind} ${said.id}`;
    const before = redis.hget(entities, said.id);
    const { code, parts, ended: endedNow } = judge(said, before, member);
    const after = parts?.join("\n");
    if (after === undefined || after === before) {
      reply.push(after === undefined ? code : "D");
      continue;
    }
    redis.hset(entities, said.id, after);
    if (endedNow) redis.zadd(ended, now, member);
    if (said.kind === "t" && code === "A") countMove(sums, said, before);
    const difference = before && differenceOf(split(before), parts ?? []);
    record(world, keys, argv, { kind: said.kind, id: said.id, before, after, difference, logMax });
    reply.push(code);
  }
  for (const [name, by] of sums) if (by !== 0) redis.hincrby(history, name, by);
  reply[0] = redis.hget(meta, "seq") ?? "";
  return reply;
};

/** What the statuses of tasks mean, as the history counts them. */
const counted: Readonly<Record<string, string>> = {
  PROVISIONING: "pending",
  PENDING: "pending",
  ACTIVATING: "pending",
  RUNNING: "running",
  DEACTIVATING: "stopping",
  STOPPING: "stopping",
  DEPROVISIONING: "stopping",
  STOPPED: "stopped",
};
const happened: Readonly<Record<string, string>> = { RUNNING: "starts", STOPPED: "stops" };

/** The status that a record's timeline ends with. */
const statusOf = (text: string): string => lastStatus(split(text)[1] ?? "") ?? "";

/** Notes what the history counts of a task's new version. */
function countMove(sums: Map<string, number>, said: Said, before: string | undefined): void {
  const { status, source, failed } = said;
  const was = before && statusOf(before);
  if (status === was) return;
  const add = (name: string | undefined, by: number) =>
    name === undefined ? undefined : sums.set(name, (sums.get(name) ?? 0) + by);
  add(counted[was ?? ""], -1);
  add(counted[status], 1);
  if (before === undefined && source !== "e") return;
  add(happened[status], 1);
  if (failed) add("failures", 1);
}

/** What was, for whoever has what came after. */
function differenceOf(old: readonly string[], next: readonly string[]): string {
  return old.map((part, index) => (part === next[index] ? "=" : part)).join("\n");
}

export const remove: Twin = (world, keys, argv) => {
  const { keys: redis } = world;
  const [meta, instances, tasks] = [at(keys, 0), at(keys, 2), at(keys, 3)];
  if (redis.hget(meta, "run") !== at(argv, 0)) return ["RUN"];
  const ban = at(argv, 4);
  let removed = 0;
  for (let from = 5; from < argv.length; from += 3) {
    const [kind, id, version] = [
      at(argv, from) === "i" ? "i" : "t",
      at(argv, from + 1),
      at(argv, from + 2),
    ] as const;
    const entities = kind === "i" ? instances : tasks;
    const before = redis.hget(entities, id);
    if (before === undefined) continue;
    const isMeant = version === "" || before.startsWith(`${version}\n`);
    if (!isMeant && !world.has("removeAnyVersion")) continue;
    redis.hdel(entities, id);
    redis.zrem(at(keys, 4), `${kind} ${id}`);
    const was = kind === "t" && counted[statusOf(before)];
    if (was) redis.hincrby(at(keys, 6), was, -1);
    if (ban !== "0" && !world.has("tombstonesDropped"))
      redis.zadd(at(keys, 5), Number(ban), `${kind} ${id}`);
    record(world, keys, argv, { kind, id, before, after: undefined });
    removed++;
  }
  return [removed];
};

export const putDefinitions: Twin = (world, keys, argv) => {
  const { keys: redis } = world;
  const [meta, definitions] = [at(keys, 0), at(keys, 2)];
  if (redis.hget(meta, "run") !== at(argv, 0)) return ["RUN"];
  let changed = 0;
  for (let from = 4; from < argv.length; from += 2) {
    const [id, after] = [at(argv, from), at(argv, from + 1)];
    const before = redis.hget(definitions, id);
    if ((before ?? "") === after) continue;
    if (after === "") redis.hdel(definitions, id);
    else redis.hset(definitions, id, after);
    record(world, keys, argv, { kind: "f", id, before, after: after || undefined });
    changed++;
  }
  return [changed];
};

export const known: Twin = ({ keys: redis }, keys) => {
  const page = [...redis.hgetall(at(keys, 0))].flatMap(([id, text]) => [
    id,
    text.slice(0, text.indexOf("\n")),
  ]);
  return ["0", ...page];
};

export const read: Twin = ({ keys: redis }, keys, argv) => {
  const [meta, log, instances, tasks, daemons, placements, definitions] = keys;
  const hashes = { i: instances, t: tasks, d: daemons, p: placements, f: definitions };
  const entries = redis.xrange(log ?? "", `(${at(argv, 0)}-0`, "+", Number(at(argv, 1)));
  const present: (string | null)[] = [];
  const seen = new Set<string>();
  for (const [, fields] of entries) {
    const [, kind = "", , id = ""] = fields;
    const hash = isEntityKind(kind) ? hashes[kind] : undefined;
    if (hash === undefined || seen.has(kind + id)) continue;
    seen.add(kind + id);
    present.push(kind, id, redis.hget(hash, id) ?? null);
  }
  return [
    redis.hget(meta ?? "", "epoch") ?? "",
    redis.hget(meta ?? "", "seq") ?? "0",
    entries,
    present,
  ];
};

const isEntityKind = (kind: string): kind is EntityKind =>
  entityKinds.some((each) => each === kind);
