// Every example of the guide to the command line is run, in its order, as a person would: real processes against a
// running Longshore with the demo fleet. A line that does not end as the guide says fails.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { processEnvironment } from "../src/config.ts";
import { startLongshore, until } from "../src/testing/longshore.ts";
import type { Longshore } from "../src/testing/longshore.ts";

const fromRoot = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const guide = await readFile(fromRoot("docs/cli.md"), "utf8");
const blocks = (language: string) =>
  [...guide.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(
    ([, code = ""]) => code,
  );
const lines = blocks("sh").flatMap((code) => code.trim().split("\n"));

let longshore: Longshore;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "longshore-guide-"));
  await writeFile(join(folder, "daemon.yaml"), blocks("yaml").join(""));
  longshore = await startLongshore({ demo: true, timings: { timeScale: 0.05 } });
  longshore.serve("ingest", "api", "scheduler");
  await longshore.ready(180_000);
  await until(
    "the fleet",
    async () => {
      const answer = await longshore.graphql("{ containerInstances { totalCount } }");
      return answer.count("containerInstances", "totalCount") === 42 ? true : undefined;
    },
    60_000,
  );
}, 240_000);

afterAll(async () => {
  await longshore?.close();
  await rm(folder, { recursive: true, force: true });
});

test.each(lines)(
  "%s",
  async (line) => {
    const command = `longshore() { '${process.execPath}' '${fromRoot("src/cli/main.ts")}' "$@"; }`;
    const env = {
      PATH: processEnvironment["PATH"],
      LONGSHORE_URL: longshore.url,
      NODE_COMPILE_CACHE: join(tmpdir(), "longshore-test-compiled"),
    };
    // No pipefail: `| head` may end a command early, which is its right.
    const { stdout, stderr } = await promisify(execFile)(
      "bash",
      ["--norc", "-c", `${command}\n${line}`],
      {
        cwd: folder,
        env,
      },
    );
    expect(stderr).not.toMatch(/^\s+at /m);
    const saysNothing = /\|\||bash -n/.test(line);
    expect(saysNothing || stdout !== "").toBe(true);
  },
  240_000,
);

test("there are examples", () => {
  expect(lines.length).toBeGreaterThan(15);
});
