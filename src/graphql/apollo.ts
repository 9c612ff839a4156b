// Apollo Server behind our own http handler: queries and mutations over GET and POST.
import { text } from "node:stream/consumers";
import type { IncomingMessage, ServerResponse } from "node:http";
import { ApolloServer, HeaderMap } from "@apollo/server";
import type { ApolloServerPlugin } from "@apollo/server";
import { ApolloServerPluginCacheControlDisabled } from "@apollo/server/plugin/disabled";
import { OperationTypeNode } from "graphql";
import type { GraphQLSchema } from "graphql";
import type { Log } from "../log.ts";
import type { Context } from "./context.ts";
import { clientError, presentError } from "./errors.ts";
import { refuse } from "./respond.ts";
import { securityHeaders } from "./security-headers.ts";

/** Longest body that is read, bytes. Operations are text that people write; overrides stay below 8 KB. */
const bodyMax = 1_048_576;
/** Longest document: long enough for introspection many times over. */
const documentTokensMax = 15_000;

/** A subscription needs a socket; over HTTP Apollo would run it as if it were a query. */
const refuseSubscriptions: ApolloServerPlugin<Context> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation }) => {
      if (operation?.operation === OperationTypeNode.SUBSCRIPTION)
        throw clientError(
          "BAD_USER_INPUT",
          "subscriptions run over WebSocket: connect to this path with graphql-transport-ws.",
        );
    },
  }),
};

const admit: ApolloServerPlugin<Context> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ contextValue }) => {
      // An empty list would be a lie: nobody knows yet what there is.
      if (!contextValue.informer.isLoaded)
        throw clientError(
          "UNAVAILABLE",
          "the first snapshot is not loaded yet: wait until /readyz answers 200.",
        );
    },
  }),
};

export function createApollo(schema: GraphQLSchema, log: Log): ApolloServer<Context> {
  return new ApolloServer<Context>({
    schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    parseOptions: { maxTokens: documentTokensMax },
    formatError: (formatted, error) => presentError(formatted, error, log),
    plugins: [ApolloServerPluginCacheControlDisabled(), admit, refuseSubscriptions],
    stopOnTerminationSignals: false,
  });
}

/** Reads a body up to {@link bodyMax}; undefined when it is longer. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > bodyMax) return undefined;
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > bodyMax) request.destroy();
  });
  const body = await text(request).catch((error: unknown) => {
    if (size > bodyMax) return undefined;
    throw error;
  });
  return body;
}

function parseBody(body: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(body) };
  } catch {
    return undefined;
  }
}

export async function handleGraphql(
  apollo: ApolloServer<Context>,
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = request.method ?? "GET";
  let body: unknown;
  if (method === "POST") {
    const read = await readBody(request);
    if (read === undefined)
      return refuse(response, 413, {
        code: "BAD_USER_INPUT",
        message: `the body is longer than ${bodyMax} bytes.`,
      });
    if (request.headers["content-type"]?.includes("json")) {
      const parsed = parseBody(read);
      if (!parsed)
        return refuse(response, 400, { code: "BAD_USER_INPUT", message: "the body is not JSON." });
      body = parsed.value;
    }
  }
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  const site = request.headers["sec-fetch-site"];
  // A GET can only read, and only a browser on another site's page is foreign: curl needs no special header.
  if (method === "GET" && (site === undefined || site === "same-origin" || site === "none"))
    headers.set("apollo-require-preflight", "1");
  const { search } = new URL(request.url ?? "/", "http://localhost");
  const result = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method, headers, search, body },
    context: () => Promise.resolve(context),
  });
  for (const [name, value] of result.headers) response.setHeader(name, value);
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
  response.statusCode = result.status ?? 200;
  if (result.body.kind === "complete") {
    response.end(result.body.string);
    return;
  }
  for await (const chunk of result.body.asyncIterator) response.write(chunk);
  response.end();
}
