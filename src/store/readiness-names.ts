// Names of the attributes that daemons have asked to be kept on container instances, in Redis: one that no daemon asks
// for any more is still to be removed, by whoever schedules the cluster by then.
import type { ClusterArn } from "../ecs/arn.ts";
import type { Connection } from "./connection.ts";
import { clusterKeys } from "./keys.ts";
import type { StateStore } from "./store.ts";

type ReadinessNames = Pick<
  StateStore,
  "readinessNames" | "noteReadinessNames" | "forgetReadinessNames"
>;

export function readinessNames({ redis }: Connection): ReadinessNames {
  const keyOf = (cluster: ClusterArn) => clusterKeys(cluster).readiness;
  return {
    readinessNames: async (cluster) =>
      new Map(
        Object.entries(await redis.hgetall(keyOf(cluster))).map(([name, at]) => [name, Number(at)]),
      ),
    noteReadinessNames: async (cluster, names, now) => {
      if (names.length > 0)
        await redis.hset(keyOf(cluster), ...names.flatMap((name) => [name, now]));
    },
    forgetReadinessNames: async (cluster, names) => {
      if (names.length > 0) await redis.hdel(keyOf(cluster), ...names);
    },
  };
}
