// Queries over HTTP on the same origin. Answers with a value for everything that can be expected to go wrong.
import type { Answer, Ask } from "./live.ts";
import { isFields } from "./read.ts";

function readAnswer(body: unknown): Answer {
  if (!isFields(body)) return { type: "problem", problem: "the server's answer could not be read" };
  const errors: readonly unknown[] = Array.isArray(body["errors"]) ? body["errors"] : [];
  const [first] = errors;
  if (!isFields(first)) return { type: "data", data: body["data"] };
  const extensions = first["extensions"];
  if (isFields(extensions) && extensions["code"] === "UNAUTHENTICATED")
    return { type: "unauthenticated" };
  return {
    type: "problem",
    problem: typeof first["message"] === "string" ? first["message"] : "the query failed",
    ...(isFields(extensions) && typeof extensions["code"] === "string"
      ? { code: extensions["code"] }
      : {}),
  };
}

/** A server that takes longer does not answer. */
const patienceMs = 60_000;

/** One that sends queries with this authorization, if any. */
export function createAsk(authorization: string | undefined): Ask {
  return async (query, variables) => {
    try {
      const response = await fetch("/graphql", {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json",
          ...(authorization === undefined ? {} : { authorization }),
        },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(patienceMs),
      });
      return readAnswer(await response.json());
    } catch {
      return { type: "problem", problem: "the server cannot be reached" };
    }
  };
}
