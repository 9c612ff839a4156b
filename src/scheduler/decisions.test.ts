// The history of a daemon on a real Redis: bounded, newest first, and closed to a scheduler that was deposed.
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { decisionsMax } from "../daemon/decision.ts";
import { systemRandom } from "../random.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { createCauses } from "./causes.ts";
import { newSchedulerCounters } from "./counters.ts";
import { createDecisions } from "./decisions.ts";

const clock = systemClock;
let redis: TestRedis;
let store: StateStore;

beforeAll(async () => {
  redis = await testRedis({ appendonly: false });
  store = openRedisStore({ url: redis.url, name: "test", clock, random: systemRandom });
  await until("Redis", () => store.ping().then(() => true as const));
});
afterAll(async () => {
  await store.close();
  await redis.stop();
});

async function lease(holder: string): Promise<string> {
  const taken = await store.takeLease(testCluster, "schedule", holder, 60_000);
  if (!taken.held) throw new Error(`held by ${taken.holder}`);
  return taken.lease;
}

function decisionsUnder(held: () => string | undefined) {
  const lines: string[] = [];
  const counters = newSchedulerCounters();
  const log = pino({ level: "info" }, { write: (line) => void lines.push(line) });
  return {
    lines,
    decisions: createDecisions({
      store,
      cluster: testCluster,
      clock,
      log,
      held,
      counters,
      causes: createCauses(),
      random: systemRandom,
    }),
  };
}

const start = (reason: string) => ({ type: "START", reason, task: "t" }) as const;
const reasons = async (name: string) =>
  (await store.decisions(testCluster, name, 2000)).map(({ reason }) => reason);

test("what is noted is in the log and in the history, newest first, the last thousand", async () => {
  const mine = await lease("one");
  const { lines, decisions } = decisionsUnder(() => mine);
  for (let at = 0; at < decisionsMax + 20; at++)
    decisions.note({ name: "lamp", revision: 3 }, start(`${at}`));
  decisions.note({ name: "horn", revision: 1 }, { type: "REFUSE", reason: "AGENT" });
  await decisions.written();
  expect(lines).toHaveLength(decisionsMax + 21);
  expect(lines.at(-1)).toContain("AGENT");
  expect(await reasons("lamp")).toEqual(
    Array.from({ length: decisionsMax }, (_, index) => `${decisionsMax + 19 - index}`),
  );
  const [newest] = await store.decisions(testCluster, "lamp", 1);
  expect(newest).toMatchObject({ type: "START", revision: 3, task: "t" });
  expect(await reasons("horn")).toEqual(["AGENT"]);
  await store.releaseLease(testCluster, "schedule", mine);
});

test("a deposed scheduler adds nothing, and one without a lease says nothing", async () => {
  const first = await lease("one");
  const deposed = decisionsUnder(() => first);
  deposed.decisions.note({ name: "bell", revision: 1 }, start("while it led"));
  await deposed.decisions.written();
  await store.releaseLease(testCluster, "schedule", first);
  const second = await lease("two");
  deposed.decisions.note({ name: "bell", revision: 1 }, start("too late"));
  await deposed.decisions.written();
  const idle = decisionsUnder(() => undefined);
  idle.decisions.note({ name: "bell", revision: 1 }, start("never led"));
  await idle.decisions.written();
  expect(idle.lines).toEqual([]);
  expect(await reasons("bell")).toEqual(["while it led"]);
  await store.releaseLease(testCluster, "schedule", second);
});
