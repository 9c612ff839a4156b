// In which form the data in Redis is. A newer form is refused before anything is read or written; of an older one, what
// ECS can tell again is dropped, and daemons stay. Within a form, neighbouring versions work side by side.
import { clusterKeys, clustersKey, schemaKey } from "./keys.ts";
import type { RedisClient } from "./redis-client.ts";
import { runScript, scripts } from "./scripts.ts";

/** What a Longshore stores. */
export interface Schema {
  /** Grows with every change that the code before it cannot read, or that cannot read what was before it. */
  readonly form: number;
  /**
   * Grows with every change within a form, which the version before and the version after it read and leave in place:
   * while processes are replaced one by one, both work on the same data.
   */
  readonly version: number;
}

const ownSchema: Schema = { form: 4, version: 0 };

const textOf = ({ form, version }: Schema): string =>
  version === 0 ? `${form}` : `${form}.${version}`;

function schemaOf(text: string | null): Schema | undefined {
  const [, form, version = "0"] = /^(\d+)(?:\.(\d+))?$/.exec(text ?? "") ?? [];
  return form === undefined ? undefined : { form: Number(form), version: Number(version) };
}

/** The data is of a newer Longshore. Trying again does not help until one of both is changed. */
export class NewerSchema extends Error {
  override readonly name = "NewerSchema";
}

/** The id of a history of writes as logs note it: a writer of another form opens a log anew, and so finds out. */
export const runOfSchema = (id: string, { form }: Schema = ownSchema): string => `${form}.${id}`;

export async function checkSchema(redis: RedisClient, own: Schema = ownSchema): Promise<void> {
  const text = await redis.get(schemaKey);
  const found = schemaOf(text);
  if (found && (found.form > own.form || isNewerByTwo(found, own)))
    throw new NewerSchema(
      `Redis holds the data of a newer Longshore (form ${textOf(found)}, this one knows ${textOf(own)}): ` +
        "upgrade this process, or point REDIS_URL at another Redis or database",
    );
  if (found?.form === own.form && found.version >= own.version) return;
  for (const cluster of await redis.smembers(clustersKey)) {
    const { meta, log, instances, tasks, ended, tombstones, history } = clusterKeys(cluster);
    const keys = [meta, log, instances, tasks, ended, tombstones, history];
    await runScript(redis, scripts.dropOlder, keys, [own.form]);
  }
  const adopted = await runScript(
    redis,
    scripts.adoptSchema,
    [schemaKey],
    [textOf(own), text ?? ""],
  );
  if (adopted === 0) await checkSchema(redis, own);
}

const isNewerByTwo = (found: Schema, own: Schema): boolean =>
  found.form === own.form && found.version > own.version + 1;
