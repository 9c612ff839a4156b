// A short chaos run with a fixed seed, so that `npm run chaos` cannot rot: real processes are killed, paused and cut off
// while Redis and AWS misbehave, and all comes right. Long runs are what finds bugs; this one shows that they would.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runChaos } from "../src/chaos/run.ts";
import { smallSize } from "../src/chaos/sizes.ts";
import { systemClock } from "../src/clock.ts";

const seed = "harbour";

test("everything breaks for half a minute, nothing that must never be happens, and all comes right", async () => {
  const folder = await mkdtemp(join(tmpdir(), "longshore-chaos-"));
  const report = await runChaos({
    seed,
    lengthMs: 1,
    stormMs: 24_000,
    gapMs: 400,
    size: smallSize,
    folder,
    clock: systemClock,
    print: (line) => console.info(line),
  });
  if (report.failure !== undefined) {
    console.info(await readFile(join(folder, "story.txt"), "utf8"));
    throw new Error(`seed ${seed}, logs in ${folder}: ${report.failure}`);
  }
  await rm(folder, { recursive: true });
  // A run in which little happened would show little.
  expect(Object.keys(report.happened).length).toBeGreaterThan(40);
  expect(report.calmsMs).toHaveLength(2);
  expect(report.judged).toBeGreaterThan(200);
}, 400_000);
