// The page's signals: takes messages in, applies them in a frame, keeps time. The only place that holds state.
import { signal } from "@preact/signals";
import type { ReadonlySignal, Signal } from "@preact/signals";
import type { Clock } from "../clock.ts";
import { follow } from "./follow.ts";
import type { Connection } from "./follow.ts";
import type { Message } from "./model.ts";
import { freshnessQuery } from "./documents.ts";
import { readFreshness } from "./read.ts";
import { emptyState, expire, reduce, refresh } from "./state.ts";
import type { State } from "./state.ts";

/** What a fetch of a query came to. */
export type Answer =
  | { readonly type: "data"; readonly data: unknown }
  | { readonly type: "unauthenticated" }
  | { readonly type: "problem"; readonly problem: string };

/** Runs a query over HTTP with the token in use. */
export type Ask = (query: string, variables?: Readonly<Record<string, unknown>>) => Promise<Answer>;

export interface LiveOptions {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly ask: Ask;
  /** Calls back before the next paint; returns how to cancel. */
  readonly beforePaint: (callback: () => void) => () => void;
}

export interface Live {
  readonly state: ReadonlySignal<State>;
  readonly connection: ReadonlySignal<Connection>;
  /** True holds the picture still; changes are kept and shown afterwards. */
  readonly paused: Signal<boolean>;
  /** Ticks once a second, for ages. */
  readonly nowMs: ReadonlySignal<number>;
  readonly ask: Ask;
  stop(): void;
}

/** A hidden page gets no frames, and what comes in must not pile up. */
const hiddenFlushMs = 1000;
/** Nobody reads faster than this; in between, the browser is free to scroll and type. */
const betweenPicturesMs = 120;
const tickMs = 1000;
const freshnessEveryMs = 5000;

export function startLive(options: LiveOptions): Live {
  const { clock, ask } = options;
  const state = signal<State>(emptyState);
  const connection = signal<Connection>({ state: "connecting" });
  const paused = signal(false);
  const nowMs = signal(clock.now());
  const stopping = new AbortController();
  let current = emptyState;
  let waiting: Message[] = [];
  let cancelFlush: (() => void) | undefined;
  let shownAtMs = clock.monotonic() - betweenPicturesMs;

  const show = () => {
    if (!paused.value) state.value = current;
  };
  const flush = () => {
    cancelFlush?.();
    cancelFlush = undefined;
    const batch = waiting;
    waiting = [];
    current = reduce(current, batch);
    shownAtMs = clock.monotonic();
    show();
  };
  const scheduleFlush = () => {
    if (cancelFlush) return;
    let cancelPaint: (() => void) | undefined;
    const cancelWait = clock.after(
      Math.max(0, shownAtMs + betweenPicturesMs - clock.monotonic()),
      () => (cancelPaint = options.beforePaint(flush)),
    );
    const cancelTimer = clock.after(hiddenFlushMs, flush);
    cancelFlush = () => {
      cancelWait();
      cancelPaint?.();
      cancelTimer();
    };
  };

  const unfollow = follow({
    ...options,
    onMessage: (message) => {
      waiting.push(message);
      scheduleFlush();
    },
    onConnection: (news) => {
      // A token that was refused stays refused: what the other subscriptions say afterwards adds nothing.
      if (connection.value.state !== "unauthenticated") connection.value = news;
    },
  });

  async function tick(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(tickMs, stopping.signal);
      nowMs.value = clock.now();
      current = expire(current, clock.now());
      show();
    }
  }

  async function keepFresh(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(freshnessEveryMs, stopping.signal);
      const answer = await ask(freshnessQuery);
      if (answer.type === "unauthenticated") connection.value = { state: "unauthenticated" };
      if (answer.type !== "data") continue;
      current = refresh(current, readFreshness(answer.data));
      show();
    }
  }

  void tick();
  void keepFresh();
  return {
    state,
    connection,
    paused,
    nowMs,
    ask,
    stop: () => {
      stopping.abort();
      cancelFlush?.();
      unfollow();
    },
  };
}
