// Who may do what: bearer tokens to rights, and which browsers' requests are let in at all. Pure.
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { isLoopback } from "../config.ts";
import type { AccessTokens } from "../config.ts";
import type { Rights } from "./context.ts";

const digest = (text: string) => createHash("sha256").update(text).digest();

/** Compares with every token in constant time. */
function isOneOf(token: string, tokens: readonly string[]): boolean {
  const given = digest(token);
  return tokens.reduce((found, each) => timingSafeEqual(given, digest(each)) || found, false);
}

/** Rights of an `Authorization` value. Without any token configured, everybody who gets here may do everything. */
export function rightsOf(authorization: string | undefined, tokens: AccessTokens): Rights {
  if (tokens.read.length === 0 && tokens.admin.length === 0) return "admin";
  const token = /^Bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) return "none";
  if (isOneOf(token, tokens.admin)) return "admin";
  return isOneOf(token, tokens.read) ? "read" : "none";
}

const hostName = (host: string): string =>
  host
    .toLowerCase()
    .replace(/:\d+$/, "")
    .replace(/^\[|\]$|\.$/g, "");

/**
 * Why a request must be refused before it is read: without tokens, only loopback protects this API, and a page of
 * another site could reach it through the visitor's browser (by its own name for our address, or a WebSocket).
 */
export function foreignRequestProblem(
  headers: IncomingHttpHeaders,
  tokens: AccessTokens,
): string | undefined {
  if (tokens.read.length > 0 || tokens.admin.length > 0) return undefined;
  const { host, origin } = headers;
  if (host !== undefined && !isLoopback(hostName(host)))
    return `this server answers on loopback only, not as ${host}`;
  if (origin === undefined) return undefined;
  const originHost = URL.canParse(origin) ? new URL(origin).host : origin;
  if (originHost !== host && !isLoopback(hostName(originHost)))
    return `pages of ${origin} may not use this server`;
  return undefined;
}
