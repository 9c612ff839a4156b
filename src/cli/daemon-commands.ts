// The arguments of `longshore daemon`: what each subcommand takes and which mutation input it becomes.
import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { isObject } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import {
  changeDaemon,
  daemonChanges,
  explainDaemon,
  readInputFile,
  readJsonObject,
} from "./daemon.ts";
import { runCommand } from "./run-command.ts";
import type { Surroundings } from "./run-command.ts";

interface Tag {
  readonly key: string;
  readonly value: string;
}

function tag(argument: string, before: readonly Tag[] | undefined): readonly Tag[] {
  const equals = argument.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("It takes key=value.");
  return [...(before ?? []), { key: argument.slice(0, equals), value: argument.slice(equals + 1) }];
}

function wholeNumber(argument: string): number {
  const value = Number(argument);
  if (argument.trim() === "" || !Number.isSafeInteger(value))
    throw new InvalidArgumentError("It takes a whole number.");
  return value;
}

interface CommonFlags {
  readonly url?: string;
  readonly json?: true;
  readonly cluster?: string;
}

interface SettingFlags extends CommonFlags {
  readonly taskDefinition?: string;
  readonly selector?: string;
  readonly minHealthyPercent?: number;
  readonly tag?: readonly Tag[];
  readonly overrides?: string;
  readonly file?: string;
  readonly dryRun?: true;
  readonly mode?: string;
  readonly paused?: true;
  readonly expectedRevision?: number;
}

interface NamedFlags extends CommonFlags {
  readonly to?: number;
  readonly keepTasks?: true;
}

/** What flags set, over what the file says. */
function inputOf(file: JsonObject, name: string | undefined, flags: SettingFlags): JsonObject {
  const {
    cluster,
    taskDefinition,
    selector,
    minHealthyPercent,
    overrides,
    mode,
    paused,
    expectedRevision,
  } = flags;
  const rollout = isObject(file["rollout"]) ? file["rollout"] : {};
  const set = {
    name,
    cluster,
    taskDefinition,
    selector,
    mode,
    paused,
    expectedRevision,
    tags: flags.tag,
    rollout: minHealthyPercent === undefined ? undefined : { ...rollout, minHealthyPercent },
    overrides: overrides === undefined ? undefined : readJsonObject(overrides, "--overrides"),
  };
  const given = Object.entries(set).filter(([, value]) => value !== undefined);
  return { ...file, ...Object.fromEntries(given) };
}

function addSettings(command: Command): Command {
  return command
    .option("--task-definition <t>", "family, family:revision or ARN")
    .option(
      "--selector <query>",
      "which container instances, in ECS cluster query language; all when empty",
    )
    .addOption(
      new Option(
        "--min-healthy-percent <n>",
        "share of instances that keep a task during a rollout",
      ).argParser(wholeNumber),
    )
    .option("--tag <key=value>", "a tag for every task; give it again for more", tag)
    .option("--overrides <json>", "task overrides, as ECS takes them")
    .option(
      "-f, --file <file>",
      "JSON with the same settings as in the API's input; - reads stdin; options win over it",
    )
    .option("--dry-run", "show what would follow, change nothing");
}

/** Adds the subcommands of `daemon`. */
export function addDaemonCommands(
  parent: Command,
  urlOption: () => Option,
  surroundings: Surroundings,
): void {
  const subcommand = (nameAndArguments: string, description: string) =>
    parent
      .command(nameAndArguments)
      .description(description)
      .option("--cluster <cluster>", "its cluster, by name or ARN")
      .option("--json", "JSON on stdout")
      .addOption(urlOption());

  const withSettings = (kind: "register" | "update", description: string) =>
    addSettings(subcommand(`${kind} [name]`, description)).action(
      (name: string | undefined, flags: SettingFlags) =>
        runCommand(surroundings, flags, false, async (client, terminal) => {
          const input = inputOf(
            flags.file === undefined ? {} : await readInputFile(flags.file),
            name,
            flags,
          );
          const { json = false, dryRun = false } = flags;
          await changeDaemon(client, daemonChanges[kind], input, { json, dryRun }, terminal);
        }),
    );
  withSettings(
    "register",
    "define a daemon: one task on every matching container instance from now on",
  )
    .option("--mode <mode>", "ALWAYS, or another mode that the API knows")
    .option("--paused", "register it without starting anything");
  withSettings("update", "change a daemon; what is not given stays as it is").addOption(
    new Option("--expected-revision <n>", "refuse when it has another revision by now").argParser(
      wholeNumber,
    ),
  );

  const simple = (
    kind: "rollback" | "pause" | "resume" | "deregister",
    description: string,
    extra: (flags: NamedFlags) => JsonObject = () => ({}),
  ) =>
    subcommand(`${kind} <name>`, description).action((name: string, flags: NamedFlags) =>
      runCommand(surroundings, flags, false, (client, terminal) => {
        const input = {
          name,
          ...(flags.cluster === undefined ? {} : { cluster: flags.cluster }),
          ...extra(flags),
        };
        const options = { json: flags.json ?? false, dryRun: false };
        return changeDaemon(client, daemonChanges[kind], input, options, terminal);
      }),
    );
  simple("rollback", "go back to an earlier revision", ({ to }) =>
    to === undefined ? {} : { toRevision: to },
  ).addOption(
    new Option("--to <revision>", "the one before the present one, when not given").argParser(
      wholeNumber,
    ),
  );
  simple("pause", "start and stop nothing for it until it is resumed");
  simple("resume", "go on from what is true by now");
  simple("deregister", "remove it and stop its tasks", ({ keepTasks }) =>
    keepTasks ? { stopTasks: false } : {},
  ).option("--keep-tasks", "leave its tasks running, without a daemon");

  parent
    .command("explain <name>")
    .description("rule by rule, why a container instance has or lacks its task")
    .requiredOption("--cluster <cluster>", "its cluster, by name or ARN")
    .requiredOption("--instance <id>", "the container instance, by id or ARN")
    .option("--json", "JSON on stdout")
    .addOption(urlOption())
    .action(
      (
        name: string,
        flags: CommonFlags & { readonly cluster: string; readonly instance: string },
      ) =>
        runCommand(surroundings, flags, false, (client, terminal) =>
          explainDaemon(
            client,
            { cluster: flags.cluster, name, instance: flags.instance },
            { json: flags.json ?? false },
            terminal,
          ),
        ),
    );
}
