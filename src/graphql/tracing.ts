// Traces of requests and operations for an OpenTelemetry collector: OTLP over HTTP, in JSON. Loaded only when the
// standard variables name a collector. Never holds up what it watches: what cannot be sent is dropped and counted.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../clock.ts";
import type { TracingConfig } from "../config.ts";
import type { Log } from "../log.ts";
import type { Random } from "../random.ts";
import type { OperationOutcome } from "./request-metrics.ts";

export interface Tracing {
  /** A request has come; its span continues the trace that its `traceparent` names. */
  begin(request: IncomingMessage): void;
  /** It has had its answer. `path` is without what the client asked. */
  end(request: IncomingMessage, response: ServerResponse, path: string): void;
  /** An operation has ended just now, as a part of the request, or by itself on a socket. */
  operation(outcome: OperationOutcome, request: IncomingMessage | undefined): void;
  /** Sends what is left. */
  close(): Promise<void>;
}

interface Place {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly isSampled: boolean;
}

type Attributes = Readonly<Record<string, string | number>>;

const spansMax = 2048;
const batchMs = 2000;
/** Longest path that is told, characters: ours are shorter, and strangers send what they like. */
const pathMax = 100;
const sendTimeoutMs = 10_000;
/** OTLP's numbers. */
const kinds = { internal: 1, server: 2 } as const;
const errorStatus = 2;

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

const valueOf = (value: string | number): object =>
  typeof value === "number" ? { intValue: String(value) } : { stringValue: value };

const attributesOf = (attributes: Attributes): object[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));

const nanoseconds = (ms: number): string => String(BigInt(Math.round(ms * 1000)) * 1000n);

export interface TracingOptions {
  readonly config: TracingConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export function startTracing({ config, clock, random, log }: TracingOptions): Tracing {
  const underWay = new WeakMap<IncomingMessage, Place & { readonly at: number }>();
  let spans: object[] = [];
  let dropped = 0;
  let isAway = false;
  let cancel: (() => void) | undefined;

  async function send(): Promise<void> {
    cancel = undefined;
    const batch = spans;
    spans = [];
    if (batch.length === 0) return;
    const resource = { attributes: attributesOf(config.resource) };
    const scopeSpans = [{ scope: { name: "longshore" }, spans: batch }];
    try {
      const response = await fetch(config.endpoint, {
        method: "POST",
        headers: { ...config.headers, "content-type": "application/json" },
        body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans }] }),
        signal: AbortSignal.timeout(sendTimeoutMs),
      });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`it answers with status ${response.status}`);
      isAway = false;
    } catch (error) {
      dropped += batch.length;
      const reason = error instanceof Error ? error.message : String(error);
      if (!isAway)
        log.warn({ reason, dropped }, "traces cannot be sent: check OTEL_EXPORTER_OTLP_ENDPOINT");
      isAway = true;
    }
  }

  function record(
    name: string,
    kind: number,
    { traceId, spanId, parentSpanId }: Place,
    [from, to]: readonly [number, number],
    attributes: Attributes,
    isError: boolean,
  ): void {
    if (spans.length >= spansMax) {
      dropped++;
      return;
    }
    spans.push({
      traceId,
      spanId,
      ...(parentSpanId === undefined ? {} : { parentSpanId }),
      name,
      kind,
      startTimeUnixNano: nanoseconds(from),
      endTimeUnixNano: nanoseconds(to),
      attributes: attributesOf(attributes),
      status: isError ? { code: errorStatus } : {},
    });
    cancel ??= clock.after(batchMs, () => void send());
  }

  return {
    begin: (request) => {
      const header = request.headers["traceparent"];
      const place = placeOf(String(header ?? ""), config.sampleRatio, random);
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
      const times = [place.at, clock.now()] as const;
      record(
        `${method} ${path.slice(0, pathMax)}`,
        kinds.server,
        place,
        times,
        attributes,
        statusCode >= 500,
      );
    },
    operation: ({ type, transport, code, seconds }, request) => {
      const above = request && underWay.get(request);
      if (request && !above) return;
      const place = above
        ? { ...above, spanId: random.hex(16), parentSpanId: above.spanId }
        : placeOf(undefined, config.sampleRatio, random);
      if (!place.isSampled) return;
      const now = clock.now();
      const attributes = {
        "graphql.operation.type": type,
        "longshore.transport": transport,
        "longshore.code": code,
      };
      const times = [now - seconds * 1000, now] as const;
      const isError = code === "INTERNAL_SERVER_ERROR" || code === "UNAVAILABLE";
      record(`graphql ${type}`, kinds.internal, place, times, attributes, isError);
    },
    close: async () => {
      cancel?.();
      await send();
    },
  };
}
