// How daemons are by what a view says now: their plan is made for it and thrown away. For whoever shows or counts them;
// no scheduler acts by it.
import { turnOf } from "../clock.ts";
import type { Clock } from "../clock.ts";
import type { Daemon } from "../daemon/daemon.ts";
import { statusOf } from "../daemon/status.ts";
import type { DaemonStatus } from "../daemon/status.ts";
import type { ClusterView } from "./cluster-view.ts";
import { placementsOf, planInputOf, shownPlan } from "./daemon-input.ts";

export function daemonStatusIn(view: ClusterView, daemon: Daemon, now: number): DaemonStatus {
  const plan = shownPlan(view, planInputOf(view, daemon, now));
  return statusOf(daemon, plan, placementsOf(view, daemon.name), now);
}

/** The state of every daemon of a view. Each costs a walk through the cluster: other work has its turn in between. */
export async function* daemonStatuses(
  view: ClusterView,
  clock: Pick<Clock, "now" | "soon">,
): AsyncGenerator<{ readonly daemon: Daemon; readonly status: DaemonStatus }> {
  for (const daemon of view.daemons.values()) {
    yield { daemon, status: daemonStatusIn(view, daemon, clock.now()) };
    await turnOf(clock);
  }
}
