// Brings what a program cares for to what it should be, one key at a time: watches, queues, repeats what failed. Level
// triggered: a key says that something may be to be done, never what happened. Calls no API.
import type { Random } from "../random.ts";
import { Deposed } from "../scheduler/protocol.ts";
import { createWorkQueue } from "../scheduler/work-queue.ts";
import type { Kit } from "./kit.ts";
import type { Lease } from "./lease.ts";

/** What a plan is, by convention: a function of what should be, what is and the time (ms), and of nothing else. */
export type Plan<Desired, Observed, Action> = (
  desired: Desired,
  observed: Observed,
  now: number,
) => readonly Action[];

/** An informer of `longshore/client`, or whatever tells changes as it does. */
export interface Watchable<Entity> {
  on(event: "added" | "removed", handler: (entity: NoInfer<Entity>) => void): () => void;
  on(
    event: "modified",
    handler: (entity: NoInfer<Entity>, before: NoInfer<Entity>) => void,
  ): () => void;
  on(event: "failed", handler: (error: unknown) => void): () => void;
  whenSynced(): Promise<void>;
  list(): readonly Entity[];
}

/** Made by {@link watching}. */
export interface Watch {
  readonly whenSynced: () => Promise<void>;
  /** Calls `add` with the keys of each change, `fail` when it has ended by itself. Returns how to stop. */
  readonly start: (add: (key: string) => void, fail: (error: unknown) => void) => () => void;
  readonly addAll: (add: (key: string) => void) => void;
}

/** Which keys an entity concerns: one, several or none. */
export type KeysOf<Entity> = (entity: Entity) => string | readonly string[] | null | undefined;

/** Watches an informer: a change of an entity adds its keys, those that it had before included. */
export function watching<Entity>(informer: Watchable<Entity>, keysOf: KeysOf<Entity>): Watch {
  const addKeys = (add: (key: string) => void, entity: Entity) => {
    for (const key of [keysOf(entity) ?? []].flat()) add(key);
  };
  return {
    whenSynced: () => informer.whenSynced(),
    start: (add, fail) => {
      const stops = [
        informer.on("added", (entity) => addKeys(add, entity)),
        informer.on("removed", (entity) => addKeys(add, entity)),
        informer.on("modified", (entity, before) => {
          addKeys(add, before);
          addKeys(add, entity);
        }),
        informer.on("failed", fail),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
    addAll: (add) => {
      for (const entity of informer.list()) addKeys(add, entity);
    },
  };
}

export interface ControllerOptions {
  /** Its clock and its randomness; its closing closes the controller, too. */
  readonly kit: Pick<Kit, "clock" | "random" | "onClose">;
  /** Nothing is worked on while it is not held, and everything once it is taken. Every copy works without it. */
  readonly lease?: Lease | undefined;
  /** Nothing is worked on before all of these are synced. */
  readonly watch: readonly Watch[];
  /** Keys that are there without any entity. */
  readonly keys?: readonly string[] | undefined;
  /**
   * Brings one key to what it should be: looks at what is, not at what happened. Resolves with `again` to be called again
   * after so many ms. What it throws is told to `onError` and tried again, after a pause. `signal` aborts when the
   * controller closes. Never called twice at a time for a key.
   */
  readonly reconcile: (
    key: string,
    also: { readonly signal: AbortSignal },
  ) => Promise<{ readonly again?: number | undefined } | undefined | void>;
  /** Keys that are worked on at the same time; 1 unless given. */
  readonly concurrency?: number | undefined;
  /** Pauses after a failure, ms: from `firstMs` (200), twice as long each time, up to `maxMs` (60,000), less up to half by chance. */
  readonly backoff?:
    | { readonly firstMs?: number | undefined; readonly maxMs?: number | undefined }
    | undefined;
  /** Every key is worked on again after so many ms, whatever was heard; 60,000 unless given. */
  readonly resyncMs?: number | undefined;
  /** Hears what `reconcile` threw; without a key, why an informer has ended, which ends the process, too. */
  readonly onError: (error: unknown, key: string | undefined) => void;
}

export interface Controller {
  /** Something may be to be done for this key. */
  add(key: string): void;
  /** Works on nothing new; resolves when what is under way has ended. */
  close(): Promise<void>;
}

/** Pause after so many failures in a row. */
export function pauseMs(failures: number, firstMs: number, maxMs: number, random: Random): number {
  const longest = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return longest * (1 - random.next() / 2);
}

/** Runs until it is closed. */
export function controller(options: ControllerOptions): Controller {
  const { lease, watch, keys = [], reconcile, concurrency = 1, resyncMs = 60_000 } = options;
  const { firstMs = 200, maxMs = 60_000 } = options.backoff ?? {};
  const { clock, random } = options.kit;
  const stop = new AbortController();
  const failures = new Map<string, number>();
  let isSynced = false;

  async function work(key: string): Promise<void> {
    // Everything is added once both are there.
    if (!isSynced || (lease && lease.held() === undefined)) return;
    try {
      const next = await reconcile(key, { signal: stop.signal });
      failures.delete(key);
      if (next?.again !== undefined) queue.addLater(key, next.again);
    } catch (error) {
      if (stop.signal.aborted) return;
      if (error instanceof Deposed) return lease?.lost();
      const failed = (failures.get(key) ?? 0) + 1;
      failures.set(key, failed);
      options.onError(error, key);
      queue.addLater(key, pauseMs(failed, firstMs, maxMs, random));
    }
  }
  const queue = createWorkQueue({ work, concurrency, clock });
  const addAll = () => {
    for (const key of keys) queue.add(key);
    for (const each of watch) each.addAll(queue.add);
  };
  const fail = (error: unknown) => {
    options.onError(error, undefined);
    // A scheduler that sees nothing any more must not look as if it were at work.
    throw error;
  };
  const stops = watch.map((each) => each.start(queue.add, fail));
  if (lease) stops.push(lease.onTaken(addAll));
  void (async () => {
    try {
      await Promise.all(watch.map((each) => each.whenSynced()));
    } catch (error) {
      // An informer that was closed with its controller; one that failed has said so.
      if (!stop.signal.aborted) options.onError(error, undefined);
      return;
    }
    isSynced = true;
    while (!stop.signal.aborted) {
      addAll();
      await clock.sleep(resyncMs, stop.signal);
    }
  })();
  const close = async () => {
    stop.abort();
    for (const end of stops) end();
    await queue.close();
  };
  options.kit.onClose(close);
  return { add: queue.add, close };
}
