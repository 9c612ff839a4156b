// How old the oldest message is said to be: what receives have seen, and without any since when messages wait.
import { describe, expect, it } from "vitest";
import { systemClock } from "../clock.ts";
import { createLog } from "../log.ts";
import type { Queue, QueueDepth } from "../sqs/queue.ts";
import type { QueueFacts } from "../store/store.ts";
import { newCounters } from "./counters.ts";
import { oldestWaiting, watchPace } from "./pace.ts";

const at = Date.UTC(2026, 10, 2, 10);
const depth = (visible: number, inFlight = 0): QueueDepth => ({ visible, inFlight, delayed: 0 });
const noted = (agoMs: number, oldestMessageAgeMs: number, of: QueueDepth): QueueFacts => ({
  name: "events",
  ...of,
  oldestMessageAgeMs,
  at: at - agoMs,
});

describe("the oldest message", () => {
  it.each([
    ["none in an empty queue", noted(15_000, 9000, depth(3)), at - 1000, depth(0), undefined],
    ["the oldest that was received", noted(15_000, 90_000, depth(3)), at - 50, depth(3), at - 50],
    [
      "older while none is received",
      noted(15_000, 9000, depth(3)),
      undefined,
      depth(9),
      at - 24_000,
    ],
    ["one that came by now, where nobody knows", undefined, undefined, depth(148), at],
    ["the same behind an empty queue", noted(15_000, 0, depth(0)), undefined, depth(148), at],
    [
      "there since it was seen first",
      noted(15_000, 0, depth(148)),
      undefined,
      depth(300),
      at - 15_000,
    ],
    [
      "unknown where all are in hand",
      noted(15_000, 0, depth(0, 2)),
      undefined,
      depth(0, 2),
      undefined,
    ],
  ])("is %s", (_, before, received, now, oldest) => {
    expect(oldestWaiting(before, received, now, at)).toBe(oldest);
  });
});

/** Workers on one queue and one store, whose time is passed by their pauses. */
function setUp(depths: (minute: number) => QueueDepth) {
  const state = { now: at };
  const notes = new Map<string, QueueFacts>();
  const store = {
    queues: async () => [...notes.values()],
    noteQueue: async (facts: QueueFacts) => void notes.set(facts.name, facts),
    noteWorker: async () => {},
    removeWorker: async () => {},
  };
  const queue = {
    name: "events",
    depth: async () => depths((state.now - at) / 60_000),
  } as unknown as Queue;
  const log = createLog("test", "silent");
  const counters = newCounters();
  /** Lets one worker watch for so long. */
  async function watch(minutes: number, onPause = () => {}): Promise<number> {
    const stop = new AbortController();
    const until = state.now + minutes * 60_000;
    const clock = {
      ...systemClock,
      now: () => state.now,
      sleep: async (ms: number) => {
        state.now += ms;
        onPause();
        if (state.now > until) stop.abort();
      },
    };
    const about = { queue, store, clock, log, counters, worker: "w", reconcileMs: 1 };
    await watchPace(about, stop.signal);
    return (notes.get("events")?.oldestMessageAgeMs ?? 0) / 60_000;
  }
  return { watch, counters, state, notes };
}

describe("a worker that cannot receive", () => {
  it("tells that messages wait for ever longer, from its start on and across another start", async () => {
    const { watch } = setUp((minute) => depth(148 + 100 * minute));
    expect(await watch(4)).toBeCloseTo(4, 0);
    expect(await watch(3)).toBeCloseTo(7, 0);
  });

  it("does so from when an empty queue is not empty any more", async () => {
    const { watch } = setUp((minute) => (minute < 2 ? depth(0) : depth(5)));
    expect(await watch(8)).toBeCloseTo(6, 0);
  });

  it("takes another's word for a queue that is never empty and always read", async () => {
    const { watch, notes, state } = setUp(() => depth(3, 7));
    const anotherOne = () =>
      notes.set("events", {
        name: "events",
        ...depth(3, 7),
        oldestMessageAgeMs: 200,
        at: state.now,
      });
    expect(await watch(10, anotherOne)).toBeLessThan(0.5);
  });
});

it("a queue that is read again is as old as what was received", async () => {
  const { watch, counters, state } = setUp(() => depth(5, 5));
  expect(await watch(6)).toBeCloseTo(6, 0);
  const receive = () => (counters.oldestSentAt = state.now - 1000);
  expect(await watch(1, receive)).toBeLessThan(0.5);
});
