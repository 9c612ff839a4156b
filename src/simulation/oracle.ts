// What each container instance should have in the end, by the true world, the definitions of the daemons and what users
// did. Written a second time, from docs/daemons.md, without the planner's code. Names what is missing.
import { refusal } from "../simulator/resources.ts";
import type { TaskDefinition } from "../simulator/task-definition.ts";
import type { Cluster, ContainerInstance, Task, World } from "../simulator/world.ts";
import { isRegistered } from "../simulator/world.ts";
import { markOf, recordKey } from "./checkers/scene.ts";
import type { StoredDaemon, StoredPlacement } from "./checkers/scene.ts";
import type { Breach, Checker, Fact, FactOf } from "./facts.ts";
import { isSelected } from "./selectors.ts";

/** What the store has of a kind in a cluster, by id. */
export type RecordsOf = (cluster: string, kind: "d" | "p") => ReadonlyMap<string, string>;

/** Breaks no rule by itself: it only hears what it has to know. */
export interface Oracle extends Checker {
  /** What is not as it should be yet, each with daemon, instance and what is missing; none when all is well. */
  pending(world: World, recordsOf: RecordsOf): string[];
}

/** Failed starts in a row of one template from which on a daemon counts as failing somewhere. */
const failingAttempts = 3;

type Revision = StoredDaemon["revisions"][number];

/** One daemon in its cluster, with what holds on all its instances. */
interface Case {
  readonly cluster: Cluster;
  readonly daemon: StoredDaemon;
  readonly current: Revision;
  /** undefined where ECS does not have it: then nothing can be started. */
  readonly definition: TaskDefinition | undefined;
  /** While the current revision waits to be promoted: what the instances beyond the canary run. */
  readonly older:
    | { readonly template: string; readonly definition: TaskDefinition | undefined }
    | undefined;
  /** The newest of each instance. */
  readonly placements: ReadonlyMap<string, StoredPlacement>;
  /** Whether ECS refused the last start on an instance, and the instance is the same since. */
  readonly isRefused: (instance: ContainerInstance) => boolean;
}

export function createOracle(clusterOf: (cluster: string) => string): Oracle {
  /** Daemons that were deregistered without their tasks, by cluster and name. */
  const leftRunning = new Set<string>();
  /** Version of an instance as ECS said it last. */
  const versions = new Map<string, string>();
  /** The version of an instance at which ECS refused a daemon's last start there. */
  const refusedAt = new Map<string, string>();
  let hasLost = false;

  function executed({ request, started = [], failures = [] }: FactOf<"executed">): void {
    const { cluster = "", startedBy } = request;
    const mark = markOf(startedBy);
    if (!mark) return;
    for (const { containerInstance } of started)
      refusedAt.delete(recordKey(cluster, mark.daemonId, containerInstance));
    for (const { containerInstance: id } of failures)
      refusedAt.set(
        recordKey(cluster, mark.daemonId, id),
        versions.get(recordKey(cluster, "i", id)) ?? "",
      );
  }

  function hear(fact: Fact): readonly Breach[] {
    if (fact.kind === "executed") executed(fact);
    if (fact.kind === "said" && fact.entity === "i")
      versions.set(recordKey(fact.cluster, "i", fact.id), fact.version);
    // With the daemons Redis lost whose the tasks are; with its last second, perhaps one of them.
    if (fact.kind === "redis" && (fact.life === "wiped" || fact.lostSince !== undefined))
      hasLost = true;
    // Whatever it was answered, it may have been done.
    if (fact.kind === "asked" && fact.mutation === "deregisterDaemon" && !fact.input["stopTasks"])
      leftRunning.add(
        recordKey(clusterOf(String(fact.input["cluster"])), "d", String(fact.input["name"])),
      );
    return [];
  }

  function casesOf(world: World, cluster: Cluster, recordsOf: RecordsOf): Case[] {
    const placements = [...recordsOf(cluster.arn, "p").values()].map((record): StoredPlacement =>
      JSON.parse(record),
    );
    return [...recordsOf(cluster.arn, "d").values()].flatMap((record) => {
      const daemon: StoredDaemon = JSON.parse(record);
      const current = daemon.revisions.find(({ revision }) => revision === daemon.revision);
      if (!current) return [];
      const versionOf = ({ id }: ContainerInstance) =>
        versions.get(recordKey(cluster.arn, "i", id)) ?? "";
      const isRefused = (instance: ContainerInstance) =>
        refusedAt.get(recordKey(cluster.arn, daemon.id, instance.id)) === versionOf(instance);
      return {
        cluster,
        daemon,
        current,
        definition: definitionOf(world, current.taskDefinition),
        older: olderOf(world, daemon, current),
        placements: newestOf(placements.filter((each) => each.daemon === daemon.name)),
        isRefused,
      };
    });
  }

  function orphans(cluster: Cluster, cases: readonly Case[]): string[] {
    if (hasLost) return [];
    const known = new Set(cases.map(({ daemon }) => daemon.id));
    return [...cluster.tasks.values()].flatMap((task) => {
      const mark = markOf(task.startedBy);
      if (!mark || known.has(mark.daemonId) || task.lastStatus === "STOPPED") return [];
      const name = task.group.replace("daemon:", "");
      if (leftRunning.has(recordKey(cluster.arn, "d", name))) return [];
      if (task.instance?.agentConnected === false) return [];
      return [`daemon ${name} is gone, and its task ${task.id} is ${task.lastStatus}`];
    });
  }

  return {
    name: "oracle",
    hear,
    pending: (world, recordsOf) =>
      [...world.clusters.values()].flatMap((cluster) => {
        const cases = casesOf(world, cluster, recordsOf);
        return [
          ...cases.flatMap((each) => pendingOf(each, cases)),
          ...orphans(cluster, cases),
          ...pendingAttributes(cluster, cases),
        ];
      }),
  };
}

function definitionOf(world: World, reference: string): TaskDefinition | undefined {
  const [family = "", revision] = reference.slice(reference.lastIndexOf("/") + 1).split(":");
  const all = world.taskDefinitions.get(family) ?? [];
  return revision === undefined ? all.at(-1) : all[Number(revision) - 1];
}

function olderOf(world: World, daemon: StoredDaemon, current: Revision): Case["older"] {
  const stable = daemon.revisions.find(({ revision }) => revision === daemon.stableRevision);
  const isCanary =
    daemon.rollout.canaryPercent > 0 &&
    daemon.promotedRevision !== daemon.revision &&
    stable?.template !== current.template;
  if (!isCanary || !stable) return undefined;
  return { template: stable.template, definition: definitionOf(world, stable.taskDefinition) };
}

function newestOf(placements: readonly StoredPlacement[]): Map<string, StoredPlacement> {
  const newest = new Map<string, StoredPlacement>();
  for (const each of placements) {
    const known = newest.get(each.containerInstanceId);
    if (!known || known.generation < each.generation) newest.set(each.containerInstanceId, each);
  }
  return newest;
}

const isLive = ({ lastStatus }: Task): boolean => lastStatus !== "STOPPED";
const runs = ({ lastStatus, desiredStatus }: Task): boolean =>
  lastStatus === "RUNNING" && desiredStatus === "RUNNING";

const tasksOf = ({ daemon, cluster }: Case, instance: ContainerInstance): Task[] =>
  [...cluster.tasks.values()].filter(
    (task) => task.instance === instance && markOf(task.startedBy)?.daemonId === daemon.id,
  );

/** Whether tasks of a definition go on by themselves, and whether they end with success. */
const goesOn = (definition: TaskDefinition | undefined): boolean =>
  definition !== undefined &&
  definition.containers.every(
    ({ behaviour }) => behaviour.exitAfterMs === undefined && behaviour.startFailure === undefined,
  );
const endsWell = (definition: TaskDefinition | undefined): boolean =>
  definition !== undefined &&
  definition.containers.every(
    ({ behaviour }) =>
      behaviour.exitAfterMs !== undefined &&
      behaviour.exitCode === 0 &&
      behaviour.startFailure === undefined,
  );

function pendingOf(each: Case, cases: readonly Case[]): string[] {
  const { daemon, cluster } = each;
  const instances = [...cluster.instances.values()].filter(isRegistered);
  const about = (instance: ContainerInstance, missing: string | undefined): string[] =>
    missing === undefined ? [] : [`daemon ${daemon.name} on ${instance.id}: ${missing}`];
  if (daemon.deleting) {
    // What is on an instance without agent cannot be stopped, and holds the daemon.
    const isHeld = instances.some(
      (instance) => !instance.agentConnected && tasksOf(each, instance).some(isLive),
    );
    return isHeld ? [] : [`daemon ${daemon.name} is still being removed`];
  }
  if (daemon.paused) return [];
  if (daemon.mode === "ALWAYS")
    return instances.flatMap((instance) => about(instance, missingAlways(each, instance, cases)));
  return instances.flatMap((instance) => about(instance, missingOnce(each, instance)));
}

const selects = ({ current }: Case, { attributes }: ContainerInstance): boolean =>
  isSelected(current.selector, attributes);

/** Whether a task could be started there as things are, whichever definition a canary leaves to the instance. */
const fits = ({ definition, older, isRefused }: Case, instance: ContainerInstance): boolean =>
  !isRefused(instance) &&
  [definition, ...(older ? [older.definition] : [])].every(
    (each) => each !== undefined && refusal(instance, each) === undefined,
  );

function missingAlways(
  each: Case,
  instance: ContainerInstance,
  cases: readonly Case[],
): string | undefined {
  const live = tasksOf(each, instance).filter(isLive);
  // Nothing that is asked for there can be seen to happen.
  if (!instance.agentConnected) return undefined;
  const isWanted = instance.status === "ACTIVE" && selects(each, instance);
  if (!isWanted) {
    if (live.length === 0 || mayStay(each, instance, cases)) return undefined;
    return `${live.length} tasks, and it should have none (${instance.status})`;
  }
  if (live.length > 1 && !mayBeTwo(each, instance))
    return `${live.length} tasks: ${live.map(({ id }) => id).join(", ")}`;
  const [task] = live;
  if (!goesOn(each.definition) || (each.older && !goesOn(each.older.definition))) return undefined;
  if (!task) return fits(each, instance) ? "no task" : undefined;
  if (!runs(task)) return `its task ${task.id} is ${task.lastStatus}/${task.desiredStatus}`;
  const template = markOf(task.startedBy)?.template;
  if (template === each.current.template || mayBeOld(each, instance)) return undefined;
  return `its task ${task.id} is of template ${template} instead of ${each.current.template}`;
}

/** A task where none should be may stay: what else drains goes first, and enough others must be healthy. */
function mayStay(each: Case, instance: ContainerInstance, cases: readonly Case[]): boolean {
  if (instance.status !== "DRAINING") return !allWell(each);
  // What a deregistered daemon has left running is nobody's, like a task that a person started.
  const ours = new Set(cases.map(({ daemon }) => daemon.id));
  const isOthers = [...instance.tasks].some(
    (task) => isLive(task) && !ours.has(markOf(task.startedBy)?.daemonId ?? ""),
  );
  if (isOthers) return true;
  return cases.some(
    (other) =>
      (other.daemon.drainOrder < each.daemon.drainOrder && tasksOf(other, instance).some(isLive)) ||
      (other.daemon.mode === "ONCE_LEAVING" && missingOnce(other, instance) !== undefined) ||
      // One that belongs to nobody any more is another's task.
      tasksOf(other, instance).some((task) => isLive(task) && other.daemon.mode !== "ALWAYS"),
  );
}

/** Whether every instance that should have a task has one that runs. */
function allWell(each: Case): boolean {
  return [...each.cluster.instances.values()]
    .filter((instance) => instance.status === "ACTIVE" && selects(each, instance))
    .every((instance) => tasksOf(each, instance).some(runs));
}

/** A rollout that has come to its end, or that cannot go on, may leave a task of another revision. */
function mayBeOld(each: Case, instance: ContainerInstance): boolean {
  const { daemon, placements, definition } = each;
  // Beyond the canary everything stays as it is: also what a daemon of the name, or one that Redis lost, has left.
  if (each.older) return true;
  // Where the new revision kept failing nothing more is replaced, until somebody acts.
  const isFailing = [...placements.values()].some(
    (placement) =>
      placement.template === each.current.template &&
      (placement.templateAttempts ?? placement.attempts) >= failingAttempts,
  );
  if (isFailing) return true;
  // What was emptied and has no room for the new one counts as missing: the others wait.
  const isShort = [...each.cluster.instances.values()].some(
    (other) =>
      other.status === "ACTIVE" &&
      selects(each, other) &&
      !tasksOf(each, other).some(isLive) &&
      !fits(each, other),
  );
  if (isShort) return true;
  if (daemon.rollout.method !== "REPLACE_THEN_TERMINATE") return false;
  // A task that may stay on an instance that drains, beside another one, is one of those that may be too many.
  const isOver = [...each.cluster.instances.values()].some(
    (other) => other.status === "DRAINING" && tasksOf(each, other).filter(isLive).length > 1,
  );
  if (isOver) return true;
  // The new task does not fit beside the old one: it waits for another instance, or there is no way at 100 percent.
  const isCramped = definition !== undefined && refusal(instance, definition) !== undefined;
  return each.isRefused(instance) || (isCramped && daemon.rollout.minHealthyPercent === 100);
}

/** A surge that waits for its new task, which keeps failing to become healthy. */
const mayBeTwo = ({ daemon, definition }: Case, instance: ContainerInstance): boolean =>
  daemon.rollout.method === "REPLACE_THEN_TERMINATE" &&
  !goesOn(definition) &&
  isRegistered(instance);

function missingOnce(each: Case, instance: ContainerInstance): string | undefined {
  const { daemon, placements } = each;
  const live = tasksOf(each, instance).filter(isLive);
  // What has begun runs to its end, whatever it was started from: also what a daemon of the name has left.
  if (live.some(({ definition }) => !endsWell(definition))) return undefined;
  if (live.length > 1) return `${live.length} runs at a time`;
  if (!instance.agentConnected || !endsWell(each.definition)) return undefined;
  const placement = placements.get(instance.id);
  const when = daemon.mode === "ONCE_LEAVING" ? "DRAINING" : "ACTIVE";
  const isWanted = instance.status === when && selects(each, instance);
  const isAsked = placement?.state === "PENDING" || placement?.state === "STARTING";
  if (!isWanted && !isAsked) return undefined;
  if (placement?.state === "SUCCEEDED" || placement?.state === "SKIPPED") return undefined;
  if (live.length === 0 && !fits(each, instance)) return undefined;
  // A rerun of another mode waits until its instance is ACTIVE again.
  if (live.length === 0 && instance.status !== when) return undefined;
  if (daemon.launch === "RUN_TASK" && instance.status !== "ACTIVE") return undefined;
  return `its run is ${placement?.state ?? "not known"}`;
}

/** Readiness attributes where it is plain what they should be. */
function pendingAttributes(cluster: Cluster, cases: readonly Case[]): string[] {
  const names = new Set(cases.map(({ daemon }) => daemon.readinessAttribute));
  names.delete("");
  const alive = cases.filter(({ daemon }) => !daemon.deleting);
  return [...cluster.instances.values()].filter(isRegistered).flatMap((instance) => {
    const selecting = alive.filter((each) => selects(each, instance));
    const always = selecting.filter(({ daemon }) => daemon.mode === "ALWAYS");
    const isWell = always.every((each) => tasksOf(each, instance).some(runs));
    const isBad = always.some((each) => !tasksOf(each, instance).some(isLive));
    return [...names].flatMap((name) => {
      const isNamed = selecting.some(({ daemon }) => daemon.readinessAttribute === name);
      const isSet = instance.attributes.get(name) === "true";
      if (isSet && (!isNamed || (isBad && instance.agentConnected)))
        return [`${instance.id} says ${name}, and is not ready`];
      const isPlain = always.length === selecting.length && isNamed && isWell;
      return isPlain && !isSet ? [`${instance.id} is ready, and does not say ${name}`] : [];
    });
  });
}
