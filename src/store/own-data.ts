// Whether what Redis holds is ours to touch: looked at before anything of it is read or written.
import { checkDeployment } from "./deployment.ts";
import type { RedisClient } from "./redis-client.ts";
import { checkSchema } from "./schema.ts";
import type { Schema } from "./schema.ts";

export interface OwnData {
  /** The form that this process knows; of this version if left out. */
  readonly schema?: Schema | undefined;
  /** Which Longshore this process is of; undefined: not known, and any Redis will do. */
  readonly deployment?: string | undefined;
}

/** Throws a RefusedData that says what to do. */
export async function checkData(
  redis: RedisClient,
  { schema, deployment }: OwnData = {},
): Promise<void> {
  // Before the form: of what is another's nothing is dropped as out of date.
  await checkDeployment(redis, deployment);
  await checkSchema(redis, schema);
}

type Call = (...given: never[]) => Promise<unknown>;

/** The same calls, each of which waits for `look` first and fails as it does. */
export function lookingFirst<Calls extends Readonly<Record<string, Call>>>(
  calls: Calls,
  look: () => Promise<unknown>,
): Calls {
  const each = Object.entries(calls).map(([name, call]): [string, Call] => [
    name,
    async (...given) => {
      await look();
      return call(...given);
    },
  ]);
  // Of the same names, with the same arguments and answers.
  return Object.fromEntries(each) as Calls;
}
