// The API's http server: listens, hands requests to routes and upgrades to sockets, drains. Decides nothing.
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Informer } from "../changes/informer.ts";
import type { Clock } from "../clock.ts";
import type { AccessTokens, JwtConfig } from "../config.ts";
import type { Log } from "../log.ts";
import type { StateStore } from "../store/store.ts";
import { foreignRequestProblem } from "./access.ts";
import { createAuthentication } from "./caller.ts";
import type { Caller } from "./caller.ts";
import type { Context } from "./context.ts";
import { createDocuments } from "./documents.ts";
import { createGraphqlHttp } from "./http.ts";
import { createMetrics } from "./metrics.ts";
import { createPersistedDocuments } from "./persisted.ts";
import { sendJson } from "./respond.ts";
import { createRoutes, pathOf } from "./routes.ts";
import { createSchema } from "./schema.ts";
import { openSockets } from "./sockets.ts";

export interface ApiOptions {
  readonly host: string;
  readonly port: number;
  readonly tokens: AccessTokens;
  readonly jwt?: JwtConfig | undefined;
  readonly informer: Informer;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Folder of the built pages. */
  readonly pages: string;
}

export interface Api {
  readonly url: string;
  /** Stops accepting, tells sockets to go elsewhere, ends what runs. */
  close(): Promise<void>;
}

const drainMs = 5000;

export async function startApi(options: ApiOptions): Promise<Api> {
  const { informer, store, clock, log } = options;
  const schema = createSchema();
  const documents = createDocuments(schema);
  const graphql = createGraphqlHttp({ documents, persisted: createPersistedDocuments(), log });
  const authentication = createAuthentication(options);
  const contextOf = (caller: Caller): Context => ({ ...caller, informer, store, clock });
  const sockets = openSockets(schema, contextOf, authentication, clock, log);
  const metrics = createMetrics(informer, sockets.server, store);
  const route = createRoutes({
    informer,
    store,
    clock,
    metrics,
    authentication,
    pages: options.pages,
    graphql: (request, response, caller) => graphql(contextOf(caller), request, response),
  });

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      log.error({ err: error, path: pathOf(request) }, "a request failed");
      if (!response.headersSent)
        sendJson(response, 500, {
          errors: [
            {
              message: "Longshore failed to answer this; the reason is in its log.",
              extensions: { code: "INTERNAL_SERVER_ERROR" },
            },
          ],
        });
      else response.destroy();
    });
  });
  server.requestTimeout = 30_000;
  server.on("upgrade", (request, socket, head) => {
    // Node takes its own listener off before this; without one, a client that resets ends the process.
    socket.on("error", () => socket.destroy());
    const pathname = pathOf(request);
    const foreign = foreignRequestProblem(request.headers, authentication.isGuarded);
    if (pathname !== "/graphql" || foreign !== undefined) {
      socket.end(
        `HTTP/1.1 ${foreign === undefined ? "404 Not Found" : "403 Forbidden"}\r\nConnection: close\r\n\r\n`,
      );
      return;
    }
    sockets.server.handleUpgrade(request, socket, head, (client) => {
      sockets.server.emit("connection", client, request);
    });
  });
  const port = await listen(server, options);
  const shownHost = options.host.includes(":") ? `[${options.host}]` : options.host;
  return {
    url: `http://${shownHost}:${port}/`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      const cancel = clock.after(drainMs, () => {
        // Upgraded sockets are not the http server's any more: one that does not answer a close would hold us.
        for (const client of sockets.server.clients) client.terminate();
        server.closeAllConnections();
      });
      await sockets.close();
      server.closeIdleConnections();
      await closed;
      cancel();
      authentication.close();
    },
  };
}

/** Listening failed for a reason that a person can mend. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

function listen(server: Server, { host, port }: ApiOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why =
        error.code === "EADDRINUSE"
          ? `port ${port} on ${host} is in use: stop what listens there, or set LONGSHORE_PORT to another port`
          : error.code === "EADDRNOTAVAIL"
            ? `this machine has no address ${host}: set LONGSHORE_HOST to one that it has`
            : `cannot listen on ${host}:${port}: ${error.message}`;
      reject(new ListenError(why));
    });
    server.listen(port, host, () => {
      const address: string | AddressInfo | null = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}
