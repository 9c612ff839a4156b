// Options that several commands share, and how their values are read.
import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import type { JsonObject } from "../ecs/json.ts";
import type { FilterOption } from "./resources/resource.ts";

/** What every command takes that talks to the API. */
export interface ApiFlags {
  readonly url?: string;
  readonly token?: string;
  /** Seconds. */
  readonly timeout?: number;
}

export function wholeNumberFrom(min: number): (value: string) => number {
  return (value) => {
    const parsed = Number(value);
    if (value.trim() === "" || !Number.isSafeInteger(parsed) || parsed < min)
      throw new InvalidArgumentError(`It takes a whole number from ${min}.`);
    return parsed;
  };
}

function seconds(value: string): number {
  const parsed = Number(value);
  if (!(parsed > 0)) throw new InvalidArgumentError("It takes a number of seconds above 0.");
  return parsed;
}

export const secondsOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(seconds);

/** A list of names, separated by commas. */
export function names(value: string): string[] {
  return value.split(",").filter((name) => name.trim() !== "");
}

export function addApiOptions(command: Command): Command {
  return command
    .option("--url <url>", "the API's address (or LONGSHORE_URL)")
    .option(
      "--token <token>",
      "bearer token; others on this machine see it in the list of processes, unlike LONGSHORE_TOKEN",
    )
    .addOption(secondsOption("--timeout <seconds>", "how long an answer may take; 60 if not said"));
}

export const limitOption = (): Option =>
  new Option("--limit <n>", "end the list after n").argParser(wholeNumberFrom(1));

export function addFilterOptions(command: Command, filters: readonly FilterOption[]): Command {
  for (const { flags, description, kind } of filters) {
    const option = new Option(flags, description);
    if (kind === "number") option.argParser(wholeNumberFrom(0));
    command.addOption(option);
  }
  return command;
}

/** What the filter options that were given mean as arguments. Words of ECS are taken in any case. */
export function chosenFilter(filters: readonly FilterOption[], options: JsonObject): JsonObject {
  const chosen: Record<string, unknown> = {};
  for (const { flags, argument, kind, words = [] } of filters) {
    const value = options[new Option(flags).attributeName()];
    if (value === undefined) continue;
    const meant = (given: string) =>
      words.includes(given.toUpperCase()) ? given.toUpperCase() : given;
    if (kind === "list" && Array.isArray(value))
      chosen[argument] = value.flatMap((each) => String(each).split(",")).map(meant);
    else if (typeof value === "string") chosen[argument] = meant(value);
    else chosen[argument] = kind === "yes" ? true : kind === "no" ? false : value;
  }
  return chosen;
}

/** A remark on each option with words that are not known here: they may be mistyped, or newer than this command. */
export function unknownWords(
  filters: readonly FilterOption[],
  filter: JsonObject,
): readonly string[] {
  return filters.flatMap(({ flags, argument, words }) => {
    const unknown = [filter[argument] ?? []]
      .flat()
      .map(String)
      .filter((word) => words && !words.includes(word));
    if (!words || unknown.length === 0) return [];
    const what = new Option(flags).name().replaceAll("-", " ");
    return `longshore: no ${what} is known here as ${unknown.join(" or ")}; they are ${words.join(", ")}.`;
  });
}
