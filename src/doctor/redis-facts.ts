// What a Redis tells of itself, and what is to be said of it: whether it is fit to keep what Longshore writes. Writes
// nothing to it.
import type { Clock } from "../clock.ts";
import { keepingOf, settingsOf } from "../store/acknowledge.ts";
import type { dialOne } from "../store/dial.ts";
import { infoOf } from "../store/info.ts";
import type { Info } from "../store/info.ts";
import { schemaKey } from "../store/keys.ts";
import { compareSchema } from "../store/schema.ts";
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
  /** The form of Longshore's data as noted there, null for none; undefined when it does not tell. */
  readonly schema?: string | null | undefined;
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

/** Nothing of a node of a cluster that does not have the note. */
function judgeData({ schema }: RedisFacts): readonly Finding[] {
  if (schema === undefined) return [];
  const what = "Redis data";
  const { is, words } = compareSchema(schema);
  if (is === "newer")
    return [
      fail(
        what,
        `it is of a newer Longshore (${words}), which this one refuses to touch`,
        "upgrade this one, or point REDIS_URL at another Redis or database",
      ),
    ];
  if (is === "older")
    return [
      warn(
        what,
        `it is of an older Longshore (${words}): at the first start what clusters do is dropped and read from ECS again; daemons stay, and older processes refuse to go on`,
        "longshore export before that, and replace all processes at once",
      ),
    ];
  return [ok(what, is === "absent" ? "none of Longshore yet" : words)];
}

export function judgeRedis(facts: RedisFacts): readonly Finding[] {
  return [
    judgeVersion(facts),
    judgePersistence(facts),
    judgeEviction(facts),
    judgeClock(facts),
    ...judgeRole(facts),
    ...judgeData(facts),
  ];
}

/** With commands that only the doctor sends. */
type OneRedis = ReturnType<typeof dialOne>;

export async function readFacts(redis: OneRedis, clock: Clock): Promise<RedisFacts> {
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
    // Of the nodes of a cluster one has it.
    schema: await redis.get(schemaKey).catch(() => undefined),
    skewMs: Math.round(seconds * 1000 + microseconds / 1000 - middle),
  };
}
