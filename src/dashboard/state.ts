// What the page shows, and how changes move it: a reducer over batches. Pure; time comes with each message.
import { feedLine } from "./feed.ts";
import type { FeedLine } from "./feed.ts";
import type {
  Cluster,
  Daemon,
  Entities,
  EntityChange,
  Freshness,
  Instance,
  Kind,
  Message,
  Task,
} from "./model.ts";

/** A task that stopped or vanished, shown until it has faded. */
export interface Leaving {
  readonly task: Task;
  readonly untilMs: number;
}

/** Everything on the page. Maps are replaced, never written, so that what is equal is unchanged. */
export interface State {
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly instances: ReadonlyMap<string, Instance>;
  readonly tasks: ReadonlyMap<string, Task>;
  readonly daemons: ReadonlyMap<string, Daemon>;
  readonly leaving: ReadonlyMap<string, Leaving>;
  /** Newest first, at most {@link feedMax}. */
  readonly feed: readonly FeedLine[];
  /** Kinds whose snapshot is complete. */
  readonly synced: ReadonlySet<Kind>;
  /** During a kind's snapshot: what was there before and was not named yet. */
  readonly unconfirmed: ReadonlyMap<Kind, ReadonlySet<string>>;
  /** Lines that the feed ever had; numbers the next one. */
  readonly lines: number;
}

export const feedMax = 200;
/** How long a stopped task stays in the table, ms. */
export const fadeMs = 4000;

export const emptyState: State = {
  clusters: new Map(),
  instances: new Map(),
  tasks: new Map(),
  daemons: new Map(),
  leaving: new Map(),
  feed: [],
  synced: new Set(),
  unconfirmed: new Map(),
  lines: 0,
};

/** Key of a daemon: its name is unique in its cluster only. */
export const daemonKey = ({ cluster, name }: Daemon): string => `${cluster.arn} ${name}`;

type Draft = {
  -readonly [Key in keyof State]: State[Key];
};

/** Writable copies of the maps of one batch: each is copied once, when it is first written. */
class Batch {
  readonly draft: Draft;
  readonly #fresh = new Set<unknown>();
  readonly lines: FeedLine[] = [];

  constructor(state: State) {
    this.draft = { ...state };
  }

  writable<Key, Value>(map: ReadonlyMap<Key, Value>): Map<Key, Value> {
    // A copy made for this batch is the only Map that #fresh holds.
    if (map instanceof Map && this.#fresh.has(map)) return map;
    const copy = new Map(map);
    this.#fresh.add(copy);
    return copy;
  }

  writableSet(set: ReadonlySet<string>): Set<string> {
    if (set instanceof Set && this.#fresh.has(set)) return set;
    const copy = new Set(set);
    this.#fresh.add(copy);
    return copy;
  }

  finish(): State {
    if (this.lines.length === 0) return this.draft;
    const feed = [...this.lines.toReversed(), ...this.draft.feed].slice(0, feedMax);
    return { ...this.draft, feed };
  }
}

function keyOf(change: EntityChange): string {
  return change.kind === "daemon" ? daemonKey(change.entity) : change.entity.arn;
}

function previous(draft: Draft, { kind }: EntityChange, key: string): Entities[Kind] | undefined {
  if (kind === "cluster") return draft.clusters.get(key);
  if (kind === "instance") return draft.instances.get(key);
  if (kind === "daemon") return draft.daemons.get(key);
  return draft.tasks.get(key);
}

const isOver = ({ lastStatus }: Task) => lastStatus === "STOPPED" || lastStatus === "DELETED";

/** INACTIVE instances are history: the page shows the fleet that is there. */
const isGone = (change: EntityChange): boolean =>
  change.type === "REMOVED" ||
  (change.kind === "instance" && change.entity.status === "INACTIVE") ||
  (change.kind === "task" && isOver(change.entity));

function write(batch: Batch, change: EntityChange, key: string): void {
  const { draft } = batch;
  const gone = isGone(change);
  if (change.kind === "cluster") {
    const clusters = (draft.clusters = batch.writable(draft.clusters));
    if (gone) clusters.delete(key);
    else clusters.set(key, change.entity);
  } else if (change.kind === "instance") {
    const instances = (draft.instances = batch.writable(draft.instances));
    if (gone) instances.delete(key);
    else instances.set(key, change.entity);
  } else if (change.kind === "daemon") {
    const daemons = (draft.daemons = batch.writable(draft.daemons));
    if (gone) daemons.delete(key);
    else daemons.set(key, change.entity);
  } else writeTask(batch, change.entity, key, gone, change.atMs);
}

function writeTask(batch: Batch, task: Task, key: string, gone: boolean, atMs: number): void {
  const { draft } = batch;
  if (!gone) {
    const tasks = (draft.tasks = batch.writable(draft.tasks));
    // The map's order is the order of the last change, which keeps the table's sorting cheap.
    tasks.delete(key);
    tasks.set(key, task);
    if (draft.leaving.has(key)) (draft.leaving = batch.writable(draft.leaving)).delete(key);
    return;
  }
  if (!draft.tasks.has(key)) return;
  const tasks = (draft.tasks = batch.writable(draft.tasks));
  tasks.delete(key);
  const leaving = (draft.leaving = batch.writable(draft.leaving));
  leaving.set(key, { task, untilMs: atMs + fadeMs });
}

function confirm(batch: Batch, kind: Kind, key: string): void {
  const waiting = batch.draft.unconfirmed.get(kind);
  if (!waiting?.has(key)) return;
  const rest = batch.writableSet(waiting);
  rest.delete(key);
  if (rest === waiting) return;
  batch.draft.unconfirmed = new Map(batch.draft.unconfirmed).set(kind, rest);
}

function applyChange(batch: Batch, change: EntityChange): void {
  const { draft } = batch;
  const key = keyOf(change);
  const before = previous(draft, change, key);
  write(batch, change, key);
  confirm(batch, change.kind, key);
  if (!draft.synced.has(change.kind)) return;
  const line = feedLine(change, before, draft.lines + 1);
  if (!line) return;
  draft.lines = line.number;
  batch.lines.push(line);
}

const keysOf = (draft: Draft, kind: Kind): Iterable<string> =>
  ({
    cluster: draft.clusters,
    instance: draft.instances,
    task: draft.tasks,
    daemon: draft.daemons,
  })[kind].keys();

function without<Value>(
  map: ReadonlyMap<string, Value>,
  keys: ReadonlySet<string>,
): ReadonlyMap<string, Value> {
  return keys.size === 0 ? map : new Map([...map].filter(([key]) => !keys.has(key)));
}

function restart(draft: Draft, kind: Kind): void {
  const synced = new Set(draft.synced);
  synced.delete(kind);
  draft.synced = synced;
  draft.unconfirmed = new Map(draft.unconfirmed).set(kind, new Set(keysOf(draft, kind)));
}

/** What the new snapshot did not name went while nobody was listening. */
function complete(draft: Draft, kind: Kind): void {
  const left = draft.unconfirmed.get(kind) ?? new Set<string>();
  if (kind === "cluster") draft.clusters = without(draft.clusters, left);
  else if (kind === "instance") draft.instances = without(draft.instances, left);
  else if (kind === "task") draft.tasks = without(draft.tasks, left);
  else draft.daemons = without(draft.daemons, left);
  const unconfirmed = new Map(draft.unconfirmed);
  unconfirmed.delete(kind);
  draft.unconfirmed = unconfirmed;
  draft.synced = new Set(draft.synced).add(kind);
}

/** The state after a batch of messages, in their order. Cost: one copy of each map that the batch writes. */
export function reduce(state: State, messages: readonly Message[]): State {
  if (messages.length === 0) return state;
  const batch = new Batch(state);
  for (const message of messages) {
    if (message.type === "RESTARTED") restart(batch.draft, message.kind);
    else if (message.type === "SYNCED") complete(batch.draft, message.kind);
    else applyChange(batch, message);
  }
  return batch.finish();
}

/** Without the tasks that have faded by now; the same state when there are none. */
export function expire(state: State, nowMs: number): State {
  const over = [...state.leaving].filter(([, { untilMs }]) => untilMs <= nowMs);
  if (over.length === 0) return state;
  const leaving = new Map(state.leaving);
  for (const [key] of over) leaving.delete(key);
  return { ...state, leaving };
}

/** With newer freshness for the clusters named. */
export function refresh(state: State, news: readonly (readonly [string, Freshness])[]): State {
  const clusters = new Map(state.clusters);
  for (const [arn, freshness] of news) {
    const cluster = clusters.get(arn);
    if (cluster) clusters.set(arn, { ...cluster, freshness });
  }
  return { ...state, clusters };
}
