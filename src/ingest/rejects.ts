// What becomes of messages that nobody can read: SQS moves them to its dead-letter queue, or they are kept in our
// bounded quarantine. Either way they end; they are never tried for ever, and ever less often until then.
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Message, Queue } from "../sqs/queue.ts";
import type { StateStore } from "../store/store.ts";
import type { Rejected } from "./batch.ts";
import { describeFault } from "./faults.ts";

/** A flood of bad messages is no reason to ask SQS about its settings each time. */
const settingsAgeMaxMs = 60_000;
const firstHiddenSeconds = 5;
const longestHiddenSeconds = 900;

export interface RejectsOptions {
  readonly queue: Queue;
  readonly store: Pick<StateStore, "quarantine">;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: { rejected: number };
}

/** Deals with a batch's rejected messages; resolves to those that must not be deleted, for SQS to move away. */
export type Reject = (rejected: readonly Rejected[]) => Promise<ReadonlySet<Message>>;

/** How long a message that cannot be read stays hidden after a receive: a queue may allow a thousand of them. Pure. */
export function hiddenSeconds(receiveCount: number): number {
  return Math.min(firstHiddenSeconds * 2 ** Math.max(0, receiveCount - 1), longestHiddenSeconds);
}

export function createReject(options: RejectsOptions): Reject {
  const { queue, store, clock, log, counters } = options;
  let known: { readonly at: number; readonly movedBySqs: boolean } | undefined;

  /** Without an answer we keep the messages ourselves: then they end, and nobody loses one. */
  async function isMovedBySqs(): Promise<boolean> {
    if (known && clock.monotonic() - known.at <= settingsAgeMaxMs) return known.movedBySqs;
    let movedBySqs = false;
    try {
      movedBySqs = await queue.hasDeadLetterQueue();
    } catch (error) {
      log.warn(
        { reason: describeFault(error) },
        "cannot tell whether the queue has a dead-letter queue; what cannot be read goes to the quarantine",
      );
    }
    known = { movedBySqs, at: clock.monotonic() };
    return movedBySqs;
  }

  function tell({ message: { messageId }, reason, bug }: Rejected, where: string): void {
    counters.rejected++;
    const fields = { messageId, reason, ...(bug === undefined ? {} : { err: bug }) };
    log.warn(fields, `rejected a message that cannot be understood; ${where}`);
  }

  async function leaveToSqs(rejected: readonly Rejected[]): Promise<ReadonlySet<Message>> {
    for (const each of rejected)
      if (each.message.receiveCount === 1) tell(each, "it goes to the dead-letter queue");
    const messages = new Set(rejected.map(({ message }) => message));
    const groups = Map.groupBy(messages, ({ receiveCount }) => hiddenSeconds(receiveCount));
    const hiding = [...groups].map(([seconds, group]) => queue.changeVisibility(group, seconds));
    // Not hidden, they come back as early as all messages do.
    await Promise.all(hiding).catch((error: unknown) => {
      log.debug({ reason: describeFault(error) }, "could not hide rejected messages");
    });
    return messages;
  }

  async function keep(rejected: readonly Rejected[]): Promise<void> {
    const at = clock.now();
    const keeping = rejected.map(async (each) => {
      const { message, reason } = each;
      const { messageId, body } = message;
      const isNew = await store.quarantine({ messageId, reason, body, at });
      if (isNew) tell(each, "it is kept in the quarantine");
    });
    await Promise.all(keeping);
  }

  return async (rejected) => {
    if (rejected.length === 0) return new Set();
    if (await isMovedBySqs()) return leaveToSqs(rejected);
    await keep(rejected);
    return new Set();
  };
}
