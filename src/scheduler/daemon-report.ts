// Says how the daemons are of the clusters that this process acts for, in the log and in its counts: what alarms on
// logs look at, so the line comes also when all is well. Only looks.
import type { ClusterView } from "../changes/cluster-view.ts";
import { daemonStatuses } from "../changes/daemon-status.ts";
import type { Clock } from "../clock.ts";
import type { DaemonPhase } from "../daemon/status.ts";
import type { Log } from "../log.ts";
import type { SchedulerCounters } from "./counters.ts";

export interface ReportOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: SchedulerCounters;
}

/** `views`: of the clusters that this process holds the lease of. */
export async function reportDaemons(
  views: readonly ClusterView[],
  { clock, log, counters }: ReportOptions,
): Promise<void> {
  const phases = new Map<DaemonPhase, number>();
  let daemons = 0;
  for (const view of views)
    for await (const { status } of daemonStatuses(view, clock)) {
      daemons++;
      phases.set(status.phase, (phases.get(status.phase) ?? 0) + 1);
    }
  counters.clusters = views.length;
  counters.phases = phases;
  const count = (phase: DaemonPhase) => phases.get(phase) ?? 0;
  log.info(
    {
      clusters: views.length,
      daemons,
      active: count("ACTIVE"),
      rollingOut: count("ROLLING_OUT"),
      stuck: count("STUCK"),
      failing: count("FAILING"),
      paused: count("PAUSED"),
    },
    "daemons of the last minute",
  );
}
