// Loads the Lua scripts and runs one by its hash. The only place that knows NOSCRIPT.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { RedisClient } from "./redis-client.ts";

export interface Script {
  readonly name: string;
  readonly source: string;
  readonly sha: string;
}

export function scriptOf(name: string, source: string): Script {
  return { name, source, sha: createHash("sha1").update(source).digest("hex") };
}

/** Whose ARGV[1] is the id of the history of writes that the writer knows of: given as the form of our data. */
const takesRunId = /^-- ARGV\[1\] run id/m;

/**
 * Appends the id of the history that is written to. Only there is it certain: a slot may have got another node between
 * two commands, and a primary takes another id without closing a connection when its first replica comes to it.
 */
const ownRunId =
  "ARGV[1] = ARGV[1] .. string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')\n";

function load(name: string): Script {
  const source = readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), "utf8");
  return scriptOf(name, takesRunId.test(source) ? ownRunId + source : source);
}

export const scripts = {
  adoptSchema: load("adopt-schema"),
  dropOlder: load("drop-older"),
  identity: load("identity"),
  beginRun: load("begin-run"),
  closeCluster: load("close-cluster"),
  apply: load("apply"),
  remove: load("remove"),
  known: load("known"),
  read: load("read"),
  putControl: load("put-control"),
  putDefinitions: load("put-definitions"),
  noteDecisions: load("note-decisions"),
  takeLease: load("take-lease"),
  releaseLease: load("release-lease"),
  takeTokens: load("take-tokens"),
  noteThrottled: load("note-throttled"),
  addEvents: load("add-events"),
  noteFreshness: load("note-freshness"),
  putQuarantined: load("put-quarantined"),
  removeQuarantined: load("remove-quarantined"),
};

export type Scripts = typeof scripts;

/** Whether a Redis appends the id of its history to the first argument. */
export const appendsRunId = ({ source }: Script): boolean => source.startsWith(ownRunId);

const onShards = new Map<Script, Script>();

/** The script as a Redis Cluster needs it: nodes announce to their own listeners. */
function forShards(script: Script): Script {
  const known = onShards.get(script);
  if (known) return known;
  const { name, source } = script;
  const made = scriptOf(name, source.replaceAll("redis.call('PUBLISH'", "redis.call('SPUBLISH'"));
  onShards.set(script, made);
  return made;
}

/** Runs a script; a server that does not have it yet (new, restarted, flushed) gets its text. */
export async function runScript(
  redis: RedisClient,
  written: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  const script = redis.shards ? forShards(written) : written;
  try {
    try {
      return await redis.evalsha(script.sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
      return await redis.eval(script.source, keys.length, ...keys, ...args);
    }
  } catch (error) {
    throw withoutCommand(error);
  }
}

/** ioredis hangs the command on its error: records with daemons' secrets, which a crash would print. */
function withoutCommand(error: unknown): unknown {
  if (error instanceof Error && "command" in error) delete error.command;
  return error;
}
