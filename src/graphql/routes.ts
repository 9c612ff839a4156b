// What answers at which path, and which paths want a token. One line per path; the answers themselves are made elsewhere.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Informer } from "../changes/informer.ts";
import type { Clock } from "../clock.ts";
import type { StateStore } from "../store/store.ts";
import { foreignRequestProblem } from "./access.ts";
import type { Authentication, Caller } from "./caller.ts";
import { createDiscovery } from "./discovery-routes.ts";
import type { Metrics } from "./metrics.ts";
import { createReadiness } from "./readiness.ts";
import { refuse, sendJson, sendText } from "./respond.ts";
import type { Refusal } from "./respond.ts";
import { serveFile } from "./static-files.ts";

export type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  caller: Caller,
) => Promise<void> | void;

export interface RouteOptions {
  readonly informer: Informer;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly authentication: Authentication;
  /** Folder of the built pages. */
  readonly pages: string;
  /** Answers `/graphql` for somebody who may at least read. */
  readonly graphql: Answer;
}

/** The path of a request; never throws, whatever a client wrote (`//` is no URL). */
export function pathOf({ url = "/" }: IncomingMessage): string {
  return url.split(/[?#]/, 1)[0] ?? "/";
}

/** HTTP's status for a refusal of somebody who asks for data. */
function statusOf({ code }: Refusal): number {
  if (code === "UNAUTHENTICATED") return 401;
  if (code === "FORBIDDEN") return 403;
  return code === "RATE_LIMITED" ? 429 : 503;
}

/** Longest URL, characters: a query by GET that is longer comes by POST. */
const urlMax = 8192;

const urlTooLong: Refusal = {
  code: "BAD_USER_INPUT",
  message: `the URL is longer than ${urlMax} characters: send the query by POST.`,
};

/** Data is for callers with a token; whether the process is well, and the pages without their data, are for everybody. */
export function createRoutes(
  options: RouteOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { metrics, authentication, pages } = options;
  const readiness = createReadiness(options);
  const open = new Map<string, (response: ServerResponse) => Promise<void> | void>([
    ["/healthz", (response) => sendJson(response, 200, { status: "alive" })],
    [
      "/readyz",
      async (response) => {
        const said = await readiness();
        const ready = said.reasons.length === 0;
        sendJson(response, ready ? 200 : 503, { ready, ...said });
      },
    ],
  ]);
  const guarded = new Map<string, Answer>([
    ["/graphql", options.graphql],
    ...createDiscovery(options),
    [
      "/metrics",
      async (_, response) => sendText(response, 200, metrics.contentType, await metrics.text()),
    ],
  ]);

  /** Lets callers with a token through; nothing that a stranger sent is read. */
  async function admit(request: IncomingMessage, response: ServerResponse, answer: Answer) {
    const { authorization } = request.headers;
    const caller = await authentication.authenticate(
      authorization,
      authentication.addressOf(request),
    );
    if (!caller.refusal) return answer(request, response, caller);
    refuse(response, statusOf(caller.refusal), caller.refusal, {
      connection: "close",
      ...(caller.refusal.code === "UNAUTHENTICATED" ? { "www-authenticate": "Bearer" } : {}),
    });
  }

  return async (request, response) => {
    if ((request.url ?? "").length > urlMax) return refuse(response, 414, urlTooLong);
    const path = pathOf(request);
    const openAnswer = open.get(path);
    if (openAnswer) return openAnswer(response);
    const foreign = foreignRequestProblem(request.headers, authentication.isGuarded);
    if (foreign !== undefined)
      return refuse(response, 403, { code: "FORBIDDEN", message: foreign });
    const guardedAnswer = guarded.get(path);
    if (guardedAnswer) return admit(request, response, guardedAnswer);
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (isRead && (await serveFile(pages, path, response))) return;
    refuse(response, 404, { code: "NOT_FOUND", message: `nothing is at ${path}` });
  };
}
