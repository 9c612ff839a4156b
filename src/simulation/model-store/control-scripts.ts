// Twins of the scripts about logs as such and about control: begin-run, adopt-schema, drop-older, put-control,
// note-decisions, take-lease, release-lease.
import { clusterOfChannel, clusterKeys, keptNameOf } from "../../store/keys.ts";
import type { LeasePurpose } from "../../store/keys.ts";
import { record } from "./change-log.ts";
import { at } from "./script-types.ts";
import type { ScriptWorld, Twin } from "./script-types.ts";

export const beginRun: Twin = (world, keys, argv) => {
  const { keys: redis } = world;
  const [meta, log, freshness] = [at(keys, 0), at(keys, 1), at(keys, 2)];
  const [run, channel] = [at(argv, 0), at(argv, 3)];
  let opened = "0";
  let epoch = redis.hget(meta, "epoch");
  if (epoch === undefined) {
    [epoch, opened] = [at(argv, 1), "1"];
    redis.hset(meta, "epoch", epoch, "seq", "0", "run", run);
  } else if (redis.hget(meta, "run") !== run) {
    opened = "1";
    if (!world.has("seqReused")) {
      const tail = redis.hget(meta, "seq") ?? "";
      const seq = Math.max(Number(tail) + Number(at(argv, 4)), Math.floor(world.now() * 1000));
      redis.hset(meta, "seq", String(seq));
      redis.xadd(log, seq, ["k", "r", "p", tail, "at", at(argv, 2)]);
      world.publish(channel, String(seq));
    }
    redis.hset(meta, "run", run);
    redis.hset(freshness, "restartedAt", String(Math.floor(world.now())));
  }
  if (opened === "1") for (const key of keys) redis.persist(key);
  return [epoch, redis.hget(meta, "seq") ?? "", opened];
};

export const adoptSchema: Twin = ({ keys: redis }, keys, argv) => {
  const schema = at(keys, 0);
  if ((redis.get(schema) ?? "") !== at(argv, 1)) return 0;
  redis.set(schema, at(argv, 0));
  return 1;
};

export const dropOlder: Twin = ({ keys: redis }, keys, argv) => {
  const meta = at(keys, 0);
  if (redis.hget(meta, "run")?.startsWith(`${at(argv, 0)}.`)) return 0;
  redis.hdel(meta, "epoch", "run", "seq", "logMax");
  for (const key of keys.slice(1, 7)) redis.unlink(key);
  redis.hdel(at(keys, 7), "lastReconciledAt");
  return 1;
};

/** The model is one Redis, whose process is known without it. */
export const identity: Twin = () => {
  throw new Error("the model of the store is no Redis Cluster");
};

export const closeCluster: Twin = ({ keys: redis }, keys, argv) => {
  if (keys.slice(1, 4).some((key) => redis.hgetall(key).size > 0)) return 0;
  redis.hdel(at(keys, 0), "run");
  redis.unlink(at(keys, 4));
  for (const key of keys) redis.pexpire(key, Number(at(argv, 0)));
  return 1;
};

export const putControl: Twin = (world, keys, argv) => {
  const { keys: redis } = world;
  const [meta, lease] = [at(keys, 0), at(argv, 4)];
  if (redis.hget(meta, "run") !== at(argv, 0)) return ["RUN"];
  if (lease !== "" && redis.get(at(keys, 4)) !== lease && !world.has("fencingIgnored"))
    return ["FENCED"];
  const hashOf = (kind: string) => (kind === "d" ? at(keys, 2) : at(keys, 3));
  const writes: { kind: "d" | "p"; id: string; expected: string; after: string }[] = [];
  for (let from = 5; from < argv.length; from += 4)
    writes.push({
      kind: at(argv, from) === "d" ? "d" : "p",
      id: at(argv, from + 1),
      expected: at(argv, from + 2),
      after: at(argv, from + 3),
    });
  for (const { kind, id, expected } of world.has("expectedIgnored") ? [] : writes) {
    if (expected === "*") continue;
    const present = redis.hget(hashOf(kind), id) ?? "";
    if (expected === "+" ? present === "" : present !== expected) return ["CONFLICT", id];
  }
  for (const { kind, id, after } of writes) {
    const before = redis.hget(hashOf(kind), id);
    if (after === "=" || (before ?? "") === after) continue;
    if (after === "") redis.hdel(hashOf(kind), id);
    else redis.hset(hashOf(kind), id, after);
    record(world, keys, argv, { kind, id, before, after: after || undefined });
  }
  return ["OK", redis.hget(meta, "seq") ?? "", redis.hget(meta, "epoch") ?? "", at(argv, 0)];
};

export const noteDecisions: Twin = (world, keys, argv) => {
  const { keys: redis } = world;
  const [history, lease] = [at(keys, 0), at(argv, 0)];
  if (lease !== "" && redis.get(at(keys, 1)) !== lease && !world.has("fencingIgnored")) return 0;
  for (const decision of argv.slice(3)) redis.lpush(history, decision);
  redis.ltrim(history, 0, Number(at(argv, 1)) - 1);
  redis.pexpire(history, Number(at(argv, 2)) * 1000);
  return 1;
};

/** Which lease of which cluster a key is; that of a scheduler of somebody's own stands for a cluster `kept:NAME`. */
export function leaseOf(key: string): { cluster: string; purpose: LeasePurpose } | undefined {
  const kept = keptNameOf(key);
  if (kept !== undefined) return { cluster: `kept:${kept}`, purpose: "schedule" };
  const [channel, purpose] = key.split(/lease:(?=\w+$)/);
  const cluster = clusterOfChannel(`${channel}changes`);
  if (cluster === undefined || (purpose !== "schedule" && purpose !== "reconcile"))
    return undefined;
  return clusterKeys(cluster).leases[purpose] === key ? { cluster, purpose } : undefined;
}

export const takeLease: Twin = (world, keys, argv) => {
  const { keys: redis } = world;
  const [meta, key, holder, lifeMs] = [at(keys, 0), at(keys, 1), at(argv, 0), Number(at(argv, 1))];
  const present = redis.get(key);
  if (present !== undefined && !present.startsWith(`${holder}:`) && !world.has("leaseForAll")) {
    tellLease(world, key, "refused", present);
    return [0, present];
  }
  if (present?.startsWith(`${holder}:`)) {
    redis.pexpire(key, lifeMs);
    tellLease(world, key, "renewed", present);
    return [1, present];
  }
  if (redis.hget(meta, "lease") === undefined)
    redis.hset(meta, "lease", String(Math.floor(world.now())));
  const token = redis.hincrby(meta, "lease", world.has("fencingTokenStays") ? 0 : 1);
  const lease = `${holder}:${token}`;
  redis.set(key, lease);
  redis.pexpire(key, lifeMs);
  tellLease(world, key, "taken", lease);
  return [1, lease];
};

export const releaseLease: Twin = (world, keys, argv) => {
  const { keys: redis } = world;
  const [key, lease] = [at(keys, 0), at(argv, 0)];
  if (redis.get(key) !== lease) return 0;
  tellLease(world, key, "released", lease);
  return redis.unlink(key);
};

function tellLease(
  { keys: redis, process, tell, now }: ScriptWorld,
  key: string,
  change: "taken" | "renewed" | "refused" | "released",
  lease: string,
): void {
  const of = leaseOf(key);
  if (of === undefined) return;
  const until = change === "released" ? undefined : now() + redis.pttl(key);
  tell({ kind: "lease", process, ...of, change, lease, until });
}
