// When the messages of many subscriptions leave: at the end of a tick, and the more one round of writing costs, the
// longer the pause until the next, so that a busy server joins more messages into each write instead of falling behind.
import type { Clock } from "../../clock.ts";

/** Longest pause between rounds, ms: what a message may wait at most on a busy server, beside the round itself. */
const pauseMaxMs = 40;
/** Rounds that cost less than this follow one another at once. */
const cheapMs = 1;

/** The pause after a round that took so long. */
export function pauseMs(roundMs: number): number {
  return roundMs < cheapMs ? 0 : Math.min(pauseMaxMs, roundMs);
}

export class Pacer {
  readonly #clock: Clock;
  readonly #round: () => void;
  #isPlanned = false;
  #nextAt = 0;

  constructor(clock: Clock, round: () => void) {
    this.#clock = clock;
    this.#round = round;
  }

  /** Plans a round, if none is. */
  wake(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    const waitMs = this.#nextAt - this.#clock.monotonic();
    if (waitMs < cheapMs) this.#clock.soon(() => this.#run());
    else this.#clock.after(waitMs, () => this.#run());
  }

  #run(): void {
    this.#isPlanned = false;
    const began = this.#clock.monotonic();
    this.#round();
    const ended = this.#clock.monotonic();
    this.#nextAt = ended + pauseMs(ended - began);
  }
}
