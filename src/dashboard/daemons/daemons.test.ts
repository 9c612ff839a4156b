// What the daemons' pages work out: what a plan means for each instance, how far a rollout is, what a form sends, whose
// refusal it is, what differs between two revisions.
import { describe, expect, it } from "vitest";
import { diffLines, diffRevisions } from "./diff.ts";
import {
  changedFields,
  emptyForm,
  formOf,
  inputOf,
  missingIn,
  problemOf,
  rebase,
} from "./fields.ts";
import type { DaemonDetails, Plan, Revision } from "./model.ts";
import { countFates, countReasons, outlooksOf, stagesOf } from "./plan.ts";

const nothing: Plan = { start: [], stop: [], keep: [], skip: [], waves: [], apiCalls: 0 };
const wave = (parts: Partial<Plan["waves"][number]>) => ({
  start: [],
  replace: [],
  stop: [],
  ...parts,
});

const revision = (number: number, rest: Partial<Revision> = {}): Revision => ({
  revision: number,
  taskDefinition: "lamp:1",
  selector: "",
  overrides: null,
  networkConfiguration: null,
  tags: [],
  createdAt: "2026-11-02T09:30:00.000Z",
  ...rest,
});

const daemon: DaemonDetails = {
  name: "lamp",
  cluster: { arn: "arn:quay", name: "quay" },
  mode: "ALWAYS",
  launch: "START_TASK",
  paused: false,
  drainOrder: 0,
  readinessAttribute: null,
  revision: 2,
  stableRevision: 1,
  rollout: {
    method: "TERMINATE_THEN_REPLACE",
    minHealthyPercent: 90,
    maxOverPercent: 0,
    canaryPercent: 0,
    autoRollback: false,
  },
  revisions: [revision(2, { tags: [{ key: "team", value: "a=b" }] }), revision(1)],
  status: {
    phase: "ACTIVE",
    reason: "",
    since: null,
    desired: 3,
    running: 3,
    healthy: 3,
    updated: 3,
    outdated: 0,
    waiting: 0,
    failed: 0,
    succeeded: 0,
  },
  plan: { ...nothing, wave: null, waveCount: 0 },
};

describe("outlooksOf", () => {
  it("gives each instance one fate: that of the first wave it is in, else what happens now", () => {
    const plan: Plan = {
      ...nothing,
      start: ["a"],
      stop: ["task-b", "task-e", "nowhere"],
      keep: ["task-c", "task-d"],
      skip: [{ containerInstance: "f", reason: "it drains" }],
      waves: [wave({ start: ["a"], replace: ["b"] }), wave({ replace: ["c", "b"] })],
    };
    const places: Readonly<Record<string, string>> = {
      "task-b": "b",
      "task-c": "c",
      "task-d": "d",
      "task-e": "e",
    };
    const outlooks = outlooksOf(plan, (task) => places[task]);
    expect(
      Object.fromEntries([...outlooks].map(([arn, { fate, wave: at }]) => [arn, [fate, at]])),
    ).toEqual({
      a: ["start", 1],
      b: ["replace", 1],
      c: ["replace", 2],
      d: ["keep", undefined],
      e: ["stop", undefined],
      f: ["skip", undefined],
    });
    expect(outlooks.get("f")?.reason).toBe("it drains");
    expect(countFates(outlooks.values())).toEqual({
      start: 1,
      replace: 2,
      stop: 1,
      keep: 1,
      skip: 1,
    });
  });
});

describe("stagesOf", () => {
  const waves = [wave({ replace: ["a", "b"] }), wave({ start: ["c"], replace: ["d", "e", "f"] })];

  it("adds up to what should be, and calls held back what no wave reaches", () => {
    expect(stagesOf(10, 3, 1, { waves })).toEqual([
      { kind: "done", count: 3 },
      { kind: "moving", count: 1 },
      { kind: "next", count: 2, wave: 1 },
      { kind: "next", count: 4, wave: 2 },
    ]);
    expect(stagesOf(12, 3, 1, { waves }).at(-1)).toEqual({ kind: "held", count: 2 });
    const numbers = stagesOf(10, 3, 1, { waves }, 2).map((stage) => stage.wave);
    expect(numbers).toEqual([undefined, undefined, 3, 4]);
  });

  it("never says more than there is", () => {
    const sum = (stages: ReturnType<typeof stagesOf>) =>
      stages.reduce((all, { count }) => all + count, 0);
    for (const [settled, moving] of [
      [9, 9],
      [2, 9],
      [0, 0],
    ] as const)
      expect(sum(stagesOf(5, settled, moving, { waves }))).toBe(5);
    expect(stagesOf(0, 0, 0, nothing)).toEqual([]);
  });
});

it("counts reasons as the same that differ in numbers and ids", () => {
  const reasons = [
    "RESOURCE:CPU on 1234abcd",
    "waits",
    "RESOURCE:CPU on 99ffee00",
    "waits",
    "waits",
  ];
  expect(countReasons(reasons)).toEqual([
    { reason: "waits", count: 3 },
    { reason: "RESOURCE:CPU on 1234abcd", count: 2 },
  ]);
});

describe("the form", () => {
  const base = formOf(daemon);
  const input = (change: Partial<typeof base>) => inputOf({ ...base, ...change }, base);

  it("sends what was changed, and no more", () => {
    expect(input({})).toEqual({ input: { cluster: "arn:quay", name: "lamp" } });
    expect(
      input({ canaryPercent: "25", selector: " a == b ", tags: "x=1\n\ny = 2=3", overrides: "" }),
    ).toEqual({
      input: {
        cluster: "arn:quay",
        name: "lamp",
        selector: "a == b",
        tags: [
          { key: "x", value: "1" },
          { key: "y", value: "2=3" },
        ],
        rollout: { canaryPercent: 25 },
      },
    });
    const set = { ...base, overrides: '{ "cpu": "64" }' };
    expect(inputOf({ ...set, overrides: "" }, set)).toMatchObject({ input: { overrides: {} } });
  });

  it("refuses what cannot be put into an input, at its field", () => {
    const field = (change: Partial<typeof base>) => {
      const made = input(change);
      return "problem" in made ? made.problem.field : undefined;
    };
    expect(field({ overrides: "{" })).toBe("overrides");
    expect(field({ minHealthyPercent: "most" })).toBe("minHealthyPercent");
    expect(field({ drainOrder: "" })).toBe("drainOrder");
    expect(field({ tags: "team" })).toBe("tags");
    expect(missingIn(emptyForm)).toBe("cluster");
    expect(missingIn({ ...base, taskDefinition: " " })).toBe("taskDefinition");
    expect(missingIn(base)).toBeUndefined();
  });

  it.each([
    ["selector, column 31: expected a regular expression, found the end", "selector"],
    ['taskDefinition "a b" is no family, family:revision or ARN.', "taskDefinition"],
    ["mode ONCE_LEAVING needs launch START_TASK: RunTask places nothing", "mode"],
    ["daemon lamp is there already: use updateDaemon, or another name.", "name"],
    ["a tag's key takes 1 to 128 characters, its value up to 256.", "tags"],
    ["maxOverPercent must be at least 1 with REPLACE_THEN_TERMINATE", "maxOverPercent"],
    ["the server cannot be reached", undefined],
  ])("knows whose refusal it is: %s", (message, field) => {
    expect(problemOf(message)).toEqual({ field, message });
  });

  it("goes on top of somebody else's change with its own", () => {
    const theirs = { ...base, selector: "a == b", drainOrder: "3" };
    const mine = { ...base, drainOrder: "7", autoRollback: true };
    const both = rebase(mine, base, theirs);
    expect(both).toEqual({ ...base, selector: "a == b", drainOrder: "7", autoRollback: true });
    expect(changedFields(theirs, both)).toEqual(["autoRollback", "drainOrder"]);
  });
});

describe("differences", () => {
  const said = (before: string, after: string) =>
    diffLines(before, after).map(
      ({ kind, text }) => `${{ same: " ", gone: "-", new: "+" }[kind]}${text}`,
    );

  it("are the fewest lines", () => {
    expect(said("a\nb\nc", "a\nx\nc\nd")).toEqual([" a", "-b", "+x", " c", "+d"]);
    expect(said("", "a")).toEqual(["+a"]);
    expect(said("a", "")).toEqual(["-a"]);
    expect(said("a\nb", "a\nb")).toEqual([" a", " b"]);
  });

  it("of texts that are too long to compare are all of both", () => {
    const long = Array.from({ length: 500 }, (_, at) => `line ${at}`).join("\n");
    expect(diffLines(long, `${long}\nend`)).toHaveLength(1001);
  });

  it("of revisions name what changed; of the first, what is set", () => {
    const names = (before: Revision | undefined, after: Revision) =>
      diffRevisions(before, after).map(({ name }) => name);
    expect(
      names(revision(1), revision(2, { selector: "a == b", overrides: { cpu: "64" } })),
    ).toEqual(["selector", "overrides"]);
    expect(names(undefined, revision(1))).toEqual(["task definition"]);
    expect(names(revision(1), revision(2))).toEqual([]);
  });
});
