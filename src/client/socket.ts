// Subscriptions over one WebSocket, by the client of graphql-ws. Notices a peer that has gone silent; retries nothing:
// only who follows knows where to resume.
import { createClient } from "graphql-ws/client";
import type { Client } from "graphql-ws/client";
import type { Clock } from "../clock.ts";
import { lost, ofSocket } from "./errors.ts";
import type { Fields, LongshoreError } from "./errors.ts";

const keepAliveMs = 10_000;
const pongWithinMs = 10_000;
const ackWithinMs = 10_000;
/** Who resumes does it over the connection that there is. */
const lingerMs = 500;

export interface SocketOptions {
  /** The address to connect to next. */
  readonly url: () => string;
  readonly authorization: () => Promise<string | undefined>;
  readonly clock: Clock;
  /** A WebSocket class; the one that there is unless given. */
  readonly webSocket: unknown;
  /** The connection ended, or could not be made. */
  readonly onClosed: (event: unknown) => void;
}

export interface Socket {
  readonly client: Pick<Client, "subscribe" | "dispose">;
  /** See {@link readAnswers}. */
  answers(payload: Payload, read: ReadOptions): AsyncGenerator<Fields, void>;
  /** The address that it is connected to, or was connected to last. */
  readonly url: () => string;
  /** Calls back once the API has accepted the connection, at once when it has. */
  whenConnected(callback: () => void): () => void;
}

/** Browsers and Node.js from 22 on have one; before, the package `ws` is it. */
const anyWebSocket = async (): Promise<unknown> =>
  typeof WebSocket === "undefined" ? (await import("ws")).WebSocket : WebSocket;

/** What is asked of the API, and followed. */
export interface Payload {
  readonly query: string;
  readonly variables: Fields;
}

/** A connection that opens when it is needed. */
export async function openSocket(options: SocketOptions): Promise<Socket> {
  const { clock } = options;
  const waiting = new Set<() => void>();
  let isConnected = false;
  let address = "";
  let cancelPong = (): void => undefined;
  const client: Client = createClient({
    url: () => (address = options.url()),
    webSocketImpl: options.webSocket ?? (await anyWebSocket()),
    retryAttempts: 0,
    lazyCloseTimeout: lingerMs,
    keepAlive: keepAliveMs,
    connectionAckWaitTimeout: ackWithinMs,
    connectionParams: async () => {
      const authorization = await options.authorization();
      return authorization === undefined ? {} : { authorization };
    },
    on: {
      connected: () => {
        isConnected = true;
        for (const callback of waiting) callback();
      },
      ping: (received) => {
        if (received) return;
        cancelPong();
        cancelPong = clock.after(pongWithinMs, () => client.terminate());
      },
      pong: (received) => {
        if (received) cancelPong();
      },
      closed: (event) => {
        isConnected = false;
        cancelPong();
        options.onClosed(event);
      },
    },
  });
  const socket: Socket = {
    client,
    answers: (payload, read) => readAnswers(socket, payload, read),
    url: () => address,
    whenConnected: (callback) => {
      if (isConnected) callback();
      waiting.add(callback);
      return () => void waiting.delete(callback);
    },
  };
  return socket;
}

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** Called when the API has accepted the connection. */
  readonly onConnected: () => void;
  /** Asked of each answer as it arrives, with how many wait to be read: whether to leave off here. */
  readonly isEnough: (answer: Fields, waiting: number) => boolean;
}

/**
 * The answers of one subscription, each to be read with its errors, until `signal` aborts or they are enough. What had
 * arrived is handed over before it ends. Throws when the API or the connection ends it.
 */
export async function* readAnswers(
  socket: Socket,
  payload: Payload,
  { signal, onConnected, isEnough }: ReadOptions,
): AsyncGenerator<Fields, void> {
  let arrived: Fields[] = [];
  let end: LongshoreError | "enough" | undefined;
  let wake = (): void => undefined;
  const finish = (how: LongshoreError | "enough") => {
    end ??= how;
    wake();
  };
  const forget = socket.whenConnected(onConnected);
  const unsubscribe = socket.client.subscribe(
    { query: payload.query, variables: { ...payload.variables } },
    {
      next: (sent) => {
        if (end !== undefined) return;
        const answer: Fields = { ...sent };
        arrived.push(answer);
        wake();
        if (!isEnough(answer, arrived.length)) return;
        // At once: its reader may be busy for long.
        finish("enough");
        unsubscribe();
      },
      error: (error) => finish(ofSocket(socket.url(), error)),
      complete: () => finish(lost(socket.url(), "the API ended the subscription")),
    },
  );
  const stop = () => finish("enough");
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    while (!signal.aborted) {
      const batch = arrived;
      arrived = [];
      yield* batch;
      if (arrived.length > 0) continue;
      if (end === "enough") return;
      if (end !== undefined) throw end;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    signal.removeEventListener("abort", stop);
    forget();
    unsubscribe();
  }
}
