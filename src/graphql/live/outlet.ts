// The way out of one socket: frames of one tick leave in one write, and what waits for a reader is bounded. Knows
// nothing of GraphQL. Whole frames go to the network socket itself; the WebSocket library writes its control frames
// there in one go as well, so the two never tear each other's apart.
import type { Duplex } from "node:stream";
import type { Clock } from "../../clock.ts";
import type { Batch } from "./frame.ts";

/** What may wait for all readers of this process together, and for one of them at least and at most, bytes. */
export interface BacklogLimits {
  readonly total: number;
  readonly least: number;
  readonly most: number;
}

const backlogLimits: BacklogLimits = {
  total: 512 * 1_048_576,
  least: 256 * 1024,
  most: 8 * 1_048_576,
};

/** What may wait for one reader, when so many have something waiting: fewer slow readers may be slower. */
function backlogMax(waitingReaders: number, { total, least, most }: BacklogLimits): number {
  return Math.min(most, Math.max(least, Math.floor(total / Math.max(1, waitingReaders))));
}

/** What the outlets of one process share. */
export interface Outlets {
  readonly limits: BacklogLimits;
  /** Those whose reader did not take everything at once. */
  readonly waiting: Set<Outlet>;
  /** Calls {@link Outlet.flush} at the end of this tick. */
  flushSoon(outlet: Outlet): void;
}

export function createOutlets(
  clock: Pick<Clock, "soon">,
  limits: BacklogLimits = backlogLimits,
): Outlets {
  let soon: Outlet[] = [];
  const flushAll = () => {
    const round = soon;
    soon = [];
    for (const outlet of round) outlet.flush();
  };
  return {
    limits,
    waiting: new Set(),
    flushSoon: (outlet) => {
      if (soon.length === 0) clock.soon(flushAll);
      soon.push(outlet);
    },
  };
}

export class Outlet {
  readonly #socket: Duplex;
  readonly #outlets: Outlets;
  readonly #onTooSlow: () => void;
  #queue: Buffer[] = [];
  #queued = 0;
  #held = 0;
  #isClosed = false;
  #whenDrained: (() => void)[] = [];
  /** Subscriptions that share this socket: with one alone, nothing has to be put in between. */
  subscriptions = 0;

  /** `onTooSlow`: the reader has fallen too far behind, and is to be closed. */
  constructor(socket: Duplex, outlets: Outlets, onTooSlow: () => void) {
    this.#socket = socket;
    this.#outlets = outlets;
    this.#onTooSlow = onTooSlow;
    socket.on("drain", () => {
      if (this.#socket.writableLength === 0) outlets.waiting.delete(this);
      this.#wakeDrained();
    });
    socket.once("close", () => this.close());
  }

  /** Bytes that wait for the reader: in the socket, for the end of the tick, and for it to catch up. */
  get backlog(): number {
    return this.#socket.writableLength + this.#queued + this.#held;
  }

  /** Whether more has been sent than the socket takes at a time. What is held back for later is not in its way. */
  get isFull(): boolean {
    return this.#socket.writableLength + this.#queued >= this.#socket.writableHighWaterMark;
  }

  /** Bytes that its reader may have waiting at the most: a longer frame ends it, however fast it reads. */
  get most(): number {
    return this.#outlets.limits.most;
  }

  /** Sends a frame at the end of the tick. */
  send(frame: Buffer): void {
    if (this.#isClosed) return;
    if (this.#queue.length === 0) this.#outlets.flushSoon(this);
    this.#queue.push(frame);
    this.#queued += frame.length;
    this.#checkBacklog();
  }

  /** Sends messages that others get, too, under the id of one subscription here. */
  take(batch: Batch, id: Buffer): void {
    if (this.#isClosed) return;
    const bytes = batch.for(id);
    if (this.subscriptions > 1 || this.#queue.length > 0) return this.send(Buffer.from(bytes));
    this.#write(bytes);
    // The kernel took it all, mostly; what it left is read from these bytes later.
    if (this.#socket.writableLength > 0) batch.keep(id);
    this.#checkBacklog();
  }

  hold(bytes: number): void {
    this.#held += bytes;
    if (bytes > 0 && !this.#isClosed) this.#checkBacklog();
  }

  flush(): void {
    if (this.#queue.length === 0) return;
    const [only] = this.#queue;
    const bytes = this.#queue.length === 1 && only ? only : Buffer.concat(this.#queue);
    this.#queue = [];
    this.#queued = 0;
    this.#write(bytes);
  }

  /** Resolves when the socket has taken what was sent, or is closed. */
  async drained(): Promise<void> {
    this.flush();
    if (this.#isClosed || !this.#socket.writableNeedDrain) return;
    await new Promise<void>((resolve) => this.#whenDrained.push(resolve));
  }

  /** Sends what waits for the end of the tick, and nothing from here on. */
  close(): void {
    if (this.#isClosed) return;
    this.flush();
    this.#isClosed = true;
    this.#outlets.waiting.delete(this);
    this.#wakeDrained();
  }

  #write(bytes: Buffer): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    if (!this.#socket.write(bytes)) this.#outlets.waiting.add(this);
  }

  #wakeDrained(): void {
    const waiting = this.#whenDrained;
    this.#whenDrained = [];
    for (const wake of waiting) wake();
  }

  #checkBacklog(): void {
    const { backlog } = this;
    const { limits, waiting } = this.#outlets;
    if (backlog <= limits.least) return;
    if (backlog > backlogMax(waiting.size, limits)) this.#onTooSlow();
  }
}
