// Worlds themselves: the same seed is the same world to the last fact, here and in another process; things do go wrong
// in them; and what goes wrong is seen.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { PastTheDoor } from "./door-guard.ts";
import { calm } from "./faults.ts";
import { FactHash } from "./record.ts";
import { runGuarded } from "./run.ts";
import { createVirtualTime } from "./virtual-time.ts";

const run = promisify(execFile);
const main = fileURLToPath(new URL("main.ts", import.meta.url));

async function hashOf(seed: number): Promise<string> {
  const hash = new FactHash();
  const { facts } = await runGuarded({ seed, onFact: hash.hear });
  expect(facts).toBeGreaterThan(100);
  return hash.text;
}

describe("a seed", () => {
  test("is the same world again, in this process and in another one", async () => {
    const first = await hashOf(11);
    expect(await hashOf(11)).toBe(first);
    const { stdout } = await run(process.execPath, [main, "--replay", "11"], {
      maxBuffer: 64 * 1_048_576,
    });
    expect(stdout).toContain(`facts ${first}`);
  });

  test("is another world than its neighbour", async () => {
    expect(await hashOf(12)).not.toBe(await hashOf(13));
  });
});

test("a world without faults is as it should be at once", async () => {
  const adjust = (
    drawn: Parameters<NonNullable<Parameters<typeof runGuarded>[0]["adjust"]>>[0],
  ) => ({
    ...drawn,
    faults: calm,
  });
  const { breaches, healedInMs } = await runGuarded({ seed: 1, adjust });
  expect(breaches).toEqual([]);
  expect(healedInMs).toBeLessThan(10_000);
});

test("asking the machine for the time in a world is a failure", async () => {
  const result = await runGuarded({
    seed: 1,
    adjust: (drawn) => {
      Date.now();
      return drawn;
    },
  }).catch((error: unknown) => error);
  expect(result).toBeInstanceOf(PastTheDoor);
});

describe("virtual time", () => {
  test("runs what is due in order, and lets promises settle in between", async () => {
    const time = createVirtualTime(0);
    const seen: string[] = [];
    time.at(20, () => seen.push("third"));
    time.at(10, () => {
      seen.push("first");
      void Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => seen.push("settled"));
      time.at(10, () => seen.push("second"));
    });
    const cancel = time.at(15, () => seen.push("cancelled"));
    cancel();
    await time.pass(30);
    expect(seen).toEqual(["first", "settled", "second", "third"]);
    expect(time.now).toBe(30);
  });

  test("ends with what a callback throws", async () => {
    const time = createVirtualTime(0);
    time.at(1, () => {
      throw new Error("a bug");
    });
    await expect(time.pass(2)).rejects.toThrow("a bug");
  });
});
