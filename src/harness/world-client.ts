// The client of a program in a world: operations, informers and what resumes them are those of longshore/client; only the
// bytes go over the world's sockets. States what the program asks for and is told, as users of a world do.
import { Kind, parse, valueFromASTUntyped } from "graphql";
import { clientOver } from "../client/client.ts";
import type { LongshoreClient } from "../client/client.ts";
import { isFields, late, unreachable } from "../client/errors.ts";
import type { Fields } from "../client/errors.ts";
import { readAnswers } from "../client/socket.ts";
import type { Socket } from "../client/socket.ts";
import { transportOver } from "../client/transport.ts";
import type { Ways } from "../client/transport.ts";
import { connectApiClient } from "../simulation/api-client.ts";
import type { ApiClient, GraphqlAnswer } from "../simulation/api-client.ts";
import type { ApiEndpoint, ClientSocket } from "../simulation/api-process.ts";
import type { GuestDoors } from "../simulation/guest.ts";

type Doors = Pick<GuestDoors, "process" | "apis" | "tell">;

export interface WorldClient {
  readonly client: LongshoreClient;
  /** The process is gone: its connections end, and it is told nothing of that. */
  cut(): void;
}

/** As the client has it by default. */
const answerWithinMs = 60_000;
/** How long a refused connection takes, ms. */
const refusedAfterMs = 2;
/** As socket.ts has them. */
const pingEveryMs = 10_000;
const pongWithinMs = 10_000;
const lingerMs = 500;
/** Behind those of the world's users. */
const firstAsk = 1_000_000;

/** GraphQL's own form of errors, of which a world's client knows code and message. */
const inForm = ({ data, errors }: GraphqlAnswer): Fields => ({
  data,
  ...(errors.length > 0 ? { errors: errors.map(errorInForm) } : {}),
});
const errorInForm = ({ code, message }: GraphqlAnswer["errors"][number]): Fields => ({
  message,
  extensions: { code },
});

/** What a document changes, with the input of its first mutation; undefined for one that changes nothing, or is none. */
function mutationOf(document: string, variables: Fields) {
  if (!/^\s*mutation/.test(document)) return undefined;
  try {
    const [operation] = parse(document).definitions;
    const [field] =
      operation?.kind === Kind.OPERATION_DEFINITION ? operation.selectionSet.selections : [];
    if (field?.kind !== Kind.FIELD) return undefined;
    const given = (name: string): unknown => {
      const value = field.arguments?.find((each) => each.name.value === name)?.value;
      return value && valueFromASTUntyped(value, variables);
    };
    const input = given("input");
    if (!isFields(input)) return undefined;
    return { mutation: field.name.value, input, dryRun: given("dryRun") === true };
  } catch {
    // The API says what is wrong with it.
    return undefined;
  }
}

export function createWorldClient(doors: Doors, nextAsk: () => number): WorldClient {
  const { process, apis, tell } = doors;
  const { clock } = process;
  const sockets = new Set<ClientSocket>();
  const places = Array.from({ length: 2 }, (_, index) => `api ${index + 1}`);

  /** What a replica says comes to the process as everything does: never when it is dead, later when it is paused. */
  const through = (api: ApiEndpoint): ApiEndpoint => ({
    name: api.name,
    connect: (client) => {
      const arrive = (act: () => void) => process.arrive(0, "message", act);
      const socket = api.connect({
        onText: (text) => arrive(() => client.onText(text)),
        onClose: (code, reason) =>
          arrive(() => {
            sockets.delete(socket);
            client.onClose(code, reason);
          }),
      });
      sockets.add(socket);
      const close = () => {
        sockets.delete(socket);
        socket.close();
      };
      return { ...socket, close };
    },
  });

  /** The process that a place stands for now; undefined when none runs. */
  function endpointOf(place: string): ApiEndpoint | undefined {
    const there = apis();
    const api = there[places.indexOf(place) % Math.max(1, there.length)];
    return api && through(api);
  }

  async function execute(
    api: ApiEndpoint,
    document: string,
    variables: Fields,
    signal: AbortSignal | undefined,
  ): Promise<GraphqlAnswer> {
    const client = connectApiClient(api);
    let giveUp = (_: unknown): void => undefined;
    const over = new Promise<never>((_, reject) => (giveUp = reject));
    const cancel = clock.after(answerWithinMs, () => giveUp(late(api.name, answerWithinMs)));
    const onAbort = () => giveUp(unreachable(api.name, signal?.reason));
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
    try {
      return await Promise.race([client.execute(document, { ...variables }), over]);
    } catch (error) {
      throw error instanceof Error && error.name === "LongshoreError"
        ? error
        : unreachable(api.name, error);
    } finally {
      cancel();
      signal?.removeEventListener("abort", onAbort);
      client.close();
    }
  }

  const ask: Ways["ask"] = async (place, document, variables, signal) => {
    const api = endpointOf(place);
    if (!api) {
      await clock.sleep(refusedAfterMs);
      throw unreachable(place, new Error("ECONNREFUSED"));
    }
    const asked = mutationOf(document, variables);
    const number = asked && nextAsk();
    if (asked && number !== undefined)
      tell({ kind: "asked", ask: number, user: process.name, process: api.name, ...asked });
    try {
      const answer = await execute(api, document, variables, signal);
      if (number !== undefined) tellAnswer(number, answer);
      return { status: 200, answer: inForm(answer) };
    } catch (error) {
      if (number !== undefined) tell({ kind: "told", ask: number, outcome: "lost" });
      throw error;
    }
  };

  function tellAnswer(number: number, { data, errors: [error] }: GraphqlAnswer): void {
    if (error === undefined) tell({ kind: "told", ask: number, outcome: "ok", answer: data });
    // A document that the API does not take is the program's own fault.
    else if (error.code.startsWith("GRAPHQL_"))
      tell({ kind: "told", ask: number, outcome: "lost" });
    else tell({ kind: "told", ask: number, outcome: "error", ...error });
  }

  const open: Ways["open"] = (address, onClosed) =>
    Promise.resolve(openWorldSocket(doors, () => endpointOf(address()), onClosed));
  const transport = transportOver(places, { ask, open }, clock, false);
  return {
    client: clientOver(transport, () => process.random.next()),
    cut: () => {
      for (const socket of sockets) socket.close();
      sockets.clear();
    },
  };
}

type Sink = Parameters<Socket["client"]["subscribe"]>[1];

/** One connection, and whoever follows over it. */
interface Connection {
  readonly client: ApiClient;
  readonly sinks: Set<Sink>;
  isOpen: boolean;
  /** Ends its timers. */
  forget(): void;
}

/** All that a process follows goes over one connection, which is there while something is followed. */
function openWorldSocket(
  { process }: Doors,
  endpoint: () => ApiEndpoint | undefined,
  onClosed: (event: unknown) => void,
): Socket {
  const { clock } = process;
  const waiting = new Set<() => void>();
  let connection: Connection | undefined;
  let address = "";

  function end(ended: Connection, event: Fields): void {
    if (connection === ended) connection = undefined;
    ended.forget();
    onClosed(event);
    for (const sink of ended.sinks) sink.error(event);
    ended.sinks.clear();
  }

  function connect(api: ApiEndpoint): Connection {
    address = api.name;
    let cancelPing = (): void => undefined;
    const made: Connection = {
      isOpen: false,
      sinks: new Set(),
      forget: () => cancelPing(),
      client: connectApiClient(
        api,
        (code, reason) => end(made, { code, reason }),
        () => {
          made.isOpen = true;
          for (const callback of waiting) callback();
          ping();
        },
      ),
    };
    // As long as nothing is heard at all, too.
    const ping = () => {
      cancelPing();
      cancelPing = clock.after(pingEveryMs, () => {
        cancelPing = clock.after(pongWithinMs, () => {
          made.client.close();
          end(made, { code: 4499, reason: "Terminated" });
        });
        made.client.ping(ping);
      });
    };
    ping();
    return made;
  }

  function leave(left: Connection, sink: Sink): void {
    left.sinks.delete(sink);
    if (left.sinks.size > 0) return;
    clock.after(lingerMs, () => {
      if (connection !== left || left.sinks.size > 0) return;
      connection = undefined;
      left.forget();
      left.client.close();
    });
  }

  const socket: Socket = {
    url: () => address,
    answers: (payload, read) => readAnswers(socket, payload, read),
    whenConnected: (callback) => {
      if (connection?.isOpen) callback();
      waiting.add(callback);
      return () => void waiting.delete(callback);
    },
    client: {
      subscribe: ({ query, variables }, sink) => {
        const api = connection ? undefined : endpoint();
        if (!connection && !api) {
          clock.after(refusedAfterMs, () => {
            onClosed({ code: 1006 });
            sink.error({ code: 1006, reason: "ECONNREFUSED" });
          });
          return () => undefined;
        }
        const over = (connection ??= connect(api as ApiEndpoint));
        over.sinks.add(sink);
        const stop = over.client.subscribe(
          query,
          { ...variables },
          {
            onNext: (answer) => sink.next(inForm(answer)),
            onComplete: () => sink.complete(),
            onError: (errors) => sink.error(errors.map(errorInForm)),
          },
        );
        return () => {
          stop();
          leave(over, sink);
        };
      },
      dispose: () => {
        const open = connection;
        connection = undefined;
        open?.forget();
        open?.client.close();
      },
    },
  };
  return socket;
}

/** Numbers for what programs of one world ask. */
export function createAsks(): () => number {
  let last = firstAsk;
  return () => ++last;
}
