// What people may set on a daemon, with defaults and limits: everything that can be checked without asking ECS. Pure.
import { parseClusterQuery } from "../ecs/cluster-query.ts";
import type { Tag } from "../ecs/task.ts";
import type { Daemon, DaemonLaunch, DaemonMode, Rollout, RolloutMethod } from "./daemon.ts";

/** What a person may set. What is undefined stays as it is, or takes its default on a new daemon. */
export interface DaemonSettings {
  readonly taskDefinition?: string | undefined;
  readonly selector?: string | undefined;
  readonly mode?: DaemonMode | undefined;
  readonly launch?: DaemonLaunch | undefined;
  /** Its members one by one: what is left out stays. */
  readonly rollout?: { readonly [Name in keyof Rollout]?: Rollout[Name] | undefined } | undefined;
  readonly drainOrder?: number | undefined;
  readonly readinessAttribute?: string | undefined;
  /** ECS task overrides as JSON value. */
  readonly overrides?: unknown;
  /** ECS networkConfiguration as JSON value. */
  readonly networkConfiguration?: unknown;
  readonly tags?: readonly Tag[] | undefined;
  readonly paused?: boolean | undefined;
}

/** ECS's own limit for overrides; nobody needs a longer network configuration. */
const jsonMax = 8192;
const tagsMax = 50;
const drainOrderMax = 1000;

export function defaultRollout(method: RolloutMethod): Rollout {
  const maxOverPercent = method === "REPLACE_THEN_TERMINATE" ? 10 : 0;
  return { method, minHealthyPercent: 90, maxOverPercent, canaryPercent: 0, autoRollback: false };
}

/** The rollout that settings make of an earlier one; a change of the method brings that method's defaults. */
export function rolloutAfter(
  before: Rollout | undefined,
  settings: DaemonSettings["rollout"],
): Rollout {
  const method = settings?.method ?? before?.method ?? "TERMINATE_THEN_REPLACE";
  const defaults = defaultRollout(method);
  const maxOver = before?.method === method ? before.maxOverPercent : defaults.maxOverPercent;
  return {
    method,
    minHealthyPercent:
      settings?.minHealthyPercent ?? before?.minHealthyPercent ?? defaults.minHealthyPercent,
    maxOverPercent: settings?.maxOverPercent ?? maxOver,
    canaryPercent: settings?.canaryPercent ?? before?.canaryPercent ?? defaults.canaryPercent,
    autoRollback: settings?.autoRollback ?? before?.autoRollback ?? defaults.autoRollback,
  };
}

function jsonProblem(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "object" || Array.isArray(value))
    return `${name} must be an object, as ECS takes it in StartTask.`;
  if (JSON.stringify(value).length <= jsonMax) return undefined;
  return `${name} must not be longer than ${jsonMax} characters of JSON.`;
}

function numberProblem(
  name: string,
  value: number | undefined,
  min: number,
  max: number,
): string | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max))
    return undefined;
  return `${name} is ${value}: it takes ${min} to ${max}.`;
}

function attributeProblem(name: string | undefined): string | undefined {
  if (name === undefined || name === "") return undefined;
  if (!/^[A-Za-z0-9_./\\-]{1,128}$/.test(name))
    return `readinessAttribute "${name.slice(0, 100)}" takes 1 to 128 letters, digits and the characters - _ . / \\.`;
  return name.startsWith("ecs.") ? `readinessAttribute must not begin with "ecs.".` : undefined;
}

/** Why settings cannot be, each looked at by itself; undefined when they can. */
export function settingsProblem(settings: DaemonSettings): string | undefined {
  const { taskDefinition, selector, tags, rollout } = settings;
  if (taskDefinition !== undefined && !/^[\w:/-]{1,500}$/.test(taskDefinition))
    return `taskDefinition "${taskDefinition.slice(0, 100)}" is no family, family:revision or ARN.`;
  if (selector !== undefined && selector.trim() !== "") {
    const parsed = parseClusterQuery(selector);
    if (!parsed.ok) return `selector, column ${parsed.error.column}: ${parsed.error.message}`;
  }
  if (tags !== undefined && tags.length > tagsMax) return `ECS takes ${tagsMax} tags at the most.`;
  if (tags?.some(({ key, value }) => !key || key.length > 128 || value.length > 256))
    return "a tag's key takes 1 to 128 characters, its value up to 256.";
  return (
    jsonProblem("overrides", settings.overrides) ??
    jsonProblem("networkConfiguration", settings.networkConfiguration) ??
    numberProblem("minHealthyPercent", rollout?.minHealthyPercent, 0, 100) ??
    numberProblem("maxOverPercent", rollout?.maxOverPercent, 0, 100) ??
    numberProblem("canaryPercent", rollout?.canaryPercent, 0, 100) ??
    numberProblem("drainOrder", settings.drainOrder, -drainOrderMax, drainOrderMax) ??
    attributeProblem(settings.readinessAttribute)
  );
}

/** Why a daemon's settings cannot be together; undefined when they can. */
export function combinationProblem(
  daemon: Pick<Daemon, "mode" | "launch" | "rollout">,
): string | undefined {
  if (daemon.mode === "ONCE_LEAVING" && daemon.launch === "RUN_TASK")
    return "mode ONCE_LEAVING needs launch START_TASK: RunTask places nothing on a DRAINING container instance.";
  const { method, maxOverPercent } = daemon.rollout;
  if (method === "REPLACE_THEN_TERMINATE" && maxOverPercent === 0)
    return "maxOverPercent must be at least 1 with REPLACE_THEN_TERMINATE: the new task starts beside the old one.";
  return undefined;
}
