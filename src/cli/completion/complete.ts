// What may come next on a command line: commands, options and their words, and the names of what is there. Knows no
// shell; asks the API only where a name is wanted.
import type { Command, Option } from "commander";
import { allResources } from "../resources/all.ts";
import { columnName } from "../output.ts";
import type { Resource } from "../resources/resource.ts";

/** A word that may come, and what it means. */
export interface Candidate {
  readonly word: string;
  readonly about?: string | undefined;
}

/** Names that the API knows: of clusters, or of what a cluster has. */
export type NamesOf = (
  kind: "cluster" | "instance" | "task" | "daemon",
  cluster: string | undefined,
) => Promise<readonly Candidate[]>;

/** Where on a command line the cursor is. */
interface Place {
  readonly command: Command;
  /** Words that were no options and no commands. */
  readonly positionals: number;
  /** The option whose value is being typed. */
  readonly option: Option | undefined;
  readonly cluster: string | undefined;
}

const takesValue = (option: Option): boolean => option.required || option.optional;

function placeOf(program: Command, words: readonly string[]): Place {
  let command = program;
  let positionals = 0;
  let option: Option | undefined;
  let cluster: string | undefined;
  for (const word of words) {
    if (option) {
      if (option.long === "--cluster") cluster = word;
      option = undefined;
      continue;
    }
    if (word.startsWith("-")) {
      const found = command.options.find(({ long, short }) => long === word || short === word);
      if (found && takesValue(found)) option = found;
      continue;
    }
    const next = command.commands.find((each) => each.name() === word);
    if (next) command = next;
    else positionals++;
  }
  return { command, positionals, option, cluster };
}

/** The resource that a command of `get` or `watch` is about. */
const resourceOf = (command: Command): Resource | undefined =>
  allResources.find(({ name }) => name === command.name());

async function valuesOf(
  { command, option, cluster }: Place,
  namesOf: NamesOf,
): Promise<readonly Candidate[]> {
  if (!option) return [];
  if (option.argChoices) return option.argChoices.map((word) => ({ word }));
  const resource = resourceOf(command);
  const filter = resource?.filters.find(({ flags }) => flags === option.flags);
  if (filter?.words) return filter.words.map((word) => ({ word }));
  switch (option.long) {
    case "--columns":
    case "--sort":
      return (resource?.columns ?? []).map((column) => ({ word: columnName(column) }));
    case "--cluster":
      return namesOf("cluster", undefined);
    case "--instance":
      return namesOf("instance", cluster);
    case "--daemon":
      return namesOf("daemon", cluster);
    default:
      return [];
  }
}

/** Commands whose first argument is a name that the API knows. */
const namedBy = new Map<string, "cluster" | "instance" | "task" | "daemon">([
  ...(["get", "describe"] as const).flatMap((verb) =>
    (["cluster", "instance", "task", "daemon"] as const).map(
      (kind) => [`${verb} ${kind}`, kind] as const,
    ),
  ),
  ...[
    "update",
    "rollback",
    "pause",
    "resume",
    "promote",
    "rerun",
    "deregister",
    "explain",
    "events",
  ].map((verb) => [`daemon ${verb}`, "daemon"] as const),
]);

async function argumentsOf(
  { command, positionals, cluster }: Place,
  namesOf: NamesOf,
): Promise<readonly Candidate[]> {
  const visible = command.createHelp().visibleCommands(command);
  if (visible.length > 0)
    return visible.map((each) => ({ word: each.name(), about: each.description() }));
  const all = command.registeredArguments;
  const argument = all[Math.min(positionals, all.length - 1)];
  if (!argument || (positionals >= all.length && !argument.variadic)) return [];
  if (argument.argChoices) return argument.argChoices.map((word) => ({ word }));
  const kind = namedBy.get(`${command.parent?.name()} ${command.name()}`);
  return kind === undefined ? [] : namesOf(kind, cluster);
}

function optionsOf(command: Command): Candidate[] {
  const own = command.options
    .filter(({ hidden }) => !hidden)
    .map(({ long, short, description }) => ({ word: long ?? short ?? "", about: description }));
  return [...own, { word: "--help", about: "display help for command" }];
}

/**
 * Candidates for the last of `words`, which may be empty; those before it are whole. Nothing means that the shell may
 * offer files.
 */
export async function complete(
  program: Command,
  words: readonly string[],
  namesOf: NamesOf,
): Promise<readonly Candidate[]> {
  const current = words.at(-1) ?? "";
  const place = placeOf(program, words.slice(0, -1));
  const candidates = place.option
    ? await valuesOf(place, namesOf)
    : current.startsWith("-")
      ? optionsOf(place.command)
      : await argumentsOf(place, namesOf);
  // Of a list with commas only its last member is being typed.
  const typed = place.option?.long === "--columns" ? (/^.*,/.exec(current)?.[0] ?? "") : "";
  return candidates
    .map(({ word, about }) => ({ word: typed + word, about }))
    .filter(({ word }) => word.startsWith(current));
}
