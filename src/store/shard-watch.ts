// Listens to the announcements of changes on a Redis Cluster, where each node announces what happens in its own slots:
// one connection to each node that has any of ours. Nobody says what was announced while something was not listened
// to, so everybody is woken then. The log is the truth: a lost announcement costs time, never a change.
import type { Clock } from "../clock.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { Connection } from "./connection.ts";
import { clusterKeys, clusterOfChannel, clustersKey } from "./keys.ts";
import type { ShardListener, Shards } from "./redis-client.ts";
import type { Watch } from "./store.ts";

export interface ShardWatchOptions {
  readonly connection: Connection;
  readonly shards: Shards;
  readonly clock: Clock;
  readonly wake: (cluster: ClusterArn | undefined) => void;
  readonly signal: AbortSignal;
}

/** How long until it is tried again what could not be listened to. */
const retryMs = 200;
/** How often it is looked whether everything is listened to, and whether the nodes are still there. */
const lookMs = 5000;

interface Listening {
  readonly listener: ShardListener;
  readonly channels: Set<string>;
}

export async function watchShards(options: ShardWatchOptions): Promise<Watch | undefined> {
  const watch = new ShardWatch(options);
  if (await watch.start(options.signal)) return watch;
  await watch.close();
  return undefined;
}

class ShardWatch implements Watch {
  readonly #options: ShardWatchOptions;
  readonly #nodes = new Map<string, Listening>();
  readonly #closed = new AbortController();
  /** Ends the pause before the next look. */
  #hurry = new AbortController();
  #following: Promise<void> | undefined;

  constructor(options: ShardWatchOptions) {
    this.#options = options;
  }

  /** Resolves to true when everything that is there is listened to, and to false when `signal` aborts first. */
  async start(signal: AbortSignal): Promise<boolean> {
    while (!(await this.#listenToAll())) {
      if (signal.aborted) return false;
      await this.#pause(retryMs, signal);
      if (signal.aborted) return false;
    }
    this.#following = this.#follow();
    return true;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#following;
    for (const node of this.#nodes.keys()) this.#drop(node);
    await this.#options.connection.close();
  }

  async #follow(): Promise<void> {
    let isWhole = true;
    while (!this.#closed.signal.aborted) {
      await this.#pause(isWhole ? lookMs : retryMs, this.#closed.signal);
      if (this.#closed.signal.aborted) return;
      // An answer that does not come ends the connection.
      for (const { listener } of this.#nodes.values()) void listener.ping().catch(() => undefined);
      isWhole = await this.#listenToAll();
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    this.#hurry = new AbortController();
    await this.#options.clock.sleep(ms, AbortSignal.any([signal, this.#hurry.signal]));
  }

  /** Listens to what is not listened to yet, where its slot is now. False when something could not be. */
  async #listenToAll(): Promise<boolean> {
    const { connection, shards, wake } = this.#options;
    let clusters: readonly ClusterArn[];
    try {
      clusters = await connection.redis.smembers(clustersKey);
    } catch {
      return false;
    }
    const wanted = [clustersKey, ...clusters.map((cluster) => clusterKeys(cluster).channel)];
    const isHeard = (channel: string) => {
      const node = shards.nodeOf(channel);
      return node !== undefined && this.#nodes.get(node)?.channels.has(channel) === true;
    };
    const missing = wanted.filter((channel) => !isHeard(channel));
    if (missing.length === 0) return true;
    const heard = await Promise.all(missing.map((channel) => this.#listen(channel)));
    if (this.#closed.signal.aborted) return false;
    if (heard.some(Boolean)) wake(undefined);
    if (heard.every(Boolean)) return true;
    shards.lookAgain();
    return false;
  }

  async #listen(channel: string): Promise<boolean> {
    const node = this.#options.shards.nodeOf(channel);
    if (node === undefined) return false;
    try {
      const { listener, channels } = await this.#listenerTo(node);
      await listener.ssubscribe(channel);
      for (const other of this.#nodes.values()) other.channels.delete(channel);
      channels.add(channel);
      return true;
    } catch {
      // The node is away, or has lost the slot.
      return false;
    }
  }

  readonly #opening = new Map<string, Promise<Listening>>();

  #listenerTo(node: string): Promise<Listening> {
    const known = this.#nodes.get(node);
    if (known) return Promise.resolve(known);
    const opening = this.#opening.get(node) ?? this.#open(node);
    this.#opening.set(node, opening);
    return opening;
  }

  async #open(node: string): Promise<Listening> {
    const listener = this.#options.shards.listenTo(node);
    const lost = () => this.#drop(node, listener);
    listener.on("error", () => {}); // its end is what counts
    listener.on("end", lost);
    // Which channels moved away is not said: all are asked for again.
    listener.on("moved", lost);
    listener.on("smessage", (channel) => this.#hear(channel));
    try {
      await listener.connect();
      const listening = { listener, channels: new Set<string>() };
      this.#nodes.set(node, listening);
      return listening;
    } catch (error) {
      listener.disconnect();
      throw error;
    } finally {
      this.#opening.delete(node);
    }
  }

  #hear(channel: string): void {
    if (channel !== clustersKey) return this.#options.wake(clusterOfChannel(channel));
    this.#options.wake(undefined);
    // There may be one more to listen to.
    this.#hurry.abort();
  }

  #drop(node: string, only?: ShardListener): void {
    const { listener } = this.#nodes.get(node) ?? {};
    if (listener === undefined || (only !== undefined && listener !== only)) return;
    this.#nodes.delete(node);
    listener.disconnect();
    if (this.#closed.signal.aborted) return;
    this.#options.shards.lookAgain();
    this.#hurry.abort();
  }
}
