// How much happens: counts of the last minute, by cluster and kind, second by second. Pure but for what it counts.

/** A task came to RUNNING, a task ended, anything changed. */
export type Happening = "start" | "stop" | "change";

const seconds = 60;

/** A ring of counts, one for each second of the last minute. */
class Ring {
  readonly #counts = Array.from({ length: seconds }, () => 0);
  #newest = 0;

  #moveTo(second: number): void {
    const passed = Math.min(seconds, second - this.#newest);
    for (let each = 1; each <= passed; each++) this.#counts[(second - passed + each) % seconds] = 0;
    this.#newest = Math.max(this.#newest, second);
  }

  add(second: number): void {
    this.#moveTo(second);
    this.#counts[second % seconds] = (this.#counts[second % seconds] ?? 0) + 1;
  }

  sum(second: number): number {
    this.#moveTo(second);
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }
}

export class Rates {
  readonly #rings = new Map<string, Ring>();

  add(cluster: string, what: Happening, now: number): void {
    const key = `${what} ${cluster}`;
    let ring = this.#rings.get(key);
    if (!ring) this.#rings.set(key, (ring = new Ring()));
    ring.add(Math.floor(now / 1000));
  }

  /** How often it happened in a cluster within the last minute. */
  perMinute(cluster: string, what: Happening, now: number): number {
    return this.#rings.get(`${what} ${cluster}`)?.sum(Math.floor(now / 1000)) ?? 0;
  }
}
