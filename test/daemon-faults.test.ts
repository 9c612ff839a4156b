// Daemons while everything that can go wrong does, at random: answers lost, calls throttled and refused, starts that
// fail, events late, twice, in another order or never, reads that lag. No instance ever has two tasks; once the faults
// end, every instance has its one. A failing run prints its seed; FUZZ_SEED replays the faults' order.
import { afterAll, beforeAll, expect, test } from "vitest";
import { seededRandom } from "../src/random.ts";
import { noFaults } from "../src/simulator/faults.ts";
import type { Faults } from "../src/simulator/faults.ts";
import { startDaemonStory } from "../src/testing/daemon-story.ts";
import type { DaemonStory } from "../src/testing/daemon-story.ts";
import { until } from "../src/testing/longshore.ts";

const seed = process.env["FUZZ_SEED"] ?? String(Date.now() % 2 ** 31);
console.info(`daemon-faults.test.ts seed ${seed} (FUZZ_SEED)`);
const random = seededRandom(seed);
const instances = 10;
const daemons = ["lamp", "bell"] as const;
const rounds = 6;
let story: DaemonStory;
let fleet: number = instances;

beforeAll(async () => {
  // Reconcile finds what no event told of.
  story = await startDaemonStory({ instances, seed }, [["ingest", "api"], ["scheduler"]], {
    LONGSHORE_RECONCILE_SECONDS: "3",
  });
  for (const name of daemons) await story.register(name);
  for (const name of daemons) await story.settled(name, fleet);
});
afterAll(() => story?.close());

/** Two or three kinds of trouble at a time: all at once would only be slow. */
function trouble(): Partial<Faults> {
  const kinds: readonly Partial<Faults>[] = [
    { lostReplyRatio: 0.3 },
    { throttleRatio: 0.3 },
    { errorRatio: 0.2 },
    { startFailureRatio: 0.3 },
    { startRefusalRatio: 0.3 },
    { eventDuplicateRatio: 0.5 },
    { eventDelayRatio: 0.7, eventDelayMs: 2000 },
    { eventReorderRatio: 0.5 },
    { eventDropRatio: 0.2 },
    { readStalenessMs: 1500 },
  ];
  return Object.assign({}, ...Array.from({ length: 3 }, () => random.pick(kinds)));
}

/** Something happens to the fleet, as it does. */
async function mishap(): Promise<void> {
  const { cluster } = story;
  const instance = random.pick(story.instances());
  const tasks = [...instance.tasks].flatMap(({ id, lastStatus }) =>
    lastStatus === "RUNNING" ? id : [],
  );
  if (random.chance(0.4)) {
    await story.control("instances", { cluster, count: 1 });
    fleet++;
  } else if (random.chance(0.3) && fleet > instances - 2) {
    await story.control("instances/terminate", { cluster, containerInstances: [instance.id] });
    fleet--;
  } else if (tasks.length > 0) await story.control("tasks/crash", { cluster, tasks });
}

test("no instance ever has two tasks of a daemon, and all have one when it is over", async () => {
  for (let round = 0; round < rounds; round++) {
    const faults = trouble();
    await story.control("faults", { ...noFaults, ...faults });
    const before = story.simulator.calls.count("ECS.StartTask");
    for (let count = 0; count < 3; count++) await mishap();
    await until(
      "the scheduler to act",
      () => (story.simulator.calls.count("ECS.StartTask") > before ? true : undefined),
      60_000,
    ).catch((error: unknown) => {
      throw new Error(`seed ${seed}, ${JSON.stringify(faults)}`, { cause: error });
    });
    for (const name of daemons)
      expect(
        story.watch.of(name).mostThere,
        `${name}, seed ${seed}, ${JSON.stringify(faults)}`,
      ).toBe(1);
  }
  await story.control("faults", noFaults);
  for (const name of daemons) await story.settled(name, fleet, 120_000);
  for (const name of daemons) expect(story.watch.of(name).mostThere, `seed ${seed}`).toBe(1);
}, 480_000);
