// A queue in memory that behaves as SQS does: at least once, visibility, receive counts, partial failures. For tests.
import type { Clock } from "../clock.ts";
import type { Message, Queue, QueueDepth } from "../sqs/queue.ts";

export interface MemoryQueueOptions {
  readonly clock: Clock;
  readonly visibilityMs: number;
  /** Messages received this often move to {@link MemoryQueue.dead} instead of being received again. */
  readonly receivesMax?: number;
  /** How long a second of {@link MemoryQueue.changeVisibility} lasts: tests have less time than SQS. */
  readonly secondMs?: number;
}

interface Stored {
  readonly messageId: string;
  readonly body: string;
  readonly sentAt: number;
  receiveCount: number;
  receiptHandle: string;
  /** By the clock's monotonic time. */
  visibleAt: number;
}

export class MemoryQueue implements Queue {
  readonly name = "memory";
  readonly visibilitySeconds: number;
  readonly dead: string[] = [];
  /** Messages whose next deletion fails, by id, and how often. */
  readonly deletionsThatFail = new Map<string, number>();
  /** Counts of what happened, as facts to wait for. */
  receives = 0;
  failedDeletions = 0;
  /** Every change of visibility that was asked for. */
  readonly hidden: { readonly messageId: string; readonly seconds: number }[] = [];
  readonly #stored = new Map<string, Stored>();
  readonly #options: MemoryQueueOptions;
  #sent = 0;
  #handles = 0;

  constructor(options: MemoryQueueOptions) {
    this.#options = options;
    this.visibilitySeconds = options.visibilityMs / 1000;
  }

  /** Sends a message and returns its id. */
  send(body: string): string {
    const messageId = `m${++this.#sent}`;
    const { clock } = this.#options;
    const at = { sentAt: clock.now(), visibleAt: clock.monotonic() };
    this.#stored.set(messageId, { messageId, body, receiveCount: 0, receiptHandle: "", ...at });
    return messageId;
  }

  /** Messages that were sent and neither deleted nor moved away. */
  get size(): number {
    return this.#stored.size;
  }

  /** Makes everything visible at once, as when the visibility of all has ended. */
  expireVisibility(): void {
    for (const stored of this.#stored.values()) stored.visibleAt = 0;
  }

  async receive(waitSeconds: number, signal: AbortSignal): Promise<readonly Message[]> {
    const { clock } = this.#options;
    const deadline = clock.monotonic() + waitSeconds * 1000;
    for (;;) {
      const found = this.#visible();
      if (found.length > 0 || signal.aborted || clock.monotonic() >= deadline) return found;
      await clock.sleep(5, signal);
    }
  }

  #visible(): Message[] {
    const { clock, visibilityMs, receivesMax = Number.POSITIVE_INFINITY } = this.#options;
    const now = clock.monotonic();
    const messages: Message[] = [];
    for (const stored of this.#stored.values()) {
      if (messages.length === 10) break;
      if (stored.visibleAt > now) continue;
      if (stored.receiveCount >= receivesMax) {
        this.#stored.delete(stored.messageId);
        this.dead.push(stored.body);
        continue;
      }
      stored.receiveCount++;
      stored.receiptHandle = `h${++this.#handles}`;
      stored.visibleAt = now + visibilityMs;
      // Behind the others, so that a scan for visible ones stays short.
      this.#stored.delete(stored.messageId);
      this.#stored.set(stored.messageId, stored);
      const { messageId, body, receiptHandle, receiveCount, sentAt } = stored;
      messages.push({ messageId, body, receiptHandle, receiveCount, sentAt });
    }
    if (messages.length > 0) this.receives++;
    return messages;
  }

  async delete(messages: readonly Message[]): Promise<readonly Message[]> {
    const failed: Message[] = [];
    for (const message of messages) {
      const failures = this.deletionsThatFail.get(message.messageId) ?? 0;
      if (failures > 0) {
        this.deletionsThatFail.set(message.messageId, failures - 1);
        this.failedDeletions++;
        failed.push(message);
        continue;
      }
      // SQS deletes by the newest receipt only; an older one is accepted and does nothing.
      const stored = this.#stored.get(message.messageId);
      if (stored?.receiptHandle === message.receiptHandle) this.#stored.delete(message.messageId);
    }
    return failed;
  }

  async changeVisibility(messages: readonly Message[], seconds: number): Promise<void> {
    const { clock, secondMs = 1000 } = this.#options;
    this.hidden.push(...messages.map(({ messageId }) => ({ messageId, seconds })));
    for (const { messageId, receiptHandle } of messages) {
      const stored = this.#stored.get(messageId);
      if (stored?.receiptHandle === receiptHandle)
        stored.visibleAt = clock.monotonic() + seconds * secondMs;
    }
  }

  async depth(): Promise<QueueDepth> {
    const now = this.#options.clock.monotonic();
    const visible = [...this.#stored.values()].filter(({ visibleAt }) => visibleAt <= now).length;
    return { visible, inFlight: this.#stored.size - visible, delayed: 0 };
  }

  async hasDeadLetterQueue(): Promise<boolean> {
    return this.#options.receivesMax !== undefined;
  }

  close(): void {}
}
