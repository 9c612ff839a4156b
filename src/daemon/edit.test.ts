// What may be asked of a daemon's definition, and what becomes of it.
import { expect, test } from "vitest";
import { aDaemon } from "../testing/entities.ts";
import { currentRevision } from "./daemon.ts";
import type { Daemon } from "./daemon.ts";
import { registerDaemon, rollbackDaemon, setPaused, updateDaemon } from "./edit.ts";
import type { DaemonSettings, Edited, Registration } from "./edit.ts";

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
  expect(must(update(base, { minHealthyPercent: 50 }))).toMatchObject({
    revision: 1,
    minHealthyPercent: 50,
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

test.each<[string, Partial<Registration>]>([
  ["a name that ECS groups could not carry", { name: "no spaces" }],
  ["a selector that does not parse", { selector: "status ==" }],
  ["overrides that are no object", { overrides: [1] }],
  ["overrides beyond ECS's limit", { overrides: { text: "x".repeat(9000) } }],
  ["a share above a hundred", { minHealthyPercent: 101 }],
  ["a tag without a key", { tags: [{ key: "", value: "v" }] }],
  ["a task definition that is none", { taskDefinition: "two words" }],
])("%s is refused", (_, settings) => {
  const input = { cluster: base.clusterArn, name: "lamp", taskDefinition: "lamp:3", paused: false };
  const asked = { ...input, ...settings };
  expect(registerDaemon(undefined, asked, now)).toMatchObject({
    ok: false,
    code: "BAD_USER_INPUT",
  });
});

test("a daemon that is being removed takes no change", () => {
  const leaving = { ...base, deleting: true };
  expect(update(leaving, { taskDefinition: "lamp:4" })).toMatchObject({ code: "CONFLICT" });
  expect(setPaused(leaving, true)).toMatchObject({ code: "CONFLICT" });
});
