// The options that say what a daemon is like, and which mutation input they become.
import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import type { RegisterDaemonInput, UpdateDaemonInput } from "../../client/generated/schema.ts";
import { isObject } from "../../ecs/json.ts";
import type { JsonObject } from "../../ecs/json.ts";
import { usageFailure } from "../failure.ts";

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

export const numberOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(wholeNumber);

export interface SettingFlags {
  readonly cluster?: string;
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
  readonly paused?: true;
  readonly expectedRevision?: number;
}

/** Names of settings, by what the API takes. */
type Settings = { readonly [Name in keyof (RegisterDaemonInput & UpdateDaemonInput)]?: unknown };

const given = (values: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

function jsonFlag(source: string | undefined, flag: string): JsonObject | undefined {
  if (source === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    throw usageFailure(`${flag} is not JSON: ${error instanceof Error ? error.message : ""}`);
  }
  if (!isObject(value)) throw usageFailure(`${flag} must be an object.`);
  return value;
}

/** What flags set, over what a file says. Throws a usage failure. */
export function inputOf(
  file: JsonObject,
  name: string | undefined,
  flags: SettingFlags,
): JsonObject {
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
    } satisfies Settings),
  };
}

/** Adds the options of {@link SettingFlags} that `register` and `update` share. */
export function addSettings(command: Command): Command {
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
    .option("--network-configuration <json>", "as ECS takes it; awsvpc task definitions need one");
}
