// The only door to the environment: reads every setting once, with its default, and refuses bad ones in plain words.
import { isIP } from "node:net";

export interface AccessTokens {
  readonly read: readonly string[];
  readonly admin: readonly string[];
}

/** Whose JWTs are accepted. */
export interface JwtConfig {
  /** Where the issuer publishes its keys. */
  readonly jwksUrl: string;
  /** What the claims `aud` and `iss` must have; undefined for anything. */
  readonly audience: string | undefined;
  readonly issuer: string | undefined;
}

/** Paths of PEM files. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** What one client, or all of them, may have at the same time. */
export interface ClientLimitsConfig {
  /** Connections of everybody together. */
  readonly connectionsMax: number;
  /** WebSockets of one client. */
  readonly clientSocketsMax: number;
  /** Subscriptions of one client, over all of its sockets. */
  readonly clientSubscriptionsMax: number;
  /** Mutations of one client a second, on average. */
  readonly clientMutationsPerSecond: number;
}

/** Where traces go, by OpenTelemetry's own variables. */
export interface TracingConfig {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
  /** Of traces that begin here, 0 to 1. */
  readonly sampleRatio: number;
}

export interface Config {
  /** With the files that TLS takes; undefined: start a private Redis. */
  readonly redisUrl: string | undefined;
  readonly host: string;
  readonly port: number;
  /** Name or URL. */
  readonly queue: string;
  /** Names or ARNs of the clusters to track; empty for all. */
  readonly clusters: readonly string[];
  /** Which Longshore this process is of; undefined: that of the account of the credentials. */
  readonly deployment: string | undefined;
  /** Other accounts and regions: the text itself, or the path of a file that has it. At most one is set. */
  readonly accounts: string | undefined;
  readonly accountsFile: string | undefined;
  readonly reconcileSeconds: number;
  readonly retentionHours: number;
  readonly tokens: AccessTokens;
  /** undefined: no JWTs. */
  readonly jwt: JwtConfig | undefined;
  /** Names of the Auto Scaling lifecycle hooks that the scheduler holds and completes. */
  readonly lifecycleHooks: readonly string[];
  /** Whether container instances that are about to go are set DRAINING. */
  readonly drainLeaving: boolean;
  /** undefined: plain HTTP. */
  readonly tls: TlsFiles | undefined;
  /** Addresses and networks whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly limits: ClientLimitsConfig;
  /** undefined: no traces. */
  readonly tracing: TracingConfig | undefined;
  readonly logLevel: string;
  /** Where roles tell Prometheus and probes of themselves, beside what the API tells; undefined: nowhere. */
  readonly metricsPort: number | undefined;
  /** Whether that port may be open to other machines with no token to ask for. */
  readonly metricsWithoutToken: boolean;
  readonly simulatorPort: number;
}

/** A setting that cannot be used: the message names the variable and says what it takes. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables of this process, for programs that it starts. */
export const processEnvironment: Environment = process.env;

const list = (value: string | undefined): string[] =>
  (value ?? "")
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

function wholeNumber(
  environment: Environment,
  name: string,
  byDefault: number,
  min: number,
  max: number,
): number {
  const text = environment[name];
  if (text === undefined || text === "") return byDefault;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max)
    throw new ConfigError(`${name} is "${text}": it takes a whole number from ${min} to ${max}.`);
  return value;
}

function flag(environment: Environment, name: string, byDefault: boolean): boolean {
  const text = environment[name];
  if (text === undefined || text === "") return byDefault;
  if (text === "true" || text === "false") return text === "true";
  throw new ConfigError(`${name} is "${text}": it takes true or false.`);
}

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** Addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function readJwt(environment: Environment): JwtConfig | undefined {
  const jwksUrl = environment["LONGSHORE_JWKS_URL"] || undefined;
  const audience = environment["LONGSHORE_JWT_AUDIENCE"] || undefined;
  const issuer = environment["LONGSHORE_JWT_ISSUER"] || undefined;
  if (jwksUrl === undefined) {
    const alone = audience === undefined ? "LONGSHORE_JWT_ISSUER" : "LONGSHORE_JWT_AUDIENCE";
    if (audience !== undefined || issuer !== undefined)
      throw new ConfigError(
        `${alone} is set without LONGSHORE_JWKS_URL, and JWTs need its keys: set that, too, or unset ${alone}.`,
      );
    return undefined;
  }
  const url = URL.canParse(jwksUrl) ? new URL(jwksUrl) : undefined;
  // Keys that anybody on the way may replace would let anybody in.
  const isSafe =
    url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
  if (!isSafe)
    throw new ConfigError(
      `LONGSHORE_JWKS_URL is "${jwksUrl}": it takes an https:// address, or http:// on this machine.`,
    );
  return { jwksUrl, audience, issuer };
}

function readTls(environment: Environment): TlsFiles | undefined {
  const cert = environment["LONGSHORE_TLS_CERT"] || undefined;
  const key = environment["LONGSHORE_TLS_KEY"] || undefined;
  if (cert !== undefined && key !== undefined) return { cert, key };
  if (cert === undefined && key === undefined) return undefined;
  const [set, missing] =
    cert === undefined
      ? ["LONGSHORE_TLS_KEY", "LONGSHORE_TLS_CERT"]
      : ["LONGSHORE_TLS_CERT", "LONGSHORE_TLS_KEY"];
  throw new ConfigError(
    `${set} is set without ${missing}, and TLS takes both: set ${missing}, too, or unset ${set}.`,
  );
}

function readProxies(environment: Environment): readonly string[] {
  const proxies = list(environment["LONGSHORE_TRUSTED_PROXIES"]);
  const wrong = proxies.find((network) => !isNetwork(network));
  if (wrong !== undefined)
    throw new ConfigError(
      `LONGSHORE_TRUSTED_PROXIES has "${wrong}": it takes addresses and networks such as 10.0.0.0/8, separated by commas.`,
    );
  return proxies;
}

function isNetwork(network: string): boolean {
  const [address = "", bits, ...rest] = network.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32))
  );
}

export const clientLimitsByDefault: ClientLimitsConfig = {
  connectionsMax: 20_000,
  clientSocketsMax: 1000,
  clientSubscriptionsMax: 5000,
  clientMutationsPerSecond: 20,
};

function readLimits(environment: Environment): ClientLimitsConfig {
  const limit = (name: string, byDefault: number) =>
    wholeNumber(environment, name, byDefault, 1, 1_000_000);
  const byDefault = clientLimitsByDefault;
  return {
    connectionsMax: limit("LONGSHORE_CONNECTIONS_MAX", byDefault.connectionsMax),
    clientSocketsMax: limit("LONGSHORE_CLIENT_SOCKETS_MAX", byDefault.clientSocketsMax),
    clientSubscriptionsMax: limit(
      "LONGSHORE_CLIENT_SUBSCRIPTIONS_MAX",
      byDefault.clientSubscriptionsMax,
    ),
    clientMutationsPerSecond: limit(
      "LONGSHORE_CLIENT_MUTATIONS_PER_SECOND",
      byDefault.clientMutationsPerSecond,
    ),
  };
}

/** `name=value` pairs, separated by commas, with percent-encoding: as OpenTelemetry writes headers and attributes. */
function pairs(environment: Environment, name: string): Record<string, string> {
  const entries = list(environment[name]).map((pair): [string, string] => {
    const at = pair.indexOf("=");
    try {
      if (at < 1) throw new URIError();
      return [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())];
    } catch {
      // The value may be a secret: it is not shown.
      throw new ConfigError(
        `${name} cannot be read: it takes name=value pairs, separated by commas.`,
      );
    }
  });
  return Object.fromEntries(entries);
}

function readTracing(environment: Environment): TracingConfig | undefined {
  const traces = environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] || undefined;
  const general = environment["OTEL_EXPORTER_OTLP_ENDPOINT"] || undefined;
  const endpoint = traces ?? (general && `${general.replace(/\/$/, "")}/v1/traces`);
  const isOff =
    environment["OTEL_SDK_DISABLED"]?.toLowerCase() === "true" ||
    environment["OTEL_TRACES_EXPORTER"] === "none";
  if (endpoint === undefined || isOff) return undefined;
  const name =
    traces === undefined ? "OTEL_EXPORTER_OTLP_ENDPOINT" : "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol))
    throw new ConfigError(
      `${name} is "${traces ?? general}": it takes an http:// or https:// address.`,
    );
  if (/^grpc$/i.test(environment["OTEL_EXPORTER_OTLP_PROTOCOL"] ?? ""))
    throw new ConfigError(
      'OTEL_EXPORTER_OTLP_PROTOCOL is "grpc": it takes http/json, which collectors serve on port 4318.',
    );
  const sampler = environment["OTEL_TRACES_SAMPLER"] ?? "";
  const ratio = Number(environment["OTEL_TRACES_SAMPLER_ARG"] || 1);
  if (!(ratio >= 0 && ratio <= 1))
    throw new ConfigError(
      `OTEL_TRACES_SAMPLER_ARG is "${environment["OTEL_TRACES_SAMPLER_ARG"]}": it takes a number from 0 to 1.`,
    );
  return {
    endpoint,
    headers: pairs(environment, "OTEL_EXPORTER_OTLP_HEADERS"),
    resource: {
      ...pairs(environment, "OTEL_RESOURCE_ATTRIBUTES"),
      "service.name": environment["OTEL_SERVICE_NAME"] || "longshore",
    },
    sampleRatio: sampler.endsWith("always_off") ? 0 : sampler.endsWith("ratio") ? ratio : 1,
  };
}

function readAccountSettings(environment: Environment): Pick<Config, "accounts" | "accountsFile"> {
  const accounts = environment["LONGSHORE_ACCOUNTS"] || undefined;
  const accountsFile = environment["LONGSHORE_ACCOUNTS_FILE"] || undefined;
  if (accounts !== undefined && accountsFile !== undefined)
    throw new ConfigError(
      "LONGSHORE_ACCOUNTS_FILE is set together with LONGSHORE_ACCOUNTS: unset one of them.",
    );
  return { accounts, accountsFile };
}

function readDeployment(environment: Environment): string | undefined {
  const name = environment["LONGSHORE_DEPLOYMENT"] || undefined;
  if (name === undefined || /^[\w.-]{1,64}$/.test(name)) return name;
  throw new ConfigError(
    `LONGSHORE_DEPLOYMENT is "${name}": it takes up to 64 letters, digits and _.- as a name.`,
  );
}

/** TLS files of Redis by the parameter of REDIS_URL that they are the same as. */
const redisFiles = {
  ca: "LONGSHORE_REDIS_CA_FILE",
  cert: "LONGSHORE_REDIS_CERT_FILE",
  key: "LONGSHORE_REDIS_KEY_FILE",
};

function readRedisUrl(environment: Environment): string | undefined {
  const url = environment["REDIS_URL"] || undefined;
  const files = Object.entries(redisFiles).filter(([, name]) => environment[name]);
  const [first] = files;
  if (first === undefined) return url;
  if (url === undefined || !/^rediss|[?&]tls=true\b/.test(url))
    throw new ConfigError(
      `${first[1]} is set, and REDIS_URL asks for no TLS: write it with rediss://, or unset ${first[1]}.`,
    );
  const asked = files
    .filter(([parameter]) => !new RegExp(`[?&]${parameter}=`).test(url))
    .map(([parameter, name]) => `${parameter}=${encodeURIComponent(environment[name] ?? "")}`);
  return [url, ...asked].reduce((all, next) => `${all}${all.includes("?") ? "&" : "?"}${next}`);
}

export function readConfig(environment: Environment = process.env): Config {
  const logLevel = environment["LONGSHORE_LOG_LEVEL"] || "info";
  if (!logLevels.includes(logLevel))
    throw new ConfigError(
      `LONGSHORE_LOG_LEVEL is "${logLevel}": it takes one of ${logLevels.join(", ")}.`,
    );
  const port = wholeNumber(environment, "LONGSHORE_PORT", 4000, 0, 65_535);
  return {
    redisUrl: readRedisUrl(environment),
    host: environment["LONGSHORE_HOST"] || "127.0.0.1",
    port,
    queue: environment["LONGSHORE_QUEUE"] || "longshore",
    clusters: list(environment["LONGSHORE_CLUSTERS"]),
    deployment: readDeployment(environment),
    ...readAccountSettings(environment),
    reconcileSeconds: wholeNumber(environment, "LONGSHORE_RECONCILE_SECONDS", 300, 1, 86_400),
    retentionHours: wholeNumber(environment, "LONGSHORE_RETENTION_HOURS", 24, 1, 8760),
    tokens: {
      read: list(environment["LONGSHORE_READ_TOKENS"]),
      admin: list(environment["LONGSHORE_ADMIN_TOKENS"]),
    },
    jwt: readJwt(environment),
    lifecycleHooks: list(environment["LONGSHORE_LIFECYCLE_HOOKS"] ?? "longshore"),
    drainLeaving: flag(environment, "LONGSHORE_DRAIN_LEAVING", true),
    tls: readTls(environment),
    trustedProxies: readProxies(environment),
    limits: readLimits(environment),
    tracing: readTracing(environment),
    logLevel,
    metricsPort: environment["LONGSHORE_METRICS_PORT"]
      ? wholeNumber(environment, "LONGSHORE_METRICS_PORT", 0, 0, 65_535)
      : undefined,
    metricsWithoutToken: flag(environment, "LONGSHORE_METRICS_WITHOUT_TOKEN", false),
    simulatorPort: wholeNumber(environment, "LONGSHORE_SIMULATOR_PORT", port + 1, 0, 65_535),
  };
}

type ListenConfig = Pick<Config, "host" | "tokens" | "jwt">;

/** Whether other machines reach this host and nobody is asked for a token. */
const isOpenToAll = ({ host, tokens, jwt }: ListenConfig): boolean =>
  !isLoopback(host) && tokens.read.length === 0 && tokens.admin.length === 0 && !jwt;

/** Why the API must not listen with these settings; undefined when it may. */
export function listenProblem(config: ListenConfig): string | undefined {
  if (!isOpenToAll(config)) return undefined;
  return (
    `LONGSHORE_HOST is ${config.host}, which other machines reach, and no token is set: anybody could stop your tasks. ` +
    "Set LONGSHORE_ADMIN_TOKENS (and LONGSHORE_READ_TOKENS) or LONGSHORE_JWKS_URL, or listen on 127.0.0.1."
  );
}

/** Why roles must not tell of themselves with these settings; undefined when they may, or need not. */
export function metricsProblem(
  config: ListenConfig & Pick<Config, "metricsPort" | "metricsWithoutToken">,
): string | undefined {
  if (config.metricsPort === undefined || config.metricsWithoutToken || !isOpenToAll(config))
    return undefined;
  return (
    `LONGSHORE_METRICS_PORT is ${config.metricsPort} on ${config.host}, which other machines reach, and no token is set: ` +
    "anybody could read your metrics. Set LONGSHORE_READ_TOKENS or LONGSHORE_JWKS_URL, listen on 127.0.0.1 " +
    "(LONGSHORE_HOST), or allow it with LONGSHORE_METRICS_WITHOUT_TOKEN=true where only Prometheus reaches the port."
  );
}

export interface ClientConfig {
  /** Where the API is. */
  readonly url: string;
  /** Bearer token for it; undefined for none. */
  readonly token: string | undefined;
}

/** What the commands that talk to a running API need. A token is only ever read from here: arguments show in `ps`. */
export function readClientConfig(environment: Environment = process.env): ClientConfig {
  const port = wholeNumber(environment, "LONGSHORE_PORT", 4000, 0, 65_535);
  return {
    url: environment["LONGSHORE_URL"] || `http://127.0.0.1:${port}`,
    token: environment["LONGSHORE_TOKEN"] || undefined,
  };
}
