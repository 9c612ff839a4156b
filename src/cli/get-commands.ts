// The arguments of `longshore get` and `longshore watch`.
import { Option } from "commander";
import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import type { ApiClient } from "./client.ts";
import type { Kind } from "./describe.ts";
import { usageFailure } from "./failure.ts";
import type { GetOptions } from "./get.ts";
import {
  addApiOptions,
  addFilterOptions,
  chosenFilter,
  limitOption,
  names,
  unknownWords,
} from "./options.ts";
import type { ApiFlags } from "./options.ts";
import { outputs } from "./output.ts";
import type { Output } from "./output.ts";
import { allResources } from "./resources/all.ts";
import type { Resource } from "./resources/resource.ts";
import { runCommand } from "./run-command.ts";
import type { Surroundings } from "./run-command.ts";
import type { Terminal } from "./terminal.ts";

interface GetFlags extends ApiFlags {
  readonly json?: true;
  readonly output?: Output;
  readonly limit?: number;
  readonly columns?: readonly string[];
  readonly sort?: string;
  readonly watch?: true;
}

const watchOption = ["-w, --watch", "keep showing it as it changes; q or Ctrl-C ends it"] as const;

/** A terminal gets the table drawn again and again; whatever else reads gets changes as `watch --snapshot` has them. */
async function watchList(
  client: ApiClient,
  resource: Resource,
  options: GetOptions,
  terminal: Terminal,
): Promise<void> {
  const { output, filter } = options;
  const json = output === "json";
  if (!json && output !== "table" && output !== "wide")
    throw usageFailure(`--watch shows a table, or with --json a change a line; not ${output}.`);
  if (json || terminal.width === undefined) {
    const { watch } = await import("./watch.ts");
    return watch(
      client,
      resource,
      { json, snapshot: true, after: undefined, filter },
      terminal,
      systemClock,
    );
  }
  const { watchTable } = await import("./get-watch.ts");
  return watchTable(client, resource, options, terminal, systemClock);
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
    .addOption(limitOption())
    .option(...watchOption);
  addApiOptions(command).action((flags: GetFlags) => {
    const { limit, columns, sort } = flags;
    const output = flags.json ? "json" : (flags.output ?? "table");
    const filter = chosenFilter(resource.filters, { ...flags });
    const options = { output, limit, filter, columns, sort };
    return runCommand(surroundings, flags, flags.watch === true, async (client, terminal) => {
      for (const remark of unknownWords(resource.filters, filter)) terminal.note(remark);
      if (flags.watch) return watchList(client, resource, options, terminal);
      const { get } = await import("./get.ts");
      await get(client, resource, options, terminal, systemClock.now());
    });
  });
}

interface DescribeFlags extends ApiFlags {
  readonly json?: true;
  readonly output?: "json" | "yaml";
  readonly cluster?: string;
  readonly watch?: true;
}

const selectors: Readonly<Record<Kind, readonly [argument: string, description: string]>> = {
  cluster: ["<cluster>", "its name or ARN"],
  instance: ["<instance>", "its id, the beginning of it, its EC2 instance id, or its ARN"],
  task: ["<task>", "its id, the beginning of it, or its ARN"],
  daemon: ["<daemon>", "its name; cluster/name, or --cluster, where several have one of that name"],
};

function addDescribe(parent: Command, kind: Kind, surroundings: Surroundings): void {
  const command = parent
    .command(kind)
    .description(`the details of one ${kind}`)
    .argument(...selectors[kind])
    .addOption(new Option("-o, --output <format>", "for programs").choices(["json", "yaml"]))
    .option("--json", "the same as -o json")
    .option(...watchOption);
  if (kind !== "cluster") command.option("--cluster <cluster>", "look in this cluster only");
  addApiOptions(command).action((which: string, flags: DescribeFlags) =>
    runCommand(surroundings, flags, flags.watch === true, async (client, terminal) => {
      const output = flags.json ? "json" : (flags.output ?? "table");
      const meant = { kind, which, cluster: flags.cluster };
      if (flags.watch) {
        if (output !== "table" || terminal.width === undefined)
          throw usageFailure(
            `--watch of one ${kind} needs a terminal: longshore watch ${kind}s prints changes.`,
          );
        const { watchDetail } = await import("./get-watch.ts");
        return watchDetail(client, meant, terminal, systemClock);
      }
      const { describe } = await import("./describe.ts");
      return describe(client, meant, { output }, terminal, systemClock.now());
    }),
  );
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
    const filter = chosenFilter(filters, { ...flags });
    const options = { json, snapshot, after, filter };
    return runCommand(surroundings, flags, true, async (client, terminal) => {
      for (const remark of unknownWords(filters, filter)) terminal.note(remark);
      const { watch } = await import("./watch.ts");
      await watch(client, resource, options, terminal, systemClock);
    });
  });
}

const kinds = ["cluster", "instance", "task", "daemon"] as const;

/** Adds `describe`, which is another word for `get` of one thing. */
export function addDescribeCommand(program: Command, surroundings: Surroundings): Command {
  const command = program.command("describe").description("the details of one thing: get KIND ID");
  for (const kind of kinds) addDescribe(command, kind, surroundings);
  return command;
}

/** Adds `get` to the program. */
export function addGetCommand(program: Command, surroundings: Surroundings): Command {
  const command = program.command("get").description("list what the API knows");
  for (const resource of allResources) addGet(command, resource, surroundings);
  for (const kind of kinds) addDescribe(command, kind, surroundings);
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
