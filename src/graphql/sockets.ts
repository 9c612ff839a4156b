// Opens a session for each WebSocket, finds out who is dead, and ends all of them at shutdown. The protocol is the
// session's, the bytes are the outlet's.
import type { IncomingMessage } from "node:http";
import type { GraphQLSchema } from "graphql";
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, handleProtocols } from "graphql-ws";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import type { Informer } from "../changes/informer.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Authentication, Caller } from "./caller.ts";
import type { Context } from "./context.ts";
import type { Documents } from "./documents.ts";
import { createKeepAlive } from "./live/keep-alive.ts";
import { createSessions } from "./live/sessions.ts";
import type { OperationOutcome } from "./request-metrics.ts";
import { callerOfSocket } from "./socket-access.ts";

/** Longest message that a client may send, bytes. */
const messageMax = 1_048_576;
/** So long a client may take to answer a close, ms; one that does not read any more never does. */
const closeTimeout = 10_000;
const serverOptions = { noServer: true, maxPayload: messageMax, closeTimeout, handleProtocols };

export interface SocketsOptions {
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly informer: Informer;
  readonly contextOf: (caller: Caller) => Context;
  readonly authentication: Authentication;
  readonly clock: Clock;
  /** For what subscriptions tell of daemons. */
  readonly stateClock: Clock;
  readonly log: Log;
  /** Told of each operation how it went; of a subscription, how it began. */
  readonly observe: (outcome: OperationOutcome) => void;
}

export interface Sockets {
  readonly server: WebSocketServer;
  /** Distinct subscriptions that are followed: identical ones count once. */
  readonly subscriptions: number;
  /** Closes every socket with a reason that clients reconnect on. */
  close(): void;
}

export function openSockets(options: SocketsOptions): Sockets {
  const { authentication, clock, log } = options;
  const server = new WebSocketServer(serverOptions);
  const sessions = createSessions(options);
  const keepAlive = createKeepAlive(clock);

  function open(socket: WebSocket, request: IncomingMessage): void {
    if (socket.protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL)
      return socket.close(CloseCode.SubprotocolNotAcceptable, "Subprotocol not acceptable");
    const session = sessions.open({
      stream: request.socket,
      authenticate: (payload) => callerOfSocket(authentication, payload, request),
      close: (code, reason) => socket.close(code, reason),
    });
    const release = keepAlive.watch(socket, request.socket);
    socket.on("message", (data, isBinary) => {
      if (isBinary || !Buffer.isBuffer(data))
        return session.close(CloseCode.BadRequest, "Messages are text");
      session.receive(data.toString());
    });
    socket.on("error", (error) => {
      // A frame that is none, or a message that is too long: the library closes the socket with its own code.
      log.debug(
        { reason: error.message, address: authentication.addressOf(request) },
        "a socket failed",
      );
    });
    socket.once("close", () => {
      release();
      sessions.closed(session);
    });
  }

  server.on("connection", open);
  return {
    server,
    get subscriptions() {
      return sessions.subscriptions;
    },
    close: () => {
      sessions.close();
      keepAlive.close();
      server.close();
    },
  };
}
