// Whether Redis is of the Longshore that is asked about: see store/deployment.ts. Writes nothing.
import type { Clock } from "../clock.ts";
import { connectionOf } from "../store/connection.ts";
import { otherDeployment, otherDeploymentRemedy } from "../store/deployment.ts";
import { dialRedis } from "../store/dial.ts";
import { deploymentKey } from "../store/keys.ts";
import { within } from "./deadline.ts";
import { fail, ok } from "./finding.ts";
import type { Finding } from "./finding.ts";

const what = "Redis owner";

export function judgeDeployment(found: string | null, own: string | undefined): Finding {
  if (found === null) return ok(what, "nobody's yet");
  if (own === undefined || found === own) return ok(what, `the Longshore of ${found}`);
  return fail(what, otherDeployment(found, own), otherDeploymentRemedy(found));
}

/** Nothing of a Redis that does not answer: that is found by others. */
export async function checkDeployment(
  url: string | undefined,
  own: string | undefined,
  clock: Clock,
): Promise<readonly Finding[]> {
  if (url === undefined) return [];
  let connection: ReturnType<typeof connectionOf> | undefined;
  try {
    const opened = (connection = connectionOf(dialRedis(url, "doctor"), url, () => {}));
    const found = await within(clock, async (signal) => {
      await opened.ready(signal);
      return opened.redis.get(deploymentKey);
    });
    return [judgeDeployment(found, own)];
  } catch {
    return [];
  } finally {
    await connection?.close();
  }
}
