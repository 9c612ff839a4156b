// What we send to Redis, and what we hear from it: the door to Redis. ioredis is behind it; the fault simulation puts
// a Redis of its own there. Names, arguments and answers are those of Redis. Decides nothing.

/** The commands that a pipeline sends at once. */
export interface RedisPipeline {
  hset(key: string, ...fieldsAndValues: (string | number)[]): RedisPipeline;
  hdel(key: string, ...fields: string[]): RedisPipeline;
  hincrby(key: string, field: string, by: number): RedisPipeline;
  expire(key: string, seconds: number): RedisPipeline;
  /** Any other command. */
  call(command: string, ...args: (string | number)[]): RedisPipeline;
  /** Resolves although commands failed: each has its own error. */
  exec(): Promise<[error: Error | null, reply: unknown][] | null>;
}

/** Keys, hashes, sets, sorted sets, lists. */
export interface RedisCommands {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, onlyNew: "NX"): Promise<unknown>;
  hset(key: string, ...fieldsAndValues: (string | number)[]): Promise<number>;
  hdel(key: string, ...fields: string[]): Promise<number>;
  hexists(key: string, field: string): Promise<number>;
  hgetall(key: string): Promise<Record<string, string>>;
  hmget(key: string, ...fields: string[]): Promise<(string | null)[]>;
  hscan(
    key: string,
    cursor: string,
    count: "COUNT",
    pageSize: number,
  ): Promise<[next: string, fieldsAndValues: string[]]>;
  sadd(key: string, ...members: string[]): Promise<number>;
  srem(key: string, ...members: string[]): Promise<number>;
  smembers(key: string): Promise<string[]>;
  srandmember(key: string, limit: number): Promise<string[]>;
  zcard(key: string): Promise<number>;
  zrangebyscore(
    key: string,
    lowest: string | number,
    highest: string | number,
    limit: "LIMIT",
    offset: number,
    count: number,
  ): Promise<string[]>;
  zrevrange(key: string, from: number, to: number): Promise<string[]>;
  zremrangebyscore(key: string, lowest: string | number, highest: string | number): Promise<number>;
  zremrangebyrank(key: string, from: number, to: number): Promise<number>;
  zscan(
    key: string,
    cursor: string,
    count: "COUNT",
    pageSize: number,
  ): Promise<[next: string, membersAndScores: string[]]>;
  lrange(key: string, from: number, to: number): Promise<string[]>;
}

/** An entry of a stream: its id, then fields and values in turn. */
export type StreamEntry = [id: string, fields: string[]];

/** A connection to one node of a Redis Cluster, to listen there. It is opened by `connect` and never comes back. */
export interface ShardListener {
  readonly status: string;
  connect(): Promise<unknown>;
  ssubscribe(channel: string): Promise<unknown>;
  sunsubscribe(channel: string): Promise<unknown>;
  ping(): Promise<unknown>;
  disconnect(): void;
  on(event: "smessage", listener: (channel: string, message: string) => void): unknown;
  /** moved: the node has told that it does not have the slot of some channel any more. */
  on(event: "end" | "moved", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** The nodes of a Redis Cluster, which announce what happens in their own slots, each by itself. */
export interface Shards {
  /** The node that has a key's slot; undefined while nobody is known to. */
  nodeOf(key: string): string | undefined;
  listenTo(node: string): ShardListener;
  /** A connection of its own to the node that has a key's slot; undefined while nobody is known to. */
  dialFor(key: string): RedisClient | undefined;
  /** All primaries by name. Throws RedisUnavailable, with which nodes are away, while some slots are not served. */
  primaries(): readonly (readonly [name: string, redis: Pick<RedisClient, "pipeline">])[];
  /** Asks who has which slot now; what {@link Shards.nodeOf} says follows a little later. */
  lookAgain(): void;
}

export interface RedisClient extends RedisCommands {
  /** Of a Redis Cluster, where scripts announce to shards, and a key may move from one process to another. */
  readonly shards?: Shards;
  readonly status: string;
  xlen(key: string): Promise<number>;
  xrange(
    key: string,
    from: string,
    to: string,
    count: "COUNT",
    limit: number,
  ): Promise<StreamEntry[]>;
  xrevrange(
    key: string,
    from: string,
    to: string,
    count: "COUNT",
    limit: number,
  ): Promise<StreamEntry[]>;
  xtrim(key: string, strategy: "MINID", id: string): Promise<number>;
  xtrim(key: string, strategy: "MAXLEN", about: "~", length: number): Promise<number>;
  memory(usage: "USAGE", key: string, samples: "SAMPLES", count: number): Promise<number | null>;
  evalsha(sha: string, keys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
  eval(source: string, keys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
  publish(channel: string, message: string): Promise<number>;
  subscribe(channel: string): Promise<unknown>;
  psubscribe(pattern: string): Promise<unknown>;
  info(section: string): Promise<string>;
  ping(): Promise<string>;
  /** Seconds since the epoch, then microseconds. */
  time(): Promise<(string | number)[]>;
  pipeline(): RedisPipeline;
  disconnect(reconnect?: boolean): void;
  /** close: a connection was lost, of a Redis Cluster that to any node. ready: there is none that is down. */
  on(event: "ready" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "message", listener: (channel: string, message: string) => void): unknown;
  on(
    event: "pmessage",
    listener: (pattern: string, channel: string, message: string) => void,
  ): unknown;
  off(event: "ready", listener: () => void): unknown;
}

/** Opens a client that reconnects by itself and refuses commands while it is not connected. */
export type Dial<Client extends RedisClient = RedisClient> = (url: string, name: string) => Client;
