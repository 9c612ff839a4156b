// What the model of Redis does that a real one cannot be made to do at will: lose its last writes.
import { expect, test } from "vitest";
import { systemClock } from "../../clock.ts";
import { seededRandom } from "../../random.ts";
import { observeTask } from "../../store/record.ts";
import { aTask, testCluster } from "../../testing/entities.ts";
import { until } from "../../testing/longshore.ts";
import { createModelStore } from "./model-store.ts";

async function startWorld() {
  let now = 1_800_000_000_000;
  const model = createModelStore({ now: () => now, random: seededRandom(1) });
  const store = model.open({ name: "test", clock: systemClock, random: seededRandom(2) });
  const hear = (version: string) =>
    store.apply(testCluster, [observeTask(aTask("1", "a", { version }), "event", now)]);
  return {
    model,
    store,
    hear,
    pass: (ms: number) => {
      now += ms;
    },
    restart: async (loseMs: number) => {
      model.restart({ loseMs });
      await until("a connection", () => store.ping().then(() => true as const));
    },
    version: () => model.records(testCluster, "t").get("1")?.split("\n")[0],
  };
}

test("what was written last is undone, records, log and leases alike", async () => {
  const { store, model, hear, pass, restart, version } = await startWorld();
  await hear("1");
  const { seq } = model.position(testCluster);
  pass(1500);
  await hear("2");
  await store.takeLease(testCluster, "schedule", "me", 60_000);
  await store.writeControl(testCluster, [
    { kind: "d", id: "lamp", expected: undefined, record: "{}" },
  ]);
  await restart(1000);
  expect(version()).toBe("1");
  expect(model.position(testCluster).seq).toBe(seq);
  expect(model.records(testCluster, "d").size).toBe(0);
  expect(await store.takeLease(testCluster, "schedule", "other", 60_000)).toMatchObject({
    held: true,
  });
});

test.each([
  ["the first restart", 0],
  ["a restart not long after another", 1],
])("no number is handed out twice, although the jump of %s is lost itself", async (_, earlier) => {
  const { model, hear, pass, restart } = await startWorld();
  await hear("1");
  for (let each = 0; each < earlier; each++) {
    await restart(0);
    await hear("4");
  }
  pass(1500);
  await restart(0);
  await hear("5");
  await hear("6");
  const seen = model.position(testCluster);
  pass(500);
  await restart(1000);
  await hear("5");
  const { epoch, seq } = model.position(testCluster);
  expect(epoch).toBe(seen.epoch);
  expect(seq).toBeGreaterThan(seen.seq);
});
