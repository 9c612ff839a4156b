// Minutes of several clusters as one, newer ones in the place of older ones, and the tasks of now at their end.
import { describe, expect, it } from "vitest";
import {
  mergeMinutes,
  minuteMs,
  rangeOf,
  readHistory,
  sumMinutes,
  withTasksNow,
} from "./minutes.ts";
import type { Minute } from "./minutes.ts";

const minute = (number: number, rest: Partial<Minute> = {}): Minute => ({
  at: number * minuteMs,
  running: 1,
  pending: 0,
  stopping: 0,
  stopped: 0,
  starts: 1,
  stops: 0,
  failures: 0,
  eventLagMs: null,
  eventLagP50Ms: null,
  drift: 0,
  ...rest,
});

it("reads what the API answers", () => {
  const tasks = { running: 5, pending: 1, stopping: 2, stopped: 3 };
  const at = new Date(7 * minuteMs).toISOString();
  const history = [{ at, tasks, starts: 4, stops: 2, failures: 1, eventLagMs: null, drift: 0 }];
  expect(readHistory({ cluster: { history } })).toEqual([
    minute(7, { ...tasks, starts: 4, stops: 2, failures: 1 }),
  ]);
  expect(readHistory({ cluster: null })).toEqual([]);
});

describe("sumMinutes", () => {
  it("adds counts up and takes the longest lag", () => {
    const one = [minute(1, { eventLagMs: 5, eventLagP50Ms: 4 }), minute(2)];
    const two = [minute(2, { running: 3, drift: 2 }), minute(1, { eventLagMs: 9 })];
    expect(sumMinutes([one, two])).toEqual([
      minute(1, { running: 2, starts: 2, eventLagMs: 9, eventLagP50Ms: 4 }),
      minute(2, { running: 4, starts: 2, drift: 2 }),
    ]);
  });
});

it("takes newer minutes for older ones, and forgets what is too old", () => {
  const news = [minute(3, { starts: 7 }), minute(4)];
  const merged = mergeMinutes([minute(1), minute(2), minute(3)], news, 2 * minuteMs);
  expect(merged).toEqual([minute(2), minute(3, { starts: 7 }), minute(4)]);
});

it("ends with the tasks of now", () => {
  const counts = [
    { total: 10, running: 5, pending: 2, stopped: 1 },
    { total: 1, running: 1, pending: 0, stopped: 0 },
  ];
  const shown = withTasksNow([minute(1), minute(2)], counts);
  expect(shown).toEqual([
    minute(1),
    minute(2, { running: 6, pending: 2, stopping: 2, stopped: 1 }),
  ]);
  expect(withTasksNow([], counts)).toEqual([]);
});

it("tells the range of what was measured", () => {
  const minutes = [minute(1, { eventLagMs: 7 }), minute(2), minute(3, { eventLagMs: 3 })];
  expect(rangeOf(minutes, "eventLagMs")).toEqual({ min: 3, max: 7, last: 3 });
  expect(rangeOf([minute(1)], "eventLagMs")).toBeUndefined();
});
