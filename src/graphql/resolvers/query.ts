// Query: every field from the views, none from Redis or AWS.
import { parseEcsArn } from "../../ecs/arn.ts";
import type { Informer } from "../../changes/informer.ts";
import type { QueryResolvers } from "../generated/schema-types.ts";
import { findCluster } from "../select.ts";
import { endpointPage } from "./endpoint.ts";
import { clusterPage, daemonPage, instancePage, taskPage } from "./pages.ts";

/** Finds an entity by its full ARN. Short ARNs do not name the cluster, so every view is asked. */
function byArn<Entity extends { readonly arn: string }>(
  { views }: Pick<Informer, "views">,
  arn: string,
  entitiesOf: (
    view: NonNullable<ReturnType<Informer["views"]["get"]>>,
  ) => ReadonlyMap<string, Entity>,
): Entity | null {
  const id = parseEcsArn(arn)?.id;
  if (id === undefined) return null;
  for (const view of views.values()) {
    const entity = entitiesOf(view).get(id);
    if (entity?.arn === arn) return entity;
  }
  return null;
}

export const queryResolvers: QueryResolvers = {
  clusters: (_, args, context) => clusterPage(context, args),
  cluster: (_, { cluster }, { informer }) => {
    const view = findCluster(informer, cluster);
    return view ? { view } : null;
  },
  containerInstances: (_, args, context) => instancePage(context, args.filter, args),
  containerInstance: (_, { arn }, { informer }) => byArn(informer, arn, (view) => view.instances),
  tasks: (_, args, context) => taskPage(context, args.filter, args),
  task: (_, { arn }, { informer }) => byArn(informer, arn, (view) => view.tasks),
  endpoints: (_, args, context) => endpointPage(context, args.filter, args),
  daemons: (_, args, context) => daemonPage(context, args.cluster, args),
  daemon: (_, { cluster, name }, { informer }) =>
    findCluster(informer, cluster)?.daemons.get(name) ?? null,
};
