// What becomes of messages that nobody can read: SQS moves them to its dead-letter queue, or they are kept in our
// bounded quarantine. Either way they end; they are never tried for ever.
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Message, Queue } from "../sqs/queue.ts";
import type { StateStore } from "../store/store.ts";

/** Longest body kept in the quarantine, in characters: enough to see what it is. */
const quarantinedBodyMax = 4096;
/** A flood of bad messages is no reason to ask SQS about its settings each time. */
const settingsAgeMaxMs = 60_000;

export interface RejectsOptions {
  readonly queue: Queue;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: { rejected: number };
}

interface Rejected {
  readonly message: Message;
  readonly reason: string;
}

/** Deals with a batch's rejected messages; resolves to those that must not be deleted, for SQS to move away. */
export type Reject = (rejected: readonly Rejected[]) => Promise<ReadonlySet<Message>>;

export function createReject({ queue, store, clock, log, counters }: RejectsOptions): Reject {
  let known: { readonly at: number; readonly movedBySqs: boolean } | undefined;

  async function isMovedBySqs(): Promise<boolean> {
    if (!known || clock.monotonic() - known.at > settingsAgeMaxMs)
      known = { movedBySqs: await queue.hasDeadLetterQueue(), at: clock.monotonic() };
    return known.movedBySqs;
  }

  return async (rejected) => {
    if (rejected.length === 0) return new Set();
    const movedBySqs = await isMovedBySqs();
    const where = movedBySqs ? "it goes to the dead-letter queue" : "it is kept in the quarantine";
    for (const { message, reason } of rejected) {
      if (message.receiveCount !== 1) continue;
      counters.rejected++;
      const { messageId } = message;
      log.warn({ messageId, reason }, `rejected a message that cannot be understood; ${where}`);
    }
    if (movedBySqs) return new Set(rejected.map(({ message }) => message));
    const at = clock.now();
    const kept = rejected.map(({ message: { messageId, body }, reason }) =>
      store.quarantine({ messageId, reason, body: body.slice(0, quarantinedBodyMax), at }),
    );
    await Promise.all(kept);
    return new Set();
  };
}
