// The API's http server: listens, hands requests to routes and upgrades to sockets, drains. Decides nothing.
import type { ServerResponse } from "node:http";
import type { Informer } from "../changes/informer.ts";
import type { Clock } from "../clock.ts";
import { clientLimitsByDefault } from "../config.ts";
import type { AccessTokens, ClientLimitsConfig, JwtConfig, TlsFiles } from "../config.ts";
import type { Log } from "../log.ts";
import type { StateStore } from "../store/store.ts";
import { foreignRequestProblem } from "./access.ts";
import { startApollo } from "./apollo.ts";
import { createClientLimits, noClientLimits } from "./client-limits.ts";
import { createAuthentication } from "./caller.ts";
import type { Caller } from "./caller.ts";
import { OperationContext } from "./context.ts";
import { createDocuments } from "./documents.ts";
import { createGraphqlHttp } from "./http.ts";
import { openListener } from "./listener.ts";
import type { Deadlines } from "./listener.ts";
import { createMetrics } from "./metrics.ts";
import { createPersistedDocuments } from "./persisted.ts";
import { rawRefusal, sendJson } from "./respond.ts";
import type { Refusal } from "./respond.ts";
import type { Observe } from "./request-metrics.ts";
import { createResponseCache } from "./response-cache.ts";
import { createRoutes, pathOf } from "./routes.ts";
import { createSchema } from "./schema.ts";
import { endFloods } from "./socket-flood.ts";
import { openSockets } from "./sockets.ts";
import type { Tracing } from "./tracing.ts";

export interface ApiOptions {
  readonly host: string;
  readonly port: number;
  readonly tokens: AccessTokens;
  readonly jwt?: JwtConfig | undefined;
  readonly tls?: TlsFiles | undefined;
  readonly trustedProxies?: readonly string[];
  readonly limits?: ClientLimitsConfig;
  readonly deadlines?: Deadlines;
  /** Who takes traces; undefined for nobody. */
  readonly traces?: Tracing | undefined;
  readonly informer: Informer;
  readonly store: StateStore;
  readonly clock: Clock;
  /** The time that all processes share, for what is planned and written; `clock` if left out. */
  readonly stateClock?: Clock;
  readonly log: Log;
  /** Folder of the built pages. */
  readonly pages: string;
  /** Bytes for answers that may be given again; 0 makes every answer anew. */
  readonly responseCacheBytes?: number;
  /** Bytes of answers over HTTP that may wait for their readers. */
  readonly backlogMax?: number;
}

export interface Api {
  readonly url: string;
  /** Stops accepting, tells sockets to go elsewhere, ends what runs. */
  close(): Promise<void>;
}

const drainMs = 5000;
const responseCacheBytes = 64 * 1_048_576;

export async function startApi(options: ApiOptions): Promise<Api> {
  const { stateClock = options.clock } = options;
  const { informer, store, clock, log, limits = clientLimitsByDefault, traces: tracing } = options;
  const schema = createSchema();
  const authentication = createAuthentication(options);
  const present = {
    connections: () => listener.connections(),
    sockets: () => sockets.server.clients.size,
    subscriptions: () => sockets.subscriptions,
  };
  const metrics = createMetrics(informer, store, present, stateClock);
  const documents = createDocuments(schema);
  const apollo = await startApollo(schema, log);
  const persisted = createPersistedDocuments();
  const observe: Observe = (outcome, request) => {
    metrics.operation(outcome);
    tracing?.operation(outcome, request);
  };
  const responses = createResponseCache(options.responseCacheBytes ?? responseCacheBytes);
  const graphql = createGraphqlHttp({
    apollo,
    documents,
    persisted,
    responses,
    clock,
    log,
    observe,
  });
  const clientLimits = authentication.isGuarded
    ? createClientLimits(limits, clock)
    : noClientLimits;
  const contextOf = (caller: Caller) =>
    new OperationContext(caller, {
      informer,
      store,
      clock: stateClock,
      limits: clientLimits,
    });
  const sockets = openSockets({
    schema,
    documents,
    informer,
    contextOf,
    authentication,
    clock,
    stateClock,
    log,
    observe,
  });
  const route = createRoutes({
    informer,
    store,
    clock,
    metrics,
    authentication,
    pages: options.pages,
    graphql: (request, response, caller) => graphql(contextOf(caller), request, response),
  });
  const listener = await openListener({
    ...options,
    connectionsMax: limits.connectionsMax,
    // Half is left to everybody else, whatever one address does.
    addressConnectionsMax: Math.ceil(limits.connectionsMax / 2),
    onRequest: (request, response) => {
      tracing?.begin(request);
      return route(request, response).catch((error: unknown) => {
        log.error({ err: error, path: pathOf(request) }, "a request failed");
        if (response.headersSent) response.destroy();
        else sendFailure(response);
      });
    },
    onAnswered: (request, response) => {
      const path = pathOf(request);
      metrics.request(path, response.statusCode);
      tracing?.end(request, response, path);
    },
    onTurnedAway: metrics.turnedAway,
  });
  const { server } = listener;
  server.on("upgrade", (request, socket, head) => {
    // Node takes its own listener off before this; without one, a client that resets ends the process.
    socket.on("error", () => socket.destroy());
    const pathname = pathOf(request);
    const foreign = foreignRequestProblem(request.headers, authentication.isGuarded);
    if (pathname !== "/graphql" || foreign !== undefined) {
      const refusal: Refusal =
        foreign === undefined
          ? { code: "NOT_FOUND", message: `nothing is at ${pathname}` }
          : { code: "FORBIDDEN", message: foreign };
      socket.end(rawRefusal(foreign === undefined ? "404 Not Found" : "403 Forbidden", refusal));
      return;
    }
    sockets.server.handleUpgrade(request, socket, head, (client) => {
      endFloods(client, clock, () => metrics.turnedAway("flood"));
      client.once("close", metrics.socketClosed);
      sockets.server.emit("connection", client, request);
    });
  });
  return {
    url: listener.url,
    close: async () => {
      listener.close();
      const closed = new Promise((resolve) => server.close(resolve));
      const cancel = clock.after(drainMs, () => {
        // Upgraded sockets are not the http server's any more: one that does not answer a close would hold us.
        for (const client of sockets.server.clients) client.terminate();
        server.closeAllConnections();
      });
      sockets.close();
      server.closeIdleConnections();
      await closed;
      cancel();
      await apollo.stop();
      authentication.close();
    },
  };
}

function sendFailure(response: ServerResponse): void {
  const message = "Longshore failed to answer this; the reason is in its log.";
  const extensions = { code: "INTERNAL_SERVER_ERROR" };
  sendJson(response, 500, { errors: [{ message, extensions }] });
}
