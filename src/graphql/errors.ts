// The errors that clients see: each with a code of the contract and a message that says what to do.
import { GraphQLError } from "graphql";
import type { GraphQLFormattedError } from "graphql";
import type { Log } from "../log.ts";
import { NotKept } from "../store/acknowledge.ts";
import { isRedisTrouble, RefusedData } from "../store/trouble.ts";
import type { Refusal } from "./respond.ts";

export type ErrorCode =
  | "BAD_USER_INPUT"
  | "NOT_FOUND"
  | "CONFLICT"
  | "UNAUTHENTICATED"
  | "FORBIDDEN"
  | "CURSOR_EXPIRED"
  | "RATE_LIMITED"
  | "UNAVAILABLE";

export function clientError(code: ErrorCode, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

/** The same error with the code BAD_USER_INPUT: of a document or a variable, whatever its scalar threw. */
export function asBadInput(error: GraphQLError): GraphQLError {
  const { nodes = null, source = null, positions = null, path = null } = error;
  const extensions = { ...error.extensions, code: "BAD_USER_INPUT" };
  return new GraphQLError(error.message, { nodes, source, positions, path, extensions });
}

/** A refusal as the error of an operation. */
export function refusalError({ code, message, retryAfterSeconds }: Refusal): GraphQLError {
  const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return new GraphQLError(message, { extensions: { code, ...retry } });
}

const spokenTo = new Set<unknown>([
  "BAD_USER_INPUT",
  "NOT_FOUND",
  "CONFLICT",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "CURSOR_EXPIRED",
  "RATE_LIMITED",
  "UNAVAILABLE",
  "PERSISTED_QUERY_NOT_FOUND",
]);

/** A message may quote what a client sent, which may be long. */
const messageMax = 1000;

/** What a client is told of an error: all of ours, nothing of a bug but that it was one. */
export function presentError(
  formatted: GraphQLFormattedError,
  original: unknown,
  log: Log,
): GraphQLFormattedError {
  const code = formatted.extensions?.["code"];
  const { locations, path } = formatted;
  const message = formatted.message.slice(0, messageMax);
  const place = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
  const retryAfterSeconds = formatted.extensions?.["retryAfterSeconds"];
  const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  if (spokenTo.has(code)) return { message, ...place, extensions: { code, ...retry } };
  const cause = original instanceof GraphQLError ? (original.originalError ?? original) : original;
  // A value that does not fit its type (a bad enum, a wrong scalar) is the client's.
  if (cause instanceof GraphQLError && cause.originalError === undefined)
    return { message, ...place, extensions: { code: "BAD_USER_INPUT" } };
  if (cause instanceof NotKept || cause instanceof RefusedData)
    return { message: cause.message, ...place, extensions: { code: "UNAVAILABLE" } };
  if (isRedisTrouble(cause))
    return {
      message:
        "The store does not answer now; nothing was changed as far as we know. Try again in a moment.",
      ...place,
      extensions: { code: "UNAVAILABLE" },
    };
  log.error({ err: cause, path }, "a resolver failed");
  return {
    message: "Longshore failed to answer this; the reason is in its log.",
    ...place,
    extensions: { code: "INTERNAL_SERVER_ERROR" },
  };
}
