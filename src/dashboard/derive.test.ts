// Groups, rows and durations.
import { describe, expect, it } from "vitest";
import {
  loadByInstance,
  rowsMax,
  shownAge,
  shownDuration,
  since,
  taskRows,
  worstFreshness,
  zonesByCluster,
} from "./derive.ts";
import type { Instance, Task } from "./model.ts";

const cluster = { arn: "cluster-arn", name: "quay" };

const task = (id: string, more: Partial<Task> = {}): Task => ({
  arn: id,
  id,
  cluster,
  containerInstanceArn: "one",
  family: "web",
  group: null,
  launchType: "EC2",
  lastStatus: "RUNNING",
  desiredStatus: "RUNNING",
  stopCode: null,
  stoppedReason: null,
  createdAt: null,
  startedAt: "2026-11-02T09:30:10.000Z",
  stoppingAt: null,
  stoppedAt: null,
  daemon: null,
  ...more,
});

const instance = (arn: string, zone: string | null): Instance => ({
  arn,
  id: arn,
  cluster,
  ec2InstanceId: `i-${arn}`,
  status: "ACTIVE",
  agentConnected: true,
  availabilityZone: zone,
  instanceType: null,
});

it("groups instances by cluster and zone, all in order", () => {
  const zones = zonesByCluster([
    instance("2", "b"),
    instance("3", null),
    instance("1", "b"),
    instance("4", "a"),
  ]);
  expect(
    zones.get("cluster-arn")?.map(({ name, instances }) => [name, instances.map(({ id }) => id)]),
  ).toEqual([
    ["a", ["4"]],
    ["b", ["1", "2"]],
    ["external", ["3"]],
  ]);
});

it("counts what runs and what moves on an instance, and names its daemons' tasks", () => {
  const loads = loadByInstance([
    task("a", { daemon: { name: "logs" } }),
    task("b", { lastStatus: "PENDING", daemon: { name: "exporter" } }),
    task("c", { desiredStatus: "STOPPED", daemon: { name: "old" } }),
    task("d", { containerInstanceArn: null }),
  ]);
  expect([...loads]).toEqual([
    ["one", { running: 2, moving: 1, daemons: "exporter PENDING,logs RUNNING,old STOPPING" }],
  ]);
});

describe("rows of the task table", () => {
  const instances = new Map([["one", instance("one", "a")]]);
  const tasks = (...all: Task[]) => new Map(all.map((each) => [each.arn, each]));
  const none = new Map<string, never>();

  it("are those that match every word, in any field", () => {
    const all = tasks(
      task("a"),
      task("b", { family: "api", lastStatus: "PENDING" }),
      task("c", { family: "api" }),
    );
    const found = (filter: string) =>
      taskRows({ tasks: all, leaving: none, instances }, filter)
        .rows.map((row) => row.task.id)
        .sort();
    expect(found("API")).toEqual(["b", "c"]);
    expect(found("api pend")).toEqual(["b"]);
    expect(found("i-one web")).toEqual(["a"]);
    expect(found("nothing")).toEqual([]);
  });

  it("are newest first, with those that leave among them", () => {
    const gone = task("gone", { lastStatus: "STOPPED", stoppedAt: "2026-11-02T09:50:00.000Z" });
    const { rows } = taskRows(
      {
        tasks: tasks(task("new", { startedAt: "2026-11-02T09:40:00.000Z" }), task("old")),
        leaving: new Map([["gone", { task: gone, untilMs: 0 }]]),
        instances,
      },
      "",
    );
    expect(rows.map((row) => [row.task.id, row.leaving, row.instance])).toEqual([
      ["gone", true, "i-one"],
      ["new", false, "i-one"],
      ["old", false, "i-one"],
    ]);
  });

  it("are limited, and the rest is counted", () => {
    const all = tasks(...Array.from({ length: 10_000 }, (_, index) => task(`t${index}`)));
    const { rows, matching } = taskRows({ tasks: all, leaving: none, instances }, "web");
    expect([rows.length, matching]).toEqual([rowsMax, 10_000]);
  });
});

it("says since when a task has its status", () => {
  const times = { createdAt: "1", startedAt: "2", stoppingAt: "3", stoppedAt: "4" };
  const of = (lastStatus: string, more: Partial<Task> = times) =>
    since(task("a", { ...more, lastStatus }));
  expect(["PENDING", "RUNNING", "DEACTIVATING", "STOPPED"].map((status) => of(status))).toEqual([
    "1",
    "2",
    "3",
    "4",
  ]);
  expect(of("RUNNING", { createdAt: "1", startedAt: null })).toBe("1");
});

it("shows the newest event's lag and the oldest comparison", () => {
  const fresh = {
    lastEventAt: "2",
    eventLagMs: 5,
    lastReconciledAt: "9",
    driftRepaired: 1,
    problem: null,
  };
  const stale = {
    lastEventAt: "1",
    eventLagMs: 50,
    lastReconciledAt: "8",
    driftRepaired: 2,
    problem: "throttled",
  };
  expect(worstFreshness([fresh, stale])).toEqual({
    lastEventAt: "2",
    eventLagMs: 5,
    lastReconciledAt: "8",
    driftRepaired: 3,
    problem: "throttled",
  });
  expect(
    worstFreshness([fresh, { ...stale, lastReconciledAt: null }])?.lastReconciledAt,
  ).toBeNull();
  expect(worstFreshness([])).toBeUndefined();
});

it("shows durations in one unit", () => {
  expect([-5, 999, 59_999, 60_000, 3_600_000, 200_000_000].map(shownDuration)).toEqual([
    "0 s",
    "0 s",
    "59 s",
    "1 min",
    "1 h",
    "2 d",
  ]);
  expect(shownAge(null, 0)).toBeUndefined();
  expect(shownAge("no time", 0)).toBeUndefined();
});
