// Subscribers that join, leave, rest and resume at random moments, with random filters, while the fleet churns: what
// each has been told adds up to what the store has, and no message was of no use.
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { openInformer } from "../../changes/informer.ts";
import type { Informer } from "../../changes/informer.ts";
import { systemClock } from "../../clock.ts";
import { isObject } from "../../ecs/json.ts";
import { createLog } from "../../log.ts";
import { seededRandom, systemRandom } from "../../random.ts";
import { decodeTask, observeTask } from "../../store/record.ts";
import { openRedisStore } from "../../store/redis-store.ts";
import type { StateStore } from "../../store/store.ts";
import { aTask, testCluster } from "../../testing/entities.ts";
import { createFollowers } from "../../testing/follower.ts";
import type { Followed, Follower, Followers } from "../../testing/follower.ts";
import { testRedis } from "../../testing/redis.ts";
import type { TestRedis } from "../../testing/redis.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
console.log(`random-subscribers.test.ts seed ${seed} (FUZZ_SEED)`);
const random = seededRandom(seed);
const waiting = { timeout: 15_000, interval: 5 };
const clusters = [testCluster, `${testCluster}-2`];

let redis: TestRedis;
let store: StateStore;
const replicas: { readonly informer: Informer; readonly followers: Followers }[] = [];

beforeAll(async () => {
  redis = await testRedis({ appendonly: false });
  store = openRedisStore({
    url: redis.url,
    name: "test",
    clock: systemClock,
    random: systemRandom,
  });
  await vi.waitFor(() => store.ping(), waiting);
  for (const cluster of clusters) await write(cluster);
  for (let each = 0; each < 2; each++) {
    const informer = openInformer({ store, clock: systemClock, log: createLog("test", "silent") });
    replicas.push({ informer, followers: createFollowers(informer, store, systemClock) });
    await informer.loaded;
  }
});
afterAll(async () => {
  for (const { informer, followers } of replicas) {
    followers.close();
    await informer.close();
  }
  await store?.close();
  await redis?.stop();
});

let version = 0;
async function write(cluster: string): Promise<void> {
  const id = `t${random.int(1, 8)}`;
  if (random.chance(0.1)) {
    await store.remove(cluster, [{ kind: "t", id, version: "" }], 0);
    return;
  }
  const task = aTask(id, random.pick(["a", "b"]), {
    arn: `${cluster.replace(":cluster/", ":task/")}/${id}`,
    clusterArn: cluster,
    version: String(++version),
    lastStatus: random.pick(["PENDING", "RUNNING", "ACTIVATING"]),
    group: random.pick(["web", "batch"]),
  });
  await store.apply(cluster, [observeTask(task, "event", systemClock.now())]);
}

interface Filter {
  readonly cluster?: string;
  readonly lastStatus?: readonly string[];
  readonly group?: string;
  readonly containerInstance?: string;
}

const filters: readonly Filter[] = [
  {},
  { lastStatus: ["RUNNING"] },
  { group: "web" },
  { containerInstance: "a", lastStatus: ["RUNNING", "PENDING"] },
  { cluster: testCluster, group: "batch" },
];

const document = `subscription ($filter: TaskFilter, $after: String, $snapshot: Boolean) {
  taskChanges(filter: $filter, after: $after, snapshot: $snapshot) { type cursor changed task { arn version } }
}`;

/** One subscriber over all its connections: what it knows, and from where it can go on. */
class Subscriber {
  readonly filter: Filter;
  readonly known = new Map<string, string>();
  cursor: string | undefined;
  follower: Follower | undefined;
  #read = 0;
  #isComplete = false;
  constructor(filter: Filter) {
    this.filter = filter;
  }

  connect(): void {
    const after = this.#isComplete ? this.cursor : undefined;
    if (after === undefined) this.known.clear();
    const variables = { filter: this.filter, ...(after ? { after } : { snapshot: true }) };
    this.follower = random.pick(replicas).followers.follow(document, variables);
    this.#read = 0;
    if (random.chance(0.3)) this.follower.rest(true);
  }

  disconnect(): void {
    this.read();
    this.follower?.end();
    this.follower = undefined;
  }

  read(): void {
    if (!this.follower) return;
    const { items, error } = this.follower;
    const failure = error();
    if (failure) throw failure;
    for (const item of items.slice(this.#read)) this.#apply(item);
    this.#read = items.length;
  }

  #apply({ type, cursor, entity }: Followed): void {
    if (type === "SYNCED") this.#isComplete = true;
    if (this.#isComplete) this.cursor = cursor;
    if (!isObject(entity)) return;
    const [arn, its] = [String(entity["arn"]), String(entity["version"])];
    const was = this.known.get(arn);
    // No repeat, and nothing that does not follow from what it knew.
    if ((was === undefined) !== (type === "ADDED") || (type !== "REMOVED" && was === its))
      throw new Error(`${type} of ${arn} at ${its}, known at ${was ?? "no version"}`);
    if (type === "REMOVED") this.known.delete(arn);
    else this.known.set(arn, its);
  }
}

/** What a filter lets through of what is stored. */
async function stored(filter: Filter): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const cluster of clusters)
    for (const record of (await store.records(cluster, "t")).values()) {
      const task = decodeTask(record, cluster);
      const fits =
        (filter.cluster === undefined || filter.cluster === cluster) &&
        (filter.group === undefined || filter.group === task.group) &&
        (filter.lastStatus?.includes(task.lastStatus) ?? true) &&
        (filter.containerInstance === undefined || task.containerInstanceArn?.endsWith("/a"));
      if (fits) found.set(task.arn, task.version);
    }
  return found;
}

it("adds up to the store for every one of them", async () => {
  const subscribers = Array.from(
    { length: 15 },
    (_, each) => new Subscriber(filters[each % filters.length] ?? {}),
  );
  let reconnections = 0;
  for (let round = 0; round < 400; round++) {
    await write(random.pick(clusters));
    const subscriber = random.pick(subscribers);
    if (!subscriber.follower) subscriber.connect();
    else if (random.chance(0.3)) {
      subscriber.disconnect();
      reconnections++;
    } else subscriber.follower.rest(random.chance(0.3));
    if (random.chance(0.2)) for (const each of subscribers) each.read();
  }
  for (const each of subscribers) {
    if (!each.follower) each.connect();
    each.follower?.rest(false);
  }
  for (const each of subscribers) {
    const truth = await stored(each.filter);
    await vi.waitFor(() => {
      each.read();
      expect(Object.fromEntries(each.known)).toEqual(Object.fromEntries(truth));
    }, waiting);
  }
  expect(reconnections).toBeGreaterThan(20);
  // However many they are: identical ones are one, at each replica.
  for (const { followers } of replicas)
    expect(followers.hub.size).toBeLessThanOrEqual(filters.length);
}, 40_000);
