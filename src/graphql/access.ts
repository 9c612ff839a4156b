// Which browsers' requests are let in at all, before anything of them is read. Pure.
import type { IncomingHttpHeaders } from "node:http";
import { isLoopback } from "../config.ts";

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
  isGuarded: boolean,
): string | undefined {
  if (isGuarded) return undefined;
  const { host, origin } = headers;
  if (host !== undefined && !isLoopback(hostName(host)))
    return `this server answers on loopback only, not as ${host}`;
  if (origin === undefined) return undefined;
  const originHost = URL.canParse(origin) ? new URL(origin).host : origin;
  if (originHost !== host && !isLoopback(hostName(originHost)))
    return `pages of ${origin} may not use this server`;
  return undefined;
}
