// The client's commands on the command line: get, watch, daemon, quarantine. Turns arguments into calls; knows no
// protocol.
import { CommanderError, InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import type { JsonObject } from "../ecs/json.ts";
import { addDaemonCommands } from "./daemon-commands.ts";
import { exitCodes } from "./failure.ts";
import { get } from "./get.ts";
import { addQuarantineCommands } from "./quarantine-commands.ts";
import { resources, resourceNames } from "./resources.ts";
import type { FilterOption, Resource } from "./resources.ts";
import { processSurroundings, runCommand } from "./run-command.ts";
import type { Surroundings } from "./run-command.ts";
import { watch } from "./watch.ts";

const helpOfAll = `
Environment:
  LONGSHORE_URL    the API's address; http://127.0.0.1:4000, or the port in LONGSHORE_PORT, when it is not set
  LONGSHORE_TOKEN  the bearer token, when the API wants one

Exit codes:
  0  done        1  failed (also: not reachable, not allowed)
  2  the command line, or what it asks for, cannot be used
  3  not found   4  conflict with somebody else's change`;

function wholeNumberFrom(min: number): (value: string) => number {
  return (value) => {
    const parsed = Number(value);
    if (!Number.isSafeInteger(parsed) || parsed < min)
      throw new InvalidArgumentError(`It takes a whole number from ${min}.`);
    return parsed;
  };
}

function addFilterOptions(command: Command, filters: readonly FilterOption[]): Command {
  for (const { flags, description, kind } of filters) {
    const option = new Option(flags, description);
    if (kind === "number") option.argParser(wholeNumberFrom(0));
    command.addOption(option);
  }
  return command;
}

/** What the filter options that were given mean as arguments. */
function chosenFilter(filters: readonly FilterOption[], options: JsonObject): JsonObject {
  const chosen: Record<string, unknown> = {};
  for (const { flags, argument, kind } of filters) {
    const value = options[new Option(flags).attributeName()];
    if (value === undefined) continue;
    if (kind === "list" && Array.isArray(value))
      chosen[argument] = value.flatMap((each) => String(each).split(","));
    else chosen[argument] = kind === "yes" ? true : kind === "no" ? false : value;
  }
  return chosen;
}

const limitOption = () =>
  new Option("--limit <n>", "end the list after n").argParser(wholeNumberFrom(1));
const urlOption = () => new Option("--url <url>", "the API's address (or LONGSHORE_URL)");

interface GetFlags {
  readonly url?: string;
  readonly json?: true;
  readonly output?: "wide" | "json";
  readonly limit?: number;
}

function addGet(parent: Command, resource: Resource, surroundings: Surroundings): void {
  const command = parent.command(resource.name).description(`list ${resource.name}`);
  addFilterOptions(command, resource.filters)
    .addOption(
      new Option("-o, --output <format>", "more columns, or JSON").choices(["wide", "json"]),
    )
    .option("--json", "one JSON array on stdout")
    .addOption(limitOption())
    .addOption(urlOption())
    .action((flags: GetFlags) => {
      const output = flags.json ? "json" : (flags.output ?? "table");
      const filter = chosenFilter(resource.filters, { ...flags });
      const options = { output, limit: flags.limit, filter } as const;
      return runCommand(surroundings, flags, false, (client, terminal) =>
        get(client, resource, options, terminal, systemClock.now()),
      );
    });
}

interface WatchFlags {
  readonly url?: string;
  readonly json?: true;
  readonly snapshot?: true;
  readonly after?: string;
}

function addWatch(parent: Command, resource: Resource, surroundings: Surroundings): void {
  const filters = [...resource.filters, ...(resource.watchFilters ?? [])];
  const command = parent
    .command(resource.name)
    .description(`print changes of ${resource.name} as they happen`);
  addFilterOptions(command, filters)
    .option("--snapshot", "begin with what is there now, as ADDED and then one SYNCED")
    .addOption(
      new Option("--after <cursor>", "continue behind a change's cursor").conflicts("snapshot"),
    )
    .option(
      "--json",
      "one JSON object a line: { type cursor ... }; { type: RESET } when it starts over",
    )
    .addOption(urlOption())
    .action((flags: WatchFlags) => {
      const { json = false, snapshot = false, after } = flags;
      const options = { json, snapshot, after, filter: chosenFilter(filters, { ...flags }) };
      return runCommand(surroundings, flags, true, (client, terminal) =>
        watch(client, resource, options, terminal, systemClock),
      );
    });
}

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

/** Adds `get`, `watch`, `daemon` and `quarantine` to the program. */
export function addClientCommands(program: Command, surroundings = processSurroundings): void {
  const getCommand = program.command("get").description("list what the API knows");
  for (const name of resourceNames) addGet(getCommand, resources[name], surroundings);
  const watchCommand = program
    .command("watch")
    .description(
      "print changes as they happen; goes on by itself after a lost connection; Ctrl-C ends it",
    );
  for (const name of resourceNames) addWatch(watchCommand, resources[name], surroundings);
  const daemonCommand = program
    .command("daemon")
    .description("define daemons, change them, and see why they do what they do");
  addDaemonCommands(daemonCommand, urlOption, surroundings);
  const quarantineCommand = program
    .command("quarantine")
    .description("look at the messages that ingest could not understand, and deal with them");
  addQuarantineCommands(quarantineCommand, urlOption, limitOption, surroundings);
  for (const command of [getCommand, watchCommand, daemonCommand, quarantineCommand]) {
    command.addHelpText("after", helpOfAll);
    for (const each of command.commands) each.addHelpText("after", helpOfAll);
    exitWithOurCodes(command);
  }
}
