// Hangs the client's commands on the command line. Knows no protocol; what runs them is loaded when it is wanted.
import { CommanderError } from "commander";
import type { Command } from "commander";
import { addCompletionCommands } from "./completion/commands.ts";
import { addDaemonCommands } from "./daemon/commands.ts";
import { exitCodes } from "./failure.ts";
import { addDescribeCommand, addGetCommand, addWatchCommand } from "./get-commands.ts";
import {
  addExportCommand,
  addImportCommand,
  addRecordCommand,
  addReplayCommand,
  addTopCommand,
} from "./more-commands.ts";
import { addQuarantineCommands } from "./quarantine-commands.ts";
import { processSurroundings } from "./run-command.ts";

const helpOfAll = `
Environment:
  LONGSHORE_URL    the API's address; http://127.0.0.1:4000, or the port in LONGSHORE_PORT, when it is not set
  LONGSHORE_TOKEN  the bearer token, when the API wants one
  NO_COLOR         no colours; FORCE_COLOR: colours on pipes, too

Exit codes:
  0  done                     5  not allowed: no token, a wrong one, or one that may only read
  1  failed                   6  the API cannot be reached, or cannot answer now
  2  the command line, or     7  not done in time
     what it asks for,        8  a rollout that was waited for fails or is stuck
     cannot be used           9  what a file says differs from what is there
  3  not found                130 ended by Ctrl-C before it was done
  4  conflict with somebody else's change`;

/** A usage error of these commands ends with our code for it, not with commander's 1. */
function exitWithOurCodes(command: Command): void {
  command.exitOverride((error) => {
    const exitCode = error.exitCode === 1 ? exitCodes.usage : error.exitCode;
    throw new CommanderError(exitCode, error.code, error.message);
  });
  command.showHelpAfterError(`(longshore ${pathOf(command)} --help tells more)`);
  for (const each of command.commands) exitWithOurCodes(each);
}

function pathOf(command: Command): string {
  const above = command.parent?.parent ? `${pathOf(command.parent)} ` : "";
  return above + command.name();
}

/** Adds every command that talks to the API to the program. */
export function addClientCommands(program: Command, surroundings = processSurroundings): void {
  const commands = [
    addGetCommand(program, surroundings),
    addDescribeCommand(program, surroundings),
    addWatchCommand(program, surroundings),
    addTopCommand(program, surroundings),
    addDaemonCommands(program, surroundings),
    addExportCommand(program, surroundings),
    addImportCommand(program, surroundings),
    addRecordCommand(program, surroundings),
    addReplayCommand(program, surroundings),
    addQuarantineCommands(program, surroundings),
  ];
  for (const command of commands) {
    command.addHelpText("after", helpOfAll);
    for (const each of command.commands) each.addHelpText("after", helpOfAll);
    exitWithOurCodes(command);
  }
  addCompletionCommands(program, surroundings);
}
