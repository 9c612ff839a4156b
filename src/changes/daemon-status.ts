// How daemons are by what a view says now: their plan is made for it and soon thrown away. For whoever shows or counts
// them; no scheduler acts by it.
import { turnOf } from "../clock.ts";
import type { Clock } from "../clock.ts";
import type { Daemon } from "../daemon/daemon.ts";
import type { Plan, PlanInput } from "../daemon/plan.ts";
import { statusMovesAt, statusOf } from "../daemon/status.ts";
import type { DaemonStatus } from "../daemon/status.ts";
import type { Freshness } from "../store/store.ts";
import type { ClusterView } from "./cluster-view.ts";
import { planInputOf, shownPlan } from "./daemon-input.ts";

/** How a daemon is, and when that may be otherwise although nothing changes; undefined: never by time alone. */
export interface DaemonStanding {
  readonly status: DaemonStatus;
  readonly movesAt: number | undefined;
}

/**
 * A plan for people to read, what it was made from, and until when it is the same while the view is. Only records that
 * a scheduler is about to write bear the time of the plan itself.
 */
export interface ShownPlan {
  readonly input: PlanInput;
  readonly plan: Plan;
  readonly movesAt: number | undefined;
}

/** What was worked out of a view, at which of its states and from when on: it stays while neither that nor time moves. */
interface Made {
  readonly view: ClusterView;
  readonly seq: number;
  readonly freshness: Freshness;
  readonly at: number;
  readonly movesAt: number | undefined;
}

const isStill = (made: Made, view: ClusterView, now: number): boolean =>
  made.view === view &&
  made.seq === view.seq &&
  made.freshness === view.freshness &&
  made.at <= now &&
  now < (made.movesAt ?? Number.POSITIVE_INFINITY);

/** Plans are as large as their cluster: the last few, for who asks of a daemon several things in a row. */
const plansMax = 2;
let plans: readonly (Made & ShownPlan & { readonly daemon: Daemon })[] = [];

/** A daemon's plan by what the view says. Costs a walk through the cluster, once while it stays the same. */
export function shownPlanIn(view: ClusterView, daemon: Daemon, now: number): ShownPlan {
  const known = plans.find((each) => each.daemon === daemon && isStill(each, view, now));
  if (known) return known;
  const input = planInputOf(view, daemon, now);
  const plan = shownPlan(view, input);
  const movesAt = statusMovesAt(daemon, plan, input.placements, now);
  const { seq, freshness } = view;
  const made = { daemon, view, seq, freshness, at: now, movesAt, input, plan };
  plans = [made, ...plans.filter((each) => each.daemon !== daemon)].slice(0, plansMax);
  return made;
}

const standings = new WeakMap<Daemon, Made & DaemonStanding>();

export function daemonStandingIn(view: ClusterView, daemon: Daemon, now: number): DaemonStanding {
  const known = standings.get(daemon);
  if (known && isStill(known, view, now)) return known;
  const { input, plan, movesAt } = shownPlanIn(view, daemon, now);
  const status = statusOf(daemon, plan, input.placements, now);
  const { seq, freshness } = view;
  const standing = { view, seq, freshness, at: now, movesAt, status };
  standings.set(daemon, standing);
  return standing;
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
