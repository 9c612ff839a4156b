// Which cluster is to be compared with ECS when: each at once when it is first seen, then once an interval, each at a
// moment of its own in it. Pure: times are passed in, by a clock that never goes back.
import type { ClusterArn } from "../ecs/arn.ts";

/** done: compared. failed: tried again soon. busy: another worker is at it, or has died doing so. */
export type TurnEnd = "done" | "failed" | "busy";

/** A failed cluster is tried again sooner than after a long interval, each time later than the last. */
const retryMsMin = 1000;
const retryMsMax = 30_000;
const busyMsMax = 15_000;
/** Fewer than are compared at once: those of a region that does not answer take long to fail, each time. */
const retriesAtOnce = 3;

interface Turn {
  dueAt: number;
  running: boolean;
  /** Whether it was compared since it was last urgent. */
  compared: boolean;
  /** Failures in a row. */
  failures: number;
}

/** Where in the interval a cluster has its turn, 0 to 1: the same for every worker, different for each cluster. */
export function phaseOf(cluster: ClusterArn): number {
  let hash = 0x811c9dc5;
  for (const character of cluster)
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
  // The last letters alone hardly reach the highest bits.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
  return hash / 2 ** 32;
}

export class ReconcileSchedule {
  readonly #intervalMs: number;
  readonly #turns = new Map<ClusterArn, Turn>();

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Takes in clusters that are not there yet, due at once, and drops those that are not among `clusters`. */
  keep(clusters: ReadonlySet<ClusterArn>, now: number): void {
    for (const cluster of this.#turns.keys())
      if (!clusters.has(cluster)) this.#turns.delete(cluster);
    for (const cluster of clusters)
      if (!this.#turns.has(cluster))
        this.#turns.set(cluster, { dueAt: now, running: false, compared: false, failures: 0 });
  }

  has(cluster: ClusterArn): boolean {
    return this.#turns.has(cluster);
  }

  isRunning(cluster: ClusterArn): boolean {
    return this.#turns.get(cluster)?.running ?? false;
  }

  get clusters(): Iterable<ClusterArn> {
    return this.#turns.keys();
  }

  /** What was known of the cluster is lost. */
  makeUrgent(cluster: ClusterArn, now: number): void {
    const turn = this.#turns.get(cluster);
    if (!turn) return;
    turn.dueAt = now;
    turn.compared = false;
  }

  /** The cluster that is due for the longest time; it is out until {@link end}. */
  take(now: number): { readonly cluster: ClusterArn; readonly first: boolean } | undefined {
    let found: [ClusterArn, Turn] | undefined;
    const isFree = this.#freeTurns();
    for (const entry of this.#turns)
      if (
        isFree(entry[1]) &&
        entry[1].dueAt <= now &&
        entry[1].dueAt < (found?.[1].dueAt ?? Infinity)
      )
        found = entry;
    if (!found) return undefined;
    found[1].running = true;
    return { cluster: found[0], first: !found[1].compared };
  }

  end(cluster: ClusterArn, how: TurnEnd, startedAt: number, now: number): void {
    const turn = this.#turns.get(cluster);
    if (!turn) return;
    turn.running = false;
    // Made urgent meanwhile: what was compared may have been from before.
    if (turn.dueAt > startedAt) return;
    const soon = (delayMs: number) => now + Math.min(this.#intervalMs, delayMs);
    if (how === "failed")
      turn.dueAt = soon(Math.min(retryMsMax, retryMsMin * 2 ** turn.failures++));
    else if (how === "busy") turn.dueAt = soon(busyMsMax);
    else turn.dueAt = this.#nextPhase(cluster, now, turn.compared);
    if (how === "done") turn.failures = 0;
    if (how !== "failed") turn.compared = true;
  }

  /** When the next cluster is due; undefined when none waits, or those that do wait for others to end. */
  get nextAt(): number | undefined {
    let next: number | undefined;
    const isFree = this.#freeTurns();
    for (const turn of this.#turns.values())
      if (isFree(turn) && turn.dueAt < (next ?? Infinity)) next = turn.dueAt;
    return next;
  }

  #freeTurns(): (turn: Turn) => boolean {
    let retries = 0;
    for (const { running, failures } of this.#turns.values())
      if (running && failures > 0) retries++;
    return ({ running, failures }) => !running && (failures === 0 || retries < retriesAtOnce);
  }

  #nextPhase(cluster: ClusterArn, now: number, compared: boolean): number {
    // After the first time, all of which come together, somewhere within the next interval; then every interval.
    const share = compared ? 1 : 0.25 + 0.75 * phaseOf(cluster);
    return now + this.#intervalMs * share;
  }
}
