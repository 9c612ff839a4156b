// A live local copy of what matches, with indexes: snapshot, follow, resume, and after a cursor that expired a new
// snapshot told as its differences. Reads the API through follow.ts and through nothing else; writes nothing.
import { IndexedCache } from "./cache.ts";
import type { Difference, IndexBy } from "./cache.ts";
import { LongshoreError } from "./errors.ts";
import type { Step } from "./follow.ts";

/** What an informer tells. Each is told after the cache has it. */
export interface InformerEvents<Entity> {
  /** New, or it matches from now on. All that is there at first, too. */
  added: [entity: Entity];
  /** Something of it is different. */
  modified: [entity: Entity, before: Entity];
  /** Gone, or it does not match any more: as it was last. */
  removed: [entity: Entity];
  /** The cache is whole: after the first snapshot, and after each that an expired cursor made necessary. */
  synced: [];
  /** Whether the API is followed; while it is `lost`, the cache is as old as that, and it is tried again. */
  connection: [connection: Connection];
  /** It has ended by itself: by an error that another try would not mend, or by one that a handler threw. */
  failed: [error: unknown];
}
export type InformerEvent = keyof InformerEvents<unknown>;

export type Connection =
  | { readonly state: "connecting" | "live" }
  | { readonly state: "lost"; readonly error: LongshoreError };

/** Called with an event. While the promise that it returns is pending, nothing more is told and the cache stays. */
export type Handler<Arguments extends readonly unknown[]> = (
  ...given: Arguments
) => void | Promise<void>;

/** How an informer follows; `signal` ends it. */
export interface Watching {
  readonly signal: AbortSignal;
  readonly onDown: (error: LongshoreError) => void;
  readonly onUp: () => void;
}

export interface InformerSetup<Entity, Name extends string> {
  readonly follow: (watching: Watching) => AsyncIterable<Step<Entity>>;
  readonly key: (entity: Entity) => string;
  readonly indexes: Readonly<Record<Name, IndexBy<Entity>>>;
}

type Handlers<Entity> = {
  readonly [Name in InformerEvent]: Set<Handler<InformerEvents<Entity>[Name]>>;
};

/**
 * Begins by itself once the code that made it has run: handlers that are added at once hear everything. At the time of
 * an event the cache holds exactly what the events so far told, but for a new snapshot, which it holds from its first
 * difference on.
 */
export class Informer<Entity, Name extends string = never> {
  readonly #setup: InformerSetup<Entity, Name>;
  readonly #cache: IndexedCache<Entity, Name>;
  readonly #stop = new AbortController();
  readonly #handlers: Handlers<Entity> = {
    added: new Set(),
    modified: new Set(),
    removed: new Set(),
    synced: new Set(),
    connection: new Set(),
    failed: new Set(),
  };
  readonly #running: Promise<void>;
  /** A snapshot that is not whole yet. */
  #snapshot: Map<string, Entity> | undefined = new Map();
  #isSynced = false;
  #connection: Connection = { state: "connecting" };
  #cursor: string | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(setup: InformerSetup<Entity, Name>) {
    this.#setup = setup;
    this.#cache = new IndexedCache(setup.indexes);
    this.#running = Promise.resolve().then(() => this.#run());
  }

  /** Calls the handler with each event of this name from now on. Returns how to stop. */
  on<Event extends InformerEvent>(
    event: Event,
    handler: Handler<InformerEvents<Entity>[Event]>,
  ): () => void {
    const handlers: Set<Handler<InformerEvents<Entity>[Event]>> = this.#handlers[event];
    handlers.add(handler);
    return () => void handlers.delete(handler);
  }

  /** Everything that matches, in the order in which it came. */
  list(): readonly Entity[] {
    return this.#cache.list();
  }

  /** One by its key: its ARN, the id of an endpoint, `<cluster ARN>/<name>` of a daemon. */
  get(key: string): Entity | undefined {
    return this.#cache.get(key);
  }

  /** Those that the index has under this word. */
  byIndex(name: Name, word: string): readonly Entity[] {
    return this.#cache.byIndex(name, word);
  }

  /** What {@link get} takes for this entity. */
  keyOf(entity: Entity): string {
    return this.#setup.key(entity);
  }

  get size(): number {
    return this.#cache.size;
  }

  /** Whether the first snapshot is whole: before that, what is missing here may exist. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** The point that the cache stands at; undefined before it is whole. A subscription takes it as `after`. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  /** Resolves once the first snapshot is whole and told; rejects if the informer ends before. */
  whenSynced(): Promise<void> {
    if (this.#isSynced) return Promise.resolve();
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure.error);
      if (this.#stop.signal.aborted) return reject(closedEarly());
      const onAbort = () => settle(() => reject(closedEarly()));
      const stops = [
        this.on("synced", () => settle(resolve)),
        this.on("failed", (error) => settle(() => reject(error))),
      ];
      this.#stop.signal.addEventListener("abort", onAbort);
      // What fails later is not heard by this: it would be lost.
      const settle = (end: () => void) => {
        for (const stop of stops) stop();
        this.#stop.signal.removeEventListener("abort", onAbort);
        end();
      };
    });
  }

  /** Ends it; nothing is told any more once this has resolved. The cache stays as it is. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const watching: Watching = {
      signal: this.#stop.signal,
      onDown: (error) => this.#connect({ state: "lost", error }),
      onUp: () => this.#connect({ state: "live" }),
    };
    try {
      for await (const step of this.#setup.follow(watching)) await this.#take(step);
    } catch (error) {
      await this.#fail(error);
    }
  }

  #connect(connection: Connection): void {
    if (this.#stop.signal.aborted) return;
    this.#connection = connection;
    void this.#tell("connection", connection).catch((error: unknown) => this.#fail(error));
  }

  async #take(step: Step<Entity>): Promise<void> {
    if (step.kind === "reset") {
      this.#snapshot = new Map();
      return;
    }
    if (step.kind === "change") await this.#change(step);
    else if (this.#snapshot) await this.#sync(this.#snapshot, step.cursor);
    if (!this.#snapshot) this.#cursor = step.cursor;
  }

  async #change({ type, entity }: Extract<Step<Entity>, { kind: "change" }>): Promise<void> {
    const key = this.#setup.key(entity);
    if (this.#snapshot) {
      if (type === "REMOVED") this.#snapshot.delete(key);
      else this.#snapshot.set(key, entity);
      return;
    }
    const before = type === "REMOVED" ? this.#cache.delete(key) : this.#cache.set(key, entity);
    if (type !== "REMOVED") await this.#tellDifference(withBefore({ key, entity }, before));
    else if (before !== undefined) await this.#tellDifference({ key, before });
  }

  async #sync(snapshot: ReadonlyMap<string, Entity>, cursor: string): Promise<void> {
    const differences = this.#cache.replace(snapshot);
    this.#snapshot = undefined;
    this.#cursor = cursor;
    for (const difference of differences) await this.#tellDifference(difference);
    if (this.#stop.signal.aborted) return;
    this.#isSynced = true;
    await this.#tell("synced");
  }

  async #tellDifference({ entity, before }: Difference<Entity>): Promise<void> {
    if (entity === undefined) {
      if (before !== undefined) await this.#tell("removed", before);
    } else if (before === undefined) await this.#tell("added", entity);
    else await this.#tell("modified", entity, before);
  }

  async #tell<Event extends InformerEvent>(
    event: Event,
    ...given: InformerEvents<Entity>[Event]
  ): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const handlers: Set<Handler<InformerEvents<Entity>[Event]>> = this.#handlers[event];
    for (const handler of handlers) {
      const pending = handler(...given);
      if (pending) await pending;
    }
  }

  /** An error that nobody listens for is a bug that must not be overheard. */
  async #fail(error: unknown): Promise<void> {
    if (this.#failure || this.#stop.signal.aborted) return;
    this.#failure = { error };
    const isHeard = this.#handlers.failed.size > 0;
    await this.#tell("failed", error);
    this.#stop.abort();
    if (!isHeard) throw error;
  }
}

const closedEarly = () =>
  new LongshoreError("lost", "CLOSED", "the informer was closed before it was synced");

const withBefore = <Entity>(
  difference: Difference<Entity>,
  before: Entity | undefined,
): Difference<Entity> => (before === undefined ? difference : { ...difference, before });
