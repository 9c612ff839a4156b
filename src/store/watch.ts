// Listens to the announcements of changes. They only wake readers: the log is the truth, so a lost
// announcement costs time, never a change.
import type { Clock } from "../clock.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import { connectionOf } from "./connection.ts";
import { channelPattern, clusterOfChannel, clustersKey } from "./keys.ts";
import { watchShards } from "./shard-watch.ts";
import type { Dial } from "./redis-client.ts";
import type { Watch } from "./store.ts";

export interface WatchOptions {
  readonly url: string;
  readonly name: string;
  readonly dial: Dial;
  readonly clock: Clock;
  readonly wake: (cluster: ClusterArn | undefined) => void;
  readonly signal: AbortSignal;
}

const retryMs = 200;
/** Nothing is asked on this connection: without this, one that has died in silence would be listened to for ever. */
const pingMs = 5000;

export async function watchChanges(options: WatchOptions): Promise<Watch | undefined> {
  const { url, name, dial, clock, wake, signal } = options;
  const connection = connectionOf(dial(url, `${name}-watch`), url, () => {});
  const { redis } = connection;
  if (redis.shards) return watchShards({ connection, shards: redis.shards, clock, wake, signal });
  redis.on("pmessage", (_pattern: string, channel: string) => wake(clusterOfChannel(channel)));
  redis.on("message", () => wake(undefined));
  const subscribe = async () => {
    await redis.psubscribe(channelPattern);
    await redis.subscribe(clustersKey);
  };
  for (;;) {
    try {
      await connection.ready(signal);
      await subscribe();
      break;
    } catch {
      // The connection was lost in between: the next one subscribes.
      if (signal.aborted) {
        await connection.close();
        return undefined;
      }
      await clock.sleep(retryMs, signal);
    }
  }
  // Nobody says what was announced meanwhile.
  redis.on("ready", () => {
    subscribe().then(
      () => wake(undefined),
      () => {
        if (redis.status === "ready") redis.disconnect(true);
      },
    );
  });
  const closed = new AbortController();
  const pinging = (async () => {
    while (!closed.signal.aborted) {
      await clock.sleep(pingMs, closed.signal);
      // An answer that does not come ends the connection; the next one subscribes anew.
      if (!closed.signal.aborted) void redis.ping().catch(() => undefined);
    }
  })();
  return {
    close: async () => {
      closed.abort();
      await pinging;
      await connection.close();
    },
  };
}
