// The bytes of messages: a WebSocket frame round a graphql-transport-ws message. Messages that many get are put
// together once, with a hole for each subscriber's id. Pure; writes to no socket.

/** A whole, unmasked text frame. */
export function textFrame(text: string): Buffer {
  const body = Buffer.from(text);
  const frame = Buffer.allocUnsafe(headerLength(body.length) + body.length);
  body.copy(frame, writeHeader(frame, 0, body.length));
  return frame;
}

const finalText = 0x81;

function headerLength(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}

/** Returns where the body begins. */
function writeHeader(target: Buffer, at: number, length: number): number {
  target[at] = finalText;
  if (length < 126) target[at + 1] = length;
  else if (length < 65_536) {
    target[at + 1] = 126;
    target.writeUInt16BE(length, at + 2);
  } else {
    target[at + 1] = 127;
    target.writeBigUInt64BE(BigInt(length), at + 2);
  }
  return at + headerLength(length);
}

const opening = Buffer.from('{"id":"');
const middle = Buffer.from('","type":"next","payload":');
const closing = Buffer.from("}");

/** An operation's id as it stands in JSON, without its quotes. */
export function idBytes(id: string): Buffer {
  return Buffer.from(JSON.stringify(id).slice(1, -1));
}

/** The frame of one `next` message. */
export function nextFrame(id: Buffer, payload: Buffer): Buffer {
  return new Batch([payload]).for(id);
}

interface Template {
  /** All frames, one after the other. Whoever writes them fills the holes first. */
  bytes: Buffer;
  readonly holes: readonly number[];
}

/** `next` messages for everybody who shares them. */
export class Batch {
  readonly payloads: readonly Buffer[];
  /** By the length of the id, on which the frames' headers depend. */
  readonly #templates = new Map<number, Template>();

  constructor(payloads: readonly Buffer[]) {
    this.payloads = payloads;
  }

  /** The frames with this id. The bytes are overwritten by the next call, unless {@link keep} is called first. */
  for(id: Buffer): Buffer {
    const template = this.#templateFor(id.length);
    for (const hole of template.holes) id.copy(template.bytes, hole);
    return template.bytes;
  }

  /** Leaves the bytes of the last {@link for} to their reader: the next call makes others. */
  keep(id: Buffer): void {
    const template = this.#templateFor(id.length);
    template.bytes = Buffer.from(template.bytes);
  }

  #templateFor(idLength: number): Template {
    let template = this.#templates.get(idLength);
    if (!template) {
      template = makeTemplate(this.payloads, idLength);
      this.#templates.set(idLength, template);
    }
    return template;
  }
}

function makeTemplate(payloads: readonly Buffer[], idLength: number): Template {
  const round = opening.length + idLength + middle.length + closing.length;
  const lengths = payloads.map((payload) => payload.length + round);
  const total = lengths.reduce((sum, length) => sum + headerLength(length) + length, 0);
  // Its own memory, not the pool's: it is handed to the kernel, and may be left there.
  const bytes = Buffer.allocUnsafeSlow(total);
  const holes: number[] = [];
  let at = 0;
  for (const [index, payload] of payloads.entries()) {
    at = writeHeader(bytes, at, lengths[index] ?? 0);
    at += opening.copy(bytes, at);
    holes.push(at);
    at += idLength;
    at += middle.copy(bytes, at);
    at += payload.copy(bytes, at);
    at += closing.copy(bytes, at);
  }
  return { bytes, holes };
}
