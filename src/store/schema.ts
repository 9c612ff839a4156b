// In which form the data in Redis is. A newer form is refused before anything is read or written; of an older one, what
// ECS can tell again is dropped, and daemons stay.
import type { Redis } from "ioredis";
import { clusterKeys, clustersKey, schemaKey } from "./keys.ts";

/** Grows with every change of what is stored that this code could not read before. */
const schemaVersion = 2;

/** The data is of a newer Longshore. Trying again does not help until one of both is changed. */
export class NewerSchema extends Error {
  override readonly name = "NewerSchema";
}

export async function checkSchema(redis: Redis): Promise<void> {
  const found = await redis.get(schemaKey);
  if (found === String(schemaVersion)) return;
  if (Number(found ?? 0) > schemaVersion)
    throw new NewerSchema(
      `Redis holds the data of a newer Longshore (form ${found}, this one knows ${schemaVersion}): ` +
        "upgrade this process, or point REDIS_URL at another Redis or database",
    );
  for (const cluster of await redis.smembers(clustersKey)) {
    const { instances, tasks, ended, tombstones, log, meta } = clusterKeys(cluster);
    // Without its epoch the log begins anew: readers take a new snapshot, reconcile fills it.
    await redis.hdel(meta, "epoch", "run", "seq", "logMax");
    await redis.del(instances, tasks, ended, tombstones, log);
  }
  await redis.set(schemaKey, schemaVersion);
}
