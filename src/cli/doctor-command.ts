// Hangs `longshore doctor` on the command line: prints what the checks find, sets the exit code. Checks nothing itself.
import { resolve } from "node:path";
import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { processEnvironment } from "../config.ts";
import { exitCodeOf, formatFinding } from "../doctor/finding.ts";
import type { Finding } from "../doctor/finding.ts";
import { processTerminal } from "./terminal.ts";

/** Prints each finding when it is known; as JSON, all at once, `{ ok, findings: [{ level, what, detail, fix? }] }`. */
async function doctor(json: boolean): Promise<void> {
  const { print } = processTerminal(new AbortController().signal);
  const findings: Finding[] = [];
  const options = {
    clock: systemClock,
    environment: processEnvironment,
    dataDir: resolve(".longshore"),
  };
  const { examine } = await import("../doctor/doctor.ts");
  for await (const finding of examine(options)) {
    findings.push(finding);
    if (!json) await print(`${formatFinding(finding)}\n`);
  }
  const code = exitCodeOf(findings);
  if (json) await print(`${JSON.stringify({ ok: code === 0, findings }, undefined, 2)}\n`);
  process.exitCode = code;
}

/** Adds `doctor` to the program. */
export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .description(
      "check credentials, region, queue, permissions and Redis: what is wrong, what to do",
    )
    .option("--json", "the findings as JSON")
    .action(({ json = false }: { json?: boolean }) => doctor(json));
}
