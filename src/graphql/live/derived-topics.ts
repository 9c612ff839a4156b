// Following daemons and clusters: their status and counts are made of many entities. Worked out once per change
// for everybody, and only where something touched them.
import type { GraphQLSchema } from "graphql";
import type { Change } from "../../changes/change.ts";
import type { ClusterView } from "../../changes/cluster-view.ts";
import { concerned } from "../../changes/concern.ts";
import { waitsOf } from "../../changes/daemon-input.ts";
import { daemonStandingIn } from "../../changes/daemon-status.ts";
import type { Clock } from "../../clock.ts";
import { runsOnce } from "../../daemon/daemon.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import type { DaemonStatus } from "../../daemon/status.ts";
import type {
  InstanceCounts,
  SubscriptionClusterChangesArgs,
  SubscriptionDaemonChangesArgs,
  TaskCounts,
} from "../generated/schema-types.ts";
import type { ClusterSource } from "../mappers.ts";
import { instanceCounts, taskCounts } from "../resolvers/cluster.ts";
import { createComparison, settled } from "./paths.ts";
import { createDerived, replayTouched } from "./derived.ts";
import type { Derivation, Worked } from "./derived.ts";
import type { Resumption, Step, StepsAt, Topic } from "./topic.ts";

/** A daemon together with the status that it is shown with. */
type ShownDaemon = Daemon & { readonly status: DaemonStatus };

/** Steps of one position belong together: only the last of them carries its cursor. */
function joined<Entity>(steps: readonly StepsAt<Entity>[]): StepsAt<Entity>[] {
  const bySeq = new Map<number, Step<Entity>[]>();
  for (const { seq, steps: some } of steps) bySeq.set(seq, [...(bySeq.get(seq) ?? []), ...some]);
  return Array.from(bySeq, ([seq, all]) => ({ seq, steps: all }));
}

const asDaemon = (entity: Change["after"]) => (entity?.kind === "daemon" ? entity : undefined);

function workDaemon(daemon: Daemon, view: ClusterView, now: number): Worked<ShownDaemon> {
  const { status, movesAt } = daemonStandingIn(view, daemon, now);
  return { entity: { ...daemon, status }, movesAt };
}

/** Names of the daemons that a change may matter to. */
function concernedBy(change: Change, view: ClusterView): Iterable<string> {
  if (change.kind === "i") return view.daemons.keys();
  const names = new Set(Array.from(concerned(view, [change]), ({ daemon }) => daemon));
  // Which containers are essential says how a run went.
  if (change.kind === "f")
    for (const daemon of view.daemons.values()) if (runsOnce(daemon)) names.add(daemon.name);
  return names;
}

export function daemonTopic(
  schema: GraphQLSchema,
  clock: Clock,
): Topic<ShownDaemon, SubscriptionDaemonChangesArgs> {
  const { compare, all } = createComparison<ShownDaemon, undefined>(schema, "Daemon", {
    cluster: settled,
    // What placements show moves with the status and with what it counts.
    placements: ({ status }) => status,
    explain: settled,
    plan: settled, // costs too much to be looked at with each change
    events: settled,
  });
  const derivation: Derivation<ShownDaemon> = {
    concerns: concernedBy,
    ids: (view) => view.daemons.keys(),
    work: (name, view, now) => {
      const daemon = view.daemons.get(name);
      return daemon && workDaemon(daemon, view, now);
    },
    compare: (before, after) => compare(before, after, undefined),
    all,
    hangsOn: (view) => waitsOf(view)?.reason,
  };
  const derived = createDerived(derivation, clock);
  /** Registrations and removals stand in the log; a status of then is nowhere, so what it is now is told at the end. */
  function replay(
    changes: readonly Change[],
    view: ClusterView,
    resumption?: Resumption<ShownDaemon>,
  ): readonly StepsAt<ShownDaemon>[] {
    if (!resumption?.standing) throw new Error("daemons are told of by those who remember them");
    const comings = changes.flatMap((change): StepsAt<ShownDaemon>[] => {
      const [before, after] = [asDaemon(change.before), asDaemon(change.after)];
      if (change.kind !== "d" || (before && after)) return [];
      const at = (daemon: Daemon | undefined) =>
        daemon && workDaemon(daemon, view, clock.now()).entity;
      return [{ seq: change.seq, steps: [{ before: at(before), after: at(after), changed: [] }] }];
    });
    const { seq, standing, later } = resumption;
    // What a change concerns is found in the view: where that has moved on, whom it may have concerned then.
    const moved =
      changes.length > 0 ? later.filter(({ kind }) => kind === "d" || kind === "i") : [];
    const touching = [...changes, ...moved];
    return joined([...comings, ...replayTouched(derivation, touching, view, seq, standing)]);
  }
  return {
    entityField: "daemon",
    clusterOf: ({ cluster }) => cluster,
    interest: ({ name }) => ({
      matches: (daemon) => name == null || daemon.name === name,
      reads: [],
      keyIn: () => name ?? undefined,
    }),
    present: derived.shown,
    keysOf: ({ name }) => [name],
    node: (daemon) => daemon,
    replay,
    derived,
  };
}

interface ShownCluster extends ClusterSource {
  readonly instanceCounts: InstanceCounts;
  readonly taskCounts: TaskCounts;
  readonly daemons: number;
}

const shownCluster = (view: ClusterView): ShownCluster => ({
  view,
  instanceCounts: instanceCounts(view),
  taskCounts: taskCounts(view),
  daemons: view.daemons.size,
});

export function clusterTopic(
  schema: GraphQLSchema,
): Topic<ShownCluster, SubscriptionClusterChangesArgs> {
  const { compare, all } = createComparison<ShownCluster, undefined>(schema, "Cluster", {
    arn: settled,
    name: settled,
    region: settled,
    account: settled,
    freshness: settled, // moves with every event: ask for it
    changeCursor: settled,
    containerInstances: ({ instanceCounts: counts }) => counts,
    tasks: ({ taskCounts: counts }) => counts,
    daemons: ({ daemons }) => daemons,
    history: settled, // Redis has it: ask for it
    events: settled,
  });
  const derivation: Derivation<ShownCluster> = {
    concerns: ({ kind }, view) => (kind === "p" || kind === "f" ? [] : [view.arn]),
    ids: (view) => [view.arn],
    work: (_, view) => ({ entity: shownCluster(view) }),
    compare: (before, after) => compare(before, after, undefined),
    all,
  };
  const derived = createDerived(derivation);
  return {
    entityField: "cluster",
    clusterOf: () => undefined,
    interest: () => ({ matches: () => true, reads: [], keyIn: () => undefined }),
    present: derived.shown,
    keysOf: () => [],
    node: (cluster) => cluster,
    replay: (changes, view, resumption) => {
      if (!resumption?.standing) throw new Error("clusters are told of by those who remember them");
      const { isNew, seq, standing } = resumption;
      if (!isNew) return replayTouched(derivation, changes, view, seq, standing);
      const steps = Array.from(standing.shown.values(), (after): Step<ShownCluster> => ({
        before: undefined,
        after,
        changed: [],
      }));
      return [{ seq, steps }];
    },
    derived,
  };
}
