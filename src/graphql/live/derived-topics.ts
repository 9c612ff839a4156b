// Following daemons and clusters: their status and counts are made of many entities. Worked out once per change
// for everybody, and only where something touched them.
import type { GraphQLSchema } from "graphql";
import type { Change } from "../../changes/change.ts";
import type { ClusterView } from "../../changes/cluster-view.ts";
import { daemonStatusIn } from "../../changes/daemon-status.ts";
import type { Clock } from "../../clock.ts";
import { parseLaunchMark } from "../../daemon/daemon.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import { daemonOfKey } from "../../daemon/placement.ts";
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
import type { Derived, Resumption, Step, StepsAt, Topic } from "./topic.ts";
import { asTask } from "./tracked-topics.ts";

/** A daemon together with the status that it is shown with. */
type ShownDaemon = Daemon & { readonly status: DaemonStatus };

/** What is remembered of one view: what was shown last, and what has been touched since. */
interface Memory<Entity> {
  readonly shown: Map<string, Entity>;
  readonly touched: Set<string>;
}

interface Derivation<Entity> {
  /** Ids of what a change concerns. */
  concerns(change: Change, view: ClusterView): Iterable<string>;
  ids(view: ClusterView): Iterable<string>;
  work(id: string, view: ClusterView): Entity | undefined;
  compare(before: Entity, after: Entity): readonly string[];
}

function createDerived<Entity>(derivation: Derivation<Entity>): Derived<Entity> {
  const memories = new Map<string, Memory<Entity>>();
  const { concerns, ids, work, compare } = derivation;
  return {
    touch: (changes, view) => {
      const touched = memories.get(view.arn)?.touched;
      if (!touched) return;
      for (const change of changes) for (const id of concerns(change, view)) touched.add(id);
    },
    isTouched: (view) => (memories.get(view.arn)?.touched.size ?? 0) > 0,
    settle: (view) => {
      const memory = memories.get(view.arn);
      if (!memory) return [];
      const touched = [...memory.touched];
      memory.touched.clear();
      return touched.flatMap((id): Step<Entity>[] => {
        const before = memory.shown.get(id);
        const after = work(id, view);
        if (after === undefined) memory.shown.delete(id);
        else memory.shown.set(id, after);
        if (before === undefined && after === undefined) return [];
        const changed =
          before !== undefined && after !== undefined ? compare(before, after) : undefined;
        return changed?.length === 0 ? [] : [{ before, after, changed: changed ?? [] }];
      });
    },
    begin: (view) => {
      const shown = new Map<string, Entity>();
      for (const id of ids(view)) {
        const entity = work(id, view);
        if (entity !== undefined) shown.set(id, entity);
      }
      memories.set(view.arn, { shown, touched: new Set() });
    },
    forget: (view) => void memories.delete(view.arn),
  };
}

/** Everything that a run of changes touched, once, as it is now: nobody remembers what it was then. */
function replayTouched<Entity>(
  { concerns, work }: Derivation<Entity>,
  changes: readonly Change[],
  view: ClusterView,
  changed: readonly string[],
  except: ReadonlySet<string> = new Set(),
): readonly StepsAt<Entity>[] {
  const seq = changes.at(-1)?.seq;
  if (seq === undefined) return [];
  const touched = new Set(changes.flatMap((change) => [...concerns(change, view)]));
  for (const id of except) touched.delete(id);
  const steps = [...touched].flatMap((id): Step<Entity>[] => {
    const after = work(id, view);
    return after === undefined ? [] : [{ before: after, after, changed }];
  });
  return steps.length > 0 ? [{ seq, steps }] : [];
}

/** Steps of one position belong together: only the last of them carries its cursor. */
function joined<Entity>(steps: readonly StepsAt<Entity>[]): StepsAt<Entity>[] {
  const bySeq = new Map<number, Step<Entity>[]>();
  for (const { seq, steps: some } of steps) bySeq.set(seq, [...(bySeq.get(seq) ?? []), ...some]);
  return Array.from(bySeq, ([seq, all]) => ({ seq, steps: all }));
}

const asDaemon = (entity: Change["after"]) => (entity?.kind === "daemon" ? entity : undefined);

function shownDaemon(daemon: Daemon, view: ClusterView, now: number): ShownDaemon {
  return { ...daemon, status: daemonStatusIn(view, daemon, now) };
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
    concerns: ({ kind, id, before, after }, view) => {
      if (kind === "d") return [id];
      if (kind === "i") return view.daemons.keys();
      if (kind === "p") return [daemonOfKey(id)];
      const mark = parseLaunchMark((asTask(after) ?? asTask(before))?.startedBy);
      const daemon = mark && view.daemonWithId(mark.daemonId);
      return daemon ? [daemon.name] : [];
    },
    ids: (view) => view.daemons.keys(),
    work: (name, view) => {
      const daemon = view.daemons.get(name);
      return daemon && shownDaemon(daemon, view, clock.now());
    },
    compare: (before, after) => compare(before, after, undefined),
  };
  /** Registrations and removals stand in the log; a status of then is nowhere, so what it is now is told at the end. */
  function replay(
    changes: readonly Change[],
    view: ClusterView,
    resumption?: Resumption,
  ): readonly StepsAt<ShownDaemon>[] {
    const comings = changes.flatMap((change): StepsAt<ShownDaemon>[] => {
      const [before, after] = [asDaemon(change.before), asDaemon(change.after)];
      if (change.kind !== "d" || (before && after)) return [];
      const at = (daemon: Daemon | undefined) => daemon && shownDaemon(daemon, view, clock.now());
      return [{ seq: change.seq, steps: [{ before: at(before), after: at(after), changed: [] }] }];
    });
    // The view has them, and they are told of as they come.
    const yetToCome = resumption?.later.flatMap(({ kind, id, before }) =>
      kind === "d" && before === undefined ? [id] : [],
    );
    const touched = replayTouched(derivation, changes, view, all, new Set(yetToCome));
    return joined([...comings, ...touched]);
  }
  return {
    entityField: "daemon",
    clusterOf: ({ cluster }) => cluster,
    interest: ({ name }) => ({
      matches: (daemon) => name == null || daemon.name === name,
      reads: [],
      keyIn: () => name ?? undefined,
    }),
    present: (view) =>
      Array.from(view.daemons.values(), (daemon) => shownDaemon(daemon, view, clock.now())),
    keysOf: ({ name }) => [name],
    node: (daemon) => daemon,
    replay,
    derived: createDerived(derivation),
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
    work: (_, view) => shownCluster(view),
    compare: (before, after) => compare(before, after, undefined),
  };
  return {
    entityField: "cluster",
    clusterOf: () => undefined,
    interest: () => ({ matches: () => true, reads: [], keyIn: () => undefined }),
    present: (view) => [shownCluster(view)],
    keysOf: () => [],
    node: (cluster) => cluster,
    replay: (changes, view, resumption) =>
      resumption?.isNew
        ? [
            {
              seq: resumption.seq,
              steps: [{ before: undefined, after: shownCluster(view), changed: [] }],
            },
          ]
        : replayTouched(derivation, changes, view, all),
    derived: createDerived(derivation),
  };
}
