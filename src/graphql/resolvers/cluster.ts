// Cluster: identity, counts and freshness, from its view.
import { clusterName, parseEcsArn } from "../../ecs/arn.ts";
import { everyMinute, historyMinutes, historyMinutesByDefault } from "../../store/history.ts";
import type { ClusterView } from "../../changes/cluster-view.ts";
import { clientError } from "../errors.ts";
import type { ClusterResolvers, InstanceCounts, TaskCounts } from "../generated/schema-types.ts";
import { pageSize } from "../page.ts";
import { isoTime } from "../scalars.ts";
import { changeCursor } from "../select.ts";
import { daemonPage, instancePage, taskPage } from "./pages.ts";

/** Milliseconds as an Int holds them: an archive's replay is months behind. */
const lagMs = (ms: number | undefined): number | null =>
  ms === undefined ? null : Math.min(Math.round(ms), 2 ** 31 - 1);

/** From the view's own counts, as they are now. */
export const instanceCounts = (view: ClusterView): InstanceCounts => ({ ...view.instanceCounts });

export function taskCounts(view: ClusterView): TaskCounts {
  const having = (status: string) => view.tasksWith("lastStatus", status).size;
  return {
    total: view.tasks.size,
    running: having("RUNNING"),
    pending: having("PROVISIONING") + having("PENDING") + having("ACTIVATING"),
    stopped: having("STOPPED"),
  };
}

export const clusterResolvers: ClusterResolvers = {
  arn: ({ view }) => view.arn,
  name: ({ view }) => clusterName(view.arn),
  region: ({ view }) => parseEcsArn(view.arn)?.region ?? "",
  account: ({ view }) => parseEcsArn(view.arn)?.account ?? "",
  instanceCounts: ({ view }) => instanceCounts(view),
  taskCounts: ({ view }) => taskCounts(view),
  freshness: ({ view: { freshness } }) => ({
    lastEventAt: isoTime(freshness.lastEventAt),
    eventLagMs: lagMs(freshness.eventLagMs),
    eventLagP50Ms: lagMs(freshness.eventLagP50Ms),
    eventTimeLagMs: lagMs(freshness.eventTimeLagMs),
    lastReconciledAt: isoTime(freshness.lastReconciledAt),
    driftRepaired: freshness.driftRepaired ?? 0,
    problem: freshness.reconcileProblem ?? null,
  }),
  changeCursor: (_, __, { informer }) => changeCursor(informer),
  containerInstances: ({ view }, args, context) =>
    instancePage(context, { ...args.filter, cluster: view.arn }, args),
  tasks: ({ view }, args, context) =>
    taskPage(context, { ...args.filter, cluster: view.arn }, args),
  daemons: ({ view }, args, context) => daemonPage(context, view.arn, args),
  history: async ({ view }, { minutes }, { store, clock }) => {
    const wanted = minutes ?? historyMinutesByDefault;
    if (wanted < 1 || wanted > historyMinutes)
      throw clientError(
        "BAD_USER_INPUT",
        `minutes takes 1 to ${historyMinutes}, and not ${wanted}.`,
      );
    const all = everyMinute(await store.history(view.arn), wanted, clock.now());
    return all.map(({ at, pending, running, stopping, stopped, ...counts }) => ({
      at: isoTime(at),
      tasks: { pending, running, stopping, stopped },
      ...counts,
      eventLagMs: lagMs(counts.eventLagMs),
      eventLagP50Ms: lagMs(counts.eventLagP50Ms),
    }));
  },
  events: async ({ view }, args, { store }) => {
    const events = await store.events(view.arn, pageSize(args));
    return events.map(({ at, ...event }) => ({
      ...event,
      eventType: event.eventType ?? null,
      eventName: event.eventName ?? null,
      reason: event.reason ?? null,
      at: isoTime(at),
    }));
  },
};
