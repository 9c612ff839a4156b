// Quarantined messages are read again on request, by the same reading as all others, on a real Redis.
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { systemClock } from "../clock.ts";
import { createLog } from "../log.ts";
import { systemRandom } from "../random.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { fixtureBody } from "../testing/fixtures.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { trackOnly } from "./batch.ts";
import { newCounters } from "./counters.ts";
import { replayQuarantined } from "./replays.ts";

const cluster = "arn:aws:ecs:eu-central-1:480215739602:cluster/lantern";
let redis: TestRedis;
let store: StateStore;

beforeAll(async () => {
  redis = await testRedis();
  store = openRedisStore({
    url: redis.url,
    name: "replays",
    clock: systemClock,
    random: systemRandom,
  });
  await vi.waitFor(() => store.ping(), { timeout: 10_000, interval: 10 });
});
afterAll(async () => {
  await store.close();
  await redis.stop();
});

it("stores what can be read by now, and keeps the rest with the new reason", async () => {
  const at = systemClock.now() - 60_000;
  const keep = (messageId: string, body: string) =>
    store.quarantine({ messageId, body, reason: "an older Longshore could not", at });
  await keep("good", fixtureBody("task-fargate-running"));
  await keep("bad", "not JSON");
  await keep("not asked for", fixtureBody("task-external-running"));
  const stop = new AbortController();
  const counters = newCounters();
  const running = replayQuarantined(
    {
      store,
      clock: systemClock,
      random: systemRandom,
      log: createLog("test", "silent"),
      tracks: trackOnly([]),
      counters,
      onInstances: () => {},
      onTaskDefinitions: () => {},
    },
    stop.signal,
  );
  expect(await store.askForReplay(["good", "bad", "unknown"])).toEqual(["good", "bad"]);
  await vi.waitFor(
    async () => {
      const left = await store.quarantined(10);
      expect(left.map(({ messageId }) => messageId).toSorted()).toEqual(["bad", "not asked for"]);
      expect(left.find(({ messageId }) => messageId === "bad")?.reason).toBe("not JSON");
    },
    { timeout: 10_000, interval: 20 },
  );
  stop.abort();
  await running;
  const bad = (await store.quarantined(10)).find(({ messageId }) => messageId === "bad");
  expect(bad).toMatchObject({ at, body: "not JSON", isWhole: true });
  expect(bad?.replayedAt).toBeGreaterThan(at);
  expect(await store.replaysAsked(10)).toEqual([]);
  expect((await store.records(cluster, "t")).size).toBe(1);
  expect(counters.applied).toBe(1);
});
