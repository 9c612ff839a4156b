// The arguments of `longshore daemon`: what each subcommand takes and which mutation input it becomes.
import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { isObject } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import { addApiOptions } from "./options.ts";
import type { ApiFlags } from "./options.ts";
import { usageFailure } from "./failure.ts";
import { readInputFile, readJsonObject } from "./input-file.ts";
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

interface CommonFlags extends ApiFlags {
  readonly json?: true;
  readonly cluster?: string;
}

interface SettingFlags extends CommonFlags {
  readonly taskDefinition?: string;
  readonly selector?: string;
  readonly mode?: string;
  readonly launch?: string;
  readonly method?: string;
  readonly minHealthyPercent?: number;
  readonly maxOverPercent?: number;
  readonly canaryPercent?: number;
  readonly autoRollback?: boolean;
  readonly drainOrder?: number;
  readonly readinessAttribute?: string;
  readonly tag?: readonly Tag[];
  readonly overrides?: string;
  readonly networkConfiguration?: string;
  readonly file?: string;
  readonly dryRun?: true;
  readonly paused?: true;
  readonly expectedRevision?: number;
}

interface NamedFlags extends CommonFlags {
  readonly to?: number;
  readonly keepTasks?: true;
  readonly instance?: readonly string[];
}

const given = (values: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

const jsonFlag = (value: string | undefined, flag: string): JsonObject | undefined =>
  value === undefined ? undefined : readJsonObject(value, flag);

/** What flags set, over what the file says. */
function inputOf(file: JsonObject, name: string | undefined, flags: SettingFlags): JsonObject {
  const { method, minHealthyPercent, maxOverPercent, canaryPercent, autoRollback } = flags;
  const rollout = given({ method, minHealthyPercent, maxOverPercent, canaryPercent, autoRollback });
  const inFile = isObject(file["rollout"]) ? file["rollout"] : {};
  const { cluster, taskDefinition, selector, mode, launch, drainOrder, readinessAttribute } = flags;
  return {
    ...file,
    ...given({
      name,
      cluster,
      taskDefinition,
      selector,
      mode,
      launch,
      drainOrder,
      readinessAttribute,
      paused: flags.paused,
      expectedRevision: flags.expectedRevision,
      tags: flags.tag,
      rollout: Object.keys(rollout).length > 0 ? { ...inFile, ...rollout } : undefined,
      overrides: jsonFlag(flags.overrides, "--overrides"),
      networkConfiguration: jsonFlag(flags.networkConfiguration, "--network-configuration"),
    }),
  };
}

const numberOption = (flags: string, description: string) =>
  new Option(flags, description).argParser(wholeNumber);

function addSettings(command: Command): Command {
  return command
    .option("--task-definition <t>", "family, family:revision or ARN")
    .option(
      "--selector <query>",
      "which container instances, in ECS cluster query language; all when empty",
    )
    .option("--launch <launch>", "START_TASK (the default) or RUN_TASK")
    .option(
      "--method <method>",
      "of the rollout: TERMINATE_THEN_REPLACE (the default) or REPLACE_THEN_TERMINATE",
    )
    .addOption(
      numberOption(
        "--min-healthy-percent <n>",
        "share of instances that keep a healthy task during a rollout",
      ),
    )
    .addOption(
      numberOption(
        "--max-over-percent <n>",
        "share of instances that may have two tasks for a while",
      ),
    )
    .addOption(
      numberOption("--canary-percent <n>", "share of instances that get a change before promote"),
    )
    .option("--auto-rollback", "take a change back by itself when its tasks fail")
    .option("--no-auto-rollback", "leave a change that fails to people")
    .addOption(numberOption("--drain-order <n>", "lower numbers leave a draining instance first"))
    .option(
      "--readiness-attribute <name>",
      "custom attribute to set on instances whose daemons are all healthy",
    )
    .option("--tag <key=value>", "a tag for every task; give it again for more", tag)
    .option("--overrides <json>", "task overrides, as ECS takes them")
    .option("--network-configuration <json>", "as ECS takes it; awsvpc task definitions need one")
    .option(
      "-f, --file <file>",
      "YAML or JSON with the settings of the API's input; - reads stdin; options win over it",
    )
    .option("--dry-run", "show what would follow, change nothing");
}

/** Adds `daemon` to the program. */
export function addDaemonCommands(program: Command, surroundings: Surroundings): Command {
  const parent = program
    .command("daemon")
    .description("define daemons, change them, and see why they do what they do");
  const subcommand = (nameAndArguments: string, description: string) =>
    addApiOptions(
      parent
        .command(nameAndArguments)
        .description(description)
        .option("--cluster <cluster>", "its cluster, by name or ARN")
        .option("--json", "JSON on stdout"),
    );

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
          const { changeDaemon, daemonChanges } = await import("./daemon.ts");
          await changeDaemon(client, daemonChanges[kind], input, { json, dryRun }, terminal);
        }),
    );
  withSettings(
    "register",
    "define a daemon: one task on every matching container instance from now on",
  )
    .option("--mode <mode>", "ALWAYS (the default), ONCE_JOINED or ONCE_LEAVING")
    .option("--paused", "register it without starting anything");
  withSettings("update", "change a daemon; what is not given stays as it is").addOption(
    numberOption("--expected-revision <n>", "refuse when it has another revision by now"),
  );

  const simple = (
    kind: "rollback" | "pause" | "resume" | "promote" | "rerun" | "deregister",
    description: string,
    extra: (flags: NamedFlags) => JsonObject = () => ({}),
  ) =>
    subcommand(`${kind} <name>`, description).action((name: string, flags: NamedFlags) =>
      runCommand(surroundings, flags, false, async (client, terminal) => {
        const input = {
          name,
          ...(flags.cluster === undefined ? {} : { cluster: flags.cluster }),
          ...extra(flags),
        };
        const options = { json: flags.json ?? false, dryRun: false };
        const { changeDaemon, daemonChanges } = await import("./daemon.ts");
        return changeDaemon(client, daemonChanges[kind], input, options, terminal);
      }),
    );
  simple("rollback", "go back to an earlier revision", ({ to }) =>
    to === undefined ? {} : { toRevision: to },
  ).addOption(numberOption("--to <revision>", "the one before the present one, when not given"));
  simple("pause", "start and stop nothing for it until it is resumed");
  simple("resume", "go on from what is true by now");
  simple("promote", "let a canary go on to the whole fleet");
  simple("rerun", "run once-tasks again on these container instances", ({ instance = [] }) => ({
    containerInstances: instance,
  })).requiredOption(
    "--instance <id>",
    "a container instance, by id or ARN; give it again for more",
    (id: string, before: readonly string[] | undefined) => [...(before ?? []), id],
  );
  simple("deregister", "remove it and stop its tasks", ({ keepTasks }) =>
    keepTasks ? { stopTasks: false } : {},
  ).option("--keep-tasks", "leave its tasks running, without a daemon");

  subcommand("explain <name>", "rule by rule, why a container instance has or lacks its task")
    .requiredOption("--instance <id>", "the container instance, by id or ARN")
    .action((name: string, flags: CommonFlags & { readonly instance: string }) =>
      runCommand(surroundings, flags, false, async (client, terminal) => {
        const which = { ...daemonNamed(name, flags), instance: flags.instance };
        const { explainDaemon } = await import("./daemon.ts");
        return explainDaemon(client, which, { json: flags.json ?? false }, terminal);
      }),
    );

  subcommand("events <name>", "what was done for it and why, newest first")
    .addOption(numberOption("--first <n>", "how many, up to 1000").default(50))
    .action((name: string, flags: CommonFlags & { readonly first: number }) =>
      runCommand(surroundings, flags, false, async (client, terminal) => {
        const which = { ...daemonNamed(name, flags), first: flags.first };
        const { printDaemonEvents } = await import("./daemon.ts");
        return printDaemonEvents(client, which, { json: flags.json ?? false }, terminal);
      }),
    );
  return parent;
}

function daemonNamed(name: string, { cluster }: CommonFlags): { cluster: string; name: string } {
  if (cluster === undefined) throw usageFailure("which cluster? Say --cluster.");
  return { cluster, name };
}
