// A kit on the real doors: Longshore's API, its Redis, and ECS by the AWS SDK. Opens them, decides nothing.
import { renewedCredentials } from "../aws/credentials.ts";
import { createEcsClients, createEcsReader, createEcsWriter } from "../aws/sdk-ecs-api.ts";
import { createLongshore } from "../client/index.ts";
import { systemClock } from "../clock.ts";
import { processEnvironment } from "../config.ts";
import { systemRandom } from "../random.ts";
import { openRedisStore } from "../store/redis-store.ts";
import { assembleKit } from "./kit.ts";
import type { Kit } from "./kit.ts";

export interface KitOptions {
  /** The scheduler's: up to 40 letters, digits and `_.-`. Another name is another scheduler, with tasks of its own. */
  readonly name: string;
  /** Longshore's API; LONGSHORE_URL unless given, else http://127.0.0.1:4000. Of several replicas any one answers. */
  readonly url?: string | readonly string[] | undefined;
  /** LONGSHORE_TOKEN unless given. */
  readonly token?: string | undefined;
  /** Longshore's Redis; REDIS_URL unless given. */
  readonly redisUrl?: string | undefined;
  /** Hears, once each time, that Redis went away and why. It comes back by itself; nothing is started meanwhile. */
  readonly onDown?: ((reason: string) => void) | undefined;
}

/**
 * Opens what a scheduler is built on, ECS with the AWS SDK's own settings. Throws a TypeError for a name or an address
 * that is none.
 */
export function openKit(options: KitOptions): Kit {
  const environment = processEnvironment;
  const { name, onDown = () => {} } = options;
  const url = options.url ?? environment["LONGSHORE_URL"] ?? "http://127.0.0.1:4000";
  const token = options.token ?? environment["LONGSHORE_TOKEN"];
  const redisUrl = options.redisUrl ?? environment["REDIS_URL"];
  if (!redisUrl)
    throw new TypeError(
      "There is no address of Redis: set REDIS_URL to that of Longshore's own Redis. After `npm start` it stands in .longshore/demo.env: node --env-file=.longshore/demo.env",
    );
  const credentials = renewedCredentials(systemClock);
  return assembleKit({
    name,
    client: createLongshore({ url, token }),
    clock: systemClock,
    random: systemRandom,
    openStore: (clock) =>
      openRedisStore({ url: redisUrl, name: `kit-${name}`, clock, random: systemRandom, onDown }),
    openEcs: (owner, { region }) => {
      const { reading, writing } = createEcsClients(owner, region, credentials);
      return { ...createEcsReader(reading), ...createEcsWriter(writing) };
    },
  });
}
