// How a subscription begins: with what is there now, or with what happened since a cursor, for one subscriber alone.
// It has joined its group before, so whatever happens meanwhile waits behind this.
import type { Change } from "../../changes/change.ts";
import type { ClusterView } from "../../changes/cluster-view.ts";
import { cursorKey, decodeCursor, encodeCursor, unfinishedSnapshot } from "../../changes/cursor.ts";
import type { Cursor, Position } from "../../changes/cursor.ts";
import type { Informer } from "../../changes/informer.ts";
import { turnOf } from "../../clock.ts";
import type { Clock } from "../../clock.ts";
import { clientError } from "../errors.ts";
import { isPlace } from "../page.ts";
import { namesLostCluster, viewsIn } from "./cursors.ts";
import type { Scope } from "./cursors.ts";
import type { Group, Reader } from "./group.ts";
import type { Topic } from "./topic.ts";

/** "now": only what happens from here on. */
export type Start = "now" | "snapshot" | { readonly after: Cursor };

export function readStart({
  after,
  snapshot,
}: {
  readonly after?: string | null | undefined;
  readonly snapshot?: boolean | null | undefined;
}): Start {
  if (after === undefined || after === null) return snapshot ? "snapshot" : "now";
  if (isPlace(after))
    throw clientError(
      "BAD_USER_INPUT",
      "after is a place in a list: pass the cursor of a change, or the changeCursor of a list.",
    );
  const cursor = decodeCursor(after);
  if (!cursor)
    throw clientError(
      "BAD_USER_INPUT",
      "after is no cursor: pass one that a change or a changeCursor gave, or subscribe again with snapshot: true.",
    );
  // Cut off amid a snapshot: nobody can go on there, so it is taken again.
  return cursor === "snapshot" ? "snapshot" : { after: cursor };
}

const expired = (why: string) =>
  clientError("CURSOR_EXPIRED", `${why}: subscribe again with snapshot: true.`);

/** A cluster that is not loaded yet would pass for a new one, all of it ADDED, and its gap would be silent. */
export function untilLoaded(
  { isLoaded, loaded }: Pick<Informer, "isLoaded" | "loaded">,
  signal: AbortSignal,
): Promise<void> {
  if (isLoaded) return Promise.resolve();
  return new Promise((resolve, reject) => {
    loaded.then(resolve, reject);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Waits until the views are where a cursor is: it may come from a replica that was ahead of this one. */
export async function reach(informer: Informer, scope: Scope, after: Cursor): Promise<void> {
  const isAhead = () =>
    viewsIn(informer, scope).some(({ arn, epoch, seq }) => {
      const position = after.get(cursorKey(arn));
      return position !== undefined && position.epoch === epoch && position.seq > seq;
    });
  if (isAhead() || namesLostCluster(informer, scope, after)) await informer.refresh();
  // What the other replica saw is in the log, or was undone by a crash of Redis.
  if (isAhead()) throw expired("the change log does not hold what this cursor has seen");
  if (namesLostCluster(informer, scope, after))
    throw expired("a cluster that this cursor has seen is gone");
}

export interface Opening<Entity> {
  readonly topic: Pick<Topic<Entity, never>, "present" | "replay" | "node" | "derived">;
  readonly informer: Informer;
  readonly clock: Clock;
  readonly group: Group<Entity>;
  readonly scope: Scope;
  /** Where the views of the scope are. */
  readonly ends: ReadonlyMap<string, Position>;
  readonly reader: Reader;
}

/** Everything between a cursor and where the views are now. Called without a pause after joining. */
export async function catchUp<Entity>(
  { topic, informer, clock, group, scope, ends, reader }: Opening<Entity>,
  after: Cursor,
): Promise<void> {
  // A cluster that the cursor does not name is named when its turn comes: before that nothing was told of it.
  const positions = new Map([...after].filter(([key]) => ends.has(key)));
  const { program } = group.options;
  const slice = createSlices(clock, reader);
  // Before anything is awaited: while the log is read the views go on, and the group keeps what comes then.
  const standings = viewsIn(informer, scope).map((view) => {
    const standing = topic.derived?.stand(view, after.get(cursorKey(view.arn)));
    return { view, standing };
  });
  for (const { view, standing } of standings) {
    const key = cursorKey(view.arn);
    const end = ends.get(key);
    if (!end) continue;
    const isNew = !after.has(key);
    const from = after.get(key) ?? { epoch: end.epoch, seq: 0 };
    const hasMoved = isNew || from.epoch !== end.epoch || from.seq !== end.seq;
    // Made while the view is where the changes end: what they do not say by themselves is found from there.
    const replay = (changes: readonly Change[]) =>
      topic.replay(
        changes.filter(({ seq }) => seq <= end.seq),
        view,
        { isNew, seq: end.seq, later: changes.filter(({ seq }) => seq > end.seq), standing },
      );
    const replayed = hasMoved ? await informer.changesSince(view.arn, from, replay) : replay([]);
    if (replayed === "expired")
      throw expired(`the change log of ${view.arn} does not reach back to this cursor`);
    for (const { seq, steps } of replayed) {
      const effects = steps.flatMap((step) => {
        const effect = group.effectOf(step, view);
        return effect ? [{ ...effect, changed: step.changed }] : [];
      });
      const before = effects.length > 1 ? encodeCursor(positions) : "";
      positions.set(key, { epoch: end.epoch, seq, at: seq < end.seq ? from.at : end.at });
      for (const [index, { type, entity, changed }] of effects.entries()) {
        const cursor = index === effects.length - 1 ? encodeCursor(positions) : before;
        const payload = program.encode({ type, cursor, changed, node: topic.node(entity) });
        reader.send(Buffer.isBuffer(payload) ? payload : await payload);
        if (await slice.isOver()) return;
      }
    }
    positions.set(key, end);
  }
}

/** So long one subscriber's beginning may hold up everybody else at a time, ms. */
const sliceMs = 8;

/**
 * Work in slices: between them others have their turn, and the reader takes what it was sent. A slice ends early when
 * the reader has enough to take: however much there is to say, and however little may wait, one who reads is not too slow.
 */
function createSlices(clock: Clock, reader: Reader): { isOver(): Promise<boolean> | boolean } {
  let ends = clock.monotonic() + sliceMs;
  const pause = async (): Promise<boolean> => {
    await turnOf(clock);
    await reader.drained();
    ends = clock.monotonic() + sliceMs;
    return reader.signal.aborted;
  };
  return {
    /** Whether the reader has gone; pauses first when the slice has been used up. */
    isOver: () => (clock.monotonic() < ends && !reader.isFull ? reader.signal.aborted : pause()),
  };
}

/** What matches now, then SYNCED. Called without a pause after joining. */
export async function sendSnapshot<Entity>({
  topic,
  informer,
  clock,
  group,
  scope,
  ends,
  reader,
}: Opening<Entity>): Promise<void> {
  const cursor = encodeCursor(ends);
  const { program, interest } = group.options;
  const matching = (view: ClusterView) =>
    [...topic.present(view)].filter((entity) => interest.matches(entity, view));
  // Taken whole before the first is sent: the views move on while a subscriber reads.
  const entities = viewsIn(informer, scope).flatMap(matching);
  const slice = createSlices(clock, reader);
  for (const entity of entities) {
    const item = { type: "ADDED", cursor: unfinishedSnapshot, changed: [] } as const;
    const payload = program.encode({ ...item, node: topic.node(entity) });
    reader.send(Buffer.isBuffer(payload) ? payload : await payload);
    if (await slice.isOver()) return;
  }
  reader.send(await program.encode({ type: "SYNCED", cursor, changed: [], node: null }));
}
