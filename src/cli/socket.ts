// The API's subscriptions over one WebSocket each. Knows no command and retries nothing: only its user knows where to resume.
import { createClient } from "graphql-ws/client";
import type { Client } from "graphql-ws/client";
import { WebSocket } from "ws";
import type { Clock } from "../clock.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { Failures } from "./api-failures.ts";
import type { ClientFailure } from "./failure.ts";

const keepAliveMs = 10_000;
const pongWithinMs = 10_000;

/** One connection. A peer that stops answering counts as gone. */
export function openSocket(
  url: string,
  authorization: JsonObject,
  clock: Clock,
  onConnected: () => void,
): Client {
  let cancel = (): void => undefined;
  const client: Client = createClient({
    url,
    webSocketImpl: WebSocket,
    lazy: true,
    retryAttempts: 0,
    connectionParams: { ...authorization },
    keepAlive: keepAliveMs,
    on: {
      connected: onConnected,
      ping: (received) => {
        if (received) return;
        cancel();
        cancel = clock.after(pongWithinMs, () => client.terminate());
      },
      pong: (received) => {
        if (received) cancel();
      },
      closed: () => cancel(),
    },
  });
  return client;
}

/** The answers of one subscription, each to be read with its errors, until it ends or `signal` aborts. */
export async function* follow(
  client: Client,
  payload: { query: string; variables: Record<string, unknown> },
  signal: AbortSignal,
  failures: Failures,
): AsyncGenerator<JsonObject, void> {
  let arrived: JsonObject[] = [];
  let end: (() => ClientFailure | undefined) | undefined;
  let wake = (): void => undefined;
  const finish = (reason: () => ClientFailure | undefined) => {
    end ??= reason;
    wake();
  };
  const unsubscribe = client.subscribe(payload, {
    next: (answer) => {
      arrived.push({ ...answer });
      wake();
    },
    error: (error) => finish(() => failures.ofSocket(error)),
    complete: () => finish(() => failures.lost("the API ended the subscription")),
  });
  const stop = () => finish(() => undefined);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    for (;;) {
      const batch = arrived;
      arrived = [];
      yield* batch;
      if (arrived.length > 0) continue;
      if (end) {
        const failure = end();
        if (failure) throw failure;
        return;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    signal.removeEventListener("abort", stop);
    unsubscribe();
  }
}
