// Deletes what is stored, in full batches, while the next messages are already being received. A message that
// could not be deleted comes back as a duplicate: it costs a call and changes nothing.
import type { Clock } from "../clock.ts";
import type { Message, Queue } from "../sqs/queue.ts";
import type { Outage } from "./outage.ts";
import { describeFault } from "./faults.ts";

const batchMax = 10;
/** How long a batch waits to become full; far below the visibility of its messages. */
const gatherMs = 20;
/** Calls at once. More waiting batches than this hold the pollers back. */
const callsMax = 32;
const attemptsMax = 3;

export interface Deletions {
  /** Takes messages over. Resolves when more may be handed in, not when they are deleted. Never rejects. */
  add(messages: readonly Message[]): Promise<void>;
  /** Resolves when nothing waits for its deletion any more. */
  drain(): Promise<void>;
}

export interface DeletionOptions {
  readonly queue: Pick<Queue, "delete">;
  readonly clock: Clock;
  readonly outage: Outage;
  readonly signal: AbortSignal;
}

export function createDeletions({ queue, clock, outage, signal }: DeletionOptions): Deletions {
  let waiting: Message[] = [];
  let cancelTimer: (() => void) | undefined;
  const calls = new Set<Promise<void>>();

  async function deleteBatch(batch: readonly Message[]): Promise<void> {
    let left = batch;
    for (let attempt = 1; left.length > 0 && attempt <= attemptsMax; attempt++)
      try {
        left = await queue.delete(left);
        outage.over();
      } catch (error) {
        await outage.wait(describeFault(error), signal);
      }
  }

  function start(size: number): void {
    const batch = waiting.slice(0, size);
    waiting = waiting.slice(size);
    const call = deleteBatch(batch).finally(() => calls.delete(call));
    calls.add(call);
  }

  function startRest(): void {
    cancelTimer?.();
    cancelTimer = undefined;
    while (waiting.length > 0) start(batchMax);
  }

  return {
    add: async (messages) => {
      waiting.push(...messages);
      while (waiting.length >= batchMax) start(batchMax);
      if (waiting.length === 0) {
        cancelTimer?.();
        cancelTimer = undefined;
      } else cancelTimer ??= clock.after(gatherMs, startRest);
      while (calls.size > callsMax) await Promise.race(calls);
    },
    drain: async () => {
      startRest();
      await Promise.all(calls);
    },
  };
}
