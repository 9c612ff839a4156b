// GraphQL over HTTP: a request becomes an operation, its answer a response with the status that the specification
// (graphql-over-http) gives it. Authenticates nobody, and knows nothing of what fields mean.
import { OperationTypeNode } from "graphql";
import type { GraphQLError } from "graphql";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Context } from "./context.ts";
import type { Documents } from "./documents.ts";
import { clientError, codeOfError, presentError } from "./errors.ts";
import type { ExecutionAnswer } from "./execute.ts";
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

export interface GraphqlHttpOptions {
  readonly documents: Documents;
  readonly persisted: PersistedDocuments;
  readonly clock: Clock;
  readonly log: Log;
  /** Told how each operation went. */
  readonly observe: Observe;
}

const methods = "GET, HEAD, POST, OPTIONS";

export type GraphqlHttp = (
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<void>;

export function createGraphqlHttp(options: GraphqlHttpOptions): GraphqlHttp {
  const { documents, persisted, clock, log, observe } = options;
  const present = (errors: readonly GraphQLError[]) =>
    errors.map((error) => presentError(error.toJSON(), error, log));

  /** An answer as text. Errors come first: whoever reads by eye sees them. */
  function write({ data, errors }: ExecutionAnswer): string {
    const told = errors.length > 0 ? `"errors":${JSON.stringify(present(errors))}` : "";
    const separator = told !== "" && data !== undefined ? "," : "";
    return `{${told}${separator}${data === undefined ? "" : `"data":${data}`}}\n`;
  }

  function run(
    context: Context,
    { query, operationName, variables, extensions }: OperationRequest,
    isGet: boolean,
    started: { type: string },
  ): RefusedRequest | ExecutionAnswer | Promise<ExecutionAnswer> {
    const text = persisted.textOf(query, extensions);
    if (typeof text !== "string") return notRun(text);
    const prepared = documents.prepare(text, operationName);
    if (!prepared.ok) return notRun(...prepared.errors);
    started.type = prepared.type;
    if (prepared.type === OperationTypeNode.SUBSCRIPTION) return notRun(wantsSocket());
    if (prepared.type === OperationTypeNode.MUTATION && isGet) return mutationByGet;
    // An empty list would be a lie: nobody knows yet what there is.
    if (!context.informer.isLoaded) return notLoaded;
    const problem = operationProblem(prepared, variables, context);
    if (problem) return notRun(problem);
    return prepared.execute(context, variables);
  }

  return async (context, request, response) => {
    const { method = "GET", headers } = request;
    if (method === "OPTIONS") return sendText(response, 204, "text/plain", "", { allow: methods });
    const read = await readRequest(method, request);
    if (isRefused(read)) return sendRefusal(response, read);
    const type = acceptedType(headers.accept);
    if (!type) return sendRefusal(response, notAcceptable);
    const started = { type: "none", at: clock.monotonic() };
    const answer = await run(context, read, method !== "POST", started);
    const seconds = (clock.monotonic() - started.at) / 1000;
    observe({ type: started.type, transport: "http", code: codeOf(answer), seconds }, request);
    if (isRefused(answer)) return sendRefusal(response, answer);
    sendText(response, statusOf(answer, type), `${type}; charset=utf-8`, write(answer));
  };
}

async function readRequest(
  method: string,
  request: IncomingMessage,
): Promise<OperationRequest | RefusedRequest> {
  if (method === "GET" || method === "HEAD")
    return foreignGetProblem(request) ?? readGet(request.url ?? "");
  if (method !== "POST") return wrongMethod;
  const problem = bodyProblem(request.headers);
  if (problem) return problem;
  const body = await readBody(request);
  return typeof body === "string" ? readPost(body) : body;
}

/** `OK`, or the code of the first error. */
function codeOf(answer: RefusedRequest | ExecutionAnswer): string {
  if (isRefused(answer)) return answer.code;
  const [error] = answer.errors;
  return error ? codeOfError(error) : "OK";
}

const notRun = (...errors: readonly GraphQLError[]): ExecutionAnswer => ({
  data: undefined,
  errors,
});

/** What did not come to run is 400 where the media type says that it is GraphQL, 200 where clients expect that. */
const statusOf = ({ data }: ExecutionAnswer, type: MediaType): number =>
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
