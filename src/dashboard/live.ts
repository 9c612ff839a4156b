// The page's live data: takes messages in, applies them in a frame, keeps time, and tells who looks at what was touched.
// The only place that holds a fleet.
import { computed, signal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import type { Clock } from "../clock.ts";
import { freshnessQuery, viewerQuery } from "./documents.ts";
import { doubtOf } from "./doubt.ts";
import type { Asking, Doubt } from "./doubt.ts";
import type { FeedLine } from "./feed.ts";
import { Fleet } from "./fleet.ts";
import { follow } from "./follow.ts";
import type { Connection } from "./follow.ts";
import { alwaysFollowed } from "./model.ts";
import type { Kind, Message } from "./model.ts";
import { at, readFreshness, readIngest } from "./read.ts";
import type { IngestFacts } from "./read.ts";

/** What a fetch of a query came to. */
export type Answer =
  | { readonly type: "data"; readonly data: unknown }
  | { readonly type: "unauthenticated" }
  | { readonly type: "problem"; readonly problem: string; readonly code?: string };

/** Runs a query or a mutation over HTTP with the token in use. Never rejects. */
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

/** Told before a paint: what the batches since the last one touched, instances by ARN. */
export type Watcher = (kinds: ReadonlySet<Kind>, instances: ReadonlySet<string>) => void;

export interface Live {
  /** The fleet as it is. It is written in place: read a revision beside it to be drawn again. */
  readonly fleet: Fleet;
  /** Count up with each batch that touched a kind. */
  readonly revisions: Readonly<Record<Kind, ReadonlySignal<number>>>;
  readonly feed: ReadonlySignal<readonly FeedLine[]>;
  readonly connection: ReadonlySignal<Connection>;
  /** Ticks once a second, for ages. */
  readonly nowMs: ReadonlySignal<number>;
  /** When this page began to look, ms since the epoch. */
  readonly sinceMs: number;
  /** Whether the token lets mutations through; undefined until that is known. Without it no control is shown. */
  readonly mayChange: ReadonlySignal<boolean | undefined>;
  readonly ingest: ReadonlySignal<IngestFacts | undefined>;
  /** Why the picture may not be of now, although the connection stands. */
  readonly doubt: ReadonlySignal<Doubt | undefined>;
  readonly ask: Ask;
  watch(watcher: Watcher): () => void;
  /** Follows a kind that is not followed always, for as long as somebody wants it. */
  also(kind: Kind): () => void;
  stop(): void;
}

/** A hidden page gets no frames, and what comes in must not pile up. */
const hiddenFlushMs = 1000;
/** Nobody reads faster than this; in between, the browser is free to scroll and type. */
const betweenPicturesMs = 120;
/** While a fleet is loaded most pictures would only hold that up: it shall be seen to go on. */
const whileLoadingMs = 500;
const tickMs = 1000;
const freshnessEveryMs = 5000;

const counters = () => ({
  cluster: signal(0),
  instance: signal(0),
  task: signal(0),
  daemon: signal(0),
  endpoint: signal(0),
});

/** Collects messages and hands them over in batches, before a paint and not too often. */
function batches(
  { clock, beforePaint }: Pick<LiveOptions, "clock" | "beforePaint">,
  pauseMs: () => number,
  take: (messages: readonly Message[]) => void,
) {
  let waiting: Message[] = [];
  let cancelFlush: (() => void) | undefined;
  let shownAtMs = clock.monotonic() - betweenPicturesMs;
  const flush = () => {
    cancelFlush?.();
    cancelFlush = undefined;
    const batch = waiting;
    waiting = [];
    shownAtMs = clock.monotonic();
    take(batch);
  };
  const schedule = () => {
    if (cancelFlush) return;
    let cancelPaint: (() => void) | undefined;
    const cancelWait = clock.after(
      Math.max(0, shownAtMs + pauseMs() - clock.monotonic()),
      () => (cancelPaint = beforePaint(flush)),
    );
    const cancelTimer = clock.after(hiddenFlushMs, flush);
    cancelFlush = () => {
      cancelWait();
      cancelPaint?.();
      cancelTimer();
    };
  };
  return {
    add: (message: Message) => {
      waiting.push(message);
      schedule();
    },
    stop: () => cancelFlush?.(),
  };
}

export function startLive(options: LiveOptions): Live {
  const { clock, ask } = options;
  const fleet = new Fleet();
  const revisions = counters();
  const feed = signal<readonly FeedLine[]>([]);
  const connection = signal<Connection>({ state: "connecting" });
  const nowMs = signal(clock.now());
  const mayChange = signal<boolean | undefined>(undefined);
  const ingest = signal<IngestFacts | undefined>(undefined);
  const asking = signal<Asking>({});
  const doubt = computed(() => doubtOf(asking.value, nowMs.value));
  const stopping = new AbortController();
  const watchers = new Set<Watcher>();
  const also = new Map<Kind, { users: number; stop: () => void }>();

  const isLoaded = () => alwaysFollowed.every((kind) => fleet.synced.has(kind));
  const pauseMs = () => (isLoaded() ? betweenPicturesMs : whileLoadingMs);
  const incoming = batches(options, pauseMs, (messages) => {
    const { kinds, instances } = fleet.apply(messages);
    for (const kind of kinds) revisions[kind].value++;
    feed.value = fleet.feed;
    for (const watcher of watchers) watcher(kinds, instances);
  });
  const following = follow({
    ...options,
    onMessage: incoming.add,
    onConnection: (news) => {
      // A token that was refused stays refused: what the other subscriptions say afterwards adds nothing.
      if (connection.value.state !== "unauthenticated") connection.value = news;
    },
  });

  async function tick(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(tickMs, stopping.signal);
      nowMs.value = clock.now();
    }
  }

  async function keepFresh(): Promise<void> {
    while (!stopping.signal.aborted) {
      asking.value = { ...asking.value, askedAtMs: clock.now() };
      if (mayChange.value === undefined) {
        const viewer = await ask(viewerQuery);
        if (viewer.type === "data")
          mayChange.value = at(viewer.data, "viewer", "mayChange") === true;
      }
      const answer = await ask(freshnessQuery);
      if (stopping.signal.aborted) return;
      const { askedAtMs: _, ...told } = asking.value;
      asking.value = answer.type === "problem" ? { ...told, failure: answer } : told;
      if (answer.type === "unauthenticated") connection.value = { state: "unauthenticated" };
      if (answer.type === "data") {
        asking.value = { answeredAtMs: clock.now() };
        fleet.refresh(readFreshness(answer.data));
        ingest.value = readIngest(answer.data);
        revisions.cluster.value++;
      }
      await clock.sleep(freshnessEveryMs, stopping.signal);
    }
  }

  void tick();
  void keepFresh();
  return {
    fleet,
    revisions,
    feed,
    connection,
    nowMs,
    sinceMs: clock.now(),
    mayChange,
    ingest,
    doubt,
    ask,
    watch: (watcher) => {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    also: (kind) => {
      const entry = also.get(kind) ?? { users: 0, stop: following.also(kind) };
      also.set(kind, entry);
      entry.users++;
      return () => {
        if (--entry.users > 0) return;
        also.delete(kind);
        entry.stop();
        fleet.forget(kind);
        revisions[kind].value++;
      };
    },
    stop: () => {
      stopping.abort();
      incoming.stop();
      following.stop();
    },
  };
}
