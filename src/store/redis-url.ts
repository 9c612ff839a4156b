// What REDIS_URL says: where Redis is, in which shape, who we are to it, and how the way there is kept safe. Pure.
import { ConfigError } from "../config.ts";

/** standalone: one address. sentinel: sentinels know the address. cluster: each node has a part of the keys. */
export type RedisShape = "standalone" | "sentinel" | "cluster";

export interface RedisHost {
  readonly host: string;
  readonly port: number;
}

export interface RedisLogin {
  readonly username?: string;
  readonly password?: string;
}

/** Paths of PEM files; what is left out is as Node.js has it. */
export interface RedisTls {
  /** Trusted instead of the system's authorities. */
  readonly ca?: string;
  /** Our own certificate, for a Redis that asks for one. */
  readonly cert?: string;
  readonly key?: string;
  /** The name that certificates must have when Redis is addressed by another one. */
  readonly servername?: string;
}

export interface RedisPlace {
  readonly shape: RedisShape;
  /** Of Redis, of the sentinels, or of some nodes of the cluster; empty for a unix socket. */
  readonly hosts: readonly RedisHost[];
  /** Path of a unix socket. */
  readonly path: string | undefined;
  readonly login: RedisLogin;
  readonly db: number;
  /** Under which name the sentinels watch the primary; empty for other shapes. */
  readonly masterName: string;
  readonly sentinelLogin: RedisLogin;
  /** undefined: in the clear. */
  readonly tls: RedisTls | undefined;
}

const schemes: Readonly<Record<string, { readonly shape: RedisShape; readonly tls: boolean }>> = {
  redis: { shape: "standalone", tls: false },
  rediss: { shape: "standalone", tls: true },
  "redis+sentinel": { shape: "sentinel", tls: false },
  "rediss+sentinel": { shape: "sentinel", tls: true },
  "redis+cluster": { shape: "cluster", tls: false },
  "rediss+cluster": { shape: "cluster", tls: true },
};

const parameters: Readonly<Record<RedisShape, readonly string[]>> = {
  standalone: ["tls", "ca", "cert", "key", "servername"],
  sentinel: ["tls", "ca", "cert", "key", "servername", "sentinel_username", "sentinel_password"],
  cluster: ["tls", "ca", "cert", "key", "servername"],
};

const ports: Readonly<Record<RedisShape, number>> = {
  standalone: 6379,
  sentinel: 26_379,
  cluster: 6379,
};

/** The forms that it takes, for messages. */
export const redisUrlForms =
  "redis://HOST:PORT, redis+sentinel://HOST:PORT,HOST:PORT/MASTER-NAME, redis+cluster://HOST:PORT,HOST:PORT " +
  "(rediss with TLS) or unix:///PATH";

/** Never has what was written: there may be a password in it. */
const refuse = (problem: string): never => {
  throw new ConfigError(`REDIS_URL ${problem}. It takes ${redisUrlForms}.`);
};

/** Throws ConfigError. */
export function parseRedisUrl(url: string): RedisPlace {
  if (url.startsWith("unix://")) return socketPlace(url);
  const parts =
    /^([a-z+]+):\/\/(?:([^/?#]*)@)?([^@/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/i.exec(url) ??
    refuse("is no address");
  const [, scheme = "", login = "", hosts = "", path = "", query = ""] = parts;
  const { shape, tls: isSafe } =
    schemes[scheme.toLowerCase()] ??
    refuse(`starts with ${scheme}://, which is no shape of Redis that Longshore knows`);
  const asked = readParameters(query, shape);
  const addresses = hosts.split(",").map((host) => readHost(host, ports[shape]));
  if (shape === "standalone" && addresses.length > 1)
    refuse("names several hosts, which only redis+sentinel:// and redis+cluster:// have");
  return {
    shape,
    hosts: addresses,
    path: undefined,
    login: readLogin(login),
    ...readPath(path, shape),
    sentinelLogin: loginOf(asked.get("sentinel_username"), asked.get("sentinel_password")),
    tls: isSafe || asked.get("tls") === "true" ? tlsOf(asked) : undefined,
  };
}

function socketPlace(url: string): RedisPlace {
  return {
    shape: "standalone",
    hosts: [],
    path: url.slice("unix://".length),
    login: {},
    db: 0,
    masterName: "",
    sentinelLogin: {},
    tls: undefined,
  };
}

function readParameters(query: string, shape: RedisShape): ReadonlyMap<string, string> {
  const asked = new Map(new URLSearchParams(query));
  for (const name of asked.keys())
    if (!parameters[shape].includes(name))
      refuse(`has the parameter ${name}: ${parameters[shape].join(", ")} are known`);
  const tls = asked.get("tls");
  if (tls !== undefined && tls !== "true" && tls !== "false")
    refuse("has a parameter tls that is neither true nor false");
  return asked;
}

function readHost(written: string, byDefault: number): RedisHost {
  const [, bracketed, plain, port] =
    /^(?:\[([\da-f:.%]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/i.exec(written.trim()) ??
    refuse(written === "" ? "names no host" : "has a host that cannot be read");
  const number = port === undefined ? byDefault : Number(port);
  if (number < 1 || number > 65_535) refuse(`has the port ${number}`);
  return { host: bracketed ?? plain ?? "", port: number };
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse("has a login that is not percent-encoded");
  }
};

const loginOf = (username: string | undefined, password: string | undefined): RedisLogin => ({
  ...(username ? { username } : {}),
  ...(password ? { password } : {}),
});

function readLogin(written: string): RedisLogin {
  const colon = written.indexOf(":");
  if (colon < 0) return loginOf(decoded(written), undefined);
  return loginOf(decoded(written.slice(0, colon)), decoded(written.slice(colon + 1)));
}

function readPath(path: string, shape: RedisShape): { masterName: string; db: number } {
  const parts = path.split("/").filter((part) => part !== "");
  const masterName = shape === "sentinel" ? decoded(parts.shift() ?? "") : "";
  if (shape === "sentinel" && masterName === "")
    refuse("does not say under which name the sentinels know the primary");
  const [db = "0", ...rest] = parts;
  if (!/^\d{1,5}$/.test(db) || rest.length > 0) refuse("has a database that is no number");
  if (shape === "cluster" && Number(db) !== 0)
    refuse(`has the database ${db}, and a Redis Cluster has only one`);
  return { masterName, db: Number(db) };
}

function tlsOf(asked: ReadonlyMap<string, string>): RedisTls {
  const [cert, key] = [asked.get("cert"), asked.get("key")];
  if ((cert === undefined) !== (key === undefined))
    refuse(`has a ${cert === undefined ? "key without its cert" : "cert without its key"}`);
  return Object.fromEntries(
    ["ca", "cert", "key", "servername"].flatMap((name) => {
      const value = asked.get(name);
      return value ? [[name, value]] : [];
    }),
  );
}

/** The address without its credentials, for logs. */
export function redactedUrl(url: string): string {
  return (
    url
      .replace(/\/\/[^?#]*@/, "//***@")
      // The name may be percent-encoded as well.
      .replace(/([?&])([^=&#]*)=[^&#]*/g, (member: string, mark: string, name: string) =>
        new URLSearchParams(name).has("sentinel_password") ? `${mark}${name}=***` : member,
      )
  );
}
