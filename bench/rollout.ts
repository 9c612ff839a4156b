// What daemons cost on a large fleet: planning (see plan.ts), placing one on 5,000 container instances through real
// processes at ECS's own rates, and what an idle fleet costs in calls. The floor of placing is the fewest calls that the
// API allows, at the rate that the budget gives.
import { systemClock } from "../src/clock.ts";
import { startDaemonStory } from "../src/testing/daemon-story.ts";
import { until } from "../src/testing/longshore.ts";
import type { Row } from "./main.ts";
import { plan } from "./plan.ts";

const instances = 5000;
/** What the budget gives a second: 80 % of ECS's 40 writes. And at once: of its 100. */
const [writesPerSecond, writesAtOnce] = [32, 80];
const idleMs = 20_000;

async function measurePlacing(): Promise<Row[]> {
  const story = await startDaemonStory(
    { instances, tasks: 0, seed: 5, timings: { timeScale: 0.1 } },
    [["ingest"], ["api"], ["scheduler"]],
    { LONGSHORE_LOG_LEVEL: "warn" },
  );
  try {
    const { calls } = story.simulator;
    calls.reset();
    const from = performance.now();
    await story.register("lamp");
    await until(
      "every start",
      () => (story.watch.of("lamp").started >= instances ? true : undefined),
      120_000,
    );
    const seconds = (performance.now() - from) / 1000;
    await story.settled("lamp", instances, 60_000);
    const fewest = instances / 10;
    const made = calls.count("ECS.StartTask");
    const { throttled = 0 } = calls.counts()["ECS.StartTask"]?.outcomes ?? {};
    const ideal = (fewest - writesAtOnce) / writesPerSecond;
    calls.reset();
    await systemClock.sleep(idleMs);
    const idle = Object.entries(calls.counts())
      .filter(([operation]) => operation.startsWith("ECS."))
      .reduce((sum, [, { calls: count }]) => sum + count, 0);
    return [
      {
        what: "floor: fewest calls, at the budget's rate",
        figures: { calls: fewest, seconds: ideal },
      },
      { what: "place a daemon on 5,000 instances", figures: { calls: made, seconds, throttled } },
      { what: "placed / floor", figures: { calls: made / fewest, seconds: seconds / ideal } },
      {
        what: "tasks started for 5,000 instances",
        figures: { calls: story.watch.of("lamp").started },
      },
      { what: "idle, ECS calls a minute", figures: { calls: (idle * 60_000) / idleMs } },
    ];
  } finally {
    await story.close();
  }
}

export async function rollout(): Promise<Row[]> {
  return [...(await plan()), ...(await measurePlacing())];
}
