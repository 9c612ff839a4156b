// How many pollers: up under load, down when idle, never beyond the limits, and settled when neither.
import { describe, expect, it } from "vitest";
import { fewestPollers, newRound, nextPollers } from "./pollers.ts";
import type { Round } from "./pollers.ts";

const max = 64;
const round = (rest: Partial<Round>): Round => ({ ...newRound, receivingMs: 100, ...rest });

describe("nextPollers", () => {
  it.each<[string, number, Partial<Round>, number | undefined]>([
    ["says nothing before each poller had its turn", 8, { receives: 7, messages: 70 }, undefined],
    ["doubles when receives come back full", 4, { receives: 4, messages: 40 }, 8],
    ["doubles when they come back mostly full", 4, { receives: 4, messages: 25 }, 8],
    ["stays when they come back half full", 8, { receives: 8, messages: 40 }, 8],
    ["halves when each brings about one", 16, { receives: 16, messages: 18 }, 8],
    ["goes to the fewest on an empty receive", 64, { receives: 1, sawEmpty: true }, 4],
    ["starts anew after a failure", 64, { receives: 2, messages: 20, failed: true }, 4],
    ["stops at the most", 64, { receives: 64, messages: 640 }, 64],
    ["stops at the most from below", 48, { receives: 48, messages: 480 }, 64],
    ["stops at the fewest", 4, { receives: 4, messages: 4 }, 4],
    ["does not raise while the store is slow", 8, { receives: 8, messages: 80, storingMs: 101 }, 8],
    ["raises while the store is quicker", 8, { receives: 8, messages: 80, storingMs: 99 }, 16],
  ])("%s", (_, pollers, rest, expected) => {
    expect(nextPollers({ pollers, max, round: round(rest) })).toBe(expected);
  });

  it("keeps to a most that is below its fewest", () => {
    expect(fewestPollers(2)).toBe(2);
    expect(nextPollers({ pollers: 2, max: 2, round: round({ receives: 2, messages: 2 }) })).toBe(2);
    expect(nextPollers({ pollers: 2, max: 2, round: round({ receives: 2, messages: 20 }) })).toBe(
      2,
    );
  });

  it.each([50, 300, 1000, 4000, 20_000])(
    "settles at %i messages a second of 20 ms turns",
    (perSecond) => {
      const turnSeconds = 0.02;
      let pollers = fewestPollers(max);
      const seen: number[] = [];
      for (let at = 0; at < 40; at++) {
        const messages = Math.min(pollers * 10, perSecond * turnSeconds);
        const next = nextPollers({ pollers, max, round: round({ receives: pollers, messages }) });
        pollers = next ?? pollers;
        seen.push(pollers);
      }
      expect(new Set(seen.slice(-20)).size).toBe(1);
      expect(pollers * 10).toBeGreaterThanOrEqual(Math.min(perSecond * turnSeconds, max * 10));
    },
  );
});
