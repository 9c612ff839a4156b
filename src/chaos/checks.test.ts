// The checks of a chaos run can fail: each is shown what must never be, and what must not trouble it.
import { expect, it } from "vitest";
import { observeTask } from "../store/record.ts";
import type { LogPage } from "../store/store.ts";
import { aTask, testCluster } from "../testing/entities.ts";
import { recordOf } from "../testing/fleet.ts";
import { checkBudget } from "./budget-check.ts";
import { CursorCheck } from "./cursor-check.ts";
import type { Told } from "./cursor-check.ts";
import { daemonSpecs } from "./daemon-specs.ts";
import { DaemonWishes, effects } from "./daemon-wishes.ts";
import { kindNames, planStorm } from "./plan.ts";
import { lineProblem } from "./process-watch.ts";
import { RecordedLog } from "./recorded-log.ts";
import { watchTasks } from "./task-watch.ts";

const record = (version: number): string =>
  recordOf(observeTask(aTask("t", "a", { version: String(version) }), "event", 0));

/** Changes of one task at these positions, each to a version of the position's number. */
function page(seqs: readonly number[], restart?: { seq: number; previous: number }): LogPage {
  const entries = seqs.map((seq, index) => ({
    seq,
    kind: "t" as const,
    id: "t",
    at: 0,
    before: index === 0 ? undefined : record(seqs[index - 1] ?? 0),
  }));
  const last = seqs.at(-1) ?? restart?.seq ?? 0;
  return {
    epoch: "e",
    seq: last,
    entries: restart ? [{ ...restart, kind: "r" }, ...entries] : entries,
    present: new Map(seqs.length > 0 ? [["t t", record(last)]] : []),
  };
}

function told(seq: number, type = "MODIFIED"): Told {
  return { type, seq, id: "t", version: String(seq), status: "RUNNING" };
}

/** A subscriber that began at 1 and was then told these. */
function judged(log: RecordedLog, ...items: readonly Told[]): string | undefined {
  const check = new CursorCheck({ kind: "t", matches: () => true });
  check.startAnew();
  check.tell({ type: "SYNCED", seq: 1, id: "", version: "", status: "" });
  for (const item of items) check.tell(item);
  return check.judge(log) ?? check.missing(log);
}

it("sees gaps, repeats, inventions and what is missing at the end", () => {
  const log = new RecordedLog();
  expect(log.take([page([1, 2, 3, 4])], testCluster)).toBeUndefined();
  expect(judged(log, told(2), told(3), told(4))).toBeUndefined();
  expect(judged(log, told(2), told(4))).toContain("missed 3");
  expect(judged(log, told(2), told(2))).toContain("a repeat");
  expect(judged(log, told(2), { ...told(3), version: "7" })).toContain("where the log has");
  expect(judged(log, told(2, "REMOVED"))).toContain("where the log has");
  expect(judged(log, told(2), told(3))).toContain("was not told 4");
});

it("knows what a crash of Redis undid, and who went on from it", () => {
  const log = new RecordedLog();
  log.take([page([1, 2, 3])], testCluster);
  const restart = { seq: 1000, previous: 2 };
  expect(log.take([page([], undefined)], testCluster)).toBeUndefined();
  expect(log.take([page([1001], restart)], testCluster)).toBeUndefined();
  const created = told(1001, "ADDED");
  expect(judged(log, told(2), created)).toBeUndefined();
  expect(judged(log, told(2), told(3), created)).toContain("which Redis lost");
  expect(log.take([page([1003])], testCluster)).toContain("a gap");
});

it("sees a promise that was broken, and none where no answer came", () => {
  const wishes = new DaemonWishes();
  const is = (content: string) => ({ exists: true, paused: false, contents: [content] });
  wishes.acknowledged(effects.register("a"));
  wishes.acknowledged(effects.update("b"));
  expect(wishes.observed(is("a"))).toContain("should be b");
  wishes.unknown(effects.update("c"));
  expect(wishes.observed(is("a"))).toContain("should be");
  expect(wishes.observed(is("c"))).toBeUndefined();
  expect(wishes.observed(is("b"))).toContain("should be c");
});

function taskEvent(daemon: string, id: string, lastStatus: string, exitCode?: number): string {
  const arn = `arn:aws:ecs:us-east-1:111122223333:task/harbor/${id}`;
  const containerInstanceArn = "arn:aws:ecs:us-east-1:111122223333:container-instance/harbor/i";
  const containers = exitCode === undefined ? [] : [{ exitCode }];
  const stopCode = "EssentialContainerExited";
  const detail = { taskArn: arn, group: `daemon:${daemon}`, containerInstanceArn, lastStatus };
  return JSON.stringify({ detail: { ...detail, desiredStatus: "RUNNING", containers, stopCode } });
}

it("sees two tasks of a daemon on one instance, and a run that succeeds twice", () => {
  const watch = watchTasks(daemonSpecs);
  expect(watch.take(taskEvent("lamp", "1", "PENDING"))).toBeUndefined();
  expect(watch.take(taskEvent("lamp", "1", "STOPPED"))).toBeUndefined();
  expect(watch.take(taskEvent("lamp", "2", "PENDING"))).toBeUndefined();
  expect(watch.take(taskEvent("lamp", "3", "PENDING"))).toContain("2 tasks of daemon lamp");
  const run = (id: string): string | undefined => {
    watch.take(taskEvent("prime", id, "RUNNING"));
    return watch.take(taskEvent("prime", id, "STOPPED", 0));
  };
  expect(run("4")).toBeUndefined();
  expect(run("5")).toContain("succeeded 2 times");
});

it("sees calls beyond the rates, and lines that no fault explains", () => {
  const budget = checkBudget();
  const counts = (calls: number) => ({ "ECS.StartTask": { calls, outcomes: {} } });
  expect(budget.take(counts(100), 0)).toBeUndefined();
  expect(budget.take(counts(140), 1000)).toBeUndefined();
  expect(budget.take(counts(260), 2000)).toContain("resourceWrites");
  const line = (level: number, msg: string) => JSON.stringify({ level, msg });
  expect(lineProblem(line(50, "lost Redis; waiting for it to come back"))).toBeUndefined();
  expect(lineProblem(line(50, "a resolver failed"))).toBe("is an unexpected error");
  expect(lineProblem(line(40, "x: TypeError: y"))).toBe("tells of a bug");
  expect(lineProblem("    at Object.<anonymous> (main.ts:1:1)")).toBe("is no log line");
});

it("plans the same for the same seed, and deals every kind", () => {
  const plan = (seed: number) =>
    [0, 1].flatMap((number) => planStorm({ seed, number, lengthMs: 60_000, gapMs: 700 }));
  expect(plan(1)).toEqual(plan(1));
  expect(plan(1)).not.toEqual(plan(2));
  expect(new Set(plan(1).map(({ kind }) => kind)).size).toBe(kindNames.length);
});
