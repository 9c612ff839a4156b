// A pause that something else may end early: a round that is due now need not wait for its interval.
import type { Clock } from "../clock.ts";

export interface Alarm {
  /** Ends the present pause, or the next one if nobody pauses. */
  ring(): void;
  /** Resolves after `delayMs`, or when it rings or `signal` aborts. */
  wait(delayMs: number, signal: AbortSignal): Promise<void>;
}

export function createAlarm(clock: Clock): Alarm {
  let rung = false;
  let stopWaiting: AbortController | undefined;
  return {
    ring: () => {
      rung = true;
      stopWaiting?.abort();
    },
    wait: async (delayMs, signal) => {
      if (!rung) {
        stopWaiting = new AbortController();
        await clock.sleep(delayMs, AbortSignal.any([signal, stopWaiting.signal]));
      }
      rung = false;
    },
  };
}
