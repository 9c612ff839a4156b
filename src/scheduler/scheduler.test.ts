// The scheduler against real Redis and an ECS whose answers and events come when the test says so: what must not
// happen when starts are not seen, definitions change in mid-plan, or another scheduler takes over.
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openInformer } from "../changes/informer.ts";
import { systemClock } from "../clock.ts";
import { currentRevision, formatLaunchMark } from "../daemon/daemon.ts";
import type { Daemon } from "../daemon/daemon.ts";
import { encodeDaemon, encodePlacement } from "../daemon/record.ts";
import { arnId } from "../ecs/arn.ts";
import type { EcsReader, EcsWriter, StartTaskRequest } from "../ecs/ecs-api.ts";
import { systemRandom } from "../random.ts";
import { openRedisStore } from "../store/redis-store.ts";
import { observeContainerInstance, observeTask } from "../store/record.ts";
import type { StateStore } from "../store/store.ts";
import { aDaemon, anInstance, aTask, testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { startController } from "./controller.ts";

const clock = systemClock;
const log = pino({ level: "silent" });
const unlimited = { take: () => Promise.resolve(), throttled: () => {} };
let redis: TestRedis;
let store: StateStore;
let endings: (() => Promise<void>)[];

beforeEach(async () => {
  redis = await testRedis({ appendonly: false });
  endings = [];
  store = await openStore("test");
});

afterEach(async () => {
  for (const end of endings.toReversed()) await end();
  await redis.stop();
});

async function openStore(name: string): Promise<StateStore> {
  const opened = openRedisStore({ url: redis.url, name, clock, random: systemRandom });
  endings.push(() => opened.close());
  await until("Redis", () => opened.ping().then(() => true as const));
  return opened;
}

/** An ECS that starts what it is asked to, and tells nobody: events are sent by the test. */
class SilentEcs implements EcsReader, EcsWriter {
  readonly starts: StartTaskRequest[] = [];
  readonly stopped: string[] = [];
  lookups = 0;
  beforeStart: () => Promise<void> = () => Promise.resolve();

  async startTask(request: StartTaskRequest) {
    this.starts.push(request);
    await this.beforeStart();
    return { entities: this.tasks(request), failures: [] };
  }
  tasks({ startedBy, group, containerInstances }: StartTaskRequest) {
    return containerInstances.map((arn) =>
      aTask(`t-${arnId(arn)}-${arnId(startedBy)}`, arnId(arn), {
        startedBy,
        group,
        lastStatus: "PENDING",
      }),
    );
  }
  get startedOn(): string[] {
    return this.starts
      .flatMap(({ containerInstances }) => containerInstances.map(arnId))
      .toSorted();
  }
  async stopTask(_cluster: string, task: string): Promise<"stopping"> {
    this.stopped.push(task);
    return "stopping";
  }
  async listTasks() {
    this.lookups++;
    return [];
  }
  runTask = async () => ({ outcome: "answered", entities: [], failures: [] }) as const;
  putAttributes = async () => "put" as const;
  deleteAttributes = async () => "deleted" as const;
  updateContainerInstancesState = async () => ({ entities: [], failures: [] });
  describeTasks = async () => ({ entities: [], failures: [] });
  describeContainerInstances = async () => ({ entities: [], failures: [] });
  listClusters = async () => [];
  listContainerInstances = async () => [];
}

async function schedule(
  ecs: SilentEcs,
  holder: string,
  through: StateStore,
): Promise<() => Promise<void>> {
  const informer = openInformer({ store: through, clock, log });
  await informer.loaded;
  const controller = startController({
    store: through,
    informer,
    clock,
    random: systemRandom,
    log,
    holder,
    departures: {
      hooks: { heartbeat: async () => "gone", complete: async () => "gone" },
      settings: { hooks: [], drain: true },
    },
    retentionMs: 3_600_000,
    apiOf: () => ({ ecs, writeBudget: unlimited }),
  });
  endings.push(() => informer.close());
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= controller.close());
  endings.push(close);
  return close;
}

const join = (count: number) =>
  store.apply(
    testCluster,
    Array.from({ length: count }, (_, index) =>
      observeContainerInstance(anInstance(`i${index}`), "event"),
    ),
  );

const define = (daemon: Daemon) =>
  store.writeControl(testCluster, [
    { kind: "d", id: daemon.name, expected: "*", record: encodeDaemon(daemon) },
  ]);

function remember(
  id: string,
  rest: { state: "STARTING" | "FAILED"; requestedAt: number; nextAttemptAt?: number },
) {
  const { template } = currentRevision(aDaemon());
  const placement = {
    kind: "placement",
    daemon: "lamp",
    containerInstanceId: id,
    generation: 0,
    launchId: "deadbeef",
    template,
    attempts: 1,
    ...rest,
  } as const;
  return store.writeControl(testCluster, [
    { kind: "p", id: `lamp/${id}`, expected: "*", record: encodePlacement(placement) },
  ]);
}

test("of a launch that is seen in part, the other part is looked up and started again", async () => {
  const daemon = aDaemon();
  const { template } = currentRevision(daemon);
  const startedBy = formatLaunchMark({ daemonId: daemon.id, template, launchId: "deadbeef" });
  await join(2);
  await define(daemon);
  for (const id of ["i0", "i1"])
    await remember(id, { state: "STARTING", requestedAt: clock.now() - 60_000 });
  await store.apply(testCluster, [
    observeTask(aTask("t0", "i0", { startedBy }), "event", clock.now()),
  ]);
  const ecs = new SilentEcs();
  await schedule(ecs, "one", await openStore("one"));
  await until("a start", () => (ecs.starts.length > 0 ? true : undefined));
  // Tasks that run and tasks that have ended are in two lists.
  expect(ecs.lookups).toBe(2);
  expect(ecs.startedOn).toEqual(["i1"]);
});

test("a daemon that is removed before its starts are seen stops them when they are", async () => {
  const ecs = new SilentEcs();
  await join(3);
  await define(aDaemon());
  await schedule(ecs, "one", await openStore("one"));
  await until("three starts settled", async () => {
    const placements = [...(await store.records(testCluster, "p")).values()];
    return placements.filter((record) => record.includes("taskArn")).length === 3
      ? true
      : undefined;
  });
  await define(aDaemon({ deleting: true }));
  // Long enough to plan the removal many times over, with nothing to be seen.
  await clock.sleep(300);
  expect((await store.records(testCluster, "d")).size).toBe(1);
  const tasks = ecs.starts.flatMap((request) => ecs.tasks(request));
  for (const task of tasks)
    await store.apply(testCluster, [observeTask(task, "event", clock.now())]);
  await until("three stops", () => (ecs.stopped.length === 3 ? true : undefined));
  expect((await store.records(testCluster, "d")).size).toBe(1);
  const ended = { lastStatus: "STOPPED", desiredStatus: "STOPPED", version: "2" } as const;
  for (const task of tasks)
    await store.apply(testCluster, [observeTask({ ...task, ...ended }, "event", clock.now())]);
  await until("its end", async () =>
    (await store.records(testCluster, "d")).size === 0 ? true : undefined,
  );
  expect((await store.records(testCluster, "p")).size).toBe(0);
});

test("a pause holds in the middle of a long plan", async () => {
  const ecs = new SilentEcs();
  const other = await openStore("watching");
  const informer = openInformer({ store: other, clock, log });
  endings.push(() => informer.close());
  await informer.loaded;
  const isPaused = () => informer.views.get(testCluster)?.daemons.get("lamp")?.paused === true;
  // The second call is answered only once the pause is known everywhere; a few more may be under way by then.
  let begun: number | undefined;
  ecs.beforeStart = async () => {
    if (ecs.starts.length !== 2) return;
    await define(aDaemon({ paused: true }));
    await until("the pause", () => (isPaused() ? true : undefined));
    await clock.sleep(200);
    begun = ecs.starts.length;
  };
  await join(100);
  await define(aDaemon());
  await schedule(ecs, "one", await openStore("one"));
  await until("the second call", () => (ecs.starts.length >= 2 ? true : undefined));
  const before = await until("the pause", () => begun);
  await clock.sleep(500);
  expect(ecs.starts).toHaveLength(before);
  expect(before).toBeLessThan(10);
});

test("whoever takes over sees what the one before has started, however late its view", async () => {
  const due = clock.now() + 2500;
  await join(5);
  await define(aDaemon());
  for (const id of ["i0", "i1", "i2", "i3", "i4"])
    await remember(id, { state: "FAILED", requestedAt: clock.now(), nextAttemptAt: due });
  const [first, second] = [new SilentEcs(), new SilentEcs()];
  let isLate = false;
  const real = await openStore("two");
  const late: StateStore = {
    ...real,
    read: async (...asked) => {
      while (isLate) await clock.sleep(10);
      return real.read(...asked);
    },
  };
  const release = await schedule(first, "one", await openStore("one"));
  await until("the first to act", async () => {
    const lease = await store.takeLease(testCluster, "schedule", "probe", 1);
    return !lease.held && lease.holder.startsWith("one") ? true : undefined;
  });
  await schedule(second, "two", late);
  isLate = true;
  await until("the first's starts", () => (first.startedOn.length === 5 ? true : undefined));
  await release();
  await until("the second to act", async () => {
    const lease = await store.takeLease(testCluster, "schedule", "probe", 1);
    return !lease.held && lease.holder.startsWith("two") ? true : undefined;
  });
  await clock.sleep(500);
  isLate = false;
  await clock.sleep(1500);
  expect(second.startedOn).toEqual([]);
});
