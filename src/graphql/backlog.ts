// What answers over HTTP wait for who asked: bytes that are written and not taken yet, of all connections together.
// Decides whose connection is ended when they are too many. No I/O.

/** Bytes that may wait for all readers together. */
export const backlogMaxByDefault = 256 * 1_048_576;

/** Answers that wait, by their connection. */
export class Backlog<Connection> {
  readonly #max: number;
  readonly #waiting = new Map<Connection, number>();
  #total = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * An answer waits. Returns the connections to be ended for it, those with most waiting first: of earlier answers, for
   * nobody can have read this one yet.
   */
  add(connection: Connection, bytes: number): Connection[] {
    const ended: Connection[] = [];
    while (this.#total + bytes > this.#max) {
      const largest = this.#largest();
      if (largest === undefined) break;
      this.remove(largest);
      ended.push(largest);
    }
    this.remove(connection);
    this.#waiting.set(connection, bytes);
    this.#total += bytes;
    return ended;
  }

  /** Its answer was taken, or nobody is there to take it. */
  remove(connection: Connection): void {
    this.#total -= this.#waiting.get(connection) ?? 0;
    this.#waiting.delete(connection);
  }

  #largest(): Connection | undefined {
    let largest: Connection | undefined;
    let most = 0;
    for (const [connection, bytes] of this.#waiting)
      if (bytes > most) [largest, most] = [connection, bytes];
    return largest;
  }
}
