// Traces as a collector receives them: a real one, over HTTP, that keeps what it is sent.
import { createServer } from "node:http";
import { once } from "node:events";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../config.ts";
import { isObject, objects } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import { seededRandom } from "../random.ts";
import { startApiWorld } from "../testing/api-world.ts";
import type { ApiWorld } from "../testing/api-world.ts";
import { until } from "../testing/longshore.ts";
import { openSpans } from "../telemetry/spans.ts";
import { startApi } from "./server.ts";
import { placeOf, startTracing } from "./tracing.ts";

let world: ApiWorld;
const received: { body: JsonObject; authorization: unknown; url: unknown }[] = [];
let status = 200;

const collector = createServer((request, response) => {
  void json(request).then((body) => {
    if (isObject(body))
      received.push({ body, authorization: request.headers["x-key"], url: request.url });
    response.writeHead(status).end("{}");
  });
});

beforeAll(async () => {
  world = await startApiWorld();
  collector.listen(0, "127.0.0.1");
  await once(collector, "listening");
});

afterAll(async () => {
  collector.closeAllConnections();
  collector.close();
  await world?.close();
});

const only = (object: JsonObject | undefined, name: string): JsonObject[] => [
  ...objects(object ?? {}, name),
];

/** All spans that were received, oldest batch first. */
const spans = (): JsonObject[] =>
  received.flatMap(({ body }) =>
    only(body, "resourceSpans").flatMap((resource) =>
      only(resource, "scopeSpans").flatMap((scope) => only(scope, "spans")),
    ),
  );

function settings(more: Record<string, string> = {}) {
  const address = collector.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return readConfig({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}/`,
    OTEL_EXPORTER_OTLP_HEADERS: "x-key=s%C3%A9same-otel",
    OTEL_SERVICE_NAME: "harbour",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment=test",
    ...more,
  }).tracing;
}

async function startTraced(more: Record<string, string> = {}) {
  const config = settings(more);
  if (!config) throw new Error("no tracing is configured");
  const sender = openSpans({ ...world.place, config });
  const traces = startTracing({ ...world.place, spans: sender, random: seededRandom(7) });
  const api = await startApi({ ...world.place, tokens: { read: [], admin: [] }, traces });
  const ask = (headers: Record<string, string> = {}) =>
    fetch(`${api.url}graphql?query=${encodeURIComponent("{ clusters { totalCount } }")}`, {
      headers,
    });
  const stop = async () => {
    await api.close();
    await sender.close();
  };
  return { ask, stop };
}

const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";

describe("traces", () => {
  test("continue the client's, the operation below its request, with times and outcome", async () => {
    const { ask, stop } = await startTraced();
    expect((await ask({ traceparent: `${parent}-01` })).status).toBe(200);
    const seen = await until("two spans", () => (spans().length >= 2 ? spans() : undefined));
    await stop();
    const request = seen.find(({ name }) => name === "GET /graphql");
    const operation = seen.find(({ name }) => name === "graphql query");
    expect(request).toMatchObject({
      traceId: "0af7651916cd43dd8448eb211c80319c",
      parentSpanId: "b7ad6b7169203331",
      kind: 2,
    });
    expect(operation).toMatchObject({
      traceId: request?.["traceId"],
      parentSpanId: request?.["spanId"],
    });
    expect(only(operation, "attributes")).toContainEqual({
      key: "longshore.code",
      value: { stringValue: "OK" },
    });
    for (const { startTimeUnixNano, endTimeUnixNano } of seen)
      expect(BigInt(String(endTimeUnixNano)) >= BigInt(String(startTimeUnixNano))).toBe(true);
    const [first] = received;
    expect(first?.url).toBe("/v1/traces");
    expect(first?.authorization).toBeTruthy();
    const [resource] = only(first?.body, "resourceSpans");
    expect(JSON.stringify(resource?.["resource"])).toContain('"stringValue":"harbour"');
    // What was asked stays with us.
    expect(JSON.stringify(received.map(({ body }) => body))).not.toContain("totalCount");
  });

  test("that their beginner does not sample are not sent", async () => {
    received.length = 0;
    const { ask, stop } = await startTraced();
    await ask({ traceparent: `${parent}-00` });
    await ask();
    await stop();
    expect(spans().map(({ name }) => name)).toEqual(["graphql query", "GET /graphql"]);
    expect(spans()[0]?.["traceId"]).not.toBe("0af7651916cd43dd8448eb211c80319c");
  });

  test("hold nothing up when their collector fails, and say so once, without the key", async () => {
    status = 503;
    const { ask, stop } = await startTraced();
    expect((await ask()).status).toBe(200);
    await stop();
    status = 200;
    expect(world.logged()).toContain("traces cannot be sent");
    expect(world.logged()).not.toContain("same-otel");
  });
});

describe("settings", () => {
  test("nothing without a collector, or when switched off", () => {
    expect(readConfig({}).tracing).toBeUndefined();
    expect(settings({ OTEL_SDK_DISABLED: "true" })).toBeUndefined();
    expect(settings({ OTEL_TRACES_EXPORTER: "none" })).toBeUndefined();
  });

  test("bad ones are refused in words, and no header is shown", () => {
    expect(() => settings({ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" })).toThrow("http/json");
    expect(() => settings({ OTEL_EXPORTER_OTLP_ENDPOINT: "collector" })).toThrow("http://");
    expect(() => settings({ OTEL_EXPORTER_OTLP_HEADERS: "sesame" })).toThrow(
      /^OTEL_EXPORTER_OTLP_HEADERS cannot be read: it takes name=value pairs/,
    );
    expect(() => settings({ OTEL_TRACES_SAMPLER_ARG: "2" })).toThrow("from 0 to 1");
  });

  test("the sampler decides about traces that begin here only", () => {
    const sampled = (sampler: string, arg: string, header?: string) => {
      const ratio =
        settings({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: arg })?.sampleRatio ??
        NaN;
      const random = seededRandom(1);
      return Array.from({ length: 1000 }, () => placeOf(header, ratio, random)).filter(
        ({ isSampled }) => isSampled,
      ).length;
    };
    expect(sampled("parentbased_traceidratio", "0.1")).toBeGreaterThan(50);
    expect(sampled("parentbased_traceidratio", "0.1")).toBeLessThan(200);
    expect(sampled("always_off", "1")).toBe(0);
    expect(sampled("always_off", "1", `${parent}-01`)).toBe(1000);
    expect(sampled("", "", "not a traceparent")).toBe(1000);
  });
});
