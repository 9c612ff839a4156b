// The configuration of a private Redis server: what it keeps and where it listens. Pure.

/** A unix socket, or a TCP port on loopback: that one any user of the machine reaches, so it has a password. */
export type Listening =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly port: number; readonly password: string };

export interface RedisConfiguration {
  readonly dataDir: string;
  readonly appendonly: boolean;
  readonly listening: Listening;
  /** Further lines of redis.conf; a later line wins. */
  readonly settings?: readonly string[];
}

/** What REDIS_URL would be for it. */
export function urlOf(listening: Listening): string {
  return listening.kind === "unix"
    ? `unix://${listening.path}`
    : `redis://:${listening.password}@127.0.0.1:${listening.port}`;
}

/** A value as redis.conf takes it: in quotes, whatever characters a path has. */
function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}

/** The text of redis.conf. It is handed over on standard input: a password must not show in the process list. */
export function configText(configuration: RedisConfiguration): string {
  const { dataDir, appendonly, listening, settings = [] } = configuration;
  const place =
    listening.kind === "unix"
      ? ["port 0", `unixsocket ${quoted(listening.path)}`, "unixsocketperm 700"]
      : ["bind 127.0.0.1", `port ${listening.port}`, `requirepass ${listening.password}`];
  const keeping = appendonly ? ["appendonly yes", "appendfsync everysec"] : ["appendonly no"];
  return [
    ...place,
    ...keeping,
    `dir ${quoted(dataDir)}`,
    'save ""', // the append-only file is enough: no snapshots
    "daemonize no",
    "maxmemory-policy noeviction", // state, not a cache
    'logfile ""',
    ...settings,
    "",
  ].join("\n");
}
