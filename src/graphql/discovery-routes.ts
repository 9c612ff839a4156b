// GET /sd/prometheus and /sd/haproxy: whom to talk to, for programs that poll. An answer that is not sure is none:
// those programs keep what they have on an error, and drop everything on an empty list.
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { GraphQLError } from "graphql";
import type { Informer } from "../changes/informer.ts";
import { turnOf } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { arnId } from "../ecs/arn.ts";
import { haproxyLines, prometheusGroups, readFilter } from "./discovery.ts";
import type { Discovered, DiscoveryFilter } from "./discovery.ts";
import { endpointsMatching } from "./resolvers/endpoint.ts";
import { refuse, sendText } from "./respond.ts";
import { requireCluster } from "./select.ts";

interface Discovery {
  readonly informer: Informer;
  readonly clock: Clock;
}

interface Format {
  readonly contentType: string;
  /** Texts of a part of the endpoints; parts are joined, all of it wrapped. */
  readonly render: (discovered: readonly Discovered[]) => string[];
  readonly wrap: (parts: readonly string[]) => string;
}

const prometheus: Format = {
  contentType: "application/json",
  render: prometheusGroups,
  wrap: (groups) => `[${groups.join(",\n")}]\n`,
};

const haproxy: Format = {
  contentType: "text/plain; charset=utf-8",
  render: haproxyLines,
  wrap: (lines) => ["# <backend>/<server> <host>:<port>", ...lines, ""].join("\n"),
};

/** Tasks that are written at once: others get their turn in between. */
const atOnce = 1000;

function discover(informer: Informer, filter: DiscoveryFilter): Discovered[] {
  if (filter.cluster != null) requireCluster(informer, filter.cluster);
  return [...endpointsMatching(informer, filter)]
    .filter(({ healthy }) => healthy || !filter.healthy)
    .map((endpoint) => {
      const view = informer.views.get(endpoint.clusterArn);
      const task = view?.tasks.get(arnId(endpoint.taskArn));
      const instance = view?.instances.get(arnId(task?.containerInstanceArn ?? ""));
      return { endpoint, task, instance };
    });
}

const taskOf = (each: Discovered | undefined) => each?.endpoint.taskArn;

/** Whole tasks stay together, so that their ports are grouped. */
function* parts(discovered: readonly Discovered[]): Generator<readonly Discovered[]> {
  let from = 0;
  for (let at = atOnce; at < discovered.length; at++)
    if (at - from >= atOnce && taskOf(discovered[at]) !== taskOf(discovered[at - 1])) {
      yield discovered.slice(from, at);
      from = at;
    }
  yield discovered.slice(from);
}

async function write(
  format: Format,
  discovered: readonly Discovered[],
  clock: Clock,
): Promise<string> {
  const texts: string[] = [];
  for (const part of parts(discovered)) {
    texts.push(...format.render(part));
    await turnOf(clock);
  }
  return format.wrap(texts);
}

async function answer(
  { informer, clock }: Discovery,
  format: Format,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD")
    return refuse(
      response,
      405,
      { code: "BAD_USER_INPUT", message: "this path takes GET and HEAD." },
      { allow: "GET, HEAD" },
    );
  if (!informer.isLoaded)
    return refuse(response, 503, {
      code: "UNAVAILABLE",
      message: "the first snapshot is not loaded yet: wait until /readyz answers 200.",
    });
  const [, query = ""] = (request.url ?? "").split("?", 2);
  const filter = readFilter(new URLSearchParams(query));
  if ("problem" in filter)
    return refuse(response, 400, { code: "BAD_USER_INPUT", message: filter.problem });
  const body = await write(format, discover(informer, filter), clock);
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
  const headers = { etag, "cache-control": "no-cache", vary: "authorization" };
  const known = request.headers["if-none-match"]?.split(",").map((each) => each.trim());
  if (known?.some((each) => each === etag || each === `W/${etag}` || each === "*")) {
    response.writeHead(304, headers);
    response.end();
    return;
  }
  sendText(response, 200, format.contentType, body, headers);
}

/** Answers of both formats, by path. */
export function createDiscovery(
  discovery: Discovery,
): ReadonlyMap<string, (request: IncomingMessage, response: ServerResponse) => Promise<void>> {
  const answering =
    (format: Format) => async (request: IncomingMessage, response: ServerResponse) => {
      try {
        await answer(discovery, format, request, response);
      } catch (error) {
        // A cluster that is not known, or stands for several.
        if (!(error instanceof GraphQLError)) throw error;
        const isUnknown = error.extensions["code"] === "NOT_FOUND";
        const code = isUnknown ? "NOT_FOUND" : "BAD_USER_INPUT";
        refuse(response, isUnknown ? 404 : 400, { code, message: error.message });
      }
    };
  return new Map([
    ["/sd/prometheus", answering(prometheus)],
    ["/sd/haproxy", answering(haproxy)],
  ]);
}
