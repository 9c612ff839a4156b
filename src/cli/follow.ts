// Follows a subscription for as long as its user wants: after a lost connection it goes on where it was, behind its
// cursor. Never skips a change silently; shows nothing itself.
import type { Clock } from "../clock.ts";
import { isObject, text } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { ApiClient } from "./client.ts";
import { ClientFailure, mayPass } from "./failure.ts";
import { changesDocument, filterVariables } from "./resources/resource.ts";
import type { Resource } from "./resources/resource.ts";

/** Where to subscribe next: at a cursor that is still to be asked for, with all that is there, or behind a cursor. */
export type Start =
  | { readonly kind: "now" }
  | { readonly kind: "snapshot" }
  | { readonly kind: "after"; readonly cursor: string };

export interface FollowOptions {
  readonly start: Start;
  /** Arguments that filter options became. */
  readonly filter: JsonObject;
  /** What is selected of the entity. */
  readonly fields: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** The connection was lost, or could not be made: it is tried again. Told once until it is up. */
  readonly onDown?: (failure: ClientFailure) => void;
  /** It is up; `resumes` when it goes on behind a cursor. */
  readonly onUp?: (resumes: boolean) => void;
}

/** `synced` ends a snapshot; `heartbeat` only brings a cursor. After `reset` everything comes anew, as a snapshot. */
export type Step =
  | {
      readonly kind: "change" | "synced" | "heartbeat";
      readonly type: string;
      readonly cursor: string;
      readonly entity: JsonObject;
      /** The payload as it came. */
      readonly change: JsonObject;
    }
  | { readonly kind: "reset"; readonly code: string; readonly message: string };

const retryFirstMs = 500;
const retryMostMs = 10_000;
/** Whoever waits for a rare match keeps a cursor that does not expire: a little traffic, far within any retention. */
const heartbeatSeconds = 30;
const nothing: JsonObject = {};

/** A cursor of now. Subscribing behind one, not "from now", is what makes a connection that breaks early no gap. */
async function cursorOfNow(
  client: ApiClient,
  resource: Resource,
  signal: AbortSignal,
): Promise<string> {
  const document = `query { list: ${resource.query}(first: 0) { changeCursor } }`;
  const { list } = await client.request(document, {}, signal);
  const cursor = isObject(list) ? text(list, "changeCursor") : undefined;
  if (cursor === undefined) throw new Error("the API gave a list without its changeCursor");
  return cursor;
}

/** One follower: where it stands, and whether its connection is known to be down. */
class Follower {
  readonly #client: ApiClient;
  readonly #resource: Resource;
  readonly #options: FollowOptions;
  readonly #document: string;
  #start: Start;
  /** Something of the present snapshot was handed over, and its end was not. */
  #inSnapshot = false;
  #isDown = false;
  #failuresInARow = 0;

  constructor(client: ApiClient, resource: Resource, options: FollowOptions) {
    this.#client = client;
    this.#resource = resource;
    this.#options = options;
    this.#start = options.start;
    this.#document = changesDocument(resource, options.fields);
  }

  async *run(): AsyncGenerator<Step, void> {
    const { signal } = this.#options;
    for (let isFirst = true; !signal.aborted; isFirst = false)
      try {
        // A plain question fails with the reason; a socket that cannot be opened tells none.
        await this.#client.request("query { __typename }", {}, signal);
        yield* this.#connected();
      } catch (error) {
        if (signal.aborted) return;
        const reset = await this.#recover(error, isFirst);
        if (reset && !signal.aborted) yield reset;
      }
  }

  async *#connected(): AsyncGenerator<Step, void> {
    const { signal, filter } = this.#options;
    if (this.#start.kind === "now") {
      const cursor = await cursorOfNow(this.#client, this.#resource, signal);
      this.#start = { kind: "after", cursor };
    }
    const start = this.#start;
    const variables = {
      ...filterVariables(this.#resource, filter),
      after: start.kind === "after" ? start.cursor : null,
      snapshot: start.kind === "snapshot",
      heartbeatSeconds,
    };
    const answers = this.#client.subscribe(this.#document, variables, {
      signal,
      onConnected: () => this.#comeBack(),
    });
    for await (const { change } of answers) {
      if (!isObject(change)) throw new Error("the API sent a change that is no object");
      this.#failuresInARow = 0;
      const type = text(change, "type") ?? "";
      const cursor = text(change, "cursor") ?? "";
      const entity = change[this.#resource.entity];
      const kind =
        type !== "SYNCED" ? "change" : this.#start.kind === "snapshot" ? "synced" : "heartbeat";
      yield { kind, type, cursor, change, entity: isObject(entity) ? entity : nothing };
      this.#advance(type, cursor);
    }
  }

  /** A cursor from amid a snapshot would leave out the rest of it: only its end counts. */
  #advance(type: string, cursor: string): void {
    if (this.#start.kind === "snapshot" && type !== "SYNCED") {
      this.#inSnapshot = true;
      return;
    }
    this.#inSnapshot = false;
    if (cursor !== "") this.#start = { kind: "after", cursor };
  }

  async #recover(error: unknown, isFirst: boolean): Promise<Step | undefined> {
    const { clock, signal, onDown } = this.#options;
    if (!(error instanceof ClientFailure)) throw error;
    if (error.code === "CURSOR_EXPIRED") {
      // A log that expires faster than it is read must not become a busy loop.
      await clock.sleep(retryFirstMs, signal);
      return this.#startOver(error.code, error.message);
    }
    if (!mayPass(error) || (isFirst && error.kind === "unreachable")) throw error;
    if (!this.#isDown) onDown?.(error);
    this.#isDown = true;
    const delayMs = Math.min(retryMostMs, retryFirstMs * 2 ** Math.min(this.#failuresInARow++, 10));
    await clock.sleep(delayMs, signal);
    return this.#inSnapshot
      ? this.#startOver("SNAPSHOT_INTERRUPTED", "the connection ended before the snapshot did")
      : undefined;
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

/** Changes until `signal` aborts. Throws a ClientFailure that another try would not mend. */
export function follow(
  client: ApiClient,
  resource: Resource,
  options: FollowOptions,
): AsyncGenerator<Step, void> {
  return new Follower(client, resource, options).run();
}
