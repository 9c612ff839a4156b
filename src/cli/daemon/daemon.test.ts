// Files with daemons, how they differ from what is there, and how a rollout is judged: decisions without an API.
import { describe, expect, it } from "vitest";
import { ClientFailure } from "../failure.ts";
import { differencesOf } from "./apply.ts";
import { parseDaemons } from "./file.ts";
import { describePlan } from "./plan-text.ts";
import { outcomeOf } from "./wait.ts";

const message = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof ClientFailure) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
};

describe("a file", () => {
  const two = `# a comment
name: lamp
cluster: quay
taskDefinition: lamp:3
rollout:
  canaryPercent: 10
---
{ "name": "bell", "cluster": "quay", "taskDefinition": "bell" }
---
`;

  it("has several documents, in YAML or JSON, each with its place", () => {
    expect(parseDaemons(two, "d.yaml", "RegisterDaemonInput")).toEqual([
      {
        input: {
          name: "lamp",
          cluster: "quay",
          taskDefinition: "lamp:3",
          rollout: { canaryPercent: 10 },
        },
        where: "d.yaml:2",
      },
      { input: { name: "bell", cluster: "quay", taskDefinition: "bell" }, where: "d.yaml:8" },
    ]);
  });

  it("is refused as a whole, each problem with its line", () => {
    const bad = two
      .replace("taskDefinition: lamp:3", "taskDefinitions: lamp:3")
      .replace("10", "lots")
      .replace('"name": "bell", ', "");
    const said = message(() => parseDaemons(bad, "d.yaml", "RegisterDaemonInput"));
    expect(said).toContain("nothing was changed");
    expect(said.split("\n").slice(1)).toEqual([
      expect.stringMatching(/^ {2}d\.yaml:2: .*"taskDefinition".* was not provided/),
      expect.stringMatching(
        /^ {2}d\.yaml:4: .*"taskDefinitions".* Did you mean "taskDefinition"\?/,
      ),
      expect.stringMatching(/^ {2}d\.yaml:6: rollout\.canaryPercent: Int cannot represent/),
      expect.stringMatching(/^ {2}d\.yaml:8: .*"name".* was not provided/),
    ]);
  });

  it("that is no YAML says where, and one that says nothing says so", () => {
    const twice = "name: lamp\ncluster: quay\nname: bell\n";
    expect(message(() => parseDaemons(twice, "d.yaml", "UpdateDaemonInput"))).toMatch(
      /d\.yaml:3: .*unique/,
    );
    expect(message(() => parseDaemons("# nothing\n", "d.yaml", "UpdateDaemonInput"))).toContain(
      "says nothing of any daemon",
    );
    expect(message(() => parseDaemons("- a\n", "d.yaml", "UpdateDaemonInput"))).toContain(
      "d.yaml:1: it must be an object",
    );
  });

  it("is checked with what options add", () => {
    const merge = (file: object) => ({ ...file, cluster: "quay", taskDefinition: "lamp:4" });
    const [document] = parseDaemons("name: lamp", "-", "RegisterDaemonInput", merge);
    expect(document?.input).toEqual({ name: "lamp", cluster: "quay", taskDefinition: "lamp:4" });
  });
});

describe("differences", () => {
  const unset = { selector: "", overrides: null, networkConfiguration: null } as const;
  const daemon = {
    mode: "ALWAYS",
    paused: false,
    readinessAttribute: null,
    drainOrder: 0,
    launch: "START_TASK",
    revision: 3,
    rollout: {
      method: "TERMINATE_THEN_REPLACE",
      minHealthyPercent: 90,
      maxOverPercent: 10,
      canaryPercent: 0,
      autoRollback: false,
    },
    revisions: [
      { revision: 3, taskDefinition: "lamp:3", tags: [{ key: "a", value: "b" }], ...unset },
      { revision: 2, taskDefinition: "lamp:2", tags: [], ...unset },
    ],
  } as const;

  it("are none where the file leaves out, repeats, or says nothing in other words", () => {
    const same = {
      cluster: "quay",
      name: "lamp",
      taskDefinition: "lamp:3",
      readinessAttribute: "",
      overrides: {},
      tags: [{ value: "b", key: "a" }],
      rollout: { canaryPercent: 0 },
    };
    expect(differencesOf(same, daemon)).toEqual([]);
  });

  it("name the setting, what it is and what is wanted", () => {
    const wanted = { taskDefinition: "lamp:4", rollout: { canaryPercent: 5 }, paused: true };
    expect(differencesOf(wanted, daemon)).toEqual([
      { setting: "taskDefinition", is: "lamp:3", wanted: "lamp:4" },
      { setting: "rollout.canaryPercent", is: 0, wanted: 5 },
      { setting: "paused", is: false, wanted: true },
    ]);
  });
});

describe("a rollout that is waited for", () => {
  const daemon = (revision: number, phase: string, reason = "so it is") => ({
    revision,
    status: { phase, reason },
  });
  it.each([
    [daemon(1, "ACTIVE"), "goes on"],
    [daemon(2, "ROLLING_OUT"), "goes on"],
    [daemon(2, "ACTIVE"), "done"],
    [daemon(2, "ROLLING_OUT", "the canary runs: promoteDaemon lets it go on"), "done"],
    [daemon(2, "STUCK"), "troubled"],
    [daemon(2, "FAILING"), "troubled"],
    [daemon(2, "PAUSED"), "failed"],
    [daemon(2, "DELETING"), "failed"],
    [daemon(3, "ACTIVE", "revision 2 was taken back"), "failed"],
    [daemon(2, "A_LATER_PHASE"), "goes on"],
  ])("%j: %s", (seen, kind) => expect(outcomeOf(seen, 2).kind).toBe(kind));
});

it("a plan says how much, which, why not, and in which waves", () => {
  const arn = (id: string) => `arn:aws:ecs:eu-west-3:123456789012:container-instance/quay/${id}`;
  const plan = {
    start: ["aaaaaaaa1111", "bbbbbbbb2222"].map(arn),
    stop: [],
    keep: [],
    skip: [
      { containerInstance: arn("cccccccc3333"), reason: "it drains" },
      { containerInstance: arn("dddddddd4444"), reason: "it drains" },
      { containerInstance: arn("eeeeeeee5555"), reason: "no room" },
    ],
    waves: [
      { start: ["x"], replace: ["y", "z"], stop: [] },
      { start: ["x"], replace: [], stop: [] },
    ],
    apiCalls: 4,
  };
  expect(describePlan(plan, 80)).toEqual([
    "PLAN   COUNT                WHICH",
    "start      2  on instances  aaaaaaaa, bbbbbbbb",
    "stop       0  tasks",
    "keep       0  tasks",
    "skip       3  instances     cccccccc, dddddddd, eeeeeeee",
    "  2 skipped: it drains: cccccccc, dddddddd",
    "  1 skipped: no room: eeeeeeee",
    "2 waves, 4 ECS calls in all; each begins when the one before is healthy",
    "  wave 1: start 1, replace 2",
    "  wave 2: start 1",
  ]);
});
