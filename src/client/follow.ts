// Follows a subscription for as long as its user wants: after a lost connection it goes on where it was, behind its
// cursor, on whichever replica answers. Never skips a change silently, and never holds more than it was told to.
import type { Clock } from "../clock.ts";
import { isFields, LongshoreError } from "./errors.ts";
import type { Fields } from "./errors.ts";
import type { Transport } from "./transport.ts";

/** Where to begin: now, with all that is there, or behind a cursor. */
export type Start =
  | { readonly kind: "now" }
  | { readonly kind: "snapshot" }
  | { readonly kind: "after"; readonly cursor: string };

/** A subscription whose one field is called `change`, with the variables `$after`, `$snapshot`, `$heartbeatSeconds`. */
export interface Feed {
  readonly document: string;
  readonly variables: Fields;
  /** Field of Query that lists the same: it gives the cursor of now. */
  readonly list: string;
  /** Field of a change that holds the entity. */
  readonly entity: string;
}

export interface FollowOptions {
  readonly start: Start;
  readonly signal: AbortSignal;
  /** Changes that may wait to be read; beyond, the rest is left to the API's log and fetched later. 10,000 unless given. */
  readonly maxWaiting?: number | undefined;
  /** An API that cannot be reached at the very start is the end, not something to wait for. */
  readonly endsUnreached?: boolean | undefined;
  /** A number in [0, 1), to spread reconnections of many clients. */
  readonly random?: (() => number) | undefined;
  /** The connection was lost, or could not be made: it is tried again. Told once until it is up. */
  readonly onDown?: ((error: LongshoreError) => void) | undefined;
  /** It is up; `resumes` when it goes on behind a cursor. */
  readonly onUp?: ((resumes: boolean) => void) | undefined;
}

/** What happened to an entity, seen through the filter. */
export type ChangeWord = "ADDED" | "MODIFIED" | "REMOVED";

/**
 * `synced` ends a snapshot; `heartbeat` only brings a cursor. After `reset` everything comes anew, as a snapshot: what
 * it does not name is gone. `cursor` is the point behind the step: `after` continues from it.
 */
export type Step<Entity = Fields> =
  | {
      readonly kind: "change";
      readonly type: ChangeWord;
      readonly cursor: string;
      readonly entity: Entity;
      /** The payload as it came. */
      readonly change: Fields;
    }
  | {
      readonly kind: "synced" | "heartbeat";
      readonly type: "SYNCED";
      readonly cursor: string;
      readonly change: Fields;
    }
  | { readonly kind: "reset"; readonly code: string; readonly message: string };

const retryFirstMs = 500;
const retryMostMs = 10_000;
/** Whoever waits for a rare match keeps a cursor that does not expire: a little traffic, far within any retention. */
const heartbeatSeconds = 30;
const waitingMax = 10_000;

/** How long to wait before the next try: doubling with each round over all replicas, half of it left to chance. */
export function retryDelayMs(failures: number, replicas: number, random: number): number {
  const round = Math.floor(failures / replicas);
  const whole = Math.min(retryMostMs, retryFirstMs * 2 ** Math.min(round, 10));
  return whole / 2 + (whole / 2) * random;
}

/** A cursor of now. Subscribing behind one, not "from now", is what makes a connection that breaks early no gap. */
async function cursorOfNow(
  transport: Transport,
  list: string,
  signal: AbortSignal,
): Promise<string> {
  const document = `query { list: ${list}(first: 0) { changeCursor } }`;
  const answer = await transport.request(document, {}, { signal });
  const cursor = isFields(answer["list"]) ? answer["list"]["changeCursor"] : undefined;
  if (typeof cursor === "string") return cursor;
  throw new Error("the API gave a list without its changeCursor");
}

/** One follower: where it stands, and whether its connection is known to be down. */
class Follower {
  readonly #transport: Transport;
  readonly #feed: Feed;
  readonly #options: FollowOptions;
  readonly #clock: Clock;
  #start: Start;
  /** Something of the present snapshot was handed over, and its end was not. */
  #inSnapshot = false;
  /** The cursor is one that this follower got from the API itself. */
  #hasOwnCursor = false;
  #isDown = false;
  #failuresInARow = 0;

  constructor(transport: Transport, feed: Feed, options: FollowOptions) {
    this.#transport = transport;
    this.#feed = feed;
    this.#options = options;
    this.#clock = transport.clock;
    this.#start = options.start;
  }

  async *run(): AsyncGenerator<Step, void> {
    const { signal } = this.#options;
    for (let isFirst = true; !signal.aborted; isFirst = false)
      try {
        // A plain question fails with the reason; a socket that cannot be opened tells none.
        await this.#transport.request("query { __typename }", {}, { signal });
        yield* this.#connected();
      } catch (error) {
        if (signal.aborted) return;
        const reset = await this.#recover(error, isFirst);
        if (reset && !signal.aborted) yield reset;
      }
  }

  async *#connected(): AsyncGenerator<Step, void> {
    const { signal, maxWaiting = waitingMax } = this.#options;
    if (this.#start.kind === "now") {
      const cursor = await cursorOfNow(this.#transport, this.#feed.list, signal);
      this.#start = { kind: "after", cursor };
    }
    const start = this.#start;
    const variables = {
      ...this.#feed.variables,
      after: start.kind === "after" ? start.cursor : null,
      snapshot: start.kind === "snapshot",
      heartbeatSeconds,
    };
    // A snapshot cannot be resumed amid it, so it is taken whole.
    let isWhole = start.kind === "after";
    const answers = this.#transport.subscribe(this.#feed.document, variables, {
      signal,
      onConnected: () => this.#comeBack(),
      isEnough: ({ data }, waiting) => {
        const change = isFields(data) ? data["change"] : undefined;
        isWhole ||= isFields(change) && change["type"] === "SYNCED";
        return isWhole && waiting >= maxWaiting;
      },
    });
    for await (const { change } of answers) {
      if (!isFields(change)) throw new Error("the API sent a change that is no object");
      this.#failuresInARow = 0;
      const step = this.#stepOf(change);
      yield step;
      this.#advance(step);
    }
  }

  #stepOf(change: Fields): Extract<Step, { cursor: string }> {
    const { type, cursor, [this.#feed.entity]: entity } = change;
    if (typeof cursor !== "string") throw new Error("the API sent a change without its cursor");
    if (type === "SYNCED") {
      const kind = this.#start.kind === "snapshot" ? "synced" : "heartbeat";
      return { kind, type, cursor, change };
    }
    if (type !== "ADDED" && type !== "MODIFIED" && type !== "REMOVED")
      throw new Error(`the API sent a change of the unknown type ${String(type)}`);
    return { kind: "change", type, cursor, change, entity: isFields(entity) ? entity : {} };
  }

  /** A cursor from amid a snapshot would leave out the rest of it: only its end counts. */
  #advance({ kind, cursor }: Extract<Step, { cursor: string }>): void {
    if (this.#start.kind === "snapshot" && kind === "change") {
      this.#inSnapshot = true;
      return;
    }
    this.#inSnapshot = false;
    this.#hasOwnCursor = true;
    this.#start = { kind: "after", cursor };
  }

  async #recover(error: unknown, isFirst: boolean): Promise<Step | undefined> {
    const { signal, onDown, endsUnreached, random = Math.random } = this.#options;
    if (!(error instanceof LongshoreError)) throw error;
    if (this.#isUseless(error.code)) {
      // A log that expires faster than it is read must not become a busy loop.
      await this.#clock.sleep(retryFirstMs, signal);
      return this.#startOver(error.code, error.message);
    }
    const mayPass =
      error.mayPass || (this.#transport.renewsToken && error.code === "UNAUTHENTICATED");
    if (!mayPass || (isFirst && endsUnreached && error.kind === "unreachable")) throw error;
    if (!this.#isDown) onDown?.(error);
    this.#isDown = true;
    const { replicas } = this.#transport;
    const delayMs = retryDelayMs(this.#failuresInARow++, replicas, random());
    await this.#clock.sleep(delayMs, signal);
    return this.#inSnapshot
      ? this.#startOver("SNAPSHOT_INTERRUPTED", "the connection ended before the snapshot did")
      : undefined;
  }

  /** A cursor that a replica of another release cannot read is of as little use as one too old. */
  #isUseless(code: string): boolean {
    const isOwn = this.#start.kind === "after" && this.#hasOwnCursor;
    return code === "CURSOR_EXPIRED" || (code === "BAD_USER_INPUT" && isOwn);
  }

  #comeBack(): void {
    this.#isDown = false;
    this.#options.onUp?.(this.#start.kind === "after");
  }

  #startOver(code: string, message: string): Step {
    this.#start = { kind: "snapshot" };
    this.#inSnapshot = false;
    return { kind: "reset", code, message };
  }
}

/** Changes until `signal` aborts. Throws a LongshoreError that another try would not mend. */
export function followFeed(
  transport: Transport,
  feed: Feed,
  options: FollowOptions,
): AsyncGenerator<Step, void> {
  return new Follower(transport, feed, options).run();
}
