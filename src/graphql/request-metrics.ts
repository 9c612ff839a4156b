// What Prometheus reads of requests, operations and whatever was turned away. Counts; decides nothing.
import type { IncomingMessage } from "node:http";
import { Counter, Histogram } from "prom-client";
import type { Registry } from "prom-client";
import { registerCollected } from "../telemetry/collected.ts";
import type { TurnedAway } from "./listener.ts";

/** How one operation went. */
export interface OperationOutcome {
  /** `query`, `mutation`, `subscription`; `none` for a document that names no operation. */
  readonly type: string;
  readonly transport: "http" | "websocket";
  /** `OK`, or the code of its first error. */
  readonly code: string;
  readonly seconds: number;
}

/** Takes note of an operation; `request` is the one that it came with, none on a socket. */
export type Observe = (outcome: OperationOutcome, request?: IncomingMessage) => void;

/** What is asked when somebody reads the metrics. */
export interface Present {
  readonly connections: () => number;
  readonly sockets: () => number;
  /** Distinct ones. */
  readonly subscriptions: () => number;
}

export interface RequestMetrics {
  request(path: string, status: number): void;
  operation(outcome: OperationOutcome): void;
  turnedAway(reason: TurnedAway): void;
  socketClosed(code: number): void;
}

/** Paths that are counted by name: there are as many others as strangers think of. */
const namedPaths = new Set(
  "/ /playground /graphql /healthz /readyz /metrics /sd/prometheus /sd/haproxy".split(" "),
);

/** Codes that are counted by number: clients may send any of thousands. */
const knownCodes: ReadonlySet<number> = new Set([
  1000, 1001, 1005, 1006, 1007, 1009, 1013, 4008, 4400, 4401, 4403, 4406, 4408, 4409, 4429,
]);

/** From an answer out of memory to a page of a thousand with all that it has. */
const secondsBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export function countRequests(registry: Registry, present: Present): RequestMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: "longshore_http_requests_total",
    help: "HTTP requests that were answered, by path and status.",
    labelNames: ["path", "status"],
    registers,
  });
  const operations = new Counter({
    name: "longshore_graphql_operations_total",
    help: "GraphQL operations by type, transport and OK or the code of their first error.",
    labelNames: ["type", "transport", "code"],
    registers,
  });
  const seconds = new Histogram({
    name: "longshore_graphql_operation_seconds",
    help: "From a document that was read to its answer; of subscriptions, to their start.",
    labelNames: ["type", "transport"],
    buckets: secondsBuckets,
    registers,
  });
  const away = new Counter({
    name: "longshore_turned_away_total",
    help: "Connections and requests that were cut off before they were read, by the limit that did it.",
    labelNames: ["reason"],
    registers,
  });
  const closes = new Counter({
    name: "longshore_websocket_closes_total",
    help: "WebSockets that were closed, by close code: 4008 is a reader that was too slow.",
    labelNames: ["code"],
    registers,
  });
  for (const [name, help, read] of [
    ["http_connections", "Open connections, WebSockets included.", present.connections],
    ["websocket_connections", "Open WebSocket connections.", present.sockets],
    [
      "subscriptions",
      "Distinct subscriptions that are followed: identical ones count once.",
      present.subscriptions,
    ],
  ] as const)
    registerCollected(registry, {
      name,
      help,
      labels: [],
      samples: () => [{ labels: {}, value: read() }],
    });
  return {
    request: (path, status) => {
      const known = namedPaths.has(path) ? path : path.startsWith("/assets/") ? "/assets" : "other";
      requests.inc({ path: known, status: String(status) });
    },
    operation: ({ type, transport, code, seconds: taken }) => {
      operations.inc({ type, transport, code });
      seconds.observe({ type, transport }, taken);
    },
    turnedAway: (reason) => away.inc({ reason }),
    socketClosed: (code) => closes.inc({ code: knownCodes.has(code) ? String(code) : "other" }),
  };
}
