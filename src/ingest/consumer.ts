// Takes messages from the queue, stores what they say, deletes them. SQS' visibility is the only retry: a
// message is deleted after it is stored, never before. A poller receives again only when what it received is
// stored, so a slow store slows the receiving down, one that is away stops it, and nothing piles up here.
import type { Log } from "../log.ts";
import type { Random } from "../random.ts";
import type { Message, Queue } from "../sqs/queue.ts";
import { countReceived } from "./counters.ts";
import { createDeletions } from "./deletions.ts";
import { describeFault, isBug } from "./faults.ts";
import { Outage } from "./outage.ts";
import { poll } from "./poller-pool.ts";
import type { Turn } from "./poller-pool.ts";
import { createReject } from "./rejects.ts";
import { createStoring } from "./storing.ts";
import type { StoringOptions } from "./storing.ts";

export interface ConsumerOptions extends StoringOptions {
  readonly queue: Queue;
  readonly random: Random;
  /** Most receives that wait at the same time; how many there are follows the queue. */
  readonly pollers: number;
}

const waitSeconds = 20;
/** The first receive after a failure is a test of whether it is over: its answer should not be long in coming. */
const testWaitSeconds = 1;

/** Runs until `signal` aborts; then finishes the batches that it has and returns. */
export async function consume(options: ConsumerOptions, signal: AbortSignal): Promise<void> {
  const { queue, clock, log, counters } = options;
  const receiveOutage = new Outage(options, `receiving from queue ${queue.name}`);
  const storeOutage = new Outage(options, "storing what was received");
  const deleteOutage = new Outage(options, `deleting from queue ${queue.name}`);
  const storing = createStoring(options, createReject(options));
  const deletions = createDeletions({ queue, clock, outage: deleteOutage, signal });

  async function receive(): Promise<readonly Message[] | undefined> {
    try {
      const seconds = receiveOutage.attempts > 0 ? testWaitSeconds : waitSeconds;
      const messages = await queue.receive(seconds, signal);
      receiveOutage.over();
      countReceived(counters, messages);
      return messages;
    } catch (error) {
      if (!signal.aborted) await receiveOutage.wait(faultReason(log, error), signal);
      return undefined;
    }
  }

  /**
   * Stores a batch, and keeps it in hand until that works: nothing more is received meanwhile, and no message comes
   * nearer to the dead-letter queue. False when it did not work at once.
   */
  async function store(messages: readonly Message[]): Promise<boolean> {
    for (let attempt = 1; ; attempt++)
      try {
        const stored = await storing.store(messages);
        storeOutage.over();
        await deletions.add(stored);
        return attempt === 1;
      } catch (error) {
        await storeOutage.wait(faultReason(log, error), signal);
        // The messages are still in the queue and come back when their visibility ends.
        if (signal.aborted) return false;
      }
  }

  async function turn(): Promise<Turn> {
    const from = clock.monotonic();
    const messages = await receive();
    const receivedAt = clock.monotonic();
    const stored =
      messages === undefined ||
      messages.length === 0 ||
      (await whileHidden(options, messages, () => store(messages)));
    return {
      messages: messages?.length ?? 0,
      receivingMs: receivedAt - from,
      storingMs: clock.monotonic() - receivedAt,
      failed: messages === undefined || !stored,
    };
  }

  const onPollers = (pollers: number) => {
    counters.pollers = pollers;
  };
  await poll({ max: options.pollers, turn, onPollers }, signal);
  await deletions.drain();
  await storing.flush();
}

/** What to say of a failure. A bug of ours is waited out like a fault, but never without its stack in the log. */
function faultReason(log: Log, error: unknown): string {
  if (isBug(error)) log.error({ err: error }, "a bug in Longshore: ingest goes on without it");
  return describeFault(error);
}

/** Hides messages from other receives for as long as something takes. */
async function whileHidden<T>(
  { queue, clock, log }: ConsumerOptions,
  messages: readonly Message[],
  act: () => Promise<T>,
): Promise<T> {
  const everyMs = (queue.visibilitySeconds * 1000) / 2;
  const extend = () => {
    cancel = clock.after(everyMs, extend);
    queue.changeVisibility(messages, queue.visibilitySeconds).catch((error: unknown) => {
      log.debug({ reason: describeFault(error) }, "could not hide messages for longer");
    });
  };
  let cancel = clock.after(everyMs, extend);
  try {
    return await act();
  } finally {
    cancel();
  }
}
