// A page with Apollo Client: the clusters by useQuery, the instances of one of them live by useSubscription.
// Serve it from the API's own origin (a reverse proxy in front of both); written without JSX so that it needs no setting.
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { ApolloProvider, useQuery, useSubscription } from "@apollo/client/react";
import { OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";
import { createElement, useState } from "react";
import { createRoot } from "react-dom/client";

// Where one is needed, whoever signs the person in puts it there: "Bearer <token>".
const authorization = sessionStorage.getItem("authorization");

const sockets = createClient({
  url: `${location.origin.replace(/^http/, "ws")}/graphql`,
  connectionParams: authorization ? { authorization } : {},
});

const client = new ApolloClient({
  // Entities are known by their ARN, whichever query brings them.
  cache: new InMemoryCache({
    typePolicies: {
      Cluster: { keyFields: ["arn"] },
      ContainerInstance: { keyFields: ["arn"] },
      Task: { keyFields: ["arn"] },
    },
  }),
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(sockets),
    new HttpLink({ uri: "/graphql", headers: authorization ? { authorization } : {} }),
  ),
});

const clusters = gql`
  query Clusters {
    clusters {
      nodes {
        arn
        name
      }
    }
  }
`;

const instanceChanges = gql`
  subscription InstanceChanges($cluster: String!) {
    containerInstanceChanges(filter: { cluster: $cluster }, snapshot: true) {
      type
      containerInstance {
        arn
        status
      }
    }
  }
`;

function Instances({ cluster }) {
  const [statuses, setStatuses] = useState(new Map());
  const { error } = useSubscription(instanceChanges, {
    variables: { cluster },
    onData: ({ data: { data } }) => {
      const { type, containerInstance } = data?.containerInstanceChanges ?? {};
      if (!containerInstance) return;
      setStatuses((known) => {
        const next = new Map(known);
        if (type === "REMOVED") next.delete(containerInstance.arn);
        else next.set(containerInstance.arn, containerInstance.status);
        return next;
      });
    },
  });
  if (error) return createElement("p", { role: "alert" }, error.message);
  return createElement("p", null, `${cluster}: ${statuses.size} container instances`);
}

function Page() {
  const { data, error } = useQuery(clusters);
  if (error) return createElement("p", { role: "alert" }, error.message);
  const names = data?.clusters.nodes.map(({ name }) => name) ?? [];
  return names.map((cluster) => createElement(Instances, { key: cluster, cluster }));
}

const place = document.querySelector("#page");
if (place)
  createRoot(place).render(
    createElement(ApolloProvider, { client, children: createElement(Page) }),
  );
