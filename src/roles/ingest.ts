// The ingest role: queue to store, reconcile, retention, private addresses. Wiring only.
import { EC2Client } from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { createAddressBook } from "../aws/ec2-addresses.ts";
import {
  createEcsClients,
  createEcsReader,
  createTaskDefinitionReader,
} from "../aws/sdk-ecs-api.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import { createAlarm } from "../ingest/alarm.ts";
import { consume } from "../ingest/consumer.ts";
import { newCounters } from "../ingest/counters.ts";
import { trackOnly } from "../ingest/batch.ts";
import { watchPace } from "../ingest/pace.ts";
import { createPrivateIps } from "../ingest/private-ips.ts";
import { reconcileForever } from "../ingest/reconcile-loop.ts";
import { replayQuarantined } from "../ingest/replays.ts";
import { keepWithinRetention } from "../ingest/retention.ts";
import { createTaskDefinitions } from "../ingest/task-definitions.ts";
import { openSqsQueue } from "../sqs/sqs-queue.ts";
import { createRedisClock } from "../store/redis-clock.ts";
import { openRedisStore } from "../store/redis-store.ts";
import { createSharedBudget } from "../store/shared-budget.ts";
import type { Role, RoleOptions } from "./role.ts";

/** The account of the credentials, asked once; undefined while STS does not tell. */
function accountOfCredentials(): () => Promise<string | undefined> {
  const sts = new STSClient({});
  let known: string | undefined;
  return async () =>
    (known ??= await sts.send(new GetCallerIdentityCommand({})).then(
      ({ Account }) => Account,
      () => undefined,
    ));
}

/** Most receives at the same time; the worker finds out how many its queue needs. */
const pollersMax = 64;

export async function startIngest(options: RoleOptions): Promise<Role> {
  const { config, random } = options;
  const log = options.log.child({ role: "ingest" });
  const onDown = (reason: string) =>
    log.error({ reason }, "lost Redis; waiting for it to come back");
  const clock = createRedisClock(options.clock);
  const alarm = createAlarm(clock);
  const inProgress = new Set<ClusterArn>();
  const store = openRedisStore({
    url: options.redisUrl,
    name: "ingest",
    clock,
    random,
    retentionMs: config.retentionHours * 3_600_000,
    onDown,
    onNewLog: (cluster) => {
      // A cluster that we fill ourselves is no surprise; any other is new, or Redis lost it.
      if (!inProgress.has(cluster)) alarm.ring();
    },
  });
  const queue = openSqsQueue({ queue: config.queue, clock: options.clock });
  const stop = new AbortController();
  const worker = `ingest-${random.hex(8)}`;
  const account = accountOfCredentials();
  const budget = createSharedBudget({ store, clock, urgency: "background" });
  const { reading } = createEcsClients({ budget, account, signal: stop.signal });
  const privateIps = createPrivateIps({
    addresses: createAddressBook(new EC2Client({})),
    store,
    clock,
    log,
  });
  const taskDefinitions = createTaskDefinitions({
    reader: createTaskDefinitionReader(reading),
    store,
    clock,
    log,
  });
  const shared = { store, clock, random, log, tracks: trackOnly(config.clusters) };
  const reconcileMs = config.reconcileSeconds * 1000;
  const retentionMs = config.retentionHours * 3_600_000;
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
          ecs: createEcsReader(reading),
          intervalMs: reconcileMs,
          alarm,
          inProgress,
          holder: worker,
          account,
          onReconciled: (cluster, { ec2InstanceIds }) => {
            privateIps.want(cluster, ec2InstanceIds);
            taskDefinitions.sweep(cluster);
          },
        },
        stop.signal,
      ),
    ]);
  }
  const running = run();
  log.info({ queue: config.queue, worker }, "ingest is running");
  return {
    stop: async () => {
      stop.abort();
      await running;
      await privateIps.close();
      await taskDefinitions.close();
      queue.close();
      await store.close();
    },
  };
}
