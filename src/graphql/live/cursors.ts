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

/** How far a view has been told: see {@link Position}. Of its present log, unless another is named. */
export type Told = Partial<Position> & Pick<Position, "seq">;

/** Amid the end of a cluster: whoever is cut off there cannot go on, also where the cluster is not gone yet. */
export const amidRemoval: Told = { epoch: "removed", seq: 0 };

export class Cursors {
  readonly #informer: Views;
  readonly #asOf: (view: ClusterView) => number | undefined;
  readonly #made = new Map<string, string>();
  /** Positions up to which views have been told of, where they are further themselves. */
  readonly #behind = new Map<ClusterArn, number>();

  /** `asOf`: up to when what time alone does is told of a view. */
  constructor(informer: Views, asOf: (view: ClusterView) => number | undefined) {
    this.#informer = informer;
    this.#asOf = asOf;
  }

  /** The views have moved: what was made before is of another moment. */
  moved(): void {
    this.#made.clear();
  }

  /** What follows this position of a view is not told yet: until {@link caughtUp}, no cursor goes beyond it. */
  holdAt(view: ClusterView, seq: number): void {
    if (!this.#behind.has(view.arn)) this.#behind.set(view.arn, seq);
  }

  /** All of a view is told from here on. */
  caughtUp(cluster: ClusterArn): void {
    this.#behind.delete(cluster);
  }

  /** How far a view has been told. */
  told(view: ClusterView): Told {
    return { seq: this.#behind.get(view.arn) ?? view.seq, at: this.#asOf(view) };
  }

  /** Where the views of a scope are, with one of them told so far. */
  at(scope: Scope, view: ClusterView, told: Told): string {
    const { epoch, seq, at } = { epoch: view.epoch, ...told };
    const key = `${scope.cluster ?? ""} ${view.arn} ${epoch} ${seq} ${at ?? ""}`;
    let made = this.#made.get(key);
    if (made === undefined) {
      const positions = this.positions(scope);
      positions.set(cursorKey(view.arn), { epoch, seq, at });
      made = encodeCursor(positions);
      this.#made.set(key, made);
    }
    return made;
  }

  /** Where the views of a scope are. */
  now(scope: Scope): string {
    return encodeCursor(this.positions(scope));
  }

  positions(scope: Scope): Map<string, Position> {
    return new Map(
      viewsIn(this.#informer, scope).map((view) => [
        cursorKey(view.arn),
        { epoch: view.epoch, ...this.told(view) },
      ]),
    );
  }
}
