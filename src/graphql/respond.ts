// Writes whole answers of the API's server: JSON, text and refusals, each with the security headers. Decides nothing.
import type { ServerResponse } from "node:http";
import type { ErrorCode } from "./errors.ts";
import { securityHeaders } from "./security-headers.ts";

/** Data of a fleet is nobody's to keep: no cache on the way, none in the browser. */
const uncached = { ...securityHeaders, "cache-control": "no-store" };

export function sendText(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string | Buffer,
  headers?: Readonly<Record<string, string>>,
): void {
  const all: Record<string, string | number> = { ...uncached, "content-type": contentType };
  // Known beforehand: one write, no chunks, and a HEAD is told it as well. 204 has no body to speak of.
  if (status !== 204) all["content-length"] = Buffer.byteLength(body);
  response.writeHead(status, headers ? { ...all, ...headers } : all);
  response.end(body);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers?: Readonly<Record<string, string>>,
): void {
  sendText(response, status, "application/json", `${JSON.stringify(body)}\n`, headers);
}

/** Why something was refused, for a person and for a program. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  /** RATE_LIMITED: when it is worth trying again. */
  readonly retryAfterSeconds?: number;
}

/** The body of a refusal: what GraphQL clients understand, on every path alike. */
function refusalBody({ code, message, retryAfterSeconds }: Refusal): unknown {
  const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return { errors: [{ message, extensions: { code, ...retry } }] };
}

export function refuse(
  response: ServerResponse,
  status: number,
  refusal: Refusal,
  headers: Readonly<Record<string, string>> = {},
): void {
  const { retryAfterSeconds } = refusal;
  const retry = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
  sendJson(response, status, refusalBody(refusal), { ...retry, ...headers });
}

/** A whole refusal as bytes, for connections that never became a request or became something else. */
export function rawRefusal(status: string, refusal: Refusal): string {
  const body = JSON.stringify(refusalBody(refusal));
  const headers = Object.entries({
    ...uncached,
    connection: "close",
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${headers.join("")}\r\n${body}`;
}
