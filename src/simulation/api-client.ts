// A client of a simulated api over one socket: graphql-transport-ws from the other side. Runs operations, hears of
// subscriptions; knows nothing of what is in them.
import { isObject } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { ApiEndpoint, ClientSocket } from "./api-process.ts";

export interface GraphqlAnswer {
  readonly data: JsonObject | undefined;
  readonly errors: readonly { readonly message: string; readonly code: string }[];
}

/** The connection ended before the answer came: nobody knows whether it was done. */
export class AnswerLost extends Error {
  override readonly name = "AnswerLost";
}

export interface Listener {
  onNext(answer: GraphqlAnswer): void;
  /** Of the operation alone: the socket stays. */
  onError(errors: GraphqlAnswer["errors"]): void;
  onComplete(): void;
}

export interface ApiClient {
  /** Resolves with the answer; rejects with {@link AnswerLost} when the connection ends before. */
  execute(text: string, variables?: JsonObject): Promise<GraphqlAnswer>;
  /** Begins an operation; the returned function ends it. */
  subscribe(text: string, variables: JsonObject, listener: Listener): () => void;
  /** `onPong` is called when anything is heard of it again. */
  ping(onPong: () => void): void;
  stall(isStalled: boolean): void;
  close(): void;
}

/** `onClose` hears of the end of the connection, unless the client closes it; `onOpen`, when the api has accepted it. */
export function connectApiClient(
  api: ApiEndpoint,
  onClose: (code: number, reason: string) => void = () => {},
  onOpen: () => void = () => {},
): ApiClient {
  const listeners = new Map<string, Listener>();
  const lost = new Set<(error: AnswerLost) => void>();
  const waiting: string[] = [];
  let isAcknowledged = false;
  let isClosed = false;
  let count = 0;
  let onPong = () => {};

  function hear(text: string): void {
    const message: unknown = JSON.parse(text);
    if (!isObject(message)) throw new Error(`${api.name} sent no message: ${text}`);
    const { type, id, payload } = message;
    if (type === "connection_ack") {
      isAcknowledged = true;
      for (const each of waiting.splice(0)) socket.send(each);
      return onOpen();
    }
    if (type === "pong") return onPong();
    const listener = listeners.get(String(id));
    if (type === "next") return listener?.onNext(readAnswer(payload));
    if (type !== "error" && type !== "complete")
      throw new Error(`${api.name} sent a message of type ${String(type)}`);
    listeners.delete(String(id));
    if (type === "error") listener?.onError(readErrors(payload));
    else listener?.onComplete();
  }

  function end(error: AnswerLost): void {
    isClosed = true;
    listeners.clear();
    for (const fail of lost) fail(error);
    lost.clear();
  }

  const socket: ClientSocket = api.connect({
    onText: hear,
    onClose: (code, reason) => {
      end(new AnswerLost(`${api.name} closed the connection: ${code} ${reason}`));
      onClose(code, reason);
    },
  });
  socket.send(JSON.stringify({ type: "connection_init" }));

  const send = (message: JsonObject): void => {
    const text = JSON.stringify(message);
    if (isAcknowledged) socket.send(text);
    else waiting.push(text);
  };

  function subscribe(text: string, variables: JsonObject, listener: Listener): () => void {
    const id = String(++count);
    listeners.set(id, listener);
    send({ type: "subscribe", id, payload: { query: text, variables } });
    return () => {
      if (listeners.delete(id)) send({ type: "complete", id });
    };
  }

  return {
    subscribe,
    execute: (text, variables = {}) =>
      new Promise((resolve, reject) => {
        if (isClosed) return reject(new AnswerLost(`the connection to ${api.name} is closed`));
        const fail = (error: AnswerLost) => reject(error);
        lost.add(fail);
        let answer: GraphqlAnswer | undefined;
        const settle = (told: GraphqlAnswer | undefined) => {
          lost.delete(fail);
          if (told) resolve(told);
          else reject(new Error(`${api.name} completed an operation without an answer`));
        };
        subscribe(text, variables, {
          onNext: (told) => (answer = told),
          onError: (errors) => settle({ data: undefined, errors }),
          onComplete: () => settle(answer),
        });
      }),
    ping: (then) => {
      onPong = then;
      send({ type: "ping" });
    },
    stall: (isStalled) => socket.stall(isStalled),
    close: () => {
      socket.close();
      end(new AnswerLost(`the connection to ${api.name} was closed`));
    },
  };
}

function readAnswer(payload: unknown): GraphqlAnswer {
  if (!isObject(payload)) throw new Error("an answer that is no object");
  const { data, errors } = payload;
  return { data: isObject(data) ? data : undefined, errors: readErrors(errors ?? []) };
}

function readErrors(errors: unknown): GraphqlAnswer["errors"] {
  if (!Array.isArray(errors)) throw new Error("errors that are no list");
  return errors.map((error: unknown) => {
    if (!isObject(error)) throw new Error("an error that is no object");
    const { message, extensions } = error;
    const code = isObject(extensions) ? String(extensions["code"]) : "none";
    return { message: String(message), code };
  });
}
