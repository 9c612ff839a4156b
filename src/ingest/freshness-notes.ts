// Notes per cluster how fresh it is: at once after a pause, then at most once a second. Freshness that cannot be
// noted is noted with the next event; storing owns the outage.
import type { Clock } from "../clock.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { Freshness, StateStore } from "../store/store.ts";

const pauseMs = 1000;

/** Newest event time (ms since the epoch) and longest lags (ms) of what was stored. */
export type EventFreshness = Pick<Freshness, "lastEventAt" | "eventLagMs" | "eventTimeLagMs">;

export interface FreshnessNotes {
  /** Takes the facts of what was just stored. Never throws, never waits. */
  note(cluster: ClusterArn, facts: EventFreshness): void;
  /** Resolves when everything is written, or cannot be. */
  flush(): Promise<void>;
}

const largest = (a: number | undefined, b: number | undefined) =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);

export function createFreshnessNotes(
  store: Pick<StateStore, "noteFreshness">,
  clock: Pick<Clock, "after">,
): FreshnessNotes {
  const pending = new Map<ClusterArn, EventFreshness>();
  /** Clusters that were written less than a pause ago, with what ends their pause. */
  const pausing = new Map<ClusterArn, () => void>();
  const writes = new Set<Promise<void>>();

  function write(cluster: ClusterArn): void {
    const facts = pending.get(cluster);
    if (!facts) return;
    pending.delete(cluster);
    const wrote = store
      .noteFreshness(cluster, facts)
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
    note: (cluster, facts) => {
      const before = pending.get(cluster);
      pending.set(cluster, {
        lastEventAt: largest(before?.lastEventAt, facts.lastEventAt),
        eventLagMs: largest(before?.eventLagMs, facts.eventLagMs),
        eventTimeLagMs: largest(before?.eventTimeLagMs, facts.eventTimeLagMs),
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
