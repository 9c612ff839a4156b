// In which form the data in Redis is. A newer form is refused before anything is read or written; of an older one, what
// ECS can tell again is dropped, and daemons stay. Within a form, neighbouring versions work side by side.
import { clusterKeys, clustersKey, schemaKey } from "./keys.ts";
import type { RedisClient } from "./redis-client.ts";
import { runScript, scripts } from "./scripts.ts";
import { RefusedData } from "./trouble.ts";

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

/** The data is of a newer Longshore. */
export class NewerSchema extends RefusedData {
  override readonly name = "NewerSchema";
}

/** The id of a history of writes as logs note it: a writer of another form opens a log anew, and so finds out. */
export const runOfSchema = (id: string, { form }: Schema = ownSchema): string => `${form}.${id}`;

/** How data whose form is noted so in Redis is to this Longshore. */
export function compareSchema(
  text: string | null,
  own: Schema = ownSchema,
): { readonly is: "absent" | "older" | "usable" | "newer"; readonly words: string } {
  const found = schemaOf(text);
  if (!found) return { is: "absent", words: "no form" };
  const words = `form ${textOf(found)}, this one knows ${textOf(own)}`;
  if (found.form > own.form || isNewerByTwo(found, own)) return { is: "newer", words };
  return { is: found.form < own.form ? "older" : "usable", words };
}

export async function checkSchema(redis: RedisClient, own: Schema = ownSchema): Promise<void> {
  const text = await redis.get(schemaKey);
  const found = schemaOf(text);
  const { is, words } = compareSchema(text, own);
  if (is === "newer")
    throw new NewerSchema(
      `Redis holds the data of a newer Longshore (${words}): ` +
        "upgrade this process, or point REDIS_URL at another Redis or database",
    );
  if (found?.form === own.form && found.version >= own.version) return;
  await dropOlder(redis, own);
  const adopted = await runScript(
    redis,
    scripts.adoptSchema,
    [schemaKey],
    [textOf(own), text ?? ""],
  );
  if (adopted === 0) return checkSchema(redis, own);
  // Of what older processes wrote until they were shut out, nothing stays either.
  await dropOlder(redis, own);
}

async function dropOlder(redis: RedisClient, own: Schema): Promise<void> {
  for (const cluster of await redis.smembers(clustersKey)) {
    const { meta, log, instances, tasks, ended, tombstones, history, freshness } =
      clusterKeys(cluster);
    const keys = [meta, log, instances, tasks, ended, tombstones, history, freshness];
    await runScript(redis, scripts.dropOlder, keys, [own.form]);
  }
}

const isNewerByTwo = (found: Schema, own: Schema): boolean =>
  found.form === own.form && found.version > own.version + 1;
