// `longshore watch`: prints changes as they come, and goes on after a lost connection where it was. Never skips a
// change silently.
import type { Clock } from "../clock.ts";
import { isObject, text } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { ApiClient } from "./client.ts";
import { ClientFailure, describeFailure, mayPass } from "./failure.ts";
import { filterArguments, filterVariables } from "./resources.ts";
import type { Resource } from "./resources.ts";
import { layOutLine } from "./table.ts";
import type { Terminal } from "./terminal.ts";

export interface WatchOptions {
  readonly json: boolean;
  /** Print first what is there now. */
  readonly snapshot: boolean;
  /** Cursor to continue behind. */
  readonly after: string | undefined;
  readonly filter: JsonObject;
}

/** Where to subscribe next: at a cursor that is still to be asked for, with all that is there, or behind a cursor. */
type Start =
  | { readonly kind: "now" }
  | { readonly kind: "snapshot" }
  | { readonly kind: "after"; readonly cursor: string };

const retryFirstMs = 500;
const retryMostMs = 10_000;

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

function subscriptionDocument(resource: Resource, json: boolean): string {
  const { declare, pass } = filterArguments(resource, resource.watchFilters);
  const fields = json ? resource.full : resource.shown;
  return `subscription(${[...declare, "$after: String", "$snapshot: Boolean"].join(", ")}) {
    change: ${resource.subscription}(${[...pass, "after: $after", "snapshot: $snapshot"].join(", ")}) {
      type cursor ${resource.entity} { ${fields} }
    }
  }`;
}

/** One watch: where it stands, and whether its connection is known to be down. */
class Watcher {
  readonly #client: ApiClient;
  readonly #resource: Resource;
  readonly #options: WatchOptions;
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #document: string;
  #start: Start;
  /** Something of the present snapshot was printed, and its end was not. */
  #inSnapshot = false;
  #isDown = false;
  #failuresInARow = 0;

  constructor(
    client: ApiClient,
    resource: Resource,
    options: WatchOptions,
    terminal: Terminal,
    clock: Clock,
    start: Start,
  ) {
    this.#client = client;
    this.#resource = resource;
    this.#options = options;
    this.#terminal = terminal;
    this.#clock = clock;
    this.#start = start;
    this.#document = subscriptionDocument(resource, options.json);
  }

  async run(): Promise<void> {
    const { interrupted } = this.#terminal;
    for (let isFirst = true; !interrupted.aborted; isFirst = false)
      try {
        // A plain question fails with the reason; a socket that cannot be opened tells none.
        await this.#client.request("query { __typename }", {}, interrupted);
        await this.#follow();
      } catch (error) {
        if (interrupted.aborted) return;
        await this.#recover(error, isFirst);
      }
  }

  async #follow(): Promise<void> {
    const { interrupted } = this.#terminal;
    if (this.#start.kind === "now")
      this.#start = {
        kind: "after",
        cursor: await cursorOfNow(this.#client, this.#resource, interrupted),
      };
    const start = this.#start;
    const variables = {
      ...filterVariables(this.#resource, this.#options.filter),
      after: start.kind === "after" ? start.cursor : null,
      snapshot: start.kind === "snapshot",
    };
    const answers = this.#client.subscribe(this.#document, variables, {
      signal: interrupted,
      onConnected: () => this.#comeBack(),
    });
    for await (const { change } of answers) {
      if (!isObject(change)) throw new Error("the API sent a change that is no object");
      this.#failuresInARow = 0;
      await this.#show(change);
      this.#advance(text(change, "type"), text(change, "cursor"));
    }
  }

  /** A cursor from amid a snapshot would leave out the rest of it: only its end counts. */
  #advance(type: string | undefined, cursor: string | undefined): void {
    if (this.#start.kind === "snapshot" && type !== "SYNCED") {
      this.#inSnapshot = true;
      return;
    }
    this.#inSnapshot = false;
    if (cursor !== undefined) this.#start = { kind: "after", cursor };
  }

  async #show(change: JsonObject): Promise<void> {
    if (this.#options.json) return this.#terminal.print(`${JSON.stringify(change)}\n`);
    const type = text(change, "type") ?? "";
    const entity = change[this.#resource.entity];
    const time = new Date(this.#clock.now()).toISOString().slice(11, 19);
    const rest = isObject(entity) ? this.#resource.line(entity) : ["from here on: changes"];
    const parts = [`${time}Z`, type.padEnd("MODIFIED".length), ...rest];
    await this.#terminal.print(`${layOutLine(parts, this.#terminal.width)}\n`);
  }

  async #recover(error: unknown, isFirst: boolean): Promise<void> {
    if (!(error instanceof ClientFailure)) throw error;
    if (error.code === "CURSOR_EXPIRED") {
      await this.#startOver(error.code, error.message);
      // A log that expires faster than it is read must not become a busy loop.
      return this.#clock.sleep(retryFirstMs, this.#terminal.interrupted);
    }
    if (!mayPass(error) || (isFirst && error.kind === "unreachable")) throw error;
    if (!this.#isDown)
      this.#terminal.note(`${describeFailure(error)} Trying again until it works.`);
    this.#isDown = true;
    const delayMs = Math.min(retryMostMs, retryFirstMs * 2 ** Math.min(this.#failuresInARow++, 10));
    await this.#clock.sleep(delayMs, this.#terminal.interrupted);
    if (this.#inSnapshot && !this.#terminal.interrupted.aborted)
      await this.#startOver("SNAPSHOT_INTERRUPTED", "the connection ended before the snapshot did");
  }

  #comeBack(): void {
    if (!this.#isDown) return;
    this.#isDown = false;
    const where =
      this.#start.kind === "after" ? "going on where it was" : "starting with a snapshot";
    this.#terminal.note(`longshore: connected again, ${where}.`);
  }

  /** What was printed does not add up to the present any more; a program that reads us must be told so in-band. */
  async #startOver(code: string, message: string): Promise<void> {
    this.#start = { kind: "snapshot" };
    this.#inSnapshot = false;
    this.#terminal.note(
      `longshore: ${code}: ${message}. Changes may be missing; starting over with a snapshot.`,
    );
    if (this.#options.json)
      await this.#terminal.print(`${JSON.stringify({ type: "RESET", code, message })}\n`);
  }
}

/** Prints changes until the user ends it. Throws a ClientFailure that another try would not mend. */
export async function watch(
  client: ApiClient,
  resource: Resource,
  options: WatchOptions,
  terminal: Terminal,
  clock: Clock,
): Promise<void> {
  const start: Start = options.snapshot
    ? { kind: "snapshot" }
    : options.after === undefined
      ? { kind: "now" }
      : { kind: "after", cursor: options.after };
  await new Watcher(client, resource, options, terminal, clock, start).run();
}
