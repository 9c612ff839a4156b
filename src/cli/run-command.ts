// Runs one client command: settings, the API, the terminal; a failure becomes a line on stderr and an exit code.
import { CommanderError } from "commander";
import { systemClock } from "../clock.ts";
import { ConfigError, readClientConfig } from "../config.ts";
import type { ClientConfig } from "../config.ts";
import { createApiClient } from "./client.ts";
import type { ApiClient } from "./client.ts";
import { ClientFailure, describeFailure, exitCodeOf, exitCodes } from "./failure.ts";
import type { ApiFlags } from "./options.ts";
import { processTerminal } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** Where commands run: the process, or a test. */
export interface Surroundings {
  /** Throws a ConfigError. */
  readonly config: () => ClientConfig;
  /** The terminal; `untilInterrupted` when Ctrl-C is to end the command in order and not at once. */
  readonly terminal: (untilInterrupted: boolean) => Terminal;
}

/** Ctrl-C and SIGTERM end a command in order; a second one ends it at once, as nothing listens any more. */
function interruption(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => stop.abort());
  return stop.signal;
}

export const processSurroundings: Surroundings = {
  config: readClientConfig,
  terminal: (untilInterrupted) =>
    processTerminal(untilInterrupted ? interruption() : new AbortController().signal),
};

/** Throws a CommanderError with the exit code, after saying why. */
export async function runCommand(
  { config, terminal: open }: Surroundings,
  flags: ApiFlags,
  untilInterrupted: boolean,
  run: (client: ApiClient, terminal: Terminal) => Promise<void>,
): Promise<void> {
  const terminal = open(untilInterrupted);
  try {
    const given = config();
    const client = createApiClient({
      url: flags.url ?? given.url,
      token: flags.token ?? given.token,
      clock: systemClock,
      timeoutMs: flags.timeout === undefined ? undefined : flags.timeout * 1000,
    });
    await run(client, terminal);
    const doubt = await client.doubt();
    if (doubt !== undefined)
      terminal.note(
        `longshore: this may be of an earlier time: the API at ${client.url} cannot follow its store (${doubt}). longshore doctor tells more.`,
      );
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
