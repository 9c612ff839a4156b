// Traces of requests and operations. Loaded only when somebody takes them; sending them is the business of spans.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../clock.ts";
import type { Random } from "../random.ts";
import type { Spans } from "../telemetry/spans.ts";
import type { OperationOutcome } from "./request-metrics.ts";

export interface Tracing {
  /** A request has come; its span continues the trace that its `traceparent` names. */
  begin(request: IncomingMessage): void;
  /** It has had its answer. `path` is without what the client asked. */
  end(request: IncomingMessage, response: ServerResponse, path: string): void;
  /** An operation has ended just now, as a part of the request, or by itself on a socket. */
  operation(outcome: OperationOutcome, request: IncomingMessage | undefined): void;
}

interface Place {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly isSampled: boolean;
}

/** Longest path that is told, characters: ours are shorter, and strangers send what they like. */
const pathMax = 100;

/** W3C trace context: version, trace id, parent's span id, flags. */
const traceparent = /^[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})/;

/** Where a new span stands: below the parent that a header names, or at the root of a trace of its own. */
export function placeOf(header: string | undefined, ratio: number, random: Random): Place {
  const spanId = random.hex(16);
  const parent = traceparent.exec(header ?? "");
  if (!parent)
    return {
      traceId: random.hex(32),
      spanId,
      parentSpanId: undefined,
      isSampled: random.chance(ratio),
    };
  const [, traceId = "", parentSpanId = "", flags = "00"] = parent;
  return { traceId, spanId, parentSpanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export interface TracingOptions {
  readonly spans: Spans;
  readonly clock: Clock;
  readonly random: Random;
}

export function startTracing({ spans, clock, random }: TracingOptions): Tracing {
  const { sampleRatio } = spans;
  const underWay = new WeakMap<IncomingMessage, Place & { readonly at: number }>();
  return {
    begin: (request) => {
      const header = request.headers["traceparent"];
      const place = placeOf(String(header ?? ""), sampleRatio, random);
      if (place.isSampled) underWay.set(request, { ...place, at: clock.now() });
    },
    end: (request, response, path) => {
      const place = underWay.get(request);
      if (!place) return;
      const { method = "GET" } = request;
      const { statusCode } = response;
      const attributes = {
        "http.request.method": method,
        "url.path": path.slice(0, pathMax),
        "http.response.status_code": statusCode,
      };
      spans.record({
        ...place,
        name: `${method} ${path.slice(0, pathMax)}`,
        kind: "server",
        from: place.at,
        to: clock.now(),
        attributes,
        isError: statusCode >= 500,
      });
    },
    operation: ({ type, transport, code, seconds }, request) => {
      const above = request && underWay.get(request);
      if (request && !above) return;
      const place = above
        ? { ...above, spanId: random.hex(16), parentSpanId: above.spanId }
        : placeOf(undefined, sampleRatio, random);
      if (!place.isSampled) return;
      const now = clock.now();
      const attributes = {
        "graphql.operation.type": type,
        "longshore.transport": transport,
        "longshore.code": code,
      };
      spans.record({
        ...place,
        name: `graphql ${type}`,
        kind: "internal",
        from: now - seconds * 1000,
        to: now,
        attributes,
        isError: code === "INTERNAL_SERVER_ERROR" || code === "UNAVAILABLE",
      });
    },
  };
}
