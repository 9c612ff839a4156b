// Talks GraphQL to the API, over HTTP and WebSocket. Knows no command; every trouble becomes a ClientFailure.
import { createClient } from "graphql-ws";
import type { Client } from "graphql-ws";
import { WebSocket } from "ws";
import type { Clock } from "../clock.ts";
import { isObject, number, objects, text } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import { ClientFailure, usageFailure } from "./failure.ts";

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
}

const requestTimeoutMs = 60_000;
const keepAliveMs = 10_000;
const pongWithinMs = 10_000;

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

/** Code of a network error, which fetch wraps and Node.js may wrap again. */
function networkCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${requestTimeoutMs / 1000} s`;
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.cause === undefined ? error.message : networkCode(error.cause);
}

export function createApiClient({ url, token, clock }: ClientOptions): ApiClient {
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
    const timeout = AbortSignal.timeout(requestTimeoutMs);
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
      throw failures.unreachable(networkCode(error), /^\s*mutation/.test(document));
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

/** One connection, no retries: only its user knows where to resume. A peer that stops answering counts as gone. */
function openSocket(
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

async function* follow(
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

type Failures = ReturnType<typeof failuresOf>;

/** The failures of one API, worded with its address and with whether a token was sent. */
function failuresOf(url: string, hasToken: boolean) {
  const unauthenticated = () =>
    new ClientFailure(
      "answered",
      "UNAUTHENTICATED",
      hasToken
        ? `the API at ${url} does not accept the token in LONGSHORE_TOKEN: set it to one of the API's LONGSHORE_READ_TOKENS or LONGSHORE_ADMIN_TOKENS.`
        : `the API at ${url} wants a token: set LONGSHORE_TOKEN to one.`,
    );
  const answered = (error: JsonObject): ClientFailure => {
    const extensions = error["extensions"];
    const code = (isObject(extensions) && text(extensions, "code")) || "INTERNAL_SERVER_ERROR";
    if (code === "UNAUTHENTICATED") return unauthenticated();
    const message = text(error, "message") ?? "the API says no reason.";
    const older = code === "GRAPHQL_VALIDATION_FAILED";
    return new ClientFailure(
      "answered",
      code,
      older
        ? `${message} Is the API at ${url} of another version of Longshore than this command?`
        : message,
    );
  };
  const unreachable = (reason: string, mayHaveChanged = false): ClientFailure => {
    const refused = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH/.test(reason);
    const unknown =
      mayHaveChanged && !refused
        ? " Whether the change was made is not known: look before you repeat it."
        : "";
    if (/CERT|SIGNED|ISSUER/.test(reason))
      return new ClientFailure(
        "unreachable",
        "UNREACHABLE",
        `the certificate of the API at ${url} is not trusted here (${reason}): set NODE_EXTRA_CA_CERTS to the file of its CA, in PEM.`,
      );
    return new ClientFailure(
      "unreachable",
      "UNREACHABLE",
      `the API cannot be reached at ${url} (${reason}). Start it with "longshore serve api" or "npm start", or say where it is with --url or LONGSHORE_URL.${unknown}`,
    );
  };
  const lost = (reason: string) =>
    new ClientFailure(
      "lost",
      "CONNECTION_LOST",
      `the connection to the API at ${url} ended: ${reason}.`,
    );
  return {
    answered,
    unreachable,
    lost,
    notLongshore: (status: number) =>
      new ClientFailure(
        "answered",
        "NO_ANSWER",
        `what answers at ${url} is not Longshore's API (HTTP status ${status}): say where it is with --url or LONGSHORE_URL.`,
      ),
    /** From what graphql-ws hands over: errors of the API, a close event, or an error of the network. */
    ofSocket: (error: unknown): ClientFailure => {
      if (Array.isArray(error)) {
        const first: unknown = error[0];
        return answered(isObject(first) ? { ...first } : {});
      }
      if (!isObject(error)) return lost(String(error));
      const code = number(error, "code");
      if (code === 4401 || code === 4403) return unauthenticated();
      if (code !== undefined) return lost(`${text(error, "reason") ?? "closed"} (${code})`);
      const cause = error["error"] ?? error;
      return unreachable(
        networkCode(cause instanceof Error ? cause : (text(error, "message") ?? "no reason given")),
      );
    },
  };
}
