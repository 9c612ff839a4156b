// One connection by the graphql-transport-ws protocol: which message is allowed when, what it starts, how it ends.
// Writes through its outlet; knows neither filters nor views.
import { GraphQLError, OperationTypeNode } from "graphql";
import type { GraphQLFormattedError, GraphQLSchema } from "graphql";
import { CloseCode, MessageType, parseMessage } from "graphql-ws";
import type { Message, SubscribeMessage } from "graphql-ws";
import type { Clock } from "../../clock.ts";
import type { Log } from "../../log.ts";
import type { Caller } from "../caller.ts";
import type { Context } from "../context.ts";
import type { Documents, PreparedOperation } from "../documents.ts";
import { clientError, presentError, refusalError } from "../errors.ts";
import type { ExecutionAnswer } from "../execute.ts";
import type { OperationOutcome } from "../request-metrics.ts";
import { operationProblem } from "../operation-limits.ts";
import { closeAtExpiry, closeFor } from "../socket-access.ts";
import type { Close } from "../socket-access.ts";
import { idBytes, nextFrame, textFrame } from "./frame.ts";
import type { Reader } from "./group.ts";
import type { Hub } from "./hub.ts";
import type { Outlet } from "./outlet.ts";
import { readSelection, shapeOf } from "./selection.ts";
import type { Shape } from "./selection.ts";

/** Close code for a reader that is too slow: it can resume from its last cursor. */
export const tooSlow = 4008;

export interface SessionOptions {
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly log: Log;
  readonly contextOf: (caller: Caller) => Context;
  readonly observe: (outcome: OperationOutcome) => void;
}

/** The socket under a session. */
export interface Connection {
  readonly outlet: Outlet;
  /** Who connects, by what it sent with `connection_init`. */
  authenticate(parameters: unknown): Caller | Promise<Caller>;
  close(code: number, reason: string): void;
}

/** Time for `connection_init` to arrive. */
const initWithinMs = 5000;
/** Longest id of an operation: clients use a UUID. */
const idLengthMax = 256;
/** Operations that run on one socket at a time. */
const operationsMax = 200;

/** What depends on nothing but the document is found out once. */
const shapes = new WeakMap<PreparedOperation, Shape>();

export class Session {
  readonly #connection: Connection;
  readonly #options: SessionOptions;
  readonly #operations = new Map<string, AbortController>();
  #state: "new" | "initialising" | "acknowledged" | "closed" = "new";
  #context: Context | undefined;
  #cancelTimer: () => void;
  #release: () => void = () => undefined;

  constructor(connection: Connection, options: SessionOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#cancelTimer = options.clock.after(initWithinMs, () =>
      this.close(CloseCode.ConnectionInitialisationTimeout, "Connection initialisation timeout"),
    );
  }

  /** Takes one message of the client in. */
  receive(text: string): void {
    if (this.#state === "closed") return;
    let message: Message;
    try {
      message = parseMessage(text);
    } catch {
      return this.close(CloseCode.BadRequest, "Invalid message received");
    }
    switch (message.type) {
      case MessageType.ConnectionInit:
        return void this.#initialise(message.payload);
      case MessageType.Ping: {
        const { payload } = message;
        return this.#send({ type: MessageType.Pong, ...(payload ? { payload } : {}) });
      }
      case MessageType.Pong:
        return;
      case MessageType.Subscribe:
        return this.#subscribe(message);
      case MessageType.Complete:
        return this.#operations.get(message.id)?.abort();
      default:
        return this.close(CloseCode.BadRequest, `Unexpected message of type ${message.type}`);
    }
  }

  /** Ends everything and says why. */
  close(code: number, reason: string): void {
    if (this.#state === "closed") return;
    this.end();
    this.#connection.close(code, reason);
  }

  /** Ends everything: the socket is closed, or is about to be. */
  end(): void {
    this.#state = "closed";
    this.#cancelTimer();
    this.#release();
    this.#connection.outlet.close();
    for (const operation of this.#operations.values()) operation.abort();
  }

  async #initialise(parameters: unknown): Promise<void> {
    if (this.#state !== "new")
      return this.close(
        CloseCode.TooManyInitialisationRequests,
        "Too many initialisation requests",
      );
    this.#state = "initialising";
    this.#cancelTimer();
    const caller = await this.#connection.authenticate(parameters);
    if (this.#state !== "initialising") return;
    const end = ({ code, reason }: Close) => this.close(code, reason);
    if (caller.refusal) return end(closeFor(caller.refusal));
    const context = this.#options.contextOf(caller);
    const place = context.limits.takeSocket(caller.client);
    if (!place.ok) return end(closeFor(place.refusal));
    this.#release = place.release;
    this.#state = "acknowledged";
    this.#context = context;
    this.#cancelTimer = closeAtExpiry(this.#options.clock, caller, end);
    this.#send({ type: MessageType.ConnectionAck });
  }

  #subscribe({ id, payload }: SubscribeMessage): void {
    const context = this.#context;
    if (this.#state !== "acknowledged" || !context)
      return this.close(CloseCode.Unauthorized, "Unauthorized");
    if (this.#operations.has(id))
      return this.close(
        CloseCode.SubscriberAlreadyExists,
        `Subscriber for ${id} already exists`.slice(0, 100),
      );
    if (id.length > idLengthMax) return this.close(CloseCode.BadRequest, "The id is too long");
    const operation = new AbortController();
    this.#operations.set(id, operation);
    // By identity: the client may have begun another operation under the same id by then.
    operation.signal.addEventListener("abort", () => {
      if (this.#operations.get(id) === operation) this.#operations.delete(id);
    });
    if (this.#operations.size > operationsMax)
      return this.#fail(id, operation, [
        clientError(
          "RATE_LIMITED",
          `${operationsMax} operations run on this connection: end one, or open another connection.`,
        ),
      ]);
    this.#start(id, operation, payload, context).catch((error: unknown) => {
      // A bug, met by one client: it must not end everybody's process.
      this.#options.log.error({ err: error }, "an operation over a socket failed");
      this.close(
        CloseCode.InternalServerError,
        "Longshore failed to answer; the reason is in its log",
      );
    });
  }

  async #start(
    id: string,
    operation: AbortController,
    { query, operationName, variables }: SubscribeMessage["payload"],
    context: Context,
  ): Promise<void> {
    const { documents, clock, observe } = this.#options;
    const began = clock.monotonic();
    const prepared = documents.prepare(query, operationName);
    const run = prepared.ok
      ? this.#run(id, operation, prepared, variables ?? {}, context)
      : Promise.reject(new Refused(prepared.errors));
    const errors = await run.then(
      () => [],
      (error: unknown) => (error instanceof Refused ? error.errors : [asGraphqlError(error)]),
    );
    if (errors.length > 0) this.#fail(id, operation, errors);
    const code =
      errors.length === 0
        ? "OK"
        : presentErrors(errors, this.#options.log)[0]?.extensions?.["code"];
    const seconds = (clock.monotonic() - began) / 1000;
    const type = prepared.ok ? prepared.type : "none";
    observe({ type, transport: "websocket", code: String(code), seconds });
  }

  /** Runs a query or mutation; of a subscription, its start. Rejects with what the client did wrong. */
  async #run(
    id: string,
    operation: AbortController,
    prepared: PreparedOperation,
    variables: Readonly<Record<string, unknown>>,
    context: Context,
  ): Promise<void> {
    const problem = operationProblem(prepared, variables, context);
    if (problem) throw problem;
    if (prepared.type === OperationTypeNode.SUBSCRIPTION)
      return this.#follow(id, operation, prepared, variables, context);
    // An empty list would be a lie: nobody knows yet what there is.
    if (!context.informer.isLoaded)
      throw clientError(
        "UNAVAILABLE",
        "the first snapshot is not loaded yet: wait until /readyz answers 200.",
      );
    const answer = await prepared.execute(context, variables);
    if (operation.signal.aborted) return;
    if (answer.data === undefined) throw new Refused(answer.errors);
    const { outlet } = this.#connection;
    const next = nextFrame(idBytes(id), Buffer.from(presentAnswer(answer, this.#options.log)));
    const complete = frameOf({ id, type: MessageType.Complete });
    if (next.length + complete.length > outlet.most) throw tooLong(prepared.type, outlet.most);
    outlet.send(next);
    outlet.send(complete);
    operation.abort();
  }

  async #follow(
    id: string,
    operation: AbortController,
    prepared: PreparedOperation,
    variables: Readonly<Record<string, unknown>>,
    context: Context,
  ): Promise<void> {
    const { hub, schema, log } = this.#options;
    const place = context.limits.takeSubscription(context.client);
    if (!place.ok) throw refusalError(place.refusal);
    operation.signal.addEventListener("abort", place.release);
    let shape = shapes.get(prepared);
    if (!shape) {
      shape = shapeOf(prepared.document, prepared.operation, hub.entityField);
      shapes.set(prepared, shape);
    }
    const selection = readSelection(schema, prepared.operation, shape, variables, context.rights);
    const field = shape.root.name.value;
    const present = (answer: ExecutionAnswer) => presentAnswer(answer, log);
    await hub.subscribe(
      field,
      { selection, program: { operation: prepared, variables, context, field, present } },
      this.#readerFor(id, operation),
    );
  }

  #readerFor(id: string, operation: AbortController): Reader {
    const { outlet } = this.#connection;
    const bytes = idBytes(id);
    outlet.subscriptions++;
    operation.signal.addEventListener("abort", () => void outlet.subscriptions--);
    return {
      signal: operation.signal,
      take: (batch) => outlet.take(batch, bytes),
      // What was being read for it when it ended is nobody's any more: the id may be another operation's by now.
      send: (payload) => {
        if (!operation.signal.aborted) outlet.send(nextFrame(bytes, payload));
      },
      hold: (count) => outlet.hold(count),
      get isFull() {
        return outlet.isFull;
      },
      drained: () => outlet.drained(),
      fail: (error) => this.#fail(id, operation, [asGraphqlError(error)]),
    };
  }

  #fail(id: string, operation: AbortController, errors: readonly GraphQLError[]): void {
    if (operation.signal.aborted) return;
    this.#send({ id, type: MessageType.Error, payload: presentErrors(errors, this.#options.log) });
    operation.abort();
  }

  #send(message: Message): void {
    this.#connection.outlet.send(frameOf(message));
  }
}

const frameOf = (message: Message): Buffer => textFrame(JSON.stringify(message));

/** Not too slow a reader: no reader could take it in time, and one that is cut off would ask for it again. */
function tooLong(type: OperationTypeNode, most: number): GraphQLError {
  const done = type === OperationTypeNode.MUTATION ? "it was done, but " : "";
  return clientError(
    "BAD_USER_INPUT",
    `${done}the answer has more than ${most} bytes, which is what may wait on a socket: ask for smaller pages (first), or over HTTP.`,
  );
}

/** What a client asked for cannot be done, for several reasons at once. */
class Refused extends Error {
  readonly errors: readonly GraphQLError[];
  constructor(errors: readonly GraphQLError[]) {
    super("refused");
    this.errors = errors;
  }
}

const presentErrors = (errors: readonly GraphQLError[], log: Log): GraphQLFormattedError[] =>
  errors.map((error) => presentError(error.toJSON(), error, log));

/** The payload of a `next` message. */
function presentAnswer({ data = "null", errors }: ExecutionAnswer, log: Log): string {
  if (errors.length === 0) return `{"data":${data}}`;
  return `{"errors":${JSON.stringify(presentErrors(errors, log))},"data":${data}}`;
}

function asGraphqlError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}
