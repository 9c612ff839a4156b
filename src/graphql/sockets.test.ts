// Sockets as clients meet them: the graphql-transport-ws protocol with the real client and with one that breaks it,
// readers that do not read, peers that are gone, and the end of the server.
import { connect } from "node:net";
import { once } from "node:events";
import { createClient } from "graphql-ws";
import type { Client } from "graphql-ws";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { openInformer } from "../changes/informer.ts";
import type { Informer } from "../changes/informer.ts";
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { isObject } from "../ecs/json.ts";
import type { Task } from "../ecs/task.ts";
import { systemRandom } from "../random.ts";
import { observeTask } from "../store/record.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { aTask, testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { startApi } from "./server.ts";
import type { Api } from "./server.ts";

let redis: TestRedis;
let store: StateStore;
let informer: Informer;
let api: Api;
let guarded: Api;

const log = pino({ level: "silent" });
/** Whatever takes seconds takes a twentieth. */
const hasty: Clock = {
  ...systemClock,
  after: (delayMs, callback) => systemClock.after(delayMs / 20, callback),
};

const start = (clock: Clock, tokens = { read: [] as string[], admin: [] as string[] }) =>
  startApi({ host: "127.0.0.1", port: 0, informer, store, clock, log, pages: "/nowhere", tokens });

beforeAll(async () => {
  redis = await testRedis();
  store = openRedisStore({
    url: redis.url,
    name: "test",
    clock: systemClock,
    random: systemRandom,
  });
  await until("Redis", () => store.ping().then(() => true));
  await put("first");
  informer = openInformer({ store, clock: systemClock, log });
  await informer.loaded;
  api = await start(systemClock);
  guarded = await start(systemClock, { read: ["reader"], admin: ["boss"] });
});
afterAll(async () => {
  await api?.close();
  await guarded?.close();
  await informer?.close();
  await store?.close();
  await redis?.stop();
});
const open: WebSocket[] = [];
beforeEach(() => {
  for (const socket of open.splice(0)) socket.terminate();
});

let version = 0;
async function put(id: string, rest: Partial<Task> = {}): Promise<void> {
  const task = aTask(id, "a", { version: String(++version), ...rest });
  await store.apply(testCluster, [observeTask(task, "event", systemClock.now())]);
}

/** A socket whose messages and end pile up. */
interface Wire {
  readonly socket: WebSocket;
  readonly messages: Record<string, unknown>[];
  send(...messages: (object | string)[]): void;
  /** The close code and reason, once there are any. */
  closed(): Promise<string>;
  /** The first messages, once there are so many. */
  take(count: number): Promise<Record<string, unknown>[]>;
}

async function wire(server: Api, protocols = ["graphql-transport-ws"]): Promise<Wire> {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}graphql`, protocols);
  open.push(socket);
  const messages: Record<string, unknown>[] = [];
  let end: string | undefined;
  socket.on("message", (data: Buffer) => messages.push(JSON.parse(data.toString())));
  socket.on("close", (code, reason) => (end = `${code} ${reason.toString()}`));
  await once(socket, "open");
  return {
    socket,
    messages,
    send: (...all) => {
      for (const each of all) socket.send(typeof each === "string" ? each : JSON.stringify(each));
    },
    closed: () => until("a close", () => end),
    take: async (count) => {
      await until(`${count} messages, and not only ${JSON.stringify(messages)}`, () =>
        messages.length >= count ? true : undefined,
      );
      return messages.slice(0, count);
    },
  };
}

const init = { type: "connection_init" };
const follow = (id: string, query: string, variables: object = {}) => ({
  id,
  type: "subscribe",
  payload: { query, variables },
});
const changes = `subscription ($after: String, $snapshot: Boolean) {
  taskChanges(after: $after, snapshot: $snapshot) { type cursor task { id version stoppedReason } }
}`;
const typename = "{ __typename }";

/** The payload of a `next` message of {@link changes}. */
function change(message: Record<string, unknown> | undefined): Record<string, unknown> {
  const { payload } = message ?? {};
  const data = isObject(payload) ? payload["data"] : undefined;
  const found = isObject(data) ? data["taskChanges"] : undefined;
  if (!isObject(found)) throw new Error(`no change: ${JSON.stringify(message)}`);
  return { ...found };
}

describe("the protocol", () => {
  test.each<[string, (w: Wire) => void, RegExp]>([
    ["text that is no message", ({ send }) => send("{"), /^4400 /],
    [
      "a message of the server",
      ({ send }) =>
        send(init, { id: "1", type: "complete" }, { id: "1", type: "next", payload: {} }),
      /^4400 /,
    ],
    ["bytes", ({ socket }) => socket.send(Buffer.from("{}")), /^4400 /],
    [
      "an operation before the acknowledgement",
      ({ send }) => send(follow("1", typename)),
      /^4401 /,
    ],
    [
      "the id of an operation that runs",
      ({ send }) => send(init, follow("1", changes), follow("1", changes)),
      /^4409 /,
    ],
    ["a second connection_init", ({ send }) => send(init, init), /^4429 /],
    [
      "an id that no client makes",
      ({ send }) => send(init, follow("x".repeat(300), typename)),
      /^4400 /,
    ],
  ])("closes on %s", async (_, act, expected) => {
    const each = await wire(api);
    // What comes before the acknowledgement is refused: let it come first, where it is asked for.
    const { send } = each;
    act({
      ...each,
      send: (first, ...rest) => {
        send(first ?? "");
        if (first !== init) return send(...rest);
        void (rest[0] === init ? Promise.resolve() : each.take(1)).then(() => send(...rest));
      },
    });
    expect(await each.closed()).toMatch(expected);
  });

  test("closes on another subprotocol, and on silence", async () => {
    const other = await wire(api, []);
    expect(await other.closed()).toMatch(/^4406 /);
    const server = await start(hasty);
    const silent = await wire(server);
    expect(await silent.closed()).toMatch(/^4408 /);
    await server.close();
  });

  test("lets in who has a token, and says why not else", async () => {
    const stranger = await wire(guarded);
    stranger.send(init);
    expect(await stranger.closed()).toMatch(/^4403 UNAUTHENTICATED/);
    const reader = await wire(guarded);
    reader.send({ ...init, payload: { authorization: "Bearer reader" } });
    await reader.take(1);
    reader.send(
      follow("q", "{ tasks { totalCount } }"),
      follow(
        "m",
        'mutation { pauseDaemon(input: { cluster: "quay", name: "x" }) { daemon { name } } }',
      ),
      follow("v", "{ nonsense }"),
    );
    const answers = await reader.take(6);
    const of = (id: string) => answers.filter((each) => each["id"] === id);
    expect(of("q")).toMatchObject([
      { type: "next", payload: { data: { tasks: { totalCount: 1 } } } },
      { type: "complete" },
    ]);
    expect(JSON.stringify(of("m"))).toContain("FORBIDDEN");
    expect(of("v")).toMatchObject([
      { type: "error", payload: [{ extensions: { code: "BAD_USER_INPUT" } }] },
    ]);
  });

  test("answers pings, and a new operation under an id that was just completed", async () => {
    const { send, take, messages } = await wire(api);
    send(init);
    await take(1);
    send({ type: "ping", payload: { a: 1 } });
    expect((await take(2))[1]).toEqual({ type: "pong", payload: { a: 1 } });
    for (let round = 0; round < 20; round++)
      send(follow("again", changes), { id: "again", type: "complete" });
    send(follow("again", changes, { snapshot: true }));
    await until("the snapshot", () =>
      messages.some((each) => each["type"] === "next" && change(each)["type"] === "SYNCED")
        ? true
        : undefined,
    );
    expect(messages.filter((each) => each["type"] === "error")).toEqual([]);
  });

  test("refuses a cursor that is none and an expired one with an error, and goes on", async () => {
    const { send, take } = await wire(api);
    send(init);
    await take(1);
    send(follow("a", changes, { after: "nonsense" }));
    const gone = Buffer.from(JSON.stringify([["AAAAAAAA", "gone", 5]])).toString("base64url");
    send(follow("b", changes, { after: gone }));
    const answers = await take(3);
    const codes = answers
      .slice(1)
      .map(({ id, payload }) => `${String(id)} ${JSON.stringify(payload)}`);
    expect(codes.find((each) => each.startsWith("a"))).toContain("BAD_USER_INPUT");
    expect(codes.find((each) => each.startsWith("b"))).toContain("CURSOR_EXPIRED");
    send(follow("c", typename));
    expect((await take(4))[3]).toMatchObject({ id: "c", type: "next" });
  });
});

describe("the real client", () => {
  const clients: Client[] = [];
  const client = (server = api): Client => {
    const made = createClient({
      url: `${server.url.replace("http", "ws")}graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    clients.push(made);
    return made;
  };
  afterAll(async () => {
    for (const each of clients) await each.dispose();
  });

  test("runs several subscriptions and queries over one socket, each complete and in order", async () => {
    const one = client();
    const seen = [0, 1, 2].map(() => [] as string[]);
    const live: Promise<void>[] = [];
    for (const list of seen)
      live.push(
        new Promise((resolve, reject) => {
          one.subscribe(
            { query: changes, variables: { snapshot: true } },
            {
              next: ({ data }) => {
                const item = isObject(data) ? data["taskChanges"] : undefined;
                if (!isObject(item)) return reject(new Error("no change"));
                const { task, type } = item;
                if (type === "SYNCED") resolve();
                else if (isObject(task) && String(task["id"]).startsWith("r"))
                  list.push(String(task["version"]));
              },
              error: reject,
              complete: () => undefined,
            },
          );
        }),
      );
    await Promise.all(live);
    const from = version;
    for (let round = 0; round < 40; round++) await put(`r${round % 3}`);
    const expected = Array.from({ length: 40 }, (_, each) => String(from + each + 1));
    await until("all changes", () => (seen.every((list) => list.length >= 40) ? true : undefined));
    for (const list of seen) expect(list).toEqual(expected);
    for await (const { data } of one.iterate({ query: "{ tasks { totalCount } }" }))
      expect(data).toMatchObject({ tasks: { totalCount: 4 } });
  });

  test("is told at shutdown to go elsewhere", async () => {
    const server = await start(systemClock);
    let end: unknown;
    const one = client(server);
    one.on("closed", (event) => (end = event));
    let live = false;
    one.subscribe(
      { query: changes, variables: { snapshot: true } },
      { next: () => (live = true), error: () => undefined, complete: () => undefined },
    );
    await until("the snapshot", () => (live ? true : undefined));
    await server.close();
    await until("its end", () => end);
    expect(end).toMatchObject({ code: 1001 });
  });
});

/** So long that a few hundred of them are more than a socket may hold back. */
const large = "x".repeat(100_000);

describe("readers that do not read", () => {
  test("are closed with 4008 and can resume, while others get everything", async () => {
    const slow = await wire(api);
    const quick = await wire(api);
    for (const { send, take } of [slow, quick]) {
      send(init);
      await take(1);
      send(follow("1", changes, { snapshot: true }));
    }
    const isSynced = ({ messages }: Wire) =>
      messages.some((each) => each["type"] === "next" && change(each)["type"] === "SYNCED");
    await until("both to be live", () => (isSynced(slow) && isSynced(quick) ? true : undefined));
    const [slowFrom, quickFrom] = [slow.messages.length, quick.messages.length];
    slow.socket.pause();
    const from = version;
    for (let round = 0; round < 300; round++)
      await put("big", { stoppedReason: `${round}${large}` });
    const versions = (list: readonly Record<string, unknown>[]) =>
      list.map((each) => {
        const { task } = change(each);
        return isObject(task) ? Number(task["version"]) : 0;
      });
    const expected = Array.from({ length: 300 }, (_, each) => from + each + 1);
    const got = await quick.take(quickFrom + 300);
    expect(versions(got.slice(quickFrom))).toEqual(expected);
    slow.socket.resume();
    expect(await slow.closed()).toMatch(/^4008 Too slow/);
    const before = versions(slow.messages.slice(slowFrom));
    expect(before.length).toBeLessThan(300);
    const again = await wire(api);
    again.send(init);
    await again.take(1);
    again.send(follow("1", changes, { after: change(slow.messages.at(-1))["cursor"] }));
    const rest = await again.take(1 + 300 - before.length);
    expect([...before, ...versions(rest.slice(1))]).toEqual(expected);
  });

  test("hold up neither the end of the server nor, when they are gone, its memory", async () => {
    const server = await start(hasty);
    const { socket, send, take } = await wire(server);
    send(init);
    await take(1);
    send(follow("1", changes));
    socket.pause();
    // Gone without a word: it upgrades, and answers no ping.
    const gone = connect(Number(new URL(server.url).port), "127.0.0.1");
    gone.on("error", () => undefined);
    const ended = once(gone, "close");
    gone.write(
      "GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n",
    );
    const hello = JSON.stringify(init);
    gone.write(
      Buffer.concat([Buffer.from([0x81, 0x80 | hello.length, 0, 0, 0, 0]), Buffer.from(hello)]),
    );
    gone.resume();
    await ended;
    for (let round = 0; round < 20; round++)
      await put("big", { stoppedReason: `s${round}${large}` });
    await server.close();
    socket.terminate();
  });
});

test("an answer that no reader could take in time ends itself, and nothing else on its socket", async () => {
  await put("big", { stoppedReason: large });
  const { socket, send, take } = await wire(api);
  send(init);
  await take(1);
  const known = () => informer.views.get(testCluster)?.tasks.get("big")?.stoppedReason;
  await until("the long text", () => (known() === large ? true : undefined));
  send(follow("live", changes));
  const task = `task(arn: "${aTask("big", "a").arn}") { stoppedReason }`;
  const times = (count: number) =>
    `{ ${Array.from({ length: count }, (_, at) => `a${at}: ${task}`).join(" ")} }`;
  send(follow("long", times(100)));
  expect((await take(2))[1]).toMatchObject({
    id: "long",
    type: "error",
    payload: [
      {
        message: expect.stringContaining("over HTTP"),
        extensions: { code: "BAD_USER_INPUT" },
      },
    ],
  });
  send(follow("short", times(50)));
  expect((await take(4)).slice(2)).toMatchObject([
    { id: "short", type: "next" },
    { id: "short", type: "complete" },
  ]);
  await put("after");
  expect((await take(5))[4]).toMatchObject({ id: "live", type: "next" });
  expect(socket.readyState).toBe(WebSocket.OPEN);
});

test("a field that is written down several times is told with all its parts, to each what it selects", async () => {
  const { send, take } = await wire(api);
  send(init);
  await take(1);
  const field = 'taskChanges(filter: { group: "parted" }, snapshot: true)';
  const parts = `${field} { type cursor }`;
  const queries = {
    one: `subscription { ${parts} }`,
    two: `subscription { ${parts} ${field} { task { id lastStatus } } }`,
    three: `subscription { ...a ...b }
      fragment a on Subscription { ${parts} }
      fragment b on Subscription { ${field} { task { version ...c } } }
      fragment c on Task { desiredStatus }`,
  };
  for (const [id, query] of Object.entries(queries)) send(follow(id, query));
  // Nothing is there yet: SYNCED comes to each.
  await take(4);
  await put("parted", { group: "parted" });
  const told = (await take(7)).slice(4);
  const keys = told.map((each) => {
    const { task, ...payload } = change(each);
    return [each["id"], Object.keys(payload), isObject(task) ? Object.keys(task) : undefined];
  });
  expect(keys.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))).toEqual([
    ["one", ["type", "cursor"], undefined],
    ["three", ["type", "cursor"], ["version", "desiredStatus"]],
    ["two", ["type", "cursor"], ["id", "lastStatus"]],
  ]);
});
