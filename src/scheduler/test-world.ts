// A scheduler on real Redis, and an ECS in memory that starts what it is asked to and tells nobody: events are sent by
// the test. Only for tests.
import { Redis } from "ioredis";
import { pino } from "pino";
import type { ClusterView } from "../changes/cluster-view.ts";
import { openInformer } from "../changes/informer.ts";
import { systemClock } from "../clock.ts";
import { currentRevision, formatLaunchMark } from "../daemon/daemon.ts";
import type { Daemon } from "../daemon/daemon.ts";
import { placementKey } from "../daemon/placement.ts";
import type { Placement } from "../daemon/placement.ts";
import { encodeDaemon, encodePlacement } from "../daemon/record.ts";
import { arnId } from "../ecs/arn.ts";
import type { Described, EcsReader, EcsWriter, StartTaskRequest } from "../ecs/ecs-api.ts";
import type { Task } from "../ecs/task.ts";
import type { Log } from "../log.ts";
import { systemRandom } from "../random.ts";
import { observeContainerInstance, observeTask } from "../store/record.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { aDaemon, anInstance, aTask, testCluster } from "../testing/entities.ts";
import { clusterKeys } from "../store/keys.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import { newSchedulerCounters } from "./counters.ts";
import { startController } from "./controller.ts";

export const clock = systemClock;
export const log = pino({ level: "silent" });

export class SilentEcs implements EcsReader, EcsWriter {
  readonly starts: StartTaskRequest[] = [];
  readonly stopped: string[] = [];
  lookups = 0;
  beforeStart: () => Promise<void> = () => Promise.resolve();
  beforeTake: () => Promise<void> = () => Promise.resolve();
  beforeStop: () => Promise<void> = () => Promise.resolve();
  beforeList: (startedBy: string | undefined) => Promise<void> = () => Promise.resolve();

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
    await this.beforeStop();
    return "stopping";
  }
  async listTasks(_: string, { startedBy }: { readonly startedBy?: string | undefined }) {
    this.lookups++;
    await this.beforeList(startedBy);
    return [];
  }
  runTask = async () => ({ outcome: "answered", entities: [], failures: [] }) as const;
  putAttributes: EcsWriter["putAttributes"] = async () => "put";
  deleteAttributes: EcsWriter["deleteAttributes"] = async () => "deleted";
  updateContainerInstancesState = async () => ({ entities: [], failures: [] });
  describeTasks = async (): Promise<Described<Task>> => ({ entities: [], failures: [] });
  describeContainerInstances = async () => ({ entities: [], failures: [] });
  listClusters = async () => [];
  listContainerInstances = async () => [];
}

const unlimited = { take: () => Promise.resolve(), throttled: () => {} };

export interface TestScheduler {
  /** Ends it in order. */
  close(): Promise<void>;
  /** Waits until it has the lease. */
  acts(): Promise<true>;
  /** Waits until it has looked at its daemons a few times more: what it was going to do it has done. */
  looksOn(): Promise<void>;
  view(): ClusterView | undefined;
}

export type SchedulerWorld = Awaited<ReturnType<typeof startSchedulerWorld>>;

/** A compared cluster without anything in it. */
export async function startSchedulerWorld() {
  const redis = await testRedis({ appendonly: false });
  const endings: (() => Promise<void>)[] = [];
  let bystanderVersion = 0;
  const store = await openStore("test");

  async function openStore(name: string): Promise<StateStore> {
    const opened = openRedisStore({ url: redis.url, name, clock, random: systemRandom });
    endings.push(() => opened.close());
    await until("Redis", () => opened.ping().then(() => true as const));
    return opened;
  }

  async function schedule(
    ecs: SilentEcs,
    holder: string,
    through: StateStore,
    told: Log = log,
  ): Promise<TestScheduler> {
    const informer = openInformer({ store: through, clock, log });
    const counters = newSchedulerCounters();
    await informer.loaded;
    const controller = startController({
      store: through,
      informer,
      clock,
      random: systemRandom,
      log: told,
      holder,
      counters,
      departures: {
        hooks: { heartbeat: async () => "gone", complete: async () => "gone" },
        settings: { hooks: [], drain: true },
      },
      retentionMs: 3_600_000,
      apiOf: () => ({ ecs, writeBudget: { ...unlimited, take: () => ecs.beforeTake() } }),
    });
    endings.push(() => informer.close());
    let closed: Promise<void> | undefined;
    const close = () => (closed ??= controller.close());
    endings.push(close);
    const acts = () =>
      until(`scheduler ${holder} to act`, async () => {
        const lease = await store.takeLease(testCluster, "schedule", "probe", 1);
        return (!lease.held && lease.holder.startsWith(holder)) || undefined;
      });
    const looksAgain = async () => {
      const { reconciles } = counters;
      const version = String(++bystanderVersion);
      const bystander = anInstance("bystander", { status: "INACTIVE", version });
      await store.apply(testCluster, [observeContainerInstance(bystander, "event")]);
      await until("another look", () => counters.reconciles > reconciles || undefined);
    };
    return {
      close,
      acts,
      looksOn: async () => {
        await acts();
        // The first may have been under way before, the second may have been cut short by the first one's writes.
        for (let look = 0; look < 3; look++) await looksAgain();
      },
      view: () => informer.views.get(testCluster),
    };
  }

  /** As ingest notes it after its first full comparison with ECS. */
  const compared = () => store.noteFreshness(testCluster, { lastReconciledAt: clock.now() });
  const putDaemon = async (id: string, record: string | undefined) => {
    await store.writeControl(testCluster, [{ kind: "d", id, expected: "*", record }]);
  };
  await compared();
  return {
    store,
    openStore,
    schedule,
    compared,
    atEnd: (end: () => Promise<void>) => void endings.push(end),
    join: (count: number) =>
      store.apply(
        testCluster,
        Array.from({ length: count }, (_, index) =>
          observeContainerInstance(anInstance(`i${index}`), "event"),
        ),
      ),
    /** Redis loses everything. */
    forget: async () => {
      const client = new Redis(redis.url.replace("unix://", ""));
      await client.flushall();
      client.disconnect();
    },
    /** Redis is another process from now on, as after a crash that lost its last writes. */
    restarted: async () => {
      const client = new Redis(redis.url.replace("unix://", ""));
      await client.hset(clusterKeys(testCluster).meta, "run", "an earlier process");
      client.disconnect();
    },
    /** The lease is gone, as with a Redis that lost it. */
    unlease: async () => {
      const client = new Redis(redis.url.replace("unix://", ""));
      await client.del(clusterKeys(testCluster).leases.schedule);
      client.disconnect();
    },
    define: (daemon: Daemon) => putDaemon(daemon.name, encodeDaemon(daemon)),
    undefine: (name: string) => putDaemon(name, undefined),
    remember: (id: string, rest: Pick<Placement, "state" | "requestedAt"> & Partial<Placement>) => {
      const { template } = currentRevision(aDaemon());
      const placement: Placement = {
        kind: "placement",
        daemon: "lamp",
        containerInstanceId: id,
        generation: 0,
        launchId: "deadbeef",
        template,
        attempts: 1,
        ...rest,
      };
      return store.writeControl(testCluster, [
        {
          kind: "p",
          id: placementKey(placement),
          expected: "*",
          record: encodePlacement(placement),
        },
      ]);
    },
    /** Our task on an instance, as an event tells of it. */
    tell: (id: string, rest: Partial<Task> = {}, daemon: Daemon = aDaemon()) => {
      const { template } = currentRevision(daemon);
      const startedBy = formatLaunchMark({
        daemonId: daemon.id,
        template,
        launchId: `first-${id}`,
      });
      const task = aTask(`t-${id}`, id, { startedBy, group: "daemon:lamp", ...rest });
      return store.apply(testCluster, [observeTask(task, "event", clock.now())]);
    },
    recordsOf: (kind: "d" | "p") => store.records(testCluster, kind),
    close: async () => {
      for (const end of endings.toReversed()) await end();
      await redis.stop();
    },
  };
}
