// Compares the store with the ECS API and repairs what differs, in both directions. ECS is right, but its reads are
// eventually consistent: an older version changes nothing, and what is missing is asked for twice before it is removed.
import type { Clock } from "../clock.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import { arnId } from "../ecs/arn.ts";
import { awsErrorName } from "../ecs/aws-error.ts";
import type { Described, EcsReader } from "../ecs/ecs-api.ts";
import { isStopped } from "../ecs/task.ts";
import { observeContainerInstance, observeTask } from "../store/record.ts";
import type { Observation } from "../store/record.ts";
import type { KnownEntities, Removal, StateStore } from "../store/store.ts";
import { endOfBan } from "./ban.ts";
import { chunks, compare } from "./drift.ts";
import { describeFault } from "./faults.ts";

/** What Describe calls take at once, and what the apply script takes without holding Redis up. */
const pageMax = 100;
/** Describe calls of one cluster at the same time: enough to hide their latency. */
const describesAtOnce = 4;
/** How long ECS gets to make up its mind about something that it lists or that we know and that it calls missing. */
const confirmMs = 2000;

export interface ReconcileResult {
  /** Entities that were wrong, missing or left over. */
  readonly drift: number;
  readonly instances: number;
  readonly tasks: number;
  /** EC2 ids by container instance id, of all instances that ECS has. */
  readonly ec2InstanceIds: ReadonlyMap<string, string>;
  /** What could not be compared, and why; empty when all is well. */
  readonly problems: readonly string[];
}

export interface ReconcileDependencies {
  readonly ecs: EcsReader;
  readonly store: StateStore;
  readonly clock: Clock;
  /** How long a removed entity is kept from coming back by a late event. */
  readonly retentionMs: number;
}

type Kind = "i" | "t";

/** One kind of entity of one cluster. */
interface Part {
  readonly kind: Kind;
  readonly known: KnownEntities;
  readonly describe: (ids: readonly string[]) => Promise<Page>;
}

interface Page {
  readonly observations: readonly Observation[];
  /** Ids that ECS does not know. */
  readonly missing: readonly string[];
  /** What is wrong with descriptions that cannot be read. */
  readonly problems: readonly string[];
}

/**
 * Brings one cluster in line with ECS. `onPage` is called before each page of work and may throw to end it. Throws what
 * Redis throws and ClusterNotFoundException; what ECS refuses of one kind is a problem in the result, and the other
 * kind is done all the same.
 */
export async function reconcileCluster(
  dependencies: ReconcileDependencies,
  cluster: ClusterArn,
  onPage: () => Promise<void> = () => Promise.resolve(),
): Promise<ReconcileResult> {
  const work: Work = { ...dependencies, cluster, onPage, problems: [] };
  const counts = { instances: 0, tasks: 0, drift: 0 };
  const ec2InstanceIds = new Map<string, string>();
  await attempt(work, "container instances", async () => {
    const done = await reconcileInstances(work, ec2InstanceIds);
    counts.instances = done.listed;
    counts.drift += done.drift;
  });
  await attempt(work, "tasks", async () => {
    const done = await reconcileTasks(work);
    counts.tasks = done.listed;
    counts.drift += done.drift;
  });
  return { ...counts, ec2InstanceIds, problems: work.problems };
}

interface Work extends ReconcileDependencies {
  readonly cluster: ClusterArn;
  readonly onPage: () => Promise<void>;
  readonly problems: string[];
}

/** Does one part; what AWS refuses there leaves the others alone. */
async function attempt(work: Work, what: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    work.problems.push(`${what}: ${describeFault(error)}`);
  }
}

/** Whether AWS said no, to this call: not a cluster that is gone, and nothing of Redis. */
function isRefusal(error: unknown): boolean {
  const name = awsErrorName(error) ?? "";
  return name !== "ClusterNotFoundException" && /Exception$|^AccessDenied/.test(name);
}

interface Done {
  readonly listed: number;
  readonly drift: number;
}

async function reconcileInstances(work: Work, ec2InstanceIds: Map<string, string>): Promise<Done> {
  const { ecs, store, cluster } = work;
  const known = await store.known(cluster, "i");
  const listed = await ecs.listContainerInstances(cluster);
  // Only now is it certain that there is such a cluster, which may be empty.
  await store.addCluster(cluster);
  const describe = async (ids: readonly string[]) => {
    const described = await ecs.describeContainerInstances(cluster, ids);
    for (const { arn, ec2InstanceId } of described.entities)
      if (ec2InstanceId) ec2InstanceIds.set(arnId(arn), ec2InstanceId);
    return pageOf(described, (each) => observeContainerInstance(each, "describe"));
  };
  const doubts = compare({ live: listed, ended: [] }, known);
  const part: Part = { kind: "i", known, describe };
  const drift = await repair(work, part, [...doubts.describe, ...doubts.missing]);
  return { listed: listed.length, drift };
}

async function reconcileTasks(work: Work): Promise<Done> {
  const { ecs, store, cluster, clock } = work;
  const known = await store.known(cluster, "t");
  // In this order: what stops in between stands in the second list.
  const live = await ecs.listTasks(cluster, { desiredStatus: "RUNNING" });
  const ended = await ecs.listTasks(cluster, { desiredStatus: "STOPPED" });
  await store.addCluster(cluster);
  const describe = async (ids: readonly string[]) => {
    const now = clock.now();
    return pageOf(await ecs.describeTasks(cluster, ids), (task) =>
      observeTask(task, "describe", now, isStopped(task) ? task.stoppedAt : undefined),
    );
  };
  const doubts = compare({ live, ended }, known);
  const part: Part = { kind: "t", known, describe };
  const drift = await repair(work, part, [...doubts.describe, ...doubts.missing]);
  return { listed: live.length, drift };
}

function pageOf<Entity>(
  { entities, failures }: Described<Entity>,
  observe: (entity: Entity) => Observation,
): Page {
  return {
    observations: entities.map(observe),
    missing: failures.flatMap(({ arn, reason }) =>
      arn !== undefined && reason === "MISSING" ? [arnId(arn)] : [],
    ),
    problems: failures.flatMap(({ arn, reason, detail }) =>
      reason === "MISSING" ? [] : [`${arn ?? "something"}: ${detail ?? reason}`],
    ),
  };
}

/** Describes, page by page, and stores what is said; removes what ECS does not know. Resolves to the drift. */
async function repair(work: Work, part: Part, ids: readonly string[]): Promise<number> {
  const first = await describeAll(work, part, ids);
  const doubted = first.missing.filter((id) => part.known.versions.has(id));
  if (doubted.length === 0) return first.drift;
  await work.clock.sleep(confirmMs);
  const second = await describeAll(work, part, doubted);
  let drift = first.drift + second.drift;
  for (const gone of chunks(second.missing, pageMax)) {
    const removals = gone.map((id): Removal => ({
      kind: part.kind,
      id,
      // At this version only: what has changed since the comparison began is alive.
      version: part.known.versions.get(id) ?? "",
    }));
    const bannedUntil = endOfBan(0, work.retentionMs, work.clock.now());
    drift += await work.store.remove(work.cluster, removals, bannedUntil);
  }
  return drift;
}

interface DescribedAll {
  drift: number;
  readonly missing: string[];
}

/** Several pages at the same time, and none held longer than it takes to store it. */
async function describeAll(work: Work, part: Part, ids: readonly string[]): Promise<DescribedAll> {
  const all: DescribedAll = { drift: 0, missing: [] };
  let next = 0;
  let failed = false;
  const takePages = async () => {
    while (next < ids.length && !failed) {
      const page = ids.slice(next, (next += pageMax));
      try {
        await work.onPage();
        const { observations, missing, problems } = await part.describe(page);
        const results = await work.store.apply(work.cluster, observations);
        all.drift += results.filter((result) => result === "applied").length;
        all.missing.push(...missing);
        work.problems.push(...problems);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  // All end before one's failure is told: nothing goes on behind the back of whoever is told.
  const ends = await Promise.allSettled(Array.from({ length: describesAtOnce }, takePages));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return all;
}

/** A cluster that ECS does not have any more: everything in it that has not ended is gone. */
export async function forgetCluster(
  { store, clock, retentionMs }: Pick<ReconcileDependencies, "store" | "clock" | "retentionMs">,
  cluster: ClusterArn,
): Promise<number> {
  let removed = 0;
  for (const kind of ["t", "i"] as const) {
    const { versions, ended } = await store.known(cluster, kind);
    const gone = [...versions].filter(([id]) => !ended.has(id));
    for (const run of chunks(gone, pageMax)) {
      const removals = run.map(([id, version]): Removal => ({ kind, id, version }));
      removed += await store.remove(cluster, removals, endOfBan(0, retentionMs, clock.now()));
    }
  }
  return removed;
}
