// Compares the store with the ECS API and repairs what differs, in both directions. ECS is right.
import type { Clock } from "../clock.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import { arnId } from "../ecs/arn.ts";
import type { EcsReader } from "../ecs/ecs-api.ts";
import { observeContainerInstance, observeTask } from "../store/record.ts";
import type { Observation } from "../store/record.ts";
import type { Removal, StateStore } from "../store/store.ts";
import { chunks, compare } from "./drift.ts";
import type { Known } from "./drift.ts";

/** What Describe calls take at once. */
const describeMax = 100;
/** Observations in one call of the apply script: long enough to be cheap, short enough not to hold Redis up. */
const applyMax = 100;
/** How long a removed entity is kept from coming back by a late event: as long as SQS may hold one. */
export const banMs = 14 * 24 * 3600 * 1000;

export interface ReconcileResult {
  /** Entities that were wrong, missing or left over. */
  readonly drift: number;
  readonly instances: number;
  readonly tasks: number;
  /** EC2 ids by container instance id, of all instances that ECS has. */
  readonly ec2InstanceIds: ReadonlyMap<string, string>;
}

export interface ReconcileDependencies {
  readonly ecs: EcsReader;
  readonly store: StateStore;
  readonly clock: Clock;
}

/** Brings one cluster in line with ECS. Throws what ECS or Redis throws; nothing is half repaired by that. */
export async function reconcileCluster(
  dependencies: ReconcileDependencies,
  cluster: ClusterArn,
): Promise<ReconcileResult> {
  const { ecs, store } = dependencies;
  await store.addCluster(cluster);
  const knownInstances = await store.known(cluster, "i");
  const knownTasks = await store.known(cluster, "t");
  const listedInstances = await ecs.listContainerInstances(cluster);
  const running = await ecs.listTasks(cluster, { desiredStatus: "RUNNING" });
  const stopped = await ecs.listTasks(cluster, { desiredStatus: "STOPPED" });
  const instances = compare(listedInstances, knownInstances);
  const tasks = compare([...new Set([...running, ...stopped])], knownTasks);

  const ec2InstanceIds = new Map<string, string>();
  const describeInstances = async (arns: readonly string[]) => {
    const { entities } = await ecs.describeContainerInstances(cluster, arns);
    for (const { arn, ec2InstanceId } of entities)
      if (ec2InstanceId) ec2InstanceIds.set(arnId(arn), ec2InstanceId);
    return entities.map((each) => observeContainerInstance(each, "describe"));
  };
  const describeTasks = async (arns: readonly string[]) => {
    const { entities } = await ecs.describeTasks(cluster, arns);
    return entities.map((each) => observeTask(each, "describe", dependencies.clock.now()));
  };
  const repair = { dependencies, cluster };
  let drift = 0;
  drift += await repairKind(
    repair,
    "i",
    instances.describe,
    instances.missing,
    knownInstances,
    describeInstances,
  );
  drift += await repairKind(repair, "t", tasks.describe, tasks.missing, knownTasks, describeTasks);
  return { drift, instances: listedInstances.length, tasks: running.length, ec2InstanceIds };
}

/** Applies descriptions of what is listed; asks once more for what is not, and removes what ECS does not know. */
async function repairKind(
  { dependencies, cluster }: { dependencies: ReconcileDependencies; cluster: ClusterArn },
  kind: "i" | "t",
  listed: readonly string[],
  missing: readonly string[],
  known: Known,
  describe: (arns: readonly string[]) => Promise<Observation[]>,
): Promise<number> {
  const { store, clock } = dependencies;
  let drift = 0;
  for (const arns of chunks([...listed, ...missing], describeMax)) {
    const observations = await describe(arns);
    const found = new Set(observations.map(({ id }) => id));
    for (const run of chunks(observations, applyMax)) {
      const results = await store.apply(cluster, run);
      drift += results.filter((result) => result === "applied").length;
    }
    const gone: Removal[] = arns
      .map(arnId)
      .filter((id) => !found.has(id) && known.versions.has(id))
      .map((id) => ({ kind, id, version: known.versions.get(id) ?? "" }));
    drift += await store.remove(cluster, gone, clock.now() + banMs);
  }
  return drift;
}

/** A cluster that ECS does not have any more: everything in it that has not ended is gone. */
export async function forgetCluster(
  { store, clock }: Pick<ReconcileDependencies, "store" | "clock">,
  cluster: ClusterArn,
): Promise<number> {
  let removed = 0;
  for (const kind of ["t", "i"] as const) {
    const { versions, ended } = await store.known(cluster, kind);
    const gone = [...versions].filter(([id]) => !ended.has(id));
    for (const run of chunks(gone, applyMax)) {
      const removals = run.map(([id, version]): Removal => ({ kind, id, version }));
      removed += await store.remove(cluster, removals, clock.now() + banMs);
    }
  }
  return removed;
}
