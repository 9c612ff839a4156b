// Many subscribers in one process: counts frames, compares each with what the others got, and decodes what the first
// one got. Reads into one buffer, so that it keeps up with a million messages a second.
import { connect } from "node:net";
import type { Socket } from "node:net";
import type { Counted, OpenRequest, ReadersRequest } from "./messages.ts";
import { clientFrame, frameAt, operationId, pongFrame, upgradeRequest } from "./wire.ts";

const idLength = 36;
const idAt = '{"id":"'.length;
/** One socket in so many notes when its messages arrive. */
const sampleEvery = 50;

interface Reader {
  readonly socket: Socket;
  readonly isRaw: boolean;
  readonly isSampled: boolean;
  readonly rests: boolean;
  state: "upgrading" | "waiting" | "live";
  rest: Buffer | undefined;
  /** Sent once the connection is acknowledged. */
  subscribe: Buffer | undefined;
  messages: number;
  isPaused: boolean;
}

const readers: Reader[] = [];
/** Message number n, as the first who got it had it, without its id. */
let reference: Buffer[] = [];
let different = 0;
let arrivals: [number, number][] = [];
const closed: Record<string, number> = {};
let onLive: () => void = () => undefined;

const now = () => performance.timeOrigin + performance.now();

/** What is the same for everybody in a message: all but its id, which sits between two quotes in the beginning. */
const sharedAt = (isRaw: boolean) => (isRaw ? 0 : idAt + idLength);

function takeMessage(reader: Reader, bytes: Buffer, from: number, end: number): void {
  const known = reference[reader.messages];
  if (known === undefined) reference.push(Buffer.from(bytes.subarray(from, end)));
  else if (end - from !== known.length || bytes.compare(known, 0, known.length, from, end) !== 0)
    different++;
  if (reader.isSampled) arrivals.push([reader.messages, now()]);
  reader.messages++;
}

function takeFrame(reader: Reader, bytes: Buffer, opcode: number, from: number, end: number): void {
  if (opcode === 9) return void reader.socket.write(pongFrame);
  if (opcode === 8) {
    const code = end - from >= 2 ? bytes.readUInt16BE(from) : 1005;
    closed[code] = (closed[code] ?? 0) + 1;
    reader.socket.destroy();
    return;
  }
  if (reader.state === "live")
    return takeMessage(reader, bytes, from + sharedAt(reader.isRaw), end);
  // The acknowledgement, then a snapshot and its end.
  const message = bytes.toString("utf8", from, end);
  if (message.includes("connection_ack") && reader.subscribe)
    return void reader.socket.write(reader.subscribe);
  if (message.includes('"SYNCED"')) {
    reader.state = "live";
    onLive();
  }
}

function receive(reader: Reader, length: number, bytes: Buffer): boolean {
  let data = bytes.subarray(0, length);
  if (reader.rest) data = Buffer.concat([reader.rest, data]);
  let at = 0;
  if (reader.state === "upgrading") {
    const end = data.indexOf("\r\n\r\n");
    if (end < 0) {
      reader.rest = Buffer.from(data);
      return true;
    }
    at = end + 4;
    reader.state = reader.isRaw ? "live" : "waiting";
    if (reader.isRaw) onLive();
  }
  for (;;) {
    const frame = frameAt(data, at, data.length);
    if (!frame) break;
    takeFrame(reader, data, frame.opcode, frame.bodyAt, frame.end);
    at = frame.end;
  }
  reader.rest = at < data.length ? Buffer.from(data.subarray(at)) : undefined;
  return !(reader.rests && reader.isPaused && reader.state === "live");
}

const sharedBuffer = Buffer.allocUnsafeSlow(1_048_576);

function openOne(request: OpenRequest, number: number): Promise<void> {
  const { port, query, variables = [{}], resting = 0 } = request;
  return new Promise((resolve, reject) => {
    const socket = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer: sharedBuffer,
        callback: (length: number, buffer: Uint8Array) =>
          receive(reader, length, Buffer.from(buffer.buffer, buffer.byteOffset, length)),
      },
    });
    const rests = number < resting;
    const reader: Reader = {
      socket,
      isRaw: query === undefined,
      isSampled: !rests && number % sampleEvery === sampleEvery - 1,
      rests,
      state: "upgrading",
      rest: undefined,
      subscribe: undefined,
      messages: 0,
      isPaused: rests,
    };
    readers.push(reader);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.write(upgradeRequest(port));
      if (query !== undefined) {
        const payload = { query, variables: variables[number % variables.length] };
        socket.write(clientFrame('{"type":"connection_init"}'));
        const id = operationId(number);
        reader.subscribe = clientFrame(JSON.stringify({ id, type: "subscribe", payload }));
      }
      resolve();
    });
  });
}

async function open(request: OpenRequest): Promise<void> {
  let live = 0;
  const all = new Promise<void>((resolve) => {
    onLive = () => {
      if (++live === request.count) resolve();
    };
  });
  // In small crowds: the kernel's queue of connections to accept is short.
  for (let from = 0; from < request.count; from += 100)
    await Promise.all(
      Array.from({ length: Math.min(100, request.count - from) }, (_, each) =>
        openOne(request, from + each),
      ),
    );
  await all;
}

/** The number that a message carries: as the version of its task, or, raw, as its own. */
function numberOf(message: Buffer): number {
  return Number(/"version":"(\d+)"/.exec(message.toString())?.[1]);
}

function count(): Counted {
  const reading = readers.filter(({ rests }) => !rests).map(({ messages }) => messages);
  return {
    messages: reading.reduce((sum, each) => sum + each, 0),
    fewest: Math.min(...reading),
    most: Math.max(...reading),
    different,
    numbers: reference.map(numberOf),
    arrivals: arrivals.map(([at, time]) => [numberOf(reference[at] ?? Buffer.alloc(0)), time]),
    closed,
    open: readers.filter(({ socket }) => !socket.destroyed).length,
  };
}

function reset(): void {
  reference = [];
  different = 0;
  arrivals = [];
  for (const reader of readers) reader.messages = 0;
}

async function answer(request: ReadersRequest): Promise<Counted | undefined> {
  if (request.type === "open") await open(request);
  if (request.type === "count") return count();
  if (request.type === "reset") reset();
  if (request.type === "wake")
    for (const reader of readers.filter(({ rests }) => rests)) {
      reader.isPaused = false;
      reader.socket.resume();
    }
  return undefined;
}

async function reply(request: ReadersRequest): Promise<void> {
  const counted = await answer(request);
  process.send?.(counted ?? {});
}

// One that cannot be opened ends the process, and with it the benchmark.
process.on("message", (request: ReadersRequest) => void reply(request));
process.send?.("ready");
