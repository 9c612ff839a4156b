// EC2 instances that are about to go, in Redis: what ingest hears and a scheduler answers. Of no cluster, because the
// messages name none: a scheduler that has the container instance knows that it is meant.
import { departureKey } from "../ecs/departure.ts";
import type { Departure } from "../ecs/departure.ts";
import { departuresKey } from "./keys.ts";
import type { RedisClient } from "./redis-client.ts";

/** Auto Scaling waits no longer than this, whatever heartbeats it gets. */
const keptMs = 48 * 3_600_000;

interface Kept {
  readonly departure: Departure;
  readonly until: number;
}

export async function noteDepartures(
  redis: RedisClient,
  departures: readonly Departure[],
  now: number,
): Promise<void> {
  const fields = departures.flatMap((departure) => [
    departureKey(departure),
    JSON.stringify({ departure, until: now + keptMs } satisfies Kept),
  ]);
  if (fields.length > 0) await redis.hset(departuresKey, ...fields);
}

export async function readDepartures(redis: RedisClient, now: number): Promise<Departure[]> {
  const kept = Object.values(await redis.hgetall(departuresKey)).map((record): Kept =>
    JSON.parse(record),
  );
  const over = kept.filter(({ until }) => until <= now).map(({ departure }) => departure);
  await forgetDepartures(redis, over);
  return kept.filter(({ until }) => until > now).map(({ departure }) => departure);
}

export async function forgetDepartures(
  redis: RedisClient,
  departures: readonly Departure[],
): Promise<void> {
  if (departures.length > 0) await redis.hdel(departuresKey, ...departures.map(departureKey));
}
