// Ids in order, so that pages visit each entity once however the fleet changes between them. In short lists one after
// the other: an id comes and goes at the cost of one of them, however many there are.
import type { Steps } from "./steps.ts";

/** What readers may do with ids: they are in order, each once. */
export interface Ids extends Iterable<string> {
  readonly size: number;
  has(id: string): boolean;
  /** All ids after `id`, in order; from the first when it is undefined. */
  after(id: string | undefined): Generator<string>;
}

const chunkMax = 512;

/** Position of the first id that is not before `id`. */
function lowerBound(ids: readonly string[], id: string): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ids[middle] ?? "") < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Ids that are sorted, or merged, in one step. */
const stepSize = 4096;

/** The ids in order. */
export function* sortIds(ids: Iterable<string>): Steps<string[]> {
  const all = [...ids];
  let runs: string[][] = [];
  for (let at = 0; at < all.length; at += stepSize) {
    runs.push(all.slice(at, at + stepSize).sort());
    yield;
  }
  while (runs.length > 1) {
    const longer: string[][] = [];
    for (let at = 0; at < runs.length; at += 2)
      longer.push(yield* merge(runs[at] ?? [], runs[at + 1] ?? []));
    runs = longer;
  }
  return runs[0] ?? [];
}

function* merge(left: readonly string[], right: readonly string[]): Steps<string[]> {
  const merged: string[] = [];
  let at = 0;
  for (const id of left) {
    for (let next = right[at]; next !== undefined && next < id; next = right[++at])
      if (merged.push(next) % stepSize === 0) yield;
    if (merged.push(id) % stepSize === 0) yield;
  }
  for (; at < right.length; at++) merged.push(right[at] ?? "");
  return merged;
}

export class SortedIds implements Ids {
  /** None is empty. */
  readonly #chunks: string[][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(id: string): void {
    const last = this.#chunks.at(-1);
    // At the very end ids come in order, as in a first load: what is full stays full.
    if (!last || (last.at(-1) ?? "") < id) {
      if (last && last.length < chunkMax) last.push(id);
      else this.#chunks.push([id]);
      this.#size++;
      return;
    }
    const at = this.#chunkOf(id);
    const chunk = this.#chunks[at] ?? last;
    const place = lowerBound(chunk, id);
    if (chunk[place] === id) return;
    chunk.splice(place, 0, id);
    this.#size++;
    if (chunk.length > chunkMax) this.#chunks.splice(at + 1, 0, chunk.splice(chunkMax / 2));
  }

  delete(id: string): void {
    const at = this.#chunkOf(id);
    const chunk = this.#chunks[at];
    if (!chunk) return;
    const place = lowerBound(chunk, id);
    if (chunk[place] !== id) return;
    this.#size--;
    chunk.splice(place, 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
  }

  has(id: string): boolean {
    const chunk = this.#chunks[this.#chunkOf(id)];
    return chunk !== undefined && chunk[lowerBound(chunk, id)] === id;
  }

  *after(id: string | undefined): Generator<string> {
    let at = id === undefined ? 0 : this.#chunkOf(id);
    const first = this.#chunks[at];
    let place = id === undefined || !first ? 0 : lowerBound(first, id);
    if (first?.[place] === id) place++;
    for (; at < this.#chunks.length; at++, place = 0) {
      const chunk = this.#chunks[at] ?? [];
      for (; place < chunk.length; place++) yield chunk[place] ?? "";
    }
  }

  [Symbol.iterator](): Generator<string> {
    return this.after(undefined);
  }

  /** The list that an id is in or would be in: the last that does not begin after it. */
  #chunkOf(id: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#chunks[middle]?.[0] ?? "") <= id) low = middle + 1;
      else high = middle;
    }
    return Math.max(low - 1, 0);
  }
}
