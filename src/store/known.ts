// Reads which entities are stored, and nothing of what is stored of them: in pages, so that Redis is never held up.
import type { ClusterKeys } from "./keys.ts";
import type { Connection } from "./connection.ts";
import { scanPages } from "./scan.ts";
import { runScript, scripts } from "./scripts.ts";
import type { KnownEntities } from "./store.ts";

const pageSize = 500;

export async function readKnown(
  connection: Connection,
  keys: ClusterKeys,
  kind: "i" | "t",
): Promise<KnownEntities> {
  const versions = new Map<string, string>();
  const entities = kind === "i" ? keys.instances : keys.tasks;
  const { redis } = connection;
  const pages = scanPages(connection, entities, async (cursor) => {
    const reply = await runScript(redis, scripts.known, [entities], [cursor, pageSize]);
    if (!Array.isArray(reply)) throw new Error("known.lua answered no list");
    return [String(reply[0]), reply.slice(1).map(String)] as const;
  });
  for await (const page of pages)
    for (let at = 0; at + 1 < page.length; at += 2)
      versions.set(page[at] ?? "", page[at + 1] ?? "");
  return {
    versions,
    ended: await membersOf(connection, keys.ended, kind),
    banned: await membersOf(connection, keys.tombstones, kind),
  };
}

/** The ids of one kind in a sorted set of `kind id`. */
async function membersOf(
  connection: Connection,
  key: string,
  kind: "i" | "t",
): Promise<Set<string>> {
  const ids = new Set<string>();
  const pages = scanPages(connection, key, (cursor) =>
    connection.redis.zscan(key, cursor, "COUNT", pageSize),
  );
  for await (const page of pages)
    for (let at = 0; at < page.length; at += 2) {
      const member = page[at] ?? "";
      if (member.startsWith(kind)) ids.add(member.slice(2));
    }
  return ids;
}
