// Which clusters, container instances and tasks a filter selects. Pure, but for reading the views.
import type { ClusterView } from "../changes/cluster-view.ts";
import { cursorKey, encodeCursor } from "../changes/cursor.ts";
import type { Cursor, Position } from "../changes/cursor.ts";
import { taskGroupsOn, waitsOf } from "../changes/daemon-input.ts";
import type { Informer } from "../changes/informer.ts";
import type { Ids } from "../changes/sorted-ids.ts";
import type { TaskField } from "../changes/task-index.ts";
import { daemonId, parseLaunchMark } from "../daemon/daemon.ts";
import { arnId, clusterName, taskDefinitionFamily } from "../ecs/arn.ts";
import { matchesClusterQuery, parseClusterQuery } from "../ecs/cluster-query.ts";
import { attributeValue } from "../ecs/container-instance.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Task } from "../ecs/task.ts";
import { clientError } from "./errors.ts";
import { withinWork } from "./expression-work.ts";
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

function positionsOf(informer: Views, at?: number): Map<string, Position> {
  return new Map(
    allViews(informer).map((view) => {
      const { arn, epoch, seq } = view;
      // While daemons wait for a comparison, time is not all that changes them.
      return [cursorKey(arn), { epoch, seq, at: waitsOf(view) ? undefined : at }] as const;
    }),
  );
}

/** The cursor of all views as they are now. `at`: the time, where what is listed changes with time alone as well. */
export function changeCursor(informer: Views, at?: number): string {
  const cursor: Cursor = positionsOf(informer, at);
  return encodeCursor(cursor);
}

const fits = <T>(wanted: T | null | undefined, value: T | undefined): boolean =>
  wanted === undefined || wanted === null || wanted === value;

/** `taskGroups`: those on the instance, where they are not the view's. */
type InstanceMatcher = (
  instance: ContainerInstance,
  view: ClusterView,
  taskGroups?: ReadonlySet<string>,
) => boolean;

/** Compiles a filter; its `cluster` is for {@link viewsOf}. Throws BAD_USER_INPUT on a bad expression. */
export function instanceMatcher(
  filter: ContainerInstanceFilter | null | undefined,
): InstanceMatcher {
  if (!filter) return () => true;
  const inExpression = expressionMatcher(filter.expression);
  return (instance, view, taskGroups) =>
    fits(filter.status, instance.status) &&
    fits(filter.agentConnected, instance.agentConnected) &&
    fits(filter.ec2InstanceId, instance.ec2InstanceId) &&
    fits(filter.capacityProvider, instance.capacityProvider) &&
    (filter.availabilityZone == null ||
      filter.availabilityZone === attributeValue(instance, "ecs.availability-zone")) &&
    (filter.instanceType == null ||
      filter.instanceType === attributeValue(instance, "ecs.instance-type")) &&
    inExpression(instance, view, taskGroups);
}

function expressionMatcher(expression: string | null | undefined): InstanceMatcher {
  if (expression === undefined || expression === null || expression.trim() === "")
    return () => true;
  const parsed = parseClusterQuery(expression);
  if (!parsed.ok)
    throw clientError(
      "BAD_USER_INPUT",
      `expression, column ${parsed.error.column}: ${parsed.error.message}`,
    );
  return (instance, view, taskGroups) =>
    withinWork((work) =>
      matchesClusterQuery(parsed.query, instance, {
        taskGroups: (each: ContainerInstance) => taskGroups ?? taskGroupsOn(view, each),
        work,
      }),
    );
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

/** What a filter selects of one view, in order of ids. Read at once: a view moves on. */
export interface Selection<Entity> {
  readonly arn: string;
  /** From just after an id; from the first when it is undefined. */
  after(id: string | undefined): Iterable<readonly [id: string, entity: Entity]>;
  count(): number;
  /** How many entities a count looks at, or a page that finds nothing; 0 where there is a list of just these. */
  readonly looks: number;
}

/** Counts of one state of a view, by what was counted. */
const counts = new WeakMap<ClusterView, { readonly seq: number; of: Map<string, number> }>();
/** More than one request asks for. */
const countsMax = 1000;

/** What was counted of a view is not counted again while it stays as it is. `what`: all that the count depends on. */
export function countedOnce(view: ClusterView, what: unknown, count: () => number): number {
  let known = counts.get(view);
  if (known?.seq !== view.seq) counts.set(view, (known = { seq: view.seq, of: new Map() }));
  const key = JSON.stringify(what);
  let counted = known.of.get(key);
  if (counted === undefined) {
    if (known.of.size >= countsMax) known.of.clear();
    known.of.set(key, (counted = count()));
  }
  return counted;
}

/** One condition of a filter that the view has lists for: an entity is in exactly one of them, or in none. */
interface Condition {
  readonly lists: readonly Ids[];
  readonly size: number;
}

const condition = (lists: readonly Ids[]): Condition => ({
  lists,
  size: lists.reduce((sum, { size }) => sum + size, 0),
});

function taskConditions(view: ClusterView, filter: TaskFilter): Condition[] {
  const { lastStatus, containerInstance, daemon } = filter;
  const conditions: Condition[] = [];
  const add = (field: TaskField, ...values: readonly string[]) =>
    void conditions.push(condition(values.map((value) => view.tasksWith(field, value))));
  if (lastStatus != null) add("lastStatus", ...new Set(lastStatus));
  for (const field of simpleFields) {
    const value = filter[field];
    if (value != null) add(field, value);
  }
  if (containerInstance != null) add("containerInstanceId", arnId(containerInstance));
  if (daemon != null) add("daemonId", daemonId(view.arn, daemon));
  return conditions;
}

/** Filters whose name and value are those of an index. */
const simpleFields = [
  "desiredStatus",
  "healthStatus",
  "launchType",
  "family",
  "group",
  "startedBy",
] as const;

/**
 * The tasks that a filter selects: one condition is a list that is there; several are looked for in the shortest of
 * their lists. `also` narrows it further.
 */
export function selectTasks(
  view: ClusterView,
  filter: TaskFilter | null | undefined,
  also?: (task: Task) => boolean,
): Selection<Task> {
  const conditions = taskConditions(view, filter ?? {});
  const all: Condition = { lists: [view.taskIds], size: view.taskIds.size };
  const [first = all] = conditions;
  const shortest = conditions.reduce((best, each) => (each.size < best.size ? each : best), first);
  const isWhole = conditions.length <= 1;
  const inFilter = isWhole ? () => true : taskMatcher(filter);
  function* after(place: string | undefined): Generator<readonly [string, Task]> {
    for (const id of inOrder(shortest.lists, place)) {
      const task = view.tasks.get(id);
      if (task && inFilter(task, view) && (!also || also(task))) yield [id, task];
    }
  }
  const isList = isWhole && !also;
  const count = () => counted(after(undefined));
  return {
    arn: view.arn,
    after,
    count: () => {
      if (isList) return shortest.size;
      const isShort = shortest.size < remembersFrom;
      return also || isShort ? count() : countedOnce(view, ["tasks", filter], count);
    },
    looks: isList ? 0 : shortest.size,
  };
}

/** A shorter list is counted sooner than its count is found again. */
const remembersFrom = 500;

function counted(items: Iterable<unknown>): number {
  let count = 0;
  for (const _ of items) count++;
  return count;
}

/** Ids of several lists in one order. The lists are few and share no id. */
function* inOrder(lists: readonly Ids[], place: string | undefined): Generator<string> {
  const [only] = lists;
  if (only && lists.length === 1) return yield* only.after(place);
  const heads = lists.flatMap((list) => {
    const rest = list.after(place);
    const { value, done } = rest.next();
    return done ? [] : [{ rest, id: value }];
  });
  while (heads.length > 0) {
    const first = heads.reduce((least, head) => (head.id < least.id ? head : least));
    yield first.id;
    const { value, done } = first.rest.next();
    if (done) heads.splice(heads.indexOf(first), 1);
    else first.id = value;
  }
}

/**
 * The container instances that a filter selects. A cluster has at most some thousands: they are looked through.
 * `matches`: the filter, compiled.
 */
export function selectInstances(
  view: ClusterView,
  filter: ContainerInstanceFilter | null | undefined,
  matches: InstanceMatcher,
): Selection<ContainerInstance> {
  const looks = instanceLooks(view, filter);
  function* after(place: string | undefined): Generator<readonly [string, ContainerInstance]> {
    for (const id of view.instanceIds.after(place)) {
      const instance = view.instances.get(id);
      if (instance && matches(instance, view)) yield [id, instance];
    }
  }
  return {
    arn: view.arn,
    after,
    count: () =>
      looks === 0
        ? view.instances.size
        : countedOnce(view, ["containerInstances", filter], () => counted(after(undefined))),
    looks,
  };
}

/** What evaluating an expression takes, in looks at one member. */
const expressionLooks = 5;

/** {@link Selection.looks} of container instances. Compiles nothing: an expression may be no good. */
export function instanceLooks(
  view: ClusterView,
  filter: ContainerInstanceFilter | null | undefined,
): number {
  const { cluster: _, expression, ...members } = filter ?? {};
  if (expression != null && expression.trim() !== "") return expressionLooks * view.instances.size;
  return Object.values(members).some((wanted) => wanted != null) ? view.instances.size : 0;
}
