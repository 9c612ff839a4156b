// Query: every field of clusters from the views, none from Redis or AWS.
import { clusterName, parseEcsArn } from "../../ecs/arn.ts";
import type { Informer } from "../../changes/informer.ts";
import type { QueryResolvers } from "../generated/schema-types.ts";
import { findCluster } from "../select.ts";
import { endpointPage } from "./endpoint.ts";
import { ingestQueries } from "./ingest.ts";
import { clusterPage, daemonPage, instancePage, taskPage } from "./pages.ts";

/**
 * Finds an entity by its full ARN. A short ARN does not name the cluster, so every view of its account and region is
 * asked. ECS itself calls some resources by both forms, so either finds what was stored by the other.
 */
function byArn<Entity>(
  { views }: Pick<Informer, "views">,
  arn: string,
  resource: "task" | "container-instance",
  entitiesOf: (
    view: NonNullable<ReturnType<Informer["views"]["get"]>>,
  ) => ReadonlyMap<string, Entity>,
): Entity | null {
  const asked = parseEcsArn(arn);
  if (asked?.resource !== resource) return null;
  for (const view of views.values()) {
    const at = parseEcsArn(view.arn);
    const isPlace =
      at?.partition === asked.partition &&
      at.region === asked.region &&
      at.account === asked.account &&
      (asked.cluster === undefined || asked.cluster === clusterName(view.arn));
    const entity = isPlace ? entitiesOf(view).get(asked.id) : undefined;
    if (entity !== undefined) return entity;
  }
  return null;
}

export const queryResolvers: QueryResolvers = {
  ...ingestQueries,
  viewer: (_, __, { rights }) => ({ mayChange: rights === "admin" }),
  storeProblem: (_, __, { informer }) => informer.problem() ?? null,
  clusters: (_, args, context) => clusterPage(context, args),
  cluster: (_, { cluster }, { informer }) => {
    const view = findCluster(informer, cluster);
    return view ? { view } : null;
  },
  containerInstances: (_, args, context) => instancePage(context, args.filter, args),
  containerInstance: (_, { arn }, { informer }) =>
    byArn(informer, arn, "container-instance", (view) => view.instances),
  tasks: (_, args, context) => taskPage(context, args.filter, args),
  task: (_, { arn }, { informer }) => byArn(informer, arn, "task", (view) => view.tasks),
  endpoints: (_, args, context) => endpointPage(context, args.filter, args),
  daemons: (_, args, context) => daemonPage(context, args.cluster, args),
  daemon: (_, { cluster, name }, { informer }) =>
    findCluster(informer, cluster)?.daemons.get(name) ?? null,
};
