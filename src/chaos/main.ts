// npm run chaos [-- --minutes M] [--seed S]: runs chaos on real processes, prints a summary, exits 1 when something was
// found. Reads arguments and prints; what happens is in run.ts.
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { systemClock } from "../clock.ts";
import { runChaos } from "./run.ts";
import type { ChaosReport } from "./run.ts";
import { usualSize } from "./sizes.ts";

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function readArguments(): { minutes: number; seed: string } {
  const { values } = parseArgs({
    options: { minutes: { type: "string", default: "5" }, seed: { type: "string" } },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= 10_000)) {
    process.stderr.write(`--minutes is "${values.minutes}": it takes a number above 0.\n`);
    process.exit(2);
  }
  return { minutes, seed: values.seed ?? String(Math.floor(systemClock.now() / 1000) % 1_000_000) };
}

function summary(report: ChaosReport): void {
  print("\nevents that happened");
  const rows = Object.entries(report.happened).toSorted(([a], [b]) => a.localeCompare(b));
  for (const [kind, count] of rows) print(`  ${kind.padEnd(20)} ${String(count).padStart(5)}`);
  print(`never happened: ${report.never.join(", ") || "nothing, every kind did"}`);
  print(
    `calms came right after (s): ${report.calmsMs.map((ms) => (ms / 1000).toFixed(1)).join(", ")}`,
  );
  print(`payloads of subscriptions judged: ${report.judged}`);
  for (const [name, value] of Object.entries(report.figures)) print(`${name}: ${value}`);
}

const { minutes, seed } = readArguments();
const place = fileURLToPath(new URL("../../.longshore/chaos/", import.meta.url));
const folder = join(
  place,
  `${new Date(systemClock.now()).toISOString().replaceAll(":", "")}-${seed}`,
);
await mkdir(folder, { recursive: true });
print(`chaos for ${minutes} min with seed ${seed}; logs are in ${folder}`);
const report = await runChaos({
  seed,
  lengthMs: minutes * 60_000,
  stormMs: 60_000,
  gapMs: 900,
  size: usualSize,
  folder,
  clock: systemClock,
  print,
});
summary(report);
if (report.failure !== undefined) {
  print(`\nwhat was done, in order:\n${await readFile(join(folder, "story.txt"), "utf8")}`);
  print(`FAILED with seed ${seed}: ${report.failure}`);
  print(`logs are in ${folder}; again: npm run chaos -- --minutes ${minutes} --seed ${seed}`);
  process.exit(1);
}
print(`\nclean: ${minutes} min with seed ${seed}`);
process.exit(0);
