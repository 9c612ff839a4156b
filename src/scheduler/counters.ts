// What a scheduler counts of its own work. Counted since it started; only ever read by others.
import type { DecisionType } from "../daemon/decision.ts";
import type { DaemonPhase } from "../daemon/status.ts";

export interface SchedulerCounters {
  /** What was decided, by what it was. */
  readonly decisions: Map<DecisionType, number>;
  /** How often a daemon was looked at, whether there was something to do or not. */
  reconciles: number;
  /** Clusters that this process acts for, when it last said how they are. */
  clusters: number;
  /** Their daemons by phase, at that time. */
  phases: ReadonlyMap<DaemonPhase, number>;
}

export function newSchedulerCounters(): SchedulerCounters {
  return { decisions: new Map(), reconciles: 0, clusters: 0, phases: new Map() };
}
