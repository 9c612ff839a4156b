// npm test: sets the checkout up, then every check and every test. With arguments (npm test -- src/store) only
// the tests that they name. Ends with one line of numbers; exits 1 on any failure.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { checks } from "./checks.mjs";
import { entryPoint, findNode, runScript } from "./node24.mjs";
import { projectRoot, setUp, SetupError } from "./setup.mjs";

const say = (line) => process.stdout.write(`${line}\n`);

/** Runs the checks one after the other, all of them; resolves with how many passed and failed. */
async function runChecks() {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, check, mend } of checks) {
    const begun = performance.now();
    const { code, output } = await check(projectRoot);
    const seconds = `${((performance.now() - begun) / 1000).toFixed(1)} s`;
    if (code === 0) {
      totals.passed++;
      say(`ok      ${name} (${seconds})`);
    } else {
      totals.failed++;
      say(`FAILED  ${name} (${seconds}); to see or mend it: ${mend}\n${output.trimEnd()}\n`);
    }
  }
  return totals;
}

/** The numbers in vitest's own report. A file that could not even be loaded counts as one failure. */
export function countTests(report) {
  const unloaded = report.testResults.filter(
    (file) =>
      file.status === "failed" && !file.assertionResults.some((one) => one.status === "failed"),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

async function runVitest(args) {
  const folder = mkdtempSync(path.join(tmpdir(), "longshore-test-"));
  const file = path.join(folder, "report.json");
  const vitest = path.join(projectRoot, "node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const child = spawn(process.execPath, [vitest, "run", ...reporters, ...args], {
    cwd: projectRoot,
    stdio: ["ignore", "inherit", "inherit"],
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  const code = await new Promise((resolve) => child.on("close", resolve));
  try {
    const totals = countTests(JSON.parse(readFileSync(file, "utf8")));
    // An error outside of any test fails the run, too.
    return code !== 0 && totals.failed === 0 ? { ...totals, failed: 1 } : totals;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A Redis for the tests, before they all want one at once. */
async function provideRedis() {
  const { locateRedisServer } = await import("../src/redis-server/locate.ts");
  try {
    await locateRedisServer(path.join(projectRoot, ".longshore"), {
      environment: process.env,
      progress: (line) => process.stderr.write(`longshore: ${line}\n`),
    });
  } catch (error) {
    throw new SetupError(error.message);
  }
}

await entryPoint(async () => {
  await setUp();
  const args = process.argv.slice(2);
  if (findNode(projectRoot) !== undefined)
    return runScript(projectRoot, fileURLToPath(import.meta.url), args);
  await provideRedis();
  const totals = args.length > 0 ? { passed: 0, failed: 0, skipped: 0 } : await runChecks();
  const tests = await runVitest(args);
  const sum = (name) => totals[name] + tests[name];
  say(`\n${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`);
  process.exitCode = sum("failed") > 0 || sum("passed") === 0 ? 1 : 0;
  process.disconnect?.();
});
