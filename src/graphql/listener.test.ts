// The edge of the API's server over real connections: TLS, deadlines, bounds, and what every answer carries.
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { get } from "node:https";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { clientLimitsByDefault } from "../config.ts";
import { startApiWorld } from "../testing/api-world.ts";
import type { ApiWorld } from "../testing/api-world.ts";
import { until } from "../testing/longshore.ts";
import { createAddressOf } from "./client-address.ts";
import { createClientLimits } from "./client-limits.ts";
import { ListenError } from "./listener.ts";
import { startApi } from "./server.ts";
import type { Api } from "./server.ts";

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../testing/tls/${name}.pem`, import.meta.url));

let world: ApiWorld;
let api: Api;
const tokens = { read: ["edge-reader-token"], admin: ["edge-admin-token"] };

beforeAll(async () => {
  world = await startApiWorld();
  api = await startApi({ ...world.place, tokens });
});

afterAll(async () => {
  await api?.close();
  await world?.close();
});

/** Resolves when a socket has closed, whatever closed it. */
const closing = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once("close", () => resolve()));

/** Writes bytes on a connection of its own; resolves with everything that came back until it was closed. */
async function exchange(bytes: string, at = api): Promise<string> {
  const socket = connect(Number(new URL(at.url).port), "127.0.0.1");
  await once(socket, "connect");
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
  socket.on("error", () => undefined);
  const closed = closing(socket);
  socket.write(bytes);
  await closed;
  return answer;
}

const read = { authorization: "Bearer edge-reader-token" };
const query = "{ containerInstances { totalCount } }";

const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(`${api.url}graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...read, ...headers },
    body,
  });

describe("TLS", () => {
  let folder: string;
  let files: { cert: string; key: string };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "longshore-tls-"));
    files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
    await show("first");
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function show(name: string): Promise<void> {
    await copyFile(fixture(`${name}.key`), files.key);
    await copyFile(fixture(`${name}.cert`), files.cert);
  }

  /** The common name on the certificate that a new connection is shown. */
  async function shown(url: string): Promise<string> {
    const socket = connectTls({
      port: Number(new URL(url).port),
      host: "127.0.0.1",
      rejectUnauthorized: false,
    });
    await once(socket, "secureConnect");
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return String(subject.CN);
  }

  test("serves https and wss, and shows a replaced certificate without a restart", async () => {
    const secure = await startApi({ ...world.place, tokens, tls: files });
    expect(secure.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/$/);
    const ca = readFileSync(fixture("first.cert"), "utf8");
    const status = await new Promise((resolve, reject) => {
      get(`${secure.url}healthz`, { ca }, ({ statusCode }) => resolve(statusCode)).on(
        "error",
        reject,
      );
    });
    expect(status).toBe(200);
    const socket = new WebSocket(
      `${secure.url.replace("https", "wss")}graphql`,
      "graphql-transport-ws",
      { ca },
    );
    await once(socket, "open");
    expect(await shown(secure.url)).toBe("longshore test first");
    await show("second");
    await until("the second certificate", async () =>
      (await shown(secure.url)) === "longshore test second" ? true : undefined,
    );
    // What is open stays open.
    socket.send(JSON.stringify({ type: "connection_init", payload: read }));
    const [ack] = await once(socket, "message");
    expect(String(ack)).toContain("connection_ack");
    socket.close();

    // A pair that does not fit is not taken.
    await copyFile(fixture("first.cert"), files.cert);
    await until("a warning", () => (world.logged().includes("not the key of") ? true : undefined));
    expect(await shown(secure.url)).toBe("longshore test second");
    await secure.close();
  });

  test("that cannot be had is said in words, at the start", async () => {
    const start = (tls: { cert: string; key: string }) => startApi({ ...world.place, tokens, tls });
    const cert = fixture("first.cert");
    const problem = async (tls: { cert: string; key: string }) => {
      const error: unknown = await start(tls).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(ListenError);
      return String(error);
    };
    expect(await problem({ cert: "/nowhere.pem", key: fixture("first.key") })).toMatch(
      /LONGSHORE_TLS_CERT is "\/nowhere.pem", which cannot be read/,
    );
    expect(await problem({ cert, key: cert })).toContain("no private key");
    expect(await problem({ cert: fixture("first.key"), key: cert })).toContain("no certificate");
    expect(await problem({ cert, key: fixture("second.key") })).toContain("not the key of");
  });
});

describe("what cannot be read", () => {
  test("is refused in words, with a status of its own", async () => {
    const long = "x".repeat(20_000);
    expect(await exchange(`GET /${long} HTTP/1.1\r\nHost: a\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431 .*BAD_USER_INPUT/s,
    );
    expect(await exchange("this is no request\r\n\r\n")).toMatch(
      /^HTTP\/1.1 400 .*BAD_USER_INPUT/s,
    );
    expect(await exchange(`GET / HTTP/1.1\r\nHost: a\r\nX: \u0000\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 400/,
    );
    const url = `${api.url}graphql?query=${"x".repeat(9000)}`;
    const response = await fetch(url, { headers: read });
    expect(response.status).toBe(414);
    expect(await response.text()).toContain("by POST");
  });

  test("bodies: compressed, not UTF-8, deep beyond reason, a batch", async () => {
    const body = JSON.stringify({ query });
    const packed = await post(new Uint8Array(gzipSync(body)), { "content-encoding": "gzip" });
    expect(packed.status).toBe(415);
    expect(await packed.text()).toContain("content-encoding");
    const broken = await post(new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]));
    expect(broken.status).toBe(400);
    expect(await broken.text()).toContain("UTF-8");
    const deep = await post(`{"query":"{ __typename }","variables":${"[".repeat(400_000)}`);
    expect(deep.status).toBe(400);
    const closed = await post(
      `{"query":"{ __typename }","variables":{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}}`,
    );
    expect(await closed.text()).toContain("32 deep");
    const batch = await post(JSON.stringify(Array.from({ length: 1000 }, () => ({ query }))));
    expect(batch.status).toBe(400);
    expect(await batch.text()).toContain("one operation");
  });

  test("a body without end is cut off at its limit", async () => {
    const socket = connect(Number(new URL(api.url).port), "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    socket.on("error", () => undefined);
    const closed = closing(socket);
    socket.write(
      "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAuthorization: Bearer edge-reader-token\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    const feed = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on("drain", feed);
    feed();
    await closed;
    expect(answer).toMatch(/^HTTP\/1.1 413 .*BAD_USER_INPUT/s);
  });

  test("a connection that pipelines without end is cut", async () => {
    const one = `GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n`;
    await exchange(one.repeat(20_000));
    const metrics = await (await fetch(`${api.url}metrics`, { headers: read })).text();
    expect(metrics).toMatch(/longshore_turned_away_total\{reason="pipelining"\} [1-9]/);
  });
});

describe("every answer", () => {
  const paths = [
    "",
    "playground",
    "graphql",
    "healthz",
    "readyz",
    "metrics",
    "nothing",
    "assets/x",
  ];

  test("carries the security headers, and is open or guarded as documented", async () => {
    const seen: Record<string, number> = {};
    for (const path of paths) {
      const response = await fetch(`${api.url}${path}`);
      await response.text();
      seen[path] = response.status;
      expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(response.headers.get("x-frame-options")).toBe("DENY");
      expect(response.headers.get("x-powered-by")).toBeNull();
    }
    // No worker has ever been seen here, so the API is not ready to be believed.
    expect(seen).toMatchObject({ "": 200, playground: 200, healthz: 200, readyz: 503 });
    expect(seen).toMatchObject({ graphql: 401, metrics: 401, nothing: 404, "assets/x": 404 });
    const raw = await exchange(
      "GET /nope HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    expect(raw).toContain("content-security-policy");
  });
});

describe("bounds", () => {
  test("on connections of everybody", async () => {
    const small = await startApi({
      ...world.place,
      tokens,
      limits: { ...clientLimitsByDefault, connectionsMax: 3 },
    });
    const port = Number(new URL(small.url).port);
    const sockets = Array.from({ length: 6 }, () => connect(port, "127.0.0.1"));
    for (const socket of sockets) socket.on("error", () => undefined);
    await until("three that were cut", () =>
      sockets.filter(({ closed }) => closed).length === 3 ? true : undefined,
    );
    for (const socket of sockets) socket.destroy();
    const ask = () => fetch(`${small.url}metrics`, { headers: read }).then((each) => each.text());
    await until("the count", async () =>
      /longshore_turned_away_total\{reason="connections"\} [3-9]/.test(await ask())
        ? true
        : undefined,
    );
    await small.close();
  });

  test("on mutations of a client, which come back with time", () => {
    let now = 0;
    const clock = { ...world.place.clock, monotonic: () => now };
    const limits = createClientLimits(
      { ...clientLimitsByDefault, clientMutationsPerSecond: 2 },
      clock,
    );
    const refused = () => limits.mutationProblem("a") !== undefined;
    expect(Array.from({ length: 12 }, refused).filter(Boolean)).toHaveLength(2);
    expect(limits.mutationProblem("a")).toMatchObject({
      code: "RATE_LIMITED",
      retryAfterSeconds: 1,
    });
    expect(limits.mutationProblem("b")).toBeUndefined();
    now += 1000;
    expect(Array.from({ length: 4 }, refused).filter(Boolean)).toHaveLength(2);
    now += 60_000;
    expect(Array.from({ length: 12 }, refused).filter(Boolean)).toHaveLength(2);
  });

  test("on places of a client: what was given back can be taken again, once", () => {
    const limits = createClientLimits(
      { ...clientLimitsByDefault, clientSocketsMax: 2 },
      world.place.clock,
    );
    const [first, second, third] = [1, 2, 3].map(() => limits.takeSocket("a"));
    expect([first?.ok, second?.ok, third?.ok]).toEqual([true, true, false]);
    expect(limits.takeSocket("b").ok).toBe(true);
    if (!first?.ok) throw new Error("no place to give back");
    first.release();
    first.release();
    expect(limits.takeSocket("a").ok).toBe(true);
    expect(limits.takeSocket("a").ok).toBe(false);
  });
});

describe("the address of a client", () => {
  const request = (remoteAddress: string, forwarded?: string) => {
    const socket = connect({ port: 1, host: "127.0.0.1" }).on("error", () => undefined);
    Object.defineProperty(socket, "remoteAddress", { value: remoteAddress });
    return { socket, headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded } };
  };

  test("is the peer's, whatever it says of others", () => {
    const addressOf = createAddressOf([]);
    expect(addressOf(request("203.0.113.9", "198.51.100.1"))).toBe("203.0.113.9");
    expect(addressOf(request("::ffff:203.0.113.9"))).toBe("203.0.113.9");
  });

  test("is what trusted proxies wrote down, and nothing before them", () => {
    const addressOf = createAddressOf(["10.0.0.0/8", "fd00::/8"]);
    expect(addressOf(request("10.1.2.3", "198.51.100.1"))).toBe("198.51.100.1");
    expect(addressOf(request("10.1.2.3", "6.6.6.6, 198.51.100.1, 10.9.9.9"))).toBe("198.51.100.1");
    expect(addressOf(request("203.0.113.9", "198.51.100.1"))).toBe("203.0.113.9");
    expect(addressOf(request("10.1.2.3", "not an address"))).toBe("10.1.2.3");
    expect(addressOf(request("fd00::1", "2001:db8::7"))).toBe("2001:db8::7");
  });
});

test("no token is in any log line", () => {
  expect(world.logged()).not.toMatch(/edge-(reader|admin)-token/);
});
