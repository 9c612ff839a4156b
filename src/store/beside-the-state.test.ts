// What the store keeps beside the state of clusters, on a real Redis and on the model of it: quarantine, event history,
// facts of ingest.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../clock.ts";
import { aTask, testCluster } from "../testing/entities.ts";
import { storeServers } from "../testing/store-servers.ts";
import type { StoreServer } from "../testing/store-servers.ts";
import { everyMinute, historyMinutes } from "./history.ts";
import type { HistoryMinute } from "./history.ts";
import { observeTask } from "./record.ts";
import { createRedisClock } from "./redis-clock.ts";
import type { StateStore, WorkerFacts } from "./store.ts";

const now = 1_800_000_000_000;

describe.each(storeServers)("beside the state, on %s", (_name, start) => {
  let server: StoreServer;
  let store: StateStore;

  beforeAll(async () => {
    server = await start();
    store = await server.open();
  });
  afterAll(() => server.stop());
  beforeEach(() => server.wipe());

  it("keeps the newest unreadable messages, bounded", async () => {
    for (let at = 0; at < 1100; at += 100)
      await Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          store.quarantine({
            messageId: `m${at + n}`,
            reason: "not JSON",
            body: "?",
            at: now + at + n,
          }),
        ),
      );
    const kept = await store.quarantined(5000);
    expect(kept).toHaveLength(1000);
    expect(kept[0]).toEqual({
      messageId: "m1099",
      reason: "not JSON",
      body: "?",
      isWhole: true,
      at: now + 1099,
    });
    expect(kept.at(-1)?.messageId).toBe("m100");
    expect(await store.quarantinedCount()).toBe(1000);
  });

  it("bounds unreadable messages in bytes, and keeps of a huge one what says what it is", async () => {
    const bodies = Array.from({ length: 80 }, (_, at) => String(at % 10).repeat(500_000));
    for (const [at, body] of bodies.entries())
      await store.quarantine({ messageId: `big${at}`, reason: "not JSON", body, at: now + at });
    const kept = await store.quarantined(5000);
    expect(kept.length).toBeLessThan(70);
    expect(kept.length).toBeGreaterThan(60);
    expect(kept[0]?.messageId).toBe("big79");
    const body = "x".repeat(1_000_000);
    await store.quarantine({ messageId: "huge", reason: "not JSON", body, at: now + 100 });
    const [huge] = await store.quarantined(1);
    expect(huge?.isWhole).toBe(false);
    expect(await store.askForReplay(["huge", "big79", "nobody"])).toEqual(["big79"]);
    expect((await store.replaysAsked(10)).map(({ messageId }) => messageId)).toEqual(["big79"]);
    const count = await store.quarantinedCount();
    const all = [...kept.map(({ messageId }) => messageId), "huge", "nobody"];
    expect(await store.removeQuarantined(all)).toHaveLength(count);
    expect(await store.replaysAsked(10)).toEqual([]);
    expect(await store.quarantinedCount()).toBe(0);
  });

  it("keeps each cluster event once, newest first, bounded", async () => {
    const event = (at: number) => ({
      id: `e${at}`,
      clusterArn: testCluster,
      detailType: "ECS Service Action",
      eventName: "SERVICE_STEADY_STATE",
      resources: [],
      at: now + at,
    });
    await store.addEvents(testCluster, [event(1), event(2)]);
    await store.addEvents(testCluster, [event(2), event(1), event(3)]);
    // The same event, told in other words.
    expect(await store.addEvents(testCluster, [{ ...event(3), reason: "again" }])).toBe(0);
    expect((await store.events(testCluster, 10)).map(({ id }) => id)).toEqual(["e3", "e2", "e1"]);
    expect((await store.events(testCluster, 1))[0]?.reason).toBeUndefined();
    // What is only told of does not make a cluster known.
    expect(await store.clusters()).not.toContain(testCluster);
    await store.addEvents(
      testCluster,
      Array.from({ length: 1200 }, (_, at) => event(at)),
    );
    const kept = await store.events(testCluster, 5000);
    expect(kept).toHaveLength(1000);
    expect(kept[0]?.id).toBe("e1199");
    await store.trimEvents(testCluster, now + 1190);
    expect((await store.events(testCluster, 5000)).at(-1)?.id).toBe("e1190");
    expect(await store.events(testCluster, 5000)).toHaveLength(10);
    await store.addEvents(testCluster, [event(5)]);
    await store.trimEvents(testCluster, now + 1190);
    expect(await store.events(testCluster, 5000)).toHaveLength(10);
  });

  it("keeps freshness facts and clears a problem that is over", async () => {
    await store.noteFreshness(testCluster, { lastEventAt: 5, eventLagMs: 7, driftRepaired: 2 });
    await store.noteFreshness(testCluster, { driftRepaired: 3, reconcileProblem: "no permission" });
    expect(await store.freshness(testCluster)).toEqual({
      lastEventAt: 5,
      eventLagMs: 7,
      eventLagP50Ms: undefined,
      driftRepaired: 5,
      lastReconciledAt: undefined,
      reconcileProblem: "no permission",
    });
    await store.noteFreshness(testCluster, { lastReconciledAt: 9 });
    expect((await store.freshness(testCluster)).reconcileProblem).toBeUndefined();
  });

  it("lets several workers note the newest event, whoever comes last", async () => {
    await store.noteFreshness(testCluster, { lastEventAt: 9, eventLagMs: 1, eventTimeLagMs: 4 });
    await store.noteFreshness(testCluster, { lastEventAt: 5, eventLagMs: 7 });
    const { lastEventAt, eventLagMs, eventTimeLagMs } = await store.freshness(testCluster);
    expect([lastEventAt, eventLagMs, eventTimeLagMs]).toEqual([9, 7, 4]);
  });

  it("keeps a day of minutes: lags, drift and what tasks did since the note before", async () => {
    const task = (id: string, lastStatus: string, version: string) =>
      observeTask(aTask(id, "a", { lastStatus, version, ...failed(lastStatus) }), "event", time);
    const failed = (status: string) =>
      status === "STOPPED" ? { stopCode: "TaskFailedToStart" } : {};
    let time = now;
    const timed = await server.open({ clock: { ...systemClock, now: () => time } });
    await timed.apply(testCluster, [task("1", "RUNNING", "1"), task("2", "PENDING", "1")]);
    await timed.noteFreshness(testCluster, { eventLagMs: 30, eventLagP50Ms: 12 });
    await timed.apply(testCluster, [task("1", "STOPPED", "2")]);
    await timed.noteFreshness(testCluster, { eventLagMs: 20, eventLagP50Ms: 9 });
    await timed.noteFreshness(testCluster, { driftRepaired: 2 });
    time += 60_000;
    await timed.noteFreshness(testCluster, { driftRepaired: 1 });
    const none = { eventLagMs: undefined, eventLagP50Ms: undefined };
    const quiet = { starts: 0, stops: 0, failures: 0, ...none };
    const tasks = { pending: 1, running: 0, stopping: 0, stopped: 1 };
    const lags = { eventLagMs: 30, eventLagP50Ms: 9 };
    const first = { ...tasks, starts: 1, stops: 1, failures: 1, ...lags, drift: 2 };
    expect(await timed.history(testCluster)).toEqual([
      { at: now, ...first },
      { at: now + 60_000, ...tasks, ...quiet, drift: 1 },
    ]);
    time = now + (historyMinutes + 1) * 60_000;
    // It comes to the place of the second minute, and the first is a day ago.
    await timed.noteFreshness(testCluster, {});
    expect(await timed.history(testCluster)).toEqual([{ at: time, ...tasks, ...quiet, drift: 0 }]);
  });

  it("tells what workers said of themselves, and forgets the dead ones", async () => {
    const facts = (id: string, at: number): WorkerFacts => ({
      id,
      queue: "longshore",
      startedAt: now,
      at,
      reconcileMs: 300_000,
      received: 7,
      applied: 3,
      unchanged: 2,
      clusterEvents: 1,
      ignored: { "other source": 1 },
      rejected: 0,
      pollers: 4,
      stores: 2,
      storingMs: 5,
    });
    await store.noteWorker(facts("a", now));
    await store.noteWorker(facts("b", now + 1000));
    expect((await store.workers()).toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
      facts("a", now),
      facts("b", now + 1000),
    ]);
    await store.noteWorker(facts("c", now + 2 * 3_600_000));
    expect((await store.workers()).map(({ id }) => id)).toEqual(["c"]);
    await store.removeWorker("c");
    expect(await store.workers()).toEqual([]);
  });

  it("tells Redis's time on a machine whose clock is hours off", async () => {
    const wrong = { ...systemClock, now: () => systemClock.now() - 5 * 3_600_000 };
    const clock = createRedisClock(wrong);
    const stop = new AbortController();
    expect(systemClock.now() - clock.now()).toBeGreaterThan(4 * 3_600_000);
    await clock.follow(store.time, stop.signal);
    expect(Math.abs(systemClock.now() - clock.now())).toBeLessThan(1000);
    stop.abort();
  });
});

describe("everyMinute", () => {
  const noted = (at: number, running: number): HistoryMinute => ({
    at: at * 60_000,
    pending: 0,
    running,
    stopping: 0,
    stopped: 0,
    starts: 1,
    stops: 1,
    failures: 1,
    eventLagMs: 5,
    eventLagP50Ms: 3,
    drift: 1,
  });
  const shown = (minutes: readonly HistoryMinute[]) =>
    minutes.map(({ at, running, starts, eventLagMs }) => [
      at / 60_000,
      running,
      starts,
      eventLagMs,
    ]);

  it("carries counts over minutes without a note, from before the first of them too", () => {
    const now = 10.5 * 60_000;
    expect(shown(everyMinute([noted(2, 7), noted(8, 9)], 4, now))).toEqual([
      [7, 7, 0, undefined],
      [8, 9, 1, 5],
      [9, 9, 0, undefined],
      [10, 9, 0, undefined],
    ]);
  });

  it("begins where the record does", () => {
    expect(shown(everyMinute([noted(9, 3)], 60, 10 * 60_000))).toEqual([
      [9, 3, 1, 5],
      [10, 3, 0, undefined],
    ]);
    expect(everyMinute([], 60, 60_000)).toEqual([]);
  });
});
