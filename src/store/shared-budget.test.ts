// The shared budget, on real Redis and on the model of it: several processes together never get more than the rate,
// urgent callers come first, throttling slows everybody down, and a Redis that is away stops nobody for good.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { systemRandom } from "../random.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import { storeServers } from "../testing/store-servers.ts";
import type { StoreServer } from "../testing/store-servers.ts";
import { openRedisStore } from "./redis-store.ts";
import { createSharedBudget, ourRates } from "./shared-budget.ts";
import type { Urgency } from "./shared-budget.ts";
import type { StateStore } from "./store.ts";

const scope = { account: "111122223333", region: "" };
let round = 0;
const startOfTime = 1_700_000_000_000;

type HandClock = Clock & { advance(ms: number): Promise<void> };

/** A clock whose sleepers wake when the test moves time, the server's with it. */
function handClock(onAdvance: (now: number) => Promise<void>): HandClock {
  let now = startOfTime;
  const sleepers = new Set<{ until: number; wake: () => void }>();
  const after = (delayMs: number, wake: () => void) => {
    const sleeper = { until: now + delayMs, wake };
    sleepers.add(sleeper);
    return () => void sleepers.delete(sleeper);
  };
  return {
    now: () => now,
    monotonic: () => now,
    after,
    soon: systemClock.soon,
    sleep: (delayMs, signal) =>
      new Promise((resolve) => {
        const cancel = after(delayMs, resolve);
        signal?.addEventListener("abort", () => (cancel(), resolve()), { once: true });
      }),
    advance: async (ms) => {
      now += ms;
      await onAdvance(now);
      for (const sleeper of sleepers)
        if (sleeper.until <= now) {
          sleepers.delete(sleeper);
          sleeper.wake();
        }
    },
  };
}

const rates = { ...ourRates, resourceReads: { burst: 20, perSecond: 10 } };

/** Everything that can be asked of Redis at this time was asked and answered. */
async function settled(...callers: { store: StateStore }[]): Promise<void> {
  for (let turn = 0; turn < 5; turn++) for (const { store } of callers) await store.ping();
}

describe.each(storeServers)("a budget shared through %s", (_name, start) => {
  let server: StoreServer;

  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    scope.region = `eu-test-${++round}`;
    await server.setTime(startOfTime);
  });

  /** A process with `count` calls to make; says how many it was let make. */
  async function caller(clock: Clock, urgency: Urgency) {
    const store = await server.open({ clock });
    const calls = createSharedBudget({ store, clock, urgency, rates }).of(scope, "resourceReads");
    let made = 0;
    return {
      store,
      calls,
      want: (count: number) => {
        for (let index = 0; index < count; index++) void calls.take().then(() => made++);
      },
      made: () => made,
    };
  }

  test("two processes share one bucket and one refill", async () => {
    const clock = handClock(server.setTime);
    const [one, two] = [await caller(clock, "urgent"), await caller(clock, "urgent")];
    one.want(100);
    two.want(100);
    await settled(one, two);
    expect(one.made() + two.made()).toBe(20);
    for (let second = 1; second <= 5; second++) {
      // In steps: a process that found nothing looks again within a second.
      for (let step = 0; step < 10; step++) {
        await clock.advance(100);
        await settled(one, two);
      }
      expect(one.made() + two.made()).toBeLessThanOrEqual(20 + 10 * second);
      expect(one.made() + two.made()).toBeGreaterThanOrEqual(20 + 10 * second - 1);
    }
    expect(Math.min(one.made(), two.made())).toBeGreaterThan(0);
  });

  test("reconcile leaves the scheduler a part of every bucket", async () => {
    const clock = handClock(server.setTime);
    const [scheduler, reconcile] = [
      await caller(clock, "urgent"),
      await caller(clock, "background"),
    ];
    reconcile.want(100);
    await settled(reconcile);
    expect(reconcile.made()).toBe(15);
    scheduler.want(5);
    await settled(scheduler, reconcile);
    expect(scheduler.made()).toBe(5);
    // What comes in belongs to the scheduler until its part is full again.
    await clock.advance(400);
    await settled(scheduler, reconcile);
    expect(reconcile.made()).toBe(15);
  });

  test("throttling halves the rate for everybody, and passes", async () => {
    const clock = handClock(server.setTime);
    const [one, two] = [await caller(clock, "urgent"), await caller(clock, "urgent")];
    one.calls.throttled();
    one.calls.throttled();
    await settled(one);
    two.want(100);
    const madeIn = async (seconds: number) => {
      const before = two.made();
      for (let step = 0; step < seconds * 10; step++) {
        await clock.advance(100);
        await settled(two);
      }
      return two.made() - before;
    };
    expect(await madeIn(4)).toBe(20);
    await clock.advance(26_000);
    await settled(two);
    const [bucket] = (await one.store.buckets()).filter(({ region }) => region === scope.region);
    expect(bucket).toMatchObject({ callClass: "resourceReads", throttled: 2, calls: two.made() });
    expect(bucket?.waits).toBeGreaterThan(0);
    expect(await madeIn(2)).toBeGreaterThanOrEqual(20);
  });

  test.each([-3_600_000, 3_600_000])(
    "a clock of Redis that was %i ms off when ECS throttled a call slows nobody for longer",
    async (offMs) => {
      const clock = handClock(server.setTime);
      const one = await caller(clock, "urgent");
      await server.setTime(clock.now() + offMs);
      one.calls.throttled();
      one.want(1);
      await settled(one);
      await server.setTime(clock.now());
      for (let step = 0; step < 2; step++) {
        await clock.advance(1000);
        await settled(one);
      }
      expect(one.made()).toBe(1);
      // What comes to be throttled now counts, whatever was noted.
      one.calls.throttled();
      await settled(one);
      one.want(100);
      const madeIn = async (seconds: number) => {
        const before = one.made();
        for (let step = 0; step < seconds * 10; step++) {
          await clock.advance(100);
          await settled(one);
        }
        return one.made() - before;
      };
      expect(await madeIn(4)).toBe(20);
      await clock.advance(26_000);
      expect(await madeIn(2)).toBeGreaterThanOrEqual(20);
    },
  );

  test("a call that is given up does not wait on, and the others do", async () => {
    const clock = handClock(server.setTime);
    const one = await caller(clock, "urgent");
    one.want(20);
    await settled(one);
    const stop = new AbortController();
    const given = one.calls.take(stop.signal);
    one.want(1);
    await settled(one);
    stop.abort(new Error("stopping"));
    await expect(given).rejects.toThrow("stopping");
    await clock.advance(200);
    await until("the other call", () => (one.made() === 21 ? true : undefined));
  });
});

test("while Redis is away each process has a small budget of its own", async () => {
  const away = await testRedis({ appendonly: false });
  const store = openRedisStore({
    url: away.url,
    name: "budget",
    clock: systemClock,
    random: systemRandom,
  });
  await until("Redis", () => store.ping().then(() => true as const));
  const calls = createSharedBudget({ store, clock: systemClock, urgency: "urgent", rates }).of(
    scope,
    "resourceReads",
  );
  away.pause();
  let made = 0;
  for (let index = 0; index < 20; index++) void calls.take().then(() => made++);
  await until("its own tokens", () => (made >= 5 ? true : undefined));
  expect(made).toBeLessThan(20);
  await away.stop();
  await until("more of them", () => (made >= 7 ? true : undefined));
  await store.close();
});
