// What can be followed: the terms in which tasks, instances, endpoints, daemons and clusters are all served alike.
import type { Change } from "../../changes/change.ts";
import type { ClusterView } from "../../changes/cluster-view.ts";
import type { Position } from "../../changes/cursor.ts";

export type ItemType = "ADDED" | "MODIFIED" | "REMOVED" | "SYNCED";

/** One entity before and after one change: found out once, for all who follow. */
export interface Step<Entity> {
  readonly before: Entity | undefined;
  readonly after: Entity | undefined;
  /** Paths that differ; empty when it came or went. */
  readonly changed: readonly string[];
  /** Of a container instance: groups of the tasks on it, then. Absent where the view's are meant. */
  readonly taskGroups?: {
    readonly before: ReadonlySet<string>;
    readonly after: ReadonlySet<string>;
  };
}

/** What the log's entry at a position did. */
export interface StepsAt<Entity> {
  readonly seq: number;
  readonly steps: readonly Step<Entity>[];
}

/** One subscription's filter. */
export interface Interest<Entity> {
  readonly matches: (
    entity: Entity,
    view: ClusterView,
    taskGroups?: ReadonlySet<string>,
  ) => boolean;
  /** Paths that the filter looks at: their changes are news also when they are not selected. */
  readonly reads: readonly string[];
  /** A key that every matching entity of this cluster has; undefined when any may match. */
  readonly keyIn: (view: ClusterView) => string | undefined;
}

/** How somebody who resumes stands with one cluster. */
export interface Resumption<Entity> {
  /** It was never told of the cluster. */
  readonly isNew: boolean;
  /** Where the replayed changes end. The view may have moved on since. */
  readonly seq: number;
  /** Those from there to where the view is. */
  readonly later: readonly Change[];
  /** What is derived, as it was there. */
  readonly standing: Standing<Entity> | undefined;
}

/** What is derived of a view at the moment at which a reader joins: what its group's next message goes on from. */
export interface Standing<Entity> {
  /** By id. */
  readonly shown: ReadonlyMap<string, Entity>;
  /** By id: what became of them since the reader's cursor without any change. */
  readonly elapsed: ReadonlyMap<string, Step<Entity>>;
}

export interface Topic<Entity, Arguments> {
  /** The field of the payload that holds the entity. */
  readonly entityField: string;
  /** Its `cluster` argument, name or ARN. */
  clusterOf(args: Arguments): string | null | undefined;
  /** Throws a client's error when the filter cannot be used. */
  interest(args: Arguments): Interest<Entity>;
  /** What is there now. */
  present(view: ClusterView): Iterable<Entity>;
  /** Keys by which interests find an entity. */
  keysOf(entity: Entity, view: ClusterView): readonly string[];
  /** What resolvers get for an entity. */
  node(entity: Entity): unknown;
  /** What changes did; `resumption`: for somebody who resumes from before them. */
  replay(
    changes: readonly Change[],
    view: ClusterView,
    resumption?: Resumption<Entity>,
  ): readonly StepsAt<Entity>[];
  /** What is made of a view rather than of an entry of the log; undefined where each change speaks for itself. */
  readonly derived?: Derived<Entity>;
}

/**
 * Entities that are worked out from many others (counts, statuses): worked out at most so often, however fast the
 * log moves, and once for all who follow. The newest state wins; what it was in between is nobody's news.
 */
export interface Derived<Entity> {
  /** Remembers what changes concern. */
  touch(changes: readonly Change[], view: ClusterView): void;
  /** Whether something may be another than it was: changes touched it, or its time has come. Cheap. */
  isDue(view: ClusterView): boolean;
  /** Works out what is due, compares with what was last, and remembers that. */
  settle(view: ClusterView): readonly Step<Entity>[];
  /** Begins with a view: what is there now is known from here on. Idempotent. */
  begin(view: ClusterView): void;
  /** What was worked out last. */
  shown(view: ClusterView): Iterable<Entity>;
  /** The time that cursors carry, ms since the epoch: up to then, what time alone does is told. */
  asOf(view: ClusterView): number | undefined;
  /** For a reader that joins now, with nothing due; `since`: its cursor. */
  stand(view: ClusterView, since: Position | undefined): Standing<Entity>;
  forget(view: ClusterView): void;
}

/** What one step is to one subscriber. */
export interface Effect<Entity> {
  readonly type: Exclude<ItemType, "SYNCED">;
  readonly entity: Entity;
}

/** Filter transitions: what a step is to somebody who sees only what matches. */
export function transition<Entity>(
  { before, after, taskGroups }: Pick<Step<Entity>, "before" | "after" | "taskGroups">,
  matches: (entity: Entity, taskGroups?: ReadonlySet<string>) => boolean,
): Effect<Entity> | undefined {
  const was = before !== undefined && matches(before, taskGroups?.before);
  if (after !== undefined && matches(after, taskGroups?.after))
    return { type: was ? "MODIFIED" : "ADDED", entity: after };
  return was ? { type: "REMOVED", entity: after ?? before } : undefined;
}

/** Steps of entities that are in the log themselves. */
export function logSteps<Entity>(
  changes: readonly Change[],
  stepOf: (change: Change) => readonly Step<Entity>[],
): readonly StepsAt<Entity>[] {
  return changes.flatMap((change) => {
    const steps = stepOf(change);
    return steps.length > 0 ? [{ seq: change.seq, steps }] : [];
  });
}
