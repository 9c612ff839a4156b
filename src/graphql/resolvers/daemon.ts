// Daemon: definition from its record, status and placements from its plan at this moment.
import type { ClusterView } from "../../changes/cluster-view.ts";
import { shownPlan } from "../../changes/daemon-input.ts";
import { daemonStatusIn, shownPlanIn } from "../../changes/daemon-status.ts";
import type { Informer } from "../../changes/informer.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import { explain } from "../../daemon/explain.ts";
import { hereOf } from "../../daemon/plan.ts";
import type { DaemonStatus } from "../../daemon/status.ts";
import { arnId, clusterName } from "../../ecs/arn.ts";
import type { Context } from "../context.ts";
import { clientError } from "../errors.ts";
import type { DaemonResolvers, DaemonStatusResolvers } from "../generated/schema-types.ts";
import { pageSize } from "../page.ts";
import { isoTime } from "../scalars.ts";
import { placementPage } from "./pages.ts";
import { currentPlan } from "./plan.ts";

/** The view of the cluster that a daemon belongs to; NOT_FOUND when it went away meanwhile. */
export function requireDaemonView(informer: Pick<Informer, "views">, daemon: Daemon): ClusterView {
  const view = informer.views.get(daemon.clusterArn);
  if (!view) throw clientError("NOT_FOUND", `cluster ${daemon.clusterArn} is not known any more.`);
  return view;
}

export function daemonStatus(
  { informer, clock }: Pick<Context, "informer" | "clock">,
  daemon: Daemon,
): DaemonStatus {
  return daemonStatusIn(requireDaemonView(informer, daemon), daemon, clock.now());
}

export const daemonStatusResolvers: DaemonStatusResolvers = {
  since: ({ since }) => isoTime(since),
};

export const daemonResolvers: DaemonResolvers = {
  cluster: ({ clusterArn }) => ({ arn: clusterArn, name: clusterName(clusterArn) }),
  readinessAttribute: ({ readinessAttribute }) => readinessAttribute || null,
  revisions: ({ revisions }) =>
    revisions.toReversed().map((each) => ({
      revision: each.revision,
      taskDefinition: each.taskDefinition,
      selector: each.selector,
      overrides: each.overrides ? JSON.parse(each.overrides) : null,
      networkConfiguration: each.networkConfiguration
        ? JSON.parse(each.networkConfiguration)
        : null,
      tags: each.tags,
      createdAt: isoTime(each.createdAt),
      takenBack: each.takenBack ?? null,
    })),
  status: (daemon, _, context) => daemon.status ?? daemonStatus(context, daemon),
  plan: (daemon, _, { informer, clock }) =>
    currentPlan(clock, requireDaemonView(informer, daemon), daemon),
  placements: (daemon, args, context) => placementPage(context, daemon, args),
  events: async ({ clusterArn, name }, args, { store }) => {
    const decisions = await store.decisions(clusterArn, name, pageSize(args));
    return decisions.map(({ at, containerInstance, task, ...decision }) => ({
      ...decision,
      at: isoTime(at),
      containerInstance: containerInstance ?? null,
      task: task ?? null,
    }));
  },
  explain: (daemon, args, { informer, clock }) => {
    const view = requireDaemonView(informer, daemon);
    const instance = view.instances.get(arnId(args.containerInstance));
    if (!instance)
      throw clientError(
        "NOT_FOUND",
        `container instance ${args.containerInstance} is not known in cluster ${clusterName(view.arn)}.`,
      );
    const { input, plan } = shownPlanIn(view, daemon, clock.now());
    const here = hereOf(input, instance);
    // An INACTIVE instance is in no plan.
    const verdict =
      plan.verdicts.find(({ containerInstance }) => containerInstance.arn === instance.arn) ??
      shownPlan(view, { ...input, instances: [instance] }).verdicts[0];
    if (!verdict) throw new Error(`no verdict on ${instance.arn}`);
    return explain(input, here, verdict, plan);
  },
};
