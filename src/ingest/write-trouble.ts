// Which parts of the store could not be written lately: a slot of a Redis Cluster that is being moved, or whose primary
// is away, leaves the others. Pure: times are passed in, by a clock that never goes back.
import type { ClusterArn } from "../ecs/arn.ts";

/** What is written by itself: a cluster's state, or what belongs to none. */
export type StorePart = ClusterArn | "departures" | "quarantine";

/** Most of what goes by itself, like a slot that is moved, is over by then. */
const patienceMs = 2000;
/** How often a part in trouble is tried, whoever has something for it. */
const tryEveryMs = 1000;
/** A part that nobody had anything for since may be well. */
const rememberedMs = 60_000;
const witnessesMax = 3;

interface Trouble {
  readonly since: number;
  readonly error: unknown;
  readonly failedAt: number;
  /** Infinity while somebody tries. */
  tryAt: number;
  /** Whether messages were left to the queue for it. */
  left: boolean;
}

export class WriteTrouble {
  readonly #troubles = new Map<StorePart, Trouble>();
  /** Clusters that were written, the latest last. */
  readonly #written = new Set<ClusterArn>();

  /** Whether to write to a part now. Who is told so must tell what came of it. */
  mayTry(part: StorePart, now: number): boolean {
    const trouble = this.#troubles.get(part);
    if (!trouble) return true;
    if (now < trouble.tryAt) return false;
    trouble.tryAt = Infinity;
    return true;
  }

  /** Why a part could not be written last. */
  errorOf(part: StorePart): unknown {
    return this.#troubles.get(part)?.error;
  }

  /** When one of them was last tried in vain. */
  lastFailureOf(parts: Iterable<StorePart>): number {
    return Math.max(0, ...[...parts].map((part) => this.#troubles.get(part)?.failedAt ?? 0));
  }

  failed(part: StorePart, error: unknown, now: number): void {
    for (const [other, { failedAt, tryAt }] of this.#troubles)
      if (tryAt < Infinity && now - failedAt > rememberedMs) this.#troubles.delete(other);
    const { since = now, left = false } = this.#troubles.get(part) ?? {};
    this.#troubles.set(part, { since, error, failedAt: now, tryAt: now + tryEveryMs, left });
  }

  /** True when messages had been left to the queue for it. */
  written(part: StorePart): boolean {
    const left = this.#troubles.get(part)?.left ?? false;
    this.#troubles.delete(part);
    if (part === "departures" || part === "quarantine") return left;
    this.#written.delete(part);
    this.#written.add(part);
    return left;
  }

  /** Whether it is for so long that a part is in trouble that no more messages should be held for any. */
  isLasting(now: number): boolean {
    for (const { since } of this.#troubles.values()) if (now - since >= patienceMs) return true;
    return false;
  }

  /** Notes that messages are left to the queue for a part; true for the first. */
  leave(part: StorePart): boolean {
    const trouble = this.#troubles.get(part);
    if (!trouble || trouble.left) return false;
    trouble.left = true;
    return true;
  }

  /** Clusters that were written last and are not known to be in trouble: whether the others are away, they tell. */
  witnesses(): readonly ClusterArn[] {
    const well = [...this.#written].filter((cluster) => !this.#troubles.has(cluster));
    return well.slice(-witnessesMax);
  }

  /** The whole store is away: that says nothing of its parts. */
  forget(): void {
    this.#troubles.clear();
  }
}
