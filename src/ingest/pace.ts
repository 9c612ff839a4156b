// Watches how the worker keeps up: notes the queue's depth and lag where the API finds them, and says once a
// minute in the log what was done. Only looks; never slows or stops the consumer.
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Queue } from "../sqs/queue.ts";
import type { StateStore } from "../store/store.ts";
import type { ConsumerCounters } from "./consumer.ts";

const sampleMs = 30_000;
const samplesPerLine = 2;

export interface PaceOptions {
  readonly queue: Queue;
  readonly store: Pick<StateStore, "noteQueue">;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: ConsumerCounters;
}

/** What was counted between two moments. */
export function countedSince(
  before: ConsumerCounters,
  { received, applied, unchanged, ignored, rejected }: ConsumerCounters,
): Pick<ConsumerCounters, "received" | "applied" | "unchanged" | "ignored" | "rejected"> {
  return {
    received: received - before.received,
    applied: applied - before.applied,
    unchanged: unchanged - before.unchanged,
    ignored: ignored - before.ignored,
    rejected: rejected - before.rejected,
  };
}

/** Runs until `signal` aborts. A queue or a store that does not answer is the consumer's to complain about. */
export async function watchPace(options: PaceOptions, signal: AbortSignal): Promise<void> {
  const { queue, store, clock, log, counters } = options;
  let before = { ...counters };
  for (let sample = 0; !signal.aborted; sample++) {
    const depth = await queue.depth().catch(() => undefined);
    // An empty queue has no oldest message, whatever the last one waited.
    const lagMs = depth?.visible === 0 ? 0 : counters.lagMs;
    if (depth)
      await store.noteQueue({ name: queue.name, ...depth, lagMs, at: clock.now() }).catch(() => {});
    if (sample > 0 && sample % samplesPerLine === 0) {
      const { visible, inFlight } = depth ?? {};
      const { pollers } = counters;
      log.info(
        { ...countedSince(before, counters), visible, inFlight, lagMs, pollers },
        "events of the last minute",
      );
      before = { ...counters };
    }
    await clock.sleep(sampleMs, signal);
  }
}
