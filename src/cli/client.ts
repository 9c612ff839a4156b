// Talks GraphQL to the API, over HTTP and WebSocket. Knows no command; every trouble becomes a ClientFailure.
import type { Clock } from "../clock.ts";
import { isObject, objects } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import { failuresOf, networkCode } from "./api-failures.ts";
import type { Failures } from "./api-failures.ts";
import { usageFailure } from "./failure.ts";

export interface ApiClient {
  /** Where the API is, for messages. */
  readonly url: string;
  /** Runs a query or mutation. Its `data`, or a {@link ClientFailure}. */
  request(document: string, variables: JsonObject, signal?: AbortSignal): Promise<JsonObject>;
  /** Runs a subscription until it fails, the API ends it (kind `lost`), or `signal` aborts (it just ends). */
  subscribe(
    document: string,
    variables: JsonObject,
    options: SubscribeOptions,
  ): AsyncGenerator<JsonObject, void>;
}

export interface SubscribeOptions {
  readonly signal: AbortSignal;
  /** Called when the API has accepted the connection. */
  readonly onConnected: () => void;
}

export interface ClientOptions {
  readonly url: string;
  readonly token: string | undefined;
  readonly clock: Clock;
  /** How long an answer may take; a minute unless told otherwise. */
  readonly timeoutMs?: number | undefined;
}

const requestTimeoutMs = 60_000;

/** The GraphQL address of an API, given with or without its path. */
function graphqlUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (
    !parsed ||
    !/^https?:$/.test(parsed.protocol) ||
    parsed.username !== "" ||
    parsed.search !== ""
  )
    throw usageFailure(
      `the API's address "${url}" cannot be used: --url or LONGSHORE_URL takes one like http://127.0.0.1:4000.`,
    );
  if (!parsed.pathname.endsWith("/graphql"))
    parsed.pathname = `${parsed.pathname.replace(/\/$/, "")}/graphql`;
  return parsed;
}

export function createApiClient({
  url,
  token,
  clock,
  timeoutMs = requestTimeoutMs,
}: ClientOptions): ApiClient {
  const http = graphqlUrl(url);
  const socket = new URL(http);
  socket.protocol = http.protocol === "https:" ? "wss:" : "ws:";
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const failures = failuresOf(url, token !== undefined);

  async function request(
    document: string,
    variables: JsonObject,
    signal?: AbortSignal,
  ): Promise<JsonObject> {
    const timeout = AbortSignal.timeout(timeoutMs);
    let response: Response;
    let body: string;
    try {
      response = await fetch(http, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json",
          ...authorization,
        },
        body: JSON.stringify({ query: document, variables }),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      body = await response.text();
    } catch (error) {
      const isChange = /^\s*mutation/.test(document);
      if (timeout.aborted && !signal?.aborted) throw failures.late(timeoutMs / 1000, isChange);
      throw failures.unreachable(networkCode(error), isChange);
    }
    const answer = readJson(body);
    if (!isObject(answer)) throw failures.notLongshore(response.status);
    return dataOf(answer, failures, response.status);
  }

  async function* subscribe(
    document: string,
    variables: JsonObject,
    { signal, onConnected }: SubscribeOptions,
  ): AsyncGenerator<JsonObject, void> {
    // Its packages are most of the time that a command takes to start: those that only ask do without.
    const { follow, openSocket } = await import("./socket.ts");
    const client = openSocket(socket.href, authorization, clock, onConnected);
    try {
      for await (const answer of follow(
        client,
        { query: document, variables: { ...variables } },
        signal,
        failures,
      ))
        yield dataOf(answer, failures, 200);
    } finally {
      await client.dispose();
    }
  }

  return { url, request, subscribe };
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function dataOf(answer: JsonObject, failures: Failures, status: number): JsonObject {
  const [error] = objects(answer, "errors");
  if (error) throw failures.answered(error);
  const data = answer["data"];
  if (!isObject(data)) throw failures.notLongshore(status);
  return data;
}
