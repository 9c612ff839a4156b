// Mutation: reads the definition, edits it by a pure function, writes it only over what was read.
import { tasksOn } from "../../changes/daemon-input.ts";
import type { ClusterView } from "../../changes/cluster-view.ts";
import { daemonId, parseLaunchMark } from "../../daemon/daemon.ts";
import type { DecisionType } from "../../daemon/decision.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import {
  promoteDaemon,
  registerDaemon,
  rollbackDaemon,
  setPaused,
  updateDaemon,
} from "../../daemon/edit.ts";
import type { Edited } from "../../daemon/edit.ts";
import { inherited } from "../../daemon/inheritance.ts";
import { daemonOfKey, placementKey } from "../../daemon/placement.ts";
import type { Placement } from "../../daemon/placement.ts";
import {
  decodeDaemon,
  decodePlacement,
  encodeDaemon,
  encodePlacement,
} from "../../daemon/record.ts";
import { rerun } from "../../daemon/rerun.ts";
import type { DaemonSettings } from "../../daemon/settings.ts";
import { arnId, clusterName } from "../../ecs/arn.ts";
import type { ClusterArn } from "../../ecs/arn.ts";
import { isStopped } from "../../ecs/task.ts";
import type { ControlWrite } from "../../store/store.ts";
import type { Context } from "../context.ts";
import { clientError } from "../errors.ts";
import type {
  MutationResolvers,
  Plan,
  RegisterDaemonInput,
  RerunDaemonInput,
  UpdateDaemonInput,
} from "../generated/schema-types.ts";
import { requireAdmin } from "../rights.ts";
import { requireCluster } from "../select.ts";
import { ingestMutations } from "./ingest.ts";
import { describePlan } from "./plan.ts";

interface Payload {
  readonly daemon: Daemon | null;
  readonly plan: Plan;
}

const conflictTries = 5;

const emptyPlan: Plan = {
  start: [],
  stop: [],
  keep: [],
  skip: [],
  waves: [],
  wave: null,
  waveCount: 0,
  apiCalls: 0,
};

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
  alsoWrite: (
    daemon: Daemon,
    view: ClusterView,
  ) => Promise<readonly ControlWrite[]> = async () => [],
): Promise<Payload> {
  requireAdmin(context);
  const view = requireCluster(context.informer, cluster);
  for (let attempt = 0; attempt < conflictTries; attempt++) {
    const record = await storedRecord(context, view, name);
    const edited = change(record === undefined ? undefined : decodeDaemon(record, view.arn), view);
    if (!edited.ok) throw clientError(edited.code, edited.message);
    const { daemon } = edited;
    const payload = { daemon, plan: await describePlan(context.clock, view, daemon) };
    if (dryRun) return payload;
    const write = { kind: "d", id: name, expected: record, record: encodeDaemon(daemon) } as const;
    const also = await alsoWrite(daemon, view);
    const result = await context.store.writeAcknowledged(view.arn, [write, ...also]);
    if (result.outcome === "written") return payload;
  }
  throw changedMeanwhile(name);
}

const changedMeanwhile = (name: string) =>
  clientError("CONFLICT", `daemon ${name} is being changed by somebody else just now: try again.`);

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

function settingsOf({ rollout, ...input }: Omit<UpdateDaemonInput, "cluster">): DaemonSettings {
  return {
    taskDefinition: input.taskDefinition ?? undefined,
    selector: input.selector ?? undefined,
    mode: input.mode ?? undefined,
    launch: input.launch ?? undefined,
    rollout: rollout
      ? {
          method: rollout.method ?? undefined,
          minHealthyPercent: rollout.minHealthyPercent ?? undefined,
          maxOverPercent: rollout.maxOverPercent ?? undefined,
          canaryPercent: rollout.canaryPercent ?? undefined,
          autoRollback: rollout.autoRollback ?? undefined,
        }
      : undefined,
    drainOrder: input.drainOrder ?? undefined,
    readinessAttribute: input.readinessAttribute ?? undefined,
    paused: input.paused ?? undefined,
    overrides: input.overrides,
    networkConfiguration: input.networkConfiguration,
    tags: input.tags ?? undefined,
  };
}

/** Everything that the store remembers of a daemon on container instances, as it is written there. */
async function placementRecords(
  { store }: Context,
  view: ClusterView,
  name: string,
): Promise<Map<string, string>> {
  const all = await store.records(view.arn, "p");
  return new Map([...all].filter(([key]) => daemonOfKey(key) === name));
}

/** When the newest task of a daemon was created, 0 when none is known; undefined where the cluster is not. */
function newestTaskAt(
  view: ClusterView | undefined,
  cluster: ClusterArn,
  name: string,
): number | undefined {
  if (!view) return undefined;
  let newest = 0;
  for (const id of view.tasksOf(daemonId(cluster, name)))
    newest = Math.max(newest, view.tasks.get(id)?.createdAt ?? 0);
  return newest;
}

async function register(
  context: Context,
  input: RegisterDaemonInput,
  dryRun: boolean,
): Promise<Payload> {
  requireAdmin(context);
  const { informer } = context;
  const { arn: cluster } = requireCluster(informer, input.cluster);
  const { taskDefinition, name } = input;
  const [earlier] = await context.store.decisions(cluster, name, 1);
  const startsOver = earlier !== undefined;
  // Once the view is where the earlier one was removed, it has seen what that one's tasks came to.
  if (startsOver) await informer.refresh();
  const earlierUntil = startsOver
    ? newestTaskAt(informer.views.get(cluster), cluster, name)
    : undefined;
  const registration = {
    ...settingsOf(input),
    taskDefinition,
    cluster,
    name,
    startsOver,
    earlierUntil,
  };
  return edit(
    context,
    cluster,
    name,
    (existing) => registerDaemon(existing, registration, context.clock.now()),
    dryRun,
    (daemon, view) => takeOver(context, daemon, view),
  );
}

/** Of what an earlier daemon of the name left behind, only what is under way stays: see inheritance.ts. */
async function takeOver(
  context: Context,
  daemon: Daemon,
  view: ClusterView,
): Promise<ControlWrite[]> {
  const left = await placementRecords(context, view, daemon.name);
  const placements = [...left.values()].map(decodePlacement);
  const taken = inherited(daemon, placements, (id) => tasksOn(view, id));
  return [...new Set([...left.keys(), ...taken.keys()])].map((id) => {
    const placement = taken.get(id);
    return {
      kind: "p",
      id,
      expected: left.get(id),
      record: placement && encodePlacement(placement),
    };
  });
}

async function rerunDaemon(
  context: Context,
  { cluster, name, containerInstances }: RerunDaemonInput,
): Promise<Payload> {
  requireAdmin(context);
  const view = requireCluster(context.informer, cluster);
  for (let attempt = 0; attempt < conflictTries; attempt++) {
    const record = await storedRecord(context, view, name);
    if (record === undefined)
      throw clientError("NOT_FOUND", `cluster ${clusterName(view.arn)} has no daemon "${name}".`);
    const daemon = decodeDaemon(record, view.arn);
    const records = await placementRecords(context, view, name);
    const known = [...records.values()].map(decodePlacement);
    const again = rerun(daemon, containerInstances.map(arnId), {
      placements: known,
      isKnown: (id) => view.instances.has(id),
      isRunning: (placement) => isRunningThere(view, daemon, placement),
      now: context.clock.now(),
    });
    if (!again.ok) throw clientError(again.code, again.message);
    const result = await context.store.writeAcknowledged(view.arn, [
      { kind: "d", id: name, expected: record, record: "=" },
      ...again.placements.flatMap((placement) => newRun(placement, records)),
    ]);
    if (result.outcome !== "written") continue;
    const start = again.placements.flatMap(
      ({ containerInstanceId }) => view.instances.get(containerInstanceId)?.arn ?? [],
    );
    const plan = {
      ...emptyPlan,
      start,
      waves: [{ start, replace: [], stop: [] }],
      wave: 1,
      waveCount: 1,
      apiCalls: start.length,
    };
    return { daemon, plan };
  }
  throw changedMeanwhile(name);
}

/** Only over the run before it as it was read: the scheduler may be about to try that one once more. */
function newRun(run: Placement, records: ReadonlyMap<string, string>): ControlWrite[] {
  const before = placementKey({ ...run, generation: run.generation - 1 });
  const last = records.get(before);
  return [
    ...(last === undefined
      ? []
      : [{ kind: "p", id: before, expected: last, record: "=" } as const]),
    { kind: "p", id: placementKey(run), expected: undefined, record: encodePlacement(run) },
  ];
}

/** Whether a task of an earlier run is still there, or on its way. */
function isRunningThere(view: ClusterView, daemon: Daemon, placement: Placement): boolean {
  if (placement.state === "STARTING" || placement.state === "PENDING") return true;
  for (const id of view.tasksOn(placement.containerInstanceId)) {
    const task = view.tasks.get(id);
    if (task && !isStopped(task) && parseLaunchMark(task.startedBy)?.daemonId === daemon.id)
      return true;
  }
  return false;
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
      daemon: {
        ...daemon,
        deleting: true,
        deletingSince: daemon.deletingSince ?? context.clock.now(),
        paused: false,
      },
    }));
  requireAdmin(context);
  const view = requireCluster(context.informer, cluster);
  const record = await storedRecord(context, view, name);
  if (record === undefined)
    throw clientError("NOT_FOUND", `cluster ${clusterName(view.arn)} has no daemon "${name}".`);
  const daemon = decodeDaemon(record, view.arn);
  const tasks = [...view.tasksOf(daemon.id)].flatMap((id) => view.tasks.get(id) ?? []);
  // Starts that are under way are still of interest to whoever takes the name over; the scheduler forgets the rest.
  const result = await context.store.writeAcknowledged(view.arn, [
    { kind: "d", id: name, expected: record, record: undefined },
  ]);
  if (result.outcome !== "written") throw changedMeanwhile(name);
  const keep = tasks
    .filter(({ desiredStatus }) => desiredStatus === "RUNNING")
    .map(({ arn }) => arn);
  return { daemon: null, plan: { ...emptyPlan, keep } };
}

/** What a person did goes into the daemon's history as well; one that can't be written is no reason to say that it failed. */
async function noted(
  { store, clock }: Context,
  type: DecisionType,
  dryRun: boolean | null | undefined,
  doing: Promise<Payload>,
): Promise<Payload> {
  const payload = await doing;
  const { daemon } = payload;
  if (dryRun || !daemon) return payload;
  const decision = { at: clock.now(), type, revision: daemon.revision, reason: "a person asked" };
  await store.noteDecisions(daemon.clusterArn, daemon.name, [decision]).catch(() => undefined);
  return payload;
}

export const mutationResolvers: MutationResolvers = {
  ...ingestMutations,
  registerDaemon: (_, { input, dryRun }, context) =>
    noted(context, "REGISTER", dryRun, register(context, input, dryRun ?? false)),
  updateDaemon: (_, { input, dryRun }, context) =>
    noted(
      context,
      "UPDATE",
      dryRun,
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
    ),
  rollbackDaemon: (_, { input }, context) =>
    noted(
      context,
      "ROLLBACK",
      false,
      editExisting(context, input, (daemon) =>
        rollbackDaemon(daemon, input.toRevision ?? undefined, context.clock.now()),
      ),
    ),
  pauseDaemon: (_, { input }, context) =>
    noted(
      context,
      "PAUSE",
      false,
      editExisting(context, input, (daemon) => setPaused(daemon, true, context.clock.now())),
    ),
  resumeDaemon: (_, { input }, context) =>
    noted(
      context,
      "RESUME",
      false,
      editExisting(context, input, (daemon) => setPaused(daemon, false, context.clock.now())),
    ),
  promoteDaemon: (_, { input }, context) =>
    noted(context, "PROMOTE", false, editExisting(context, input, promoteDaemon)),
  rerunDaemon: (_, { input }, context) =>
    noted(context, "RERUN", false, rerunDaemon(context, input)),
  deregisterDaemon: (_, { input }, context) =>
    noted(context, "DEREGISTER", false, deregister(context, input)),
};
