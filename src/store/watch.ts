// Listens to the announcements of changes. They only wake readers: the log is the truth, so a lost
// announcement costs time, never a change.
import type { ClusterArn } from "../ecs/arn.ts";
import { parseEcsArn } from "../ecs/arn.ts";
import { connect } from "./connection.ts";
import { clusterKeys, clustersKey } from "./keys.ts";
import type { Watch } from "./store.ts";

const pattern = "longshore:{*}:changes";

/** `longshore:{aws:eu-west-3:123456789012:name}:changes` back to the cluster's ARN. */
function clusterOfChannel(channel: string): ClusterArn | undefined {
  const tag = channel.slice(channel.indexOf("{") + 1, channel.lastIndexOf("}"));
  const [partition, region, account, name] = tag.split(":");
  const arn = `arn:${partition}:ecs:${region}:${account}:cluster/${name}`;
  return parseEcsArn(arn) && clusterKeys(arn).channel === channel ? arn : undefined;
}

export async function watchChanges(
  url: string,
  name: string,
  wake: (cluster: ClusterArn | undefined) => void,
): Promise<Watch> {
  const connection = connect(url, `${name}-watch`);
  const { redis } = connection;
  await connection.ready();
  redis.on("pmessage", (_pattern: string, channel: string) => wake(clusterOfChannel(channel)));
  redis.on("message", () => wake(undefined));
  await redis.psubscribe(pattern);
  await redis.subscribe(clustersKey);
  // ioredis subscribes again by itself, but says nothing of what was announced meanwhile.
  redis.on("ready", () => wake(undefined));
  return { close: () => connection.close() };
}
