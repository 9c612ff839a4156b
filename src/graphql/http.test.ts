// GraphQL over HTTP as the specification has it, over real sockets: its audits, persisted documents, and the methods,
// media types and bodies that clients get wrong.
import { createHash } from "node:crypto";
import { serverAudits } from "graphql-http";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { seededRandom, systemRandom } from "../random.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { fixedInformer, randomView } from "../testing/fleet.ts";
import { startApi } from "./server.ts";
import type { Api } from "./server.ts";

let api: Api;
let store: StateStore;

beforeAll(async () => {
  const log = pino({ level: "silent" });
  const clock = systemClock;
  // Queries are answered from the view: no store is there, and none is missed.
  store = openRedisStore({ url: "redis://127.0.0.1:1", name: "test", clock, random: systemRandom });
  api = await startApi({
    host: "127.0.0.1",
    port: 0,
    informer: fixedInformer(randomView(seededRandom(7), { instances: 3, tasks: 20 })),
    store,
    clock,
    log,
    pages: "/nowhere",
    tokens: { read: [], admin: [] },
  });
});

afterAll(async () => {
  await api?.close();
  await store?.close();
});

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function send(init: RequestInit, search = ""): Promise<Answered> {
  const response = await fetch(`${api.url}graphql${search}`, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const post = (body: unknown, headers: Record<string, string> = {}): Promise<Answered> =>
  send({
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

const get = (fields: Record<string, string>, init: RequestInit = {}): Promise<Answered> =>
  send(init, `?${new URLSearchParams(fields).toString()}`);

const query = "{ tasks { totalCount } }";

describe("the specification's audits", () => {
  const audits = serverAudits({ url: () => `${api.url}graphql` });
  test("there are all of them", () => expect(audits.length).toBeGreaterThan(55));
  test.each(audits.map((audit) => [audit.id, audit.name, audit] as const))(
    "%s %s",
    async (_id, _name, audit) => {
      expect(await audit.fn()).toMatchObject({ status: "ok" });
    },
  );
});

describe("methods", () => {
  test("HEAD is a GET without its body, OPTIONS names the methods, others are 405", async () => {
    const head = await get({ query }, { method: "HEAD" });
    expect([head.status, head.text]).toEqual([200, ""]);
    expect(Number(head.headers.get("content-length"))).toBeGreaterThan(20);
    const options = await send({ method: "OPTIONS" });
    expect([options.status, options.headers.get("allow")]).toEqual([
      204,
      "GET, HEAD, POST, OPTIONS",
    ]);
    expect(options.headers.get("access-control-allow-origin")).toBeNull();
    for (const method of ["PUT", "DELETE", "PATCH"]) {
      const refused = await send({ method });
      expect([refused.status, refused.headers.get("allow")]).toEqual([
        405,
        "GET, HEAD, POST, OPTIONS",
      ]);
      expect(refused.text).toContain("BAD_USER_INPUT");
    }
  });

  test("a mutation by GET is 405 and changes nothing; a subscription says where to go", async () => {
    const mutation = `mutation { pauseDaemon(input: { cluster: "quay", name: "ctl" }) { daemon { name } } }`;
    const refused = await get({ query: mutation });
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "POST"]);
    for (const asked of [
      await get({ query: "subscription { clusterChanges { type } }" }),
      await post({ query: "subscription { clusterChanges { type } }" }),
    ])
      expect(asked.text).toContain("graphql-transport-ws");
  });

  test("a GET that another site's page causes is refused", async () => {
    const site = (value: string) => get({ query }, { headers: { "sec-fetch-site": value } });
    // fetch of Node.js lets a program set this header; a browser sets it itself.
    expect((await site("cross-site")).status).toBe(400);
    expect((await site("same-origin")).status).toBe(200);
  });
});

describe("bodies", () => {
  test.each([
    ["[]", "one operation"],
    [`[{"query":"${query}"},{"query":"${query}"}]`, "one operation"],
    ["null", "object"],
    ["{}", "no query"],
    [`{"query":7}`, "query is no text"],
    [`{"query":"${query}","variables":[1]}`, "variables is no object"],
    [`{"query":"${query}","operationName":{}}`, "operationName"],
    ["{", "not JSON"],
  ])("%s is refused in words", async (body, words) => {
    const refused = await post(body);
    expect(refused.status).toBe(400);
    expect(refused.text).toContain(words);
    expect(refused.text).toContain("BAD_USER_INPUT");
  });

  test("only JSON in UTF-8 is read, and only JSON is written", async () => {
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/json; charset=latin1",
    ])
      expect((await post({ query }, { "content-type": type })).status).toBe(415);
    expect(
      (await post({ query }, { "content-type": "application/json; charset=UTF-8" })).status,
    ).toBe(200);
    expect((await post({ query }, { accept: "text/html" })).status).toBe(406);
    expect((await post({ query }, { accept: "text/html, */*;q=0.1" })).status).toBe(200);
  });

  test("variables that do not fit are told with their name", async () => {
    const answer = await post({
      query: "query ($first: Int!) { tasks(first: $first) { totalCount } }",
      variables: { first: "many" },
    });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("$first");
    expect(answer.text).toContain("BAD_USER_INPUT");
    expect(answer.text).not.toContain('"data"');
  });
});

describe("persisted documents", () => {
  const text = "query Named { tasks(first: 1) { totalCount } }";
  const hashOf = (document: string) => createHash("sha256").update(document).digest("hex");
  const named = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } });

  test("are asked for once and then known by their hash, by POST and GET", async () => {
    const hash = hashOf(text);
    const first = await post({ extensions: named(hash) });
    expect(first.status).toBe(200);
    expect(JSON.parse(first.text)).toEqual({
      errors: [
        { message: "PersistedQueryNotFound", extensions: { code: "PERSISTED_QUERY_NOT_FOUND" } },
      ],
    });
    expect((await post({ query: text, extensions: named(hash) })).text).toContain(
      '"totalCount":20',
    );
    expect((await post({ extensions: named(hash) })).text).toContain('"totalCount":20');
    const byGet = await get({ extensions: JSON.stringify(named(hash)) });
    expect(byGet.text).toContain('"totalCount":20');
  });

  test("a hash of something else is refused and not learnt", async () => {
    const wrong = hashOf("another text");
    expect((await post({ query: text, extensions: named(wrong) })).text).toContain("SHA-256");
    expect((await post({ extensions: named(wrong) })).text).toContain("PERSISTED_QUERY_NOT_FOUND");
    expect(
      (await post({ query: text, extensions: { persistedQuery: { version: 2 } } })).text,
    ).toContain("version 1");
  });
});
