// Every planted bug is caught by the ordinary checkers within 200 seeds: in the world that is known to show it or, once
// worlds are drawn otherwise, in the first one that does.
import { expect, test } from "vitest";
import { plantedBugs } from "./planted-bugs.ts";
import { runGuarded } from "./run.ts";

const seedsMax = 200;

/** By what the bug does: a seed whose world shows it, and, for people, the checker that said so there. */
const caught: Readonly<Record<string, readonly [seed: number, checker: string]>> = {
  "an older version of an entity replaces a newer one": [1, "versions"],
  "writes are taken under a lease that is not held any more": [31, "leases"],
  "a lease that another process holds is handed out as well": [3, "leases"],
  "one change in five is written, and neither logged nor announced": [1, "acknowledged"],
  "the log forgets what was before a change": [2, "subscribers"],
  "a mutation is answered before it is stored": [1, "acknowledged"],
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

test("each is known", () => {
  expect(Object.keys(caught).filter((name) => !(name in plantedBugs))).toEqual([]);
});
