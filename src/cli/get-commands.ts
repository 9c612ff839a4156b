// The arguments of `longshore get` and `longshore watch`.
import { Option } from "commander";
import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { addApiOptions, addFilterOptions, chosenFilter, limitOption, names } from "./options.ts";
import type { ApiFlags } from "./options.ts";
import { outputs } from "./output.ts";
import type { Output } from "./output.ts";
import { allResources } from "./resources/all.ts";
import type { Resource } from "./resources/resource.ts";
import { runCommand } from "./run-command.ts";
import type { Surroundings } from "./run-command.ts";

interface GetFlags extends ApiFlags {
  readonly json?: true;
  readonly output?: Output;
  readonly limit?: number;
  readonly columns?: readonly string[];
  readonly sort?: string;
}

function addGet(parent: Command, resource: Resource, surroundings: Surroundings): void {
  const command = parent.command(resource.name).description(`list ${resource.name}`);
  addFilterOptions(command, resource.filters)
    .addOption(
      new Option("-o, --output <format>", "more columns, or a format for programs").choices(
        outputs,
      ),
    )
    .option("--json", "one JSON array on stdout: -o json")
    .option("--columns <names>", "these columns, separated by commas", names)
    .option("--sort <column>", "sort by this column; -column the other way round")
    .addOption(limitOption());
  addApiOptions(command).action((flags: GetFlags) => {
    const { limit, columns, sort } = flags;
    const output = flags.json ? "json" : (flags.output ?? "table");
    const filter = chosenFilter(resource.filters, { ...flags });
    return runCommand(surroundings, flags, false, async (client, terminal) => {
      const { get } = await import("./get.ts");
      const options = { output, limit, filter, columns, sort };
      await get(client, resource, options, terminal, systemClock.now());
    });
  });
}

interface WatchFlags extends ApiFlags {
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
    );
  addApiOptions(command).action((flags: WatchFlags) => {
    const { json = false, snapshot = false, after } = flags;
    const options = { json, snapshot, after, filter: chosenFilter(filters, { ...flags }) };
    return runCommand(surroundings, flags, true, async (client, terminal) => {
      const { watch } = await import("./watch.ts");
      await watch(client, resource, options, terminal, systemClock);
    });
  });
}

/** Adds `get` to the program. */
export function addGetCommand(program: Command, surroundings: Surroundings): Command {
  const command = program.command("get").description("list what the API knows");
  for (const resource of allResources) addGet(command, resource, surroundings);
  return command;
}

/** Adds `watch` to the program. */
export function addWatchCommand(program: Command, surroundings: Surroundings): Command {
  const command = program
    .command("watch")
    .description(
      "print changes as they happen; goes on by itself after a lost connection; Ctrl-C ends it",
    );
  for (const resource of allResources) addWatch(command, resource, surroundings);
  return command;
}
