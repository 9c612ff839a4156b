// Watches how the worker keeps up: notes its counts, the queue's depth and the age of its oldest message where the
// API finds them, and says once a minute in the log what was done. Only looks; never slows or stops the consumer.
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Queue, QueueDepth } from "../sqs/queue.ts";
import type { QueueFacts, StateStore } from "../store/store.ts";
import { ignoredInAll, toldCounts } from "./counters.ts";
import type { ConsumerCounters } from "./counters.ts";

const noteMs = 5000;
const notesPerLine = 12;
/** Depth is asked for by every worker: not so often that SQS charges for it. */
const notesPerDepth = 3;

export interface PaceOptions {
  readonly queue: Queue;
  readonly store: Pick<StateStore, "noteQueue" | "queues" | "noteWorker" | "removeWorker">;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: ConsumerCounters;
  /** Name of this worker, another one for each process. */
  readonly worker: string;
  readonly reconcileMs: number;
}

type Counted = "received" | "applied" | "unchanged" | "clusterEvents" | "ignored" | "rejected";

/** What was counted between two moments. */
export function countedSince(
  before: ConsumerCounters,
  after: ConsumerCounters,
): Record<Counted, number> {
  return {
    received: after.received - before.received,
    applied: after.applied - before.applied,
    unchanged: after.unchanged - before.unchanged,
    clusterEvents: after.clusterEvents - before.clusterEvents,
    ignored: ignoredInAll(after) - ignoredInAll(before),
    rejected: after.rejected - before.rejected,
  };
}

/**
 * When the oldest message came that may still wait, ms since the epoch. SQS does not tell; receives do, and while
 * nothing is received from a queue that is not empty, what was oldest only gets older: from when messages were first
 * seen to wait, where nobody has received any. `noted` is what some worker saw before. Pure.
 */
export function oldestWaiting(
  noted: QueueFacts | undefined,
  received: number | undefined,
  depth: QueueDepth,
  at: number,
): number | undefined {
  if (isEmpty(depth)) return undefined;
  if (received !== undefined) return received;
  const { visible = 0, oldestMessageAgeMs: age = 0 } = noted ?? {};
  if (noted && (age > 0 || visible > 0)) return noted.at - age;
  // What is in somebody's hands does not wait.
  return depth.visible > 0 ? at : undefined;
}

const isEmpty = ({ visible, inFlight }: QueueDepth): boolean => visible === 0 && inFlight === 0;

const copyOf = (counters: ConsumerCounters): ConsumerCounters => ({
  ...counters,
  ignored: new Map(counters.ignored),
});

/** Runs until `signal` aborts. A queue or a store that does not answer is the consumer's to complain about. */
export async function watchPace(options: PaceOptions, signal: AbortSignal): Promise<void> {
  const { queue, store, clock, log, counters, worker } = options;
  const startedAt = clock.now();
  let before = copyOf(counters);
  let depth: QueueDepth | undefined;
  let oldest: number | undefined;

  async function noteQueue(): Promise<void> {
    depth = await queue.depth().catch(() => undefined);
    if (!depth) return;
    const at = clock.now();
    const received = counters.oldestSentAt;
    counters.oldestSentAt = undefined;
    try {
      // Where this worker received nothing, another one may have: one that cannot receive knows nothing about the queue.
      const isAsked = received === undefined && !isEmpty(depth);
      const queues = isAsked ? await store.queues() : [];
      const noted = queues.find(({ name }) => name === queue.name);
      oldest = oldestWaiting(noted, received, depth, at);
      const oldestMessageAgeMs = oldest === undefined ? 0 : Math.max(0, at - oldest);
      await store.noteQueue({ name: queue.name, ...depth, oldestMessageAgeMs, at });
    } catch {
      // The next note tells it.
    }
  }

  async function noteWorker(): Promise<void> {
    const { reconcileMs } = options;
    const about = { id: worker, queue: queue.name, startedAt, at: clock.now(), reconcileMs };
    await store.noteWorker({ ...about, ...toldCounts(counters) }).catch(() => {});
  }

  for (let note = 0; !signal.aborted; note++) {
    if (note % notesPerDepth === 0) await noteQueue();
    await noteWorker();
    if (note > 0 && note % notesPerLine === 0) {
      const { pollers } = counters;
      const oldestSeconds = oldest === undefined ? 0 : Math.round((clock.now() - oldest) / 1000);
      log.info(
        {
          ...countedSince(before, counters),
          ...depth,
          oldestSeconds,
          eventLagMs: counters.slowestMs,
          pollers,
        },
        "events of the last minute",
      );
      counters.slowestMs = 0;
      before = copyOf(counters);
    }
    await clock.sleep(noteMs, signal);
  }
  await store.removeWorker(worker).catch(() => {});
}
