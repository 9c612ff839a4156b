// Which clusters, container instances and tasks a filter selects. Pure, but for reading the views.
import type { ClusterView } from "../changes/cluster-view.ts";
import { cursorKey, encodeCursor } from "../changes/cursor.ts";
import type { Cursor, Position } from "../changes/cursor.ts";
import { taskGroupsOn } from "../changes/daemon-input.ts";
import type { Informer } from "../changes/informer.ts";
import { daemonId, parseLaunchMark } from "../daemon/daemon.ts";
import { arnId, clusterName, taskDefinitionFamily } from "../ecs/arn.ts";
import { matchesClusterQuery, parseClusterQuery } from "../ecs/cluster-query.ts";
import { attributeValue } from "../ecs/container-instance.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Task } from "../ecs/task.ts";
import { clientError } from "./errors.ts";
import type { ContainerInstanceFilter, TaskFilter } from "./generated/schema-types.ts";

type Views = Pick<Informer, "views">;

/** All views by ARN, in order. */
export function allViews({ views }: Views): ClusterView[] {
  return [...views.values()].toSorted((a, b) => (a.arn < b.arn ? -1 : 1));
}

/** The cluster that a name or ARN stands for; undefined when none is known. A name of several is refused. */
export function findCluster(informer: Views, nameOrArn: string): ClusterView | undefined {
  const exact = informer.views.get(nameOrArn);
  if (exact) return exact;
  const named = allViews(informer).filter(({ arn }) => clusterName(arn) === nameOrArn);
  if (named.length > 1)
    throw clientError(
      "BAD_USER_INPUT",
      `cluster "${nameOrArn}" stands for several: name one of ${named.map(({ arn }) => arn).join(", ")}.`,
    );
  return named[0];
}

export function requireCluster(informer: Views, nameOrArn: string): ClusterView {
  const view = findCluster(informer, nameOrArn);
  if (!view)
    throw clientError(
      "NOT_FOUND",
      `cluster "${nameOrArn}" is not known here: ${informer.views.size} are; ask clusters { nodes { name } }.`,
    );
  return view;
}

/** The views that a filter's cluster names: all without one, none when it is not known. */
export function viewsOf(informer: Views, cluster: string | null | undefined): ClusterView[] {
  if (cluster === undefined || cluster === null) return allViews(informer);
  const view = findCluster(informer, cluster);
  return view ? [view] : [];
}

export function positionsOf(informer: Views): Map<string, Position> {
  return new Map(
    allViews(informer).map(({ arn, epoch, seq }) => [cursorKey(arn), { epoch, seq }] as const),
  );
}

export function changeCursor(informer: Views): string {
  const cursor: Cursor = positionsOf(informer);
  return encodeCursor(cursor);
}

const fits = <T>(wanted: T | null | undefined, value: T | undefined): boolean =>
  wanted === undefined || wanted === null || wanted === value;

/** Compiles a filter; its `cluster` is for {@link viewsOf}. Throws BAD_USER_INPUT on a bad expression. */
export function instanceMatcher(
  filter: ContainerInstanceFilter | null | undefined,
): (instance: ContainerInstance, view: ClusterView) => boolean {
  if (!filter) return () => true;
  const inExpression = expressionMatcher(filter.expression);
  return (instance, view) =>
    fits(filter.status, instance.status) &&
    fits(filter.agentConnected, instance.agentConnected) &&
    fits(filter.ec2InstanceId, instance.ec2InstanceId) &&
    fits(filter.capacityProvider, instance.capacityProvider) &&
    (filter.availabilityZone == null ||
      filter.availabilityZone === attributeValue(instance, "ecs.availability-zone")) &&
    (filter.instanceType == null ||
      filter.instanceType === attributeValue(instance, "ecs.instance-type")) &&
    inExpression(instance, view);
}

function expressionMatcher(
  expression: string | null | undefined,
): (instance: ContainerInstance, view: ClusterView) => boolean {
  if (expression === undefined || expression === null || expression.trim() === "")
    return () => true;
  const parsed = parseClusterQuery(expression);
  if (!parsed.ok)
    throw clientError(
      "BAD_USER_INPUT",
      `expression, column ${parsed.error.column}: ${parsed.error.message}`,
    );
  return (instance, view) =>
    matchesClusterQuery(parsed.query, instance, {
      taskGroups: (each: ContainerInstance) => taskGroupsOn(view, each),
    });
}

export function taskMatcher(
  filter: TaskFilter | null | undefined,
): (task: Task, view: Pick<ClusterView, "arn">) => boolean {
  if (!filter) return () => true;
  const statuses = filter.lastStatus && new Set(filter.lastStatus);
  const { daemon, containerInstance } = filter;
  return (task, view) =>
    (!statuses || statuses.has(task.lastStatus)) &&
    fits(filter.desiredStatus, task.desiredStatus) &&
    fits(filter.startedBy, task.startedBy) &&
    fits(filter.group, task.group) &&
    fits(filter.launchType, task.launchType) &&
    fits(filter.healthStatus, task.healthStatus) &&
    (filter.family == null || filter.family === taskDefinitionFamily(task.taskDefinitionArn)) &&
    (containerInstance == null ||
      (task.containerInstanceArn !== undefined &&
        arnId(containerInstance) === arnId(task.containerInstanceArn))) &&
    (daemon == null || parseLaunchMark(task.startedBy)?.daemonId === daemonId(view.arn, daemon));
}

/** Candidates for a task filter: by container instance or daemon when it names one, else all. */
export function* candidateTasks(
  view: ClusterView,
  filter: TaskFilter | null | undefined,
): Iterable<Task> {
  const { containerInstance, daemon } = filter ?? {};
  const ids =
    containerInstance != null
      ? [...view.tasksOn(arnId(containerInstance))].toSorted()
      : daemon != null
        ? [...view.tasksOf(daemonId(view.arn, daemon))].toSorted()
        : view.taskIds.after(undefined);
  for (const id of ids) {
    const task = view.tasks.get(id);
    if (task) yield task;
  }
}
