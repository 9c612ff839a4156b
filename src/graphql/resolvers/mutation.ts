// Mutation: reads the definition, edits it by a pure function, writes it only over what was read.
import { planInputOf } from "../../changes/daemon-input.ts";
import type { ClusterView } from "../../changes/cluster-view.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import { registerDaemon, rollbackDaemon, setPaused, updateDaemon } from "../../daemon/edit.ts";
import type { DaemonSettings, Edited } from "../../daemon/edit.ts";
import { planDaemon } from "../../daemon/plan.ts";
import { decodeDaemon, encodeDaemon } from "../../daemon/record.ts";
import { clusterName } from "../../ecs/arn.ts";
import type { Context } from "../context.ts";
import { clientError } from "../errors.ts";
import type { MutationResolvers, Plan } from "../generated/schema-types.ts";
import { requireCluster } from "../select.ts";

interface Payload {
  readonly daemon: Daemon | null;
  readonly plan: Plan;
}

const conflictTries = 5;

function requireAdmin({ rights }: Context): void {
  if (rights !== "admin")
    throw clientError(
      "FORBIDDEN",
      "this token may read only: use one of LONGSHORE_ADMIN_TOKENS to change daemons.",
    );
}

/** What the scheduler is about to do for a daemon, as ARNs. */
function describePlan(view: ClusterView, daemon: Daemon, now: number): Plan {
  const { verdicts } = planDaemon(planInputOf(view, daemon, now));
  const of = (action: string) => verdicts.filter((verdict) => verdict.action === action);
  const kept = [...of("keep"), ...of("wait")];
  return {
    start: of("start").map(({ containerInstance }) => containerInstance.arn),
    stop: verdicts.flatMap(({ stop }) => stop.map(({ arn }) => arn)),
    keep: kept.flatMap(({ task }) => task?.arn ?? []),
    skip: [...of("skip"), ...of("wait").filter(({ task }) => !task)].map(
      ({ containerInstance, reason }) => ({ containerInstance: containerInstance.arn, reason }),
    ),
  };
}

/** Reads a daemon's definition from the store itself: a view may lag behind another client's mutation. */
async function storedRecord(
  { store }: Context,
  view: ClusterView,
  name: string,
): Promise<string | undefined> {
  return (await store.records(view.arn, "d")).get(name);
}

async function edit(
  context: Context,
  cluster: string,
  name: string,
  change: (daemon: Daemon | undefined, view: ClusterView) => Edited,
  dryRun: boolean,
): Promise<Payload> {
  requireAdmin(context);
  const view = requireCluster(context.informer, cluster);
  for (let attempt = 0; attempt < conflictTries; attempt++) {
    const record = await storedRecord(context, view, name);
    const edited = change(record === undefined ? undefined : decodeDaemon(record, view.arn), view);
    if (!edited.ok) throw clientError(edited.code, edited.message);
    const { daemon } = edited;
    const payload = { daemon, plan: describePlan(view, daemon, context.clock.now()) };
    if (dryRun) return payload;
    const write = { kind: "d", id: name, expected: record, record: encodeDaemon(daemon) } as const;
    const result = await context.store.writeControl(view.arn, [write]);
    if (result.outcome === "written") return payload;
  }
  throw clientError(
    "CONFLICT",
    `daemon ${name} is being changed by somebody else just now: try again.`,
  );
}

/** Like {@link edit}, for a daemon that must be there. */
function editExisting(
  context: Context,
  { cluster, name }: { readonly cluster: string; readonly name: string },
  change: (daemon: Daemon, view: ClusterView) => Edited,
  dryRun = false,
): Promise<Payload> {
  return edit(
    context,
    cluster,
    name,
    (daemon, view) => {
      if (!daemon)
        throw clientError("NOT_FOUND", `cluster ${clusterName(view.arn)} has no daemon "${name}".`);
      return change(daemon, view);
    },
    dryRun,
  );
}

interface SettingsInput {
  readonly taskDefinition?: string | null | undefined;
  readonly selector?: string | null | undefined;
  readonly overrides?: unknown;
  readonly networkConfiguration?: unknown;
  readonly tags?: readonly { readonly key: string; readonly value: string }[] | null | undefined;
  readonly rollout?: { readonly minHealthyPercent?: number | null | undefined } | null | undefined;
}

function settingsOf(input: SettingsInput): DaemonSettings {
  return {
    taskDefinition: input.taskDefinition ?? undefined,
    selector: input.selector ?? undefined,
    overrides: input.overrides,
    networkConfiguration: input.networkConfiguration,
    tags: input.tags ?? undefined,
    minHealthyPercent: input.rollout?.minHealthyPercent ?? undefined,
  };
}

async function deregister(
  context: Context,
  {
    cluster,
    name,
    stopTasks,
  }: { cluster: string; name: string; stopTasks?: boolean | null | undefined },
): Promise<Payload> {
  if (stopTasks ?? true)
    return editExisting(context, { cluster, name }, (daemon) => ({
      ok: true,
      // A paused daemon would never stop its tasks, and so never be gone.
      daemon: { ...daemon, deleting: true, paused: false },
    }));
  requireAdmin(context);
  const view = requireCluster(context.informer, cluster);
  const record = await storedRecord(context, view, name);
  if (record === undefined)
    throw clientError("NOT_FOUND", `cluster ${clusterName(view.arn)} has no daemon "${name}".`);
  const daemon = decodeDaemon(record, view.arn);
  const tasks = planInputOf(view, daemon, context.clock.now()).tasks;
  const placements = [...view.placements.keys()].filter((key) => key.startsWith(`${name}/`));
  const result = await context.store.writeControl(view.arn, [
    { kind: "d", id: name, expected: record, record: undefined },
    ...placements.map((id) => ({ kind: "p", id, expected: "*", record: undefined }) as const),
  ]);
  if (result.outcome !== "written")
    throw clientError(
      "CONFLICT",
      `daemon ${name} is being changed by somebody else just now: try again.`,
    );
  const keep = tasks
    .filter(({ desiredStatus }) => desiredStatus === "RUNNING")
    .map(({ arn }) => arn);
  return { daemon: null, plan: { start: [], stop: [], keep, skip: [] } };
}

export const mutationResolvers: MutationResolvers = {
  registerDaemon: (_, { input, dryRun }, context) =>
    edit(
      context,
      input.cluster,
      input.name,
      (existing, view) => {
        const { taskDefinition } = input;
        const settings = { ...settingsOf(input), taskDefinition };
        const base = { cluster: view.arn, name: input.name, paused: input.paused ?? false };
        return registerDaemon(existing, { ...settings, ...base }, context.clock.now());
      },
      dryRun ?? false,
    ),
  updateDaemon: (_, { input, dryRun }, context) =>
    editExisting(
      context,
      input,
      (daemon) =>
        updateDaemon(
          daemon,
          settingsOf(input),
          input.expectedRevision ?? undefined,
          context.clock.now(),
        ),
      dryRun ?? false,
    ),
  rollbackDaemon: (_, { input }, context) =>
    editExisting(context, input, (daemon) =>
      rollbackDaemon(daemon, input.toRevision ?? undefined, context.clock.now()),
    ),
  pauseDaemon: (_, { input }, context) =>
    editExisting(context, input, (daemon) => setPaused(daemon, true)),
  resumeDaemon: (_, { input }, context) =>
    editExisting(context, input, (daemon) => setPaused(daemon, false)),
  deregisterDaemon: (_, { input }, context) => deregister(context, input),
};
