// The time that all processes share: Redis's. A machine whose clock is wrong, or is set while it runs, must not make
// others believe that a comparison is hours old or that history is past its retention.
import type { Clock } from "../clock.ts";

const syncEveryMs = 30_000;
const retryMs = 250;
/** An answer that took longer says too little about the time. */
const roundTripMaxMs = 1000;

export interface RedisClock extends Clock {
  /**
   * Asks for Redis's time now and then until `signal` aborts. The returned promise resolves when it is known, or the
   * signal aborts; before that, this clock tells the machine's time.
   */
  follow(time: () => Promise<number>, signal: AbortSignal): Promise<void>;
}

export function createRedisClock(machine: Clock): RedisClock {
  /** Redis's time minus the machine's monotonic one, which nobody sets. */
  let offset: number | undefined;

  async function ask(time: () => Promise<number>): Promise<boolean> {
    const from = machine.monotonic();
    const at = await time().catch(() => undefined);
    const until = machine.monotonic();
    if (at === undefined || until - from > roundTripMaxMs) return false;
    const next = at - (from + until) / 2;
    // Within what the round trip leaves open, time should not go back and forth.
    if (offset === undefined || Math.abs(next - offset) > until - from) offset = next;
    return true;
  }

  async function keepAsking(time: () => Promise<number>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await machine.sleep(syncEveryMs, signal);
      if (!signal.aborted) await ask(time);
    }
  }

  return {
    now: () => (offset === undefined ? machine.now() : Math.round(machine.monotonic() + offset)),
    monotonic: () => machine.monotonic(),
    sleep: (delayMs, signal) => machine.sleep(delayMs, signal),
    after: (delayMs, callback) => machine.after(delayMs, callback),
    soon: (callback) => machine.soon(callback),
    follow: async (time, signal) => {
      while (!signal.aborted && !(await ask(time))) await machine.sleep(retryMs, signal);
      void keepAsking(time, signal);
    },
  };
}
