// A machine that has registered again: whoever names it means the present registration, known here or not.
import { expect, test } from "vitest";
import { planInputOf } from "../changes/daemon-input.ts";
import { ClusterView } from "../changes/cluster-view.ts";
import { currentRevision } from "../daemon/daemon.ts";
import { planDaemon } from "../daemon/plan.ts";
import { placementKey } from "../daemon/placement.ts";
import type { Placement } from "../daemon/placement.ts";
import { encodeDaemon, encodePlacement } from "../daemon/record.ts";
import { arnId } from "../ecs/arn.ts";
import { observeContainerInstance } from "../store/record.ts";
import { aDaemon, anInstance, testCluster } from "../testing/entities.ts";
import { isPresent, startsOf } from "./registrations.ts";

const now = 1_700_000_100_000;
const daemon = aDaemon({ launch: "RUN_TASK" });

function placed(containerInstanceId: string, rest: Partial<Placement> = {}): Placement {
  return {
    kind: "placement",
    daemon: daemon.name,
    containerInstanceId,
    generation: 0,
    state: "STARTING",
    launchId: "l1",
    template: currentRevision(daemon).template,
    attempts: 1,
    requestedAt: now,
    standing: "1 x",
    ...rest,
  };
}

/** One machine: first it was `former`, now it is `present`; where starts may be made. */
function world(...placements: Placement[]) {
  const instances = [1, 2].map((registeredAt) => {
    const instance = anInstance(registeredAt === 1 ? "former" : "present", {
      ec2InstanceId: "i-1",
      registeredAt,
    });
    const { fixed, doc, attributes, described, enriched } = observeContainerInstance(
      instance,
      "describe",
    );
    const parts = [instance.version, "", fixed, doc, attributes, described, enriched];
    return [arnId(instance.arn), parts.join("\n")] as const;
  });
  const view = new ClusterView(testCluster, {
    epoch: "e",
    seq: 0,
    records: new Map([
      ["d" as const, new Map([[daemon.name, encodeDaemon(daemon)]])],
      ["i" as const, new Map(instances)],
      [
        "p" as const,
        new Map(placements.map((each) => [placementKey(each), encodePlacement(each)])),
      ],
    ]),
  });
  const plan = planDaemon(planInputOf(view, daemon, now));
  const starts = startsOf(view, daemon, plan);
  return { view, starts: starts.map(({ containerInstance }) => arnId(containerInstance.arn)) };
}

test("only the present registration is started on, and not while it may have got the former one's task", () => {
  expect(world().starts).toEqual(["present"]);
  expect(world(placed("former")).starts).toEqual([]);
  const refused = placed("former", { state: "FAILED", cause: "OTHER", nextAttemptAt: now + 1000 });
  expect(world(refused).starts).toEqual(["present"]);
  const got = placed("present", { standing: undefined, taskArn: "arn:t" });
  expect(world(refused, got).starts).toEqual([]);
});

test("what it got before it was heard of is kept for a while", () => {
  const { view } = world();
  const got = placed("unheard of", { standing: undefined, taskArn: "arn:t" });
  expect(isPresent(view, got, now)).toBe(true);
  expect(isPresent(view, got, now + 600_000)).toBe(false);
  expect(isPresent(view, placed("unheard of"), now)).toBe(false);
  expect(isPresent(view, placed("former"), now)).toBe(true);
});
