// Apollo Server as the pipeline that operations over HTTP run through, with our executor behind its gateway
// interface: Apollo's plugins see each operation, and fields run compiled. Documents come to it prepared, so their
// limits and their validation are not its business.
import { ApolloServer } from "@apollo/server";
import type { ApolloServerOptionsWithGateway } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import type { GraphQLFormattedError, GraphQLSchema } from "graphql";
import type { Log } from "../log.ts";
import type { Context } from "./context.ts";
import type { PreparedOperation } from "./documents.ts";
import { presentError } from "./errors.ts";
import type { RawVariables } from "./execute.ts";

/** What an operation answers, as its client is told. `data` is JSON text; undefined when it did not come to run. */
export interface ToldAnswer {
  readonly data: string | undefined;
  readonly errors: readonly GraphQLFormattedError[];
}

export interface ApolloPipeline {
  /** Runs one prepared query or mutation; resolves also when fields fail. */
  run(
    operation: PreparedOperation,
    text: string,
    context: Context,
    variables: RawVariables | undefined,
  ): Promise<ToldAnswer>;
  stop(): Promise<void>;
}

/** What Apollo carries through. It copies the outer object, so what must stay itself is inside. */
interface Carried {
  readonly operation: PreparedOperation;
  readonly context: Context;
}

/**
 * JSON text in the place of data: what was written once is not read and written again. It is taken once: what Apollo
 * made for a request stays in the heap until the next full collection, and a text of many parts with it would have
 * to be copied by each small one (measured: half of all time).
 */
class WrittenData {
  #text: string;
  constructor(text: string) {
    this.#text = text;
  }

  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }
}

export async function startApollo(schema: GraphQLSchema, log: Log): Promise<ApolloPipeline> {
  const gateway: ApolloServerOptionsWithGateway<Carried>["gateway"] = {
    load: () =>
      Promise.resolve({
        executor: async ({ context, request }) => {
          const { operation, context: ours } = context as Carried;
          const { data, errors } = await operation.execute(ours, request.variables);
          return {
            ...(data === undefined ? {} : { data: { written: new WrittenData(data) } }),
            ...(errors.length > 0 ? { errors } : {}),
          };
        },
      }),
    onSchemaLoadOrUpdate: (announce) => {
      announce({ apiSchema: schema, coreSupergraphSdl: "" });
      return () => undefined;
    },
    stop: () => Promise.resolve(),
  };
  const apollo = new ApolloServer<Carried>({
    gateway,
    formatError: (formatted, error) => presentError(formatted, error, log),
    includeStacktraceInErrorResponses: false,
    // Both are done before, once for HTTP and sockets alike.
    persistedQueries: false,
    dangerouslyDisableValidation: true,
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled()],
    stopOnTerminationSignals: false,
  });
  await apollo.start();
  return {
    run: async (operation, query, context, variables) => {
      const { body } = await apollo.executeOperation(
        {
          query,
          ...(operation.operation.name ? { operationName: operation.operation.name.value } : {}),
          ...(variables ? { variables } : {}),
        },
        { contextValue: { operation, context } },
      );
      if (body.kind !== "single") throw new Error("an answer in parts, which nobody asked for");
      const { data, errors = [] } = body.singleResult;
      const written: unknown = data?.["written"];
      return { data: written instanceof WrittenData ? written.take() : undefined, errors };
    },
    stop: () => apollo.stop(),
  };
}
