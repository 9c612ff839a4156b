// Runs a scheduler for every cluster and tells each which daemons a change concerns. A slow full pass is the
// safety net; nothing normal waits for it.
import type { Informer } from "../changes/informer.ts";
import type { Change } from "../changes/change.ts";
import type { ClusterView } from "../changes/cluster-view.ts";
import { parseLaunchMark } from "../daemon/daemon.ts";
import { daemonOfKey } from "../daemon/placement.ts";
import { arnId } from "../ecs/arn.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { Task } from "../ecs/task.ts";
import { ClusterScheduler } from "./cluster-scheduler.ts";
import type { SchedulerDependencies } from "./cluster-scheduler.ts";
import { answerDepartures } from "./departures.ts";
import type { DeparturesOptions } from "./departures.ts";

const fullPassMs = 60_000;

export interface Controller {
  close(): Promise<void>;
}

type Api = Pick<SchedulerDependencies, "ecs" | "writeBudget">;

export interface ControllerOptions extends Omit<SchedulerDependencies, keyof Api> {
  /** The API of a cluster's account and region, and what may be called there. */
  readonly apiOf: (cluster: ClusterArn) => Api;
  /** How instances that are about to go are answered. */
  readonly departures: Pick<DeparturesOptions, "hooks" | "settings">;
}

export function startController({ apiOf, departures, ...shared }: ControllerOptions): Controller {
  const { informer, clock } = shared;
  const schedulers = new Map<ClusterArn, ClusterScheduler>();
  const stop = new AbortController();
  const schedulerOf = (cluster: ClusterArn): ClusterScheduler => {
    let scheduler = schedulers.get(cluster);
    if (!scheduler) {
      scheduler = new ClusterScheduler({ ...shared, ...apiOf(cluster) }, cluster);
      schedulers.set(cluster, scheduler);
    }
    return scheduler;
  };
  const unlisten = informer.listen((notice) => {
    if (notice.type === "removed") {
      void schedulers.get(notice.cluster)?.close();
      schedulers.delete(notice.cluster);
      return;
    }
    const scheduler = schedulerOf(notice.cluster);
    if (notice.type === "replaced") return scheduler.replaced();
    for (const name of concerned(informer, notice.cluster, notice.changes)) scheduler.add(name);
  });
  for (const cluster of informer.views.keys()) schedulerOf(cluster);
  const answering = answerDepartures(
    { ...shared, ...departures, actorOf: (cluster) => schedulers.get(cluster)?.actor },
    stop.signal,
  );
  void (async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(fullPassMs, stop.signal);
      for (const scheduler of schedulers.values()) scheduler.addAll();
    }
  })();
  return {
    close: async () => {
      unlisten();
      stop.abort();
      await answering;
      await Promise.all([...schedulers.values()].map((scheduler) => scheduler.close()));
    },
  };
}

/** Daemons leave a draining instance when its last other task has stopped: any task there concerns them. */
function isOnDraining(view: ClusterView, task: Task): boolean {
  const instance = view.instances.get(arnId(task.containerInstanceArn ?? ""));
  return instance?.status === "DRAINING";
}

/** Names of the daemons that changes may matter to. */
export function concerned(
  informer: Pick<Informer, "views">,
  cluster: ClusterArn,
  changes: readonly Change[],
): Set<string> {
  const names = new Set<string>();
  const view = informer.views.get(cluster);
  for (const { kind, id, before, after } of changes) {
    if (kind === "d") names.add(id);
    if (kind === "p") names.add(daemonOfKey(id));
    const task = after ?? before;
    const isAboutAll = kind === "i" || (task?.kind === "task" && view && isOnDraining(view, task));
    if (isAboutAll) for (const name of view?.daemons.keys() ?? []) names.add(name);
    if (task?.kind === "task") {
      const mark = parseLaunchMark(task.startedBy);
      const daemon = mark && view?.daemonWithId(mark.daemonId);
      if (daemon) names.add(daemon.name);
    }
  }
  return names;
}
