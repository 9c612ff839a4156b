// How a loop waits out an outage: pauses that grow and differ, few words, and nothing left of it afterwards.
import { describe, expect, it } from "vitest";
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { createLog } from "../log.ts";
import { seededRandom } from "../random.ts";
import { Outage } from "./outage.ts";

const forever = new AbortController().signal;

function setUp(seed: number) {
  const pauses: number[] = [];
  const written: string[] = [];
  const clock: Clock = {
    ...systemClock,
    sleep: async (delayMs) => void pauses.push(delayMs),
  };
  const stream = Object.assign(Object.create(process.stdout), {
    isTTY: false,
    write: (line: string) => written.push(line),
  });
  const log = createLog("test", "info", stream);
  return {
    pauses,
    written,
    outage: new Outage({ clock, log, random: seededRandom(seed) }, "trying"),
  };
}

describe("Outage", () => {
  it("pauses for ever longer up to ten seconds, each time by another share", async () => {
    const { pauses, outage } = setUp(1);
    for (let attempt = 0; attempt < 12; attempt++) await outage.wait("away", forever);
    for (const [attempt, pause] of pauses.entries()) {
      const longest = Math.min(100 * 2 ** attempt, 10_000);
      expect(pause).toBeGreaterThanOrEqual(longest / 2);
      expect(pause).toBeLessThan(longest);
    }
    const other = setUp(2);
    await other.outage.wait("away", forever);
    expect(other.pauses[0]).not.toBe(pauses[0]);
  });

  it("says each reason once, and once that it is over", async () => {
    const { written, outage } = setUp(1);
    for (const reason of ["away", "refused", "away", "refused"]) await outage.wait(reason, forever);
    outage.over();
    outage.over();
    expect(written.filter((line) => line.includes("trying fails"))).toHaveLength(2);
    expect(written.filter((line) => line.includes("trying works again"))).toHaveLength(1);
    expect(outage.attempts).toBe(0);
    await outage.wait("away", forever);
    expect(written.filter((line) => line.includes("trying fails"))).toHaveLength(3);
  });

  it("shares one pause among loops that fail at the same time", async () => {
    const { pauses, outage } = setUp(1);
    await Promise.all(Array.from({ length: 20 }, () => outage.wait("away", forever)));
    expect(pauses).toHaveLength(1);
    expect(outage.attempts).toBe(1);
  });
});
