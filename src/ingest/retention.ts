// Forgets what has ended long enough ago, and the old part of the log. The only thing that ages data out.
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Random } from "../random.ts";
import type { StateStore } from "../store/store.ts";
import { endOfBan } from "./ban.ts";
import { Outage } from "./outage.ts";
import { describeFault } from "./faults.ts";

export interface RetentionOptions {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly retentionMs: number;
}

const everyMs = 30_000;
const removedAtOnce = 200;
/** Ended entities kept per cluster, however young: memory is bounded by count as well as by age. */
const endedMax = 100_000;

/** One round over all clusters. */
export async function applyRetention({
  store,
  clock,
  retentionMs,
}: RetentionOptions): Promise<void> {
  for (const cluster of await store.clusters()) {
    const now = clock.now();
    const cutoff = now - retentionMs;
    let surplus = (await store.endedCount(cluster)) - endedMax;
    for (;;) {
      const limit = surplus > 0 ? Number.POSITIVE_INFINITY : cutoff;
      const bannedUntil = endOfBan(surplus > 0 ? 0 : retentionMs, retentionMs, now);
      const ended = await store.endedBefore(cluster, limit, removedAtOnce);
      if (ended.length === 0) break;
      await store.remove(cluster, ended, bannedUntil);
      surplus -= ended.length;
      if (ended.length < removedAtOnce) break;
    }
    await store.trim(cluster, cutoff, now);
    await store.trimEvents(cluster, cutoff);
  }
}

export async function keepWithinRetention(
  options: RetentionOptions & { readonly random: Random },
  signal: AbortSignal,
): Promise<void> {
  const outage = new Outage(options, "forgetting what is past its retention");
  while (!signal.aborted) {
    await options.clock.sleep(everyMs, signal);
    if (signal.aborted) return;
    try {
      await applyRetention(options);
      outage.over();
    } catch (error) {
      await outage.wait(describeFault(error), signal);
    }
  }
}
