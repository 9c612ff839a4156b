// What people watch Longshore by: every metric that the dashboard and the alert rules name is told by a process that
// runs, each alert has its place in the guide, and the roles tell of themselves where they are asked to.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { isObject, objects } from "../src/ecs/json.ts";
import type { JsonObject } from "../src/ecs/json.ts";
import { freePort } from "../src/redis-server/start.ts";
import { startLongshore, until } from "../src/testing/longshore.ts";
import type { Longshore } from "../src/testing/longshore.ts";

const textOf = (path: string): string =>
  readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

let longshore: Longshore;
let ingest: string;
let scheduler: string;
let logs: () => string;

/** Spans that a collector of OpenTelemetry was sent. */
const spans: JsonObject[] = [];
const collector = createServer((request, response) => {
  void json(request).then((body) => {
    for (const resource of objects(isObject(body) ? body : {}, "resourceSpans"))
      for (const scope of objects(resource, "scopeSpans")) spans.push(...objects(scope, "spans"));
    response.writeHead(200).end("{}");
  });
});

beforeAll(async () => {
  collector.listen(0, "127.0.0.1");
  await once(collector, "listening");
  const address = collector.address();
  const port = typeof address === "object" && address ? address.port : 0;
  longshore = await startLongshore(
    { instances: 2, tasks: 3, timings: { timeScale: 0.1 } },
    { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, LONGSHORE_LOG_LEVEL: "debug" },
  );
  const [ingestPort, schedulerPort] = [await freePort(), await freePort()];
  ingest = `http://127.0.0.1:${ingestPort}`;
  scheduler = `http://127.0.0.1:${schedulerPort}`;
  longshore.serve("api");
  const ingestProcess = longshore.serveWith(
    { LONGSHORE_METRICS_PORT: String(ingestPort) },
    "ingest",
  );
  const guarded = {
    LONGSHORE_METRICS_PORT: String(schedulerPort),
    LONGSHORE_READ_TOKENS: "let-me-read",
  };
  const schedulerProcess = longshore.serveWith(guarded, "scheduler");
  logs = () => ingestProcess.output() + schedulerProcess.output();
  await longshore.ready();
  await longshore.graphql(
    `mutation { registerDaemon(input: { cluster: "harbor", name: "d", taskDefinition: "node-exporter:1" }) { daemon { name } } }`,
  );
  // Nothing but the first reader that is refused and the first socket that is closed is missing by then.
  longshore.subscribe("subscription { taskChanges { type } }").close();
  await until("the workers", async () => {
    const answers = await Promise.all([ingest, scheduler].map((url) => fetch(`${url}/healthz`)));
    return answers.every(({ ok }) => ok) || undefined;
  });
});
afterAll(async () => {
  await longshore.close();
  collector.closeAllConnections();
  collector.close();
});

async function metricsOf(url: string, token?: string): Promise<string> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return (await fetch(`${url}/metrics`, { headers })).text();
}

/** Names that a text of metrics has, histograms by their parts as well. */
const namesIn = (text: string): Set<string> =>
  new Set([...text.matchAll(/^# TYPE (\S+)|^([a-z_]+)[{ ]/gm)].map(([, a, b]) => a ?? b ?? ""));

const everything = async (): Promise<string> =>
  (await metricsOf(longshore.url.replace(/\/$/, ""))) +
  (await metricsOf(ingest)) +
  (await metricsOf(scheduler, "let-me-read"));

const named = (text: string): string[] => [
  ...new Set(text.match(/\b(?:longshore|process|nodejs)_[a-z0-9_]+/g) ?? []),
];

describe("each metric that people look at is told", () => {
  test.each(["deploy/grafana-dashboard.json", "deploy/prometheus-rules.yaml"])(
    "by %s",
    async (path) => {
      const names = named(textOf(path));
      expect(names.length).toBeGreaterThan(10);
      const told = namesIn(await everything());
      expect(names.filter((name) => !told.has(name))).toEqual([]);
    },
  );

  test("in the guide", async () => {
    const told = namesIn(await everything());
    const guide = [...textOf("docs/operations.md").matchAll(/`(longshore_[a-z_]+)`/g)];
    const names = guide.map(([, name = ""]) => name).filter((name) => !name.endsWith("_"));
    expect(names.length).toBeGreaterThan(15);
    expect(names.filter((name) => !told.has(name))).toEqual([]);
  });

  test("has a name as Prometheus wants it: a unit, and _total for what only grows", async () => {
    const text = await everything();
    const ours = [...namesIn(text)].filter((name) => name.startsWith("longshore_"));
    expect(ours.filter((name) => /_(ms|millis|minutes|kb|mb|count_total)$/.test(name))).toEqual([]);
    const types = [...text.matchAll(/^# TYPE (longshore_\S+) (\S+)$/gm)];
    expect(
      types.filter(([, name = "", type]) => name.endsWith("_total") !== (type === "counter")),
    ).toEqual([]);
    expect(
      ours.filter(
        (name) => !text.includes(`# HELP ${name} `) && !/_(bucket|sum|count)$/.test(name),
      ),
    ).toEqual([]);
  });
});

test("every alert has its line in the guide, with what to do", () => {
  const rules: unknown = parse(textOf("deploy/prometheus-rules.yaml"));
  const alerts = [...JSON.stringify(rules).matchAll(/"alert":"(\w+)"/g)].map(
    ([, name = ""]) => name,
  );
  const alarms = [...textOf("deploy/aws.yaml").matchAll(/^ {2}(\w+)Alarm:$/gm)].map(
    ([, name = ""]) => name,
  );
  expect(alerts.length).toBeGreaterThan(10);
  expect(alarms.length).toBeGreaterThan(5);
  const guide = textOf("docs/operations.md");
  const missing = [...alerts, ...alarms].filter((name) => !guide.includes(`\`${name}\``));
  expect(missing).toEqual([]);
});

const attributeOf = (span: JsonObject, name: string): unknown => {
  const found = [...objects(span, "attributes")].find(({ key }) => key === name)?.["value"];
  return isObject(found) ? found["stringValue"] : undefined;
};

test("one trace leads from the message to the change to the start, and logs name the same change", async () => {
  await longshore.control("instances", { cluster: "harbor", count: 1 });
  const trace = await until(
    "a trace with all three parts",
    () => {
      const ids = spans.filter(({ name }) => name === "start task").map(({ traceId }) => traceId);
      const traces = ids.map((id) => spans.filter(({ traceId }) => traceId === id));
      return traces.find((each) => {
        const names = new Set(each.map(({ name }) => name));
        return names.has("store event") && names.has("hand to subscriptions");
      });
    },
    40_000,
  );
  const stored = trace.find(({ name }) => name === "store event") ?? {};
  const others = trace.filter((span) => span !== stored);
  expect(new Set(others.map(({ parentSpanId }) => parentSpanId))).toEqual(
    new Set([stored["spanId"]]),
  );
  const change = attributeOf(stored, "longshore.change");
  const messageId = attributeOf(stored, "messaging.message.id");
  const lines = logs()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line): unknown => JSON.parse(line))
    .filter((line) => isObject(line));
  expect(lines).toContainEqual(expect.objectContaining({ msg: "started a task", cause: change }));
  const [, kind, id, version] = /^(.)\/(.+)@(.+)$/.exec(String(change)) ?? [];
  expect(lines).toContainEqual(
    expect.objectContaining({ msg: "observed", messageId, kind, id, version, result: "applied" }),
  );
});

describe("roles tell of themselves", () => {
  test("what a daemon is like, and what was decided for it", async () => {
    await until(
      "a daemon that is everywhere",
      async () => {
        const text = await metricsOf(longshore.url.replace(/\/$/, ""));
        return (
          (/longshore_daemon_phase\{.*daemon="d",phase="ACTIVE"\} 1/.test(text) &&
            /longshore_daemon_instances\{.*daemon="d",state="running"\} 3/.test(text)) ||
          undefined
        );
      },
      40_000,
    );
    expect(await metricsOf(scheduler, "let-me-read")).toContain(
      'longshore_scheduler_decisions_total{type="START"} 3',
    );
  });

  test("how often they compare, to the API as to themselves", async () => {
    const answer = await longshore.graphql("{ ingestWorkers { reconcileMs } }");
    const seconds = Number(answer.at("ingestWorkers", 0, "reconcileMs").value) / 1000;
    expect(seconds).toBeGreaterThan(0);
    for (const url of [longshore.url.replace(/\/$/, ""), ingest])
      expect(await metricsOf(url)).toMatch(
        new RegExp(`^longshore_ingest_reconcile_interval_seconds\\{.*\\} ${seconds}$`, "m"),
      );
  });

  test("to those with a token alone, where there is one", async () => {
    expect((await fetch(`${scheduler}/metrics`)).status).toBe(401);
    expect((await fetch(`${ingest}/metrics`)).status).toBe(200);
    expect((await fetch(`${ingest}/graphql`)).status).toBe(404);
  });

  test("that they are not ready while Redis is away", async () => {
    expect((await fetch(`${ingest}/readyz`)).status).toBe(200);
    longshore.redis.pause();
    const answer = await fetch(`${ingest}/readyz`).finally(() => longshore.redis.resume());
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain("Redis");
    expect((await fetch(`${ingest}/healthz`)).status).toBe(200);
  });
});
