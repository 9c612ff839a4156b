// The lists of the API: what a filter selects, in a fixed order, one page of it.
import { placementsOf, planInputOf } from "../../changes/daemon-input.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import { failureOf } from "../../daemon/failure.ts";
import { planDaemon } from "../../daemon/plan.ts";
import { placementState } from "../../daemon/status.ts";
import { parseLaunchMark } from "../../daemon/daemon.ts";
import { arnId } from "../../ecs/arn.ts";
import type { ContainerInstance } from "../../ecs/container-instance.ts";
import type { Task } from "../../ecs/task.ts";
import { isStopped } from "../../ecs/task.ts";
import type { Context } from "../context.ts";
import type { ContainerInstanceFilter, Placement, TaskFilter } from "../generated/schema-types.ts";
import type { ClusterSource } from "../mappers.ts";
import { cutPage, pageOf } from "../page.ts";
import type { Page, PageArguments } from "../page.ts";
import { isoTime } from "../scalars.ts";
import {
  allViews,
  changeCursor,
  instanceMatcher,
  selectInstances,
  selectTasks,
  viewsOf,
} from "../select.ts";
import { requireDaemonView } from "./daemon.ts";

export const clusterEventsMax = 1000;

export function clusterPage({ informer }: Context, args: PageArguments): Page<ClusterSource> {
  const all = allViews(informer).map((view) => [view.arn, { view }] as const);
  return cutPage(all, args, changeCursor(informer));
}

export function instancePage(
  { informer }: Context,
  filter: ContainerInstanceFilter | null | undefined,
  args: PageArguments,
): Page<ContainerInstance> {
  const matches = instanceMatcher(filter);
  const selections = viewsOf(informer, filter?.cluster).map((view) =>
    selectInstances(view, matches),
  );
  return pageOf(selections, args, () => changeCursor(informer));
}

export function taskPage(
  { informer }: Context,
  filter: TaskFilter | null | undefined,
  args: PageArguments,
): Page<Task> {
  const selections = viewsOf(informer, filter?.cluster).map((view) => selectTasks(view, filter));
  return pageOf(selections, args, () => changeCursor(informer));
}

/** The tasks of a container instance: those that run, unless the filter asks for a status. */
export function tasksOnInstance(
  context: Context,
  instance: ContainerInstance,
  filter: TaskFilter | null | undefined,
  args: PageArguments,
): Page<Task> {
  const here = { ...filter, cluster: instance.clusterArn, containerInstance: instance.arn };
  if (filter?.lastStatus) return taskPage(context, here, args);
  const view = context.informer.views.get(instance.clusterArn);
  const selections = view ? [selectTasks(view, here, (task) => !isStopped(task))] : [];
  return pageOf(selections, args, () => changeCursor(context.informer));
}

export function daemonPage(
  { informer }: Context,
  cluster: string | null | undefined,
  args: PageArguments,
): Page<Daemon> {
  const matching = viewsOf(informer, cluster).flatMap((view) =>
    [...view.daemons.values()]
      .map((daemon) => [`${view.arn} ${daemon.name}`, daemon] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  return cutPage(matching, args, changeCursor(informer));
}

export function placementPage(
  { informer, clock }: Context,
  daemon: Daemon,
  args: PageArguments,
): Page<Placement> {
  const view = requireDaemonView(informer, daemon);
  const input = planInputOf(view, daemon, clock.now());
  const placements = placementsOf(view, daemon.name);
  const matching = planDaemon(input).verdicts.flatMap((verdict) => {
    const state = placementState(verdict);
    if (state === "EXCLUDED" && !verdict.desired) return [];
    const id = arnId(verdict.containerInstance.arn);
    const placement = placements.get(id);
    const launched = input.tasks.find(
      (task) => placement && parseLaunchMark(task.startedBy)?.launchId === placement.launchId,
    );
    const ended = launched && isStopped(launched) ? launched : undefined;
    const node: Placement = {
      containerInstance: { arn: verdict.containerInstance.arn },
      task: verdict.task ? { arn: verdict.task.arn } : null,
      state,
      reason: verdict.reason,
      attempts: state === "RUNNING" ? 0 : (placement?.attempts ?? 0),
      nextAttemptAt: state === "FAILED" ? isoTime(verdict.again) : null,
      exitCode:
        placement?.exitCode ??
        ended?.containers.find(({ exitCode }) => exitCode !== undefined)?.exitCode ??
        null,
      generation: placement?.generation || null,
      endedAt: isoTime(placement?.endedAt),
    };
    if (placement && state === "FAILED" && placement.state === "FAILED")
      return [[id, { ...node, reason: failureOf(placement, launched) }] as const];
    return [[id, node] as const];
  });
  return cutPage(matching, args, changeCursor(informer));
}
