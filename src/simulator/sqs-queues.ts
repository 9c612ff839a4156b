// All queues of the account, and the receives that wait for a message. Answers a waiting receive as soon as it can,
// oldest first, and gives nothing to a client that has gone. Timers come from the clock passed in.
import type { Clock } from "../clock.ts";
import { createSqsQueue, inFlightLimit } from "./sqs-queue.ts";
import type { Received, SqsQueue } from "./sqs-queue.ts";
import { overLimit } from "./sqs-refusal.ts";

export interface Receive {
  readonly most: number;
  readonly visibilitySeconds: number | undefined;
  readonly waitMs: number;
  /** False once the client's connection has closed. */
  readonly isWanted: () => boolean;
  /** Called once, with what there is. */
  readonly answer: (received: readonly Received[]) => void;
}

export interface QueueSet {
  readonly queues: ReadonlyMap<string, SqsQueue>;
  create(name: string): SqsQueue;
  remove(name: string): void;
  /** The dead-letter queue of a queue, when it has one that exists. */
  deadLettersOf(queue: SqsQueue): SqsQueue | undefined;
  /** Answers now or when something arrives; the returned function withdraws the receive. */
  receive(queue: SqsQueue, receive: Receive): () => void;
  /** Something may have become visible: waiting receives are looked at after this turn of the event loop. */
  arrived(): void;
  /** When a hidden message next becomes visible for a receive that waits. */
  nextDueAt(): number | undefined;
  readonly waiting: number;
}

export function createQueueSet(clock: Clock, arnPrefix: string): QueueSet {
  const queues = new Map<string, SqsQueue>();
  const waiting = new Map<SqsQueue, Set<Receive>>();
  let flushPlanned = false;

  const deadLettersOf = (queue: SqsQueue) => {
    const target = queue.attributes.redrive?.deadLetterTargetArn;
    return target === undefined ? undefined : queues.get(target.slice(target.lastIndexOf(":") + 1));
  };

  const isFull = (queue: SqsQueue) => queue.counts(clock.now()).inFlight >= inFlightLimit;

  function take(queue: SqsQueue, { most, visibilitySeconds }: Receive): Received[] {
    return queue.receive(clock.now(), most, visibilitySeconds, deadLettersOf(queue));
  }

  function flush(): void {
    flushPlanned = false;
    for (const [queue, receives] of waiting)
      for (const receive of receives) {
        if (!queue.hasVisible(clock.now()) || isFull(queue)) break;
        if (!receive.isWanted()) {
          receives.delete(receive);
          continue;
        }
        const received = take(queue, receive);
        if (received.length === 0) continue;
        receives.delete(receive);
        receive.answer(received);
      }
  }

  return {
    queues,
    create: (name) => {
      const queue = createSqsQueue(name, `${arnPrefix}:${name}`, clock.now());
      queues.set(name, queue);
      return queue;
    },
    remove: (name) => {
      const queue = queues.get(name);
      queues.delete(name);
      // Nothing can arrive any more: who waits is told so by its next receive.
      const receives = queue && waiting.get(queue);
      if (!receives) return;
      waiting.delete(queue);
      for (const receive of receives) receive.answer([]);
    },
    deadLettersOf,
    receive: (queue, receive) => {
      if (isFull(queue)) throw overLimit();
      const received = take(queue, receive);
      if (received.length > 0 || receive.waitMs <= 0) {
        receive.answer(received);
        return () => {};
      }
      const receives = waiting.get(queue) ?? new Set();
      waiting.set(queue, receives);
      const cancel = clock.after(receive.waitMs, () => {
        if (receives.delete(waiter)) receive.answer([]);
      });
      const waiter: Receive = {
        ...receive,
        answer: (messages) => {
          cancel();
          receive.answer(messages);
        },
      };
      receives.add(waiter);
      return () => {
        cancel();
        receives.delete(waiter);
      };
    },
    arrived: () => {
      if (flushPlanned) return;
      flushPlanned = true;
      // A turn later, so that a client's hang-up that is on its way is seen before it gets a message.
      clock.soon(flush);
    },
    nextDueAt: () => {
      let earliest: number | undefined;
      for (const [queue, receives] of waiting) {
        const at = receives.size > 0 ? queue.nextVisibleAt() : undefined;
        if (at !== undefined && (earliest === undefined || at < earliest)) earliest = at;
      }
      return earliest;
    },
    get waiting() {
      let count = 0;
      for (const receives of waiting.values()) count += receives.size;
      return count;
    },
  };
}
