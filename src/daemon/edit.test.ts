// What may be asked of a daemon's definition, and what becomes of it.
import { expect, test } from "vitest";
import { aDaemon } from "../testing/entities.ts";
import { currentRevision, isCanary } from "./daemon.ts";
import type { Daemon } from "./daemon.ts";
import {
  promoteDaemon,
  registerDaemon,
  rollbackDaemon,
  setPaused,
  settleRevision,
  takeBack,
  updateDaemon,
} from "./edit.ts";
import type { Edited, Registration } from "./edit.ts";
import { decodeDaemon, encodeDaemon } from "./record.ts";
import { rerun } from "./rerun.ts";
import type { DaemonSettings } from "./settings.ts";

const now = 1_700_000_000_000;
const base = aDaemon();

function must(edited: Edited): Daemon {
  if (!edited.ok) throw new Error(edited.message);
  return edited.daemon;
}

const update = (daemon: Daemon, settings: DaemonSettings, expected?: number) =>
  updateDaemon(daemon, settings, expected, now);

test("what makes tasks differ makes a revision, and its template tells them apart", () => {
  const awsvpcConfiguration = { subnets: ["subnet-1"] };
  const changes: DaemonSettings[] = [
    { taskDefinition: "lamp:4" },
    { overrides: { cpu: "256" } },
    { networkConfiguration: { awsvpcConfiguration } },
    { tags: [{ key: "team", value: "light" }] },
  ];
  const templates = changes.map((settings) => {
    const daemon = must(update(base, settings));
    expect(daemon.revision).toBe(2);
    return currentRevision(daemon).template;
  });
  expect(new Set([currentRevision(base).template, ...templates]).size).toBe(5);
});

test("a selector makes a revision without replacing tasks", () => {
  const daemon = must(update(base, { selector: "agentConnected == true" }));
  expect(daemon.revision).toBe(2);
  expect(currentRevision(daemon).template).toBe(currentRevision(base).template);
});

test("an update that changes nothing is no revision", () => {
  expect(must(update(base, { taskDefinition: "lamp:3" })).revision).toBe(1);
  expect(must(update(base, { rollout: { minHealthyPercent: 50 } }))).toMatchObject({
    revision: 1,
    rollout: { minHealthyPercent: 50 },
  });
});

test("what is left out stays", () => {
  const first = must(
    update(base, { overrides: { cpu: "256" }, selector: "agentConnected == true" }),
  );
  const second = currentRevision(must(update(first, { taskDefinition: "lamp:5" })));
  expect(second).toMatchObject({ overrides: '{"cpu":"256"}', selector: "agentConnected == true" });
});

test("a stale expectedRevision is a conflict that names the present one", () => {
  expect(update(base, { taskDefinition: "lamp:4" }, 7)).toMatchObject({
    ok: false,
    code: "CONFLICT",
    message: expect.stringContaining("revision 1"),
  });
});

test("rollback brings an earlier revision's content back as a new one", () => {
  const second = must(update(base, { taskDefinition: "lamp:4", overrides: { cpu: "1" } }));
  const back = must(rollbackDaemon(second, undefined, now));
  expect(back.revision).toBe(3);
  expect(currentRevision(back)).toMatchObject({ taskDefinition: "lamp:3", overrides: "" });
  expect(currentRevision(back).template).toBe(currentRevision(base).template);
  expect(rollbackDaemon(second, 9, now)).toMatchObject({ ok: false, code: "BAD_USER_INPUT" });
});

test("rollback without a number goes past what was taken back, and past what is the same", () => {
  const two = settleRevision(must(update(base, { taskDefinition: "lamp:4" })));
  const failed = must(update(two, { taskDefinition: "lamp:5" }));
  const back = takeBack(failed, "it fails", now);
  expect(currentRevision(back)).toMatchObject({ revision: 4, taskDefinition: "lamp:4" });
  const further = must(rollbackDaemon(back, undefined, now));
  expect(currentRevision(further)).toMatchObject({ revision: 5, taskDefinition: "lamp:3" });
  // What was taken back stays so, also in its stored form, and can still be named.
  const stored = decodeDaemon(encodeDaemon(further), base.clusterArn);
  expect(currentRevision(must(rollbackDaemon(stored, undefined, now))).taskDefinition).toBe(
    "lamp:4",
  );
  expect(currentRevision(must(rollbackDaemon(stored, 3, now))).taskDefinition).toBe("lamp:5");
  const only = takeBack(must(update(base, { taskDefinition: "lamp:4" })), "it fails", now);
  expect(rollbackDaemon(only, undefined, now)).toMatchObject({
    code: "BAD_USER_INPUT",
    message: expect.stringMatching(
      /no earlier revision that differs .* one of 1, 2, 3 with toRevision/,
    ),
  });
});

test.each<[string, Partial<Registration>]>([
  ["a name that ECS groups could not carry", { name: "no spaces" }],
  ["a selector that does not parse", { selector: "status ==" }],
  ["overrides that are no object", { overrides: [1] }],
  ["overrides beyond ECS's limit", { overrides: { text: "x".repeat(9000) } }],
  ["a share above a hundred", { rollout: { minHealthyPercent: 101 } }],
  ["a share that is no whole number", { rollout: { canaryPercent: 1.5 } }],
  ["a surge of nothing", { rollout: { method: "REPLACE_THEN_TERMINATE", maxOverPercent: 0 } }],
  ["RunTask on instances that drain", { mode: "ONCE_LEAVING", launch: "RUN_TASK" }],
  ["an attribute of ECS's own", { readinessAttribute: "ecs.ready" }],
  ["an attribute with a space", { readinessAttribute: "is ready" }],
  ["a drain order out of range", { drainOrder: 1001 }],
  ["a tag without a key", { tags: [{ key: "", value: "v" }] }],
  ["a task definition that is none", { taskDefinition: "two words" }],
])("%s is refused", (_, settings) => {
  const input = { cluster: base.clusterArn, name: "lamp", taskDefinition: "lamp:3" };
  const asked = { ...input, ...settings };
  expect(registerDaemon(undefined, asked, now)).toMatchObject({
    ok: false,
    code: "BAD_USER_INPUT",
  });
});

test("a daemon that is being removed takes no change", () => {
  const leaving = { ...base, deleting: true };
  expect(update(leaving, { taskDefinition: "lamp:4" })).toMatchObject({ code: "CONFLICT" });
  expect(setPaused(leaving, true, 0)).toMatchObject({ code: "CONFLICT" });
});

test("a mode stays, whatever else changes", () => {
  expect(update(base, { mode: "ONCE_JOINED" })).toMatchObject({ code: "BAD_USER_INPUT" });
  expect(must(update(base, { mode: "ALWAYS", drainOrder: 3 }))).toMatchObject({ drainOrder: 3 });
});

test("a change of the method brings its own surge, and is refused one of nothing", () => {
  const surging = must(update(base, { rollout: { method: "REPLACE_THEN_TERMINATE" } }));
  expect(surging.rollout).toMatchObject({ maxOverPercent: 10, minHealthyPercent: 90 });
  expect(update(surging, { rollout: { maxOverPercent: 0 } })).toMatchObject({
    code: "BAD_USER_INPUT",
  });
});

test("a canary holds until it is promoted, and a rollback needs none", () => {
  const careful = must(update(base, { rollout: { canaryPercent: 10 } }));
  expect(promoteDaemon(careful)).toMatchObject({ code: "CONFLICT" });
  const second = must(update(careful, { taskDefinition: "lamp:4" }));
  expect(isCanary(second)).toBe(true);
  const selecting = must(update(second, { selector: "agentConnected == true" }));
  expect(isCanary(selecting)).toBe(true);
  const promoted = must(promoteDaemon(selecting));
  expect(isCanary(promoted)).toBe(false);
  expect(isCanary(must(update(promoted, { selector: "" })))).toBe(false);
  expect(isCanary(must(rollbackDaemon(promoted, 1, now)))).toBe(false);
  expect(isCanary(must(update(settleRevision(promoted), { taskDefinition: "lamp:5" })))).toBe(true);
});

test("a revision that fails is taken back to the last that was everywhere, not to the one before", () => {
  const second = must(update(base, { taskDefinition: "lamp:4" }));
  const third = must(update(second, { taskDefinition: "lamp:5" }));
  const back = takeBack(third, "it fails", now);
  expect(back).toMatchObject({ revision: 4, rolledBack: { revision: 3, reason: "it fails" } });
  expect(currentRevision(back).template).toBe(currentRevision(base).template);
});

test("the stable revision stays readable however many follow", () => {
  let daemon = base;
  for (let next = 4; next < 70; next++)
    daemon = must(update(daemon, { taskDefinition: `lamp:${next}` }));
  expect(daemon.revisions).toHaveLength(50);
  expect(currentRevision(takeBack(daemon, "test", now)).taskDefinition).toBe("lamp:3");
});

test("a daemon that the first version stored reads as it was meant", () => {
  const { rollout: _, launch: __, drainOrder: ___, ...rest } = base;
  const stored = JSON.stringify({ ...rest, minHealthyPercent: 75, stableRevision: undefined });
  expect(decodeDaemon(stored, base.clusterArn)).toMatchObject({
    launch: "START_TASK",
    rollout: { method: "TERMINATE_THEN_REPLACE", minHealthyPercent: 75, canaryPercent: 0 },
    drainOrder: 0,
    stableRevision: 1,
  });
  expect(decodeDaemon(encodeDaemon(base), base.clusterArn)).toEqual(base);
});

test("a run again is a new generation, refused for what it cannot be for", () => {
  const once = { ...base, mode: "ONCE_JOINED" } as const;
  const facts = { placements: [], isKnown: () => true, isRunning: () => false, now };
  const first = rerun(once, ["a", "a"], facts);
  if (!first.ok) throw new Error(first.message);
  expect(first.placements.map(({ generation, state }) => [generation, state])).toEqual([
    [1, "PENDING"],
  ]);
  const again = rerun(once, ["a"], { ...facts, placements: first.placements });
  expect(again).toMatchObject({ ok: true, placements: [{ generation: 2 }] });
  expect(rerun(base, ["a"], facts)).toMatchObject({ code: "BAD_USER_INPUT" });
  expect(rerun(once, ["a"], { ...facts, isKnown: () => false })).toMatchObject({
    code: "NOT_FOUND",
  });
  const busy = { ...facts, placements: first.placements, isRunning: () => true };
  expect(rerun(once, ["a"], busy)).toMatchObject({ code: "CONFLICT" });
});

test("a rollback of a canary's selector promotes nothing", () => {
  const first = must(update(base, { rollout: { canaryPercent: 10 } }));
  const canary = must(update(first, { taskDefinition: "lamp:4" }));
  const narrowed = must(update(canary, { selector: "attribute:stage == prod" }));
  expect(isCanary(narrowed)).toBe(true);
  expect(isCanary(must(rollbackDaemon(narrowed, undefined, now)))).toBe(true);
  expect(isCanary(must(rollbackDaemon(narrowed, first.revision, now)))).toBe(false);
});
