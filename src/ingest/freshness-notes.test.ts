// Freshness of clusters: at once, then seldom, never lost, and never an error of the consumer.
import { describe, expect, it } from "vitest";
import type { Clock } from "../clock.ts";
import type { Freshness } from "../store/store.ts";
import { testCluster } from "../testing/entities.ts";
import { createFreshnessNotes } from "./freshness-notes.ts";

function setUp() {
  const timers: (() => void)[] = [];
  const clock: Pick<Clock, "after"> = {
    after: (_, callback) => {
      timers.push(callback);
      return () => void timers.splice(timers.indexOf(callback), 1);
    },
  };
  const written: Freshness[] = [];
  const state = { fails: false };
  const store = {
    noteFreshness: async (_: string, facts: Freshness) => {
      if (state.fails) throw new Error("away");
      written.push(facts);
    },
  };
  const notes = createFreshnessNotes(store, clock);
  const pass = async () => {
    for (const callback of timers.splice(0)) callback();
    await notes.flush();
  };
  return { notes, written, state, timers, pass };
}

describe("createFreshnessNotes", () => {
  it("writes the first at once and the rest joined after a pause", async () => {
    const { notes, written, timers } = setUp();
    notes.note(testCluster, { lastEventAt: 100, eventLagsMs: [5] });
    expect(written).toHaveLength(1);
    notes.note(testCluster, { lastEventAt: 300, eventLagsMs: [9] });
    notes.note(testCluster, { lastEventAt: 200, eventLagsMs: [] });
    expect(written).toHaveLength(1);
    timers.splice(0).forEach((callback) => callback());
    expect(written).toEqual([
      { lastEventAt: 100, eventLagMs: 5, eventLagP50Ms: 5 },
      { lastEventAt: 300, eventLagMs: 9, eventLagP50Ms: 5 },
    ]);
    await notes.flush();
    expect(timers).toEqual([]);
  });

  it("tells the median of the last 500 events, and the longest since the last note", async () => {
    const { notes, written, pass } = setUp();
    notes.note(testCluster, { eventLagsMs: [900, 900, 900] });
    const lags = Array.from({ length: 500 }, (_, at) => at + 1);
    notes.note(testCluster, { eventLagsMs: lags.toReversed() });
    await pass();
    expect(written.at(-1)).toMatchObject({ eventLagMs: 500, eventLagP50Ms: 250 });
    notes.note(testCluster, { eventLagsMs: [7] });
    await pass();
    expect(written.at(-1)).toMatchObject({ eventLagMs: 7, eventLagP50Ms: 249 });
  });

  it("writes what waits when it is flushed", async () => {
    const { notes, written, timers } = setUp();
    notes.note(testCluster, { lastEventAt: 100, eventLagsMs: [5] });
    notes.note(testCluster, { lastEventAt: 200, eventLagsMs: [6] });
    await notes.flush();
    expect(written.at(-1)).toEqual({ lastEventAt: 200, eventLagMs: 6, eventLagP50Ms: 5 });
    expect(timers).toEqual([]);
  });

  it("keeps what a store that is away did not take", async () => {
    const { notes, written, state, pass } = setUp();
    state.fails = true;
    notes.note(testCluster, { lastEventAt: 100, eventLagsMs: [5] });
    await pass();
    state.fails = false;
    await pass();
    expect(written).toEqual([{ lastEventAt: 100, eventLagMs: 5, eventLagP50Ms: 5 }]);
  });
});
