// A client of one API process of a chaos run: one request with a deadline, and what became of it. Repeats nothing.
import { isObject, text } from "../ecs/json.ts";
import { Answer } from "../testing/longshore.ts";

/** lost: no answer came, or none that says whether it was done. */
export type Outcome =
  | { readonly kind: "done"; readonly data: Answer }
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  | { readonly kind: "lost"; readonly reason: string };

const deadlineMs = 8000;

/** Codes that say that surely nothing was done. */
const refusals = new Set(["BAD_USER_INPUT", "NOT_FOUND", "CONFLICT", "RATE_LIMITED"]);

async function post(url: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${url}graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(deadlineMs),
  });
  return response.json();
}

export async function ask(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Outcome> {
  let answer: unknown;
  try {
    answer = await post(url, { query, variables });
  } catch (error) {
    return { kind: "lost", reason: error instanceof Error ? error.message : String(error) };
  }
  const errors = isObject(answer) && Array.isArray(answer["errors"]) ? answer["errors"] : [];
  const [first]: unknown[] = errors;
  if (!isObject(first))
    return { kind: "done", data: new Answer(isObject(answer) ? answer["data"] : undefined) };
  const { extensions } = first;
  const code = (isObject(extensions) ? text(extensions, "code") : undefined) ?? "";
  const message = text(first, "message") ?? "";
  if (refusals.has(code)) return { kind: "refused", code, message };
  if (code === "UNAVAILABLE") return { kind: "lost", reason: message };
  throw new Error(`${url} answered ${JSON.stringify(errors)} to ${query}`);
}

/** The data of an answer that must come; throws with the reason when it does not. */
export async function read(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Answer> {
  const outcome = await ask(url, query, variables);
  if (outcome.kind === "done") return outcome.data;
  throw new Error(
    `${url}: ${outcome.kind} ${outcome.kind === "lost" ? outcome.reason : outcome.message}`,
  );
}
