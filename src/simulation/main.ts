// npm run simulate: many worlds on all cores, or the story of one. Prints what failed and how to replay it.
import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { systemClock } from "../clock.ts";
import type { Fact } from "./facts.ts";
import { FactHash } from "./record.ts";
import { emptySummary, join, neverHappened, neverMet, runGuarded, runSeeds } from "./run.ts";
import type { Summary } from "./run.ts";
import { isTold, line } from "./story.ts";

/** Worlds that a worker is given at a time. */
const seedsAtOnce = 5;
const reportEveryMs = 10_000;
/** Most of what a world makes is dead at once: a large young heap lets it die without being copied. */
const workerFlags = ["--max-semi-space-size=64"];

const usage = `npm run simulate -- [--seeds N] [--from S] [--minutes M] [--replay SEED [--all]]
  --seeds N      how many worlds (1000); without --minutes all of them
  --from S       the first seed (1)
  --minutes M    begin no more worlds after so long; without --seeds as many as there is time for
  --replay SEED  tell the story of one world; --all: with every read and every renewal
`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

interface Work {
  readonly from: number;
  readonly to: number;
}

/** A worker: worlds of a range of seeds, as often as it is asked. */
function serve(): void {
  process.on("message", ({ from, to }: Work) => {
    const seeds = Array.from({ length: to - from }, (_, index) => from + index);
    void runSeeds(seeds).then((sum) => process.send?.(sum));
  });
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0)
    throw new Error(`--${name} takes a whole number, not "${text}".`);
  return value;
}

async function replay(seed: number, isWhole: boolean): Promise<number> {
  let from: number | undefined;
  const hash = new FactHash();
  const onFact = (fact: Fact) => {
    hash.hear(fact);
    from ??= fact.at;
    if (isWhole || isTold(fact)) say(line(fact, from));
  };
  const { breaches, healedInMs } = await runGuarded({ seed, onFact });
  const end =
    healedInMs === undefined
      ? "never as it should be"
      : `as it should be ${healedInMs / 1000} s after all trouble`;
  say(`world ${seed}: ${end}; facts ${hash.text}`);
  for (const { checker, message } of breaches) say(`BROKEN  ${checker}: ${message}`);
  return breaches.length === 0 ? 0 : 1;
}

function report(sum: Summary, seconds: number): void {
  const perSecond = (sum.worlds / seconds).toFixed(1);
  const hours = (sum.virtualMs / 3_600_000).toFixed(1);
  say(
    `${sum.worlds} worlds in ${seconds.toFixed(0)} s, ${perSecond} a second; ${hours} h of their time, ` +
      `${sum.facts} facts; ${sum.failures.length} failed; slowest to heal ${(sum.slowestHealMs / 1000).toFixed(0)} s`,
  );
}

/** As soon as it is known: whoever waits for ten thousand worlds can begin to read. */
function sayFailures({ failures }: Summary): void {
  for (const { seed, breaches } of failures) {
    say(`\nFAILED  world ${seed}; its story: npm run simulate -- --replay ${seed}`);
    for (const { checker, message } of breaches) say(`  ${checker}: ${message}`);
    say("");
  }
}

function conclude(sum: Summary, seconds: number): number {
  const failed = sum.failures.map(({ seed }) => seed).toSorted((a, b) => a - b);
  if (failed.length > 0) say(`\nFAILED: ${failed.join(", ")}\n`);
  const happened = Object.entries(sum.happened).toSorted(([, a], [, b]) => b - a);
  say(`happened: ${happened.map(([name, times]) => `${name} ${times}`).join(", ")}`);
  const never = [...neverHappened(sum), ...neverMet(sum)];
  say(
    never.length === 0
      ? "everything that is looked for happened"
      : `NEVER HAPPENED: ${never.join(", ")}`,
  );
  report(sum, seconds);
  return sum.failures.length === 0 ? 0 : 1;
}

/** Worlds on all cores, until the seeds or the time are used up. */
async function simulate(from: number, seeds: number, minutes: number): Promise<number> {
  const sum = emptySummary();
  const startedAt = systemClock.monotonic();
  const seconds = () => (systemClock.monotonic() - startedAt) / 1000;
  const last = from + seeds;
  let next = from;
  let reportedAt = startedAt;
  /** What is to be done next; undefined when all is. */
  const more = (): Work | undefined => {
    if (next >= last || seconds() >= minutes * 60) return undefined;
    const work = { from: next, to: Math.min(last, next + seedsAtOnce) };
    next = work.to;
    return work;
  };
  const runOn = () =>
    new Promise<void>((resolve, reject) => {
      const worker = fork(fileURLToPath(import.meta.url), ["--worker"], {
        execArgv: [...process.execArgv, ...workerFlags],
      });
      let work = more();
      const go = () => {
        if (work === undefined) worker.disconnect();
        else worker.send(work);
      };
      worker.on("error", reject);
      worker.on("exit", (code) => {
        if (work === undefined) return resolve();
        reject(
          new Error(`worlds ${work.from} to ${work.to - 1}: their process ended with ${code}`),
        );
      });
      worker.on("message", (part: Summary) => {
        join(sum, part);
        sayFailures(part);
        if (systemClock.monotonic() - reportedAt > reportEveryMs) {
          reportedAt = systemClock.monotonic();
          report(sum, seconds());
        }
        work = more();
        go();
      });
      go();
    });
  await Promise.all(Array.from({ length: availableParallelism() }, runOn));
  return conclude(sum, seconds());
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string" },
      from: { type: "string" },
      minutes: { type: "string" },
      replay: { type: "string" },
      all: { type: "boolean" },
      help: { type: "boolean" },
      worker: { type: "boolean" },
    },
  });
  if (values.help) {
    say(usage);
    return 0;
  }
  if (values.worker) {
    serve();
    return 0;
  }
  const seed = wholeNumber("replay", values.replay);
  if (seed !== undefined) return replay(seed, values.all ?? false);
  const minutes = wholeNumber("minutes", values.minutes) ?? Infinity;
  const seeds = wholeNumber("seeds", values.seeds) ?? (minutes === Infinity ? 1000 : Infinity);
  return simulate(wholeNumber("from", values.from) ?? 1, seeds, minutes);
}

// Whoever reads the story may have read enough.
process.stdout.on("error", () => process.exit(0));
main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exitCode = 2;
  },
);
