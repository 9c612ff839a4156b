// What a daemon's plan for some container instances is made from: the same as for the whole cluster, without a look at
// the whole cluster.
import { expect, test, vi } from "vitest";
import { currentRevision, formatLaunchMark } from "../daemon/daemon.ts";
import type { Daemon } from "../daemon/daemon.ts";
import { placementKey } from "../daemon/placement.ts";
import type { Placement } from "../daemon/placement.ts";
import { encodeDaemon, encodePlacement } from "../daemon/record.ts";
import { arnId } from "../ecs/arn.ts";
import { seededRandom } from "../random.ts";
import type { Random } from "../random.ts";
import { aDaemon, aTask, testCluster } from "../testing/entities.ts";
import {
  fleetDaemon,
  instanceRecord,
  randomInstance,
  randomSnapshot,
  randomTask,
  taskRecord,
} from "../testing/fleet.ts";
import { ClusterView } from "./cluster-view.ts";
import { planInputOf, shownPlan } from "./daemon-input.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
console.log(`daemon-input.test.ts seed ${seed} (FUZZ_SEED)`);

const now = 1_700_000_020_000;

function randomDaemons(random: Random): Daemon[] {
  return (["ALWAYS", "ONCE_JOINED", "ONCE_LEAVING"] as const).map((mode, order) => {
    const plain = aDaemon({ name: `d${order}`, id: `d${order}`, mode, drainOrder: order });
    const selector = random.pick(["", "attribute:ecs.instance-type == m7g.large"]);
    return {
      ...plain,
      paused: random.chance(0.1),
      deleting: random.chance(0.1),
      revisions: plain.revisions.map((each) => ({ ...each, selector })),
    };
  });
}

/** Placements as the scheduler leaves them: one of an ALWAYS daemon, of others every run without a gap. */
function randomPlacements(random: Random, daemon: Daemon, ids: readonly string[]): Placement[] {
  const { template } = currentRevision(daemon);
  return ids.flatMap((containerInstanceId) => {
    const runs = daemon.mode === "ALWAYS" ? random.int(0, 1) : random.int(0, 3);
    return Array.from({ length: runs }, (_, index): Placement => {
      const state = random.pick(["PENDING", "STARTING", "FAILED", "SUCCEEDED", "SKIPPED"] as const);
      return {
        kind: "placement",
        daemon: daemon.name,
        containerInstanceId,
        generation: daemon.mode === "ALWAYS" ? 0 : index + 1,
        state: daemon.mode === "ALWAYS" ? random.pick(["STARTING", "FAILED"] as const) : state,
        launchId: random.pick(["l1", "l2", "l3"]),
        template: random.pick([template, "other"]),
        attempts: random.int(1, 5),
        requestedAt: now - random.int(0, 300_000),
        reason: random.pick([undefined, "RESOURCE:MEMORY"]),
        cause: random.pick([undefined, "RESOURCE", "TASK"] as const),
        nextAttemptAt: random.pick([undefined, now + 5000]),
      };
    });
  });
}

/** A cluster with daemons of each mode, their tasks and what is remembered of them, and tasks of others. */
function randomCluster(random: Random): ClusterView {
  const ids = Array.from({ length: random.int(1, 8) }, () => random.hex(32));
  const instances = ids.map((id) => randomInstance(random, id));
  const daemons = randomDaemons(random);
  const tasks = Array.from({ length: random.int(0, 60) }, () => {
    const task = randomTask(random, random.hex(32), ids);
    if (random.chance(0.4)) return task;
    const daemon = random.pick(daemons);
    const template = random.pick([currentRevision(daemon).template, "other"]);
    const launchId = random.pick(["l1", "l2", "l3"]);
    return {
      ...task,
      group: `daemon:${daemon.name}`,
      startedBy: formatLaunchMark({ daemonId: daemon.id, template, launchId }),
    };
  });
  const placements = daemons.flatMap((daemon) => randomPlacements(random, daemon, ids));
  const view = new ClusterView(testCluster, {
    epoch: "e",
    seq: 1,
    records: new Map([
      ["i", new Map(instances.map((each) => [arnId(each.arn), instanceRecord(each)]))],
      ["t", new Map(tasks.map((each) => [arnId(each.arn), taskRecord(each)]))],
      ["d", new Map(daemons.map((each) => [each.name, encodeDaemon(each)]))],
      ["p", new Map(placements.map((each) => [placementKey(each), encodePlacement(each)]))],
    ]),
  });
  view.freshness = { lastReconciledAt: random.pick([undefined, now - 1000]) };
  return view;
}

test("a plan for some container instances is that of the whole cluster's input for them", () => {
  const seen = new Set<string>();
  for (let run = 0; run < 300; run++) {
    const view = randomCluster(seededRandom(seed + run));
    for (const daemon of view.daemons.values()) {
      const whole = planInputOf(view, daemon, now);
      const all = [...view.instances.values()];
      for (const instances of [all.slice(0, 3), ...all.map((each) => [each])]) {
        const some = planInputOf(view, daemon, now, instances);
        const expected = shownPlan(view, { ...whole, instances });
        expect(shownPlan(view, some), `seed ${seed + run}`).toEqual(expected);
        for (const { why } of expected.verdicts) seen.add(why);
        for (const id of instances.map(({ arn }) => arnId(arn))) {
          expect(some.tasksOn(id), `seed ${seed + run}`).toEqual(whole.tasksOn(id));
          expect(some.placements.get(id), `seed ${seed + run}`).toEqual(whole.placements.get(id));
        }
      }
    }
  }
  // A test in which nothing happened proves nothing.
  expect(seen.size).toBeGreaterThan(12);
});

test("a plan for one container instance looks at no task elsewhere", () => {
  const random = seededRandom(seed);
  const view = new ClusterView(testCluster, randomSnapshot(random, { instances: 50, tasks: 500 }));
  const { template } = currentRevision(fleetDaemon);
  const startedBy = formatLaunchMark({ daemonId: fleetDaemon.id, template, launchId: "l1" });
  const [instance] = view.instances.values();
  if (!instance) throw new Error("no instance");
  const id = arnId(instance.arn);
  const after = taskRecord(aTask("here", id, { startedBy, group: "daemon:ctl" }));
  view.advance([{ seq: 2, kind: "t", id: "here", at: 0, before: undefined, after }], 2);
  const there = view.tasksOn(id).size;
  const looks = vi.spyOn(view.tasks, "get");
  const input = planInputOf(view, fleetDaemon, now, [instance]);
  expect(input.tasksOn(id).map(({ arn }) => arnId(arn))).toContain("here");
  expect(looks.mock.calls.length).toBe(there);
});
