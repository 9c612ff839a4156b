// What daemons cost on a large fleet: planning one over 5,000 container instances and 50,000 tasks; placing one on
// 5,000 instances through real processes at ECS's own rates; and what an idle fleet costs in calls. Floors: a bare loop
// over the same entities, and the fewest calls that the API allows at the rate that the budget gives.
import { planInputOf } from "../src/changes/daemon-input.ts";
import { ClusterView } from "../src/changes/cluster-view.ts";
import { currentRevision, formatLaunchMark } from "../src/daemon/daemon.ts";
import type { Daemon } from "../src/daemon/daemon.ts";
import { registerDaemon } from "../src/daemon/edit.ts";
import { planDaemon } from "../src/daemon/plan.ts";
import { encodeDaemon } from "../src/daemon/record.ts";
import { observeContainerInstance, observeTask } from "../src/store/record.ts";
import { openRedisStore } from "../src/store/redis-store.ts";
import { systemClock } from "../src/clock.ts";
import { systemRandom } from "../src/random.ts";
import { anInstance, aTask, testCluster } from "../src/testing/entities.ts";
import { startDaemonStory } from "../src/testing/daemon-story.ts";
import { until } from "../src/testing/longshore.ts";
import { testRedis } from "../src/testing/redis.ts";
import type { Row } from "./main.ts";

const instances = 5000;
const daemons = 10;
const planRounds = 30;
/** What the budget gives a second: 80 % of ECS's 40 writes. And at once: of its 100. */
const [writesPerSecond, writesAtOnce] = [32, 80];
const idleMs = 20_000;

function defineDaemon(index: number): Daemon {
  const registered = registerDaemon(
    undefined,
    {
      cluster: testCluster,
      name: `d${index}`,
      taskDefinition: "lamp:3",
      selector: "attribute:ecs.instance-type =~ m7.* and agentConnected == true",
    },
    0,
  );
  if (!registered.ok) throw new Error(registered.message);
  return registered.daemon;
}

/** A view as an informer has it: from a store, with every instance's ten tasks. */
async function loadView(): Promise<ClusterView> {
  const redis = await testRedis({ appendonly: false });
  const store = openRedisStore({
    url: redis.url,
    name: "bench",
    clock: systemClock,
    random: systemRandom,
  });
  await until("Redis", () => store.ping().then(() => true as const));
  const all = Array.from({ length: daemons }, (_, index) => defineDaemon(index));
  for (let at = 0; at < instances; at += 100) {
    const ids = Array.from({ length: 100 }, (_, index) => `i${at + index}`);
    await store.apply(
      testCluster,
      ids.map((id) => observeContainerInstance(anInstance(id), "describe")),
    );
    const tasks = ids.flatMap((id) =>
      all.map((daemon, index) => {
        const { template } = currentRevision(daemon);
        const startedBy = formatLaunchMark({ daemonId: daemon.id, template, launchId: `l${at}` });
        return aTask(`t${index}-${id}`, id, { startedBy, group: `daemon:${daemon.name}` });
      }),
    );
    await store.apply(
      testCluster,
      tasks.map((task) => observeTask(task, "describe", 0)),
    );
  }
  await store.writeControl(
    testCluster,
    all.map((daemon) => ({
      kind: "d",
      id: daemon.name,
      expected: undefined,
      record: encodeDaemon(daemon),
    })),
  );
  const view = new ClusterView(testCluster, await store.snapshot(testCluster));
  await store.close();
  await redis.stop();
  return view;
}

/** Median, in ms. */
function median(rounds: number, work: () => unknown): number {
  const samples = Array.from({ length: rounds }, () => {
    const from = performance.now();
    work();
    return performance.now() - from;
  });
  return samples.toSorted((a, b) => a - b)[rounds >> 1] ?? 0;
}

async function measurePlanning(): Promise<Row[]> {
  const view = await loadView();
  const daemon = view.daemons.get("d3");
  const instance = view.instances.get("i77");
  if (!daemon || !instance) throw new Error("the view was not loaded");
  const now = Date.now();
  const { verdicts } = planDaemon(planInputOf(view, daemon, now));
  const kept = verdicts.filter(({ action }) => action === "keep").length;
  if (kept !== instances) throw new Error(`${kept} of ${instances} instances keep their task`);
  const whole = median(planRounds, () => planDaemon(planInputOf(view, daemon, now)));
  const one = median(planRounds, () => planDaemon(planInputOf(view, daemon, now, [instance])));
  const floor = median(planRounds, () => {
    let seen = 0;
    for (const id of view.tasksOf(daemon.id)) if (view.tasks.get(id)?.startedBy) seen++;
    for (const each of view.instances.values()) if (each.status === "ACTIVE") seen++;
    return seen;
  });
  return [
    { what: "floor: look at each instance and task once", figures: { p50Ms: floor } },
    { what: "plan a daemon over 5,000 of 50,000 tasks", figures: { p50Ms: whole } },
    { what: "the same for one container instance", figures: { p50Ms: one } },
    { what: "plan / floor", figures: { p50Ms: whole / floor } },
  ];
}

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
  return [...(await measurePlanning()), ...(await measurePlacing())];
}
