// The lists of the API: what a filter selects, in a fixed order, one page of it.
import type { ClusterView } from "../../changes/cluster-view.ts";
import { shownPlanIn } from "../../changes/daemon-status.ts";
import { currentRevision, runsOnce } from "../../daemon/daemon.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import { launchIdOfTask, templateOfTask } from "../../daemon/ownership.ts";
import { failureSince, placementKey, startsInVain } from "../../daemon/placement.ts";
import { stateSince } from "../../daemon/since.ts";
import { placementState } from "../../daemon/status.ts";
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
    selectInstances(view, filter, matches),
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
  { informer, clock }: Context,
  cluster: string | null | undefined,
  args: PageArguments,
): Page<Daemon> {
  const matching = viewsOf(informer, cluster).flatMap((view) =>
    [...view.daemons.values()]
      .map((daemon) => [`${view.arn} ${daemon.name}`, daemon] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  return cutPage(matching, args, changeCursor(informer, clock.now()));
}

/** Runs of a daemon that are not the newest on their instance, or whose instance is gone. */
function earlierRuns(
  view: ClusterView,
  daemon: Daemon,
  shown: ReadonlySet<string>,
): (readonly [string, Placement])[] {
  return [...view.placementsOf(daemon.name)].flatMap(([key, placement]) => {
    if (shown.has(key) || !runsOnce(daemon)) return [];
    const { containerInstanceId: id, generation, state } = placement;
    const arn = view.arn.replace(":cluster/", ":container-instance/");
    const node: Placement = {
      containerInstance: { arn: `${arn}/${id}` },
      task: placement.taskArn === undefined ? null : { arn: placement.taskArn },
      state: state === "PENDING" ? "WAITING" : state,
      updated: false,
      reason: placement.reason ?? "",
      since: isoTime(placement.endedAt ?? failureSince(placement)),
      attempts: startsInVain(placement),
      nextAttemptAt: null,
      exitCode: placement.exitCode ?? null,
      generation,
      endedAt: isoTime(placement.endedAt),
    };
    return [[placementOrder(id, generation), node] as const];
  });
}

const placementOrder = (id: string, generation: number) =>
  `${id} ${String(generation).padStart(9, "0")}`;

export function placementPage(
  { informer, clock }: Context,
  daemon: Daemon,
  args: PageArguments,
): Page<Placement> {
  const view = requireDaemonView(informer, daemon);
  const { input, plan } = shownPlanIn(view, daemon, clock.now());
  const { template } = currentRevision(daemon);
  const shown = new Set<string>();
  const matching = plan.verdicts.flatMap((verdict) => {
    const state = placementState(verdict);
    if (state === "EXCLUDED" && !verdict.desired) return [];
    const id = arnId(verdict.containerInstance.arn);
    const placement = input.placements.get(id);
    if (placement) shown.add(placementKey(placement));
    const launched = input
      .tasksOn(id)
      .find((task) => placement && launchIdOfTask(task) === placement.launchId);
    const ended = launched && isStopped(launched) ? launched : undefined;
    const taskArn = verdict.task?.arn ?? (runsOnce(daemon) ? placement?.taskArn : undefined);
    const node: Placement = {
      containerInstance: { arn: verdict.containerInstance.arn },
      task: taskArn === undefined ? null : { arn: taskArn },
      state,
      updated: verdict.task !== undefined && templateOfTask(verdict.task) === template,
      reason: verdict.reason,
      since: isoTime(stateSince(daemon, verdict, state, placement)),
      attempts:
        !placement || (state === "RUNNING" && !runsOnce(daemon)) ? 0 : startsInVain(placement),
      nextAttemptAt: state === "FAILED" ? isoTime(verdict.again) : null,
      exitCode:
        placement?.exitCode ??
        ended?.containers.find(({ exitCode }) => exitCode !== undefined)?.exitCode ??
        null,
      generation: placement?.generation || null,
      endedAt: isoTime(placement?.endedAt),
    };
    return [[placementOrder(id, placement?.generation ?? 0), node] as const];
  });
  const all = [...matching, ...earlierRuns(view, daemon, shown)];
  if (all.length > matching.length) all.sort(([a], [b]) => (a < b ? -1 : 1));
  return cutPage(all, args, changeCursor(informer));
}
