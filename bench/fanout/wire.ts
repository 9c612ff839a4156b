// The client's side of a WebSocket in as few bytes and cycles as there can be: what is measured is the server.
import { createHash, randomBytes } from "node:crypto";

/** The upgrade request, for a server on loopback. */
export function upgradeRequest(port: number): string {
  const key = randomBytes(16).toString("base64");
  return [
    "GET /graphql HTTP/1.1",
    `Host: 127.0.0.1:${port}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${key}`,
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Protocol: graphql-transport-ws",
    "\r\n",
  ].join("\r\n");
}

/** A text frame as a client sends it: masked, here with zeros, which is allowed and costs nothing. */
export function clientFrame(text: string): Buffer {
  return maskedFrame(0x81, Buffer.from(text));
}

/** The answer to a ping. */
export const pongFrame = maskedFrame(0x8a, Buffer.alloc(0));

function maskedFrame(first: number, body: Buffer): Buffer {
  const long = body.length > 125;
  const frame = Buffer.alloc((long ? 8 : 6) + body.length);
  frame[0] = first;
  frame[1] = 0x80 | (long ? 126 : body.length);
  if (long) frame.writeUInt16BE(body.length, 2);
  body.copy(frame, frame.length - body.length);
  return frame;
}

export interface ServerFrame {
  readonly opcode: number;
  readonly bodyAt: number;
  readonly end: number;
}

/** The frame at a place of what was received; undefined while it is not whole. */
export function frameAt(bytes: Buffer, at: number, end: number): ServerFrame | undefined {
  if (end - at < 2) return undefined;
  const short = (bytes[at + 1] ?? 0) & 0x7f;
  const header = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (end - at < header) return undefined;
  const length =
    short < 126
      ? short
      : short === 126
        ? bytes.readUInt16BE(at + 2)
        : Number(bytes.readBigUInt64BE(at + 2));
  const frameEnd = at + header + length;
  if (frameEnd > end) return undefined;
  return { opcode: (bytes[at] ?? 0) & 0x0f, bodyAt: at + header, end: frameEnd };
}

/** An id as clients of graphql-transport-ws make them, the same each time for the same number. */
export function operationId(number: number): string {
  const hex = createHash("sha256").update(String(number)).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
