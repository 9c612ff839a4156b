// Takes messages from the queue, stores what they say, deletes them. SQS' visibility is the only retry: a
// message is deleted after it is stored, never before. A poller receives again only when what it received is
// stored, so a slow store slows the receiving down, one that is away stops it, and nothing piles up here. What cannot be
// stored while the rest can is left to SQS after a moment: see part-outage.ts.
import type { Log } from "../log.ts";
import type { Random } from "../random.ts";
import type { Message, Queue } from "../sqs/queue.ts";
import { countReceived } from "./counters.ts";
import { createDeletions } from "./deletions.ts";
import { describeFault, isBug } from "./faults.ts";
import { Outage } from "./outage.ts";
import { createPartOutage } from "./part-outage.ts";
import { poll } from "./poller-pool.ts";
import type { Turn } from "./poller-pool.ts";
import { createReject } from "./rejects.ts";
import { createStoring } from "./storing.ts";
import type { StoringOptions } from "./storing.ts";
import { WriteTrouble } from "./write-trouble.ts";

export interface ConsumerOptions extends StoringOptions {
  readonly queue: Queue;
  readonly random: Random;
  /** Most receives that wait at the same time; how many there are follows the queue. */
  readonly pollers: number;
}

const waitSeconds = 20;
/** The first receive after a failure is a test of whether it is over: its answer should not be long in coming. */
const testWaitSeconds = 1;
/** Between two looks whether a part of the store that is away is back. */
const partPauseMs = 250;

/** Runs until `signal` aborts; then finishes the batches that it has and returns. */
export async function consume(options: ConsumerOptions, signal: AbortSignal): Promise<void> {
  const { queue, clock, log, counters } = options;
  const receiveOutage = new Outage(options, `receiving from queue ${queue.name}`);
  const storeOutage = new Outage(options, "storing what was received");
  const deleteOutage = new Outage(options, `deleting from queue ${queue.name}`);
  const trouble = new WriteTrouble();
  const storing = createStoring(options, createReject(options), trouble);
  const judge = createPartOutage({ ...options, trouble });
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
   * Stores a batch, deletes what is stored, and keeps the rest in hand until that works or the rest is left to SQS: it
   * is hidden, and no message comes nearer to the dead-letter queue while nothing can be stored. False when storing took
   * several attempts.
   */
  async function store(messages: readonly Message[]): Promise<boolean> {
    let inHand = messages;
    return whileHidden(
      options,
      () => inHand,
      async () => {
        for (let attempt = 1; ; attempt++) {
          const outcome = await storing.store(inHand);
          inHand = outcome.unstored;
          await deletions.add(outcome.done);
          const verdict = inHand.length > 0 ? await judge(outcome) : "stored";
          if (verdict !== "all") storeOutage.over();
          if (verdict === "stored") return attempt === 1;
          if (verdict === "left") return true;
          const [fault] = outcome.faults.values();
          if (verdict === "part") await clock.sleep(partPauseMs, signal);
          else await storeOutage.wait(faultReason(log, fault), signal);
          // The messages are still in the queue and come back when their visibility ends.
          if (signal.aborted) return false;
        }
      },
    );
  }

  async function turn(): Promise<Turn> {
    const from = clock.monotonic();
    const messages = await receive();
    const receivedAt = clock.monotonic();
    const stored = messages === undefined || messages.length === 0 || (await store(messages));
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

/** Hides the messages in hand from other receives for as long as something takes. */
async function whileHidden<T>(
  { queue, clock, log }: ConsumerOptions,
  messages: () => readonly Message[],
  act: () => Promise<T>,
): Promise<T> {
  const everyMs = (queue.visibilitySeconds * 1000) / 2;
  const extend = () => {
    cancel = clock.after(everyMs, extend);
    if (messages().length === 0) return;
    queue.changeVisibility(messages(), queue.visibilitySeconds).catch((error: unknown) => {
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
