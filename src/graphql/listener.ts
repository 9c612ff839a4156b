// The listening socket: plain or TLS, with deadlines for everything that a peer can draw out, and bounds on how many
// connections there are. Knows nothing of what is asked over them.
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { isLoopback } from "../config.ts";
import type { TlsFiles } from "../config.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { Backlog, backlogMaxByDefault } from "./backlog.ts";
import { rawRefusal } from "./respond.ts";
import { keepCertificate, readCertificate } from "./certificate.ts";

/** Deadlines, milliseconds. What they end are peers that stopped or that stall on purpose. */
export interface Deadlines {
  readonly handshake: number;
  readonly headers: number;
  readonly request: number;
  /** An idle connection. */
  readonly keepAlive: number;
  /** No byte either way for so long, in the middle of a request or an answer. */
  readonly silence: number;
  /** How often connections are looked at. */
  readonly check: number;
}

export const deadlinesByDefault: Deadlines = {
  handshake: 10_000,
  headers: 10_000,
  request: 30_000,
  // Longer than load balancers keep an idle connection (60 s): the one to close it must not be us.
  keepAlive: 65_000,
  silence: 60_000,
  check: 2000,
};

/** All headers of a request together, bytes. */
const headerBytesMax = 16_384;
/** Requests of one connection that wait for their answer: more is pipelining that no client of today does. */
const pipelinedMax = 64;

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsFiles | undefined;
  /** Connections of all peers together. */
  readonly connectionsMax: number;
  /** Connections of one address that is not this machine. */
  readonly addressConnectionsMax: number;
  /** Bytes of answers that may wait for all readers together. */
  readonly backlogMax?: number;
  readonly deadlines?: Deadlines;
  readonly clock: Clock;
  readonly log: Log;
  /** Returns, or resolves, when the answer is written. */
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
  /** Called when a request has had its answer, or its peer went away. */
  readonly onAnswered: (request: IncomingMessage, response: ServerResponse) => void;
  /** Told of each connection and request that was turned away here, and by what. */
  readonly onTurnedAway: (reason: TurnedAway) => void;
}

export type TurnedAway =
  | "connections"
  | "address_connections"
  | "pipelining"
  | "backlog"
  | "bad_request"
  | "flood";

export interface Listener {
  readonly server: Server;
  readonly url: string;
  /** Connections that are open now, sockets of WebSockets included. */
  connections(): number;
  /** Stops watching the certificate; the server is closed by who drains it. */
  close(): void;
}

/** Listening failed for a reason that a person can mend. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/** Starts to listen. Rejects with a {@link ListenError} when it cannot. */
export async function openListener(options: ListenOptions): Promise<Listener> {
  const { host, tls, connectionsMax, deadlines = deadlinesByDefault } = options;
  const { clock, log, onTurnedAway } = options;
  const timing = {
    headersTimeout: deadlines.headers,
    requestTimeout: deadlines.request,
    keepAliveTimeout: deadlines.keepAlive,
    connectionsCheckingInterval: deadlines.check,
    maxHeaderSize: headerBytesMax,
    noDelay: true,
  };
  const onRequest = takeInTurn(options);
  const server = tls
    ? createTlsServer(
        {
          ...timing,
          ...certificateOf(tls),
          minVersion: "TLSv1.2",
          handshakeTimeout: deadlines.handshake,
        },
        onRequest,
      )
    : createServer(timing, onRequest);
  server.timeout = deadlines.silence;
  server.maxConnections = connectionsMax;
  server.on("drop", () => onTurnedAway("connections"));
  const open = countConnections(server, options);
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    onTurnedAway("bad_request");
    answerUnreadable(error, socket);
  });
  const stopWatching =
    tls && "setSecureContext" in server
      ? keepCertificate(tls, (context) => server.setSecureContext(context), clock, log)
      : () => undefined;
  const port = await listen(server, options);
  const shownHost = host.includes(":") ? `[${host}]` : host;
  return {
    server,
    url: `${tls ? "https" : "http"}://${shownHost}:${port}/`,
    connections: () => open.size,
    close: stopWatching,
  };
}

function certificateOf(tls: TlsFiles) {
  try {
    return readCertificate(tls);
  } catch (error) {
    throw new ListenError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * A request has its turn when the answer before it on the same connection was taken: who reads nothing makes one answer
 * wait. Ends connections on which too many wait for that, or whose answers do while those of others are too many.
 */
function takeInTurn(
  options: ListenOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { onRequest, onAnswered, onTurnedAway, backlogMax = backlogMaxByDefault } = options;
  const lines = new WeakMap<Socket, (() => void)[]>();
  const backlog = new Backlog<Socket>(backlogMax);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await onRequest(request, response);
    const bytes = response.writableLength;
    if (bytes === 0 || response.closed) return;
    for (const socket of backlog.add(request.socket, bytes)) {
      onTurnedAway("backlog");
      socket.destroy();
    }
  }

  return (request, response) => {
    const { socket } = request;
    const line = lines.get(socket) ?? [];
    lines.set(socket, line);
    line.push(() => void answer(request, response));
    response.once("close", () => {
      backlog.remove(socket);
      onAnswered(request, response);
      line.shift();
      if (!socket.destroyed) line[0]?.();
    });
    if (line.length === 1) return line[0]?.();
    if (line.length <= pipelinedMax) return;
    onTurnedAway("pipelining");
    socket.destroy();
  };
}

/** The connections that are open; those beyond what one address may have are cut at once. */
function countConnections(
  server: Server,
  { addressConnectionsMax, onTurnedAway }: ListenOptions,
): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  const byAddress = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const address = socket.remoteAddress ?? "";
    const count = (byAddress.get(address) ?? 0) + 1;
    // This machine is a proxy, a sidecar or a developer: what is behind it is limited by client.
    const isLocal = isLoopback(address.replace(/^::ffff:/, ""));
    if (count > addressConnectionsMax && !isLocal) {
      onTurnedAway("address_connections");
      socket.destroy();
      return;
    }
    open.add(socket);
    byAddress.set(address, count);
    socket.once("close", () => {
      open.delete(socket);
      const left = (byAddress.get(address) ?? 1) - 1;
      if (left > 0) byAddress.set(address, left);
      else byAddress.delete(address);
    });
  });
  return open;
}

/** The last word to a peer whose bytes were no request, or came too slowly. */
function answerUnreadable({ code }: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || code === "ECONNRESET") return void socket.destroy();
  const [status, message]: readonly [string, string] =
    code === "HPE_HEADER_OVERFLOW"
      ? [
          "431 Request Header Fields Too Large",
          `the headers are longer than ${headerBytesMax} bytes.`,
        ]
      : code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? ["408 Request Timeout", "the request did not arrive in time: send it again."]
        : ["400 Bad Request", "this is no HTTP request."];
  socket.end(rawRefusal(status, { code: "BAD_USER_INPUT", message }));
}

function listen(server: Server, { host, port }: ListenOptions): Promise<number> {
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
