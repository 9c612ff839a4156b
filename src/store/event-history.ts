// The event history of clusters in Redis: what carries no version and so is no state. Keyed by event id, bounded by
// count and age; makes no cluster known by itself.
import type { ClusterArn } from "../ecs/arn.ts";
import type { ClusterEvent } from "../ecs/cluster.ts";
import { isObject, number, strings, text } from "../ecs/json.ts";
import type { Connection } from "./connection.ts";
import { clusterKeys } from "./keys.ts";
import { runScript, scripts } from "./scripts.ts";
import type { StateStore } from "./store.ts";

const eventsPerClusterMax = 1000;
/** After so long without any event, the history of a cluster that is gone goes too. */
const historyMs = 30 * 24 * 3600 * 1000;

function readEvent(json: string, clusterArn: ClusterArn): ClusterEvent {
  const event: unknown = JSON.parse(json);
  if (!isObject(event)) throw new Error("not a stored cluster event");
  return {
    id: text(event, "id") ?? "",
    clusterArn,
    detailType: text(event, "detailType") ?? "",
    eventType: text(event, "eventType"),
    eventName: text(event, "eventName"),
    reason: text(event, "reason"),
    resources: strings(event, "resources"),
    at: number(event, "at") ?? 0,
  };
}

export function eventHistory({
  redis,
}: Connection): Pick<StateStore, "addEvents" | "events" | "trimEvents"> {
  async function add(
    cluster: ClusterArn,
    events: readonly ClusterEvent[],
    cutoff: number,
  ): Promise<number> {
    const { eventIds, events: bodies } = clusterKeys(cluster);
    const each = events.flatMap(({ clusterArn: _, ...event }) => [
      event.id,
      event.at,
      JSON.stringify(event),
    ]);
    const bounds = [eventsPerClusterMax, cutoff, historyMs];
    const added = await runScript(
      redis,
      scripts.addEvents,
      [eventIds, bodies],
      [...bounds, ...each],
    );
    return Number(added);
  }
  return {
    addEvents: (cluster, events) => add(cluster, events, 0),
    trimEvents: async (cluster, cutoff) => {
      await add(cluster, [], cutoff);
    },
    events: async (cluster, limit) => {
      if (limit <= 0) return [];
      const { eventIds, events: bodies } = clusterKeys(cluster);
      const ids = await redis.zrevrange(eventIds, 0, limit - 1);
      if (ids.length === 0) return [];
      const found = await redis.hmget(bodies, ...ids);
      return found.flatMap((json) => (json === null ? [] : readEvent(json, cluster)));
    },
  };
}
