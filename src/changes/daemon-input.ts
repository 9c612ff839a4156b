// What a daemon's plan depends on, taken from a cluster's view. The scheduler and the API plan from the same.
import type { Daemon } from "../daemon/daemon.ts";
import { currentRevision, parseLaunchMark } from "../daemon/daemon.ts";
import type { Placement } from "../daemon/placement.ts";
import type { PlanInput } from "../daemon/plan.ts";
import { newestGenerations } from "../daemon/rerun.ts";
import { arnId } from "../ecs/arn.ts";
import { matchesClusterQuery, parseClusterQuery } from "../ecs/cluster-query.ts";
import { isInactive } from "../ecs/container-instance.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import { isStopped } from "../ecs/task.ts";
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

/** Whether a selector selects an instance. One that does not parse, which no mutation lets in, selects nothing. */
export function selectorOf(
  view: ClusterView,
  selector: string,
): (instance: ContainerInstance) => boolean {
  if (selector.trim() === "") return () => true;
  const parsed = parseClusterQuery(selector);
  if (!parsed.ok) return () => false;
  const context = { taskGroups: (instance: ContainerInstance) => taskGroupsOn(view, instance) };
  return (instance) => matchesClusterQuery(parsed.query, instance, context);
}

function isBusy(view: ClusterView, instance: ContainerInstance): boolean {
  for (const id of view.tasksOn(arnId(instance.arn))) {
    const task = view.tasks.get(id);
    if (task && !isStopped(task) && !parseLaunchMark(task.startedBy)) return true;
  }
  return false;
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

/** `instances`: what to plan for, when it is not the whole cluster. */
export function planInputOf(
  view: ClusterView,
  daemon: Daemon,
  now: number,
  instances: Iterable<ContainerInstance> = [...plannable(view)],
): PlanInput {
  return {
    daemon,
    instances,
    tasks: [...view.tasksOf(daemon.id)].flatMap((id) => view.tasks.get(id) ?? []),
    placements: placementsOf(view, daemon.name),
    selects: selectorOf(view, currentRevision(daemon).selector),
    isBusy: (instance) => isBusy(view, instance),
    now,
  };
}
