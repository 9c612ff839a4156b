// What comparing a cluster with ECS costs: calls, time, memory, and what readers of Redis notice. The simulator is a
// process of its own; the floor makes the same calls with the bare SDK, as many at once, and keeps nothing.
import { ECSClient } from "@aws-sdk/client-ecs";
import { Redis } from "ioredis";
import { createEcsReader } from "../src/aws/sdk-ecs-api.ts";
import { budgetCalls } from "../src/aws/budgeted-client.ts";
import { systemClock } from "../src/clock.ts";
import { publishedRates, scaleRates } from "../src/ecs/api-budget.ts";
import type { CallRates } from "../src/ecs/api-budget.ts";
import type { EcsReader } from "../src/ecs/ecs-api.ts";
import { chunks } from "../src/ingest/drift.ts";
import { reconcileCluster } from "../src/ingest/reconcile.ts";
import { systemRandom } from "../src/random.ts";
import { openRedisStore } from "../src/store/redis-store.ts";
import { createSharedBudget, ourRates } from "../src/store/shared-budget.ts";
import type { StateStore } from "../src/store/store.ts";
import { until } from "../src/testing/longshore.ts";
import { testRedis } from "../src/testing/redis.ts";
import type { Row } from "./main.ts";
import { startSimulatorProcess } from "./reconcile/simulator-process.ts";
import type { SimulatorProcess } from "./reconcile/simulator-process.ts";

const fleet = { instances: 1000, tasks: 10_000 };
const largeFleet = { instances: 1000, tasks: 100_000 };
const describesAtOnce = 4;
const lookEveryMs = 20;
/** Commands that take less are not of interest, microseconds. */
const slowUs = 500;

const lifted = scaleRates(publishedRates, 1000);

interface Setting {
  readonly simulator: SimulatorProcess;
  readonly store: StateStore;
  readonly redis: Redis;
}

function readerOf({ simulator, store }: Setting, rates: CallRates): EcsReader {
  const client = new ECSClient({
    endpoint: simulator.url,
    region: "us-east-1",
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
  });
  const budget = createSharedBudget({ store, clock: systemClock, urgency: "background", rates });
  budgetCalls(client, { budget, account: () => Promise.resolve("bench") }, { takes: true });
  return createEcsReader(client);
}

/** The same lists and descriptions, and nothing done with them. */
async function floor(setting: Setting, cluster: string): Promise<void> {
  const ecs = readerOf(setting, lifted);
  const describe = async (
    ids: readonly string[],
    ask: (page: readonly string[]) => Promise<unknown>,
  ) => {
    const pages = chunks(ids, 100);
    const work = async () => {
      for (let page = pages.pop(); page; page = pages.pop()) await ask(page);
    };
    await Promise.all(Array.from({ length: describesAtOnce }, work));
  };
  const instances = await ecs.listContainerInstances(cluster);
  await describe(instances, (page) => ecs.describeContainerInstances(cluster, page));
  const running = await ecs.listTasks(cluster, { desiredStatus: "RUNNING" });
  const stopped = await ecs.listTasks(cluster, { desiredStatus: "STOPPED" });
  await describe([...running, ...stopped], (page) => ecs.describeTasks(cluster, page));
}

interface Watched {
  readonly seconds: number;
  readonly rssGrowthMb: number;
  /** The longest command that Redis ran meanwhile: what another reader may have waited for. */
  readonly redisBusyMsMax: number;
}

async function watch({ redis }: Setting, act: () => Promise<unknown>): Promise<Watched> {
  await redis.config("SET", "slowlog-log-slower-than", slowUs);
  await redis.slowlog("RESET");
  const before = process.memoryUsage().rss;
  let rss = before;
  const stop = new AbortController();
  const looking = (async () => {
    while (!stop.signal.aborted) {
      await systemClock.sleep(lookEveryMs);
      rss = Math.max(rss, process.memoryUsage().rss);
    }
  })();
  const from = systemClock.monotonic();
  await act();
  const seconds = (systemClock.monotonic() - from) / 1000;
  stop.abort();
  await looking;
  const slow: unknown = await redis.slowlog("GET", 128);
  const longest = Array.isArray(slow) ? slow.map((entry: unknown[]) => Number(entry[2])) : [];
  const redisBusyMsMax = Math.max(0, ...longest) / 1000;
  return { seconds, rssGrowthMb: (rss - before) / 1_048_576, redisBusyMsMax };
}

async function measure(
  what: string,
  setting: Setting,
  act: () => Promise<unknown>,
  floorSeconds?: number,
): Promise<Row> {
  await setting.simulator.resetCalls();
  const watched = await watch(setting, act);
  const { calls, throttled } = await setting.simulator.calls();
  const ratio = floorSeconds === undefined ? {} : { timesFloor: watched.seconds / floorSeconds };
  return { what, figures: { calls, throttled, ...watched, ...ratio } };
}

async function withFleet(
  size: typeof fleet,
  run: (setting: Setting, cluster: string) => Promise<Row[]>,
): Promise<Row[]> {
  const server = await testRedis();
  const redis = new Redis(server.url.replace("unix://", ""));
  const simulator = await startSimulatorProcess(size);
  const store = openRedisStore({
    url: server.url,
    name: "bench",
    clock: systemClock,
    random: systemRandom,
  });
  try {
    await until("Redis", () => store.ping().then(() => true as const));
    const setting = { simulator, store, redis };
    const [cluster = ""] = await readerOf(setting, lifted).listClusters();
    return await run(setting, cluster);
  } finally {
    await store.close();
    await simulator.stop();
    redis.disconnect();
    await server.stop();
  }
}

export async function reconcile(): Promise<readonly Row[]> {
  const compare = (setting: Setting, cluster: string, rates: CallRates) => () =>
    reconcileCluster(
      {
        ecs: readerOf(setting, rates),
        store: setting.store,
        clock: systemClock,
        retentionMs: 3_600_000,
      },
      cluster,
    );
  const small = await withFleet(fleet, async (setting, cluster) => {
    const { simulator } = setting;
    await simulator.throttle(0);
    await floor(setting, cluster);
    const bare = await measure("floor: bare calls", setting, () => floor(setting, cluster));
    const seconds = bare.figures["seconds"] ?? 1;
    const run = (what: string, rates: CallRates) =>
      measure(what, setting, compare(setting, cluster, rates), seconds);
    const rows = [
      bare,
      await run("1,000 + 10,000, empty store, budget lifted", lifted),
      await run("the same again, nothing to repair", lifted),
    ];
    // As ECS would: over its rate it refuses.
    await simulator.throttle(1);
    rows.push(await run("the same within the shared budget", ourRates));
    return rows;
  });
  const large = await withFleet(largeFleet, async (setting, cluster) => {
    await setting.simulator.throttle(0);
    return [
      await measure(
        "1,000 + 100,000, empty store, budget lifted",
        setting,
        compare(setting, cluster, lifted),
      ),
      await measure("the same again", setting, compare(setting, cluster, lifted)),
    ];
  });
  return [...small, ...large];
}
