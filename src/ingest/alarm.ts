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
  let stopWaiting = () => {};
  return {
    ring: () => {
      rung = true;
      stopWaiting();
    },
    wait: async (delayMs, signal) => {
      if (!rung && !signal.aborted) {
        const pause = new AbortController();
        stopWaiting = () => pause.abort();
        // Not AbortSignal.any: Node.js keeps one that is listened to for good, should the pause never end.
        signal.addEventListener("abort", stopWaiting, { once: true });
        await clock.sleep(delayMs, pause.signal);
        signal.removeEventListener("abort", stopWaiting);
      }
      rung = false;
    },
  };
}
