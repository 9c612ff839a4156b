// What an ingest worker is made of, on whatever doors it is given: the real ones or a simulation's. Wiring only.
import type { ClientBudget } from "../aws/budgeted-client.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { CallRates } from "../ecs/api-budget.ts";
import type { AddressBook } from "../ecs/address-book.ts";
import { isClusterArn } from "../ecs/arn.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { TaskDefinitionReader } from "../ecs/ecs-api.ts";
import { createAlarm } from "../ingest/alarm.ts";
import { consume } from "../ingest/consumer.ts";
import { newCounters, toldCounts } from "../ingest/counters.ts";
import { trackOnly } from "../ingest/batch.ts";
import { watchPace } from "../ingest/pace.ts";
import { createPrivateIps } from "../ingest/private-ips.ts";
import { reconcileForever } from "../ingest/reconcile-loop.ts";
import type { RegionReader } from "../ingest/reconcile-scope.ts";
import { replayQuarantined } from "../ingest/replays.ts";
import { keepWithinRetention } from "../ingest/retention.ts";
import { createTaskDefinitions } from "../ingest/task-definitions.ts";
import { countWorker } from "../graphql/ingest-metrics.ts";
import type { Log } from "../log.ts";
import type { Random } from "../random.ts";
import type { Queue } from "../sqs/queue.ts";
import { createRedisClock } from "../store/redis-clock.ts";
import { createSharedBudget } from "../store/shared-budget.ts";
import type { StateStore } from "../store/store.ts";
import type { Spans } from "../telemetry/spans.ts";
import type { Role } from "./role.ts";

export interface IngestDoors {
  readonly config: Pick<Config, "clusters" | "reconcileSeconds" | "retentionHours">;
  /** The machine's; what is shared with others is told by Redis's time. */
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** What all our processes together may call ECS; our share of the published rates if left out. */
  readonly rates?: CallRates | undefined;
  readonly openStore: (options: {
    readonly clock: Clock;
    readonly retentionMs: number;
    readonly onNewLog: (cluster: ClusterArn, beginning: string) => void;
  }) => StateStore;
  readonly queue: Queue;
  /** Who takes traces; absent for nobody. */
  readonly spans?: Spans | undefined;
  /** EC2 in the account and region of a cluster. */
  readonly addressesOf: (cluster: ClusterArn) => AddressBook;
  readonly account: () => Promise<string | undefined>;
  /** The regions to compare with ECS, and the reader of task definitions; all of them take their calls' tokens there. */
  readonly openEcs: (budget: ClientBudget) => {
    readonly regions: readonly RegionReader[];
    readonly taskDefinitions: TaskDefinitionReader;
  };
}

/** Most receives at the same time; the worker finds out how many its queue needs. */
const pollersMax = 64;

export function runIngest(doors: IngestDoors): Role {
  const { config, random, log, queue, account } = doors;
  const clock = createRedisClock(doors.clock);
  const alarm = createAlarm(clock);
  const logsBegun = new Map<ClusterArn, number>();
  const beginnings = new Map<ClusterArn, string>();
  const onNewLog = (cluster: ClusterArn) => {
    logsBegun.set(cluster, (logsBegun.get(cluster) ?? 0) + 1);
    privateIps.forget(cluster);
    alarm.ring();
  };
  const retentionMs = config.retentionHours * 3_600_000;
  const store = doors.openStore({
    clock,
    retentionMs,
    onNewLog: (cluster, beginning) => {
      beginnings.set(cluster, beginning);
      onNewLog(cluster);
    },
  });
  const stop = new AbortController();
  const worker = `ingest-${random.hex(8)}`;
  const budget = createSharedBudget({ store, clock, urgency: "background", rates: doors.rates });
  const ecs = doors.openEcs({ budget, account, signal: stop.signal });
  const privateIps = createPrivateIps({ addressesOf: doors.addressesOf, store, clock, log });
  const taskDefinitions = createTaskDefinitions({
    reader: ecs.taskDefinitions,
    store,
    clock,
    log,
  });
  const { spans } = doors;
  const shared = { store, clock, random, log, spans, tracks: trackOnly(config.clusters) };
  const reconcileMs = config.reconcileSeconds * 1000;
  const counters = newCounters();
  async function run(): Promise<void> {
    await clock.follow(store.time, stop.signal);
    const wants = { onInstances: privateIps.want, onTaskDefinitions: taskDefinitions.want };
    await Promise.all([
      consume({ ...shared, ...wants, queue, pollers: pollersMax, counters }, stop.signal),
      watchPace({ ...shared, queue, counters, worker, reconcileMs }, stop.signal),
      replayQuarantined({ ...shared, ...wants, counters }, stop.signal),
      keepWithinRetention({ ...shared, retentionMs }, stop.signal),
      reconcileForever(
        {
          ...shared,
          regions: ecs.regions,
          named: config.clusters.filter(isClusterArn),
          intervalMs: reconcileMs,
          retentionMs,
          alarm,
          logsBegun,
          beginnings,
          onNewLog,
          holder: worker,
          account,
          onReconciled: (cluster, { ec2InstanceIds, problems }) => {
            if (problems.length === 0) privateIps.reconciled(cluster, ec2InstanceIds);
            else privateIps.want(cluster, ec2InstanceIds);
            taskDefinitions.sweep(cluster);
          },
        },
        stop.signal,
      ),
    ]);
  }
  const running = run();
  log.info({ queue: queue.name, worker }, "ingest is running");
  const startedAt = clock.now();
  return {
    self: {
      ping: store.ping,
      count: (registry) =>
        countWorker(registry, () => {
          const about = { id: worker, queue: queue.name, startedAt, at: clock.now(), reconcileMs };
          return { ...about, ...toldCounts(counters) };
        }),
    },
    stop: async () => {
      stop.abort();
      await running;
      await privateIps.close();
      await taskDefinitions.close();
      queue.close();
      await store.close();
      await spans?.close();
    },
  };
}
