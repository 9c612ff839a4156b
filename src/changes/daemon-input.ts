// What a daemon's plan depends on, taken from a cluster's view. The scheduler and the API plan from the same.
import type { Daemon } from "../daemon/daemon.ts";
import { currentRevision, parseLaunchMark, runsOnce } from "../daemon/daemon.ts";
import { whatHolds } from "../daemon/drain.ts";
import type { Leaving } from "../daemon/drain.ts";
import { tasksByInstance } from "../daemon/judge.ts";
import type { Here, Rules } from "../daemon/rules.ts";
import { isOwnTask } from "../daemon/ownership.ts";
import type { Placement } from "../daemon/placement.ts";
import { placementKey } from "../daemon/placement.ts";
import { holdBack, planDaemon } from "../daemon/plan.ts";
import { comparisonDueAt } from "../store/restart.ts";
import type { Plan, PlanInput, Waits } from "../daemon/plan.ts";
import { newestGenerations } from "../daemon/rerun.ts";
import { arnId } from "../ecs/arn.ts";
import { matchesClusterQuery, parseClusterQuery } from "../ecs/cluster-query.ts";
import { isInactive } from "../ecs/container-instance.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import { isStopped } from "../ecs/task.ts";
import type { Task } from "../ecs/task.ts";
import type { ClusterView } from "./cluster-view.ts";

/** Groups of the tasks that are on an instance and have not stopped: the subject `task:group`. */
export function taskGroupsOn(view: ClusterView, instance: ContainerInstance): Set<string> {
  const groups = new Set<string>();
  for (const id of view.tasksOn(arnId(instance.arn))) {
    const task = view.tasks.get(id);
    if (task?.group !== undefined && !isStopped(task)) groups.add(task.group);
  }
  return groups;
}

type Selects = (instance: ContainerInstance) => boolean;

/** Selectors that look at an instance alone, with what they said of it: an instance that changed is another object. */
const remembered = new Map<string, Selects>();
/** More than any account has daemons; beyond it they are parsed again. */
const rememberedMax = 1000;

/** Whether a selector selects an instance. One that does not parse, which no mutation lets in, selects nothing. */
export function selectorOf(view: ClusterView, selector: string): Selects {
  if (selector.trim() === "") return () => true;
  const known = remembered.get(selector);
  if (known) return known;
  const parsed = parseClusterQuery(selector);
  if (!parsed.ok) return () => false;
  const context = { taskGroups: (instance: ContainerInstance) => taskGroupsOn(view, instance) };
  if (selector.includes("task:group"))
    return (instance) => matchesClusterQuery(parsed.query, instance, context);
  const said = new WeakMap<ContainerInstance, boolean>();
  const none = { taskGroups: () => new Set<string>() };
  const selects: Selects = (instance) => {
    let answer = said.get(instance);
    if (answer === undefined) {
      answer = matchesClusterQuery(parsed.query, instance, none);
      said.set(instance, answer);
    }
    return answer;
  };
  if (remembered.size >= rememberedMax) remembered.clear();
  remembered.set(selector, selects);
  return selects;
}

/** What is remembered of a daemon, by container instance id: the newest generation where there are several. */
export function placementsOf(view: ClusterView, daemon: string): Map<string, Placement> {
  return newestGenerations(view.placementsOf(daemon).values());
}

/** The container instances that a daemon may concern: all but INACTIVE ones, in order of their ids. */
function* plannable(view: ClusterView): Generator<ContainerInstance> {
  for (const id of view.instanceIds.after(undefined)) {
    const instance = view.instances.get(id);
    if (instance && !isInactive(instance)) yield instance;
  }
}

/** Tasks on an instance that carry a daemon's mark, ended ones included. */
function markedTasks(view: ClusterView, daemon: Daemon, instanceId: string): Task[] {
  const found: Task[] = [];
  for (const id of view.tasksOn(instanceId)) {
    const task = view.tasks.get(id);
    if (task && parseLaunchMark(task.startedBy)?.daemonId === daemon.id) found.push(task);
  }
  return found;
}

/** The daemon that a task belongs to: its mark says so, and what is remembered does not deny it. */
function ownerOf(view: ClusterView, task: Task): Daemon | undefined {
  const mark = parseLaunchMark(task.startedBy);
  const daemon = mark && view.daemonWithId(mark.daemonId);
  if (!daemon) return undefined;
  const id = arnId(task.containerInstanceArn ?? "");
  const placement = newestOn(view, daemon, id);
  return isOwnTask(daemon, task, placement, view.freshness.restartedAt) ? daemon : undefined;
}

/** The newest placement of a daemon on one container instance. */
function newestOn(view: ClusterView, daemon: Daemon, instanceId: string): Placement | undefined {
  const at = (generation: number) =>
    view.placements.get(
      placementKey({ daemon: daemon.name, containerInstanceId: instanceId, generation }),
    );
  if (!runsOnce(daemon)) return at(0);
  let newest: Placement | undefined;
  // Generations have no gaps: each is made by one more than the newest.
  for (let generation = 1; ; generation++) {
    const next = at(generation);
    if (!next) return newest;
    newest = next;
  }
}

/** Every task on a container instance, ended ones included. */
export function* tasksOn(view: ClusterView, instanceId: string): Generator<Task> {
  for (const id of view.tasksOn(instanceId)) {
    const task = view.tasks.get(id);
    if (task) yield task;
  }
}

/** Why a daemon's task on a DRAINING instance must stay for now. */
function holdsDrain(view: ClusterView, daemon: Daemon, instance: ContainerInstance) {
  const id = arnId(instance.arn);
  return whatHolds(daemon, {
    tasks: tasksOn(view, id),
    ownerOf: (task) => ownerOf(view, task),
    leaving: leavingOn(view, instance),
  });
}

/** Daemons with something to run once on an instance that leaves, and how far they are there. */
export function leavingOn(view: ClusterView, instance: ContainerInstance): Leaving[] {
  return [...view.daemons.values()].flatMap((each) => {
    if (each.mode !== "ONCE_LEAVING" || each.paused || each.deleting) return [];
    if (!selectorOf(view, currentRevision(each).selector)(instance)) return [];
    return [{ daemon: each.name, placement: newestOn(view, each, arnId(instance.arn)) }];
  });
}

/** Names of the essential containers of a task, where its definition is known. */
function essentialOf(view: ClusterView, task: Task): ReadonlySet<string> | undefined {
  const definition = view.taskDefinitions.get(arnId(task.taskDefinitionArn));
  if (definition?.containers.every(({ essential }) => essential === undefined)) return undefined;
  const essential = definition?.containers.filter((each) => each.essential !== false);
  return essential && new Set(essential.map(({ name }) => name));
}

export function rulesOf(view: ClusterView, daemon: Daemon, now: number): Rules {
  return {
    daemon,
    selects: selectorOf(view, currentRevision(daemon).selector),
    holdsDrain: (instance) => holdsDrain(view, daemon, instance),
    lostAt: view.freshness.restartedAt,
    essentialOf: (task) => essentialOf(view, task),
    now,
  };
}

/** What a daemon's plan for one container instance depends on. */
export function hereIn(view: ClusterView, daemon: Daemon, instance: ContainerInstance): Here {
  const id = arnId(instance.arn);
  return {
    instance,
    tasks: markedTasks(view, daemon, id),
    placement: newestOn(view, daemon, id),
    earlierRuns: earlierRuns(view, daemon, id),
  };
}

/** Launches of the runs before the newest on one container instance. */
function earlierRuns(view: ClusterView, daemon: Daemon, containerInstanceId: string) {
  if (!runsOnce(daemon)) return undefined;
  const launches = new Set<string>();
  const newest = newestOn(view, daemon, containerInstanceId)?.generation ?? 0;
  for (let generation = 1; generation < newest; generation++) {
    const key = placementKey({ daemon: daemon.name, containerInstanceId, generation });
    const { launchId = "", earlierLaunches = [] } = view.placements.get(key) ?? {};
    for (const each of [launchId, ...earlierLaunches]) launches.add(each);
  }
  return launches;
}

/** Before the first comparison tasks that run may not be known: the scheduler does nothing for any daemon. */
export function waitsOf({ freshness }: Pick<ClusterView, "freshness">): Waits | undefined {
  const { lastReconciledAt, reconcileProblem } = freshness;
  if (lastReconciledAt !== undefined) {
    if (comparisonDueAt(freshness) === undefined) return undefined;
    const reason =
      "Redis was restarted and may have lost what was started last: the cluster is compared with ECS first, from 20 s after that";
    return { reason, isStuck: false };
  }
  const why = reconcileProblem === undefined ? "" : `: ${reconcileProblem}`;
  return {
    reason: `the cluster was not compared with ECS yet, so tasks that run may not be known${why}`,
    isStuck: reconcileProblem !== undefined,
  };
}

/** A daemon's plan for people to read. */
export function shownPlan(view: ClusterView, input: PlanInput): Plan {
  return holdBack(planDaemon(input), waitsOf(view));
}

/** `instances`: what to plan for, when it is not the whole cluster; of others, nothing is in the answer. */
export function planInputOf(
  view: ClusterView,
  daemon: Daemon,
  now: number,
  instances?: readonly ContainerInstance[],
): PlanInput {
  const rules = {
    ...rulesOf(view, daemon, now),
    earlierRunsOn: runsOnce(daemon) ? (id: string) => earlierRuns(view, daemon, id) : undefined,
  };
  if (instances) return { ...rules, instances, ...factsOn(view, daemon, instances) };
  const tasks = tasksByInstance(
    [...view.tasksOf(daemon.id)].flatMap((id) => view.tasks.get(id) ?? []),
  );
  return {
    ...rules,
    instances: [...plannable(view)],
    tasksOn: (id) => tasks.get(id) ?? [],
    placements: placementsOf(view, daemon.name),
  };
}

/** What there is of a daemon on some container instances: costs what is there, not what the cluster has. */
function factsOn(
  view: ClusterView,
  daemon: Daemon,
  instances: readonly ContainerInstance[],
): Pick<PlanInput, "tasksOn" | "placements"> {
  const tasks = new Map<string, Task[]>();
  const placements = new Map<string, Placement>();
  for (const { arn } of instances) {
    const id = arnId(arn);
    tasks.set(id, markedTasks(view, daemon, id));
    const placement = newestOn(view, daemon, id);
    if (placement) placements.set(id, placement);
  }
  return { tasksOn: (id) => tasks.get(id) ?? [], placements };
}
