// The change log of every cluster as facts tell it, with what was lost of it, so that it can be said what the store held
// at any position. For checkers; judges nothing.
import { cursorKey } from "../../changes/cursor.ts";
import type { Cursor } from "../../changes/cursor.ts";
import type { ChangeFact, FactOf } from "../facts.ts";

interface Logged {
  readonly fact: FactOf<"change">;
  /** When Redis lost it: the last number that was lost with it. */
  lostUntil?: number;
}

export class LogOfWorld {
  /** By cluster and epoch, in order. */
  readonly #logs = new Map<string, Logged[]>();
  readonly #clusters = new Map<string, string>();

  add(fact: FactOf<"change">): void {
    const key = `${fact.cluster} ${fact.epoch}`;
    const log = this.#logs.get(key) ?? [];
    this.#logs.set(key, log);
    this.#clusters.set(cursorKey(fact.cluster), fact.cluster);
    log.push({ fact });
  }

  /** Redis lost its last writes. */
  lose({ lostSince }: FactOf<"redis">): void {
    if (lostSince === undefined) return;
    for (const log of this.#logs.values()) {
      const lostUntil = log.at(-1)?.fact.seq ?? 0;
      for (const entry of log)
        if (entry.fact.at > lostSince && entry.lostUntil === undefined) entry.lostUntil = lostUntil;
    }
  }

  /** The cluster that a cursor's key stands for; undefined when nothing of it was ever stored. */
  clusterOf(key: string): string | undefined {
    return this.#clusters.get(key);
  }

  /** When the first change was stored in each log of a cluster that a cursor does not name. */
  beginningsBeside(cursor: Cursor): number[] {
    const first = [...this.#logs.values()].flatMap((log) => log.slice(0, 1));
    return first.flatMap(({ fact: { cluster, at } }) =>
      cursor.has(cursorKey(cluster)) ? [] : [at],
    );
  }

  /** Whether anything was ever stored in a log. */
  has(cluster: string, epoch: string): boolean {
    return this.#logs.has(`${cluster} ${epoch}`);
  }

  /** The first change behind a position. */
  after(cluster: string, epoch: string, from: number): FactOf<"change"> | undefined {
    return this.#logs.get(`${cluster} ${epoch}`)?.find(({ fact }) => fact.seq > from)?.fact;
  }

  /**
   * The changes between two positions of one log as a reader at the second one has seen them: lost ones only by whoever
   * is among them. "undone": the first position was lost, and the second is beyond.
   */
  between(cluster: string, epoch: string, from: number, to: number): ChangeFact[] | "undone" {
    const log = this.#logs.get(`${cluster} ${epoch}`) ?? [];
    const wasAt = log.find(({ fact }) => fact.seq === from);
    if (wasAt?.lostUntil !== undefined && to > wasAt.lostUntil) return "undone";
    return log
      .filter(({ fact: { seq }, lostUntil }) => {
        const isSeen = lostUntil === undefined || to <= lostUntil;
        return seq > from && seq <= to && isSeen;
      })
      .map(({ fact }) => fact);
  }
}
