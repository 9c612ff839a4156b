// Whether Redis is there and set up to keep what Longshore writes. Writes nothing to it.
import type { Clock } from "../clock.ts";
import type { Environment } from "../config.ts";
import { locateRedisServer } from "../redis-server/locate.ts";
import { keepingOf, settingsOf } from "../store/acknowledge.ts";
import { connect } from "../store/connection.ts";
import { infoOf } from "../store/info.ts";
import type { Info } from "../store/info.ts";
import { redactedUrl } from "../store/redis-url.ts";
import { checkTimeoutMs, within } from "./deadline.ts";
import { fail, ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** What a Redis tells about itself. */
export interface RedisFacts {
  readonly info: Info;
  /** How it syncs its file, by name as CONFIG GET has it; empty when it does not tell. */
  readonly syncs: ReadonlyMap<string, string>;
  /** When it takes snapshots, as `save` has it; empty for never, undefined when it does not tell. */
  readonly save: string | undefined;
  /** How far its clock is ahead of ours. */
  readonly skewMs: number;
}

/** More than the way to another machine explains, and enough to show in ages and leases. */
const skewMaxMs = 2000;

function judgeVersion({ info }: RedisFacts): Finding {
  const what = "Redis version";
  const valkey = info.get("valkey_version");
  const version = info.get("redis_version") ?? "";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const name = valkey === undefined ? `Redis ${version}` : `Valkey ${valkey}`;
  if (major > 6 || (major === 6 && minor >= 2)) return ok(what, name);
  return fail(
    what,
    version === "" ? "it does not tell its version" : `${name} lacks commands that Longshore uses`,
    "use Redis 6.2 or later, or Valkey",
  );
}

const aofFix =
  "turn on the append-only file: redis-cli CONFIG SET appendonly yes, and appendonly yes in redis.conf";

/** The append-only file is on: whether what people are told to hold is waited for. */
function judgeSyncing({ info, syncs }: RedisFacts): Finding {
  const what = "Redis persistence";
  const isOn = "the append-only file is on";
  const keeping = keepingOf(info, syncs);
  if (keeping.how === "not")
    return warn(
      what,
      `${isOn}, and ${keeping.why}: a change of a daemon may be lost in a crash after it was answered`,
      "redis-cli CONFIG SET appendfsync everysec, and the same in redis.conf; Redis 7.2 or later, or Valkey, tells when it has synced",
    );
  return ok(
    what,
    keeping.how === "watch"
      ? `${isOn}; changes of daemons are answered when it is synced, which this version tells a second late`
      : `${isOn}; changes of daemons are answered when it is synced`,
  );
}

function judgePersistence(facts: RedisFacts): Finding {
  const { info, save } = facts;
  const what = "Redis persistence";
  if (info.get("aof_enabled") === "1") {
    const status = info.get("aof_last_write_status") ?? "ok";
    return status === "ok"
      ? judgeSyncing(facts)
      : fail(
          what,
          "the append-only file is on, and its last write failed: Redis refuses writes",
          "make room on its disk, and look at its log",
        );
  }
  const registered = "registered daemons are lost with it";
  if (save === undefined)
    return warn(
      what,
      `the append-only file is off: when Redis restarts, ${registered}, if there is no snapshot`,
      aofFix,
    );
  if (save === "")
    return warn(what, `off: when Redis restarts, everything is gone, and ${registered}`, aofFix);
  return warn(
    what,
    "only snapshots: when Redis is killed, what came since the last one is lost",
    aofFix,
  );
}

function judgeEviction({ info }: RedisFacts): Finding {
  const what = "Redis maxmemory-policy";
  const fix =
    "redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf or the parameter group";
  const policy = info.get("maxmemory_policy");
  if (policy === "noeviction") return ok(what, policy);
  if (policy === undefined) return warn(what, "it does not tell which policy it has", fix);
  const limit = info.get("maxmemory") ?? "0";
  const when = limit === "0" ? "should a memory limit be set, it" : `at ${limit} bytes it`;
  return warn(what, `it is ${policy}: ${when} drops keys, and with them tasks and daemons`, fix);
}

function judgeClock({ skewMs }: RedisFacts): Finding {
  const what = "Redis clock";
  const seconds = (Math.abs(skewMs) / 1000).toFixed(1);
  if (Math.abs(skewMs) <= skewMaxMs) return ok(what, `within ${seconds} s of this machine's`);
  return warn(
    what,
    `${seconds} s ${skewMs > 0 ? "ahead of" : "behind"} this machine's: ages and lags are shown wrong by that`,
    "keep both machines on NTP",
  );
}

/** A Redis that answers and still cannot be written to as Longshore does. */
function judgeRole({ info }: RedisFacts): readonly Finding[] {
  const findings: Finding[] = [];
  if (info.get("role") === "slave")
    findings.push(
      fail("Redis role", "it is a replica, which refuses writes", "point REDIS_URL at the primary"),
    );
  if (info.get("cluster_enabled") === "1")
    findings.push(
      fail(
        "Redis cluster mode",
        "it is on, and only some keys are on this node",
        "write REDIS_URL as redis+cluster://HOST:PORT,HOST:PORT",
      ),
    );
  return findings;
}

export function judgeRedis(facts: RedisFacts): readonly Finding[] {
  return [
    judgeVersion(facts),
    judgePersistence(facts),
    judgeEviction(facts),
    judgeClock(facts),
    ...judgeRole(facts),
  ];
}

/** With commands that only the doctor sends. */
type OwnConnection = ReturnType<typeof connect>;

async function readFacts({ redis }: OwnConnection, clock: Clock): Promise<RedisFacts> {
  const info = infoOf(await redis.info());
  const before = clock.now();
  const [seconds = 0, microseconds = 0] = (await redis.time()).map(Number);
  const middle = (before + clock.now()) / 2;
  // Managed services keep CONFIG to themselves.
  const settings = async (pattern: string) =>
    settingsOf(await redis.config("GET", pattern).catch(() => undefined));
  return {
    info,
    save: (await settings("save")).get("save"),
    syncs: await settings("*fsync*"),
    skewMs: Math.round(seconds * 1000 + microseconds / 1000 - middle),
  };
}

/** Words for a Redis that cannot be talked to. */
export function judgeRedisFault(url: string, reason: string): Finding {
  const what = `Redis at ${redactedUrl(url)}`;
  if (/NOAUTH|WRONGPASS|invalid password|AUTH <password>|without any password/i.test(reason))
    return fail(what, `it rejects the login (${reason})`, "correct user and password in REDIS_URL");
  if (/NOPERM/.test(reason))
    return fail(what, `its user lacks a permission (${reason})`, "allow it in the user's ACL");
  if (/^REDIS_URL|Invalid URL/.test(reason))
    return fail(
      "REDIS_URL",
      (reason.split(". ")[0] ?? reason).replace(/\.$/, ""),
      "write it as redis://HOST:PORT, rediss://HOST:PORT or unix:///PATH",
    );
  return fail(
    what,
    `it does not answer (${reason})`,
    "start it, or correct REDIS_URL; unset REDIS_URL, and serve starts a private one",
  );
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message || error.name : String(error);

async function checkConfigured(url: string, clock: Clock): Promise<readonly Finding[]> {
  let lost = (_reason: string) => {};
  const down = new Promise<never>((_, reject) => {
    lost = (reason) => reject(new Error(reason));
  });
  down.catch(() => {});
  let connection: OwnConnection;
  try {
    connection = connect(url, "doctor", (reason) => lost(reason));
  } catch (error) {
    return [judgeRedisFault(url, messageOf(error))];
  }
  try {
    await within(clock, (signal) => Promise.race([connection.ready(signal), down]));
    const facts = await within(clock, () => Promise.race([readFacts(connection, clock), down]));
    return [ok(`Redis at ${redactedUrl(url)}`, "it answers"), ...judgeRedis(facts)];
  } catch (error) {
    return [judgeRedisFault(url, messageOf(error))];
  } finally {
    await connection.close();
  }
}

/** Without REDIS_URL, `serve` starts a Redis of its own: looks for a program, fetches none. */
async function checkPrivate(
  environment: Environment,
  dataDir: string,
): Promise<readonly Finding[]> {
  const what = "Redis";
  const fetchCopy = () => Promise.reject(new Error("doctor fetches nothing"));
  try {
    const { command } = await locateRedisServer(dataDir, { environment, fetchCopy });
    return [
      ok(what, `REDIS_URL is not set: serve starts a private one under .longshore/ (${command})`),
    ];
  } catch {
    return [
      warn(
        what,
        "REDIS_URL is not set and no redis-server 6.2 or later is on this machine: serve tries to fetch a private copy",
        "install redis-server, or set REDIS_URL to a Redis that runs already",
      ),
    ];
  }
}

/** `dataDir` is where a private copy of Redis would be. */
export async function checkRedis(
  url: string | undefined,
  { clock, environment, dataDir }: { clock: Clock; environment: Environment; dataDir: string },
): Promise<readonly Finding[]> {
  if (url !== undefined) return checkConfigured(url, clock);
  return within(clock, () => checkPrivate(environment, dataDir), 2 * checkTimeoutMs).catch(
    (error: unknown) => [
      warn(
        "Redis",
        `looking for a redis-server took too long (${messageOf(error)})`,
        "set REDIS_URL to a Redis that runs already",
      ),
    ],
  );
}
