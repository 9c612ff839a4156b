// Runs a scheduler for every cluster and tells each which daemons a change concerns. A slow full pass is the
// safety net; nothing normal waits for it.
import { concerned } from "../changes/concern.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import { ClusterScheduler } from "./cluster-scheduler.ts";
import type { SchedulerDependencies } from "./cluster-scheduler.ts";
import { reportDaemons } from "./daemon-report.ts";
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
  const led = () =>
    [...schedulers].flatMap(([cluster, { actor }]) => {
      const view = informer.views.get(cluster);
      return view && actor.held() !== undefined ? [view] : [];
    });
  const unlisten = informer.listen((notice) => {
    if (notice.type === "removed") {
      void schedulers.get(notice.cluster)?.close();
      schedulers.delete(notice.cluster);
      return;
    }
    const scheduler = schedulerOf(notice.cluster);
    if (notice.type === "replaced") return scheduler.replaced();
    const view = informer.views.get(notice.cluster);
    if (!view) return;
    for (const change of notice.changes)
      for (const { daemon, containerInstanceId } of concerned(view, [change]))
        scheduler.add(daemon, containerInstanceId, change);
  });
  for (const cluster of informer.views.keys()) schedulerOf(cluster);
  const answering = answerDepartures(
    { ...shared, ...departures, actorOf: (cluster) => schedulers.get(cluster)?.actor },
    stop.signal,
  );
  void (async () => {
    for (;;) {
      await clock.sleep(fullPassMs, stop.signal);
      if (stop.signal.aborted) return;
      for (const scheduler of schedulers.values()) scheduler.addAll();
      await reportDaemons(led(), shared);
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
