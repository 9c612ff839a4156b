// What people may do to a daemon's definition, as pure functions: the definition before, what is asked, the
// definition after, or why not.
import type { ClusterArn } from "../ecs/arn.ts";
import { currentRevision, daemonId, isCanary, revisionsMax, templateOf } from "./daemon.ts";
import type { Daemon, DaemonRevision } from "./daemon.ts";
import { combinationProblem, rolloutAfter, settingsProblem } from "./settings.ts";
import type { DaemonSettings } from "./settings.ts";

export type Edited =
  | { readonly ok: true; readonly daemon: Daemon }
  | { readonly ok: false; readonly code: "BAD_USER_INPUT" | "CONFLICT"; readonly message: string };

const bad = (message: string): Edited => ({ ok: false, code: "BAD_USER_INPUT", message });
const conflict = (message: string): Edited => ({ ok: false, code: "CONFLICT", message });

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
  /** Whether there was another daemon of the name. */
  readonly startsOver?: boolean;
  /** See {@link Daemon.earlierUntil}. */
  readonly earlierUntil?: number | undefined;
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
  const daemon: Daemon = {
    kind: "daemon",
    clusterArn: input.cluster,
    name: input.name,
    id: daemonId(input.cluster, input.name),
    mode: input.mode ?? "ALWAYS",
    launch: input.launch ?? "START_TASK",
    paused: input.paused ?? false,
    pauseChangedAt: input.paused ? now : undefined,
    deleting: false,
    revision: 1,
    rollout: rolloutAfter(undefined, input.rollout),
    drainOrder: input.drainOrder ?? 0,
    readinessAttribute: input.readinessAttribute ?? "",
    // Nothing runs that a first revision could harm: it needs no canary.
    stableRevision: 1,
    promotedRevision: 1,
    startsOver: input.startsOver ? now : undefined,
    earlierUntil: input.earlierUntil,
    revisions: [revise(undefined, input, 1, now)],
    createdAt: now,
  };
  const clash = combinationProblem(daemon);
  return clash === undefined ? { ok: true, daemon } : bad(clash);
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
  if (settings.mode !== undefined && settings.mode !== daemon.mode)
    return bad(
      `daemon ${daemon.name} has mode ${daemon.mode}, which stays for its life: register another daemon for ${settings.mode}.`,
    );
  const next: Daemon = {
    ...withRevision(daemon, settings, now),
    launch: settings.launch ?? daemon.launch,
    rollout: rolloutAfter(daemon.rollout, settings.rollout),
    drainOrder: settings.drainOrder ?? daemon.drainOrder,
    readinessAttribute: settings.readinessAttribute ?? daemon.readinessAttribute,
    ...pausing(daemon, settings.paused ?? daemon.paused, now),
  };
  const clash = combinationProblem(next);
  return clash === undefined ? { ok: true, daemon: next } : bad(clash);
}

/** Keeps the newest revisions, and the one that a rollback would go to. */
function boundRevisions(
  revisions: readonly DaemonRevision[],
  stable: number,
): readonly DaemonRevision[] {
  const kept = revisions.slice(-revisionsMax);
  const anchor = revisions.find(({ revision }) => revision === stable);
  return anchor === undefined || kept.includes(anchor) ? kept : [anchor, ...kept.slice(1)];
}

function withRevision(daemon: Daemon, settings: DaemonSettings, now: number): Daemon {
  const before = currentRevision(daemon);
  const next = revise(before, settings, daemon.revision + 1, now);
  const same = next.template === before.template && next.selector === before.selector;
  if (same) return daemon;
  // A canary of the same template goes on as it was: only the selector has changed.
  const promoted = next.template === before.template && !isCanary(daemon);
  return {
    ...daemon,
    revisions: boundRevisions([...daemon.revisions, next], daemon.stableRevision),
    revision: next.revision,
    promotedRevision: promoted ? next.revision : daemon.promotedRevision,
    rolledBack: undefined,
  };
}

function contentOf(revision: DaemonRevision): DaemonSettings {
  const { taskDefinition, selector, tags, overrides, networkConfiguration } = revision;
  return {
    taskDefinition,
    selector,
    tags,
    overrides: overrides ? JSON.parse(overrides) : {},
    networkConfiguration: networkConfiguration ? JSON.parse(networkConfiguration) : {},
  };
}

/** Where a rollback goes that names no revision: the newest that is another one and was not taken back. */
function revisionBefore(daemon: Daemon): DaemonRevision | undefined {
  const { template, selector } = currentRevision(daemon);
  return daemon.revisions.findLast(
    (each) =>
      each.revision < daemon.revision &&
      each.takenBack === undefined &&
      (each.template !== template || each.selector !== selector),
  );
}

/** Goes back to what is known to work: that needs no canary. */
export function rollbackDaemon(
  daemon: Daemon,
  toRevision: number | undefined,
  now: number,
): Edited {
  if (daemon.deleting) return conflict(`daemon ${daemon.name} is being removed.`);
  const found =
    toRevision === undefined
      ? revisionBefore(daemon)
      : daemon.revisions.find(({ revision }) => revision === toRevision);
  if (!found) {
    const kept = daemon.revisions.map(({ revision }) => revision).join(", ");
    return bad(
      toRevision === undefined
        ? `daemon ${daemon.name} has no earlier revision that differs and was not taken back: name one of ${kept} with toRevision.`
        : `daemon ${daemon.name} has no revision ${toRevision}: it keeps ${kept}.`,
    );
  }
  const back = withRevision(daemon, contentOf(found), now);
  // A canary that takes back its selector only is the same canary, and nothing that is known to work.
  if (isCanary(daemon) && found.template === currentRevision(daemon).template)
    return { ok: true, daemon: back };
  return { ok: true, daemon: { ...back, promotedRevision: back.revision } };
}

function pausing(daemon: Daemon, paused: boolean, now: number) {
  return paused === daemon.paused ? {} : { paused, pauseChangedAt: now };
}

export function setPaused(daemon: Daemon, paused: boolean, now: number): Edited {
  if (daemon.deleting) return conflict(`daemon ${daemon.name} is being removed.`);
  return { ok: true, daemon: { ...daemon, ...pausing(daemon, paused, now) } };
}

/** A canary goes on to the whole fleet. */
export function promoteDaemon(daemon: Daemon): Edited {
  if (daemon.deleting) return conflict(`daemon ${daemon.name} is being removed.`);
  if (!isCanary(daemon))
    return conflict(
      `revision ${daemon.revision} of daemon ${daemon.name} is no canary: there is nothing to promote.`,
    );
  return { ok: true, daemon: { ...daemon, promotedRevision: daemon.revision } };
}

/** What the scheduler does by itself when a new revision fails and `autoRollback` is on: back to the stable one. */
export function takeBack(daemon: Daemon, reason: string, now: number): Daemon {
  const back = rollbackDaemon(daemon, daemon.stableRevision, now);
  if (!back.ok) throw new Error(`cannot take back revision ${daemon.revision}: ${back.message}`);
  const revisions = back.daemon.revisions.map((each) =>
    each.revision === daemon.revision ? { ...each, takenBack: reason } : each,
  );
  return { ...back.daemon, revisions, rolledBack: { revision: daemon.revision, reason } };
}

/** The current revision is everywhere: from now on it is the one to go back to. */
export function settleRevision(daemon: Daemon): Daemon {
  return { ...daemon, stableRevision: daemon.revision, promotedRevision: daemon.revision };
}
