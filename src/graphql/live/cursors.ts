// The cursors of one moment, by scope: many subscriptions need the same text, and it is made once. No I/O.
import type { ClusterView } from "../../changes/cluster-view.ts";
import { cursorKey, encodeCursor } from "../../changes/cursor.ts";
import type { Cursor, Position } from "../../changes/cursor.ts";
import type { Informer } from "../../changes/informer.ts";
import type { ClusterArn } from "../../ecs/arn.ts";

type Views = Pick<Informer, "views">;

/** The clusters that a subscription follows. */
export interface Scope {
  /** The `cluster` argument; undefined for all clusters. */
  readonly cluster: string | undefined;
  covers(cluster: ClusterArn): boolean;
}

/** A name may come to stand for a cluster only later, or for several: it is compared with each. */
export function scopeOf(cluster: string | null | undefined): Scope {
  if (cluster === null || cluster === undefined) return { cluster: undefined, covers: () => true };
  return {
    cluster,
    covers: (arn) => arn === cluster || arn.endsWith(`:cluster/${cluster}`),
  };
}

export function viewsIn({ views }: Views, scope: Scope): ClusterView[] {
  return [...views.values()].filter(({ arn }) => scope.covers(arn));
}

/**
 * Whether a cursor speaks of a cluster of this scope that is not here any more. What its subscriber knows of that
 * cluster would never be taken back. A name does not tell which key was its cluster's: then any unknown one may be.
 */
export function namesLostCluster({ views }: Views, scope: Scope, cursor: Cursor): boolean {
  const known = new Set([...views.keys()].map(cursorKey));
  const lost = [...cursor.keys()].filter((key) => !known.has(key));
  if (lost.length === 0) return false;
  if (scope.cluster === undefined) return true;
  if (scope.cluster.startsWith("arn:")) return lost.includes(cursorKey(scope.cluster));
  return viewsIn({ views }, scope).length === 0;
}

export class Cursors {
  readonly #informer: Views;
  readonly #made = new Map<string, string>();
  /** Positions up to which views have been told of, where they are further themselves. */
  readonly #behind = new Map<ClusterArn, number>();

  constructor(informer: Views) {
    this.#informer = informer;
  }

  /** The views have moved: what was made before is of another moment. */
  moved(): void {
    this.#made.clear();
  }

  /** What follows this position of a view is not told yet: until {@link caughtUp}, no cursor goes beyond it. */
  holdAt(view: ClusterView, seq: number): void {
    if (!this.#behind.has(view.arn)) this.#behind.set(view.arn, seq);
  }

  /** All of a view is told from here on. Answers where it was held. */
  caughtUp(cluster: ClusterArn): number | undefined {
    const seq = this.#behind.get(cluster);
    this.#behind.delete(cluster);
    return seq;
  }

  /** Where the views of a scope are, with one of them at a position of its own. */
  at(scope: Scope, view: ClusterView, seq: number): string {
    const key = `${scope.cluster ?? ""} ${view.arn} ${seq}`;
    let made = this.#made.get(key);
    if (made === undefined) {
      const positions = this.#told(scope);
      positions.set(cursorKey(view.arn), { epoch: view.epoch, seq });
      made = encodeCursor(positions);
      this.#made.set(key, made);
    }
    return made;
  }

  /** Where the views of a scope are. */
  now(scope: Scope): string {
    return encodeCursor(this.#told(scope));
  }

  #told(scope: Scope): Map<string, Position> {
    const positions = positionsIn(this.#informer, scope);
    for (const [cluster, seq] of this.#behind) {
      const key = cursorKey(cluster);
      const position = positions.get(key);
      if (position) positions.set(key, { ...position, seq });
    }
    return positions;
  }
}

export function positionsIn(informer: Views, scope: Scope): Map<string, Position> {
  return new Map(
    viewsIn(informer, scope).map(({ arn, epoch, seq }) => [cursorKey(arn), { epoch, seq }]),
  );
}
