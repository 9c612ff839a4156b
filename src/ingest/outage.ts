// How a loop waits while something that it needs is away: with growing pauses, and one line in the log at the
// start and one at the end, not one per attempt. Pauses are jittered: workers that lost the same thing at the same
// time do not ask for it again at the same time.
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Random } from "../random.ts";

const firstPauseMs = 100;
const longestPauseMs = 10_000;

export interface OutageOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
}

export class Outage {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #random: Random;
  readonly #what: string;
  #attempts = 0;
  #since = 0;
  /** Why it failed so far: two reasons that take turns are said once each. */
  readonly #said = new Set<string>();
  #pause: Promise<void> | undefined;

  constructor({ clock, log, random }: OutageOptions, what: string) {
    this.#clock = clock;
    this.#log = log;
    this.#random = random;
    this.#what = what;
  }

  /** How often in a row it failed and paused; 0 when all is well. */
  get attempts(): number {
    return this.#attempts;
  }

  /**
   * Notes a failure and pauses. A new reason is said, a repeated one is not. Loops that fail at the same time share
   * one pause: many of them are no reason to wait longer.
   */
  wait(reason: string, signal: AbortSignal): Promise<void> {
    this.#pause ??= this.#wait(reason, signal).finally(() => {
      this.#pause = undefined;
    });
    return this.#pause;
  }

  async #wait(reason: string, signal: AbortSignal): Promise<void> {
    if (this.#attempts === 0) this.#since = this.#clock.monotonic();
    if (!this.#said.has(reason))
      this.#log.error({ reason }, `${this.#what} fails; trying again until it works`);
    this.#said.add(reason);
    const pauseMs = Math.min(firstPauseMs * 2 ** this.#attempts, longestPauseMs);
    this.#attempts++;
    await this.#clock.sleep(pauseMs * (0.5 + this.#random.next() / 2), signal);
  }

  over(): void {
    if (this.#attempts === 0) return;
    const seconds = Math.round((this.#clock.monotonic() - this.#since) / 1000);
    this.#log.info({ seconds }, `${this.#what} works again`);
    this.#attempts = 0;
    this.#said.clear();
  }
}
