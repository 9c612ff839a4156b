// When clusters have their turn, by pure time.
import { expect, test } from "vitest";
import { phaseOf, ReconcileSchedule } from "./reconcile-schedule.ts";

const names = Array.from({ length: 200 }, (_, index) => `arn:cluster/${index}`);

test("all are due at once, then each at its own moment of the interval, then every interval", () => {
  const schedule = new ReconcileSchedule(1000);
  schedule.keep(new Set(names), 0);
  const first = names.map(() => schedule.take(0));
  expect(first.every((turn) => turn?.first)).toBe(true);
  expect(schedule.take(0)).toBeUndefined();
  for (const name of names) schedule.end(name, "done", 0, 10);
  const due = new Map<string, number>();
  for (let now = 10; now <= 1100; now++)
    for (let turn = schedule.take(now); turn; turn = schedule.take(now)) {
      expect(turn.first).toBe(false);
      due.set(turn.cluster, now);
      schedule.end(turn.cluster, "done", now, now);
    }
  expect(due.size).toBe(200);
  // No tenth of the interval gets more than a fifth of them.
  const tenths = Map.groupBy(due.values(), (at) => Math.floor(at / 100));
  for (const group of tenths.values()) expect(group.length).toBeLessThan(40);
  const [one = ""] = names;
  expect(schedule.take((due.get(one) ?? 0) + 999)?.cluster).not.toBe(one);
});

test("phases are the same for every worker", () => {
  expect(phaseOf("arn:cluster/1")).toBe(phaseOf("arn:cluster/1"));
  expect(new Set(names.map(phaseOf)).size).toBe(200);
});

test("a failed one comes back soon and ever later, a busy one is not first again", () => {
  const schedule = new ReconcileSchedule(300_000);
  schedule.keep(new Set(["a"]), 0);
  let now = 0;
  const pauses: number[] = [];
  for (let round = 0; round < 7; round++) {
    schedule.take(now);
    schedule.end("a", "failed", now, now);
    pauses.push((schedule.nextAt ?? 0) - now);
    now = schedule.nextAt ?? 0;
  }
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  expect(schedule.take(now)?.first).toBe(true);
  schedule.end("a", "busy", now, now);
  expect(schedule.take(now + 15_000)).toEqual({ cluster: "a", first: false });
});

test("those that failed before are not compared all at once: one that takes long to fail leaves room", () => {
  const schedule = new ReconcileSchedule(300_000);
  const bad = ["a", "b", "c", "d", "e"];
  schedule.keep(new Set(bad), 0);
  for (const cluster of bad) {
    schedule.take(0);
    schedule.end(cluster, "failed", 0, 0);
  }
  const [first] = [1, 2, 3].map(() => schedule.take(5000)?.cluster);
  expect([schedule.take(5000), schedule.nextAt]).toEqual([undefined, undefined]);
  schedule.keep(new Set([...bad, "good"]), 5000);
  expect(schedule.nextAt).toBe(5000);
  expect(schedule.take(5000)?.cluster).toBe("good");
  schedule.end(first ?? "", "failed", 5000, 80_000);
  expect(schedule.nextAt).toBe(1000);
  expect(bad).toContain(schedule.take(80_000)?.cluster);
});

test("what is lost while it is compared is compared again", () => {
  const schedule = new ReconcileSchedule(1000);
  schedule.keep(new Set(["a"]), 0);
  schedule.take(0);
  schedule.makeUrgent("a", 5);
  schedule.end("a", "done", 0, 10);
  expect(schedule.take(10)).toEqual({ cluster: "a", first: true });
});
