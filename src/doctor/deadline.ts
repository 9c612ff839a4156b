// Gives one check its time and no more. Retries nothing.
import type { Clock } from "../clock.ts";

export const checkTimeoutMs = 5000;

/** A check did not end in its time. */
export class TimedOut extends Error {
  override readonly name = "TimedOut";

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs / 1000} s`);
  }
}

/** The result of `act`, or a {@link TimedOut} when it takes longer; `act` is told by the signal and not waited for. */
export async function within<T>(
  clock: Clock,
  act: (signal: AbortSignal) => Promise<T>,
  timeoutMs = checkTimeoutMs,
): Promise<T> {
  const deadline = new AbortController();
  let cancel = () => {};
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(timeoutMs, () => {
      reject(new TimedOut(timeoutMs));
      deadline.abort();
    });
  });
  try {
    return await Promise.race([act(deadline.signal), late]);
  } finally {
    cancel();
  }
}
