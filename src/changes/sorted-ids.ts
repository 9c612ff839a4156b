// Ids in order, so that pages visit each entity once however the fleet changes between them.

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

export class SortedIds {
  #ids: string[];

  constructor(ids: Iterable<string> = []) {
    this.#ids = [...ids].toSorted();
  }

  get size(): number {
    return this.#ids.length;
  }

  add(id: string): void {
    const at = lowerBound(this.#ids, id);
    if (this.#ids[at] !== id) this.#ids.splice(at, 0, id);
  }

  delete(id: string): void {
    const at = lowerBound(this.#ids, id);
    if (this.#ids[at] === id) this.#ids.splice(at, 1);
  }

  /** All ids after `id`, in order; from the first when it is undefined. */
  *after(id: string | undefined): Generator<string> {
    const from = id === undefined ? 0 : lowerBound(this.#ids, `${id}\0`);
    for (let at = from; at < this.#ids.length; at++) yield this.#ids[at] ?? "";
  }
}
