// What one client may have of a guarded API, over real sockets: its limits bind it alone, and places come back.
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { clientLimitsByDefault } from "../config.ts";
import { startApiWorld } from "../testing/api-world.ts";
import type { ApiWorld } from "../testing/api-world.ts";
import { until } from "../testing/longshore.ts";
import { startApi } from "./server.ts";
import type { Api } from "./server.ts";

let world: ApiWorld;
let api: Api;

beforeAll(async () => {
  world = await startApiWorld();
  const limits = {
    ...clientLimitsByDefault,
    clientSocketsMax: 2,
    clientSubscriptionsMax: 3,
    clientMutationsPerSecond: 1,
  };
  const tokens = { read: ["greedy", "modest"], admin: ["boss"] };
  api = await startApi({ ...world.place, tokens, limits });
});

afterAll(async () => {
  await api?.close();
  await world?.close();
});

/** A socket of one client; what it is told piles up, its close included. */
async function open(token: string) {
  const socket = new WebSocket(`${api.url.replace("http", "ws")}graphql`, "graphql-transport-ws");
  const told: string[] = [];
  socket.on("message", (data: Buffer) => told.push(data.toString()));
  socket.on("close", (code, reason) => told.push(`closed ${code} ${reason.toString()}`));
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: token } }));
  await until("an answer", () => (told.length > 0 ? true : undefined));
  const hears = (text: string) =>
    until(`${text} in ${told.join()}`, () => told.find((each) => each.includes(text)));
  const subscribe = (id: string) => {
    const query = "subscription { containerInstanceChanges(snapshot: true) { type } }";
    socket.send(JSON.stringify({ type: "subscribe", id, payload: { query } }));
  };
  return { socket, told, hears, subscribe };
}

test("a client opens so many sockets and no more, others open theirs, and a place comes back", async () => {
  const [first, second] = [await open("greedy"), await open("Bearer greedy")];
  expect(first.told[0]).toContain("connection_ack");
  expect(second.told[0]).toContain("connection_ack");
  const third = await open("greedy");
  expect(third.told[0]).toMatch(/^closed 1013 RATE_LIMITED: .*LONGSHORE_CLIENT_SOCKETS_MAX/);
  const other = await open("modest");
  expect(other.told[0]).toContain("connection_ack");
  first.socket.terminate();
  await until("a place", async () => {
    const again = await open("greedy");
    const isIn = again.told[0]?.includes("connection_ack");
    again.socket.terminate();
    return isIn ? true : undefined;
  });
  for (const { socket } of [second, other]) socket.terminate();
});

test("a client has so many subscriptions over all of its sockets, and a completed one makes room", async () => {
  const [one, two] = await until("two sockets", async () => {
    const both = [await open("greedy"), await open("greedy")];
    if (both.every(({ told }) => told[0]?.includes("connection_ack"))) return both;
    for (const { socket } of both) socket.terminate();
    return undefined;
  });
  if (!one || !two) throw new Error("there are two");
  one.subscribe("a");
  one.subscribe("b");
  two.subscribe("c");
  for (const [each, id] of [
    [one, "a"],
    [one, "b"],
    [two, "c"],
  ] as const)
    await each.hears(`{"id":"${id}","type":"next"`);
  two.subscribe("d");
  const refused = await two.hears('"id":"d"');
  expect(refused).toContain("RATE_LIMITED");
  expect(refused).toContain("LONGSHORE_CLIENT_SUBSCRIPTIONS_MAX");
  // The socket and what runs on it go on.
  one.socket.send(JSON.stringify({ type: "complete", id: "a" }));
  await until("room", async () => {
    two.told.length = 0;
    two.subscribe("e");
    return (await two.hears('"id":"e"')).includes('"next"') ? true : undefined;
  });
  const other = await open("modest");
  other.subscribe("x");
  await other.hears('{"id":"x","type":"next"');
  for (const { socket } of [one, two, other]) socket.terminate();
});

test("mutations beyond the rate are refused with when to come again; reads are not", async () => {
  const post = async (query: string) => {
    const response = await fetch(`${api.url}graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer boss" },
      body: JSON.stringify({ query }),
    });
    return response.text();
  };
  const pause = `mutation { pauseDaemon(input: { cluster: "nowhere", name: "x" }) { daemon { name } } }`;
  const answers = await Promise.all(Array.from({ length: 12 }, () => post(pause)));
  expect(answers.filter((each) => each.includes("NOT_FOUND")).length).toBeGreaterThanOrEqual(5);
  const refused = answers.filter((each) => each.includes("RATE_LIMITED"));
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]).toMatch(/"retryAfterSeconds":\d/);
  expect(await post("{ clusters { totalCount } }")).toContain('"totalCount":1');
});
