// Takes messages from the queue, stores what they say, deletes them. SQS' visibility is the only retry: a
// message is deleted after it is stored, never before. A poller receives again only when what it received is
// stored, so a slow store slows the receiving down and nothing piles up here.
import type { Log } from "../log.ts";
import type { Random } from "../random.ts";
import type { Message, Queue } from "../sqs/queue.ts";
import { createDeletions } from "./deletions.ts";
import { describeFault, isBug } from "./faults.ts";
import { Outage } from "./outage.ts";
import { poll } from "./poller-pool.ts";
import type { Turn } from "./poller-pool.ts";
import { createReject } from "./rejects.ts";
import { createStoring } from "./storing.ts";
import type { Storing, StoringOptions } from "./storing.ts";

export interface ConsumerOptions extends StoringOptions {
  readonly queue: Queue;
  readonly random: Random;
  /** Most receives that wait at the same time; how many there are follows the queue. */
  readonly pollers: number;
}

const waitSeconds = 20;

/** Runs until `signal` aborts; then finishes the batches that it has and returns. */
export async function consume(options: ConsumerOptions, signal: AbortSignal): Promise<void> {
  const { queue, clock, counters } = options;
  const receiveOutage = new Outage(options, `receiving from queue ${queue.name}`);
  const storeOutage = new Outage(options, "storing what was received");
  const deleteOutage = new Outage(options, `deleting from queue ${queue.name}`);
  const storing = createStoring(options, createReject(options));
  const deletions = createDeletions({ queue, clock, outage: deleteOutage, signal });

  async function turn(): Promise<Turn> {
    const from = clock.monotonic();
    let messages: readonly Message[] = [];
    let receivedAt = from;
    const soFar = (failed: boolean): Turn => ({
      messages: messages.length,
      receivingMs: receivedAt - from,
      storingMs: clock.monotonic() - receivedAt,
      failed,
    });
    try {
      messages = await queue.receive(waitSeconds, signal);
      receivedAt = clock.monotonic();
      receiveOutage.over();
    } catch (error) {
      if (!signal.aborted) await receiveOutage.wait(faultReason(options.log, error), signal);
      return soFar(true);
    }
    if (messages.length === 0) return soFar(false);
    try {
      const stored = await storeHidden(options, storing, messages);
      storeOutage.over();
      await deletions.add(stored);
      return soFar(false);
    } catch (error) {
      // The messages stay in the queue and come back when their visibility ends.
      await storeOutage.wait(faultReason(options.log, error), signal);
      // Not received again until it can be stored: each receive brings a message nearer to the dead-letter queue.
      if (storeOutage.attempts > 1) await storeAnswers(options, storeOutage, signal);
      return soFar(true);
    }
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

/** Stores a batch, and hides it from other receives for as long as that takes. */
async function storeHidden(
  { queue, clock, log }: ConsumerOptions,
  storing: Storing,
  messages: readonly Message[],
): Promise<readonly Message[]> {
  const { visibilitySeconds } = queue;
  const extend = () => {
    cancel = clock.after((visibilitySeconds * 1000) / 2, extend);
    queue.changeVisibility(messages, visibilitySeconds).catch((error: unknown) => {
      log.debug({ reason: describeFault(error) }, "could not hide messages for longer");
    });
  };
  let cancel = clock.after((visibilitySeconds * 1000) / 2, extend);
  try {
    return await storing.store(messages);
  } finally {
    cancel();
  }
}

/** Waits until the store answers. */
async function storeAnswers(
  { store, log }: ConsumerOptions,
  outage: Outage,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted)
    try {
      return await store.ping();
    } catch (error) {
      await outage.wait(faultReason(log, error), signal);
    }
}
