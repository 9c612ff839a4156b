// All subscriptions of this process: one feed for each kind of entity, moved by the views, delivered round by round.
import type { GraphQLSchema } from "graphql";
import type { Notice, Informer } from "../../changes/informer.ts";
import type { Clock } from "../../clock.ts";
import type { ClusterArn } from "../../ecs/arn.ts";
import { clusterTopic, daemonTopic } from "./derived-topics.ts";
import { endpointTopic } from "./endpoint-topic.ts";
import { Feed } from "./feed.ts";
import type { FeedOptions, Request } from "./feed.ts";
import type { Deliverable, Reader } from "./group.ts";
import { Pacer } from "./pacer.ts";
import { instanceTopic, taskTopic } from "./tracked-topics.ts";

export interface Hub {
  /** The field of a subscription's payload that holds its entity. */
  entityField(subscriptionField: string): string;
  /** Begins a subscription; resolves once it is live. Rejects with a client's error. */
  subscribe(field: string, request: Request, reader: Reader): Promise<void>;
  /** Distinct subscriptions that there are: identical ones count once. */
  readonly size: number;
  close(): void;
}

const beatEveryMs = 1000;

const entityFields: Readonly<Record<string, string>> = {
  taskChanges: "task",
  containerInstanceChanges: "containerInstance",
  endpointChanges: "endpoint",
  daemonChanges: "daemon",
  clusterChanges: "cluster",
};

type AnyFeed = Pick<
  Feed<object, object>,
  "size" | "changed" | "added" | "removed" | "lost" | "beat" | "subscribe"
>;

function createFeeds(schema: GraphQLSchema, options: FeedOptions): ReadonlyMap<string, AnyFeed> {
  return new Map<string, AnyFeed>([
    ["taskChanges", new Feed(taskTopic(schema), options)],
    ["containerInstanceChanges", new Feed(instanceTopic(schema), options)],
    ["endpointChanges", new Feed(endpointTopic(schema, options.informer), options)],
    ["daemonChanges", new Feed(daemonTopic(schema, options.clock), options)],
    ["clusterChanges", new Feed(clusterTopic(schema), options)],
  ]);
}

export function createHub(
  schema: GraphQLSchema,
  { informer, clock }: { readonly informer: Informer; readonly clock: Clock },
): Hub {
  let ready: Deliverable[] = [];
  const pacer = new Pacer(clock, () => {
    const round = ready;
    ready = [];
    for (const group of round) group.deliver();
  });
  const onReady = (group: Deliverable) => {
    ready.push(group);
    pacer.wake();
  };
  const feeds = createFeeds(schema, { informer, clock, onReady });
  const known = new Set<ClusterArn>(informer.views.keys());

  function hear(notice: Notice): void {
    const { cluster } = notice;
    if (notice.type === "removed") {
      known.delete(cluster);
      for (const feed of feeds.values()) feed.removed(notice.view);
      return;
    }
    const view = informer.views.get(cluster);
    if (!view) return;
    const isNew = !known.has(cluster);
    known.add(cluster);
    for (const feed of feeds.values())
      if (notice.type === "changes") feed.changed(notice.changes, view);
      else if (isNew) feed.added(view);
      else feed.lost(view);
  }

  const unlisten = informer.listen(hear);
  let cancelBeat = clock.after(beatEveryMs, beat);
  function beat(): void {
    const now = clock.monotonic();
    for (const feed of feeds.values()) feed.beat(now);
    cancelBeat = clock.after(beatEveryMs, beat);
  }

  const feedOf = (field: string): AnyFeed => {
    const feed = feeds.get(field);
    if (!feed) throw new Error(`nothing is followed as ${field}`);
    return feed;
  };
  return {
    entityField: (field) => entityFields[field] ?? "",
    subscribe: (field, request, reader) => feedOf(field).subscribe(request, reader),
    get size() {
      return [...feeds.values()].reduce((sum, feed) => sum + feed.size, 0);
    },
    close: () => {
      unlisten();
      cancelBeat();
    },
  };
}
