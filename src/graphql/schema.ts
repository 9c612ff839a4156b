// The executable schema: schema.graphql and its resolvers.
import { readFileSync } from "node:fs";
import { makeExecutableSchema } from "@graphql-tools/schema";
import type { GraphQLSchema } from "graphql";
import { clusterResolvers } from "./resolvers/cluster.ts";
import { containerInstanceResolvers } from "./resolvers/container-instance.ts";
import { daemonResolvers, daemonStatusResolvers } from "./resolvers/daemon.ts";
import { quarantinedMessageResolvers } from "./resolvers/ingest.ts";
import { mutationResolvers } from "./resolvers/mutation.ts";
import { queryResolvers } from "./resolvers/query.ts";
import { taskResolvers } from "./resolvers/task.ts";
import { scalars } from "./scalars.ts";

export function createSchema(): GraphQLSchema {
  const typeDefs = readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8");
  return makeExecutableSchema({
    typeDefs,
    resolvers: {
      ...scalars,
      Query: queryResolvers,
      Mutation: mutationResolvers,
      Cluster: clusterResolvers,
      ContainerInstance: containerInstanceResolvers,
      Task: taskResolvers,
      Daemon: daemonResolvers,
      DaemonStatus: daemonStatusResolvers,
      QuarantinedMessage: quarantinedMessageResolvers,
    },
  });
}
