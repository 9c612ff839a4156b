// How daemons are by what a view says now: their plan is made for it and thrown away. For whoever shows or counts them;
// no scheduler acts by it.
import { turnOf } from "../clock.ts";
import type { Clock } from "../clock.ts";
import type { Daemon } from "../daemon/daemon.ts";
import { statusMovesAt, statusOf } from "../daemon/status.ts";
import type { DaemonStatus } from "../daemon/status.ts";
import type { ClusterView } from "./cluster-view.ts";
import { planInputOf, shownPlan } from "./daemon-input.ts";

/** How a daemon is, and when that may be otherwise although nothing changes; undefined: never by time alone. */
export function daemonStandingIn(
  view: ClusterView,
  daemon: Daemon,
  now: number,
): { readonly status: DaemonStatus; readonly movesAt: number | undefined } {
  const input = planInputOf(view, daemon, now);
  const plan = shownPlan(view, input);
  const { placements } = input;
  return {
    status: statusOf(daemon, plan, placements, now),
    movesAt: statusMovesAt(plan, placements, now),
  };
}

export function daemonStatusIn(view: ClusterView, daemon: Daemon, now: number): DaemonStatus {
  return daemonStandingIn(view, daemon, now).status;
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
