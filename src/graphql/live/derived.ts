// What is worked out of a view rather than of an entry of its log: remembers what was shown last, and works out anew
// what changes have touched or whose time has come. No I/O, no timers: whoever owns it asks.
import type { Change } from "../../changes/change.ts";
import type { ClusterView } from "../../changes/cluster-view.ts";
import type { Position } from "../../changes/cursor.ts";
import type { Clock } from "../../clock.ts";
import type { Derived, Standing, Step, StepsAt } from "./topic.ts";

/** An entity as it is at one time. */
export interface Worked<Entity> {
  readonly entity: Entity;
  /** When it may be another one although nothing changes, ms since the epoch; undefined: never by time alone. */
  readonly movesAt?: number | undefined;
}

export interface Derivation<Entity> {
  /** Ids of what a change concerns. */
  concerns(change: Change, view: ClusterView): Iterable<string>;
  ids(view: ClusterView): Iterable<string>;
  work(id: string, view: ClusterView, now: number): Worked<Entity> | undefined;
  /** Paths that differ between two states of one. */
  compare(before: Entity, after: Entity): readonly string[];
  /** All paths that may ever differ. */
  readonly all: readonly string[];
  /** What all of them hang on that is neither time nor in the log, in words; undefined while there is nothing. */
  readonly hangsOn?: (view: ClusterView) => string | undefined;
}

interface Shown<Entity> extends Worked<Entity> {
  /** Worked out as of any time from here to that of its memory, it is the same. */
  since: number;
}

/** What is remembered of one view: what was shown last, and what has been touched since. */
interface Memory<Entity> {
  readonly shown: Map<string, Shown<Entity>>;
  readonly touched: Set<string>;
  /** The time as of which everything in it is. */
  at: number;
  /** The first time at which something in it may be another although nothing changes. */
  movesAt: number;
  hangsOn: string | undefined;
}

/** A clock that goes back by less is waited for: what was true comes true again soon. */
const jitterMs = 1000;

/** `clock`: of what time alone changes; undefined where it changes nothing. */
export function createDerived<Entity>(
  derivation: Derivation<Entity>,
  clock?: Pick<Clock, "now">,
): Derived<Entity> {
  const memories = new Map<string, Memory<Entity>>();
  const { concerns, ids, work, compare, all } = derivation;
  const hangsOn = (view: ClusterView) => derivation.hangsOn?.(view);
  const now = () => clock?.now() ?? 0;

  const isOverturned = (memory: Memory<Entity>, view: ClusterView): boolean =>
    now() < memory.at - jitterMs || hangsOn(view) !== memory.hangsOn;

  function workAnew(memory: Memory<Entity>, id: string, view: ClusterView): Step<Entity>[] {
    const was = memory.shown.get(id);
    const worked = work(id, view, memory.at);
    const [before, after] = [was?.entity, worked?.entity];
    if (worked === undefined) memory.shown.delete(id);
    else memory.shown.set(id, { ...worked, since: memory.at });
    if (before === undefined && after === undefined) return [];
    const isThere = before !== undefined && after !== undefined;
    const changed = isThere ? compare(before, after) : [];
    return isThere && changed.length === 0 ? [] : [{ before, after, changed }];
  }

  function begun(view: ClusterView): Memory<Entity> {
    const memory: Memory<Entity> = {
      shown: new Map(),
      touched: new Set(),
      at: now(),
      movesAt: Number.POSITIVE_INFINITY,
      hangsOn: hangsOn(view),
    };
    for (const id of ids(view)) workAnew(memory, id, view);
    memory.movesAt = firstMove(memory);
    return memory;
  }

  /** What one was at a time before, and is now, though nothing changed; undefined when it is the same. */
  function elapsedSince(
    memory: Memory<Entity>,
    [id, shown]: readonly [string, Shown<Entity>],
    view: ClusterView,
    at: number | undefined,
  ): Step<Entity> | undefined {
    const { entity } = shown;
    // Nobody knows what its reader was told.
    if (at === undefined) return { before: entity, after: entity, changed: all };
    if (at >= shown.since) return undefined;
    const then = work(id, view, at);
    if (then === undefined) return undefined;
    if ((then.movesAt ?? Number.POSITIVE_INFINITY) > memory.at) {
      shown.since = at;
      return undefined;
    }
    const changed = compare(then.entity, entity);
    return changed.length > 0 ? { before: then.entity, after: entity, changed } : undefined;
  }

  function stand(view: ClusterView, since: Position | undefined): Standing<Entity> {
    const memory = memories.get(view.arn) ?? begun(view);
    const shown = new Map(Array.from(memory.shown, ([id, { entity }]) => [id, entity] as const));
    const elapsed = new Map<string, Step<Entity>>();
    // From another log nothing goes on.
    if (!clock || since?.epoch !== view.epoch) return { shown, elapsed };
    const told = new Set<string>();
    // What changes touched is told with them.
    if (since.seq >= view.recentFrom)
      for (const change of view.recent)
        if (change.seq > since.seq) for (const id of concerns(change, view)) told.add(id);
    const at = memory.hangsOn === undefined ? since.at : undefined;
    for (const each of memory.shown) {
      const step = told.has(each[0]) ? undefined : elapsedSince(memory, each, view, at);
      if (step) elapsed.set(each[0], step);
    }
    return { shown, elapsed };
  }

  return {
    touch: (changes, view) => {
      const touched = memories.get(view.arn)?.touched;
      if (!touched) return;
      for (const change of changes) for (const id of concerns(change, view)) touched.add(id);
    },
    isDue: (view) => {
      const memory = memories.get(view.arn);
      if (!memory) return false;
      return memory.touched.size > 0 || memory.movesAt <= now() || isOverturned(memory, view);
    },
    settle: (view) => {
      const memory = memories.get(view.arn);
      if (!memory) return [];
      const { shown, touched } = memory;
      if (isOverturned(memory, view)) {
        memory.at = now();
        for (const id of [...shown.keys(), ...ids(view)]) touched.add(id);
      }
      memory.at = Math.max(memory.at, now());
      memory.hangsOn = hangsOn(view);
      for (const [id, { movesAt = Number.POSITIVE_INFINITY }] of shown)
        if (movesAt <= memory.at) touched.add(id);
      const due = [...touched];
      touched.clear();
      const steps = due.flatMap((id) => workAnew(memory, id, view));
      memory.movesAt = firstMove(memory);
      return steps;
    },
    begin: (view) => {
      if (!memories.has(view.arn)) memories.set(view.arn, begun(view));
    },
    shown: (view) =>
      Array.from((memories.get(view.arn) ?? begun(view)).shown.values(), ({ entity }) => entity),
    asOf: (view) => {
      const memory = clock && memories.get(view.arn);
      return memory?.hangsOn === undefined ? memory?.at : undefined;
    },
    stand,
    forget: (view) => void memories.delete(view.arn),
  };
}

function firstMove<Entity>({ shown }: Memory<Entity>): number {
  let first = Number.POSITIVE_INFINITY;
  for (const { movesAt } of shown.values())
    if (movesAt !== undefined && movesAt < first) first = movesAt;
  return first;
}

/**
 * What a run of changes touched and what time did since, once each, as it was when the reader joined: nobody remembers
 * what it was at each change.
 */
export function replayTouched<Entity>(
  { concerns, all }: Pick<Derivation<Entity>, "concerns" | "all">,
  changes: readonly Change[],
  view: ClusterView,
  seq: number,
  { shown, elapsed }: Standing<Entity>,
): readonly StepsAt<Entity>[] {
  const touched = new Set(changes.flatMap((change) => [...concerns(change, view)]));
  const steps = [...new Set([...touched, ...elapsed.keys()])].flatMap((id): Step<Entity>[] => {
    const entity = shown.get(id);
    if (entity === undefined) return [];
    const step = touched.has(id) ? undefined : elapsed.get(id);
    return [step ?? { before: entity, after: entity, changed: all }];
  });
  return steps.length > 0 ? [{ seq, steps }] : [];
}
