// What is told in a world, with its time: counted, and judged by the checkers. Apart from that a hash of all facts, for
// whoever wants to know whether two worlds were the same.
import type { Breach, Checker, Fact, FactBody } from "./facts.ts";
import type { VirtualTime } from "./virtual-time.ts";

export class WorldRecord {
  readonly breaches: Breach[] = [];
  /** How often each fault happened. */
  readonly faults = new Map<string, number>();
  /** Facts told. */
  count = 0;
  readonly #checkers: Checker[] = [];
  readonly #time: VirtualTime;
  readonly #onFact: (fact: Fact) => void;

  constructor(time: VirtualTime, onFact: (fact: Fact) => void = () => {}) {
    this.#time = time;
    this.#onFact = onFact;
  }

  /** Checkers hear every fact from their first one on. */
  watch(...checkers: readonly Checker[]): void {
    this.#checkers.push(...checkers);
  }

  readonly tell = (body: FactBody): void => {
    const fact: Fact = { ...body, at: this.#time.now };
    this.count++;
    if (fact.kind === "fault") this.faults.set(fact.fault, (this.faults.get(fact.fault) ?? 0) + 1);
    if (fact.kind === "process" && fact.life === "crashed")
      this.breach("crash", `${fact.process} ended by itself: ${fact.detail}`);
    this.#onFact(fact);
    for (const checker of this.#checkers)
      for (const breach of checker.hear(fact)) this.breaches.push(breach);
  };

  breach(checker: string, message: string): void {
    this.breaches.push({ checker, at: this.#time.now, message });
  }

  /** A bug of ours ended something that nobody waited for. */
  crash(error: unknown): void {
    this.breach("crash", error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  /** Time is up: what only time could show. */
  end(): void {
    for (const checker of this.#checkers)
      this.breaches.push(...(checker.end?.(this.#time.now) ?? []));
  }
}

/** Of all facts of a world: the same for the same seed. */
export class FactHash {
  #hash = 0x811c9dc5;

  readonly hear = (fact: Fact): void => {
    const text = JSON.stringify(fact);
    let hash = this.#hash;
    for (let at = 0; at < text.length; at++)
      hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    this.#hash = hash;
  };

  get text(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }
}
