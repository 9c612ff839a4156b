// GraphQL to one of several replicas of the API: questions over HTTP, subscriptions over one shared WebSocket. Knows no
// operation; leaves a replica that does not answer for the next.
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { answered, isFields, late, LongshoreError, notLongshore, unreachable } from "./errors.ts";
import type { Fields } from "./errors.ts";
import type { ReadOptions, Socket } from "./socket.ts";

/** A bearer token, with or without `Bearer `, or where to get one: asked before each request and each connection. */
export type Token = string | (() => string | Promise<string>);

export interface ConnectOptions {
  /** Where the API is: `http://127.0.0.1:4000`, with or without `/graphql`. Of several replicas any one answers. */
  readonly url: string | readonly string[];
  readonly token?: Token | undefined;
  /** How long an answer may take, ms: a minute unless told otherwise. */
  readonly timeoutMs?: number | undefined;
  /** A WebSocket class in place of the one that there is: for a proxy or certificates of one's own. */
  readonly webSocket?: unknown;
  readonly clock?: Clock | undefined;
}

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface Transport {
  readonly clock: Clock;
  /** How many replicas there are to turn to. */
  readonly replicas: number;
  /** Whether another token may come, so that one that was refused is no end. */
  readonly renewsToken: boolean;
  /** Runs a query or a mutation. Its `data`; rejects with a {@link LongshoreError}. Only queries are repeated elsewhere. */
  request(document: string, variables: Fields, options?: RequestOptions): Promise<Fields>;
  /** The `data` of each answer of a subscription. See {@link ReadOptions}; throws a {@link LongshoreError}. */
  subscribe(
    document: string,
    variables: Fields,
    options: ReadOptions,
  ): AsyncGenerator<Fields, void>;
  /** Ends the connection and what follows over it. */
  close(): Promise<void>;
}

const answerWithinMs = 60_000;

/** The GraphQL address of an API, given with or without its path; undefined for what is none. */
export function graphqlUrl(url: string): URL | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username || parsed.search)
    return undefined;
  if (!parsed.pathname.endsWith("/graphql"))
    parsed.pathname = `${parsed.pathname.replace(/\/$/, "")}/graphql`;
  return parsed;
}

function addressOf(url: string): string {
  const address = graphqlUrl(url);
  if (address) return address.href;
  throw new TypeError(
    `url "${url}" cannot be used: it takes an address like http://127.0.0.1:4000, without user and query.`,
  );
}

async function authorizationOf(token: Token | undefined): Promise<string | undefined> {
  const given = typeof token === "function" ? await token() : token;
  return given === undefined || given.startsWith("Bearer ") ? given : `Bearer ${given}`;
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function dataOf(url: string, answer: unknown, status: number): Fields {
  if (!isFields(answer)) throw notLongshore(url, status);
  const { data, errors } = answer;
  if (Array.isArray(errors) && errors.length > 0) throw answered(errors[0]);
  if (!isFields(data)) throw notLongshore(url, status);
  return data;
}

/** The ways to replicas: by the network or, in a simulated world, without one. */
export interface Ways {
  /** What one of them answers to a document, with its HTTP status; rejects with a {@link LongshoreError} if nothing. */
  ask(
    address: string,
    document: string,
    variables: Fields,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly status: number; readonly answer: unknown }>;
  /** Connects, when something is to be followed, to the address that is the one to turn to then. */
  open(address: () => string, onClosed: (event: unknown) => void): Promise<Socket>;
}

/** Opens no connection before it needs one. Throws a TypeError for an address that is none. */
export function connect(options: ConnectOptions): Transport {
  const { token, timeoutMs = answerWithinMs, clock = systemClock } = options;
  const addresses = [options.url].flat().map(addressOf);
  if (addresses.length === 0) throw new TypeError("url names no address");

  async function ask(
    address: string,
    document: string,
    variables: Fields,
    signal: AbortSignal | undefined,
  ) {
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const authorization = await authorizationOf(token);
      const response = await fetch(address, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json",
          ...(authorization === undefined ? {} : { authorization }),
        },
        body: JSON.stringify({ query: document, variables }),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      return { status: response.status, answer: readJson(await response.text()) };
    } catch (error) {
      throw timeout.aborted && !signal?.aborted
        ? late(address, timeoutMs)
        : unreachable(address, error);
    }
  }

  // What only asks questions does without its packages, which take time to load.
  const open: Ways["open"] = async (address, onClosed) => {
    const { openSocket } = await import("./socket.ts");
    return openSocket({
      url: () => address().replace(/^http/, "ws"),
      authorization: () => authorizationOf(token),
      clock,
      webSocket: options.webSocket,
      onClosed,
    });
  };
  return transportOver(addresses, { ask, open }, clock, typeof token === "function");
}

/** Turns to one of several replicas, and to the next when that does not answer. `renewsToken`: see {@link Transport}. */
export function transportOver(
  addresses: readonly string[],
  ways: Ways,
  clock: Clock,
  renewsToken: boolean,
): Transport {
  let chosen = 0;
  let opening: Promise<Socket> | undefined;

  const current = () => addresses[chosen] ?? "";
  /** Whoever else found it gone first has left it already. */
  const leave = (address: string) => {
    if (address === current()) chosen = (chosen + 1) % addresses.length;
  };

  async function request(
    document: string,
    variables: Fields,
    { signal }: RequestOptions = {},
  ): Promise<Fields> {
    // Whether a change was made is not known after an answer that was lost: its user decides.
    const tries = /^\s*mutation/.test(document) ? 1 : addresses.length;
    for (let tried = 1; ; tried++) {
      const address = current();
      try {
        const { status, answer } = await ways.ask(address, document, variables, signal);
        return dataOf(address, answer, status);
      } catch (error) {
        if (!(error instanceof LongshoreError) || !error.mayPass || signal?.aborted) throw error;
        leave(address);
        if (tried >= tries) throw error;
      }
    }
  }

  async function* subscribe(
    document: string,
    variables: Fields,
    read: ReadOptions,
  ): AsyncGenerator<Fields, void> {
    opening ??= ways.open(current, (event) => {
      const wasMeant = typeof event === "object" && event && "code" in event && event.code === 1000;
      if (!wasMeant) leave(current());
    });
    const socket = await opening;
    const payload = { query: document, variables };
    for await (const answer of socket.answers(payload, read))
      yield dataOf(socket.url(), answer, 200);
  }

  return {
    clock,
    replicas: addresses.length,
    renewsToken,
    request,
    subscribe,
    close: async () => {
      const socket = await opening;
      await socket?.client.dispose();
    },
  };
}
