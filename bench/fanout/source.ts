// Where the changes of the fan-out benchmarks come from: tasks that are written into the store at a steady pace, as
// ingest writes them, or the same as texts on a Redis channel for servers that know no store.
import { Redis } from "ioredis";
import { systemClock } from "../../src/clock.ts";
import { systemRandom } from "../../src/random.ts";
import { observeTask } from "../../src/store/record.ts";
import { openRedisStore } from "../../src/store/redis-store.ts";
import { aTask, testCluster } from "../../src/testing/entities.ts";
import { until } from "../../src/testing/longshore.ts";
import { testRedis } from "../../src/testing/redis.ts";

export const subscription = `subscription ($filter: TaskFilter) {
  taskChanges(filter: $filter, snapshot: true) { type cursor task { arn version lastStatus family group stoppedReason } }
}`;
const allOfThem = { group: "bench" };
export const variables = { filter: allOfThem };

/** Number of each change that was made, and when, ms since the epoch. */
export type Made = ReadonlyMap<number, number>;

export interface Source {
  readonly redisUrl: string;
  /** Makes so many changes a second for so long. `text` makes each of them larger by that. */
  toStore(perSecond: number, seconds: number, text?: string): Promise<Made>;
  toChannel(perSecond: number, seconds: number): Promise<Made>;
  close(): Promise<void>;
}

const now = () => performance.timeOrigin + performance.now();

/** Calls `act` at a steady pace; what is late is made up for. */
async function pace(perSecond: number, seconds: number, act: () => void): Promise<void> {
  const began = performance.now();
  const total = Math.round(perSecond * seconds);
  for (let done = 0; done < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * perSecond) + 1);
    for (; done < due; done++) act();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

export async function startSource(): Promise<Source> {
  const redis = await testRedis();
  const store = openRedisStore({
    url: redis.url,
    name: "bench",
    clock: systemClock,
    random: systemRandom,
  });
  await until("Redis", () => store.ping().then(() => true));
  const channel = new Redis(redis.url.replace("unix://", ""));
  let number = 0;
  const taskOf = (version: number, text = "") =>
    aTask(`t${version % 100}`, "a", {
      version: String(version),
      group: "bench",
      stoppedReason: `${version}${text}`,
    });
  await store.apply(testCluster, [observeTask({ ...taskOf(++number), group: "none" }, "event", 0)]);
  return {
    redisUrl: redis.url,
    toStore: async (perSecond, seconds, text) => {
      const made = new Map<number, number>();
      const writes: Promise<unknown>[] = [];
      await pace(perSecond, seconds, () => {
        const version = ++number;
        made.set(version, now());
        writes.push(
          store.apply(testCluster, [
            observeTask(taskOf(version, text), "event", systemClock.now()),
          ]),
        );
      });
      await Promise.all(writes);
      return made;
    },
    toChannel: async (perSecond, seconds) => {
      const made = new Map<number, number>();
      const writes: Promise<unknown>[] = [];
      await pace(perSecond, seconds, () => {
        const version = ++number;
        const { arn, lastStatus, group, stoppedReason } = taskOf(version);
        const task = { arn, version: String(version), lastStatus, family: "lamp", group };
        const cursor = Buffer.alloc(66, "c").toString();
        const change = { type: "MODIFIED", cursor, task: { ...task, stoppedReason } };
        // As long as a message of the real server, its id included.
        const id = "0".repeat(36);
        const message = { id, type: "next", payload: { data: { taskChanges: change } } };
        made.set(version, now());
        writes.push(channel.publish("bench", JSON.stringify(message)));
      });
      await Promise.all(writes);
      return made;
    },
    close: async () => {
      channel.disconnect();
      await store.close();
      await redis.stop();
    },
  };
}
