// How long what was forgotten is barred from coming back by an event that is late. Pure.

/** EventBridge tries for a day to hand an event over: so late may something be that is told of what has ended. */
const lateMs = 24 * 3_600_000;

/**
 * Until when no event may bring back what has been known to be over for `ageMs`. What is sent to us later than the
 * retention after it was said is believed by nobody, and neither is it sent later than a day: 0 when both are over.
 */
export function endOfBan(ageMs: number, retentionMs: number, now: number): number {
  const leftMs = Math.max(lateMs, retentionMs) - ageMs;
  return leftMs > 0 ? now + leftMs : 0;
}
