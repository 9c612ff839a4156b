// Endpoint: where a container can be reached, as the API shows it; its filter, and pages of it.
import type { ClusterView } from "../../changes/cluster-view.ts";
import type { Informer } from "../../changes/informer.ts";
import type { Ids } from "../../changes/sorted-ids.ts";
import { clusterName } from "../../ecs/arn.ts";
import { endpointKey } from "../../ecs/endpoint.ts";
import type { Endpoint as EcsEndpoint } from "../../ecs/endpoint.ts";
import type { Task } from "../../ecs/task.ts";
import type { Context } from "../context.ts";
import type { Endpoint, EndpointFilter } from "../generated/schema-types.ts";
import { decodePlace, encodePlace, pageSize } from "../page.ts";
import type { Page, PageArguments } from "../page.ts";
import { changeCursor, countedOnce, viewsOf } from "../select.ts";

export function toEndpoint(endpoint: EcsEndpoint): Endpoint {
  const { container, host, port, protocol, containerPort, healthy, taskArn, clusterArn } = endpoint;
  return {
    id: `${taskArn}/${container}/${protocol}/${containerPort}/${port}`,
    cluster: { arn: clusterArn, name: clusterName(clusterArn) },
    task: { arn: taskArn },
    container,
    host,
    port,
    protocol,
    containerPort,
    availabilityZone: endpoint.availabilityZone ?? null,
    healthy,
  };
}

/** The endpoints of one task. */
export function endpointsIn(view: ClusterView, task: Task): Endpoint[] {
  return view.endpointsOf(task).map(toEndpoint);
}

const isFree = (filter: EndpointFilter | null | undefined): boolean =>
  filter?.family == null &&
  filter?.group == null &&
  filter?.container == null &&
  filter?.containerPort == null;

/** Compiles a filter; its `cluster` is for {@link viewsOf}. */
export function endpointMatcher(
  filter: EndpointFilter | null | undefined,
): (endpoint: EcsEndpoint) => boolean {
  if (isFree(filter)) return () => true;
  return (endpoint) =>
    (filter?.family == null || filter.family === endpoint.family) &&
    (filter?.group == null || filter.group === endpoint.group) &&
    (filter?.container == null || filter.container === endpoint.container) &&
    (filter?.containerPort == null || filter.containerPort === endpoint.containerPort);
}

/** Matching endpoints of a view behind a place, in order: by task id, then by their key within the task. */
function* endpointsAfter(
  view: ClusterView,
  filter: EndpointFilter | null | undefined,
  place: string | undefined,
): Generator<readonly [string, EcsEndpoint]> {
  if (place !== undefined && place >= `${view.arn}!`) return;
  const within = place?.startsWith(`${view.arn} `) ? place.slice(view.arn.length + 1) : undefined;
  const taskId = within?.split(" ", 1)[0];
  const matches = endpointMatcher(filter);
  const inTask = function* (id: string): Generator<readonly [string, EcsEndpoint]> {
    for (const endpoint of view.endpoints.of(id)) {
      const key = `${view.arn} ${id} ${endpointKey(endpoint)}`;
      if ((place === undefined || key > place) && matches(endpoint)) yield [key, endpoint];
    }
  };
  // The place may be in the middle of a task.
  if (taskId !== undefined) yield* inTask(taskId);
  for (const id of tasksOf(view, filter).after(taskId)) yield* inTask(id);
}

/** Tasks that are looked at to find or count what a filter selects; 0 where their number is known. */
export function endpointLooks(
  view: ClusterView,
  filter: EndpointFilter | null | undefined,
): number {
  return isFree(filter) ? 0 : tasksOf(view, filter).size;
}

/** The tasks that may have endpoints which a filter selects. */
function tasksOf(view: ClusterView, filter: EndpointFilter | null | undefined): Ids {
  if (filter?.family != null) return view.tasksWith("family", filter.family);
  return filter?.group == null ? view.taskIds : view.tasksWith("group", filter.group);
}

function count(view: ClusterView, filter: EndpointFilter | null | undefined): number {
  if (isFree(filter)) return view.endpoints.size;
  const matches = endpointMatcher(filter);
  return countedOnce(view, ["endpoints", filter], () => {
    let matching = 0;
    for (const id of tasksOf(view, filter))
      for (const endpoint of view.endpoints.of(id)) if (matches(endpoint)) matching++;
    return matching;
  });
}

/** Everything that a filter selects, in order. */
export function* endpointsMatching(
  informer: Informer,
  filter: EndpointFilter,
): Generator<EcsEndpoint> {
  informer.followEndpoints();
  for (const view of viewsOf(informer, filter.cluster))
    for (const [, endpoint] of endpointsAfter(view, filter, undefined)) yield endpoint;
}

export function endpointPage(
  { informer }: Context,
  filter: EndpointFilter | null | undefined,
  args: PageArguments,
): Page<Endpoint> {
  informer.followEndpoints();
  const size = pageSize(args);
  const place = decodePlace(args);
  const views = viewsOf(informer, filter?.cluster);
  const edges: { cursor: string; node: Endpoint }[] = [];
  let hasNextPage = false;
  for (const view of views) {
    if (hasNextPage) break;
    for (const [key, endpoint] of endpointsAfter(view, filter, place)) {
      hasNextPage = edges.length === size;
      if (hasNextPage) break;
      edges.push({ cursor: encodePlace(key), node: toEndpoint(endpoint) });
    }
  }
  return {
    nodes: edges.map(({ node }) => node),
    edges,
    pageInfo: { hasNextPage, endCursor: edges.at(-1)?.cursor ?? null },
    // Counted for who asks: it looks at every endpoint that the page may not reach.
    get totalCount() {
      return views.reduce((sum, view) => sum + count(view, filter), 0);
    },
    get changeCursor() {
      return changeCursor(informer);
    },
  };
}
