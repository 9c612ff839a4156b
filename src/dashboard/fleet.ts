// What the page knows of the fleet, and how changes move it. Written in place: with a hundred thousand tasks a copy for
// each batch would cost more than all else. Says what each batch touched; time comes with each message, nobody is told.
import { feedLine } from "./feed.ts";
import type { FeedLine } from "./feed.ts";
import type {
  Cluster,
  Daemon,
  Endpoint,
  Entities,
  EntityChange,
  Freshness,
  Instance,
  Kind,
  Message,
  Task,
} from "./model.ts";

export const feedMax = 2000;
/** Stopped tasks that are remembered, for what fails now. */
export const stoppedMax = 500;

/** Key of a daemon: its name is unique in its cluster only. */
export const daemonKey = ({ cluster, name }: Pick<Daemon, "cluster" | "name">): string =>
  `${cluster.arn} ${name}`;

/** A task that stopped while the page was open. */
export interface Stopped {
  readonly task: Task;
  readonly atMs: number;
}

/** What a batch did. */
export interface Touched {
  readonly kinds: ReadonlySet<Kind>;
  /** Container instances that look different, or run something different, by ARN. */
  readonly instances: ReadonlySet<string>;
}

const isOver = ({ lastStatus }: Task) => lastStatus === "STOPPED" || lastStatus === "DELETED";

/** INACTIVE instances are history: the page shows the fleet that is there. */
const isGone = (change: EntityChange): boolean =>
  change.type === "REMOVED" ||
  (change.kind === "instance" && change.entity.status === "INACTIVE") ||
  (change.kind === "task" && isOver(change.entity));

function keyOf(change: EntityChange): string {
  if (change.kind === "daemon") return daemonKey(change.entity);
  return change.kind === "endpoint" ? change.entity.id : change.entity.arn;
}

type Collections = { readonly [K in Kind]: Map<string, Entities[K]> };

const noTasks: ReadonlyMap<string, Task> = new Map();

/** The fleet. Its maps are read by everybody and written by {@link Fleet.apply} alone. */
export class Fleet {
  readonly #all: Collections = {
    cluster: new Map(),
    instance: new Map(),
    task: new Map(),
    daemon: new Map(),
    endpoint: new Map(),
  };
  readonly #tasksOn = new Map<string, Map<string, Task>>();
  /** During a kind's snapshot: what was there before and was not named yet. */
  readonly #unconfirmed = new Map<Kind, Set<string>>();
  readonly #synced = new Set<Kind>();
  #lines = 0;
  #feed: readonly FeedLine[] = [];
  #stopped: readonly Stopped[] = [];

  get clusters(): ReadonlyMap<string, Cluster> {
    return this.#all.cluster;
  }
  get instances(): ReadonlyMap<string, Instance> {
    return this.#all.instance;
  }
  /** Tasks that have not stopped. */
  get tasks(): ReadonlyMap<string, Task> {
    return this.#all.task;
  }
  /** By {@link daemonKey}. */
  get daemons(): ReadonlyMap<string, Daemon> {
    return this.#all.daemon;
  }
  /** Empty unless somebody follows them. */
  get endpoints(): ReadonlyMap<string, Endpoint> {
    return this.#all.endpoint;
  }
  /** Kinds whose snapshot is complete. */
  get synced(): ReadonlySet<Kind> {
    return this.#synced;
  }
  /** Newest first, at most {@link feedMax}; another array after each change. */
  get feed(): readonly FeedLine[] {
    return this.#feed;
  }
  /** Newest first, at most {@link stoppedMax}. */
  get stopped(): readonly Stopped[] {
    return this.#stopped;
  }

  /** Tasks on a container instance that have not stopped, by ARN. */
  tasksOn(instance: string): ReadonlyMap<string, Task> {
    return this.#tasksOn.get(instance) ?? noTasks;
  }

  /** Applies a batch in its order. Costs what is in the batch, whatever the fleet's size. */
  apply(messages: readonly Message[]): Touched {
    const kinds = new Set<Kind>();
    const instances = new Set<string>();
    const lines: FeedLine[] = [];
    const stopped: Stopped[] = [];
    for (const message of messages) {
      kinds.add(message.kind);
      if (message.type === "RESTARTED") this.#restart(message.kind);
      else if (message.type === "SYNCED") this.#complete(message.kind, instances);
      else this.#change(message, instances, lines, stopped);
    }
    if (lines.length > 0) this.#feed = [...lines.toReversed(), ...this.#feed].slice(0, feedMax);
    if (stopped.length > 0)
      this.#stopped = [...stopped.toReversed(), ...this.#stopped].slice(0, stoppedMax);
    return { kinds, instances };
  }

  /** Takes newer freshness for the clusters that are known. */
  refresh(news: readonly (readonly [string, Freshness])[]): void {
    for (const [arn, freshness] of news) {
      const cluster = this.#all.cluster.get(arn);
      if (cluster) this.#all.cluster.set(arn, { ...cluster, freshness });
    }
  }

  /** Forgets a kind that nobody follows any more. */
  forget(kind: Kind): void {
    this.#all[kind].clear();
    this.#synced.delete(kind);
    this.#unconfirmed.delete(kind);
  }

  #change(
    change: EntityChange,
    instances: Set<string>,
    lines: FeedLine[],
    stopped: Stopped[],
  ): void {
    const key = keyOf(change);
    const before = this.#all[change.kind].get(key);
    const gone = isGone(change);
    if (change.kind === "task") this.#writeTask(change.entity, gone, instances);
    else {
      if (gone) this.#all[change.kind].delete(key);
      else (this.#all[change.kind] as Map<string, unknown>).set(key, change.entity);
      if (change.kind === "instance") instances.add(key);
    }
    this.#unconfirmed.get(change.kind)?.delete(key);
    if (!this.#synced.has(change.kind)) return;
    if (change.kind === "task" && before && change.entity.lastStatus === "STOPPED")
      stopped.push({ task: change.entity, atMs: change.atMs });
    const line = feedLine(change, before, this.#lines + 1);
    if (!line) return;
    this.#lines = line.number;
    lines.push(line);
  }

  #writeTask(task: Task, gone: boolean, instances: Set<string>): void {
    const { arn } = task;
    const before = this.#all.task.get(arn);
    for (const place of new Set([before?.containerInstanceArn, task.containerInstanceArn])) {
      if (place == null) continue;
      instances.add(place);
      const here = this.#tasksOn.get(place) ?? new Map<string, Task>();
      if (gone || place !== task.containerInstanceArn) here.delete(arn);
      else here.set(arn, task);
      if (here.size === 0) this.#tasksOn.delete(place);
      else this.#tasksOn.set(place, here);
    }
    if (gone) this.#all.task.delete(arn);
    else this.#all.task.set(arn, task);
  }

  #restart(kind: Kind): void {
    this.#synced.delete(kind);
    this.#unconfirmed.set(kind, new Set(this.#all[kind].keys()));
  }

  /** What the new snapshot did not name went while nobody was listening. */
  #complete(kind: Kind, instances: Set<string>): void {
    for (const key of this.#unconfirmed.get(kind) ?? []) {
      const task = kind === "task" ? this.#all.task.get(key) : undefined;
      if (task) this.#writeTask(task, true, instances);
      else this.#all[kind].delete(key);
      if (kind === "instance") instances.add(key);
    }
    this.#unconfirmed.delete(kind);
    this.#synced.add(kind);
  }
}
