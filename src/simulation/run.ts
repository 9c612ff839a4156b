// Runs worlds one after the other with all checkers on, and sums up what they came to.
import { whatCanHappen } from "./coverage.ts";
import { guardDoors } from "./door-guard.ts";
import { happenings } from "./faults.ts";
import type { Breach } from "./facts.ts";
import { runWorld } from "./world.ts";
import type { WorldOptions, WorldResult } from "./world.ts";

/** What many worlds came to; plain data, so that workers can send it. */
export interface Summary {
  worlds: number;
  failures: { seed: number; breaches: readonly Breach[] }[];
  /** How often each fault happened, over all worlds. */
  happened: Record<string, number>;
  /** The same of branches of the planner and outcomes: see coverage.ts. */
  covered: Record<string, number>;
  steps: number;
  facts: number;
  virtualMs: number;
  /** Longest time that a world took to be as it should after all trouble, ms. */
  slowestHealMs: number;
}

export const emptySummary = (): Summary => ({
  worlds: 0,
  failures: [],
  happened: {},
  covered: {},
  steps: 0,
  facts: 0,
  virtualMs: 0,
  slowestHealMs: 0,
});

/** What could have happened and did not. */
export function neverHappened({ happened }: Pick<Summary, "happened">): string[] {
  return happenings.filter((name) => (happened[name] ?? 0) === 0);
}

/** Branches and outcomes that no world came to. */
export function neverMet({ covered }: Pick<Summary, "covered">): string[] {
  return whatCanHappen.filter((name) => (covered[name] ?? 0) === 0);
}

function count(sum: Record<string, number>, times: Iterable<readonly [string, number]>): void {
  for (const [name, each] of times) sum[name] = (sum[name] ?? 0) + each;
}

export function add(sum: Summary, result: WorldResult): void {
  sum.worlds++;
  if (result.breaches.length > 0)
    sum.failures.push({ seed: result.seed, breaches: result.breaches.slice(0, 5) });
  count(sum.happened, result.faults);
  count(sum.covered, result.covered);
  sum.steps += result.steps;
  sum.facts += result.facts;
  sum.virtualMs += result.virtualMs;
  sum.slowestHealMs = Math.max(sum.slowestHealMs, result.healedInMs ?? 0);
}

export function join(sum: Summary, other: Summary): void {
  sum.worlds += other.worlds;
  sum.failures.push(...other.failures);
  count(sum.happened, Object.entries(other.happened));
  count(sum.covered, Object.entries(other.covered));
  sum.steps += other.steps;
  sum.facts += other.facts;
  sum.virtualMs += other.virtualMs;
  sum.slowestHealMs = Math.max(sum.slowestHealMs, other.slowestHealMs);
}

/** One world with its doors guarded. */
export async function runGuarded(options: WorldOptions): Promise<WorldResult> {
  const unguard = guardDoors();
  try {
    return await runWorld(options);
  } finally {
    unguard();
  }
}

/** The worlds of `seeds`, one after the other. */
export async function runSeeds(seeds: Iterable<number>): Promise<Summary> {
  const sum = emptySummary();
  for (const seed of seeds) add(sum, await runGuarded({ seed }));
  return sum;
}
