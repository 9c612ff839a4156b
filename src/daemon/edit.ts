// What people may do to a daemon's definition, as pure functions: the definition before, what is asked, the
// definition after, or why not. Checks everything that can be checked without asking ECS.
import { parseClusterQuery } from "../ecs/cluster-query.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { Tag } from "../ecs/task.ts";
import { currentRevision, daemonId, revisionsMax, templateOf } from "./daemon.ts";
import type { Daemon, DaemonRevision } from "./daemon.ts";

/** What a person may set. What is undefined stays as it is, or takes its default on a new daemon. */
export interface DaemonSettings {
  readonly taskDefinition?: string | undefined;
  readonly selector?: string | undefined;
  /** ECS task overrides as JSON value. */
  readonly overrides?: unknown;
  /** ECS networkConfiguration as JSON value. */
  readonly networkConfiguration?: unknown;
  readonly tags?: readonly Tag[] | undefined;
  readonly minHealthyPercent?: number | undefined;
}

export type Edited =
  | { readonly ok: true; readonly daemon: Daemon }
  | { readonly ok: false; readonly code: "BAD_USER_INPUT" | "CONFLICT"; readonly message: string };

const defaultMinHealthyPercent = 90;
/** ECS's own limit for overrides; nobody needs a longer network configuration. */
const jsonMax = 8192;
const tagsMax = 50;

const bad = (message: string): Edited => ({ ok: false, code: "BAD_USER_INPUT", message });
const conflict = (message: string): Edited => ({ ok: false, code: "CONFLICT", message });

function jsonProblem(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "object" || Array.isArray(value))
    return `${name} must be an object, as ECS takes it in StartTask.`;
  if (JSON.stringify(value).length <= jsonMax) return undefined;
  return `${name} must not be longer than ${jsonMax} characters of JSON.`;
}

function settingsProblem(settings: DaemonSettings): string | undefined {
  const { taskDefinition, selector, overrides, tags, minHealthyPercent } = settings;
  if (taskDefinition !== undefined && !/^[\w:/-]{1,500}$/.test(taskDefinition))
    return `taskDefinition "${taskDefinition.slice(0, 100)}" is no family, family:revision or ARN.`;
  if (selector !== undefined && selector.trim() !== "") {
    const parsed = parseClusterQuery(selector);
    if (!parsed.ok) return `selector, column ${parsed.error.column}: ${parsed.error.message}`;
  }
  const json =
    jsonProblem("overrides", overrides) ??
    jsonProblem("networkConfiguration", settings.networkConfiguration);
  if (json !== undefined) return json;
  if (tags !== undefined && tags.length > tagsMax) return `ECS takes ${tagsMax} tags at the most.`;
  const badTag = tags?.find(({ key, value }) => !key || key.length > 128 || value.length > 256);
  if (badTag) return "a tag's key takes 1 to 128 characters, its value up to 256.";
  if (minHealthyPercent !== undefined && (minHealthyPercent < 0 || minHealthyPercent > 100))
    return `minHealthyPercent is ${minHealthyPercent}: it takes 0 to 100.`;
  return undefined;
}

function jsonText(value: unknown): string {
  const empty = value === undefined || value === null;
  return empty || Object.keys(value).length === 0 ? "" : JSON.stringify(value);
}

function revise(
  before: DaemonRevision | undefined,
  settings: DaemonSettings,
  revision: number,
  now: number,
): DaemonRevision {
  const content = {
    taskDefinition: settings.taskDefinition ?? before?.taskDefinition ?? "",
    selector: (settings.selector ?? before?.selector ?? "").trim(),
    overrides:
      settings.overrides === undefined ? (before?.overrides ?? "") : jsonText(settings.overrides),
    networkConfiguration:
      settings.networkConfiguration === undefined
        ? (before?.networkConfiguration ?? "")
        : jsonText(settings.networkConfiguration),
    tags: settings.tags ?? before?.tags ?? [],
  };
  return { ...content, template: templateOf(content), revision, createdAt: now };
}

export interface Registration extends DaemonSettings {
  readonly cluster: ClusterArn;
  readonly name: string;
  readonly taskDefinition: string;
  readonly paused: boolean;
}

export function registerDaemon(
  existing: Daemon | undefined,
  input: Registration,
  now: number,
): Edited {
  if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(input.name))
    return bad(
      `name "${input.name.slice(0, 100)}" takes 1 to 64 letters, digits, "-", "_" or ".", beginning with a letter or digit.`,
    );
  const problem = settingsProblem(input);
  if (problem !== undefined) return bad(problem);
  if (existing?.deleting)
    return conflict(
      `daemon ${input.name} is still being removed: wait until its tasks have stopped.`,
    );
  if (existing)
    return conflict(`daemon ${input.name} is there already: use updateDaemon, or another name.`);
  const first = revise(undefined, input, 1, now);
  return {
    ok: true,
    daemon: {
      kind: "daemon",
      clusterArn: input.cluster,
      name: input.name,
      id: daemonId(input.cluster, input.name),
      mode: "ALWAYS",
      paused: input.paused,
      deleting: false,
      revision: 1,
      minHealthyPercent: input.minHealthyPercent ?? defaultMinHealthyPercent,
      revisions: [first],
      createdAt: now,
    },
  };
}

export function updateDaemon(
  daemon: Daemon,
  settings: DaemonSettings,
  expectedRevision: number | undefined,
  now: number,
): Edited {
  const problem = settingsProblem(settings);
  if (problem !== undefined) return bad(problem);
  if (daemon.deleting) return conflict(`daemon ${daemon.name} is being removed.`);
  if (expectedRevision !== undefined && expectedRevision !== daemon.revision)
    return conflict(
      `daemon ${daemon.name} is at revision ${daemon.revision}, not ${expectedRevision}: look at what changed, then try again.`,
    );
  return { ok: true, daemon: withRevision(daemon, settings, now) };
}

function withRevision(daemon: Daemon, settings: DaemonSettings, now: number): Daemon {
  const minHealthyPercent = settings.minHealthyPercent ?? daemon.minHealthyPercent;
  const before = currentRevision(daemon);
  const next = revise(before, settings, daemon.revision + 1, now);
  const same = next.template === before.template && next.selector === before.selector;
  if (same) return { ...daemon, minHealthyPercent };
  const revisions = [...daemon.revisions, next].slice(-revisionsMax);
  return { ...daemon, minHealthyPercent, revisions, revision: next.revision };
}

export function rollbackDaemon(
  daemon: Daemon,
  toRevision: number | undefined,
  now: number,
): Edited {
  if (daemon.deleting) return conflict(`daemon ${daemon.name} is being removed.`);
  const target = toRevision ?? daemon.revision - 1;
  const found = daemon.revisions.find(({ revision }) => revision === target);
  if (!found) {
    const kept = daemon.revisions.map(({ revision }) => revision).join(", ");
    return bad(`daemon ${daemon.name} has no revision ${target}: it keeps ${kept}.`);
  }
  const { taskDefinition, selector, tags, overrides, networkConfiguration } = found;
  const settings = {
    taskDefinition,
    selector,
    tags,
    overrides: overrides ? JSON.parse(overrides) : {},
    networkConfiguration: networkConfiguration ? JSON.parse(networkConfiguration) : {},
  };
  return { ok: true, daemon: withRevision(daemon, settings, now) };
}

export function setPaused(daemon: Daemon, paused: boolean): Edited {
  if (daemon.deleting) return conflict(`daemon ${daemon.name} is being removed.`);
  return { ok: true, daemon: { ...daemon, paused } };
}
