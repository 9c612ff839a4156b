// The arguments of `longshore quarantine`.
import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { addApiOptions, limitOption } from "./options.ts";
import type { ApiFlags } from "./options.ts";
import { runCommand } from "./run-command.ts";
import type { Surroundings } from "./run-command.ts";

interface ListFlags extends ApiFlags {
  readonly json?: true;
  readonly limit?: number;
  readonly bodies?: true;
}

interface ActFlags extends ApiFlags {
  readonly json?: true;
  readonly all?: true;
}

const limitByDefault = 100;

/** Adds `quarantine` to the program. */
export function addQuarantineCommands(program: Command, surroundings: Surroundings): Command {
  const parent = program
    .command("quarantine")
    .description("look at the messages that ingest could not understand, and deal with them");
  const list = parent
    .command("list")
    .description("messages that could not be understood, newest first")
    .option("--bodies", "the messages themselves, too; needs an admin token")
    .option("--json", "one JSON array on stdout")
    .addOption(limitOption());
  addApiOptions(list).action((flags: ListFlags) => {
    const { json = false, limit = limitByDefault, bodies = false } = flags;
    return runCommand(surroundings, flags, false, async (client, terminal) => {
      const { listQuarantine } = await import("./quarantine.ts");
      await listQuarantine(client, { json, limit, bodies }, terminal, systemClock.now());
    });
  });
  const act = (action: "replay" | "discard", description: string) =>
    addApiOptions(
      parent
        .command(`${action} [messages...]`)
        .description(description)
        .option("--all", "all that are there")
        .option("--json", "JSON on stdout"),
    ).action((messageIds: readonly string[], flags: ActFlags) => {
      const { json = false, all = false } = flags;
      return runCommand(surroundings, flags, false, async (client, terminal) => {
        const { actOnQuarantine } = await import("./quarantine.ts");
        await actOnQuarantine(client, action, { json, all, messageIds }, terminal);
      });
    });
  act(
    "replay",
    "have ingest read messages again; what it understands by now leaves the quarantine",
  );
  act("discard", "forget messages for good");
  return parent;
}
