// Changes for one subscriber: a snapshot or a resumption first, then what happens, with a cursor on each item.
// Knows nothing of GraphQL. An item can be made again from its cursor, so a subscriber may leave at any time.
import type { ClusterArn } from "../ecs/arn.ts";
import type { Change } from "./change.ts";
import type { ClusterView } from "./cluster-view.ts";
import { cursorKey, encodeCursor, unfinishedSnapshot } from "./cursor.ts";
import type { Cursor, Position } from "./cursor.ts";
import type { Informer, Notice } from "./informer.ts";

export type StreamItem<Entity> =
  | {
      readonly type: "ADDED" | "MODIFIED" | "REMOVED";
      readonly cursor: string;
      readonly entity: Entity;
    }
  | { readonly type: "SYNCED"; readonly cursor: string; readonly entity: undefined };

export type ItemType = StreamItem<unknown>["type"];

/** What one change means to a subscriber. */
export interface Effect<Entity> {
  readonly type: "ADDED" | "MODIFIED" | "REMOVED";
  readonly entity: Entity;
}

export interface StreamOptions<Entity> {
  readonly informer: Informer;
  /** Whether a cluster is in the subscription's scope. */
  readonly covers: (cluster: ClusterArn) => boolean;
  /** What matches in a view now. */
  readonly present: (view: ClusterView) => Iterable<Entity>;
  /** What a change means to this subscriber; asked once a change, in order. */
  readonly effects: (change: Change, view: ClusterView) => readonly Effect<Entity>[];
  /** "snapshot": from the cursor of a snapshot that was cut off, which is taken again. */
  readonly after: Cursor | "snapshot" | undefined;
  /** What the end of a whole cluster means; nothing, unless given. */
  readonly gone?: (view: ClusterView) => readonly Effect<Entity>[];
  readonly snapshot: boolean;
}

/** The log does not reach back to the cursor: the subscriber must take a new snapshot. */
export class CursorExpired extends Error {
  override readonly name = "CursorExpired";
}

/** The subscriber reads slower than the clusters change: it may resume from its last cursor. */
export class TooSlow extends Error {
  override readonly name = "TooSlow";
}

/** Changes that wait for one subscriber before it counts as too slow: it would hold them, and both their sides. */
const waitingMax = 10_000;

/** Filter transitions: what a change of an entity is to somebody who sees only what matches. */
export function transition<Entity>(
  before: Entity | undefined,
  after: Entity | undefined,
  matches: (entity: Entity) => boolean,
): readonly Effect<Entity>[] {
  const was = before !== undefined && matches(before);
  const is = after !== undefined && matches(after);
  if (is) return [{ type: was ? "MODIFIED" : "ADDED", entity: after }];
  if (!was) return [];
  return [{ type: "REMOVED", entity: after ?? before }];
}

/**
 * Follows until the iteration ends. Throws {@link CursorExpired} at the start or when a view had to be reloaded.
 * Its `return` ends it at once, also while it waits for a change that may never come: a plain generator would keep
 * listening until then.
 */
export function streamChanges<Entity>(
  options: StreamOptions<Entity>,
): AsyncGenerator<StreamItem<Entity>, void, undefined> {
  const stop = new AbortController();
  const items = follow(options, stop.signal);
  return {
    next: () => items.next(),
    return: () => {
      stop.abort();
      return items.return();
    },
    throw: (error) => {
      stop.abort();
      return items.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await items.return();
    },
  };
}

async function* follow<Entity>(
  options: StreamOptions<Entity>,
  signal: AbortSignal,
): AsyncGenerator<StreamItem<Entity>, void, undefined> {
  const { informer, covers } = options;
  const notices: Notice[] = [];
  let waiting = 0;
  let wake: (() => void) | undefined;
  const unlisten = informer.listen((notice) => {
    if (!covers(notice.cluster)) return;
    waiting += notice.type === "changes" ? notice.changes.length : 1;
    if (waiting > waitingMax) notices.length = 0;
    else notices.push(notice);
    wake?.();
  });
  signal.addEventListener("abort", () => wake?.(), { once: true });
  try {
    // A cluster that is not loaded yet would pass for a new one, all of it ADDED, and its gap would be silent.
    await untilLoaded(informer, signal);
    if (signal.aborted) return;
    notices.length = 0;
    waiting = 0;
    const positions = startPositions(informer);
    const known = new Set(informer.views.keys());
    yield* opening(options, positions);
    while (!signal.aborted) {
      if (waiting > waitingMax) throw new TooSlow("changes came faster than they were read");
      for (let notice = notices.shift(); notice; notice = notices.shift()) {
        waiting -= notice.type === "changes" ? notice.changes.length : 1;
        if (notice.type === "replaced")
          yield* newCluster(options, notice.cluster, known, positions);
        if (notice.type === "changes") yield* live(options, notice.changes, positions);
        if (notice.type === "removed") {
          known.delete(notice.cluster);
          positions.delete(cursorKey(notice.cluster));
          for (const effect of options.gone?.(notice.view) ?? [])
            yield { ...effect, cursor: encodeCursor(positions) };
        }
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (notices.length > 0 || waiting > waitingMax || signal.aborted) resolve();
      });
    }
  } finally {
    unlisten();
  }
}

function untilLoaded({ isLoaded, loaded }: Informer, signal: AbortSignal): Promise<void> {
  if (isLoaded) return Promise.resolve();
  return new Promise((resolve, reject) => {
    loaded.then(resolve, reject);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function startPositions(informer: Informer): Map<string, Position> {
  const positions = new Map<string, Position>();
  for (const { arn, epoch, seq } of informer.views.values())
    positions.set(cursorKey(arn), { epoch, seq });
  return positions;
}

async function* opening<Entity>(
  options: StreamOptions<Entity>,
  positions: Map<string, Position>,
): AsyncGenerator<StreamItem<Entity>> {
  const views = [...options.informer.views.values()].filter(({ arn }) => options.covers(arn));
  if (options.after && options.after !== "snapshot") {
    yield* catchUp(options, options.after, views, positions);
    return;
  }
  if (!options.snapshot && options.after !== "snapshot") return;
  // Taken whole before the first is sent: the views move on while a subscriber reads.
  const entities = views.flatMap((view) => [...options.present(view)]);
  for (const entity of entities) yield { type: "ADDED", cursor: unfinishedSnapshot, entity };
  yield { type: "SYNCED", cursor: encodeCursor(positions), entity: undefined };
}

/** Everything between the subscriber's cursor and the views' positions at the start. */
async function* catchUp<Entity>(
  { informer, effects }: StreamOptions<Entity>,
  after: Cursor,
  views: readonly ClusterView[],
  positions: Map<string, Position>,
): AsyncGenerator<StreamItem<Entity>> {
  const ends = new Map(positions);
  for (const view of views) {
    const key = cursorKey(view.arn);
    positions.set(key, after.get(key) ?? { epoch: view.epoch, seq: 0 });
  }
  for (const view of views) {
    const key = cursorKey(view.arn);
    const end = ends.get(key);
    const from = positions.get(key);
    if (!end || !from) continue;
    const changes = await informer.changesSince(view.arn, from);
    if (changes === "expired")
      throw new CursorExpired(`the change log of ${view.arn} does not reach back to this cursor`);
    for (const change of changes) {
      if (change.seq > end.seq) break;
      yield* group(effects(change, view), positions, key, { epoch: end.epoch, seq: change.seq });
    }
    positions.set(key, end);
  }
}

function* live<Entity>(
  { informer, effects }: StreamOptions<Entity>,
  changes: readonly Change[],
  positions: Map<string, Position>,
): Generator<StreamItem<Entity>> {
  for (const change of changes) {
    const view = informer.views.get(change.cluster);
    const key = cursorKey(change.cluster);
    const position = positions.get(key);
    if (!view || (position && change.seq <= position.seq)) continue;
    yield* group(effects(change, view), positions, key, { epoch: view.epoch, seq: change.seq });
  }
}

/** A cluster that was not there at the start: all of it is new. One that was loaded anew lost its history. */
function* newCluster<Entity>(
  { informer, present }: StreamOptions<Entity>,
  cluster: ClusterArn,
  known: Set<ClusterArn>,
  positions: Map<string, Position>,
): Generator<StreamItem<Entity>> {
  if (known.has(cluster))
    throw new CursorExpired(`the change log of ${cluster} had a gap; take a new snapshot`);
  known.add(cluster);
  const view = informer.views.get(cluster);
  if (!view) return;
  const added = Array.from(present(view), (entity) => ({ type: "ADDED" as const, entity }));
  const { epoch, seq } = view;
  yield* group(added, positions, cursorKey(cluster), { epoch, seq });
}

/**
 * Items that one step of the log brings. Only the last carries the new position: whoever is cut off in between
 * gets all of them again, and loses none.
 */
function* group<Entity>(
  effects: readonly Effect<Entity>[],
  positions: Map<string, Position>,
  key: string,
  position: Position,
): Generator<StreamItem<Entity>> {
  const last = effects.at(-1);
  const before = effects.length > 1 ? encodeCursor(positions) : "";
  positions.set(key, position);
  for (const effect of effects)
    yield { ...effect, cursor: effect === last ? encodeCursor(positions) : before };
}
