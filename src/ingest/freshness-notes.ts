// Notes per cluster how fresh it is: at once after a pause, then at most once a second. Freshness that cannot be
// noted is noted with the next event; storing owns the outage.
import type { Clock } from "../clock.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { StateStore } from "../store/store.ts";

const pauseMs = 1000;

interface Pending {
  lastEventAt: number | undefined;
  lagMs: number | undefined;
}

export interface FreshnessNotes {
  /** Event time (ms since the epoch) and lag (ms) of what was just stored. Never throws, never waits. */
  note(cluster: ClusterArn, lastEventAt: number | undefined, lagMs: number | undefined): void;
  /** Resolves when everything is written, or cannot be. */
  flush(): Promise<void>;
}

const largest = (a: number | undefined, b: number | undefined) =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);

export function createFreshnessNotes(
  store: Pick<StateStore, "noteFreshness">,
  clock: Pick<Clock, "after">,
): FreshnessNotes {
  const pending = new Map<ClusterArn, Pending>();
  /** Clusters that were written less than a pause ago, with what ends their pause. */
  const pausing = new Map<ClusterArn, () => void>();
  const writes = new Set<Promise<void>>();

  function write(cluster: ClusterArn): void {
    const facts = pending.get(cluster);
    if (!facts) return;
    pending.delete(cluster);
    const wrote = store
      .noteFreshness(cluster, { lastEventAt: facts.lastEventAt, eventLagMs: facts.lagMs })
      .catch(() => {
        if (!pending.has(cluster)) pending.set(cluster, facts);
      })
      .finally(() => writes.delete(wrote));
    writes.add(wrote);
    const endPause = clock.after(pauseMs, () => {
      pausing.delete(cluster);
      write(cluster);
    });
    pausing.set(cluster, endPause);
  }

  return {
    note: (cluster, lastEventAt, lagMs) => {
      const before = pending.get(cluster);
      pending.set(cluster, {
        lastEventAt: largest(before?.lastEventAt, lastEventAt),
        lagMs: largest(before?.lagMs, lagMs),
      });
      if (!pausing.has(cluster)) write(cluster);
    },
    flush: async () => {
      for (const cancel of pausing.values()) cancel();
      for (const cluster of pending.keys()) write(cluster);
      for (const cancel of pausing.values()) cancel();
      pausing.clear();
      await Promise.all(writes);
    },
  };
}
