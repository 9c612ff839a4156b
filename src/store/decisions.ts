// The history of a daemon in Redis: a bounded list, newest first, outside the change log. See decision.ts.
import type { Decision } from "../daemon/decision.ts";
import { decisionsMax } from "../daemon/decision.ts";
import type { ClusterKeys } from "./keys.ts";
import type { RedisClient } from "./redis-client.ts";
import { runScript, scripts } from "./scripts.ts";

/** So that it outlives its daemon for as long as somebody may ask what happened. */
const keptSeconds = 30 * 86_400;

/** Oldest first. "fenced": the lease is not held any more, nothing was written. */
export async function noteDecisions(
  redis: RedisClient,
  keys: ClusterKeys,
  daemon: string,
  decisions: readonly Decision[],
  lease: string,
): Promise<"written" | "fenced"> {
  const newest = decisions.slice(-decisionsMax).map((each) => JSON.stringify(each));
  const reply = await runScript(
    redis,
    scripts.noteDecisions,
    [keys.decisions(daemon), keys.leases.schedule],
    [lease, decisionsMax, keptSeconds, ...newest],
  );
  return reply === 1 ? "written" : "fenced";
}

/** Newest first. */
export async function readDecisions(
  redis: RedisClient,
  keys: ClusterKeys,
  daemon: string,
  limit: number,
): Promise<Decision[]> {
  if (limit <= 0) return [];
  const records = await redis.lrange(keys.decisions(daemon), 0, limit - 1);
  return records.map((record): Decision => JSON.parse(record));
}
