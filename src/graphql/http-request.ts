// Reads GraphQL over HTTP: which operation a request asks for and in which media type it wants the answer. Pure, but
// for taking in the body. Executes nothing.
import { isUtf8 } from "node:buffer";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { isObject } from "../ecs/json.ts";
import type { Refusal } from "./respond.ts";

/** Longest body that is read, bytes. Operations are text that people write; overrides stay below 8 KB. */
export const bodyMax = 1_048_576;

/** What a client asks to run, as it sent it. */
export interface OperationRequest {
  /** Absent when the document is named by its hash alone. */
  readonly query: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
}

/** A request that is no operation: what to answer instead. */
export interface RefusedRequest extends Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export const isRefused = (read: object): read is RefusedRequest => "status" in read;

const badRequest = (message: string, status = 400): RefusedRequest => ({
  code: "BAD_USER_INPUT",
  status,
  message,
});

export type MediaType = "application/json" | "application/graphql-response+json";

/**
 * The first media type of an Accept header that can be written, JSON for a wildcard; undefined when none can.
 * The order counts, weights do not: no client weights two kinds of JSON.
 */
export function acceptedType(accept: string | undefined): MediaType | undefined {
  if (accept === undefined || accept === "*/*") return "application/json";
  for (const range of accept.toLowerCase().split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim());
    const charset = parameters.find((parameter) => parameter.startsWith("charset="));
    if (charset !== undefined && !isUtf8Charset(charset)) continue;
    if (type === "application/graphql-response+json") return type;
    if (["application/json", "application/*", "*/*", ""].includes(type)) return "application/json";
  }
  return undefined;
}

const isUtf8Charset = (charset: string): boolean => /^charset="?utf-?8"?$/.test(charset);

/** Why the body of a POST is not read: only JSON is, which no page of another site can send unasked. */
export function bodyProblem(headers: IncomingHttpHeaders): RefusedRequest | undefined {
  const encoding = headers["content-encoding"];
  // A compressed body can be a thousand times as long as what its limit counts.
  if (encoding !== undefined && encoding !== "identity")
    return badRequest(`send the body as it is, without content-encoding ${encoding}.`, 415);
  const contentType = headers["content-type"];
  const [type, ...parameters] = (contentType ?? "").toLowerCase().split(";");
  const charset = parameters
    .map((parameter) => parameter.trim())
    .find((parameter) => parameter.startsWith("charset="));
  if (type?.trim() === "application/json" && (charset === undefined || isUtf8Charset(charset)))
    return undefined;
  return badRequest("send the operation as content-type: application/json, in UTF-8.", 415);
}

/** Takes in a body up to {@link bodyMax} bytes. */
export function readBody(request: IncomingMessage): Promise<string | RefusedRequest> {
  const tooLong = {
    ...badRequest(`the body is longer than ${bodyMax} bytes.`, 413),
    headers: { connection: "close" },
  };
  if (Number(request.headers["content-length"] ?? 0) > bodyMax) return Promise.resolve(tooLong);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bodyMax) chunks.push(chunk);
      else {
        request.pause();
        resolve(tooLong);
      }
    });
    request.once("end", () => {
      const [first] = chunks;
      const whole = first && chunks.length === 1 ? first : Buffer.concat(chunks);
      resolve(isUtf8(whole) ? whole.toString("utf8") : badRequest("the body is not UTF-8."));
    });
    // Nobody may be there to read this.
    request.once("error", () => resolve(badRequest("the body did not arrive.")));
  });
}

/** The operation in the JSON of a POST. */
export function readPost(body: string): OperationRequest | RefusedRequest {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return badRequest("the body is not JSON.");
  }
  if (Array.isArray(parsed))
    return badRequest(
      "one request carries one operation: aliases ask for several things in one, and HTTP keep-alive makes a second request cheap.",
    );
  if (!isObject(parsed)) return badRequest("the body is no JSON object with a query.");
  return readOperation(parsed);
}

/** The operation in the search part of a GET's URL. */
export function readGet(url: string): OperationRequest | RefusedRequest {
  const at = url.indexOf("?");
  const search = new URLSearchParams(at < 0 ? "" : url.slice(at));
  const fields: Record<string, unknown> = {};
  for (const name of ["query", "operationName"]) fields[name] = search.get(name) ?? undefined;
  for (const name of ["variables", "extensions"]) {
    const json = search.get(name);
    if (json === null || json === "") continue;
    try {
      fields[name] = JSON.parse(json);
    } catch {
      return badRequest(`${name} is not JSON.`);
    }
  }
  return readOperation(fields);
}

function readOperation(
  fields: Readonly<Record<string, unknown>>,
): OperationRequest | RefusedRequest {
  const { query, operationName, variables, extensions } = fields;
  if (query != null && typeof query !== "string") return badRequest("query is no text.");
  if (operationName != null && typeof operationName !== "string")
    return badRequest("operationName is no text.");
  if (variables != null && !isObject(variables)) return badRequest("variables is no object.");
  if (extensions != null && !isObject(extensions)) return badRequest("extensions is no object.");
  if (query == null && extensions?.["persistedQuery"] == null)
    return badRequest("there is no query: send the text of an operation as query.");
  return {
    query: query ?? undefined,
    operationName: operationName ?? undefined,
    variables: variables ?? undefined,
    extensions: extensions ?? undefined,
  };
}

/**
 * Why a GET is refused: a browser sends one for any page that embeds it. It can only read, and no page of another
 * site sees the answer; but no client needs it either. curl and other programs do not send Sec-Fetch-Site.
 */
export function foreignGetProblem({
  headers,
}: Pick<IncomingMessage, "headers">): RefusedRequest | undefined {
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return undefined;
  // Headers that a page can only set after a preflight, which is not granted here.
  if (headers["apollo-require-preflight"] || headers["x-apollo-operation-name"]) return undefined;
  return badRequest(
    "a page of another site may not GET here: send a POST, or apollo-require-preflight.",
  );
}
