// Opens connections to Redis and knows which Redis process is at the other end.
// Commands fail at once while the connection is down: whoever sent them owns the retry.
import { Redis } from "ioredis";
import type { RedisOptions } from "ioredis";
import type { Dial, RedisClient } from "./redis-client.ts";
import { checkSchema, NewerSchema, runOfSchema } from "./schema.ts";

/** A Redis that answers nothing for this long counts as down: a stopped process keeps its sockets open. */
const commandTimeoutMs = 10_000;

type Options = RedisOptions & { replyMapping?: "legacy" };

const options: Options = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  // ioredis would subscribe again without a catch: a connection lost just then would end the process.
  autoResubscribe: false,
  commandTimeout: commandTimeoutMs,
  // Nor is such a connection used again: one that a network has forgotten would be waited for as long as TCP repeats
  // itself, a quarter of an hour, while new ones work.
  socketTimeout: commandTimeoutMs,
  // A primary that became a replica says so with every write: the address may lead to the new one by now.
  reconnectOnError: (error) => error.message.startsWith("READONLY"),
  retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 2000),
};

/** Redis is not there, or not the Redis that we were talking to. Trying again later may help. */
export class RedisUnavailable extends Error {
  override readonly name = "RedisUnavailable";
}

/** What Redis said when it understood a command and refused it; undefined for every other error. */
export function redisRefusal(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== "ReplyError") return undefined;
  return /^(ERR|WRONGTYPE) /.test(error.message) ? error.message : undefined;
}

/** What Redis answers, by the first word, when it understood and cannot do it now. */
const notNow = /^(LOADING|READONLY|MASTERDOWN|MISCONF|OOM|BUSY|NOREPLICAS|CLUSTERDOWN|TRYAGAIN)\b/;
/** How ioredis calls a command that was under way when its connection ended. */
const lostOnTheWay = new Set(["AbortError", "MaxRetriesPerRequestError", "RedisUnavailable"]);
const noConnection =
  /isn't writeable|Connection is closed|Command timed out|Socket timeout|\bE(CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH)\b/;

/** Whether Redis did not answer, or cannot do now what it was asked: not a bug, and trying again later may help. */
export function isRedisTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, message } = error;
  if (name === "ReplyError") return notNow.test(message);
  return lostOnTheWay.has(name) || noConnection.test(message);
}

export interface Connection<Client extends RedisClient = RedisClient> {
  readonly redis: Client;
  /**
   * The id of the Redis process at the other end, with the form of our data, asked once a connection, after a look at the form of its data.
   * Throws {@link RedisUnavailable} or NewerSchema.
   */
  runId(): Promise<string>;
  /** Resolves when commands can be sent; rejects with the reason when `signal` aborts first. */
  ready(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

function optionsFor(url: string): Options {
  if (url.startsWith("unix://")) return { ...options, path: url.slice("unix://".length) };
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  if (protocol !== "redis:" && protocol !== "rediss:")
    throw new Error(
      `REDIS_URL starts with ${protocol}// and this version of Longshore reads redis://, rediss:// and unix://. ` +
        "Point REDIS_URL at a standalone Redis or at the primary's endpoint.",
    );
  return {
    ...options,
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port ? Number(port) : 6379,
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
    ...(pathname.length > 1 ? { db: Number(pathname.slice(1)) } : {}),
    ...(protocol === "rediss:" ? { tls: {} } : {}),
  };
}

/** The address without its credentials, for logs. */
export function redactedUrl(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//***@");
}

/** ioredis, set up as we use it. */
export const dialRedis: Dial<Redis> = (url, name) =>
  new Redis({ ...optionsFor(url), connectionName: `longshore-${name}` });

/** Opens a connection that reconnects by itself. `onDown` hears each loss, once, with the reason. */
export function connect(
  url: string,
  name: string,
  onDown: (reason: string) => void = () => {},
): Connection<Redis> {
  return connectionOf(dialRedis(url, name), url, onDown);
}

/** The same over a client that was opened already. */
export function connectionOf<Client extends RedisClient>(
  redis: Client,
  url: string,
  onDown: (reason: string) => void,
): Connection<Client> {
  let run: Promise<string> | undefined;
  let lastError = "not connected yet";
  let wasUp = true;
  redis.on("error", (error: Error) => {
    lastError = error.message || error.name;
  });
  redis.on("ready", () => {
    wasUp = true;
  });
  redis.on("close", () => {
    run = undefined;
    if (!wasUp) return;
    wasUp = false;
    onDown(lastError);
  });
  return {
    redis,
    runId: () => {
      run ??= checkSchema(redis).then(async () => {
        const info = await redis.info("server");
        const id = /^run_id:(\w+)/m.exec(info)?.[1];
        if (id === undefined) throw new RedisUnavailable("Redis did not tell its run_id");
        return runOfSchema(id);
      });
      return run.catch((error: unknown) => {
        run = undefined;
        if (error instanceof NewerSchema) throw error;
        throw new RedisUnavailable(`Redis at ${redactedUrl(url)} does not answer`, {
          cause: error,
        });
      });
    },
    ready: (signal) =>
      new Promise((resolve, reject) => {
        if (redis.status === "ready") return resolve();
        const finish = (act: () => void) => {
          redis.off("ready", onReady);
          signal?.removeEventListener("abort", onAbort);
          act();
        };
        const onReady = () => finish(resolve);
        const onAbort = () =>
          finish(() =>
            reject(
              new RedisUnavailable(`Redis at ${redactedUrl(url)} does not answer: ${lastError}`),
            ),
          );
        redis.on("ready", onReady);
        if (signal?.aborted) onAbort();
        else signal?.addEventListener("abort", onAbort, { once: true });
      }),
    close: async () => {
      redis.disconnect();
      await Promise.resolve();
    },
  };
}
