// The bootstrap that runs before anything is installed: when it installs, and that it does so once at a time.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { execFile, spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";

const module = fileURLToPath(new URL("../scripts/setup.mjs", import.meta.url));
const { mismatch, explainFailure } = await import(module);
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "longshore-setup-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const lock = {
  packages: {
    "": { name: "x" },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/tool": { version: "2.0.0", dev: true },
    "node_modules/other-machine": { version: "3.0.0", optional: true },
  },
};

test("finds out whether somebody else's npm install has put there what the lock file names", () => {
  const installed = {
    packages: { "node_modules/a": { version: "1.0.0" }, "node_modules/tool": { version: "2.0.0" } },
  };
  expect(mismatch(lock, installed, { withDevelopment: true })).toBeUndefined();
  const production = { packages: { "node_modules/a": { version: "1.0.0" } } };
  expect(mismatch(lock, production, { withDevelopment: false })).toBeUndefined();
  expect(mismatch(lock, production, { withDevelopment: true })).toContain("tool is missing");
  const old = { packages: { "node_modules/a": { version: "0.9.0" } } };
  expect(mismatch(lock, old, { withDevelopment: false })).toContain("a is 0.9.0");
  expect(mismatch(lock, undefined, { withDevelopment: false })).toContain("not installed");
});

test("says so when the registry cannot be reached", () => {
  const words = explainFailure("npm error code ECONNREFUSED\nnpm error FetchError: request failed");
  expect(words).toContain("could not be reached");
  expect(words).toContain("run the same command again");
});

/** Appends "in" and "out" around a pause, while it has the lock. */
const worker = `
  import { whileLocked } from ${JSON.stringify(module)};
  import { appendFileSync } from "node:fs";
  const [lock, log] = process.argv.slice(1);
  await whileLocked(lock, async () => {
    appendFileSync(log, "in ");
    await new Promise((resolve) => setTimeout(resolve, 50));
    appendFileSync(log, "out ");
  });`;

test("works once at a time, also after a process that died with the lock", async () => {
  const lockFile = join(folder, "setup.lock");
  const log = join(folder, "log");
  const dead = spawnSync(process.execPath, ["-e", "0"]).pid;
  await writeFile(lockFile, String(dead));
  const run = () =>
    promisify(execFile)(process.execPath, ["--input-type=module", "-e", worker, lockFile, log]);
  await Promise.all([run(), run(), run()]);
  expect(await readFile(log, "utf8")).toBe("in out in out in out ");
  await expect(readFile(lockFile)).rejects.toThrow("ENOENT");
});
