// What keys make of `top`, which rows it shows and in which order, and how it counts: without a terminal.
import type { ChangeWord } from "../../client/follow.ts";
import { describe, expect, it } from "vitest";
import { plainPaint } from "../style.ts";
import { displayWidth } from "../table.ts";
import type { TopTask } from "./failures.ts";
import { Fleet } from "./fleet.ts";
import { frame, rowsOf, scrollTo } from "./frame.ts";
import { Rates } from "./rates.ts";
import { initialState, press } from "./state.ts";
import type { TopState } from "./state.ts";

const shown = { rows: ["a", "b", "c", "d"], page: 2, columns: 5 };
const typed = (keys: readonly string[], from = initialState("tasks", 4)): TopState =>
  keys.reduce((state, key) => press(state, key, shown), from);

const task = (id: string, more: Partial<TopTask> = {}): TopTask => ({
  arn: `arn:aws:ecs:eu-west-3:123456789012:task/quay/${id}`,
  id,
  cluster: { name: "quay" },
  taskDefinitionArn: "arn:aws:ecs:eu-west-3:123456789012:task-definition/lamp:3",
  lastStatus: "RUNNING",
  desiredStatus: "RUNNING",
  createdAt: "2026-03-01T12:00:00.000Z",
  containerInstanceArn: null,
  group: null,
  startedBy: null,
  launchType: null,
  availabilityZone: null,
  healthStatus: null,
  stopCode: null,
  stoppedReason: null,
  stoppedAt: null,
  daemon: null,
  containers: [],
  ...more,
});
const now = Date.parse("2026-03-01T13:00:00.000Z");

function fleetWith(...tasks: TopTask[]): Fleet {
  const fleet = new Fleet();
  const rest = { cursor: "", change: {} };
  for (const each of tasks)
    fleet.applyTask({ kind: "change", type: "ADDED", entity: each, ...rest }, now);
  fleet.applyTask({ kind: "synced", type: "SYNCED", ...rest }, now);
  return fleet;
}

describe("keys", () => {
  it("move among the rows, and no further", () => {
    expect(typed(["down", "j"]).chosen.tasks).toBe("c");
    expect(typed(["pagedown", "pagedown", "pagedown"]).chosen.tasks).toBe("d");
    expect(typed(["end", "up", "home"]).chosen.tasks).toBe("a");
    expect(typed(["down", "up", "k"]).chosen.tasks).toBe("a");
  });

  it("turn the views round, each with its own order", () => {
    expect(typed(["tab"]).view).toBe("failures");
    expect(typed(["1", "left"]).view).toBe("failures");
    const sorted = typed(["s", "r", "2"]);
    expect(sorted.sorts.tasks).toEqual({ column: 0, reversed: true });
    expect(sorted.sorts.instances.reversed).toBe(false);
  });

  it("are letters while a filter is typed", () => {
    const typing = typed(["/", "q", "1", "backspace", "/"]);
    expect(typing).toMatchObject({ filter: "q/", isFiltering: true, view: "tasks" });
    expect(typed(["return"], typing)).toMatchObject({ filter: "q/", isFiltering: false });
    expect(typed(["escape"], typing)).toMatchObject({ filter: "", isFiltering: false });
  });

  it("open the details of a row, and go back", () => {
    expect(typed(["return"])).toMatchObject({ isOpen: true, chosen: { tasks: "a" } });
    expect(typed(["return", "escape"]).isOpen).toBe(false);
    expect(typed(["return", "tab"]).isOpen).toBe(false);
    expect(typed(["?", "x"]).isHelp).toBe(false);
    expect(typed(["nonsense"])).toEqual(initialState("tasks", 4));
  });
});

describe("rows", () => {
  const fleet = fleetWith(
    task("t2", { createdAt: "2026-03-01T12:30:00.000Z" }),
    task("t10"),
    task("t1", { lastStatus: "PENDING" }),
  );
  const ids = (state: TopState) => rowsOf(fleet, state, now).map(({ cells }) => cells[0]);
  const ages = fleet.columns("tasks").findIndex(({ title }) => title === "AGE");

  it("are sorted by a column, numbers as numbers, times as times", () => {
    expect(ids(initialState("tasks", ages))).toEqual(["t2", "t1", "t10"]);
    expect(ids(initialState("tasks", 0))).toEqual(["t1", "t2", "t10"]);
    expect(ids(press(initialState("tasks", 0), "r", shown))).toEqual(["t10", "t2", "t1"]);
  });

  it("have all the words of the filter", () => {
    expect(ids({ ...initialState("tasks", 0), filter: "lamp pend" })).toEqual(["t1"]);
    expect(ids({ ...initialState("tasks", 0), filter: "boat" })).toEqual([]);
  });

  it.each([120, 80, 40, 20])("fit %d columns, and the screen's lines", (columns) => {
    const state = initialState("tasks", ages);
    const rows = rowsOf(fleet, state, now);
    const picture = {
      fleet,
      state,
      rows,
      detail: undefined,
      connection: "live",
      now,
      paint: plainPaint,
    };
    const lines = frame(picture, { columns, rows: 10 });
    expect(lines).toHaveLength(10);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
  });

  it("are scrolled so that the chosen one is seen", () => {
    expect(scrollTo(0, 100, 10)).toBe(0);
    expect(scrollTo(50, 100, 10)).toBe(45);
    expect(scrollTo(99, 100, 10)).toBe(90);
    expect(scrollTo(3, 4, 10)).toBe(0);
  });
});

describe("failures", () => {
  const ended = (id: string, more: object = {}) =>
    task(id, {
      lastStatus: "STOPPED",
      desiredStatus: "STOPPED",
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      stoppedAt: `2026-03-01T12:5${id}:00.000Z`,
      ...more,
    });
  it("are counted by reason, those before and those that come, each once", () => {
    const fleet = fleetWith(task("1"), task("2"));
    fleet.stopped(ended("0"));
    fleet.stopped(ended("4", { stopCode: "UserInitiated" }));
    fleet.stopped(ended("5", { stoppedReason: "CannotPullContainerError: pull of 12 layers" }));
    for (const id of ["2", "1", "1"]) {
      const entity = { ...ended(id) };
      const step = { kind: "change", type: "REMOVED", cursor: "", entity, change: {} } as const;
      fleet.applyTask(step, now);
    }
    const rows = rowsOf(fleet, initialState("failures", 0), now).map(({ cells }) => cells);
    expect(rows).toEqual([
      ["3", "8m", "lamp", "quay", "Essential container in task exited", "2"],
      ["1", "5m", "lamp", "quay", "CannotPullContainerError: pull of <n> layers", "5"],
    ]);
  });
});

describe("rates", () => {
  it("count the last minute, and forget", () => {
    const rates = new Rates();
    for (const at of [0, 500, 30_000]) rates.add("quay", "start", now + at);
    expect(rates.perMinute("quay", "start", now + 30_000)).toBe(3);
    expect(rates.perMinute("quay", "start", now + 60_000)).toBe(1);
    expect(rates.perMinute("quay", "start", now + 600_000)).toBe(0);
    expect(rates.perMinute("quay", "stop", now)).toBe(0);
  });

  it("count what happens, not what a snapshot says", () => {
    const fleet = fleetWith(task("t1", { lastStatus: "PENDING" }), task("t2"));
    expect(fleet.rates.perMinute("quay", "start", now)).toBe(0);
    const change = (type: ChangeWord, entity: TopTask) =>
      fleet.applyTask({ kind: "change", type, cursor: "", entity, change: {} }, now);
    change("MODIFIED", task("t1"));
    change("MODIFIED", task("t1", { desiredStatus: "STOPPED" }));
    change("REMOVED", task("t2"));
    expect(fleet.rates.perMinute("quay", "start", now)).toBe(1);
    expect(fleet.rates.perMinute("quay", "stop", now)).toBe(1);
    expect(fleet.rates.perMinute("quay", "change", now)).toBe(3);
  });
});
