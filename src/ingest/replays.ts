// Reads quarantined messages again when a person wants it: the same reading and storing as for a message of the queue.
// What can be read by now leaves the quarantine; the rest stays, with the reason of this time.
import type { Random } from "../random.ts";
import type { Message } from "../sqs/queue.ts";
import type { QuarantinedMessage } from "../store/store.ts";
import { describeFault } from "./faults.ts";
import { Outage } from "./outage.ts";
import type { Reject } from "./rejects.ts";
import { createStoring } from "./storing.ts";
import type { StoringOptions } from "./storing.ts";

const lookMs = 1000;
const messagesAtOnce = 10;

/** A quarantined message as the queue would deliver it. */
function messageOf({ messageId, body }: QuarantinedMessage): Message {
  return { messageId, body, receiptHandle: "", sentAt: undefined, receiveCount: 1 };
}

/** Runs until `signal` aborts. A worker that dies meanwhile leaves the wish to the others: reading twice is harmless. */
export async function replayQuarantined(
  options: StoringOptions & { readonly random: Random },
  signal: AbortSignal,
): Promise<void> {
  const { store, clock, log } = options;
  const outage = new Outage(options, "reading quarantined messages again");
  let asked = new Map<string, QuarantinedMessage>();

  const putBack: Reject = async (rejected) => {
    for (const { message, reason } of rejected) {
      const { at = clock.now() } = asked.get(message.messageId) ?? {};
      const { messageId, body } = message;
      await store.quarantine({ messageId, body, reason, at, replayedAt: clock.now() });
      log.warn({ messageId, reason }, "read a quarantined message again, in vain");
    }
    return new Set(rejected.map(({ message }) => message));
  };
  const storing = createStoring(options, putBack);

  async function replay(): Promise<void> {
    const found = await store.replaysAsked(messagesAtOnce);
    if (found.length === 0) return;
    asked = new Map(found.map((each) => [each.messageId, each]));
    const { done, faults } = await storing.store(found.map(messageOf));
    const ids = done.map(({ messageId }) => messageId);
    await store.removeQuarantined(ids);
    if (ids.length > 0) log.info({ messages: ids.length }, "read quarantined messages again");
    for (const fault of faults.values()) throw fault;
  }

  while (!signal.aborted)
    try {
      await replay();
      outage.over();
      await clock.sleep(lookMs, signal);
    } catch (error) {
      await outage.wait(describeFault(error), signal);
    }
  await storing.flush();
}
