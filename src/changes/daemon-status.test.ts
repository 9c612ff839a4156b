// How daemons are, worked out once for everybody who asks while it stays the same: what is told is what would be worked
// out anew, whatever changes and however time goes.
import { expect, test, vi } from "vitest";
import type { Plan } from "../daemon/plan.ts";
import { statusOf } from "../daemon/status.ts";
import { arnId } from "../ecs/arn.ts";
import { seededRandom } from "../random.ts";
import { instanceRecord, randomInstance, randomTask, taskRecord } from "../testing/fleet.ts";
import type { ClusterView } from "./cluster-view.ts";
import { planInputOf, shownPlan } from "./daemon-input.ts";
import { daemonStandingIn, daemonStatusIn, shownPlanIn } from "./daemon-status.ts";
import { now, randomCluster } from "./test-clusters.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
console.log(`daemon-status.test.ts seed ${seed} (FUZZ_SEED)`);

/** A task or an instance of the view becomes another, or the cluster is compared. */
function disturb(view: ClusterView, random: ReturnType<typeof seededRandom>): void {
  if (random.chance(0.2)) {
    view.freshness = { lastReconciledAt: random.pick([undefined, now]) };
    return;
  }
  const seq = view.seq + 1;
  const entry = { seq, at: now, before: undefined };
  const ids = [...view.instances.keys()];
  const id = random.pick(ids);
  if (random.chance(0.5)) {
    const after = instanceRecord(randomInstance(random, id));
    view.advance([{ ...entry, kind: "i", id, after }], seq);
    return;
  }
  const known = [...view.tasks.keys()];
  const task = known.length > 0 && random.chance(0.5) ? random.pick(known) : random.hex(32);
  const gone = random.chance(0.3) ? undefined : taskRecord(randomTask(random, task, ids));
  view.advance([{ ...entry, kind: "t", id: task, after: gone }], seq);
}

/** Without records that are about to be written and when what is due was due: they bear the time of the plan itself. */
const shown = ({ verdicts, again: _, ...plan }: Plan, time: number) => ({
  ...plan,
  verdicts: verdicts.map(({ again = 0, settle, ...verdict }) => ({
    ...verdict,
    again: again > time && !settle ? again : undefined,
  })),
});

test("what is told is what would be worked out anew", () => {
  let shared = 0;
  for (let run = 0; run < 100; run++) {
    const random = seededRandom(seed + run);
    const view = randomCluster(random);
    let time = now;
    for (let step = 0; step < 30; step++) {
      if (random.chance(0.3)) disturb(view, random);
      // Clocks go back as well.
      time += random.pick([0, 0, 1, 700, 5000, 60_000, -2000]);
      const walks = vi.spyOn(view, "tasksOf");
      for (const daemon of view.daemons.values()) {
        walks.mockClear();
        const told = daemonStandingIn(view, daemon, time);
        if (walks.mock.calls.length === 0) shared++;
        shownPlanIn(view, daemon, random.chance(0.5) ? time : time - 1500);
        const { input, plan } = shownPlanIn(view, daemon, time);
        const anew = planInputOf(view, daemon, time);
        const expected = shownPlan(view, anew);
        const where = `seed ${seed + run}, step ${step}, ${daemon.name}`;
        const { placements } = input;
        expect({ where, status: told.status, placements, plan: shown(plan, time) }).toEqual({
          where,
          status: statusOf(daemon, expected, anew.placements, time),
          placements: anew.placements,
          plan: shown(expected, time),
        });
      }
      walks.mockRestore();
    }
  }
  // A test in which nothing was shared proves nothing.
  expect(shared).toBeGreaterThan(100);
});

test("a daemon's status and plan take one walk through the cluster, until it changes", () => {
  const random = seededRandom(seed);
  const view = randomCluster(random);
  const [daemon] = view.daemons.values();
  if (!daemon) throw new Error("no daemon");
  const walks = vi.spyOn(view, "tasksOf");
  for (let each = 0; each < 10; each++) {
    daemonStatusIn(view, daemon, now);
    shownPlanIn(view, daemon, now);
  }
  expect(walks).toHaveBeenCalledTimes(1);
  const [id] = view.instances.keys();
  const after = instanceRecord(randomInstance(random, id ?? ""));
  const kind = "i";
  view.advance([{ seq: 2, kind, id: arnId(id ?? ""), at: now, before: undefined, after }], 2);
  daemonStatusIn(view, daemon, now);
  expect(walks).toHaveBeenCalledTimes(2);
});
