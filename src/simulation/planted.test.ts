// Every planted bug is caught by the ordinary checkers within 200 seeds: in the world that is known to show it or, once
// worlds are drawn otherwise, in the first one that does.
import { expect, test } from "vitest";
import { plantedBugs } from "./planted-bugs.ts";
import { runGuarded } from "./run.ts";

const seedsMax = 200;

/** By what the bug does: a seed whose world shows it, and, for people, the checker that said so there. */
const caught: Readonly<Record<string, readonly [seed: number, checker: string]>> = {
  "an older version of an entity replaces a newer one": [1, "versions"],
  "a lease that another process holds is handed out as well": [4, "leases"],
  "one change in five is written, and neither logged nor announced": [1, "log"],
  "the log forgets what was before a change": [2, "subscribers"],
  "a mutation is answered before it is stored": [1, "acknowledged"],
  "an unknown outcome counts as a call that was not made": [19, "once"],
  "minHealthyPercent is ignored": [4, "rollout"],
  "a pause is ignored": [15, "manners"],
  "an instance that drains looks ACTIVE": [16, "manners"],
  "the scheduler writes what it started": [1, "manners"],
  "what was asked to stop is forgotten": [1, "convergence"],
  "readiness is never taken back": [2, "convergence"],
  "a stop that ECS has accepted is not made": [4, "convergence"],
  "what a comparison finds is not stored": [1, "convergence"],
};

/** The first world in which a bug is caught, the known one before all others. */
async function firstCaught(name: string, known: number): Promise<string | undefined> {
  const plant = plantedBugs[name];
  if (!plant) throw new Error(`no such bug: ${name}`);
  const others = Array.from({ length: seedsMax }, (_, index) => index + 1);
  for (const seed of [known, ...others]) {
    const { breaches } = await runGuarded({ seed, plant });
    if (breaches[0]) return breaches[0].checker;
  }
  return undefined;
}

test.each(Object.entries(caught))("%s", { timeout: 120_000 }, async (name, [seed]) => {
  expect(await firstCaught(name, seed)).toBeDefined();
});

test("there are at least twelve, and each is known", () => {
  expect(Object.keys(caught).length).toBeGreaterThanOrEqual(12);
  expect(Object.keys(caught).filter((name) => !(name in plantedBugs))).toEqual([]);
});
