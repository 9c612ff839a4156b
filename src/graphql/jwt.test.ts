// JWTs over HTTP and WebSocket, against an issuer that publishes its keys over HTTP, rotates them and goes away.
import { once } from "node:events";
import { createSecretKey, generateKeyPairSync } from "node:crypto";
import { SignJWT, UnsecuredJWT } from "jose";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { openInformer } from "../changes/informer.ts";
import type { Informer } from "../changes/informer.ts";
import { systemClock } from "../clock.ts";
import { systemRandom } from "../random.ts";
import { freePort } from "../redis-server/start.ts";
import { observeContainerInstance } from "../store/record.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { anInstance, testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { rightsOfScopes } from "./jwt.ts";
import { startApi } from "./server.ts";
import type { Api } from "./server.ts";
import { startIssuer } from "./test-issuer.ts";
import type { Issuer } from "./test-issuer.ts";

const clock = systemClock;
const written: string[] = [];
const log = pino({ level: "trace" }, { write: (line: string) => void written.push(line) });

let redis: TestRedis;
let store: StateStore;
let informer: Informer;
let issuer: Issuer;
let api: Api;

const place = () => ({
  host: "127.0.0.1",
  port: 0,
  informer,
  store,
  clock,
  log,
  pages: "/nowhere",
});
const jwtOf = (url: string) => ({
  jwksUrl: url,
  audience: "longshore",
  issuer: "https://id.example",
});
const good = {
  iss: "https://id.example",
  aud: "longshore",
  sub: "dashboard",
  scope: "longshore:read",
};

beforeAll(async () => {
  redis = await testRedis();
  store = openRedisStore({ url: redis.url, name: "test", clock, random: systemRandom });
  await until("Redis", () => store.ping().then(() => true));
  await store.apply(testCluster, [observeContainerInstance(anInstance("a"), "describe")]);
  informer = openInformer({ store, clock, log });
  await informer.loaded;
  issuer = await startIssuer();
  const tokens = { read: ["static-reader-5f1c"], admin: [] };
  api = await startApi({ ...place(), tokens, jwt: jwtOf(issuer.url) });
});

afterAll(async () => {
  await api?.close();
  await issuer?.close();
  await informer?.close();
  await store?.close();
  await redis?.stop();
});

const query = "{ containerInstances { totalCount } }";
const mutation = `mutation { pauseDaemon(input: { cluster: "quay", name: "none" }) { daemon { name } } }`;

async function ask(token: string | undefined, document = query, at = api) {
  const response = await fetch(`${at.url}graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query: document }),
  });
  return { status: response.status, body: await response.text() };
}

/** Opens a socket with a token in connection_init. Resolves with its first message, or with how it was closed. */
async function connect(authorization: string | undefined) {
  const socket = new WebSocket(`${api.url.replace("http", "ws")}graphql`, "graphql-transport-ws");
  await once(socket, "open");
  const closed = new Promise<string>((resolve) => {
    socket.once("close", (code, reason) => resolve(`${code} ${reason.toString()}`));
  });
  const first = new Promise<string>((resolve) => {
    socket.once("message", (data: Buffer) => resolve(data.toString()));
  });
  const payload = authorization === undefined ? {} : { authorization };
  socket.send(JSON.stringify({ type: "connection_init", payload }));
  return { socket, closed, outcome: await Promise.race([closed, first]) };
}

describe("a JWT", () => {
  test("with a scope reads, and with the admin's may change", async () => {
    expect((await ask(await issuer.sign(good))).body).toContain('"totalCount":1');
    expect((await ask(await issuer.sign(good), mutation)).body).toContain("FORBIDDEN");
    const admin = await issuer.sign({ ...good, scope: "openid longshore:admin" });
    expect((await ask(admin, mutation)).body).toContain("NOT_FOUND");
    expect((await ask(admin)).body).toContain('"totalCount":1');
    const viewer = "{ viewer { mayChange } }";
    expect((await ask(await issuer.sign(good), viewer)).body).toContain('"mayChange":false');
    expect((await ask(admin, viewer)).body).toContain('"mayChange":true');
  });

  test("has its scopes as text or as a list, by any of three names", () => {
    expect(rightsOfScopes({ scope: "a longshore:read b" })).toBe("read");
    expect(rightsOfScopes({ scp: ["longshore:admin"] })).toBe("admin");
    expect(rightsOfScopes({ scopes: ["x"], scope: "longshore:read" })).toBe("read");
    for (const scope of ["longshore:readall", "xlongshore:admin", 1, null, {}, [1]])
      expect(rightsOfScopes({ scope })).toBe("none");
  });

  test("without a scope of ours is FORBIDDEN, and says which it needs", async () => {
    const { status, body } = await ask(await issuer.sign({ ...good, scope: "openid" }));
    expect(status).toBe(403);
    expect(body).toContain("FORBIDDEN");
    expect(body).toContain("longshore:read");
  });

  test("that expired, or is for somebody else, is UNAUTHENTICATED and says why", async () => {
    const cases: readonly [string, Promise<string>][] = [
      ["expired", issuer.sign(good, -60)],
      ["aud", issuer.sign({ ...good, aud: "harbour" })],
      ["iss", issuer.sign({ ...good, iss: "https://elsewhere.example" })],
    ];
    for (const [word, token] of cases) {
      const { status, body } = await ask(await token);
      expect(status).toBe(401);
      expect(body).toContain("UNAUTHENTICATED");
      expect(body).toContain(word);
    }
  });

  test("that nobody signed, or anybody could have, is refused", async () => {
    const unsecured = new UnsecuredJWT(good).setExpirationTime("1h").encode();
    const published = JSON.stringify(await (await fetch(issuer.url)).json());
    const hmac = await new SignJWT(good)
      .setProtectedHeader({ alg: "HS256" })
      .setExpirationTime("1h")
      .sign(createSecretKey(Buffer.from(published)));
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const forged = await new SignJWT(good)
      .setProtectedHeader({ alg: "ES256", kid: "key-1" })
      .setExpirationTime("1h")
      .sign(privateKey);
    const [header = "", , signature = ""] = (await issuer.sign(good)).split(".");
    const claims = Buffer.from(JSON.stringify({ ...good, scope: "longshore:admin" }));
    const altered = `${header}.${claims.toString("base64url")}.${signature}`;
    for (const token of [unsecured, hmac, forged, altered, "a.b.c", "e30.e30."]) {
      const { status, body } = await ask(token);
      expect(status).toBe(401);
      expect(body).toContain("UNAUTHENTICATED");
    }
  });

  test("is checked without asking for keys each time", async () => {
    const token = await issuer.sign(good);
    const before = issuer.asked();
    await Promise.all(Array.from({ length: 20 }, () => ask(token)));
    for (let each = 0; each < 5; each++) await ask(await issuer.sign({ ...good, sub: `${each}` }));
    expect(issuer.asked()).toBe(before);
  });

  test("does not stand in the way of the server's own tokens", async () => {
    expect((await ask("static-reader-5f1c")).body).toContain('"totalCount":1');
    expect((await ask("unknown")).status).toBe(401);
    expect((await ask(undefined)).status).toBe(401);
  });
});

describe("the issuer's keys", () => {
  test("may be replaced: a token of the new one is accepted soon", async () => {
    await issuer.rotate();
    const token = await issuer.sign(good);
    await until("the new key", async () => ((await ask(token)).status === 200 ? true : undefined));
  });

  test("may be away at the start: JWTs wait, the server and its tokens do not", async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/keys.json`;
    const tokens = { read: ["static-reader-5f1c"], admin: [] };
    const early = await startApi({ ...place(), tokens, jwt: jwtOf(url) });
    const { status, body } = await ask(await issuer.sign(good), query, early);
    expect(status).toBe(503);
    expect(body).toContain("UNAVAILABLE");
    expect(body).toContain("try again");
    expect((await ask("static-reader-5f1c", query, early)).status).toBe(200);
    expect(written.join("")).toContain("LONGSHORE_JWKS_URL");

    const late = await startIssuer(port);
    const token = await late.sign(good);
    await until("keys after all", async () =>
      (await ask(token, query, early)).status === 200 ? true : undefined,
    );
    late.fail(500);
    expect((await ask(token, query, early)).status).toBe(200);
    const another = await late.sign({ ...good, sub: "another" });
    expect((await ask(another, query, early)).status).toBe(200);
    await early.close();
    await late.close();
  });
});

describe("sockets", () => {
  test("take a JWT in connection_init, and say why one does not do", async () => {
    const token = await issuer.sign(good);
    const { outcome, socket } = await connect(`Bearer ${token}`);
    expect(outcome).toContain("connection_ack");
    socket.close();
    const bare = await connect(token);
    expect(bare.outcome).toContain("connection_ack");
    bare.socket.close();
    expect((await connect("Basic nonsense")).outcome).toMatch(/^4403 UNAUTHENTICATED/);
    expect((await connect("Bearer nonsense")).outcome).toMatch(/^4403 UNAUTHENTICATED/);
    expect((await connect(undefined)).outcome).toMatch(/^4403 UNAUTHENTICATED/);
    const aimless = await issuer.sign({ ...good, scope: "openid" });
    expect((await connect(`Bearer ${aimless}`)).outcome).toMatch(/^4403 FORBIDDEN/);
  });

  test("are closed when their JWT expires, and say so", async () => {
    // Expired by its claim already, and good still by the tolerance for clocks.
    const { outcome, closed } = await connect(`Bearer ${await issuer.sign(good, -2)}`);
    expect(outcome).toContain("connection_ack");
    expect(await closed).toMatch(/^4403 UNAUTHENTICATED: the JWT has expired/);
  });
});

test("no token is in any log line", async () => {
  const token = await issuer.sign({ ...good, sub: "logged" });
  await ask(token);
  await ask(`${token}x`);
  const all = written.join("");
  expect(all.length).toBeGreaterThan(0);
  expect(all).not.toContain(token.split(".")[2]);
  expect(all).not.toContain("static-reader-5f1c");
});
