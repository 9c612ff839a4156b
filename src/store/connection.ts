// Knows whether Redis is there, and looks at what it holds before anything of it is touched.
import type { Redis } from "ioredis";
import { dialOne } from "./dial.ts";
import { infoOf } from "./info.ts";
import type { RedisClient } from "./redis-client.ts";
import { parseRedisUrl, redactedUrl } from "./redis-url.ts";
import { checkData } from "./own-data.ts";
import type { OwnData } from "./own-data.ts";
import { runOfSchema } from "./schema.ts";
import { runScript, scripts } from "./scripts.ts";
import { RedisUnavailable, RefusedData } from "./trouble.ts";

export interface Connection<Client extends RedisClient = RedisClient> {
  readonly redis: Client;
  /**
   * Looks at what Redis holds, once a connection, and tells the form of our data as scripts take it: they add the id of
   * the history of writes that they run on. Throws {@link RedisUnavailable} or {@link RefusedData}.
   */
  form(): Promise<string>;
  /** A text that is another one when another process than before may answer for a key. */
  processOf(key: string): Promise<string>;
  /** Resolves when commands can be sent; rejects with the reason when `signal` aborts first. */
  ready(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Opens a connection to one Redis that reconnects by itself. `onDown` hears each loss, once, with the reason. */
export function connect(
  url: string,
  name: string,
  onDown: (reason: string) => void = () => {},
): Connection<Redis> {
  return connectionOf(dialOne(parseRedisUrl(url), name), url, onDown);
}

/** The same over a client that was opened already. */
export function connectionOf<Client extends RedisClient>(
  redis: Client,
  url: string,
  onDown: (reason: string) => void,
  own: OwnData = {},
): Connection<Client> {
  let form: Promise<string> | undefined;
  let lastError = "not connected yet";
  let wasUp = true;
  let losses = 0;
  redis.on("error", (error: Error) => {
    lastError = error.message || error.name;
  });
  redis.on("ready", () => {
    wasUp = true;
  });
  redis.on("close", () => {
    form = undefined;
    losses++;
    if (!wasUp) return;
    wasUp = false;
    onDown(lastError);
  });
  return {
    redis,
    form: () => {
      form ??= checkData(redis, own).then(async () => {
        if (!redis.shards) await checkHistory(redis);
        return runOfSchema("", own.schema);
      });
      return form.catch((error: unknown) => {
        form = undefined;
        if (error instanceof RefusedData) throw error;
        throw new RedisUnavailable(`Redis at ${redactedUrl(url)} does not answer`, {
          cause: error,
        });
      });
    },
    processOf: async (key) =>
      redis.shards ? String(await runScript(redis, scripts.identity, [key], [])) : String(losses),
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

/** Scripts need it: better said here, by its name, than by the first of them. */
async function checkHistory(redis: RedisClient): Promise<void> {
  if (!infoOf(await redis.info("replication")).get("master_replid"))
    throw new RedisUnavailable("Redis did not tell its master_replid");
}
