// What a daemon's plan for some container instances is made from: the same as for the whole cluster, without a look at
// the whole cluster.
import { expect, test, vi } from "vitest";
import { currentRevision, formatLaunchMark } from "../daemon/daemon.ts";
import { hereOf, judgeInstance } from "../daemon/plan.ts";
import { arnId } from "../ecs/arn.ts";
import { seededRandom } from "../random.ts";
import { aTask, testCluster } from "../testing/entities.ts";
import { fleetDaemon, randomSnapshot, taskRecord } from "../testing/fleet.ts";
import { ClusterView } from "./cluster-view.ts";
import { hereIn, planInputOf, rulesOf, shownPlan } from "./daemon-input.ts";
import { now, randomCluster } from "./test-clusters.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
console.log(`daemon-input.test.ts seed ${seed} (FUZZ_SEED)`);

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

test("an instance is judged the same by itself and among all", () => {
  let adopted = 0;
  for (let run = 0; run < 300; run++) {
    const view = randomCluster(seededRandom(seed + run));
    for (const daemon of view.daemons.values()) {
      const whole = planInputOf(view, daemon, now);
      for (const instance of whole.instances) {
        const judged = judgeInstance(rulesOf(view, daemon, now), hereIn(view, daemon, instance));
        expect(judgeInstance(whole, hereOf(whole, instance)), `seed ${seed + run}`).toEqual(judged);
        if (judged.settle && judged.settle.generation > 1) adopted++;
      }
    }
  }
  expect(adopted).toBeGreaterThan(0);
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
