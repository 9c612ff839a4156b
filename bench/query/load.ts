// The load generator of the query benchmark, as a process of its own: the same POST over and over on a number of
// connections, one at a time on each. Prints what it saw: answers a second, how long they took, what the first held.
import { connect } from "node:net";
import type { Socket } from "node:net";

const [port = "0", connections = "16", seconds = "3", body = "{}"] = process.argv.slice(2);
const bytes = Buffer.from(
  `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
);

let answered = 0;
let isOver = false;
const samples: number[] = [];
let firstBody = "";

/** Where an answer's body begins and ends; undefined while its head has not arrived. */
function bounds(arrived: Buffer): { readonly body: number; readonly end: number } | undefined {
  const head = arrived.indexOf("\r\n\r\n");
  if (head < 0) return undefined;
  const header = arrived.toString("latin1", 0, head);
  const length = /content-length: (\d+)/i.exec(header)?.[1];
  if (!header.startsWith("HTTP/1.1 200") || length === undefined)
    throw new Error(`not the answer that was expected: ${header}`);
  return { body: head + 4, end: head + 4 + Number(length) };
}

function run(socket: Socket): void {
  let parts: Buffer[] = [];
  let size = 0;
  let place: ReturnType<typeof bounds>;
  let from = performance.now();
  socket.on("data", (chunk: Buffer) => {
    parts.push(chunk);
    size += chunk.length;
    place ??= bounds(Buffer.concat(parts));
    if (!place || size < place.end) return;
    if (firstBody === "") firstBody = Buffer.concat(parts).toString("utf8", place.body, place.end);
    answered++;
    samples.push(performance.now() - from);
    parts = [];
    size = 0;
    place = undefined;
    if (isOver) return void socket.destroy();
    from = performance.now();
    socket.write(bytes);
  });
  socket.write(bytes);
}

const sockets = Array.from({ length: Number(connections) }, () =>
  connect(Number(port), "127.0.0.1"),
);
for (const socket of sockets) {
  socket.setNoDelay(true);
  socket.once("connect", () => run(socket));
}
const begun = performance.now();
setTimeout(
  () => {
    isOver = true;
    const took = (performance.now() - begun) / 1000;
    const sorted = samples.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
    process.stdout.write(
      `${JSON.stringify({ perSecond: answered / took, p50Ms: at(0.5), p99Ms: at(0.99), bytes: firstBody.length, nodes: firstBody.split('"arn"').length - 1 })}\n`,
      () => process.exit(0),
    );
  },
  Number(seconds) * 1000,
);
