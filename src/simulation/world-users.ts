// The users of a world, and how they reach its api processes: a connection for each thing that they ask. Wiring only.
import { seededRandom } from "../random.ts";
import { isRegistered } from "../simulator/world.ts";
import { connectApiClient } from "./api-client.ts";
import type { SimulatedApi } from "./api-process.ts";
import type { Cast, Stage } from "./cast.ts";
import { daemonDefinitions, onceDefinitions } from "./fleet.ts";
import { createUsers } from "./users.ts";
import type { Entrance, Users } from "./users.ts";

function entranceOf(api: SimulatedApi): Entrance {
  return {
    process: api.name,
    execute: async (text, variables) => {
      const client = connectApiClient(api);
      try {
        return await client.execute(text, variables);
      } finally {
        client.close();
      }
    },
  };
}

/** ARN of a cluster that users name by its name or its ARN. */
export const clusterArnIn =
  ({ aws: { engine } }: Stage) =>
  (cluster: string): string =>
    engine.world.clusters.get(cluster)?.arn ?? cluster;

export function sendUsers(stage: Stage, cast: Cast): Users {
  const { aws, drawn, tell, time } = stage;
  const { world } = aws.engine;
  return createUsers({
    clock: { after: (delayMs, callback) => time.at(time.now + delayMs, callback) },
    random: seededRandom(`users ${drawn.seed}`),
    tell,
    entrances: () => [...cast.members].flatMap(({ api }) => (api ? entranceOf(api) : [])),
    clusters: () =>
      [...world.clusters.values()].map(({ name, arn, instances }) => ({
        name,
        arn,
        instances: [...instances.values()].filter(isRegistered).map(({ id }) => id),
      })),
    definitions: { always: daemonDefinitions, once: onceDefinitions },
    perMinute: drawn.usersPerMinute,
  });
}
