#!/usr/bin/env node
// The command line: reads arguments, runs one command, sets the exit code. Holds no logic of its own.
import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { systemClock } from "../clock.ts";
import { processEnvironment, readConfig } from "../config.ts";
import { roleNames } from "../roles/role.ts";
import type { RoleName } from "../roles/role.ts";
import { exitWithParent } from "../supervisor/exit-with-parent.ts";
import { addClientCommands } from "./client-commands.ts";
import { addDoctorCommand } from "./doctor-command.ts";

/** A terminal and npm both pass Ctrl-C on: what follows this soon is the same wish. */
const sameWishMs = 1500;

/** Aborts when the process is asked to end; asked once more, later, it ends at once. */
function untilStopped(): AbortSignal {
  const stop = new AbortController();
  let askedAt = Number.POSITIVE_INFINITY;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => {
      if (systemClock.monotonic() - askedAt > sameWishMs) process.exit(130);
      askedAt = Math.min(askedAt, systemClock.monotonic());
      stop.abort();
    });
  exitWithParent();
  return stop.signal;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0)
    throw new InvalidArgumentError("It takes a whole number.");
  return value;
}

function port(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError("It takes a port: a whole number up to 65535.");
  return value;
}

function rate(text: string): number {
  const value = Number(text);
  if (!(value >= 0)) throw new InvalidArgumentError("It takes a number, 0 or more.");
  return value;
}

function roleName(text: string, before: RoleName[] | undefined): RoleName[] {
  const role = roleNames.find((name) => name === text);
  if (!role) throw new InvalidArgumentError(`The roles are ${roleNames.join(", ")}.`);
  return [...(before ?? []), role];
}

/** Of the package that this command is part of: in a clone as in lib/, two folders up. */
function packageVersion(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version }: { readonly version: string } = JSON.parse(manifest);
  return version;
}

// Servers are loaded by the commands that run them: the others should answer at once.
const program = new Command("longshore")
  .exitOverride()
  .version(packageVersion())
  .description("A live local copy of Amazon ECS clusters, and a daemon scheduler on top of it.")
  .showHelpAfterError("(longshore --help lists the commands)");

program
  .command("serve")
  .description("run the named roles in this process; all three when none is named")
  .argument("[roles...]", "ingest, api, scheduler", roleName)
  .option("--tls-cert <file>", "certificate in PEM: https instead of http (LONGSHORE_TLS_CERT)")
  .option("--tls-key <file>", "its private key in PEM (LONGSHORE_TLS_KEY)")
  .action(async (roles: RoleName[], options: { tlsCert?: string; tlsKey?: string }) => {
    const { LONGSHORE_TLS_CERT, LONGSHORE_TLS_KEY } = processEnvironment;
    const config = readConfig({
      ...processEnvironment,
      LONGSHORE_TLS_CERT: options.tlsCert ?? LONGSHORE_TLS_CERT,
      LONGSHORE_TLS_KEY: options.tlsKey ?? LONGSHORE_TLS_KEY,
    });
    const { createLog } = await import("../log.ts");
    const log = createLog(undefined, config.logLevel);
    const chosen = roles.length > 0 ? roleNames.filter((name) => roles.includes(name)) : roleNames;
    const { serve } = await import("../roles/serve.ts");
    await serve(chosen, config, log, untilStopped());
  });

program
  .command("simulate")
  .description("run the simulator of ECS, SQS, EC2 and STS alone, for any AWS SDK client")
  .option("--clusters <n>", "ECS clusters", count)
  .option("--instances <n>", "container instances, over all clusters", count)
  .option("--tasks <n>", "tasks in services, over all clusters", count)
  .option("--seed <s>", "the same seed makes the same fleet", "1")
  .option("--churn <perSecond>", "service tasks that die and are replaced, a second", rate)
  .option("--port <p>", "where it listens; 4001 unless given", port)
  .option(
    "--host <address>",
    "address to listen on; whoever reaches it may control the simulator",
    "127.0.0.1",
  )
  .option("--demo", "the demo fleet that npm start shows")
  .action(async (options) => {
    const { simulateCommand } = await import("../simulator/command.ts");
    await simulateCommand(options, untilStopped());
  });

program
  .command("start", { hidden: true })
  .description("what npm start runs: everything, against a simulated fleet")
  .action(async () => {
    const { startDemo } = await import("../supervisor/start-demo.ts");
    await startDemo(readConfig(), untilStopped());
  });

addClientCommands(program);
addDoctorCommand(program);

/** Reasons that a person can mend, by name: one line each, no stack. Anything else is a bug. */
const forPeople = new Set([
  "ConfigError",
  "FleetTooSmall",
  "ListenError",
  "RedisDataInUse",
  "RedisServerMissing",
  "SimulatorCannotListen",
  "StartProblem",
]);

const usageError = 2;

try {
  await program.parseAsync();
  // Whatever is left, a socket that AWS keeps alive for one, must not keep a stopped process.
  await new Promise((resolve) => process.stdout.write("", resolve));
  process.exit();
} catch (error) {
  if (error instanceof CommanderError) {
    const isUsage = error.code.startsWith("commander.") && error.exitCode !== 0;
    process.exit(isUsage ? usageError : error.exitCode);
  }
  if (!(error instanceof Error) || !forPeople.has(error.name)) throw error;
  process.stderr.write(`longshore: ${error.message}\n`);
  process.exit(1);
}
