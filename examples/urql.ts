// Counts of every cluster, then container instances as they come and go, with urql.
//   LONGSHORE_URL=http://127.0.0.1:4000 [LONGSHORE_TOKEN=...] node examples/urql.ts
import { cacheExchange, Client, fetchExchange, gql, subscriptionExchange } from "@urql/core";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const { LONGSHORE_URL = "http://127.0.0.1:4000", LONGSHORE_TOKEN } = process.env;
const url = `${LONGSHORE_URL.replace(/\/$/, "")}/graphql`;
const authorization = LONGSHORE_TOKEN ? { authorization: `Bearer ${LONGSHORE_TOKEN}` } : {};

const sockets = createClient({
  url: url.replace(/^http/, "ws"),
  webSocketImpl: WebSocket,
  connectionParams: authorization,
});

const client = new Client({
  url,
  preferGetMethod: false,
  fetchOptions: { headers: authorization },
  exchanges: [
    cacheExchange,
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query = "", variables }) => ({
        subscribe: (sink) => ({
          unsubscribe: sockets.subscribe(
            { query, ...(variables ? { variables } : {}) },
            {
              next: ({ data = null, errors }) => sink.next(errors ? { data, errors } : { data }),
              error: (reason) => sink.error(reason),
              complete: () => sink.complete(),
            },
          ),
        }),
      }),
    }),
  ],
});

const clusters = gql`
  {
    clusters {
      nodes {
        arn
        name
        instanceCounts {
          total
          active
        }
      }
    }
  }
`;
const changes = gql`
  subscription {
    containerInstanceChanges(snapshot: true) {
      type
      containerInstance {
        arn
        status
      }
    }
  }
`;

const { data, error } = await client.query(clusters, {}).toPromise();
if (error) throw error;
console.log(JSON.stringify(data));

client.subscription(changes, {}).subscribe((result) => {
  if (result.error) throw result.error;
  const { type, containerInstance } = result.data.containerInstanceChanges;
  console.log(type, containerInstance?.arn ?? "", containerInstance?.status ?? "");
});
