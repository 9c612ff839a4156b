// The API's edge, over real sockets: requests that no honest client sends, and those that every one does.
import { connect } from "node:net";
import { once } from "node:events";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { openInformer } from "../changes/informer.ts";
import type { Informer } from "../changes/informer.ts";
import { systemClock } from "../clock.ts";
import { systemRandom } from "../random.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { observeContainerInstance } from "../store/record.ts";
import { anInstance, testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { startApi } from "./server.ts";
import type { Api } from "./server.ts";

let redis: TestRedis;
let store: StateStore;
let informer: Informer;
let open: Api;
let guarded: Api;

const log = pino({ level: "silent" });
const clock = systemClock;

beforeAll(async () => {
  redis = await testRedis();
  store = openRedisStore({ url: redis.url, name: "test", clock, random: systemRandom });
  await until("Redis", () =>
    store.ping().then(
      () => true,
      () => undefined,
    ),
  );
  await store.apply(testCluster, [observeContainerInstance(anInstance("a"), "describe")]);
  await store.noteFreshness(testCluster, { lastReconciledAt: clock.now() });
  informer = openInformer({ store, clock, log });
  await informer.loaded;
  const shared = { host: "127.0.0.1", port: 0, informer, store, clock, log, pages: "/nowhere" };
  open = await startApi({ ...shared, tokens: { read: [], admin: [] } });
  guarded = await startApi({ ...shared, tokens: { read: ["reader"], admin: ["boss"] } });
});

afterAll(async () => {
  await open?.close();
  await guarded?.close();
  await informer?.close();
  await store?.close();
  await redis?.stop();
});

const query = "{ containerInstances { totalCount } }";

async function post(api: Api, document: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${api.url}graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query: document }),
  });
  return { status: response.status, body: await response.text() };
}

/** Sends bytes as they are; resolves with the first bytes of the answer, or "" when there was none. */
async function raw(api: Api, bytes: string, reset = false): Promise<string> {
  const socket = connect(Number(new URL(api.url).port), "127.0.0.1");
  await once(socket, "connect");
  socket.on("error", () => undefined);
  socket.write(bytes);
  if (reset) {
    socket.resetAndDestroy();
    return "";
  }
  const [answer] = await once(socket, "data");
  socket.destroy();
  return String(answer);
}

const upgrade = (path: string, host: string) =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`;

describe("requests that no honest client sends", () => {
  test("an upgrade of a path that is no URL is refused, and the server goes on", async () => {
    const { host } = new URL(guarded.url);
    expect(await raw(guarded, upgrade("//", host))).toContain("404");
    await raw(guarded, upgrade("/nope", host), true);
    expect((await fetch(`${guarded.url}healthz`)).status).toBe(200);
  });

  test("another site's page, a sandboxed frame and a rebound name are let in nowhere", async () => {
    for (const origin of ["https://elsewhere.example", "null"]) {
      expect((await post(open, query, { origin })).status).toBe(403);
      const socket = new WebSocket(
        `${open.url.replace("http", "ws")}graphql`,
        "graphql-transport-ws",
        { origin },
      );
      const [error] = await once(socket, "error");
      expect(String(error)).toContain("403");
    }
    const port = new URL(open.url).port;
    expect(
      await raw(open, `GET /graphql HTTP/1.1\r\nHost: rebound.example:${port}\r\n\r\n`),
    ).toContain("403");
  });

  test("a body that is too long, or no JSON, is refused in words", async () => {
    expect((await post(open, "x".repeat(1_100_000))).status).toBe(413);
    const broken = await fetch(`${open.url}graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{",
    });
    expect(broken.status).toBe(400);
    expect(await broken.text()).toContain("BAD_USER_INPUT");
  });

  test("a form that another site could send is refused", async () => {
    const response = await fetch(`${open.url}graphql`, {
      method: "POST",
      headers: { "content-type": "text/plain" },
      body: JSON.stringify({ query }),
    });
    expect(response.status).toBe(415);
  });
});

describe("requests that every client sends", () => {
  test("queries by POST and by plain GET", async () => {
    expect((await post(open, query)).body).toContain('"totalCount":1');
    const url = `${open.url}graphql?query=${encodeURIComponent(query)}`;
    expect(await (await fetch(url)).text()).toContain('"totalCount":1');
  });

  test("before the first snapshot there is no answer, not an empty one", async () => {
    const nowhere = openRedisStore({
      url: "redis://127.0.0.1:1",
      name: "test",
      clock,
      random: systemRandom,
    });
    const unloaded = openInformer({ store: nowhere, clock, log });
    const tokens = { read: [], admin: [] };
    const place = { host: "127.0.0.1", port: 0, pages: "/nowhere" };
    const early = await startApi({
      ...place,
      informer: unloaded,
      store: nowhere,
      clock,
      log,
      tokens,
    });
    expect((await post(early, query)).body).toContain("UNAVAILABLE");
    expect((await fetch(`${early.url}readyz`)).status).toBe(503);
    await early.close();
    await unloaded.close();
    await nowhere.close();
  });

  test("a subscription over POST says where to go", async () => {
    const answer = await post(open, "subscription { clusterChanges { type } }");
    expect(answer.body).toMatch(/BAD_USER_INPUT.*|.*WebSocket/);
    expect(answer.body).toContain("WebSocket");
  });

  test("mistakes are BAD_USER_INPUT, without a stack", async () => {
    for (const document of ["{", "{ nothing }", "{ tasks(first: 5000) { totalCount } }"]) {
      const { body } = await post(open, document);
      expect(body).toContain("BAD_USER_INPUT");
      expect(body).not.toMatch(/node_modules|at .*\.ts/);
    }
  });

  test("health, readiness and metrics answer", async () => {
    for (const path of ["healthz", "readyz", "metrics"])
      expect((await fetch(`${open.url}${path}`)).status).toBe(200);
    const metrics = await (await fetch(`${open.url}metrics`)).text();
    expect(metrics).toContain("longshore_container_instances");
    expect(metrics).toContain("longshore_quarantined_messages 0");
  });
});

describe("tokens", () => {
  const mutation = `mutation { pauseDaemon(input: { cluster: "quay", name: "none" }) { daemon { name } } }`;
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  test("no token and a wrong one are UNAUTHENTICATED", async () => {
    expect((await post(guarded, query)).body).toContain("UNAUTHENTICATED");
    expect((await post(guarded, query, bearer("guess"))).body).toContain("UNAUTHENTICATED");
  });

  test("a reader reads and may not change; an admin may", async () => {
    expect((await post(guarded, query, bearer("reader"))).body).toContain('"totalCount":1');
    expect((await post(guarded, mutation, bearer("reader"))).body).toContain("FORBIDDEN");
    expect((await post(guarded, mutation, bearer("boss"))).body).toContain("NOT_FOUND");
  });
});
