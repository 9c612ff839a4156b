// The API's http server: GraphQL over HTTP and WebSocket, the pages, health and metrics. Routes; decides nothing.
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Informer } from "../changes/informer.ts";
import type { Clock } from "../clock.ts";
import type { AccessTokens } from "../config.ts";
import type { Log } from "../log.ts";
import type { StateStore } from "../store/store.ts";
import { foreignRequestProblem, rightsOf } from "./access.ts";
import { createApollo, handleGraphql } from "./apollo.ts";
import type { Context, Rights } from "./context.ts";
import { createMetrics } from "./metrics.ts";
import { createSchema } from "./schema.ts";
import { openSockets } from "./sockets.ts";
import { securityHeaders, serveFile } from "./static-files.ts";

export interface ApiOptions {
  readonly host: string;
  readonly port: number;
  readonly tokens: AccessTokens;
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

/** The path of a request; never throws, whatever a client wrote (`//` is no URL). */
function pathOf({ url = "/" }: IncomingMessage): string {
  return url.split(/[?#]/, 1)[0] ?? "/";
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { ...securityHeaders, "content-type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
}

/** Why the API should get no traffic; empty when it should. */
async function unreadyReasons({ informer, store }: ApiOptions): Promise<string[]> {
  const reasons: string[] = [];
  const problem = informer.problem();
  if (problem !== undefined) reasons.push(problem);
  try {
    await store.ping();
  } catch (error) {
    reasons.push(
      `Redis does not answer: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return reasons;
}

export async function startApi(options: ApiOptions): Promise<Api> {
  const { informer, store, clock, log, tokens } = options;
  const schema = createSchema();
  const apollo = createApollo(schema, log);
  await apollo.start();
  const contextOf = (rights: Rights): Context => ({ informer, store, clock, rights });
  const sockets = openSockets(schema, contextOf, tokens, log);
  const metrics = createMetrics(informer, sockets.server);

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pathname = pathOf(request);
    if (pathname === "/healthz") return send(response, 200, { status: "alive" });
    if (pathname === "/readyz") {
      const reasons = await unreadyReasons(options);
      return send(response, reasons.length === 0 ? 200 : 503, {
        ready: reasons.length === 0,
        reasons,
      });
    }
    const foreign = foreignRequestProblem(request.headers, tokens);
    if (foreign !== undefined)
      return send(response, 403, {
        errors: [{ message: foreign, extensions: { code: "FORBIDDEN" } }],
      });
    const rights = rightsOf(request.headers.authorization, tokens);
    if (pathname === "/graphql") return handleGraphql(apollo, contextOf(rights), request, response);
    if (pathname === "/metrics") {
      if (rights === "none") return send(response, 401, { errors: [unauthenticated] });
      response.writeHead(200, { "content-type": metrics.contentType });
      response.end(await metrics.text());
      return;
    }
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (isRead && (await serveFile(options.pages, pathname, response))) return;
    send(response, 404, {
      errors: [{ message: `nothing is at ${pathname}`, extensions: { code: "NOT_FOUND" } }],
    });
  }

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      log.error({ err: error, path: request.url }, "a request failed");
      if (!response.headersSent)
        send(response, 500, {
          errors: [{ message: "Longshore failed to answer this; the reason is in its log." }],
        });
      else response.destroy();
    });
  });
  server.requestTimeout = 30_000;
  server.on("upgrade", (request, socket, head) => {
    // Node takes its own listener off before this; without one, a client that resets ends the process.
    socket.on("error", () => socket.destroy());
    const pathname = pathOf(request);
    const foreign = foreignRequestProblem(request.headers, tokens);
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
      await apollo.stop();
    },
  };
}

const unauthenticated = {
  message: "send a token: Authorization: Bearer <token>.",
  extensions: { code: "UNAUTHENTICATED" },
};

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
