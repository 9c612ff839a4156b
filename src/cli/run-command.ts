// Runs one client command: settings, the API, the terminal; a failure becomes a line on stderr and an exit code.
import { CommanderError } from "commander";
import { systemClock } from "../clock.ts";
import { ConfigError, readClientConfig } from "../config.ts";
import { createApiClient } from "./client.ts";
import type { ApiClient } from "./client.ts";
import { ClientFailure, describeFailure, exitCodeOf, exitCodes } from "./failure.ts";
import { processTerminal } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

type Run = (client: ApiClient, terminal: Terminal) => Promise<void>;
/** Throws a CommanderError with the exit code, after saying why. */
type RunCommand = (options: { readonly url?: string }, run: Run) => Promise<void>;

/** Ctrl-C and SIGTERM end a command in order; a second one ends it at once, as nothing listens any more. */
function interruption(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}

/** Runs a command's work against the API that the options and the environment name. */
async function runAgainstApi(
  options: { readonly url?: string },
  run: Run,
  terminal: Terminal,
): Promise<void> {
  try {
    const config = readClientConfig();
    const { url = config.url } = options;
    await run(createApiClient({ url, token: config.token, clock: systemClock }), terminal);
  } catch (error) {
    if (error instanceof ClientFailure) {
      terminal.note(describeFailure(error));
      throw new CommanderError(exitCodeOf(error), `longshore.${error.code}`, error.message);
    }
    if (!(error instanceof ConfigError)) throw error;
    terminal.note(`longshore: ${error.message}`);
    throw new CommanderError(exitCodes.usage, "longshore.config", error.message);
  }
}

/** Waiting for the answer to a question is not worth an orderly end; only `watch` has one. */
export const runOnce: RunCommand = (options, run) =>
  runAgainstApi(options, run, processTerminal(new AbortController().signal));

/** Runs until it is done, or until Ctrl-C. */
export const runUntilInterrupted: RunCommand = (options, run) =>
  runAgainstApi(options, run, processTerminal(interruption()));
