// Launches that nobody saw, and an ECS that cannot be asked about them: what waits for it, what does not, what is said.
import { afterEach, beforeEach, expect, test } from "vitest";
import { aDaemon, anInstance, testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { planInputOf } from "../changes/daemon-input.ts";
import { openInformer } from "../changes/informer.ts";
import { explain } from "../daemon/explain.ts";
import { hereOf, planDaemon } from "../daemon/plan.ts";
import type { Placement } from "../daemon/placement.ts";
import { decodePlacement } from "../daemon/record.ts";
import { settleLookup } from "./look-up.ts";
import { clock, log, SilentEcs, startSchedulerWorld } from "./test-world.ts";
import type { SchedulerWorld } from "./test-world.ts";

let world: SchedulerWorld;

beforeEach(async () => {
  world = await startSchedulerWorld();
});
afterEach(() => world.close());

const starting = (rest: Partial<Placement>): Placement => ({
  kind: "placement",
  daemon: "lamp",
  containerInstanceId: "i0",
  generation: 1,
  state: "STARTING",
  launchId: "l1",
  template: "t1",
  attempts: 1,
  requestedAt: 0,
  ...rest,
});

const placementOn = async (id: string) => {
  const record = (await world.recordsOf("p")).get(`lamp/${id}`);
  return record === undefined ? undefined : decodePlacement(record);
};

/** Two instances without a task; a start of long ago was not seen on the first. */
async function oneUnseen(): Promise<void> {
  await world.join(2);
  await world.remember("i0", { state: "STARTING", requestedAt: clock.now() - 60_000 });
  await world.define(aDaemon());
}

test("an ECS that may not be asked holds the instance concerned, which says so, and no other", async () => {
  await oneUnseen();
  const ecs = new SilentEcs();
  const denied = Object.assign(new Error("no ecs:ListTasks"), { name: "AccessDeniedException" });
  ecs.beforeList = () => Promise.reject(denied);
  await world.schedule(ecs, "one", await world.openStore("one"));
  await until("a start elsewhere", () => (ecs.starts.length > 0 ? true : undefined));
  expect(ecs.startedOn).toEqual(["i1"]);
  const held = await until("the third question", async () => {
    const placement = await placementOn("i0");
    return placement?.lookupFailures === 3 ? placement : undefined;
  });
  expect((held.nextAttemptAt ?? 0) - clock.now()).toBeGreaterThan(2000);
  const informer = openInformer({ store: world.store, clock, log });
  world.atEnd(() => informer.close());
  await informer.loaded;
  const view = informer.views.get(testCluster);
  if (!view) throw new Error("no view");
  const input = planInputOf(view, aDaemon(), clock.now());
  const [here, plan] = [hereOf(input, anInstance("i0")), planDaemon(input)];
  const verdict = plan.verdicts.find(({ containerInstance: { arn } }) => arn.endsWith("/i0"));
  if (!verdict) throw new Error("no verdict");
  const said = /ECS could not be asked: AccessDeniedException: no ecs:ListTasks/;
  expect(verdict).toMatchObject({ why: "pending", reason: expect.stringMatching(said) });
  const explained = explain(input, here, verdict, plan);
  expect(explained.placeable).toBe(false);
  expect(explained.rules.at(-1)?.detail).toMatch(said);
  // Once it can be asked all is as ever: ECS has no such task, and one is started.
  ecs.beforeList = () => Promise.resolve();
  await until("its start", () => (ecs.startedOn.length === 2 ? true : undefined));
  expect(ecs.startedOn).toEqual(["i0", "i1"]);
  expect(await placementOn("i0")).not.toHaveProperty("lookupFailures");
});

test("a run that ECS may have forgotten waits for an event that tells of it, and is not made again", () => {
  const daemon = aDaemon({ mode: "ONCE_JOINED" });
  const now = clock.now();
  const asked = (requestedAt: number, rest: Partial<Placement> = {}) =>
    settleLookup(daemon, starting({ requestedAt, ...rest }), [], () => undefined, now);
  // ECS would know of it.
  expect(asked(now - 1_800_000)).toMatchObject({ state: "FAILED", cause: "UNSEEN" });
  for (const old of [asked(now - 7_200_000), asked(now - 60_000, { taskArn: "t" })])
    expect(old).toMatchObject({ state: "STARTING", lookups: 1, nextAttemptAt: now + 60_000 });
  const last = asked(now - 7_200_000, { lookups: 3 });
  expect(last).toMatchObject({ state: "SKIPPED", reason: expect.stringContaining("run it again") });
  const always = settleLookup(
    aDaemon(),
    starting({ requestedAt: now - 7_200_000 }),
    [],
    () => undefined,
    now,
  );
  expect(always).toMatchObject({ state: "FAILED", cause: "UNSEEN" });
});

test("an ECS that never answers holds the others for a while only", async () => {
  await oneUnseen();
  const ecs = new SilentEcs();
  ecs.beforeList = () => new Promise(() => {});
  await world.schedule(ecs, "one", await world.openStore("one"));
  await until("a start elsewhere", () => (ecs.starts.length > 0 ? true : undefined));
  expect(ecs.startedOn).toEqual(["i1"]);
  expect((await placementOn("i0"))?.reason).toBe("ECS could not be asked: no answer within 5 s");
});
