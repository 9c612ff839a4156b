// Hostile operations over HTTP and over sockets: each is refused with a code of the contract, quickly, and another
// client's small query is answered meanwhile.
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { systemClock } from "../clock.ts";
import { isObject } from "../ecs/json.ts";
import { observeTask } from "../store/record.ts";
import { startApiWorld } from "../testing/api-world.ts";
import type { ApiWorld } from "../testing/api-world.ts";
import { aTask, testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { startApi } from "./server.ts";
import type { Api } from "./server.ts";
import { hostileOperations } from "./test-hostile.ts";

let world: ApiWorld;
let api: Api;

beforeAll(async () => {
  world = await startApiWorld();
  // Enough that a list of lists of lists is too much.
  const tasks = Array.from({ length: 500 }, (_, index) => aTask(`t${index}`, "a"));
  await world.place.store.apply(
    testCluster,
    tasks.map((task) => observeTask(task, "describe", systemClock.now())),
  );
  await until("the tasks", () =>
    world.place.informer.views.get(testCluster)?.tasks.size === tasks.length ? true : undefined,
  );
  api = await startApi({ ...world.place, tokens: { read: [], admin: [] } });
});

afterAll(async () => {
  await api?.close();
  await world?.close();
});

const now = () => performance.now();

/** What the project promises. What is seen on a quiet machine is a tenth of it. */
const refusedWithinMs = 1000;
const othersWaitMs = 100;

async function ask(body: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${api.url}graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  return { status: response.status, text: await response.text() };
}

/** Another client that asks for little, again and again, until it is stopped; how long each answer took. */
function bystander(): { stop(): Promise<number[]> } {
  let isStopped = false;
  const taken: number[] = [];
  const asking = (async () => {
    while (!isStopped) {
      const since = now();
      const { text } = await ask('{"query":"{ clusters { totalCount } }"}');
      if (!text.includes('"totalCount":1')) throw new Error(`the bystander was told ${text}`);
      taken.push(now() - since);
    }
  })();
  return {
    stop: async () => {
      isStopped = true;
      await asking;
      return taken;
    },
  };
}

/** Half of the waits: the others may be this machine's, on which more runs than this test. */
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** The code of the first error in an answer: of HTTP, of an error message, or inside of a next message. */
function codeIn(text: string): string {
  const parsed: unknown = JSON.parse(text);
  const answer = isObject(parsed) ? (parsed["payload"] ?? parsed) : undefined;
  const errors = isObject(answer) ? answer["errors"] : answer;
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const extensions = isObject(first) ? first["extensions"] : undefined;
  return isObject(extensions) ? String(extensions["code"]) : `no code in ${text.slice(0, 200)}`;
}

function expectPlain(text: string): void {
  expect(text).not.toMatch(/node_modules|\bat \S+ \(|\.ts:\d+/);
  expect(text.length).toBeLessThan(30_000);
}

describe("over HTTP", () => {
  let others: ReturnType<typeof bystander>;
  beforeAll(() => {
    others = bystander();
  });

  test.each(hostileOperations)("$what", async ({ query, variables }) => {
    const since = now();
    const { text } = await ask(JSON.stringify({ query, variables }));
    const took = now() - since;
    expect(codeIn(text)).toBe("BAD_USER_INPUT");
    expectPlain(text);
    expect(took).toBeLessThan(refusedWithinMs);
  });

  test("a batch of a thousand", async () => {
    const one = { query: "{ clusters { totalCount } }" };
    const { status, text } = await ask(JSON.stringify(Array.from({ length: 1000 }, () => one)));
    expect(status).toBe(400);
    expect(codeIn(text)).toBe("BAD_USER_INPUT");
  });

  test("nobody else waited", async () => {
    const waits = await others.stop();
    expect(waits.length).toBeGreaterThan(hostileOperations.length);
    expect(median(waits)).toBeLessThan(othersWaitMs);
  });

  test("all at once, again and again, and the server is as it was", async () => {
    for (let round = 0; round < 3; round++)
      await Promise.all(
        hostileOperations.map(({ query, variables }) => ask(JSON.stringify({ query, variables }))),
      );
    expect((await fetch(`${api.url}healthz`)).status).toBe(200);
    expect(world.logged()).not.toContain("a request failed");
    expect(world.logged()).not.toContain("a resolver failed");
  });
});

describe("over a socket", () => {
  async function open(): Promise<WebSocket> {
    const socket = new WebSocket(`${api.url.replace("http", "ws")}graphql`, "graphql-transport-ws");
    await once(socket, "open");
    socket.send('{"type":"connection_init"}');
    await once(socket, "message");
    return socket;
  }

  /** What comes back to bytes that were sent: the first message, or the close. */
  function reaction(socket: WebSocket, data: string | Buffer): Promise<string> {
    const answer = new Promise<string>((resolve) => {
      socket.once("message", (message: Buffer) => resolve(message.toString()));
      socket.once("close", (code) => resolve(`closed ${code}`));
      socket.once("error", () => undefined);
    });
    socket.send(data);
    return answer;
  }

  const subscribe = (payload: unknown) => JSON.stringify({ id: "1", type: "subscribe", payload });

  let others: ReturnType<typeof bystander>;
  beforeAll(() => {
    others = bystander();
  });

  test.each(hostileOperations)("$what", async ({ query, variables }) => {
    const socket = await open();
    const since = now();
    const answer = await reaction(socket, subscribe({ query, variables }));
    const took = now() - since;
    socket.terminate();
    // Variables that are no object break the protocol itself; messages that are too long never arrive.
    const code = answer.startsWith("closed") ? answer : codeIn(answer);
    expect(code).toMatch(/^(BAD_USER_INPUT|closed (4400|1009))$/);
    expectPlain(answer);
    expect(took).toBeLessThan(refusedWithinMs);
  });

  test("frames that are too long, no text, no JSON, or no UTF-8 close it, with a code that says so", async () => {
    expect(await reaction(await open(), "x".repeat(2_000_000))).toBe("closed 1009");
    expect(await reaction(await open(), "{")).toBe("closed 4400");
    expect(await reaction(await open(), JSON.stringify([1, 2]))).toBe("closed 4400");
    expect(await reaction(await open(), '{"__proto__":{"type":"ping"}}')).toBe("closed 4400");
    const socket = await open();
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.once("error", () => undefined);
    socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect(await closed).toBe(1007);
  });

  test("a flood of frames ends its own socket", async () => {
    const socket = await open();
    const closed = new Promise((resolve) => socket.once("close", (code) => resolve(code)));
    socket.on("error", () => undefined);
    const flood = () => {
      for (let each = 0; each < 500 && socket.readyState === socket.OPEN; each++)
        socket.send('{"type":"ping"}');
      if (socket.readyState === socket.OPEN) setImmediate(flood);
    };
    flood();
    expect(await closed).toBe(4429);
    const metrics = await (await fetch(`${api.url}metrics`)).text();
    expect(metrics).toContain('longshore_turned_away_total{reason="flood"} 1');
    expect(metrics).toMatch(/longshore_graphql_operations_total\{.*BAD_USER_INPUT.*\} \d\d/);
  });

  test("nobody else waited", async () => {
    const waits = await others.stop();
    expect(waits.length).toBeGreaterThan(hostileOperations.length);
    expect(median(waits)).toBeLessThan(othersWaitMs);
  });

  test("one that never says who it is, is closed", async () => {
    const socket = new WebSocket(`${api.url.replace("http", "ws")}graphql`, "graphql-transport-ws");
    await once(socket, "open");
    const [code] = await once(socket, "close");
    expect(code).toBe(4408);
  });
});
