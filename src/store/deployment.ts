// Whose a Redis is. Two Longshores at one Redis by mistake (the demo's and production's, those of two accounts) would
// take each other's leases and act on each other's daemons: whoever comes second is refused.
import { deploymentKey } from "./keys.ts";
import type { RedisClient } from "./redis-client.ts";
import { RefusedData } from "./trouble.ts";

/** Redis belongs to another Longshore. */
export class OtherDeployment extends RefusedData {
  override readonly name = "OtherDeployment";
}

/** What is said of a Redis that belongs to `found`, to whoever is of `own`. */
export const otherDeployment = (found: string, own: string): string =>
  `it belongs to the Longshore of ${found}, and this one is of ${own}`;

/** What there is to be done about it. */
export const otherDeploymentRemedy = (found: string): string =>
  `use the credentials that are meant, or point REDIS_URL at another Redis or database; if both are to be one Longshore, set LONGSHORE_DEPLOYMENT=${found} for this one`;

/** Takes a Redis that is nobody's. `own` undefined: not known, and nothing is held against it. */
export async function checkDeployment(redis: RedisClient, own: string | undefined): Promise<void> {
  if (own === undefined) return;
  let found = await redis.get(deploymentKey);
  if (found === null) {
    await redis.set(deploymentKey, own, "NX");
    found = await redis.get(deploymentKey);
  }
  if (found !== null && found !== own)
    throw new OtherDeployment(
      `Redis is not this Longshore's: ${otherDeployment(found, own)}. What to do: ${otherDeploymentRemedy(found)}`,
    );
}
