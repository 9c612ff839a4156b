// Following endpoints: they are no entities of the log, but each entry of it says what it did to them.
import type { GraphQLSchema } from "graphql";
import type { Informer } from "../../changes/informer.ts";
import type { Endpoint } from "../../ecs/endpoint.ts";
import type { SubscriptionEndpointChangesArgs } from "../generated/schema-types.ts";
import { endpointMatcher, toEndpoint } from "../resolvers/endpoint.ts";
import { createComparison, settled } from "./paths.ts";
import { logSteps } from "./topic.ts";
import type { Step, Topic } from "./topic.ts";

export function endpointTopic(
  schema: GraphQLSchema,
  informer: Pick<Informer, "followEndpoints">,
): Topic<Endpoint, SubscriptionEndpointChangesArgs> {
  const { compare } = createComparison<Endpoint, undefined>(schema, "Endpoint", {
    id: settled,
    cluster: settled,
    task: settled,
  });
  return {
    entityField: "endpoint",
    clusterOf: ({ filter }) => filter?.cluster,
    interest: ({ filter }) => {
      informer.followEndpoints();
      return {
        matches: endpointMatcher(filter),
        reads: [],
        keyIn: () => {
          if (filter?.family != null) return `family ${filter.family}`;
          return filter?.group != null ? `group ${filter.group}` : undefined;
        },
      };
    },
    present: (view) => view.endpoints.values(),
    keysOf: ({ family, group }) => [`family ${family}`, `group ${group}`],
    node: toEndpoint,
    replay: (changes) =>
      logSteps(changes, ({ endpoints = [] }) =>
        endpoints.map(({ before, after }): Step<Endpoint> => {
          const changed = before && after ? compare(before, after, undefined) : [];
          return { before, after, changed };
        }),
      ),
  };
}
