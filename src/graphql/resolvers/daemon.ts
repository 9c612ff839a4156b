// Daemon: definition from its record, status and placements from its plan at this moment.
import type { ClusterView } from "../../changes/cluster-view.ts";
import { placementsOf, planInputOf } from "../../changes/daemon-input.ts";
import type { Informer } from "../../changes/informer.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import { currentRevision } from "../../daemon/daemon.ts";
import { planDaemon } from "../../daemon/plan.ts";
import { statusOf } from "../../daemon/status.ts";
import { arnId, clusterName } from "../../ecs/arn.ts";
import type { Context } from "../context.ts";
import { clientError } from "../errors.ts";
import type { DaemonResolvers, DaemonStatus } from "../generated/schema-types.ts";
import { pageSize } from "../page.ts";
import { isoTime } from "../scalars.ts";
import { placementPage } from "./pages.ts";

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
  const view = requireDaemonView(informer, daemon);
  const plan = planDaemon(planInputOf(view, daemon, clock.now()));
  return statusOf(daemon, plan, placementsOf(view, daemon.name), clock.now());
}

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
    })),
  status: (daemon, _, context) => daemonStatus(context, daemon),
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
    const input = planInputOf(view, daemon, clock.now(), [instance]);
    const [verdict] = planDaemon(input).verdicts;
    const { selector } = currentRevision(daemon);
    const selected = input.selects(instance);
    const placement = input.placements.get(arnId(instance.arn));
    const rule = (name: string, ok: boolean, detail: string) => ({ rule: name, ok, detail });
    return {
      placeable: verdict?.action === "start",
      rules: [
        rule("daemon is not paused", !daemon.paused, daemon.paused ? "paused" : "not paused"),
        rule(
          "daemon is not being removed",
          !daemon.deleting,
          daemon.deleting ? "being removed" : "in force",
        ),
        rule(
          "selector selects it",
          selected,
          selector === "" ? "it selects every container instance" : selector,
        ),
        rule("status is ACTIVE", instance.status === "ACTIVE", instance.status),
        rule(
          "agent is connected",
          instance.agentConnected,
          instance.agentConnected ? "connected" : "not connected",
        ),
        rule(
          "no task of this daemon is there",
          verdict?.task === undefined,
          verdict?.task?.arn ?? "none",
        ),
        rule(
          "no start is pending and none failed just now",
          verdict?.action !== "wait",
          placement
            ? `${placement.state}, attempt ${placement.attempts}${placement.reason ? `: ${placement.reason}` : ""}`
            : "none",
        ),
        rule(
          "verdict",
          verdict?.action === "keep" || verdict?.action === "start",
          `${verdict?.action}: ${verdict?.reason}`,
        ),
      ],
    };
  },
};
