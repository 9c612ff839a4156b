// Long work in steps, so that the one thread answers pings, health checks and leases between them.
import { turnOf } from "../clock.ts";
import type { Clock } from "../clock.ts";

/** Work that stops after every few milliseconds of it; at its end it has a result. */
export type Steps<Result = void> = Generator<undefined, Result>;

/** All steps now, for what is small or must not be seen half done. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Lets everything else run between two steps. undefined when aborted: the work is left where it was. */
export async function inTurns<Result>(
  steps: Steps<Result>,
  clock: Clock,
  signal: AbortSignal,
): Promise<Result | undefined> {
  while (!signal.aborted) {
    const { done, value } = steps.next();
    if (done) return value;
    await turnOf(clock);
  }
  return undefined;
}
