// The pool of pollers beside a simulated flow of messages: how many turns run at once.
import { describe, expect, it } from "vitest";
import { poll } from "./poller-pool.ts";
import type { Turn } from "./poller-pool.ts";

const full: Turn = { messages: 10, receivingMs: 10, storingMs: 1, failed: false };
const empty: Turn = { messages: 0, receivingMs: 20_000, storingMs: 0, failed: false };

/** Runs a pool whose turns yield to each other, until `stopAfter` turns have begun. */
async function run(max: number, stopAfter: number, turnAt: (turn: number) => Turn) {
  const stop = new AbortController();
  const pollers: number[] = [];
  let begun = 0;
  let now = 0;
  let most = 0;
  const atOnce: number[] = [];
  const turn = async (): Promise<Turn> => {
    const number = begun++;
    if (begun >= stopAfter) stop.abort();
    now++;
    most = Math.max(most, now);
    atOnce.push(now);
    await new Promise((resolve) => setImmediate(resolve));
    now--;
    return turnAt(number);
  };
  await poll({ max, turn, onPollers: (number) => pollers.push(number) }, stop.signal);
  return { pollers, most, atOnce, left: now };
}

describe("poll", () => {
  it("goes up to the most while receives are full", async () => {
    const { pollers, most, left } = await run(16, 500, () => full);
    expect(pollers).toEqual([4, 8, 16]);
    expect(most).toBe(16);
    expect(left).toBe(0);
  });

  it("comes down to the fewest when the queue is empty, and up again", async () => {
    const quiet = (turn: number) => turn > 200 && turn < 300;
    const { pollers, atOnce } = await run(16, 500, (turn) => (quiet(turn) ? empty : full));
    expect(pollers).toEqual([4, 8, 16, 4, 8, 16]);
    expect(Math.max(...atOnce.slice(230, 299))).toBeLessThanOrEqual(4);
  });

  it("goes on with few after failures", async () => {
    const { pollers, most } = await run(64, 100, () => ({ ...full, failed: true }));
    expect(pollers).toEqual([4]);
    expect(most).toBe(4);
  });
});
