// Keeps our calls below what ECS allows an account: a token bucket. Time comes from the clock alone.
import type { Clock } from "../clock.ts";

export interface RateBudget {
  /** Resolves when one more call may be made; at once when `signal` aborts. */
  take(signal?: AbortSignal): Promise<void>;
}

/** A bucket of `burst` calls that refills by `perSecond`. */
export function createRateBudget(clock: Clock, burst: number, perSecond: number): RateBudget {
  let tokens = burst;
  let filledAt = clock.monotonic();
  return {
    take: async (signal) => {
      const now = clock.monotonic();
      tokens = Math.min(burst, tokens + ((now - filledAt) * perSecond) / 1000);
      filledAt = now;
      // May go below zero: whoever comes later waits longer, so nobody overtakes.
      tokens -= 1;
      if (tokens < 0) await clock.sleep((-tokens * 1000) / perSecond, signal);
    },
  };
}
