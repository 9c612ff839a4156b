// How much there is, and how much of it has to be looked at, by the views: what the limits of operations ask.
import type { ClusterView } from "../changes/cluster-view.ts";
import type { Informer } from "../changes/informer.ts";
import { lookOfPlan } from "./looks.ts";
import type { Fleet, Looks } from "./looks.ts";
import { endpointLooks } from "./resolvers/endpoint.ts";
import { instanceLooks, selectTasks, viewsOf } from "./select.ts";

export function fleetOf(informer: Pick<Informer, "views">): Fleet {
  const all = [...informer.views.values()];
  const looksOf = (
    filter: { readonly cluster?: string | null | undefined } | null | undefined,
    look: (view: ClusterView) => number,
  ) => looksAt(viewsOf(informer, filter?.cluster), look);
  const sum = (count: (view: ClusterView) => number) => looksAt(all, count).all;
  const plan = ({ instances }: ClusterView) => lookOfPlan * instances.size;
  const plans: Looks = {
    one: looksAt(all, plan).one,
    all: sum((view) => view.daemons.size * plan(view)),
  };
  const containerInstances = sum(({ instances }) => instances.size);
  const tasks = sum((view) => view.tasks.size);
  return {
    clusters: all.length,
    containerInstances,
    tasks,
    daemons: sum(({ daemons }) => daemons.size),
    daemonsOfOne: looksAt(all, ({ daemons }) => daemons.size).one,
    plans,
    everything: plans.all + tasks + containerInstances,
    looks: {
      tasks: (filter) => looksOf(filter, (view) => selectTasks(view, filter).looks),
      containerInstances: (filter) => looksOf(filter, (view) => instanceLooks(view, filter)),
      endpoints: (filter) => looksOf(filter, (view) => endpointLooks(view, filter)),
    },
  };
}

function looksAt(views: readonly ClusterView[], look: (view: ClusterView) => number): Looks {
  let [one, all] = [0, 0];
  for (const view of views) {
    const count = look(view);
    one = Math.max(one, count);
    all += count;
  }
  return { one, all };
}
