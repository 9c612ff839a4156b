// The arguments of `longshore quarantine`.
import type { Command, Option } from "commander";
import { systemClock } from "../clock.ts";
import { actOnQuarantine, listQuarantine } from "./quarantine.ts";
import { runCommand } from "./run-command.ts";
import type { Surroundings } from "./run-command.ts";

interface ListFlags {
  readonly url?: string;
  readonly json?: true;
  readonly limit?: number;
  readonly bodies?: true;
}

interface ActFlags {
  readonly url?: string;
  readonly json?: true;
  readonly all?: true;
}

const limitByDefault = 100;

/** Adds the subcommands of `quarantine`. */
export function addQuarantineCommands(
  parent: Command,
  urlOption: () => Option,
  limitOption: () => Option,
  surroundings: Surroundings,
): void {
  parent
    .command("list")
    .description("messages that could not be understood, newest first")
    .option("--bodies", "the messages themselves, too; needs an admin token")
    .option("--json", "one JSON array on stdout")
    .addOption(limitOption())
    .addOption(urlOption())
    .action((flags: ListFlags) => {
      const { json = false, limit = limitByDefault, bodies = false } = flags;
      return runCommand(surroundings, flags, false, (client, terminal) =>
        listQuarantine(client, { json, limit, bodies }, terminal, systemClock.now()),
      );
    });
  const act = (action: "replay" | "discard", description: string) =>
    parent
      .command(`${action} [messages...]`)
      .description(description)
      .option("--all", "all that are there")
      .option("--json", "JSON on stdout")
      .addOption(urlOption())
      .action((messageIds: readonly string[], flags: ActFlags) => {
        const { json = false, all = false } = flags;
        return runCommand(surroundings, flags, false, (client, terminal) =>
          actOnQuarantine(client, action, { json, all, messageIds }, terminal),
        );
      });
  act(
    "replay",
    "have ingest read messages again; what it understands by now leaves the quarantine",
  );
  act("discard", "forget messages for good");
}
