// Ages, durations, and what is worst.
import { expect, it } from "vitest";
import { exactDuration, shownAge, shownDuration, since, worstFreshness } from "./derive.ts";

it("says since when a task has its status", () => {
  const times = { createdAt: "1", startedAt: "2", stoppingAt: "3", stoppedAt: "4" };
  const of = (lastStatus: string, more = times) => since({ ...more, lastStatus });
  expect(["PENDING", "RUNNING", "DEACTIVATING", "STOPPED"].map((status) => of(status))).toEqual([
    "1",
    "2",
    "3",
    "4",
  ]);
  const early = { createdAt: "1", startedAt: null, stoppingAt: null, stoppedAt: null };
  expect(since({ ...early, lastStatus: "RUNNING" })).toBe("1");
});

it("shows the newest event's lag and the oldest comparison", () => {
  const fresh = {
    lastEventAt: "2",
    eventLagMs: 5,
    eventLagP50Ms: null,
    lastReconciledAt: "9",
    driftRepaired: 1,
    problem: null,
  };
  const stale = {
    lastEventAt: "1",
    eventLagMs: 50,
    eventLagP50Ms: null,
    lastReconciledAt: "8",
    driftRepaired: 2,
    problem: "throttled",
  };
  expect(worstFreshness([fresh, stale])).toEqual({
    lastEventAt: "2",
    eventLagMs: 5,
    eventLagP50Ms: null,
    lastReconciledAt: "8",
    driftRepaired: 3,
    problem: "throttled",
  });
  expect(
    worstFreshness([fresh, { ...stale, lastReconciledAt: null }])?.lastReconciledAt,
  ).toBeNull();
  expect(worstFreshness([])).toBeUndefined();
});

it("shows durations in one unit, or in two where it matters", () => {
  expect([-5, 999, 59_999, 60_000, 3_600_000, 200_000_000].map(shownDuration)).toEqual([
    "0 s",
    "0 s",
    "59 s",
    "1 min",
    "1 h",
    "2 d",
  ]);
  expect([340, 4234, 192_000, 18_240_000, 266_400_000].map(exactDuration)).toEqual([
    "340 ms",
    "4.2 s",
    "3 min 12 s",
    "5 h 4 min",
    "3 d 2 h",
  ]);
  expect(shownAge(null, 0)).toBeUndefined();
  expect(shownAge("no time", 0)).toBeUndefined();
});
