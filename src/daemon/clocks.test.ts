// ECS's clock and our own may differ by hours: nothing may wait for that long, or be tried without a pause.
import { expect, test } from "vitest";
import { aDaemon, anInstance, aTask } from "../testing/entities.ts";
import type { Task } from "../ecs/task.ts";
import { currentRevision, formatLaunchMark } from "./daemon.ts";
import type { Daemon } from "./daemon.ts";
import { updateDaemon } from "./edit.ts";
import { backoffMs, retryAfterEnd } from "./failure.ts";
import { judge, settlingMs } from "./judge.ts";
import type { Placement } from "./placement.ts";

const hour = 3_600_000;
const base = 1_700_000_000_000;
/** The most that a difference may cost. */
const toleranceMs = 60_000;
const skews = [-24 * hour, -hour, -70_000, -5000, 0, 5000, 70_000, hour, 24 * hour];

function renewed(): Daemon {
  const edited = updateDaemon(aDaemon(), { taskDefinition: "lamp:4" }, 1, base);
  if (!edited.ok) throw new Error(edited.message);
  return edited.daemon;
}

const daemon = renewed();
const { template } = currentRevision(daemon);

const taskWith = (rest: Partial<Task>): Task =>
  aTask("t", "a", {
    startedBy: formatLaunchMark({ daemonId: daemon.id, template, launchId: "l1" }),
    group: "daemon:lamp",
    ...rest,
  });
const placement: Placement = {
  kind: "placement",
  daemon: "lamp",
  containerInstanceId: "a",
  generation: 0,
  state: "STARTING",
  launchId: "l1",
  template,
  attempts: 3,
  requestedAt: base,
};

const isHealthyAt = (task: Task, now: number): boolean =>
  judge(
    {
      daemon,
      selects: () => true,
      holdsDrain: () => undefined,
      essentialOf: () => undefined,
      now,
    },
    { instance: anInstance("a"), tasks: [task], placement },
  ).currentHealthy;

test.each(skews)(
  "a task of a new revision is healthy soon where ECS's clock is %i ms ahead",
  (ahead) => {
    const startedAt = base + 10_000;
    const task = taskWith({ startedAt: startedAt + ahead });
    expect(isHealthyAt(task, base + settlingMs + toleranceMs)).toBe(true);
  },
);

test("a task of a new revision is not healthy before it has settled", () => {
  const task = taskWith({ startedAt: base });
  expect(isHealthyAt(task, base + settlingMs - 1)).toBe(false);
});

test.each(skews)("a start that failed has its pause where ECS's clock is %i ms ahead", (ahead) => {
  const stoppedAt = base + 2000;
  const times = { startedAt: stoppedAt + ahead - 500, stoppedAt: stoppedAt + ahead };
  const ended = taskWith({ ...times, lastStatus: "STOPPED", desiredStatus: "STOPPED" });
  const retry = retryAfterEnd(placement, ended, template, stoppedAt);
  if (retry.when !== "at") throw new Error(`waits for ${retry.when}`);
  const pause = retry.at - base;
  expect(pause).toBeGreaterThanOrEqual(backoffMs(placement.attempts));
  expect(pause).toBeLessThanOrEqual(2000 + backoffMs(placement.attempts) + toleranceMs);
});
