// Subscriptions, and any operation, over graphql-transport-ws. Guards against readers that do not keep up.
import type { GraphQLFormattedError, GraphQLSchema } from "graphql";
import { GraphQLError } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import type { Disposable } from "graphql-ws";
import { WebSocketServer } from "ws";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Authentication, Caller } from "./caller.ts";
import type { Context } from "./context.ts";
import { presentError } from "./errors.ts";
import { callerOfSocket, closeAtExpiry, closeFor } from "./socket-access.ts";
import type { Close } from "./socket-access.ts";

/** What may wait in a socket before its reader counts as too slow, bytes. */
const backlogMax = 8 * 1_048_576;
/** Close code for a reader that is too slow: it can resume from its last cursor. */
const tooSlow = 4008;
const messageMax = 1_048_576;

export interface Sockets {
  readonly server: WebSocketServer;
  /** Closes every socket with a reason that clients reconnect on. */
  close(): Promise<void>;
}

export function openSockets(
  schema: GraphQLSchema,
  contextOf: (caller: Caller) => Context,
  authentication: Authentication,
  clock: Clock,
  log: Log,
): Sockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: messageMax });
  const present = (errors: readonly (GraphQLError | GraphQLFormattedError)[]) =>
    errors.map((error) =>
      error instanceof GraphQLError ? presentError(error.toJSON(), error, log) : error,
    );
  /** Who connected, known from the moment that its connection_init was let in. */
  const callers = new WeakMap<object, Caller>();
  const disposable: Disposable = useServer(
    {
      schema,
      onConnect: async ({ connectionParams, extra: { request, socket } }) => {
        const caller = await callerOfSocket(authentication, connectionParams, request);
        const end = ({ code, reason }: Close) => socket.close(code, reason);
        if (caller.refusal) {
          end(closeFor(caller.refusal));
          return false;
        }
        callers.set(socket, caller);
        socket.once("close", closeAtExpiry(clock, caller, end));
        return true;
      },
      context: ({ extra: { socket } }) => {
        const caller = callers.get(socket);
        if (!caller) throw new Error("an operation before its connection was let in");
        return contextOf(caller);
      },
      onNext: ({ extra: { socket } }, _id, _payload, _args, result) => {
        if (socket.bufferedAmount > backlogMax)
          socket.close(tooSlow, "Too slow: resume with the last cursor as after");
        if (!result.errors) return undefined;
        return { data: result.data ?? null, errors: present(result.errors) };
      },
      onError: ({ extra: { socket } }, _id, _payload, errors) => {
        if (errors.some(({ extensions }) => extensions?.["code"] === "RATE_LIMITED"))
          socket.close(tooSlow, "Too slow: resume with the last cursor as after");
        return present(errors);
      },
    },
    server,
  );
  return {
    server,
    close: async () => {
      for (const client of server.clients) client.close(1001, "Going away: reconnect and resume");
      await disposable.dispose();
    },
  };
}
