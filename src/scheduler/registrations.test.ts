// A machine that has registered again: whoever names it means the present registration, known here or not.
import { expect, test } from "vitest";
import { planInputOf } from "../changes/daemon-input.ts";
import { currentRevision } from "../daemon/daemon.ts";
import { planDaemon } from "../daemon/plan.ts";
import type { Placement } from "../daemon/placement.ts";
import { arnId } from "../ecs/arn.ts";
import { aDaemon, anInstance } from "../testing/entities.ts";
import { viewOf } from "../testing/fleet.ts";
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
  const instances = ["former", "present"].map((id, index) =>
    anInstance(id, { ec2InstanceId: "i-1", registeredAt: index + 1 }),
  );
  const view = viewOf({ instances, daemons: [daemon], placements });
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
