// Reads which entities are stored, and nothing of what is stored of them: in pages, so that Redis is never held up.
import type { ClusterKeys } from "./keys.ts";
import type { RedisClient } from "./redis-client.ts";
import { runScript, scripts } from "./scripts.ts";
import type { KnownEntities } from "./store.ts";

const pageSize = 500;

export async function readKnown(
  redis: RedisClient,
  keys: ClusterKeys,
  kind: "i" | "t",
): Promise<KnownEntities> {
  const versions = new Map<string, string>();
  const entities = kind === "i" ? keys.instances : keys.tasks;
  let cursor = "0";
  do {
    const reply = await runScript(redis, scripts.known, [entities], [cursor, pageSize]);
    if (!Array.isArray(reply)) throw new Error("known.lua answered no list");
    for (let at = 1; at + 1 < reply.length; at += 2)
      versions.set(String(reply[at]), String(reply[at + 1]));
    cursor = String(reply[0]);
  } while (cursor !== "0");
  return {
    versions,
    ended: await membersOf(redis, keys.ended, kind),
    banned: await membersOf(redis, keys.tombstones, kind),
  };
}

/** The ids of one kind in a sorted set of `kind id`. */
async function membersOf(redis: RedisClient, key: string, kind: "i" | "t"): Promise<Set<string>> {
  const ids = new Set<string>();
  let cursor = "0";
  do {
    const [next, page] = await redis.zscan(key, cursor, "COUNT", pageSize);
    for (let at = 0; at < page.length; at += 2) {
      const member = page[at] ?? "";
      if (member.startsWith(kind)) ids.add(member.slice(2));
    }
    cursor = next;
  } while (cursor !== "0");
  return ids;
}
