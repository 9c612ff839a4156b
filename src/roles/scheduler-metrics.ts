// What Prometheus reads of a scheduler: what it decided since it started, and how the daemons that it acts for are.
import { Gauge } from "prom-client";
import type { Registry } from "prom-client";
import type { SchedulerCounters } from "../scheduler/counters.ts";

export function countScheduler(registry: Registry, counters: SchedulerCounters): void {
  const labelled = (
    name: string,
    help: string,
    label: string,
    values: () => ReadonlyMap<string, number>,
  ) =>
    registry.registerMetric(
      new Gauge({
        name: `longshore_scheduler_${name}`,
        help,
        labelNames: [label],
        registers: [],
        collect() {
          this.reset();
          for (const [key, value] of values()) this.set({ [label]: key }, value);
        },
      }),
    );
  labelled(
    "decisions_total",
    "What was decided for daemons, by what it was: START and STOP of a task, REFUSE of ECS.",
    "type",
    () => counters.decisions,
  );
  labelled(
    "daemons",
    "Daemons of the clusters that this process acts for, by phase, a minute old at most.",
    "phase",
    () => counters.phases,
  );
  registry.registerMetric(
    new Gauge({
      name: "longshore_scheduler_clusters",
      help: "Clusters that this process acts for, a minute old at most.",
      registers: [],
      collect() {
        this.set(counters.clusters);
      },
    }),
  );
}
