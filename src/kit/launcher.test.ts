// The launcher on real Redis, against an ECS that loses replies and shows tasks late: what is counted is what runs.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseLaunchMark } from "../daemon/daemon.ts";
import { anInstance, aTask } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { seededRandom } from "../random.ts";
import { Deposed } from "../scheduler/protocol.ts";
import { startKitWorld } from "./test-world.ts";
import type { Fate, KitWorld } from "./test-world.ts";

let world: KitWorld;
let name: string;
let scheduler: Awaited<ReturnType<KitWorld["lead"]>>;
let count = 0;

beforeAll(async () => {
  world = await startKitWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  name = `packer-${++count}`;
  world.ecs.fate = () => "answered";
  world.ecs.lagMs = 0;
  world.ecs.unreadable.clear();
  world.ecs.calls.length = 0;
  scheduler = await world.lead(name);
});
afterEach(() => scheduler.lease.release());

const request = (key = "web/0") => ({
  key,
  cluster: world.cluster,
  taskDefinition: "lamp:3",
  containerInstance: anInstance("a").arn,
});
const anywhere = (key = "web/0") => ({ ...request(key), containerInstance: undefined });
/** Tasks of this test's scheduler that live. */
const live = () => world.ecs.live().filter(({ group }) => group?.startsWith(`kit:${name}:`));

describe("a key never has two tasks", () => {
  test("started twice it has one task, and the second call names it", async () => {
    const [first, second] = await Promise.all([
      scheduler.launcher.start(request()),
      scheduler.launcher.start(request()),
    ]);
    expect(first).toEqual({ outcome: "started", task: live()[0]?.arn });
    expect(second).toEqual({ outcome: "running", task: live()[0]?.arn });
    expect(live()).toHaveLength(1);
  });

  test("after a lost reply ECS is asked, and nothing is started while it may show the task late", async () => {
    world.ecs.lagMs = 15_000;
    world.ecs.fate = () => "lost";
    expect(await scheduler.launcher.start(request())).toMatchObject({ outcome: "unknown" });
    world.ecs.fate = () => "answered";
    expect(await scheduler.launcher.start(request())).toMatchObject({ outcome: "unknown" });
    world.pass(11_000);
    expect(await scheduler.launcher.start(request())).toMatchObject({ outcome: "unknown" });
    world.pass(10_000);
    expect(await scheduler.launcher.start(request())).toMatchObject({ outcome: "running" });
    expect(world.ecs.calls).toEqual(["StartTask"]);
  });

  test("a call that never arrived is made again when ECS must know it", async () => {
    world.ecs.fate = () => "notSent";
    const outcome = await scheduler.launcher.start(request());
    expect(outcome.again).toBeGreaterThan(5000);
    expect(scheduler.launcher.pending()).toMatchObject([{ key: "web/0", outcome: "unknown" }]);
    world.ecs.fate = () => "answered";
    world.pass(21_000);
    expect(await scheduler.launcher.start(request())).toMatchObject({ outcome: "started" });
    expect(live()).toHaveLength(1);
    expect(scheduler.launcher.pending()).toEqual([]);
  });

  test("RunTask is repeated with its own token, which starts nothing twice however late ECS shows the task", async () => {
    world.ecs.lagMs = 3_600_000;
    world.ecs.fate = () => "lost";
    await scheduler.launcher.start(anywhere());
    world.ecs.fate = () => "answered";
    world.pass(21_000);
    expect(await scheduler.launcher.start(anywhere())).toMatchObject({ outcome: "started" });
    expect(live()).toHaveLength(1);
  });

  test("who takes over knows what was intended, and asks ECS for it", async () => {
    world.ecs.lagMs = 15_000;
    world.ecs.fate = () => "lost";
    await scheduler.launcher.start(request());
    world.ecs.fate = () => "answered";
    await world.kill(scheduler);
    const heir = await world.lead(name);
    expect(await heir.launcher.start(request())).toMatchObject({ outcome: "unknown" });
    world.pass(21_000);
    expect(await heir.launcher.start(request())).toMatchObject({ outcome: "running" });
    await heir.lease.release();
  });

  test("a deposed process whose call waits calls nothing any more", async () => {
    world.ecs.fate = () => "hangs";
    const starting = scheduler.launcher.start(request()).catch((error: unknown) => error);
    await until("the call", () => scheduler.launcher.pending()[0]);
    await world.kill(scheduler);
    await until("the end of its lease", () =>
      scheduler.lease.held() === undefined ? true : undefined,
    );
    world.ecs.release();
    expect(await starting).toBeInstanceOf(Deposed);
    expect(world.ecs.calls).toEqual([]);
  });

  test("without the lease nothing is called", async () => {
    await scheduler.lease.release();
    await expect(scheduler.launcher.start(request())).rejects.toThrow(Deposed);
    await expect(scheduler.launcher.stop(aTask("x", "a").arn, "")).rejects.toThrow(Deposed);
    expect(world.ecs.calls).toEqual([]);
  });

  test("whatever is lost, late, refused or killed (random)", { timeout: 60_000 }, async () => {
    const seed = process.env["SEED"] ?? String(Date.now());
    console.log(`launcher seed ${seed}`);
    const random = seededRandom(seed);
    const fates: Fate[] = [
      "answered",
      "answered",
      "lost",
      "notSent",
      "throttled",
      "denied",
      "noRoom",
    ];
    world.ecs.fate = () => random.pick(fates);
    world.ecs.twice.length = 0;
    const keys = ["a", "b", "c"];
    for (let step = 0; step < 250; step++) {
      world.ecs.lagMs = random.pick([0, 3000, 9000]);
      const key = random.pick(keys);
      const cluster = random.pick([world.cluster, world.cluster, world.otherCluster]);
      const asked = random.chance(0.5) ? request(key) : anywhere(key);
      await scheduler.launcher.start({ ...asked, cluster });
      const task = random.chance(0.2) ? live()[0] : undefined;
      if (task && random.chance(0.5)) world.ecs.end(task.arn);
      else if (task) await scheduler.launcher.stop(task.arn, "test").catch(() => undefined);
      world.pass(random.pick([0, 0, 500, 5000, 12_000, 30_000]));
      if (random.chance(0.05)) {
        await world.kill(scheduler);
        scheduler = await world.lead(name, `holder-${step}`);
      }
    }
    expect(world.ecs.twice).toEqual([]);
    world.ecs.fate = () => "answered";
    world.pass(400_000);
    for (const key of keys) await scheduler.launcher.start(request(key));
    expect(live()).toHaveLength(keys.length);
  });
});

describe("a key that is asked for in another cluster", () => {
  const elsewhere = (key = "web/0") => ({ ...anywhere(key), cluster: world.otherCluster });
  const places = () => live().map(({ clusterArn }) => clusterArn);
  /** Ends a task that ran well. */
  const end = (arn = "") => {
    const startedAt = world.clock.now() - 3_600_000;
    world.ecs.end(arn, { startedAt, stopCode: "UserInitiated" });
  };

  test("keeps the task that runs where it was started last", async () => {
    const { task } = await scheduler.launcher.start(request());
    expect(await scheduler.launcher.start(elsewhere())).toEqual({ outcome: "running", task });
    world.pass(30_000);
    expect(await scheduler.launcher.start(elsewhere())).toEqual({ outcome: "running", task });
    end(task);
    expect(await scheduler.launcher.start(elsewhere())).toMatchObject({ outcome: "started" });
    expect(places()).toEqual([world.otherCluster]);
    expect(await scheduler.launcher.start(request())).toMatchObject({ outcome: "running" });
    expect(places()).toEqual([world.otherCluster]);
  });

  test("whose start had no answer is looked for where that was made", async () => {
    world.ecs.lagMs = 15_000;
    world.ecs.fate = () => "lost";
    expect(await scheduler.launcher.start(anywhere())).toMatchObject({ outcome: "unknown" });
    world.ecs.fate = () => "answered";
    world.pass(11_000);
    expect(await scheduler.launcher.start(elsewhere())).toMatchObject({ outcome: "unknown" });
    world.pass(19_000);
    expect(await scheduler.launcher.start(elsewhere())).toMatchObject({ outcome: "running" });
    expect(places()).toEqual([world.cluster]);
  });

  test("of which the first start never arrived starts there once ECS must know", async () => {
    world.ecs.fate = () => "notSent";
    await scheduler.launcher.start(anywhere());
    world.ecs.fate = () => "answered";
    world.pass(21_000);
    expect(await scheduler.launcher.start(elsewhere())).toMatchObject({ outcome: "started" });
    expect(places()).toEqual([world.otherCluster]);
  });

  test("is not started while the cluster of its last start cannot be asked, unless that is gone", async () => {
    await scheduler.launcher.start(request());
    world.ecs.unreadable.set(world.cluster, "AccessDeniedException");
    expect(await scheduler.launcher.start(elsewhere())).toMatchObject({
      outcome: "unknown",
      reason: expect.stringContaining(`${world.cluster}, which cannot be asked: AccessDenied`),
    });
    expect(places()).toEqual([world.cluster]);
    for (const { arn } of live()) world.ecs.end(arn);
    world.ecs.unreadable.set(world.cluster, "ClusterNotFoundException");
    world.pass(21_000);
    expect(await scheduler.launcher.start(elsewhere())).toMatchObject({ outcome: "started" });
  });

  test("is remembered for as long as its task runs, and no longer", async () => {
    const { task } = await scheduler.launcher.start(request());
    const ended = await scheduler.launcher.start(request("job/1"));
    world.ecs.fate = () => "notSent";
    await scheduler.launcher.start(anywhere("job/2"));
    world.ecs.fate = () => "answered";
    end(ended.task);
    // Each start looks at some, and forgets some that were looked at before.
    for (let each = 0; each < 5; each++) {
      world.pass(4_000_000);
      await scheduler.launcher.start(request(`other/${each}`));
    }
    const { records } = await scheduler.kit.kept.load();
    expect([...records.keys()].filter((id) => !id.includes("other/"))).toEqual(["start web/0"]);
    await world.kill(scheduler);
    scheduler = await world.lead(name, "heir");
    expect(await scheduler.launcher.start(elsewhere())).toEqual({ outcome: "running", task });
  });

  test("is known again where its task is found, when what was remembered is lost", async () => {
    const { task } = await scheduler.launcher.start(request());
    await world.forget(name);
    await world.kill(scheduler);
    scheduler = await world.lead(name, "heir");
    expect(await scheduler.launcher.start(request())).toEqual({ outcome: "running", task });
    expect(await scheduler.launcher.start(elsewhere())).toEqual({ outcome: "running", task });
  });
});

describe("starts", () => {
  test("carry a mark that no daemon has, and that tells their key", async () => {
    await scheduler.launcher.start(request("web/eu-1/0"));
    const [task] = live();
    expect(task?.group).toBe(`kit:${name}:web/eu-1/0`);
    expect(task?.startedBy?.length).toBeLessThanOrEqual(36);
    expect(parseLaunchMark(task?.startedBy)).toBeUndefined();
    expect(scheduler.launcher.keyOf(task ?? {})).toBe("web/eu-1/0");
    expect(scheduler.launcher.keyOf({ ...task, startedBy: "ecs-svc/1" })).toBeUndefined();
    expect(scheduler.launcher.keyOf({ ...task, group: `kit:${name}:web/eu-1/1` })).toBeUndefined();
  });

  test("that ECS refuses are told with its reason, and wait longer each time", async () => {
    world.ecs.fate = () => "noRoom";
    const refused = await scheduler.launcher.start(request());
    expect(refused).toMatchObject({ outcome: "refused", reason: "RESOURCE:MEMORY" });
    expect(await scheduler.launcher.start(request())).toMatchObject({ outcome: "waiting" });
    world.pass(1100);
    const again = await scheduler.launcher.start(request());
    expect(again).toMatchObject({ outcome: "refused" });
    expect(again.again).toBeGreaterThan(refused.again ?? 0);
    expect(world.ecs.calls).toHaveLength(2);
  });

  test("of tasks that end at once wait longer each time; of one that a stop ended do not", async () => {
    const first = await scheduler.launcher.start(request());
    if (!first.task) throw new Error(first.reason);
    world.ecs.end(first.task);
    expect(await scheduler.launcher.start(request())).toMatchObject({
      outcome: "waiting",
      reason: "its task ended: exit",
    });
    world.pass(1100);
    const second = await scheduler.launcher.start(request());
    if (!second.task) throw new Error(second.reason);
    world.ecs.tasks.set(second.task, {
      ...(world.ecs.tasks.get(second.task) ?? aTask("x", "a")),
      startedAt: world.clock.now(),
    });
    expect(await scheduler.launcher.stop(second.task, "not wanted")).toBe("stopping");
    expect(scheduler.launcher.isStopping(second.task)).toBe(true);
    expect(scheduler.launcher.own([...world.ecs.tasks.values()])).toMatchObject([
      { key: "web/0", task: { arn: first.task } },
    ]);
    expect(await scheduler.launcher.stop(second.task, "not wanted")).toBe("stopping");
    expect(world.ecs.calls.filter((call) => call === "StopTask")).toHaveLength(1);
    expect(await scheduler.launcher.start(request())).toMatchObject({ outcome: "started" });
  });

  test("take only keys and ARNs that can be used, and say so", async () => {
    await expect(scheduler.launcher.start(request("a b"))).rejects.toThrow(/key "a b" cannot/);
    await expect(scheduler.launcher.stop("t-1", "")).rejects.toThrow(/is no ARN of a task/);
  });
});

test("a stop that ECS refuses counts as not asked for", async () => {
  const started = await scheduler.launcher.start(request());
  if (!started.task) throw new Error(started.reason);
  world.ecs.fate = () => "denied";
  await expect(scheduler.launcher.stop(started.task, "x")).rejects.toThrow("not authorized");
  expect(scheduler.launcher.isStopping(started.task)).toBe(false);
});

test("after a restart of Redis, which may have lost what was intended, nothing is started before ECS can tell", async () => {
  const own = await startKitWorld({ appendonly: true });
  const { launcher, lease } = await own.lead("restarted");
  const asked = { ...request(), cluster: own.cluster };
  const { task } = await launcher.start(asked);
  await own.redis.kill9();
  await own.redis.restart();
  const outcome = await until("a lease on the restarted Redis", () =>
    launcher.start({ ...asked, key: "web/1" }).catch(() => undefined),
  );
  expect(outcome).toMatchObject({ outcome: "waiting", reason: expect.stringMatching(/restarted/) });
  own.pass(21_000);
  expect(await launcher.start(asked)).toEqual({ outcome: "running", task });
  expect(await launcher.start({ ...asked, key: "web/1" })).toMatchObject({ outcome: "started" });
  expect(own.ecs.live()).toHaveLength(2);
  await lease.release();
  await own.close();
});
