// A plan that is kept and judged again only where something changed says what a plan from scratch says.
import fc from "fast-check";
import { expect, test } from "vitest";
import { concerned } from "../changes/concern.ts";
import { planInputOf } from "../changes/daemon-input.ts";
import { ClusterView } from "../changes/cluster-view.ts";
import type { Change } from "../changes/change.ts";
import { currentRevision, formatLaunchMark } from "../daemon/daemon.ts";
import { planDaemon } from "../daemon/plan.ts";
import type { Verdict } from "../daemon/verdict.ts";
import { encodeDaemon } from "../daemon/record.ts";
import { arnId } from "../ecs/arn.ts";
import { observeContainerInstance, observeTask } from "../store/record.ts";
import type { Observation } from "../store/record.ts";
import { aDaemon, anInstance, aTask, testCluster } from "../testing/entities.ts";
import { createFleetWatch } from "./fleet-watch.ts";

const now = 1_700_000_100_000;
const daemon = aDaemon();
const { template } = currentRevision(daemon);
const startedBy = formatLaunchMark({ daemonId: daemon.id, template, launchId: "l1" });

const recordOf = ({ version, fixed, doc, attributes, described, enriched }: Observation) =>
  [version, "", fixed, doc, attributes, described, enriched].join("\n");

/** One thing that happens: to an instance, or to a task on it. */
const happening = fc.record({
  id: fc.constantFrom("a", "b", "c", "d"),
  what: fc.constantFrom("ACTIVE", "DRAINING", "INACTIVE", "lost", "RUNNING", "STOPPED", "other"),
});

const words = ({ containerInstance, action, why, reason, task, stop, desired }: Verdict) =>
  [arnId(containerInstance.arn), action, why, reason, task?.arn, stop.length, desired].join(" ");

test("whatever happens, the plan that is kept is the plan from scratch", () => {
  let idle = 0;
  fc.assert(
    fc.property(fc.array(happening, { minLength: 1, maxLength: 40 }), (happenings) => {
      const records = new Map([["lamp", encodeDaemon(daemon)]]);
      const snapshot = { epoch: "e", seq: 0, records: new Map([["d" as const, records]]) };
      const view = new ClusterView(testCluster, snapshot);
      const watch = createFleetWatch();
      happenings.forEach(({ id, what }, at) => {
        const isTask = ["RUNNING", "STOPPED", "other"].includes(what);
        const instance = anInstance(id, {
          version: String(at + 2),
          status: what === "lost" ? "ACTIVE" : what,
          agentConnected: what !== "lost",
        });
        const mine = what === "other" ? {} : { startedBy, group: "daemon:lamp" };
        const task = aTask(`${what === "other" ? "o" : "t"}-${id}`, id, {
          ...mine,
          version: String(at + 2),
          lastStatus: what === "STOPPED" ? "STOPPED" : "RUNNING",
          desiredStatus: what === "STOPPED" ? "STOPPED" : "RUNNING",
        });
        const observation = isTask
          ? observeTask(task, "event", now)
          : observeContainerInstance(instance, "event");
        const changes: Change[] = view.advance(
          [
            {
              seq: at + 1,
              kind: observation.kind,
              id: observation.id,
              at: now,
              before: undefined,
              after: recordOf(observation),
            },
          ],
          at + 1,
        );
        for (const concern of concerned(view, changes))
          if (concern.containerInstanceId !== undefined) watch.touch(concern.containerInstanceId);
        const stored = view.daemons.get("lamp") ?? daemon;
        const kept = watch.plan(view, stored, now);
        if (!kept.isNews) idle++;
        const fresh = planDaemon(planInputOf(view, stored, now));
        expect(kept.plan.verdicts.map(words).toSorted()).toEqual(
          fresh.verdicts.map(words).toSorted(),
        );
      });
    }),
    { numRuns: 100 },
  );
  expect(idle).toBeGreaterThan(0);
});
