// Each checker of safety hears stories that keep its rule and stories that break it.
import { describe, expect, test } from "vitest";
import type { Daemon } from "../../daemon/daemon.ts";
import type { Placement } from "../../daemon/placement.ts";
import { cluster, registered, story } from "./test-story.ts";
import type { Story } from "./test-story.ts";

/** The next revision, of another task definition. */
function revised(daemon: Daemon): Daemon {
  const [first] = daemon.revisions;
  if (!first) throw new Error("no revision");
  const next = { ...first, revision: 2, taskDefinition: "lamp:4", template: "other" };
  return { ...daemon, revision: 2, revisions: [first, next] };
}

const placed = (daemon: Daemon, id: string, rest: Partial<Placement> = {}): Placement => ({
  kind: "placement",
  daemon: daemon.name,
  containerInstanceId: id,
  generation: 0,
  state: "STARTING",
  launchId: "l1",
  template: daemon.revisions.at(-1)?.template ?? "",
  attempts: 1,
  requestedAt: 1,
  ...rest,
});

function update(it: Story, before: Daemon, after: Daemon): void {
  const ask = it.ask("updateDaemon", { name: after.name });
  it.daemon(after, before);
  it.tell({ kind: "told", ask, outcome: "ok" });
}

const running = (it: Story, arns: readonly string[]) => {
  for (const arn of arns) {
    it.task(arn, "RUNNING");
    it.learn(arn);
  }
};

describe("one task", () => {
  test("the next one is started when the last one has stopped", () => {
    const it = story();
    const daemon = registered(it);
    const [first = ""] = it.start(daemon, ["a"]);
    it.task(first, "STOPPED");
    it.start(daemon, ["a", "b"]);
    expect(it.breaches).toEqual([]);
  });

  test("a second one beside it is a breach, however long ago the answer was lost", () => {
    const it = story();
    const daemon = registered(it);
    it.start(daemon, ["a"]);
    it.later(21_000);
    it.start(daemon, ["a"]);
    expect(it.breaches).toEqual([expect.stringMatching(/^one task: .* on a beside .*t1 /)]);
  });

  test("a surge has two, of two templates, and never three", () => {
    const it = story();
    const daemon = registered(it, {
      rollout: {
        method: "REPLACE_THEN_TERMINATE",
        minHealthyPercent: 100,
        maxOverPercent: 100,
        canaryPercent: 0,
        autoRollback: false,
      },
    });
    it.start(daemon, ["a"]);
    const next = revised(daemon);
    update(it, daemon, next);
    it.start(next, ["a"]);
    expect(it.breaches).toEqual([]);
    const third = next.revisions.map((each) => ({ ...each, template: "third" }));
    it.start({ ...next, revisions: third }, ["a"]);
    expect(it.breaches).toHaveLength(1);
  });

  test("a Redis that was emptied excuses a second task; one that lost its last second does not", () => {
    for (const [life, breaches] of [
      ["wiped", 0],
      ["restarted", 1],
    ] as const) {
      const it = story();
      const daemon = registered(it);
      it.start(daemon, ["a"]);
      const lostSince = life === "wiped" ? undefined : it.at - 1000;
      it.tell({ kind: "redis", life, lostSince });
      it.later(5000);
      it.start(daemon, ["a"]);
      expect(it.breaches.filter((each) => each.startsWith("one task"))).toHaveLength(breaches);
    }
  });
});

describe("once", () => {
  const succeed = { stopCode: "EssentialContainerExited" } as const;
  const done = (it: Story, arn: string, exitCode: number) =>
    it.task(arn, "STOPPED", {
      ...succeed,
      containers: [
        {
          arn: "c",
          name: "main",
          lastStatus: "STOPPED",
          exitCode,
          networkBindings: [],
          networkInterfaces: [],
        },
      ],
    });

  test("a run is tried again until it succeeds, and again after a rerun", () => {
    const it = story();
    const daemon = registered(it, { mode: "ONCE_JOINED" });
    for (const [launchId, generation, exitCode] of [
      ["r1", 1, 1],
      ["r2", 1, 0],
      ["r3", 2, 0],
    ] as const) {
      it.placement(placed(daemon, "a", { generation, launchId }));
      const [task = ""] = it.start(daemon, ["a"], { clientToken: launchId });
      done(it, task, exitCode);
    }
    expect(it.breaches).toEqual([]);
  });

  test("a run that has succeeded is not started again", () => {
    const it = story();
    const daemon = registered(it, { mode: "ONCE_JOINED" });
    for (const launchId of ["r1", "r2"]) {
      it.placement(placed(daemon, "a", { generation: 1, launchId }));
      const [task = ""] = it.start(daemon, ["a"], { clientToken: launchId });
      done(it, task, 0);
    }
    expect(it.breaches).toEqual([
      expect.stringMatching(/^once: .* was started on a although .*t1 had succeeded/),
      expect.stringMatching(/^once: .* succeeded after .*t1 had/),
    ]);
  });
});

describe("rollout", () => {
  const ids = ["a", "b", "c", "d", "e"];
  function fleet(it: Story, rest: Partial<Daemon> = {}) {
    for (const id of ids) it.instance(id);
    const daemon = registered(it, rest);
    const tasks = it.start(daemon, ids);
    running(it, tasks);
    const next = revised(daemon);
    update(it, daemon, next);
    for (const id of ids) it.placement(placed(daemon, id));
    it.later(20_000);
    return { next, tasks };
  }

  test("one after the other: the next stops when the new task of the last one runs", () => {
    const it = story();
    const { next, tasks } = fleet(it);
    for (const [at, task] of tasks.entries()) {
      it.stop(task);
      it.learn(task);
      it.task(task, "STOPPED");
      it.learn(task);
      running(it, it.start(next, [ids[at] ?? ""]));
    }
    expect(it.breaches).toEqual([]);
  });

  test("two at a time of five with 90 percent are too many", () => {
    const it = story();
    const { tasks } = fleet(it);
    for (const task of tasks.slice(0, 2)) it.stop(task);
    expect(it.breaches).toEqual([
      expect.stringMatching(/^rollout: .* 2 of 5 instances are without .* 1 may be$/),
    ]);
  });

  test("an instance that was emptied stays missing without its agent, unless Redis forgot that it was", () => {
    for (const [lost, breaches] of [
      [false, 1],
      [true, 0],
    ] as const) {
      const it = story();
      const { next, tasks } = fleet(it);
      const [one = "", two = ""] = tasks;
      const taskArn = one;
      it.placement(placed(next, "a", { stop: { taskArn, at: it.at } }));
      it.stop(one);
      it.task(one, "STOPPED");
      it.learn(one);
      it.instance("a", "ACTIVE", false);
      it.later(20_000);
      if (lost) it.tell({ kind: "redis", life: "restarted", lostSince: it.at - 20_100 });
      it.later(90_000);
      it.stop(two);
      expect(it.breaches).toHaveLength(breaches);
    }
  });

  test("one whose new task turned UNHEALTHY is missing again", () => {
    const it = story();
    const { next, tasks } = fleet(it);
    const [one = "", two = ""] = tasks;
    it.stop(one);
    it.task(one, "STOPPED");
    it.learn(one);
    const [successor = ""] = it.start(next, ["a"]);
    running(it, [successor]);
    it.later(20_000);
    it.task(successor, "RUNNING", { healthStatus: "UNHEALTHY" });
    it.learn(successor, "describe");
    it.later(20_000);
    it.stop(two);
    expect(it.breaches).toEqual([
      expect.stringMatching(/^rollout: .* 2 of 5 instances are without .* 1 may be$/),
    ]);
  });

  test("what ECS stopped by itself is not ours, but room for our own stops does not grow by it", () => {
    const it = story();
    const { tasks } = fleet(it);
    for (const task of tasks.slice(1, 4)) {
      it.task(task, "STOPPED");
      it.learn(task);
    }
    it.stop(tasks[0] ?? "");
    expect(it.breaches).toEqual([]);
    it.stop(tasks[4] ?? "");
    expect(it.breaches).toHaveLength(1);
  });

  test("a task that is UNHEALTHY may be stopped, and one that ran only since the plan", () => {
    const it = story();
    const { tasks } = fleet(it);
    const [first = "", second = "", third = ""] = tasks;
    it.task(first, "RUNNING", { healthStatus: "UNHEALTHY" });
    it.learn(first, "describe");
    it.task(second, "RUNNING", { healthStatus: "UNHEALTHY" });
    it.learn(second, "describe");
    it.later(20_000);
    for (const task of [first, third]) it.stop(task);
    it.task(second, "RUNNING", { healthStatus: "HEALTHY" });
    it.learn(second, "describe");
    it.stop(second);
    expect(it.breaches).toEqual([]);
    it.stop(tasks[3] ?? "");
    expect(it.breaches).toHaveLength(1);
  });

  test("not more instances have two tasks than maxOverPercent says", () => {
    const it = story();
    const { next } = fleet(it, {
      rollout: {
        method: "REPLACE_THEN_TERMINATE",
        minHealthyPercent: 100,
        maxOverPercent: 20,
        canaryPercent: 0,
        autoRollback: false,
      },
    });
    it.start(next, ["a"]);
    expect(it.breaches).toEqual([]);
    it.start(next, ["b"]);
    expect(it.breaches).toEqual([
      expect.stringMatching(/^rollout: .* two tasks on 2 of 5 instances, 1 may have$/),
    ]);
  });
});

describe("budget", () => {
  const call = (it: Story, process = "scheduler-1") =>
    it.call({ operation: "DescribeTasks", process });

  test("a burst, then what is refilled", () => {
    const it = story();
    for (let at = 0; at < 80; at++) call(it);
    for (let at = 0; at < 200; at++) {
      it.later(63);
      call(it);
    }
    expect(it.breaches).toEqual([]);
  });

  test("one more than the burst and what came meanwhile", () => {
    const it = story();
    for (let at = 0; at < 200; at++) call(it, at % 2 ? "scheduler-1" : "ingest-1");
    expect(it.breaches[0]).toMatch(
      /^budget: 111122223333 eu-west-1 resourceReads: 129 calls in 0 ms/,
    );
  });

  test("a process that Redis did not answer has a share of its own", () => {
    const it = story();
    it.tell({ kind: "fault", fault: "redisCutOff", target: "ingest-1" });
    for (let at = 0; at < 160; at++) call(it);
    expect(it.breaches).toEqual([]);
    for (let at = 0; at < 10; at++) call(it);
    expect(it.breaches).not.toEqual([]);
  });
});

describe("versions", () => {
  test("rise", () => {
    const it = story();
    const [task = ""] = it.start(registered(it), ["a"]);
    it.learn(task);
    running(it, [task]);
    it.task(task, "STOPPED");
    it.learn(task);
    expect(it.breaches).toEqual([]);
  });

  test("an older one is not stored over a newer one, nor one that ECS has not said", () => {
    const it = story();
    const [task = ""] = it.start(registered(it), ["a"]);
    running(it, [task]);
    it.task(task, "PENDING", { version: "1" });
    it.learn(task);
    expect(it.breaches).toEqual([
      expect.stringMatching(/is stored at version 1|went back from version 2 to 1/),
    ]);
  });
});

describe("leases", () => {
  test("who holds none calls nothing and writes nothing", () => {
    const it = story();
    const daemon = registered(it);
    it.start(daemon, ["a"], { process: "scheduler-2" });
    it.tell({
      kind: "store",
      process: "scheduler-2",
      method: "writeControl",
      cluster,
      lease: "scheduler-2:7",
      outcome: "written",
    });
    expect(it.breaches).toEqual([
      expect.stringMatching(/^leases: scheduler-2 called StartTask while scheduler-1 holds/),
      expect.stringMatching(/^leases: scheduler-2 wrote writeControl under lease scheduler-2:7/),
    ]);
  });

  test("a lease ends by time", () => {
    const it = story();
    it.lease("scheduler-2", 3000);
    it.later(2900);
    it.call({ operation: "PutAttributes", process: "scheduler-2" });
    expect(it.breaches).toEqual([]);
    it.later(100);
    it.call({ operation: "PutAttributes", process: "scheduler-2" });
    expect(it.breaches).toEqual([expect.stringMatching(/nobody holds the lease$/)]);
  });
});

describe("manners", () => {
  test("a scheduler writes nothing that is observed", () => {
    const it = story();
    for (const process of ["ingest-1", "scheduler-1"])
      it.tell({ kind: "store", process, method: "apply", cluster, outcome: "ok" });
    expect(it.breaches).toEqual(["manners: scheduler-1, a scheduler, wrote observed state: apply"]);
  });

  test("a paused daemon is left alone once its pause is known", () => {
    const it = story();
    const daemon = registered(it);
    const [task = ""] = it.start(daemon, ["a"]);
    const ask = it.ask("pauseDaemon", { name: daemon.name });
    it.daemon({ ...daemon, paused: true });
    it.tell({ kind: "told", ask, outcome: "ok" });
    it.later(5000);
    it.start(daemon, ["b"]);
    expect(it.breaches).toEqual([]);
    it.later(5001);
    it.start(daemon, ["c"]);
    it.stop(task);
    expect(it.breaches).toEqual([
      expect.stringMatching(/StartTask for daemon lamp, which is paused$/),
      expect.stringMatching(/stopped .*t1 of daemon lamp, which is paused$/),
    ]);
  });

  test("a task that no daemon started is not stopped, whatever its mark says", () => {
    const it = story();
    const daemon = registered(it);
    const arn = "arn:aws:ecs:eu-west-1:111122223333:task/quay/copy";
    it.task(arn, "RUNNING", { startedBy: `longshore/${daemon.id}/x/y` });
    it.call({ operation: "StopTask", task: arn });
    expect(it.breaches).toEqual([expect.stringMatching(/copy, which no daemon started/)]);
  });

  test("nothing is started on an instance that drains", () => {
    const it = story();
    it.instance("a", "DRAINING");
    const daemon = registered(it);
    it.later(10_001);
    it.start(daemon, ["a", "b"]);
    expect(it.breaches).toEqual([expect.stringMatching(/on a, which drains$/)]);
  });
});

describe("acknowledged", () => {
  test("a definition that nobody changed stays; the scheduler may settle it", () => {
    const it = story();
    const daemon = registered(it);
    const next = revised(daemon);
    update(it, daemon, next);
    const settled = { ...next, stableRevision: 2, promotedRevision: 2 };
    it.daemon(settled, next, "scheduler-1");
    expect(it.breaches).toEqual([]);
    it.daemon({ ...settled, paused: true }, settled, "scheduler-1");
    it.tell({
      kind: "change",
      process: "scheduler-1",
      cluster,
      epoch: "e",
      seq: 99,
      entity: "d",
      id: daemon.name,
      before: JSON.stringify(settled),
      after: undefined,
    });
    expect(it.breaches).toEqual([
      expect.stringMatching(/neither taken back nor settled$/),
      expect.stringMatching(/it was not deregistered, and is removed$/),
    ]);
  });

  test("what was answered with ok outlives a crash of Redis, and what was not need not", () => {
    const it = story();
    const daemon = registered(it);
    it.later(60_000);
    const crash = (lostSince: number) => it.tell({ kind: "redis", life: "restarted", lostSince });
    update(it, daemon, { ...daemon, drainOrder: 7 });
    crash(it.at);
    it.ask("updateDaemon", { name: daemon.name });
    it.daemon({ ...daemon, drainOrder: 8 }, daemon);
    it.later(500);
    crash(it.at - 700);
    expect(it.breaches).toEqual([]);
    update(it, daemon, { ...daemon, drainOrder: 9 });
    it.later(500);
    crash(it.at - 700);
    expect(it.breaches).toEqual([expect.stringMatching(/^acknowledged: .* Redis lost it$/)]);
  });

  test("ok means that it is stored; a stale revision and bad input are refused", () => {
    const it = story();
    const daemon = registered(it);
    const told = (ask: number, code?: string) =>
      it.tell({ kind: "told", ask, outcome: code ? "error" : "ok", code, message: "because" });
    told(it.ask("pauseDaemon", { name: daemon.name }));
    told(it.ask("updateDaemon", { name: daemon.name, expectedRevision: 7 }));
    told(it.ask("updateDaemon", { name: daemon.name }, { expects: "BAD_USER_INPUT" }));
    told(it.ask("resumeDaemon", { name: daemon.name }), "INTERNAL_SERVER_ERROR");
    told(it.ask("resumeDaemon", { name: daemon.name }));
    told(it.ask("updateDaemon", { name: daemon.name, expectedRevision: 7 }), "CONFLICT");
    expect(it.breaches).toEqual([
      expect.stringMatching(/pauseDaemon of daemon lamp .* ok and is not stored$/),
      expect.stringMatching(/accepted with revision 7, which was not current$/),
      expect.stringMatching(/ok instead of BAD_USER_INPUT$/),
      expect.stringMatching(/answered with INTERNAL_SERVER_ERROR: because$/),
    ]);
  });
});
