// A socket between a client and an api process, in memory: the server's end is a stream as the network's, the client's
// end reads when it likes, and the kernels between them hold only so much. Knows frames, and nothing of what is in them.
import { Duplex } from "node:stream";

/** What the kernels of both ends hold of what the client has not read yet, bytes. */
const kernelBytes = 4096;

const textOpcode = 0x1;
const closeOpcode = 0x8;

/** What comes to a client. */
export interface ClientEnd {
  onText(text: string): void;
  /** 1006: the connection is gone without a word. */
  onClose(code: number, reason: string): void;
}

/** What moves the bytes: the world's time, in order. */
export interface SocketWay {
  /** From the server to the client. */
  toClient(arrive: () => void): void;
}

interface Waiting {
  readonly chunk: Buffer;
  readonly taken: () => void;
  /** Bytes of it that the kernels have. */
  sent: number;
}

export class MemorySocket extends Duplex {
  readonly #client: ClientEnd;
  readonly #way: SocketWay;
  #waiting: Waiting | undefined;
  /** Bytes that have left the server and that the client has not read. */
  #unread = 0;
  #read: Buffer = Buffer.alloc(0);
  #inbox: Buffer[] = [];
  #isStalled = false;
  #isOver = false;

  constructor(client: ClientEnd, way: SocketWay) {
    super({ highWaterMark: 16_384, autoDestroy: true, emitClose: true });
    this.#client = client;
    this.#way = way;
  }

  // The server's end

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, taken: () => void): void {
    this.#waiting = { chunk, taken, sent: 0 };
    this.#fill();
  }

  /** Says that the connection ends, behind everything that was sent before. */
  sayClose(code: number, reason: string): void {
    const words = Buffer.from(reason);
    const frame = Buffer.alloc(4 + words.length);
    frame[0] = 0x80 | closeOpcode;
    frame[1] = 2 + words.length;
    frame.writeUInt16BE(code, 2);
    words.copy(frame, 4);
    this.write(frame);
  }

  /** The kernels take what they have room for; the rest of a chunk stays where its owner has it. */
  #fill(): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    const room = Math.max(0, kernelBytes - this.#unread);
    const part = Buffer.from(waiting.chunk.subarray(waiting.sent, waiting.sent + room));
    if (part.length > 0) {
      waiting.sent += part.length;
      this.#unread += part.length;
      this.#way.toClient(() => this.#arrive(part));
    }
    if (waiting.sent < waiting.chunk.length) return;
    this.#waiting = undefined;
    waiting.taken();
  }

  // The client's end

  /** Whether the client reads nothing for now. */
  stall(isStalled: boolean): void {
    this.#isStalled = isStalled;
    if (isStalled) return;
    const inbox = this.#inbox;
    this.#inbox = [];
    for (const part of inbox) this.#arrive(part);
  }

  /** The client hears that the connection is gone, or finds it out by itself. */
  lose(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#inbox = [];
    this.#client.onClose(1006, "the connection is gone");
  }

  /** The client hears nothing any more: it has gone itself. */
  leave(): void {
    this.#isOver = true;
    this.#inbox = [];
  }

  #arrive(part: Buffer): void {
    if (this.#isOver) return;
    if (this.#isStalled) return void this.#inbox.push(part);
    this.#unread -= part.length;
    this.#read = this.#read.length === 0 ? part : Buffer.concat([this.#read, part]);
    this.#readFrames();
    this.#fill();
  }

  #readFrames(): void {
    for (;;) {
      const frame = readFrame(this.#read);
      if (frame === undefined || this.#isOver) return;
      this.#read = this.#read.subarray(frame.length);
      if (frame.opcode === textOpcode) this.#client.onText(frame.body.toString());
      if (frame.opcode !== closeOpcode) continue;
      this.#isOver = true;
      this.#client.onClose(frame.body.readUInt16BE(0), frame.body.subarray(2).toString());
    }
  }
}

interface Frame {
  readonly opcode: number;
  readonly body: Buffer;
  /** With its header. */
  readonly length: number;
}

/** The first frame of what has arrived, which is whole and not masked; undefined while some of it is missing. */
function readFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined;
  const opcode = (bytes[0] ?? 0) & 0x0f;
  const short = bytes[1] ?? 0;
  const header = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < header) return undefined;
  const size =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const length = header + size;
  if (bytes.length < length) return undefined;
  return { opcode, body: bytes.subarray(header, length), length };
}
