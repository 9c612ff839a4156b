// Stops that are planned, written down and then not made, against real Redis: what is known not to have left must not
// be asked for again as if it might have.
import { afterEach, beforeEach, expect, test } from "vitest";
import { updateDaemon } from "../daemon/edit.ts";
import { decodePlacement } from "../daemon/record.ts";
import { aDaemon } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { clock, SilentEcs, startSchedulerWorld } from "./test-world.ts";
import type { SchedulerWorld } from "./test-world.ts";

let world: SchedulerWorld;

beforeEach(async () => {
  world = await startSchedulerWorld();
});
afterEach(() => world.close());

test("stops that wait for the budget while the rollout is taken back are taken back with it", async () => {
  const first = aDaemon();
  const rollout = { ...first.rollout, minHealthyPercent: 0 };
  const edited = updateDaemon({ ...first, rollout }, { taskDefinition: "lamp:4" }, 1, clock.now());
  if (!edited.ok) throw new Error(edited.message);
  await world.join(10);
  for (let at = 0; at < 10; at++) await world.tell(`i${at}`);
  // Of one instance something is remembered already.
  await world.remember("i9", { state: "STARTING", launchId: "first-i9", requestedAt: clock.now() });
  const before = (await world.recordsOf("p")).get("lamp/i9");
  await world.define(edited.daemon);
  const ecs = new SilentEcs();
  const budget = Promise.withResolvers<void>();
  let takes = 0;
  ecs.beforeTake = () => (++takes === 1 ? Promise.resolve() : budget.promise);
  const one = await world.schedule(ecs, "one", await world.openStore("one"));
  const asked = async () =>
    [...(await world.recordsOf("p")).values()].map(decodePlacement).filter(({ stop }) => stop);
  await until("the first stop", () => ecs.stopped.length === 1 || undefined);
  expect(await asked()).toHaveLength(10);
  await world.define({ ...first, rollout });
  await until("the view", () => one.view()?.daemons.get("lamp")?.revision === 1 || undefined);
  budget.resolve();
  await one.looksOn();
  expect((await asked()).map(({ stop }) => stop?.taskArn)).toEqual(ecs.stopped);
  expect((await world.recordsOf("p")).get("lamp/i9")).toBe(before);
  expect(ecs.stopped).toHaveLength(1);
});
