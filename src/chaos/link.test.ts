// A link carries bytes whole and in order whatever becomes of it, and says nothing where a network would say nothing.
import { once } from "node:events";
import { createConnection, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "../clock.ts";
import { until } from "../testing/longshore.ts";
import { openLink } from "./link.ts";
import type { Link } from "./link.ts";

let server: Server;
let link: Link;

beforeAll(async () => {
  // Says everything back.
  server = createServer((socket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  link = await openLink({ to: (server.address() as AddressInfo).port, clock: systemClock });
});
afterAll(async () => {
  await link.close();
  server.close();
});

interface Caller {
  readonly socket: Socket;
  heard(): string;
  ended(): boolean;
}

async function call(): Promise<Caller> {
  const socket = createConnection({ port: link.port, host: "127.0.0.1" });
  let heard = "";
  let ended = false;
  socket.on("data", (chunk: Buffer) => (heard += chunk.toString()));
  socket.on("error", () => {});
  socket.on("close", () => (ended = true));
  await once(socket, "connect");
  return { socket, heard: () => heard, ended: () => ended };
}

it("keeps the order of bytes when it is slow, then faster, then fine again", async () => {
  const { socket, heard } = await call();
  let said = "";
  for (let round = 0; round < 60; round++) {
    if (round % 20 === 0) link.become("slow", { delayMs: 60 });
    if (round % 20 === 7) link.become("slow", { delayMs: 5 });
    if (round % 20 === 13) link.become("fine");
    said += `${round} `;
    socket.write(`${round} `);
    await systemClock.sleep(2);
  }
  link.become("fine");
  await until("all of it", () => (heard().length === said.length ? true : undefined));
  expect(heard()).toBe(said);
  socket.destroy();
});

it("is silent, and resets what lost bytes when it is fine again", async () => {
  const before = await call();
  link.become("silent");
  before.socket.write("lost");
  const during = await call();
  during.socket.write("lost, too");
  await systemClock.sleep(100);
  expect([before.heard(), during.heard(), before.ended(), during.ended()]).toEqual([
    "",
    "",
    false,
    false,
  ]);
  link.become("fine");
  await until("both to be reset", () => (before.ended() && during.ended() ? true : undefined));
});

it("leaves a connection half open, and carries new ones", async () => {
  const forgotten = await call();
  link.become("deaf", { halfOpen: true });
  forgotten.socket.write("heard, not answered");
  await systemClock.sleep(100);
  link.become("fine");
  const next = await call();
  next.socket.write("hello");
  await until("an answer", () => (next.heard() === "hello" ? true : undefined));
  expect([forgotten.heard(), forgotten.ended()]).toEqual(["", false]);
  link.become("cut");
  await until("the new one to be reset", () => (next.ended() ? true : undefined));
  expect(forgotten.ended()).toBe(false);
  forgotten.socket.destroy();
  link.become("fine");
});
