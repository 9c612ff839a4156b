// When a process that ended is started again. Pure.

/** A process that ran this long was well: its next end counts as the first. */
const wellAfterMs = 30_000;
const firstDelayMs = 200;
const longestDelayMs = 10_000;

/** How many times in a row a process has ended soon, after one that ran for `ranMs`. */
export function failuresAfter(failures: number, ranMs: number): number {
  return ranMs >= wellAfterMs ? 1 : failures + 1;
}

/** The pause before the next start: doubles with each failure in a row, up to ten seconds. */
export function restartDelayMs(failures: number): number {
  return Math.min(firstDelayMs * 2 ** Math.max(0, failures - 1), longestDelayMs);
}
