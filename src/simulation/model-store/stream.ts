// A stream as Redis has it, with entry ids that are `<number>-0`, as our log's are. Pure.
import type { StreamEntry } from "../../store/redis-client.ts";

export interface Entry {
  readonly seq: number;
  readonly fields: string[];
}

/** Redis drops whole nodes of a stream when it trims about, a hundred entries each. */
const nodeEntries = 100;

export class Stream {
  /** In order of their numbers. */
  readonly entries: Entry[] = [];
  /** The highest number that was ever added: lower ones are refused, trimmed or not. */
  lastSeq = -1;

  /** Where the first entry at or after `seq` is. */
  #from(seq: number): number {
    let [low, high] = [0, this.entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.entries[middle]?.seq ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Bounds as XRANGE reads them: `-`, `+`, `5` or `5-0`, `(5-0`. */
  range(from: string, to: string, limit: number): StreamEntry[] {
    const [start, end] = [this.#from(lowestSeq(from)), this.#from(highestSeq(to) + 1)];
    return this.entries.slice(start, Math.min(end, start + limit)).map(asReply);
  }

  /** The same from the end. */
  reverseRange(from: string, to: string, limit: number): StreamEntry[] {
    const [start, end] = [this.#from(lowestSeq(to)), this.#from(highestSeq(from) + 1)];
    return this.entries
      .slice(Math.max(start, end - limit), end)
      .toReversed()
      .map(asReply);
  }

  /** How many entries go when everything before `seq` goes. */
  before(seq: number): number {
    return this.#from(seq);
  }

  /** How many entries go when about `length` are kept. */
  beyond(length: number): number {
    const excess = this.entries.length - length;
    return excess < nodeEntries ? 0 : excess - (excess % nodeEntries);
  }
}

const asReply = ({ seq, fields }: Entry): StreamEntry => [`${seq}-0`, [...fields]];

export const seqOf = (id: string): number => Number(id.split("-")[0]);

function lowestSeq(bound: string): number {
  if (bound === "-") return 0;
  return bound.startsWith("(") ? seqOf(bound.slice(1)) + 1 : seqOf(bound);
}

function highestSeq(bound: string): number {
  if (bound === "+") return Infinity;
  return bound.startsWith("(") ? seqOf(bound.slice(1)) - 1 : seqOf(bound);
}
