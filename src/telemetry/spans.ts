// Spans for an OpenTelemetry collector: OTLP over HTTP, in JSON. Loaded only when the standard variables name a
// collector. Never holds up what it watches: what cannot be sent is dropped and counted.
import type { Clock } from "../clock.ts";
import type { TracingConfig } from "../config.ts";
import type { Log } from "../log.ts";

export interface Span {
  readonly name: string;
  readonly kind: keyof typeof kinds;
  /** 32 hexadecimal digits; 16 for a span. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** ms since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly isError?: boolean;
}

export interface Spans {
  /** Share of the traces that begin here which are kept, 0 to 1. */
  readonly sampleRatio: number;
  record(span: Span): void;
  /** Sends what is left. */
  close(): Promise<void>;
}

const spansMax = 2048;
const batchMs = 2000;
const sendTimeoutMs = 10_000;
/** OTLP's numbers. */
const kinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
const errorStatus = 2;

const valueOf = (value: string | number): object =>
  typeof value === "number" ? { intValue: String(value) } : { stringValue: value };

const attributesOf = (attributes: Span["attributes"]): object[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));

const nanoseconds = (ms: number): string => String(BigInt(Math.round(ms * 1000)) * 1000n);

export interface SpansOptions {
  readonly config: TracingConfig;
  readonly clock: Clock;
  readonly log: Log;
}

export function openSpans({ config, clock, log }: SpansOptions): Spans {
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

  return {
    sampleRatio: config.sampleRatio,
    record: ({ traceId, spanId, parentSpanId, name, kind, from, to, attributes, isError }) => {
      if (spans.length >= spansMax) {
        dropped++;
        return;
      }
      spans.push({
        traceId,
        spanId,
        ...(parentSpanId === undefined ? {} : { parentSpanId }),
        name,
        kind: kinds[kind],
        startTimeUnixNano: nanoseconds(from),
        endTimeUnixNano: nanoseconds(to),
        attributes: attributesOf(attributes),
        status: isError ? { code: errorStatus } : {},
      });
      cancel ??= clock.after(batchMs, () => void send());
    },
    close: async () => {
      cancel?.();
      await send();
    },
  };
}
