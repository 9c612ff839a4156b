// What Prometheus reads of a scheduler: what it did since it started, and how the daemons that it acts for are.
import type { Registry } from "prom-client";
import type { SchedulerCounters } from "../scheduler/counters.ts";
import { registerCollected } from "../telemetry/collected.ts";

export function countScheduler(registry: Registry, counters: SchedulerCounters): void {
  const labelled = (label: string, values: ReadonlyMap<string, number>) =>
    Array.from(values, ([key, value]) => ({ labels: { [label]: key }, value }));
  registerCollected(registry, {
    name: "scheduler_decisions_total",
    help: "What was decided for daemons, by what it was: START and STOP of a task, REFUSE of ECS.",
    labels: ["type"],
    samples: () => labelled("type", counters.decisions),
  });
  registerCollected(registry, {
    name: "scheduler_reconciles_total",
    help: "How often a daemon was looked at, whether there was something to do or not.",
    labels: [],
    samples: () => [{ labels: {}, value: counters.reconciles }],
  });
  registerCollected(registry, {
    name: "scheduler_daemons",
    help: "Daemons of the clusters that this process acts for, by phase, a minute old at most.",
    labels: ["phase"],
    samples: () => labelled("phase", counters.phases),
  });
  registerCollected(registry, {
    name: "scheduler_clusters",
    help: "Clusters that this process acts for, a minute old at most.",
    labels: [],
    samples: () => [{ labels: {}, value: counters.clusters }],
  });
}
