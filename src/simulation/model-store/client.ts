// A client of the model of Redis that behaves as ioredis does with our options: connects by itself, refuses commands
// while it is not connected, fails those under way when the connection is lost, gives up on an answer after a while.
import { EventEmitter } from "node:events";
import type { Clock } from "../../clock.ts";
import type { RedisClient, RedisPipeline, StreamEntry } from "../../store/redis-client.ts";
import type { Reply } from "../network.ts";
import type { Keyspace } from "./keyspace.ts";
import { ReplyError } from "./keyspace.ts";
import type { Listener, ModelServer } from "./server.ts";

/** The way between one process and Redis. */
export interface RedisLink {
  /** Whether a new connection comes about. */
  isUp(): boolean;
  /**
   * Brings a command there and its answer back: calls `execute` once, when it arrives, and `hear` with what that
   * returned or threw. Commands of one process arrive in the order that they were sent in. Nothing is heard of what is
   * lost: the client gives up by itself.
   */
  send<T>(execute: () => T, hear: (reply: Reply<T>) => void): void;
  /** Brings an announcement to the process, in order, or loses it with the connection. */
  deliver(hear: () => void): void;
}

const commandTimeoutMs = 10_000;
/** appendfsync everysec. */
const syncEveryMs = 1000;
const retryMs = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 2000);

export interface ModelClientOptions {
  readonly server: ModelServer;
  readonly process: string;
  readonly clock: Clock;
  /** At once and without loss if left out. */
  readonly link?: RedisLink | undefined;
}

export class ModelClient extends EventEmitter implements RedisClient, Listener {
  readonly process: string;
  readonly #server: ModelServer;
  readonly #clock: Clock;
  readonly #link: RedisLink | undefined;
  readonly #underWay = new Set<(error: Error) => void>();
  readonly #channels = new Set<string>();
  readonly #patterns = new Set<string>();
  #cancelRetry: (() => void) | undefined;
  /** Counts connections: what was sent on an earlier one is lost. */
  #connection = 0;
  /** Whether the server is at the other end, which the process may not know yet. */
  #isOpen = false;
  status: "ready" | "reconnecting" | "end" = "reconnecting";

  constructor({ server, process, clock, link }: ModelClientOptions) {
    super();
    this.process = process;
    this.#server = server;
    this.#clock = clock;
    this.#link = link;
    this.#connect(1);
  }

  // The connection

  #connect(attempt: number): void {
    if (this.#server.isUp && (this.#link?.isUp() ?? true)) {
      this.status = "ready";
      this.#connection++;
      this.#isOpen = true;
      this.#server.connect(this);
      this.emit("ready");
      return;
    }
    this.#cancelRetry = this.#clock.after(retryMs(attempt), () => this.#connect(attempt + 1));
  }

  lose(reason: string): void {
    if (this.status !== "ready") return;
    const lost = ++this.#connection;
    this.#isOpen = false;
    // What is on its way is lost at once; the process hears of it in its turn, and not while it is frozen.
    const notice = () => {
      if (this.status !== "ready" || this.#connection !== lost) return;
      this.status = "reconnecting";
      this.#drop(reason);
      this.emit("close");
      this.#cancelRetry = this.#clock.after(retryMs(1), () => this.#connect(2));
    };
    if (this.#link) this.#link.deliver(notice);
    else notice();
  }

  disconnect(reconnect = false): void {
    const wasReady = this.status === "ready";
    this.#server.disconnect(this);
    if (reconnect) return this.lose("Connection is closed.");
    this.status = "end";
    this.#cancelRetry?.();
    this.#drop("Connection is closed.");
    if (wasReady) this.emit("close");
  }

  #drop(reason: string): void {
    this.#channels.clear();
    this.#patterns.clear();
    const underWay = [...this.#underWay];
    this.#underWay.clear();
    for (const fail of underWay) fail(new Error(reason));
  }

  hear(channel: string, message: string): void {
    const isMeant = this.#channels.has(channel);
    const pattern = [...this.#patterns].find((each) => matches(each, channel));
    if (!isMeant && pattern === undefined) return;
    const connection = this.#connection;
    const emit = () => {
      if (this.status !== "ready" || this.#connection !== connection) return;
      if (isMeant) this.emit("message", channel, message);
      if (pattern !== undefined) this.emit("pmessage", pattern, channel, message);
    };
    if (this.#link) this.#link.deliver(emit);
    else emit();
  }

  /** Sends one command: `execute` happens at the server, at one instant. */
  #send<T>(execute: (keys: Keyspace) => T): Promise<T> {
    if (this.status !== "ready")
      return Promise.reject(
        new Error("Stream isn't writeable and enableOfflineQueue options is false"),
      );
    const { keys } = this.#server;
    const link = this.#link;
    if (!link) return new Promise((resolve) => resolve(execute(keys)));
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        cancelTimeout();
        this.#underWay.delete(fail);
        reject(error);
      };
      const cancelTimeout = this.#clock.after(commandTimeoutMs, () =>
        fail(new Error("Command timed out")),
      );
      this.#underWay.add(fail);
      const connection = this.#connection;
      link.send(
        () => {
          // It left on a connection that is gone: nothing arrives.
          if (!this.#isOpen || this.#connection !== connection)
            throw new Error("Connection is closed.");
          return execute(keys);
        },
        (reply) => {
          if (!this.#underWay.has(fail)) return;
          if ("error" in reply) return fail(reply.error);
          cancelTimeout();
          this.#underWay.delete(fail);
          resolve(reply.value);
        },
      );
    });
  }

  // Commands

  get = (key: string) => this.#send((keys) => keys.get(key) ?? null);
  set = (key: string, value: string) =>
    this.#send((keys) => {
      if (keys.get(key) === undefined) keys.set(key, value);
    });
  hset = (key: string, ...rest: (string | number)[]) =>
    this.#send((keys) => keys.hset(key, ...rest.map(String)));
  hdel = (key: string, ...fields: string[]) => this.#send((keys) => keys.hdel(key, ...fields));
  hexists = (key: string, field: string) =>
    this.#send((keys) => (keys.hget(key, field) === undefined ? 0 : 1));
  hgetall = (key: string) => this.#send((keys) => Object.fromEntries(keys.hgetall(key)));
  hmget = (key: string, ...fields: string[]) =>
    this.#send((keys) => fields.map((field) => keys.hget(key, field) ?? null));
  hscan = (key: string): Promise<[string, string[]]> =>
    this.#send((keys) => ["0", [...keys.hgetall(key)].flat()]);
  sadd = (key: string, ...members: string[]) => this.#send((keys) => keys.sadd(key, ...members));
  srem = (key: string, ...members: string[]) => this.#send((keys) => keys.srem(key, ...members));
  smembers = (key: string) => this.#send((keys) => keys.smembers(key));
  srandmember = (key: string, limit: number) =>
    this.#send((keys) => {
      const rest = keys.smembers(key);
      const picked: string[] = [];
      while (picked.length < limit && rest.length > 0)
        picked.push(...rest.splice(this.#server.random.int(0, rest.length - 1), 1));
      return picked;
    });
  zcard = (key: string) => this.#send((keys) => keys.zcard(key));
  zrangebyscore = (
    key: string,
    lowest: string | number,
    highest: string | number,
    _limit: "LIMIT",
    offset: number,
    count: number,
  ) => this.#send((keys) => keys.zrangebyscore(key, lowest, highest).slice(offset, offset + count));
  zrevrange = (key: string, from: number, to: number) =>
    this.#send((keys) => keys.zrevrange(key, from, to));
  zremrangebyscore = (key: string, lowest: string | number, highest: string | number) =>
    this.#send((keys) => keys.zrem(key, ...keys.zrangebyscore(key, lowest, highest)));
  zremrangebyrank = (key: string, from: number, to: number) =>
    this.#send((keys) => keys.zrem(key, ...keys.zrange(key, from, to)));
  zscan = (key: string): Promise<[string, string[]]> =>
    this.#send((keys) => ["0", [...keys.zall(key)].flat().map(String)]);
  lrange = (key: string, from: number, to: number) =>
    this.#send((keys) => keys.lrange(key, from, to));
  xlen = (key: string) => this.#send((keys) => keys.xlen(key));
  xrange = (
    key: string,
    from: string,
    to: string,
    _count: "COUNT",
    limit: number,
  ): Promise<StreamEntry[]> => this.#send((keys) => keys.xrange(key, from, to, limit));
  xrevrange = (
    key: string,
    from: string,
    to: string,
    _count: "COUNT",
    limit: number,
  ): Promise<StreamEntry[]> => this.#send((keys) => keys.xrevrange(key, from, to, limit));
  xtrim = (
    key: string,
    strategy: "MINID" | "MAXLEN",
    idOrAbout: string,
    length?: number,
  ): Promise<number> =>
    this.#send((keys) =>
      strategy === "MINID"
        ? keys.xtrimBefore(key, idOrAbout)
        : keys.xtrimAbout(key, length ?? Infinity),
    );
  memory = (_usage: "USAGE", key: string) =>
    this.#send((keys) => {
      const bytes = keys.memoryUsage(key) ?? null;
      // The log, and not what it is measured by, seems to have no room.
      const isTooLarge = this.#server.plants.has("trimTooMuch") && key.endsWith(":log");
      return isTooLarge ? (bytes ?? 0) * 10_000 : bytes;
    });
  evalsha = (sha: string, keyCount: number, ...rest: (string | number)[]) =>
    this.#send(() => this.#server.script(this.process, sha, keyCount, rest));
  eval = (): Promise<unknown> =>
    Promise.reject(new ReplyError("ERR the model of Redis runs scripts by their hash only"));
  publish = (channel: string, message: string) =>
    this.#send(() => this.#server.publish(channel, message));
  subscribe = (channel: string) => this.#send(() => void this.#channels.add(channel));
  psubscribe = (pattern: string) => this.#send(() => void this.#patterns.add(pattern));
  info = () => this.#send(() => this.#server.info());
  ping = () => this.#send(() => "PONG");
  time = () =>
    this.#send(() => {
      const now = this.#server.now();
      return [Math.floor(now / 1000), Math.round((now % 1000) * 1000)];
    });

  /** What else production sends: a Redis since 7.2 that syncs its file each second, and has no replicas. */
  #call(command: string): Promise<unknown> {
    if (command === "SET" || command === "EXISTS") return this.#send(() => "OK");
    if (command === "CONFIG") return this.#send(() => ["appendfsync", "everysec"]);
    if (command === "INFO") return this.#send(() => this.#server.info());
    if (command === "WAITAOF") return this.#waitForSync();
    return Promise.reject(new ReplyError(`ERR the model of Redis has no ${command}`));
  }

  /** The file is synced with each second that begins; the answer tells that it was. */
  async #waitForSync(): Promise<[local: number, replicas: number]> {
    const afterMs = await this.#send(() => syncEveryMs - (this.#server.now() % syncEveryMs));
    await this.#clock.sleep(afterMs);
    return this.#send(() => {
      this.#server.sync();
      return [1, 0];
    });
  }

  pipeline(): RedisPipeline {
    const commands: (() => Promise<unknown>)[] = [];
    const add = (command: (keys: Keyspace) => unknown): RedisPipeline => {
      commands.push(() => this.#send(command));
      return pipeline;
    };
    const pipeline: RedisPipeline = {
      hset: (key, ...rest) => add((keys) => keys.hset(key, ...rest.map(String))),
      hdel: (key, ...fields) => add((keys) => keys.hdel(key, ...fields)),
      hincrby: (key, field, by) => add((keys) => keys.hincrby(key, field, by)),
      expire: (key, seconds) => add((keys) => keys.pexpire(key, seconds * 1000)),
      call: (command) => {
        commands.push(() => this.#call(command));
        return pipeline;
      },
      exec: () =>
        Promise.all(
          commands.map((command) =>
            command().then(
              (reply): [Error | null, unknown] => [null, reply],
              (error: Error): [Error | null, unknown] => [error, undefined],
            ),
          ),
        ),
    };
    return pipeline;
  }
}

/** A glob with one star and nothing else special but braces, which stand for themselves. */
function matches(pattern: string, channel: string): boolean {
  const [start = "", end = ""] = pattern.split("*");
  return channel.startsWith(start) && channel.endsWith(end);
}
