// A clock that a test turns by hand: time stands still until it is advanced. Only for tests of the simulator.
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { createDueHeap } from "./due-heap.ts";

export interface ManualClock extends Clock {
  /** Moves time on, running every timer that becomes due, in order. */
  advance(ms: number): void;
}

export function createManualClock(startAt = Date.UTC(2026, 0, 5, 12)): ManualClock {
  const timers = createDueHeap<{ callback: (() => void) | undefined }>();
  let now = startAt;
  const after: Clock["after"] = (delayMs, callback) => {
    const timer: { callback: (() => void) | undefined } = { callback };
    timers.add(now + delayMs, timer);
    return () => {
      timer.callback = undefined;
    };
  };
  return {
    now: () => now,
    monotonic: () => now - startAt,
    after,
    soon: systemClock.soon,
    sleep: (delayMs, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const cancel = after(delayMs, resolve);
        signal?.addEventListener("abort", () => (cancel(), resolve()), { once: true });
      }),
    advance: (ms) => {
      const until = now + ms;
      for (let due = timers.take(until); due; due = timers.take(until)) {
        now = Math.max(now, due.at);
        due.item.callback?.();
      }
      now = until;
    },
  };
}
