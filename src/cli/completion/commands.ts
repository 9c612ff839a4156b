// The arguments of `longshore completion`, and the hidden command that shells call on each Tab.
import { Argument } from "commander";
import type { Command } from "commander";
import { systemClock } from "../../clock.ts";
import { oneLine } from "../table.ts";
import type { Surroundings } from "../run-command.ts";

/** Longer than this no Tab is waited for. */
const answerWithinMs = 1000;

/** Adds `completion` to the program. */
export function addCompletionCommands(program: Command, surroundings: Surroundings): void {
  program
    .command("completion")
    .description("a script that completes commands, options and names in your shell")
    .addArgument(new Argument("<shell>", "which shell").choices(["bash", "zsh", "fish"]))
    .action(async (shell: string) => {
      const { completionScripts } = await import("./scripts.ts");
      await surroundings.terminal(false).print(completionScripts[shell] ?? "");
    });
  program
    .command("__complete", { hidden: true })
    .argument("[words...]")
    .action(async (words: readonly string[]) => {
      const { complete } = await import("./complete.ts");
      const { namesFrom } = await import("./names.ts");
      const { createApiClient } = await import("../client.ts");
      const { url, token } = surroundings.config();
      const client = createApiClient({ url, token, clock: systemClock, timeoutMs: answerWithinMs });
      const found = await complete(program, words, namesFrom(client));
      const lines = found.map(({ word, about }) => `${oneLine(word)}\t${oneLine(about ?? "")}\n`);
      await surroundings.terminal(false).print(lines.join(""));
    });
}
