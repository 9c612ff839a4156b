// The ingest role: queue to store, reconcile, retention, private addresses. Wiring only.
import type { ECSClient } from "@aws-sdk/client-ecs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { renewedCredentials } from "../aws/credentials.ts";
import type { CredentialProvider } from "../aws/credentials.ts";
import { createAddressBook } from "../aws/ec2-addresses.ts";
import type { ClientBudget } from "../aws/budgeted-client.ts";
import {
  createEcsClients,
  createEcsReader,
  createTaskDefinitionReader,
} from "../aws/sdk-ecs-api.ts";
import { isClusterArn } from "../ecs/arn.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import { createAlarm } from "../ingest/alarm.ts";
import { consume } from "../ingest/consumer.ts";
import { newCounters } from "../ingest/counters.ts";
import { trackOnly } from "../ingest/batch.ts";
import { watchPace } from "../ingest/pace.ts";
import { createPrivateIps } from "../ingest/private-ips.ts";
import { reconcileForever } from "../ingest/reconcile-loop.ts";
import { regionsNamed } from "../ingest/reconcile-scope.ts";
import type { RegionReader } from "../ingest/reconcile-scope.ts";
import { replayQuarantined } from "../ingest/replays.ts";
import { keepWithinRetention } from "../ingest/retention.ts";
import { createTaskDefinitions } from "../ingest/task-definitions.ts";
import { openSqsQueue } from "../sqs/sqs-queue.ts";
import { createRedisClock } from "../store/redis-clock.ts";
import { openRedisStore } from "../store/redis-store.ts";
import { createSharedBudget } from "../store/shared-budget.ts";
import type { Role, RoleOptions } from "./role.ts";

/** The account of the credentials, asked once; undefined while STS does not tell. */
function accountOf(credentials: CredentialProvider): () => Promise<string | undefined> {
  const sts = new STSClient({ credentials });
  let known: string | undefined;
  return async () =>
    (known ??= await sts.send(new GetCallerIdentityCommand({})).then(
      ({ Account }) => Account,
      () => undefined,
    ));
}

/** The regions to compare with ECS: the worker's own, and those of ARNs among the clusters that the settings name. */
function readRegions(
  home: ECSClient,
  budget: ClientBudget,
  clusters: readonly string[],
): RegionReader[] {
  const named = regionsNamed(clusters);
  const own = { region: () => home.config.region(), ecs: createEcsReader(home) };
  const others = named.others.map((region): RegionReader => ({
    region: () => Promise.resolve(region),
    ecs: createEcsReader(createEcsClients(budget, region).reading),
  }));
  return named.home ? [own, ...others] : others;
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
  const logsBegun = new Map<ClusterArn, number>();
  const store = openRedisStore({
    url: options.redisUrl,
    name: "ingest",
    clock,
    random,
    retentionMs: config.retentionHours * 3_600_000,
    onDown,
    onNewLog: (cluster) => {
      logsBegun.set(cluster, (logsBegun.get(cluster) ?? 0) + 1);
      privateIps.forget(cluster);
      alarm.ring();
    },
  });
  const credentials = renewedCredentials(options.clock);
  const queue = openSqsQueue({ queue: config.queue, clock: options.clock, credentials });
  const stop = new AbortController();
  const worker = `ingest-${random.hex(8)}`;
  const account = accountOf(credentials);
  const budget = createSharedBudget({ store, clock, urgency: "background" });
  const callBudget = { budget, account, signal: stop.signal };
  const { reading } = createEcsClients(callBudget);
  const privateIps = createPrivateIps({
    addresses: createAddressBook(new EC2Client({ credentials })),
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
          regions: readRegions(reading, callBudget, config.clusters),
          named: config.clusters.filter(isClusterArn),
          intervalMs: reconcileMs,
          retentionMs,
          alarm,
          logsBegun,
          holder: worker,
          account,
          onReconciled: (cluster, { ec2InstanceIds, newInstances, problems }) => {
            if (problems.length === 0) privateIps.reconciled(cluster, ec2InstanceIds, newInstances);
            else privateIps.want(cluster, ec2InstanceIds);
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
