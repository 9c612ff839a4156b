// Command lines that a test runs in its own process, the terminal that they write to, and what became of them.
import { Command, CommanderError } from "commander";
import { readClientConfig } from "../config.ts";
import { addClientCommands } from "./client-commands.ts";
import type { Terminal } from "./terminal.ts";

export interface Surroundings {
  /** Besides LONGSHORE_URL. */
  readonly environment?: Record<string, string>;
  /** What a person answers; nobody is there to be asked when it is left out. */
  readonly answer?: boolean | undefined;
}

/** A terminal that keeps what is written; a pipe without `width`. */
export function memoryTerminal(width?: number, answer?: boolean) {
  const stop = new AbortController();
  const written = { stdout: "", stderr: "", asked: "" };
  const ask = async (question: string) => {
    written.asked += question;
    return answer === true;
  };
  const terminal: Terminal = {
    print: async (more) => void (written.stdout += more),
    note: (line) => void (written.stderr += `${line}\n`),
    progress: (line) => void (written.stderr += `${line}\n`),
    width,
    colours: false,
    ask: answer === undefined ? undefined : ask,
    interrupted: stop.signal,
  };
  const lines = () => written.stdout.split("\n").filter((line) => line !== "");
  return { terminal, written, lines, stop: () => stop.abort() };
}

/** Runs a command line to its end against the API at `url`. */
export async function runCommandLine(
  url: string,
  args: readonly string[],
  { environment = {}, answer }: Surroundings = {},
) {
  const { terminal, written } = memoryTerminal(undefined, answer);
  const program = new Command("longshore").exitOverride().configureOutput({
    writeOut: (more) => void (written.stdout += more),
    writeErr: (more) => void (written.stderr += more),
  });
  addClientCommands(program, {
    config: () => readClientConfig({ LONGSHORE_URL: url, ...environment }),
    terminal: () => terminal,
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return { ...written, code: 0 };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { ...written, code: error.exitCode };
  }
}
