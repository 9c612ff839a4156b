// A command line that a test runs in its own process, and what became of it.
import { Command, CommanderError } from "commander";
import { readClientConfig } from "../config.ts";
import { addClientCommands } from "./client-commands.ts";

/** Runs it to its end against the API at `url`; on a terminal when there is an answer for who asks. */
export async function runCommandLine(url: string, args: readonly string[], answer?: boolean) {
  const written = { stdout: "", stderr: "", asked: "" };
  const program = new Command("longshore").exitOverride();
  const ask = async (question: string) => {
    written.asked += question;
    return answer === true;
  };
  addClientCommands(program, {
    config: () => readClientConfig({ LONGSHORE_URL: url }),
    terminal: () => ({
      print: async (more) => void (written.stdout += more),
      note: (line) => void (written.stderr += `${line}\n`),
      progress: (line) => void (written.stderr += `${line}\n`),
      width: undefined,
      colours: false,
      ask: answer === undefined ? undefined : ask,
      interrupted: new AbortController().signal,
    }),
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return { ...written, code: 0 };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { ...written, code: error.exitCode };
  }
}
