// Peers that draw a request out: each is ended by its deadline, while others are answered.
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApiWorld } from "../testing/api-world.ts";
import type { ApiWorld } from "../testing/api-world.ts";
import { startApi } from "./server.ts";
import type { Api } from "./server.ts";

let world: ApiWorld;
let api: Api;

beforeAll(async () => {
  world = await startApiWorld();
  api = await startApi({
    ...world.place,
    tokens: { read: [], admin: [] },
    deadlines: {
      handshake: 300,
      headers: 300,
      request: 600,
      keepAlive: 300,
      silence: 1500,
      check: 50,
    },
  });
});

afterAll(async () => {
  await api?.close();
  await world?.close();
});

/** Sends a beginning, then a byte now and then; resolves with what came back when the server ends it. */
async function drawOut(beginning: string, byte: string): Promise<string> {
  const socket = connect(Number(new URL(api.url).port), "127.0.0.1");
  await once(socket, "connect");
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
  socket.on("error", () => undefined);
  const closed = once(socket, "close");
  socket.write(beginning);
  const drip = setInterval(() => byte !== "" && socket.write(byte), 40);
  await closed;
  clearInterval(drip);
  return answer;
}

test("headers that never end, bodies that never end and silence are cut off; others are answered meanwhile", async () => {
  const post = `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n`;
  const slow = Promise.all([
    drawOut(`GET /healthz HTTP/1.1\r\nHost: a\r\n`, "x-a: b\r\n"),
    drawOut(post, " "),
    drawOut("", ""),
    drawOut(`GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n`, ""),
  ]);
  expect((await fetch(`${api.url}healthz`)).status).toBe(200);
  const [headers, body, silent, idle] = await slow;
  expect(headers).toContain("408 Request Timeout");
  expect(body).toContain("408 Request Timeout");
  for (const answer of [headers, body]) expect(answer).toContain("BAD_USER_INPUT");
  expect(silent).not.toContain("200 OK");
  // It had its answer, and was idle for too long afterwards.
  expect(idle).toContain("200 OK");
});
