// ioredis, set up as we use it, for each shape of Redis. Commands fail at once while a connection is down: whoever sent
// them owns the retry.
import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import { Cluster, Redis } from "ioredis";
import type { ClusterOptions, RedisOptions } from "ioredis";
import { ClusterClient } from "./cluster-client.ts";
import type { Dial } from "./redis-client.ts";
import { parseRedisUrl } from "./redis-url.ts";
import type { RedisPlace, RedisTls } from "./redis-url.ts";
import { saidByRedis } from "./trouble.ts";

/** A Redis that answers nothing for this long counts as down: a stopped process keeps its sockets open. */
const commandTimeoutMs = 10_000;

type Options = RedisOptions & { replyMapping?: "legacy" };

const pauseBefore = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 2000);

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
  reconnectOnError: (error) => saidByRedis(error).startsWith("READONLY"),
  retryStrategy: pauseBefore,
  // CLIENT SETINFO, which a user with the least rights may not: from 7.2 on each connection left a line in ACL LOG.
  disableClientInfo: true,
};

/** Throws with the path of a file that cannot be read. */
function tlsOptions({ ca, cert, key, servername }: RedisTls): ConnectionOptions {
  return {
    ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
    ...(cert === undefined ? {} : { cert: readFileSync(cert) }),
    ...(key === undefined ? {} : { key: readFileSync(key) }),
    ...(servername === undefined ? {} : { servername }),
  };
}

/** One connection, to the primary of a standalone Redis or to the one that the sentinels name. */
export function dialOne(place: RedisPlace, name: string): Redis {
  const tls = place.tls && tlsOptions(place.tls);
  const common: Options = {
    ...options,
    ...place.login,
    db: place.db,
    connectionName: `longshore-${name}`,
    ...(tls ? { tls } : {}),
  };
  if (place.path !== undefined) return new Redis({ ...common, path: place.path });
  if (place.shape !== "sentinel") return new Redis({ ...common, ...place.hosts[0] });
  const { username, password } = place.sentinelLogin;
  return new Redis({
    ...common,
    sentinels: [...place.hosts],
    name: place.masterName,
    sentinelUsername: username,
    sentinelPassword: password,
    sentinelCommandTimeout: commandTimeoutMs,
    sentinelRetryStrategy: pauseBefore,
    // No failoverDetector: when sentinels tell of a failover while ioredis is asking them for the primary, it ends for
    // good. The former primary closes its connections, or is silent for too long.
    ...(tls ? { sentinelTLS: tls, enableTLSForSentinelMode: true } : {}),
  });
}

function dialCluster(place: RedisPlace, name: string): ClusterClient {
  const tls = place.tls && tlsOptions(place.tls);
  const node = {
    ...options,
    ...place.login,
    connectionName: `longshore-${name}`,
    ...(tls ? { tls } : {}),
  };
  const { enableOfflineQueue: _, retryStrategy: __, ...redisOptions } = node;
  const clusterOptions = {
    enableOfflineQueue: false,
    clusterRetryStrategy: pauseBefore,
    // A command that was under way may have been executed: it is its sender who knows whether to send it again.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    // Certificates are for names, and so are the addresses that nodes give of each other.
    dnsLookup: (host, callback) => callback(null, host),
    redisOptions,
  } satisfies ClusterOptions;
  const dialNode = (host: string, port: number, comesBack: boolean) =>
    new Redis({
      ...node,
      host,
      port,
      lazyConnect: !comesBack,
      retryStrategy: comesBack ? pauseBefore : null,
    });
  return new ClusterClient(new Cluster([...place.hosts], clusterOptions), dialNode);
}

/** Opens a client for a Redis of any shape. Throws ConfigError when the address cannot be read. */
export const dialRedis: Dial = (url, name) => {
  const place = parseRedisUrl(url);
  return place.shape === "cluster" ? dialCluster(place, name) : dialOne(place, name);
};
