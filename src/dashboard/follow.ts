// Loads each kind by pages, then follows its subscription over one socket, from the last cursor after every interruption.
// Pages, and not the subscription's own snapshot: a browser takes a page of a thousand in the time of some ten messages.
// Turns payloads into messages; decides nothing about what they mean.
import { createClient } from "graphql-ws";
import type { Client } from "graphql-ws";
import type { Clock } from "../clock.ts";
import { documents } from "./documents.ts";
import { alwaysFollowed } from "./model.ts";
import type { Ask } from "./live.ts";
import type { Kind, Message } from "./model.ts";
import { readChange, readPage } from "./read.ts";

export type Connection =
  | { readonly state: "connecting" }
  | { readonly state: "live"; readonly after?: Recovery }
  | { readonly state: "lost"; readonly problem: string; readonly sinceMs: number }
  /** The API wants a token, or another one. */
  | { readonly state: "unauthenticated" };

/** How the page got over the last interruption. */
export interface Recovery {
  /** From the first sign of trouble to being live again, ms. */
  readonly lostMs: number;
  /** True when some changes in between were not told one by one: their cursor had expired. */
  readonly snapshot: boolean;
}

export interface FollowOptions {
  /** The socket's address. */
  readonly url: string;
  readonly authorization: string | undefined;
  readonly clock: Clock;
  /** For the pages. */
  readonly ask: Ask;
  /** A number in [0, 1), to spread reconnections. */
  readonly random: () => number;
  readonly onMessage: (message: Message) => void;
  readonly onConnection: (connection: Connection) => void;
}

/** How one subscription ended: why, and what to do about it. */
export type Ending =
  | { readonly next: "resume"; readonly problem: string }
  | { readonly next: "snapshot"; readonly problem: string }
  | { readonly next: "sign-in" };

type Loaded = Ending | { readonly next: "follow"; readonly cursor: string };

const keepAliveMs = 10_000;
const pongWithinMs = 5000;
const ackWithinMs = 10_000;
const settleMs = 500;
const backoffMaxMs = 15_000;
const backoffMinMs = 300;

const codeOf = (error: unknown): unknown => {
  if (typeof error !== "object" || error === null || !("extensions" in error)) return undefined;
  const { extensions } = error;
  return typeof extensions === "object" && extensions !== null && "code" in extensions
    ? extensions.code
    : undefined;
};

const messageOf = (error: unknown): string =>
  typeof error === "object" &&
  error !== null &&
  "message" in error &&
  typeof error.message === "string"
    ? error.message
    : "the connection failed";

/** What to do after GraphQL errors. */
export function endingOfErrors(errors: readonly unknown[]): Ending {
  const codes = errors.map(codeOf);
  if (codes.includes("UNAUTHENTICATED") || codes.includes("FORBIDDEN")) return { next: "sign-in" };
  const problem = messageOf(errors[0]);
  // A cursor that the server cannot read (it was replaced by another release) is as useless as one too old.
  const useless = codes.includes("CURSOR_EXPIRED") || codes.includes("BAD_USER_INPUT");
  return { next: useless ? "snapshot" : "resume", problem };
}

/** What to do after a subscription failed: with GraphQL errors, a closed socket, or anything else. */
export function endingOf(reason: unknown): Ending {
  if (Array.isArray(reason)) return endingOfErrors(reason);
  if (typeof reason === "object" && reason !== null && "code" in reason) {
    if (reason.code === 4401 || reason.code === 4403) return { next: "sign-in" };
    if (reason.code === 4008) return { next: "resume", problem: "this page read too slowly" };
  }
  return { next: "resume", problem: "the server cannot be reached" };
}

/** A client that notices a dead connection within seconds, and leaves reconnecting to {@link follow}. */
function openClient(
  { url, authorization, clock }: FollowOptions,
  onOpen: (isOpen: boolean) => void,
): Client {
  let socket: WebSocket | undefined;
  let cancelPong: (() => void) | undefined;
  return createClient({
    url,
    ...(authorization === undefined ? {} : { connectionParams: { authorization } }),
    retryAttempts: 0,
    lazyCloseTimeout: 1000,
    keepAlive: keepAliveMs,
    connectionAckWaitTimeout: ackWithinMs,
    // Its own default logs every closed socket; the page shows that already.
    onNonLazyError: () => undefined,
    on: {
      connected: (opened) => {
        socket = opened instanceof WebSocket ? opened : undefined;
        onOpen(true);
      },
      ping: (received) => {
        if (received) return;
        cancelPong = clock.after(pongWithinMs, () => socket?.close(4499, "No answer to a ping"));
      },
      pong: (received) => {
        if (received) cancelPong?.();
      },
      closed: () => {
        cancelPong?.();
        onOpen(false);
      },
    },
  });
}

/** Wait before the n-th try in a row: doubling, with half of it left to chance. */
export function backoffMs(failures: number, random: number): number {
  const whole = Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(failures, 10));
  return whole / 2 + (whole / 2) * random;
}

/** What is followed, and how to change that. */
export interface Following {
  /** Loads and follows one more kind, until the returned function is called. */
  also(kind: Kind): () => void;
  stop(): void;
}

/** Follows everything that is followed always, until it is stopped. */
export function follow(options: FollowOptions): Following {
  const { ask, clock, onConnection, onMessage, random } = options;
  let isOpen = false;
  const client = openClient(options, (opened) => {
    isOpen = opened;
  });
  const stopping = new AbortController();
  const wanted = new Set<Kind>(alwaysFollowed);
  const live = new Set<Kind>();
  let lostAtMs: number | undefined;
  let tookSnapshot = false;

  function markLost(problem: string): void {
    lostAtMs ??= clock.now();
    onConnection({ state: "lost", problem, sinceMs: lostAtMs });
  }

  function markLive(kind: Kind): void {
    live.add(kind);
    if ([...wanted].some((each) => !live.has(each))) return;
    if (lostAtMs === undefined) return onConnection({ state: "live" });
    const after = { lostMs: clock.now() - lostAtMs, snapshot: tookSnapshot };
    lostAtMs = undefined;
    tookSnapshot = false;
    onConnection({ state: "live", after });
  }

  /**
   * Everything of a kind, and the cursor to go on behind: the first page's, so that what changes while the others are
   * read is told once more.
   */
  async function load(kind: Kind, signal: AbortSignal): Promise<Loaded> {
    onMessage({ kind, type: "RESTARTED", atMs: clock.now() });
    let cursor: string | undefined;
    let next: string | undefined;
    do {
      const answer = await ask(documents[kind].pages, next === undefined ? {} : { after: next });
      if (signal.aborted) return { next: "resume", problem: "it is not followed any more" };
      if (answer.type === "unauthenticated") return { next: "sign-in" };
      if (answer.type === "problem") return { next: "resume", problem: answer.problem };
      const page = readPage(kind, answer.data, clock.now());
      if (!page) return { next: "resume", problem: "the server's answer could not be read" };
      for (const message of page.messages) onMessage(message);
      cursor ??= page.cursor;
      next = page.next;
    } while (next !== undefined);
    onMessage({ kind, type: "SYNCED", atMs: clock.now() });
    return { next: "follow", cursor };
  }

  function run(
    kind: Kind,
    after: string,
    signal: AbortSignal,
    onProgress: (cursor: string) => void,
  ): Promise<Ending> {
    const { query } = documents[kind];
    return new Promise((resolve) => {
      const unsubscribe = client.subscribe(
        { query, variables: { after } },
        {
          next: ({ data, errors }) => {
            if (errors && errors.length > 0) {
              unsubscribe();
              resolve(endingOfErrors(errors));
              return;
            }
            const read = readChange(kind, data, clock.now());
            if (!read) return;
            onMessage(read.message);
            onProgress(read.cursor);
          },
          error: (reason) => resolve(endingOf(reason)),
          complete: () => resolve({ next: "resume", problem: "the server ended the subscription" }),
        },
      );
      signal.addEventListener("abort", unsubscribe, { once: true });
    });
  }

  /** Resuming where nothing happens brings no message: that the connection stands is the sign. Rejects when aborted. */
  async function whenOpen(signal: AbortSignal): Promise<void> {
    do await clock.sleep(settleMs, signal);
    while (!isOpen && !signal.aborted);
    signal.throwIfAborted();
  }

  async function keepFollowing(kind: Kind, signal: AbortSignal): Promise<void> {
    let after: string | undefined;
    let failures = 0;
    const succeed = () => {
      failures = 0;
      if (!live.has(kind)) markLive(kind);
    };
    async function attempt(
      from: string | undefined,
      onCursor: (cursor: string) => void,
    ): Promise<Ending> {
      const loaded = from === undefined ? await load(kind, signal) : { cursor: from };
      if (!("cursor" in loaded)) return loaded;
      onCursor(loaded.cursor);
      const ended = new AbortController();
      void whenOpen(ended.signal).then(succeed, () => undefined);
      const ending = await run(kind, loaded.cursor, signal, (cursor) => {
        onCursor(cursor);
        succeed();
      });
      ended.abort();
      return ending;
    }
    while (!signal.aborted) {
      const ending = await attempt(after, (cursor) => (after = cursor));
      if (signal.aborted) return;
      live.delete(kind);
      if (ending.next === "sign-in") return onConnection({ state: "unauthenticated" });
      if (ending.next === "snapshot") {
        tookSnapshot ||= after !== undefined;
        after = undefined;
      }
      markLost(ending.problem);
      await clock.sleep(backoffMs(failures++, random()), signal);
    }
  }

  onConnection({ state: "connecting" });
  for (const kind of alwaysFollowed) void keepFollowing(kind, stopping.signal);
  return {
    also: (kind) => {
      const own = new AbortController();
      void keepFollowing(kind, AbortSignal.any([own.signal, stopping.signal]));
      return () => {
        own.abort();
        live.delete(kind);
      };
    },
    stop: () => {
      stopping.abort();
      void client.dispose();
    },
  };
}
