// Tasks that run once: what starts a run, what ends it, that none runs twice to success, and what its ledger keeps.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aDaemon, anInstance, aTask } from "../testing/entities.ts";
import type { Task } from "../ecs/task.ts";
import { currentRevision, formatLaunchMark } from "./daemon.ts";
import type { DaemonMode } from "./daemon.ts";
import { whatHolds } from "./drain.ts";
import { expiredRuns, lateEndMs } from "./ledger.ts";
import { hasSucceeded, judgeOnce, settleRun } from "./once.ts";
import type { Placement } from "./placement.ts";
import { pendingRun } from "./rerun.ts";

const now = 1_700_000_100_000;
const once = (mode: DaemonMode) => aDaemon({ mode });
const joined = once("ONCE_JOINED");
const { template } = currentRevision(joined);

function run(rest: Partial<Placement> = {}): Placement {
  return {
    kind: "placement",
    daemon: "lamp",
    containerInstanceId: "a",
    generation: 1,
    state: "STARTING",
    launchId: "l1",
    template,
    attempts: 1,
    requestedAt: now - 1000,
    ...rest,
  };
}

function task(exitCodes: readonly (number | undefined)[], rest: Partial<Task> = {}): Task {
  const ended = { lastStatus: "STOPPED", desiredStatus: "STOPPED", stoppedAt: now - 100 };
  return aTask("t", "a", {
    startedBy: formatLaunchMark({ daemonId: joined.id, template, launchId: "l1" }),
    group: "daemon:lamp",
    ...(exitCodes.length > 0 ? ended : {}),
    stopCode: exitCodes.length > 0 ? "EssentialContainerExited" : undefined,
    containers: exitCodes.map((exitCode, index) => ({
      arn: `c${index}`,
      name: `c${index}`,
      lastStatus: "STOPPED",
      exitCode,
      networkBindings: [],
      networkInterfaces: [],
    })),
    ...rest,
  });
}

interface Given {
  readonly mode?: DaemonMode;
  readonly status?: string;
  readonly placement?: Placement | undefined;
  readonly tasks?: readonly Task[];
  readonly selects?: boolean;
  readonly startsOver?: number;
  readonly earlierUntil?: number;
  readonly deleting?: boolean;
  readonly lostAt?: number;
}

const on = ({ mode = "ONCE_JOINED", status = "ACTIVE", selects = true, ...given }: Given) => {
  const { startsOver, earlierUntil, deleting = false, lostAt, ...rest } = given;
  return judgeOnce(
    {
      daemon: aDaemon({ mode, startsOver, earlierUntil, deleting }),
      selects: () => selects,
      holdsDrain: () => undefined,
      essentialOf: () => undefined,
      lostAt,
      now,
    },
    { instance: anInstance("a", { status }), tasks: [], placement: undefined, ...rest },
  );
};

describe("a launch that a crash of Redis took out of the ledger", () => {
  const failed = run({ state: "FAILED", cause: "TASK", requestedAt: now - 9000, nextAttemptAt: 0 });
  const lost = (exitCodes: readonly number[], rest: Partial<Task> = {}) =>
    task(exitCodes, {
      startedBy: formatLaunchMark({ daemonId: joined.id, template, launchId: "l2" }),
      createdAt: now - 5000,
      ...rest,
    });
  const lostAt = now - 4000;
  test("goes on as the run's next attempt, and is not made again", () => {
    expect(on({ placement: failed, tasks: [lost([])], lostAt })).toMatchObject({
      action: "keep",
      settle: { generation: 1, state: "STARTING", launchId: "l2", attempts: 2 },
    });
  });
  test("counts where it has succeeded", () => {
    const ended = on({ placement: failed, tasks: [lost([0])], lostAt });
    expect(ended).toMatchObject({ action: "skip", settle: { state: "SUCCEEDED", launchId: "l2" } });
  });
  test("is none of the run's where nothing was lost, or a run is over", () => {
    expect(
      on({ placement: failed, tasks: [lost([0], { group: "family:x" })], lostAt }).action,
    ).toBe("start");
    const over = run({ state: "SUCCEEDED", requestedAt: now - 9000 });
    expect(on({ placement: over, tasks: [lost([])], lostAt }).settle).toBeUndefined();
  });
});

describe("a run", () => {
  test("starts when its instance is there, or leaves, and not otherwise", () => {
    const starts = (mode: DaemonMode, status: string, selects = true) =>
      on({ mode, status, selects }).action === "start";
    expect(starts("ONCE_JOINED", "ACTIVE")).toBe(true);
    expect(starts("ONCE_JOINED", "DRAINING")).toBe(false);
    expect(starts("ONCE_LEAVING", "ACTIVE")).toBe(false);
    expect(starts("ONCE_LEAVING", "DRAINING")).toBe(true);
    expect(starts("ONCE_JOINED", "ACTIVE", false)).toBe(false);
  });
  test("succeeds when all essential containers ended with 0, by themselves", () => {
    expect(hasSucceeded(task([0]), undefined)).toBe(true);
    expect(hasSucceeded(task([0, 0]), undefined)).toBe(true);
    expect(hasSucceeded(task([0, 1]), undefined)).toBe(false);
    expect(hasSucceeded(task([0, undefined]), undefined)).toBe(false);
    expect(hasSucceeded(task([0, 143]), new Set(["c0"]))).toBe(true);
    expect(hasSucceeded(task([143, 0]), new Set(["c0"]))).toBe(false);
    expect(hasSucceeded(task([0], { stopCode: "UserInitiated" }), undefined)).toBe(false);
    expect(hasSucceeded(task([0], { containers: [] }), undefined)).toBe(false);
  });
  test("that succeeded is over, whatever becomes of selector, instance and daemon", () => {
    const ended = on({ placement: run(), tasks: [task([0])] });
    expect(ended).toMatchObject({ action: "skip", settle: { state: "SUCCEEDED", exitCode: 0 } });
    const placement = ended.settle;
    if (!placement) throw new Error("not settled");
    for (const status of ["ACTIVE", "DRAINING"])
      for (const mode of ["ONCE_JOINED", "ONCE_LEAVING"] as const)
        expect(on({ placement, status, mode }).action).toBe("skip");
  });
  test("that failed is tried again after a pause, which grows", () => {
    const first = on({ placement: run(), tasks: [task([3])] });
    expect(first).toMatchObject({ action: "wait", settle: { state: "FAILED", exitCode: 3 } });
    const pauses = [1, 2, 5].map((attempts) => {
      // Whatever ECS's clock says of its end.
      const ended = task([3], { stoppedAt: now + (attempts - 2) * 3_600_000 });
      return (settleRun(run({ attempts }), ended, false, now).nextAttemptAt ?? 0) - now;
    });
    expect(pauses).toEqual([1000, 2000, 16_000]);
    const failed = run({ state: "FAILED", cause: "TASK", nextAttemptAt: now - 1 });
    expect(on({ placement: failed }).action).toBe("start");
  });
  test("that is on its way is not started again, and goes on when it is not selected any more", () => {
    expect(on({ placement: run() })).toMatchObject({ action: "wait", why: "pending" });
    expect(on({ placement: run(), tasks: [task([])], selects: false })).toMatchObject({
      action: "keep",
      stop: [],
    });
  });
  test("is run again only when a person asks", () => {
    const placement = pendingRun(joined, "a", 2, "asked", now);
    expect(on({ placement }).action).toBe("start");
    expect(on({ placement, selects: false }).action).toBe("start");
    expect(on({ placement, status: "DRAINING" })).toMatchObject({
      action: "wait",
      why: "not active",
    });
    expect(on({ placement, status: "DRAINING", mode: "ONCE_LEAVING" }).action).toBe("start");
    expect(on({ placement: run({ state: "SKIPPED", reason: "gone" }) }).action).toBe("skip");
  });
});

describe("a run that the ledger has lost", () => {
  test("is written down again while it runs, and is not started again when it has ended", () => {
    const running = on({ tasks: [task([])] });
    expect(running).toMatchObject({
      action: "keep",
      settle: { state: "STARTING", launchId: "l1" },
    });
    const placement = running.settle;
    expect(placement).toMatchObject({ generation: 1, taskArn: task([]).arn });
    expect(on({ placement, tasks: [task([])] })).toMatchObject({ action: "keep" });
    expect(on({ placement, tasks: [task([0])] })).toMatchObject({ settle: { state: "SUCCEEDED" } });
    expect(on({ placement, tasks: [task([1])] })).toMatchObject({ settle: { state: "FAILED" } });
  });
  test("counts when it has succeeded, and is tried again when it has not", () => {
    const ended = on({ tasks: [task([1]), task([0])] });
    expect(ended).toMatchObject({
      action: "skip",
      why: "completed",
      settle: { state: "SUCCEEDED" },
    });
    expect(on({ tasks: [task([1])] })).toMatchObject({ action: "start" });
  });
  test("does not count when it was of other content, or of an earlier daemon of the name", () => {
    const startedBy = formatLaunchMark({ daemonId: joined.id, template: "other", launchId: "l1" });
    expect(on({ tasks: [task([0], { startedBy })] })).toMatchObject({ action: "start" });
    const created = (createdAt: number) => ({
      startsOver: now - 600_000,
      tasks: [task([0], { createdAt })],
    });
    expect(on(created(now - 700_000))).toMatchObject({ action: "start" });
    expect(on(created(now - 400_000))).toMatchObject({ action: "skip" });
    // Between clocks that may differ by a minute, by what was known of that one when this one took its name.
    const near = (createdAt: number) => ({ ...created(createdAt), earlierUntil: now - 590_000 });
    expect(on(created(now - 570_000))).toMatchObject({ action: "start" });
    expect(on(near(now - 570_000))).toMatchObject({ action: "skip" });
    expect(on(near(now - 590_000))).toMatchObject({ action: "start" });
    expect(on({ ...near(now - 700_000), earlierUntil: 0 })).toMatchObject({ action: "start" });
    expect(on({ ...near(now - 530_000), earlierUntil: now })).toMatchObject({ action: "skip" });
  });
  test("is stopped as any other where its daemon is being removed", () => {
    expect(on({ tasks: [task([])], deleting: true })).toMatchObject({ action: "stop" });
  });
});

test("whatever happens in whatever order, no generation starts again after a success", () => {
  const outcome = fc.constantFrom([0], [1], [], [0, 1], [137]);
  fc.assert(
    fc.property(fc.array(outcome, { minLength: 1, maxLength: 12 }), (outcomes) => {
      let placement: Placement | undefined;
      let succeeded = false;
      let repeated = 0;
      for (const exitCodes of outcomes) {
        const before = on({ placement, tasks: [] });
        if (before.action === "start") {
          if (succeeded) repeated++;
          placement = run({ attempts: (placement?.attempts ?? 0) + 1 });
        }
        const seen = on({ placement, tasks: [task(exitCodes)] });
        if (seen.settle) {
          succeeded ||= seen.settle.state === "SUCCEEDED";
          placement = { ...seen.settle, nextAttemptAt: 0 };
        }
      }
      expect(repeated).toBe(0);
    }),
  );
});

describe("daemons on an instance that drains", () => {
  const lamp = aDaemon();
  const late = aDaemon({ name: "late", drainOrder: 5 });
  const ofLamp = task([], {});
  const ofNobody = aTask("n", "a");
  const facts = {
    tasks: [] as readonly Task[],
    ownerOf: (each: Task) => (each === ofNobody ? undefined : lamp),
    leaving: [],
  };
  test.each(["RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING"])(
    "stay while another task is %s",
    (lastStatus) => {
      const tasks = [{ ...ofNobody, lastStatus, desiredStatus: "STOPPED" }];
      expect(whatHolds(lamp, { ...facts, tasks, ownerOf: () => undefined })).toContain("other");
    },
  );
  test("go when the others have STOPPED, in their order", () => {
    const tasks = [{ ...ofNobody, lastStatus: "STOPPED" }, ofLamp];
    const ownerOf = (each: Task) => (each === ofLamp ? lamp : undefined);
    expect(whatHolds(lamp, { ...facts, tasks, ownerOf })).toBeUndefined();
    expect(whatHolds(late, { ...facts, tasks, ownerOf })).toContain("daemon lamp");
    const stopped = [{ ...ofLamp, lastStatus: "STOPPED" }];
    expect(whatHolds(late, { ...facts, tasks: stopped })).toBeUndefined();
  });
  test("wait for what is to run when it leaves, but not for ever", () => {
    const held = (placement: Placement | undefined) =>
      whatHolds(lamp, { ...facts, leaving: [{ daemon: "flush", placement }] }) !== undefined;
    expect(held(undefined)).toBe(true);
    expect(held(run())).toBe(true);
    expect(held(run({ state: "SUCCEEDED" }))).toBe(false);
    expect(held(run({ state: "FAILED", cause: "TASK", attempts: 2 }))).toBe(true);
    expect(held(run({ state: "FAILED", cause: "TASK", attempts: 5 }))).toBe(false);
    expect(held(run({ state: "FAILED", cause: "RESOURCE" }))).toBe(false);
    expect(held(run({ state: "FAILED", cause: "ATTRIBUTE" }))).toBe(false);
  });
});

test("the ledger closes runs whose instance left, and forgets closed ones after the retention time", () => {
  const ended = (id: string, endedAt: number) =>
    run({ containerInstanceId: id, state: "SUCCEEDED", endedAt });
  const placements = [
    ended("here", 0),
    ended("gone", now - 1000),
    ended("long-gone", now - 10_000),
    run({ containerInstanceId: "left" }),
  ];
  const { closed, forgotten } = expiredRuns(placements, {
    isPresent: ({ containerInstanceId }: Placement) => containerInstanceId === "here",
    goneFor: () => lateEndMs,
    taskOf: () => undefined,
    essentialOf: () => undefined,
    now,
    retentionMs: 5000,
  });
  expect(forgotten.map((each) => each.containerInstanceId)).toEqual(["long-gone"]);
  expect(closed).toMatchObject([{ containerInstanceId: "left", state: "SKIPPED" }]);
});

describe("a run that was under way when its instance left", () => {
  const expired = (seen: Task | undefined, goneFor = 0, of = run()) =>
    expiredRuns([of], {
      isPresent: () => false,
      goneFor: () => goneFor,
      taskOf: () => seen,
      essentialOf: () => undefined,
      now,
      retentionMs: 5000,
    });

  test("ends as its task did, where that is known", () => {
    expect(expired(task([0])).closed).toMatchObject([
      { state: "SUCCEEDED", exitCode: 0, endedAt: now - 100 },
    ]);
    const [failed] = expired(task([3])).closed;
    expect(failed).toMatchObject({ state: "SKIPPED", exitCode: 3 });
    expect(failed?.reason).toContain("left after it had failed");
  });

  test("waits a while for the end of its task, which may be told later, and no longer", () => {
    for (const seen of [undefined, task([])]) {
      expect(expired(seen)).toMatchObject({ closed: [], awaited: [{ launchId: "l1" }] });
      expect(expired(seen, lateEndMs)).toMatchObject({
        closed: [{ state: "SKIPPED" }],
        awaited: [],
      });
    }
  });

  test("is over at once where nothing is under way", () => {
    for (const state of ["PENDING", "FAILED"] as const)
      expect(expired(undefined, 0, run({ state })).closed).toMatchObject([{ state: "SKIPPED" }]);
  });
});
