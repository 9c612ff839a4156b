// A Redis Cluster behind the door to Redis: each command goes to the node that has its key. Says "close" when the
// connection to any node is lost, and "ready" when all slots are served again. Sends nothing twice: redirections apart,
// a command that failed is its sender's.
import { EventEmitter } from "node:events";
import { Command } from "ioredis";
import type { Cluster, Redis } from "ioredis";
import { systemClock } from "../clock.ts";
import { schemaKey } from "./keys.ts";
import type { RedisClient, RedisPipeline, Shards, StreamEntry } from "./redis-client.ts";
import { RedisUnavailable } from "./trouble.ts";

/** After a node was lost: how often the cluster is asked who has its slots now. */
const lookAgainMs = 250;
const slotsInAll = 16_384;

/** `comesBack`: connects at once and by itself, like any client; otherwise when it is told to, and once. */
type DialNode = (host: string, port: number, comesBack: boolean) => Redis;

export class ClusterClient extends EventEmitter implements RedisClient {
  readonly #cluster: Cluster;
  readonly #dialNode: DialNode;
  /** Whether all slots are served, as far as is known. */
  #isWhole = false;
  #isClosed = false;
  #cancelLook: (() => void) | undefined;
  /** Nodes whose connection was lost, and why, until all slots are served again. */
  readonly #missing = new Map<string, string>();

  constructor(cluster: Cluster, dialNode: DialNode) {
    super();
    this.#cluster = cluster;
    this.#dialNode = dialNode;
    cluster.on("error", (error: Error) => this.emit("error", error));
    cluster.on("node error", (error: Error, node: string) => {
      if (!this.#isWhole) this.#missing.set(node, error.message);
      this.emit("error", new Error(`node ${node}: ${error.message}`, { cause: error }));
    });
    cluster.on("refresh", () => void this.#examine());
    cluster.on("ready", () => void this.#examine());
    cluster.on("-node", (node: Redis) => {
      if (!this.#missing.has(nameOf(node))) this.#missing.set(nameOf(node), "connection lost");
      this.#lost();
    });
    cluster.on("close", () => this.#lost());
  }

  /** "ready" once all slots were served; then for as long as any node is there: the others' keys can be used. */
  get status(): string {
    return this.#isWhole ? "ready" : this.#cluster.status === "ready" ? "incomplete" : "connecting";
  }

  #lost(): void {
    if (this.#isClosed) return;
    this.#isWhole = false;
    this.emit("close");
    this.#lookAgain();
  }

  #lookAgain(): void {
    this.#cancelLook ??= systemClock.after(lookAgainMs, () => {
      this.#cancelLook = undefined;
      if (this.#isClosed || this.#isWhole) return;
      // While none is connected ioredis begins anew by itself, and says "ready".
      if (this.#cluster.status === "ready") this.#cluster.refreshSlotsCache();
      this.#lookAgain();
    });
  }

  /** Connects to every primary: a command that comes while a node is being connected to would be refused. */
  async #examine(): Promise<void> {
    if (this.#isClosed || this.#isWhole || this.#cluster.status !== "ready") return;
    const primaries = this.#cluster.nodes("master");
    const waiting = primaries.filter(({ status }) => status === "wait");
    await Promise.all(waiting.map((node) => node.connect().catch(() => undefined)));
    if (this.#isClosed || this.#isWhole || this.#cluster.status !== "ready") return;
    const ready = new Set(
      this.#cluster
        .nodes("master")
        .flatMap((node) => (node.status === "ready" ? [nameOf(node)] : [])),
    );
    for (let slot = 0; slot < slotsInAll; slot++)
      if (!ready.has(this.#cluster.slots[slot]?.[0] ?? "")) return this.#lookAgain();
    this.#isWhole = true;
    this.#missing.clear();
    this.emit("ready");
  }

  readonly shards: Shards = {
    nodeOf: (key) => this.#cluster.slots[slotOf(key)]?.[0],
    listenTo: (node) => this.#dialNode(...addressOf(node), false),
    dialFor: (key) => {
      const node = this.shards.nodeOf(key);
      return node === undefined ? undefined : this.#dialNode(...addressOf(node), true);
    },
    primaries: () => this.#primaries().map((node) => [nameOf(node), node] as const),
    lookAgain: () => {
      if (this.#cluster.status === "ready") this.#cluster.refreshSlotsCache();
    },
  };

  #send<T>(send: (cluster: Cluster) => Promise<T>): Promise<T> {
    if (this.#cluster.status === "ready") return send(this.#cluster);
    return Promise.reject(
      new RedisUnavailable(`no node of the Redis Cluster answers${this.#why()}`),
    );
  }

  /** Which nodes are missing, for people. */
  #why(): string {
    const nodes = [...this.#missing].map(([node, reason]) => `${node} (${reason})`);
    return nodes.length === 0 ? "" : `: ${nodes.join(", ")}`;
  }

  get = (key: string) => this.#send((cluster) => cluster.get(key));
  set = (key: string, value: string, onlyNew: "NX") =>
    this.#send((cluster) => cluster.set(key, value, onlyNew));
  hset = (key: string, ...rest: (string | number)[]) =>
    this.#send((cluster) => cluster.hset(key, ...rest));
  hdel = (key: string, ...fields: string[]) =>
    this.#send((cluster) => cluster.hdel(key, ...fields));
  hexists = (key: string, field: string) => this.#send((cluster) => cluster.hexists(key, field));
  hgetall = (key: string) => this.#send((cluster) => cluster.hgetall(key));
  hmget = (key: string, ...fields: string[]) =>
    this.#send((cluster) => cluster.hmget(key, ...fields));
  hscan = (key: string, cursor: string, count: "COUNT", size: number) =>
    this.#send((cluster) => cluster.hscan(key, cursor, count, size));
  sadd = (key: string, ...members: string[]) =>
    this.#send((cluster) => cluster.sadd(key, ...members));
  srem = (key: string, ...members: string[]) =>
    this.#send((cluster) => cluster.srem(key, ...members));
  smembers = (key: string) => this.#send((cluster) => cluster.smembers(key));
  srandmember = (key: string, limit: number) =>
    this.#send((cluster) => cluster.srandmember(key, limit));
  zcard = (key: string) => this.#send((cluster) => cluster.zcard(key));
  zrangebyscore = (
    key: string,
    lowest: string | number,
    highest: string | number,
    limit: "LIMIT",
    offset: number,
    count: number,
  ) => this.#send((cluster) => cluster.zrangebyscore(key, lowest, highest, limit, offset, count));
  zrevrange = (key: string, from: number, to: number) =>
    this.#send((cluster) => cluster.zrevrange(key, from, to));
  zremrangebyscore = (key: string, lowest: string | number, highest: string | number) =>
    this.#send((cluster) => cluster.zremrangebyscore(key, lowest, highest));
  zremrangebyrank = (key: string, from: number, to: number) =>
    this.#send((cluster) => cluster.zremrangebyrank(key, from, to));
  zscan = (key: string, cursor: string, count: "COUNT", size: number) =>
    this.#send((cluster) => cluster.zscan(key, cursor, count, size));
  lrange = (key: string, from: number, to: number) =>
    this.#send((cluster) => cluster.lrange(key, from, to));
  xlen = (key: string) => this.#send((cluster) => cluster.xlen(key));
  xrange = (
    key: string,
    from: string,
    to: string,
    count: "COUNT",
    limit: number,
  ): Promise<StreamEntry[]> => this.#send((cluster) => cluster.xrange(key, from, to, count, limit));
  xrevrange = (
    key: string,
    from: string,
    to: string,
    count: "COUNT",
    limit: number,
  ): Promise<StreamEntry[]> =>
    this.#send((cluster) => cluster.xrevrange(key, from, to, count, limit));
  xtrim = (
    key: string,
    ...how: [strategy: "MINID", id: string] | [strategy: "MAXLEN", about: "~", length: number]
  ): Promise<number> =>
    this.#send((cluster) =>
      how[0] === "MINID"
        ? cluster.xtrim(key, "MINID", how[1])
        : cluster.xtrim(key, "MAXLEN", "~", how[2]),
    );
  memory = (usage: "USAGE", key: string, samples: "SAMPLES", count: number) =>
    this.#send((cluster) => cluster.memory(usage, key, samples, count));
  evalsha = (sha: string, keys: number, ...rest: (string | number)[]): Promise<unknown> =>
    this.#send((cluster) => cluster.evalsha(sha, keys, ...rest));
  eval = (source: string, keys: number, ...rest: (string | number)[]): Promise<unknown> =>
    this.#send((cluster) => cluster.eval(source, keys, ...rest));
  pipeline = (): RedisPipeline => this.#cluster.pipeline();

  /** To those who listen at the node that has the channel's slot. */
  publish = (channel: string, message: string) =>
    this.#send((cluster) => cluster.spublish(channel, message)).then(Number);
  subscribe = (): Promise<never> => notHere("SUBSCRIBE");
  psubscribe = (): Promise<never> => notHere("PSUBSCRIBE");
  info = (): Promise<never> => notHere("INFO");

  /** Of every primary. */
  ping = async (): Promise<string> => {
    await Promise.all(this.#primaries().map((node) => node.ping()));
    return "PONG";
  };

  #primaries(): readonly Redis[] {
    if (this.#isWhole) return this.#cluster.nodes("master");
    throw new RedisUnavailable(`some slots of the Redis Cluster are not served${this.#why()}`);
  }

  /** Always of the same node: their clocks differ. */
  time = async (): Promise<string[]> => {
    const time = await this.eval("return redis.call('TIME')", 1, schemaKey);
    return Array.isArray(time) ? time.map(String) : [];
  };

  disconnect = (reconnect = false): void => {
    if (!reconnect) {
      this.#isClosed = true;
      this.#cancelLook?.();
    }
    this.#cluster.disconnect(reconnect);
  };
}

function addressOf(node: string): [host: string, port: number] {
  const colon = node.lastIndexOf(":");
  return [node.slice(0, colon), Number(node.slice(colon + 1))];
}

const nameOf = ({ options: { host, port } }: Redis): string => `${host}:${port}`;

const slotOf = (key: string): number => new Command("get", [key]).getSlot();

/** Of one node, and nobody could say which: a bug. */
const notHere = (command: string): Promise<never> =>
  Promise.reject(new TypeError(`${command} means one node, not a Redis Cluster`));
