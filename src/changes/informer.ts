// Keeps a view of every cluster current: snapshot, then follow the log. Announcements only wake it; the log is
// the truth. The API and the scheduler read clusters through this and through nothing else.
import { turnOf } from "../clock.ts";
import type { Clock } from "../clock.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { Log } from "../log.ts";
import type { LogPage, StateStore, StoreSnapshot, Watch } from "../store/store.ts";
import { whyUnusable } from "../store/trouble.ts";
import { decodeChange, resolution, resolvePages } from "./change.ts";
import type { Change, RecordChange, ResolvedLog } from "./change.ts";
import { ClusterView } from "./cluster-view.ts";
import type { Position } from "./cursor.ts";
import { inTurns } from "./steps.ts";
import type { Steps } from "./steps.ts";

export interface InformerOptions {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * What a listener hears. `changes`: in order, none missing. `replaced`: the view was loaded anew, because the
 * log did not reach back to where it was; whoever needs each change must start over.
 */
export type Notice =
  | { readonly type: "changes"; readonly cluster: ClusterArn; readonly changes: readonly Change[] }
  | { readonly type: "replaced"; readonly cluster: ClusterArn }
  | { readonly type: "removed"; readonly cluster: ClusterArn; readonly view: ClusterView };

export interface Informer {
  readonly views: ReadonlyMap<ClusterArn, ClusterView>;
  /** Grows with all that can be read of the views, freshness and {@link problem} included: while it stays, answers stay. */
  readonly revision: number;
  /** Resolves when every cluster that the store had at the start is loaded. */
  readonly loaded: Promise<void>;
  /** Whether {@link loaded} has resolved: before that, a cluster that is missing here may exist. */
  readonly isLoaded: boolean;
  /** Why the views may be behind; undefined when they follow. */
  problem(): string | undefined;
  /** From now on, changes tell what they did to endpoints: see {@link Change.endpoints}. Idempotent. */
  followEndpoints(): void;
  /** Calls back synchronously as views move. The returned function ends it. */
  listen(listener: (notice: Notice) => void): () => void;
  /** Looks at the store now: resolves once the views are where its logs were at the time of asking, or later. */
  refresh(): Promise<void>;
  /**
   * Hands over the changes after a position at a moment at which the view is where they end, and resolves with what is
   * made of them; "expired" when the log does not reach back.
   */
  changesSince<Made>(
    cluster: ClusterArn,
    position: Position,
    make: (changes: readonly Change[]) => Made,
  ): Promise<Made | "expired">;
  close(): Promise<void>;
}

/** Entries read at once. */
const pageSize = 1000;
/** Pages that a view catches up by; further behind, a new snapshot is cheaper. */
const catchUpPagesMax = 50;
/** Changes that are taken in and told in one step: some milliseconds of work. */
const stepSize = 256;
/** How often a view looks at the log although nothing woke it: an announcement may be lost. */
const pollMs = 2000;
const retryMs = 250;

/** Opens the informer. It loads in the background, for as long as Redis takes to be there. */
export function openInformer(options: InformerOptions): Informer {
  return new LogInformer(options);
}

class LogInformer implements Informer {
  readonly views = new Map<ClusterArn, ClusterView>();
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners = new Set<(notice: Notice) => void>();
  readonly #running = new Map<ClusterArn | "all", Promise<void>>();
  readonly #again = new Set<ClusterArn | "all">();
  readonly #stop = new AbortController();
  #watch: Watch | undefined;
  #followsEndpoints = false;
  #problem: string | undefined = "the first snapshot is not loaded yet";
  /** Why it failed since it last worked: each reason is logged once. */
  readonly #said = new Set<string>();

  revision = 0;
  isLoaded = false;
  readonly loaded: Promise<void>;

  constructor({ store, clock, log }: InformerOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.loaded = this.#start();
  }

  async #start(): Promise<void> {
    // Listening comes first: what changes while the snapshot is read must wake us.
    const watch = await this.#store.watch(
      (cluster) => void this.#wake(cluster ?? "all"),
      this.#stop.signal,
    );
    this.#watch = watch;
    await this.#wake("all");
    this.isLoaded = !this.#stop.signal.aborted;
    void this.#poll();
  }

  problem(): string | undefined {
    return this.#problem;
  }

  followEndpoints(): void {
    this.#followsEndpoints = true;
    for (const view of this.views.values()) view.followEndpoints();
  }

  listen(listener: (notice: Notice) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  refresh(): Promise<void> {
    return this.#wake("all");
  }

  async changesSince<Made>(
    cluster: ClusterArn,
    { epoch, seq }: Position,
    make: (changes: readonly Change[]) => Made,
  ): Promise<Made | "expired"> {
    const view = this.views.get(cluster);
    const isBeginning = epoch === "" && seq === 0;
    if (!view || (view.epoch !== epoch && !isBeginning)) return "expired";
    // Of a replica that is ahead of us, or undone by a crash: refresh() tells.
    if (seq > view.seq) return "expired";
    if (seq >= view.recentFrom) return make(this.#seenWhole(view, recentSince(view, seq)));
    for (;;) {
      const pages = await this.#readPages(cluster, seq, Infinity);
      const read = resolvePages(pages, view.epoch, seq);
      if (read === "gap" || this.views.get(cluster) !== view) return "expired";
      // Behind a restart of Redis the view has forgotten what was recent: it is where the log is read to again.
      if (read.seq < view.recentFrom) continue;
      const changes = read.changes.filter((change) => change.seq <= view.seq);
      const decoded = changes.map((change) => decodeChange(change, cluster));
      return make(this.#seenWhole(view, [...decoded, ...recentSince(view, read.seq)]));
    }
  }

  #seenWhole(view: ClusterView, changes: readonly Change[]): readonly Change[] {
    return this.#followsEndpoints ? view.withEndpoints(changes) : changes;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.loaded;
    await this.#watch?.close();
    await Promise.all(this.#running.values());
  }

  async #poll(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#clock.sleep(pollMs, this.#stop.signal);
      if (!this.#stop.signal.aborted) await this.#wake("all");
    }
  }

  /** Runs one refresh at a time per cluster; a wake-up during one makes it run once more. */
  #wake(target: ClusterArn | "all"): Promise<void> {
    const running = this.#running.get(target);
    if (running) {
      this.#again.add(target);
      return running;
    }
    const run = this.#refreshUntilQuiet(target).finally(() => this.#running.delete(target));
    this.#running.set(target, run);
    return run;
  }

  async #refreshUntilQuiet(target: ClusterArn | "all"): Promise<void> {
    do {
      this.#again.delete(target);
      try {
        if (target === "all") await this.#refreshAll();
        else await this.#refresh(target);
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        const reason = whyUnusable(error);
        if (!this.#said.has(reason))
          this.#log.error({ reason }, "cannot follow the change log; trying again");
        this.#said.add(reason);
        if (this.#problem !== reason) this.revision++;
        this.#problem = reason;
        await this.#clock.sleep(retryMs, this.#stop.signal);
        this.#again.add(target);
      }
    } while (this.#again.has(target) && !this.#stop.signal.aborted);
  }

  async #refreshAll(): Promise<void> {
    const present = new Set(await this.#store.clusters());
    for (const [cluster, view] of this.views) {
      if (present.has(cluster)) continue;
      this.views.delete(cluster);
      this.revision++;
      this.#tell({ type: "removed", cluster, view });
    }
    const refreshes = [...present].map(async (cluster) => {
      await this.#wake(cluster);
      const freshness = await this.#store.freshness(cluster);
      const view = this.views.get(cluster);
      if (!view || JSON.stringify(view.freshness) === JSON.stringify(freshness)) return;
      view.freshness = freshness;
      this.revision++;
    });
    await Promise.all(refreshes);
    if (this.#problem !== undefined) {
      this.revision++;
      if (this.views.size > 0)
        this.#log.info({ clusters: this.views.size }, "following the change log");
    }
    this.#problem = undefined;
    this.#said.clear();
  }

  async #refresh(cluster: ClusterArn): Promise<void> {
    const view = this.views.get(cluster);
    if (!view) return this.#load(cluster);
    const pages = await this.#readPages(cluster, view.seq, catchUpPagesMax);
    // A cluster is announced before its log begins.
    if (view.epoch === "") {
      view.epoch = pages[0]?.epoch ?? "";
      this.revision++;
    }
    const following = this.#follow(view, pages);
    let step = following.next();
    // Nothing is awaited where there is little to follow.
    while (!step.done) {
      await turnOf(this.#clock);
      if (this.#stop.signal.aborted || this.views.get(cluster) !== view) return;
      step = following.next();
    }
    if (step.value === "gap") await this.#load(cluster);
  }

  /** Takes in what the log says. After each step the view is at a position of the log, and it is told how it came there. */
  *#follow(view: ClusterView, pages: readonly LogPage[]): Steps<"gap" | "followed"> {
    const read = yield* resolution(pages, view.epoch, view.seq);
    if (read === "gap") return read;
    const { changes, seq, restarts } = read;
    let done = 0;
    while (changes.length - done > stepSize) {
      const some = changes.slice(done, done + stepSize);
      this.#advance(view, some, some.at(-1)?.seq ?? view.seq, restarts);
      done += stepSize;
      yield;
    }
    this.#advance(view, changes.slice(done), seq, restarts);
    return "followed";
  }

  #advance(
    view: ClusterView,
    records: readonly RecordChange[],
    seq: number,
    restarts: readonly number[],
  ): void {
    if (seq !== view.seq) this.revision++;
    const from = view.seq;
    const changes = view.advance(records, seq);
    // Another replica may have shown changes that the restart undid: only the log knows which positions are real.
    const restart = restarts.findLast((at) => at > from && at <= seq);
    if (restart !== undefined) {
      view.forgetRecentBefore(restart);
      view.restartSeq = restart;
    }
    if (changes.length > 0) this.#tell({ type: "changes", cluster: view.arn, changes });
  }

  async #load(cluster: ClusterArn): Promise<void> {
    for (;;) {
      const snapshot = await this.#store.snapshot(cluster);
      // Records were read one after the other: what changed meanwhile stands in the log.
      const pages = await this.#readPages(cluster, snapshot.seq, Infinity);
      const epoch = snapshot.epoch || (pages[0]?.epoch ?? "");
      const read = resolvePages(pages, epoch, snapshot.seq);
      if (read === "gap") {
        await this.#clock.sleep(retryMs, this.#stop.signal);
        if (this.#stop.signal.aborted) return;
        continue;
      }
      const loading = loadView(cluster, { ...snapshot, epoch }, read, this.#followsEndpoints);
      // The view that there is answers until the new one is whole.
      const view = await inTurns(loading, this.#clock, this.#stop.signal);
      if (!view) return;
      view.freshness = await this.#store.freshness(cluster);
      if (this.#followsEndpoints) view.followEndpoints();
      const replaced = this.views.has(cluster);
      this.views.set(cluster, view);
      this.revision++;
      if (replaced)
        this.#log.warn({ cluster }, "the log did not reach back; loaded a new snapshot");
      this.#tell({ type: "replaced", cluster });
      return;
    }
  }

  async #readPages(cluster: ClusterArn, after: number, pagesMax: number): Promise<LogPage[]> {
    const pages: LogPage[] = [];
    let position = after;
    for (;;) {
      const page = await this.#store.read(cluster, position, pageSize);
      pages.push(page);
      const last = page.entries.at(-1);
      if (page.entries.length < pageSize || last === undefined) return pages;
      if (pages.length >= pagesMax) return pages;
      position = last.seq;
    }
  }

  #tell(notice: Notice): void {
    for (const listener of this.#listeners) listener(notice);
  }
}

const recentSince = (view: ClusterView, position: number): readonly Change[] =>
  view.recent.filter(({ seq }) => seq > position);

/** What stood in the store, then what the log says of the time in which it was read. */
function* loadView(
  cluster: ClusterArn,
  snapshot: StoreSnapshot,
  { changes, seq }: ResolvedLog,
  followsEndpoints: boolean,
): Steps<ClusterView> {
  const view = yield* ClusterView.load(cluster, snapshot);
  // Records may be newer than the snapshot's position, so these changes' other side is a guess: nobody resumes there.
  yield* view.catchUp(changes, seq);
  if (followsEndpoints) yield* view.startEndpoints();
  return view;
}
