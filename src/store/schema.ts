// In which form the data in Redis is. A newer form is refused before anything is read or written; of an older one, what
// ECS can tell again is dropped, and daemons stay.
import { clusterKeys, clustersKey, schemaKey } from "./keys.ts";
import type { RedisClient } from "./redis-client.ts";
import { runScript, scripts } from "./scripts.ts";

/** Grows with every change of what is stored that this code could not read before. */
const schemaVersion = 3;

/** The data is of a newer Longshore. Trying again does not help until one of both is changed. */
export class NewerSchema extends Error {
  override readonly name = "NewerSchema";
}

/** The id of a history of writes as logs note it: a writer of another form opens a log anew, and so finds out. */
export const runOfSchema = (runId: string): string => `${schemaVersion}.${runId}`;

export async function checkSchema(redis: RedisClient): Promise<void> {
  const found = await redis.get(schemaKey);
  if (found === String(schemaVersion)) return;
  if (Number(found ?? 0) > schemaVersion)
    throw new NewerSchema(
      `Redis holds the data of a newer Longshore (form ${found}, this one knows ${schemaVersion}): ` +
        "upgrade this process, or point REDIS_URL at another Redis or database",
    );
  for (const cluster of await redis.smembers(clustersKey)) {
    const { meta, log, instances, tasks, ended, tombstones, history } = clusterKeys(cluster);
    const keys = [meta, log, instances, tasks, ended, tombstones, history];
    await runScript(redis, scripts.dropOlder, keys, [schemaVersion]);
  }
  const args = [schemaVersion, found ?? ""];
  const adopted = await runScript(redis, scripts.adoptSchema, [schemaKey], args);
  if (adopted === 0) await checkSchema(redis);
}
