// GraphQL over HTTP: a request becomes an operation, its answer a response with the status that the specification
// (graphql-over-http) gives it. Authenticates nobody, and knows nothing of what fields mean.
import { OperationTypeNode } from "graphql";
import type { GraphQLError } from "graphql";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { ApolloPipeline, ToldAnswer } from "./apollo.ts";
import type { Context, OperationContext } from "./context.ts";
import type { Documents, PreparedOperation } from "./documents.ts";
import { clientError, presentError } from "./errors.ts";
import {
  acceptedType,
  bodyProblem,
  foreignGetProblem,
  isRefused,
  readBody,
  readGet,
  readPost,
} from "./http-request.ts";
import type { MediaType, OperationRequest, RefusedRequest } from "./http-request.ts";
import { operationProblem } from "./operation-limits.ts";
import type { PersistedDocuments } from "./persisted.ts";
import type { Observe } from "./request-metrics.ts";
import { refuse, sendText } from "./respond.ts";
import type { ResponseCache } from "./response-cache.ts";

export interface GraphqlHttpOptions {
  readonly apollo: ApolloPipeline;
  readonly documents: Documents;
  readonly persisted: PersistedDocuments;
  readonly clock: Clock;
  readonly responses: ResponseCache;
  readonly log: Log;
  /** Told how each operation went. */
  readonly observe: Observe;
}

type Prepared =
  | {
      readonly operation: PreparedOperation;
      readonly text: string;
      readonly instead: undefined;
    }
  | {
      readonly operation: PreparedOperation | undefined;
      readonly instead: RefusedRequest | ToldAnswer;
    };

const methods = "GET, HEAD, POST, OPTIONS";

export type GraphqlHttp = (
  context: OperationContext,
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<void>;

export function createGraphqlHttp(options: GraphqlHttpOptions): GraphqlHttp {
  const { apollo, documents, persisted, responses, clock, log, observe } = options;
  const notRun = (...errors: readonly GraphQLError[]): ToldAnswer => ({
    data: undefined,
    errors: errors.map((error) => presentError(error.toJSON(), error, log)),
  });

  /** What runs; or what is answered instead, and what it would have been. */
  function prepare(
    context: Context,
    { query, operationName, variables, extensions }: OperationRequest,
    isGet: boolean,
  ): Prepared {
    const text = persisted.textOf(query, extensions);
    if (typeof text !== "string") return { operation: undefined, instead: notRun(text) };
    const operation = documents.prepare(text, operationName);
    if (!operation.ok) return { operation: undefined, instead: notRun(...operation.errors) };
    const { type } = operation;
    if (type === OperationTypeNode.SUBSCRIPTION)
      return { operation, instead: notRun(wantsSocket()) };
    if (type === OperationTypeNode.MUTATION && isGet) return { operation, instead: mutationByGet };
    // An empty list would be a lie: nobody knows yet what there is.
    if (!context.informer.isLoaded) return { operation, instead: notLoaded };
    const problem = operationProblem(operation, variables, context);
    return problem
      ? { operation, instead: notRun(problem) }
      : { operation, text, instead: undefined };
  }

  return async (context, request, response) => {
    const { method = "GET", headers } = request;
    if (method === "OPTIONS") return sendText(response, 204, "text/plain", "", { allow: methods });
    const asked = await readRequest(method, request);
    if (typeof asked !== "string") return sendRefusal(response, asked);
    const type = acceptedType(headers.accept);
    if (!type) return sendRefusal(response, notAcceptable);
    const { revision } = context.informer;
    const key = `${type} ${context.rights} ${method === "POST" ? "POST" : "GET"} ${asked}`;
    const at = clock.monotonic();
    const done = (operation: string, code: string) => {
      const seconds = (clock.monotonic() - at) / 1000;
      observe({ type: operation, transport: "http", code, seconds }, request);
    };
    const kept = responses.get(key, revision);
    if (kept) {
      done(OperationTypeNode.QUERY, "OK");
      return sendText(response, 200, kept.contentType, kept.body);
    }
    const read = method === "POST" ? readPost(asked) : readGet(asked);
    if (isRefused(read)) return sendRefusal(response, read);
    const prepared = prepare(context, read, method !== "POST");
    const { operation, instead } = prepared;
    context.beginExecution();
    const answer =
      instead ?? (await apollo.run(prepared.operation, prepared.text, context, read.variables));
    done(operation?.type ?? "none", codeOf(answer));
    if (isRefused(answer)) return sendRefusal(response, answer);
    const contentType = `${type}; charset=utf-8`;
    const text = write(answer);
    const isWhole = operation?.type === OperationTypeNode.QUERY && answer.errors.length === 0;
    // What took its time may have seen two moments.
    if (isWhole && context.isRepeatable && context.informer.revision === revision)
      responses.put(key, { revision, contentType, body: Buffer.from(text) });
    sendText(response, statusOf(answer, type), contentType, text);
  };
}

/** The text that says what to run: a body, or a URL. */
async function readRequest(
  method: string,
  request: IncomingMessage,
): Promise<string | RefusedRequest> {
  if (method === "GET" || method === "HEAD") return foreignGetProblem(request) ?? request.url ?? "";
  if (method !== "POST") return wrongMethod;
  return bodyProblem(request.headers) ?? readBody(request);
}

/** `OK`, or the code of the first error. */
function codeOf(answer: RefusedRequest | ToldAnswer): string {
  if (isRefused(answer)) return answer.code;
  const [error] = answer.errors;
  return error ? String(error.extensions?.["code"]) : "OK";
}

/** An answer as text. Errors come first: whoever reads by eye sees them. */
function write({ data, errors }: ToldAnswer): string {
  const told = errors.length > 0 ? `"errors":${JSON.stringify(errors)}` : "";
  const separator = told !== "" && data !== undefined ? "," : "";
  return `{${told}${separator}${data === undefined ? "" : `"data":${data}`}}\n`;
}

/** What did not come to run is 400 where the media type says that it is GraphQL, 200 where clients expect that. */
const statusOf = ({ data }: ToldAnswer, type: MediaType): number =>
  data === undefined && type === "application/graphql-response+json" ? 400 : 200;

function sendRefusal(response: ServerResponse, { status, headers, ...refusal }: RefusedRequest) {
  refuse(response, status, refusal, headers);
}

const wantsSocket = (): GraphQLError =>
  clientError(
    "BAD_USER_INPUT",
    "subscriptions run over WebSocket: connect to this path with graphql-transport-ws.",
  );

const wrongMethod: RefusedRequest = {
  code: "BAD_USER_INPUT",
  status: 405,
  message: `operations come by POST, and queries by GET as well.`,
  headers: { allow: methods },
};

const mutationByGet: RefusedRequest = {
  code: "BAD_USER_INPUT",
  status: 405,
  message: "a mutation comes by POST: a GET changes nothing.",
  headers: { allow: "POST" },
};

const notAcceptable: RefusedRequest = {
  code: "BAD_USER_INPUT",
  status: 406,
  message: "answers are application/graphql-response+json or application/json, in UTF-8.",
};

const notLoaded: RefusedRequest = {
  code: "UNAVAILABLE",
  status: 503,
  message: "the first snapshot is not loaded yet: wait until /readyz answers 200.",
  retryAfterSeconds: 1,
};
