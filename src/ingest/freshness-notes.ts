// Notes per cluster how fresh it is: at once after a pause, then at most once a second. Freshness that cannot be
// noted is noted with the next event; storing owns the outage.
import type { Clock } from "../clock.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { Freshness, StateStore } from "../store/store.ts";

const pauseMs = 1000;

/** Of so many events, the newest, the median is told. */
const recentMax = 500;

/** Of what was just stored: newest event time (ms since the epoch), each event's lag and the longest by its own time (ms). */
export interface EventFreshness extends Pick<Freshness, "lastEventAt" | "eventTimeLagMs"> {
  readonly eventLagsMs: readonly number[];
}

type Facts = Pick<Freshness, "lastEventAt" | "eventLagMs" | "eventLagP50Ms" | "eventTimeLagMs">;

export interface FreshnessNotes {
  /** Takes the facts of what was just stored. Never throws, never waits. */
  note(cluster: ClusterArn, facts: EventFreshness): void;
  /** Resolves when everything is written, or cannot be. */
  flush(): Promise<void>;
}

const largest = (a: number | undefined, b: number | undefined) =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);

function median(lags: readonly number[]): number | undefined {
  return lags.toSorted((a, b) => a - b)[Math.floor((lags.length - 1) / 2)];
}

export function createFreshnessNotes(
  store: Pick<StateStore, "noteFreshness">,
  clock: Pick<Clock, "after">,
): FreshnessNotes {
  const pending = new Map<ClusterArn, Facts>();
  const recent = new Map<ClusterArn, number[]>();
  /** Clusters that were written less than a pause ago, with what ends their pause. */
  const pausing = new Map<ClusterArn, () => void>();
  const writes = new Set<Promise<void>>();

  function write(cluster: ClusterArn): void {
    const waiting = pending.get(cluster);
    if (!waiting) return;
    pending.delete(cluster);
    const facts = { ...waiting, eventLagP50Ms: median(recent.get(cluster) ?? []) };
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
      const lags = recent.get(cluster) ?? [];
      recent.set(cluster, [...lags, ...facts.eventLagsMs].slice(-recentMax));
      pending.set(cluster, {
        lastEventAt: largest(before?.lastEventAt, facts.lastEventAt),
        eventLagMs: facts.eventLagsMs.reduce<number | undefined>(largest, before?.eventLagMs),
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
