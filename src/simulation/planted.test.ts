// Every planted bug is caught by the ordinary checkers within 200 seeds, in the world that docs/simulation.md names. Once
// worlds are drawn otherwise it may be another one: the failure says which.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { DrawnWorld } from "./draw.ts";
import { calm } from "./faults.ts";
import { plantedBugs } from "./planted-bugs.ts";
import { runGuarded } from "./run.ts";

const seedsMax = 200;

/** By what the bug does: a seed whose world shows it, and the checker that said so there. */
const caught: Readonly<Record<string, readonly [seed: number, checker: string]>> = {
  "an older version of an entity replaces a newer one": [1, "versions"],
  "a lease that another process holds is handed out as well": [4, "leases"],
  "one change in five is written, and neither logged nor announced": [1, "log"],
  "the log forgets what was before a change": [2, "subscribers"],
  "a mutation is answered before it is stored": [1, "acknowledged"],
  "an unknown outcome counts as a call that was not made": [52, "once"],
  "minHealthyPercent is ignored": [4, "rollout"],
  "a pause is ignored": [15, "manners"],
  "an instance that drains looks ACTIVE": [16, "manners"],
  "the scheduler writes what it started": [1, "manners"],
  "what was asked to stop is forgotten": [1, "convergence"],
  "readiness is never taken back": [34, "convergence"],
  "a stop that ECS has accepted is not made": [4, "convergence"],
  "what a comparison finds is not stored": [1, "convergence"],
  "the log forgets entries that there is room for": [4, "subscribers"],
  "a start that was not seen is not looked up": [3, "one task"],
  "an intent is not written before its call": [1, "one task"],
  "a control write replaces a record that the writer has not read": [2, "acknowledged"],
  "a removal leaves no ban, so a late event brings the entity back": [6, "versions"],
};

const late = { eventDelayMs: 300_000, reconcileSeconds: 60, retentionHours: 24, nightMs: 0 };
/** Bugs that show only where several rare things meet: in worlds in which these are not rare, and all else is calm. */
const madeFor: Readonly<Record<string, Partial<DrawnWorld>>> = {
  "a start that was not seen is not looked up": {
    ...late,
    faults: { ...calm, ecsLostReply: 0.5, ecsStaleMs: 6000, eventDelay: 0.6, eventDrop: 0.3 },
    usersPerMinute: 15,
  },
  "an intent is not written before its call": {
    ...late,
    faults: { ...calm, ecsLostReply: 0.3, ecsSlow: 0.4, processKilled: 8, eventDelay: 0.6 },
    slowMs: 7000,
    schedulers: 3,
    usersPerMinute: 15,
  },
  "a control write replaces a record that the writer has not read": {
    faults: { ...calm, redisSlow: 0.1 },
    slowMs: 7000,
    apis: 2,
    usersPerMinute: 60,
    nightMs: 0,
  },
  // Events that come after what they tell of was forgotten.
  "a removal leaves no ban, so a late event brings the entity back": {
    eventDelayMs: 1_200_000,
    retentionHours: 0.05,
    troubleMs: 1_200_000,
    nightMs: 0,
    faults: { ...calm, eventDelay: 0.6, eventDrop: 0.2, taskCrashes: 10, instanceTerminates: 1 },
    usersPerMinute: 2,
  },
};

/** The first world in which a bug is caught, the known one before all others, and by whom. */
async function firstCaught(name: string, known: number): Promise<[number, string] | undefined> {
  const plant = plantedBugs[name];
  if (!plant) throw new Error(`no such bug: ${name}`);
  const others = Array.from({ length: seedsMax }, (_, index) => index + 1);
  for (const seed of [known, ...others]) {
    const { breaches } = await runGuarded({
      seed,
      plant,
      adjust: (drawn) => ({ ...drawn, ...madeFor[name] }),
    });
    if (breaches[0]) return [seed, breaches[0].checker];
  }
  return undefined;
}

test.each(Object.entries(caught))("%s", { timeout: 120_000 }, async (name, known) => {
  expect(await firstCaught(name, known[0])).toEqual(known);
});

test("the guide names the same worlds", () => {
  const guide = readFileSync(new URL("../../docs/simulation.md", import.meta.url), "utf8");
  const rows = Object.entries(caught).map(
    ([name, [seed, checker]]) => `| ${name} | ${seed} | ${checker} |`,
  );
  const shown = guide.replaceAll("`", "").split("\n");
  expect(shown).toEqual(expect.arrayContaining(rows));
});

test("worlds that are made for a bug are clean without it", async () => {
  for (const [name, made] of Object.entries(madeFor)) {
    const [seed] = caught[name] ?? [1];
    const { breaches } = await runGuarded({ seed, adjust: (drawn) => ({ ...drawn, ...made }) });
    expect(breaches).toEqual([]);
  }
});

test("there are at least twelve, and each is known", () => {
  expect(Object.keys(caught).length).toBeGreaterThanOrEqual(12);
  expect(Object.keys(caught).filter((name) => !(name in plantedBugs))).toEqual([]);
});
