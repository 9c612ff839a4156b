// What Prometheus reads of the API process: freshness and sizes of its views, requests, and the process itself.
import { collectDefaultMetrics, Registry } from "prom-client";
import type { Informer } from "../changes/informer.ts";
import type { Clock } from "../clock.ts";
import { clusterName, parseEcsArn } from "../ecs/arn.ts";
import type { StateStore } from "../store/store.ts";
import { registerCollected } from "../telemetry/collected.ts";
import { countBudgets } from "./budget-metrics.ts";
import { countDaemons } from "./daemon-metrics.ts";
import { countIngest } from "./ingest-metrics.ts";
import { countRequests } from "./request-metrics.ts";
import type { Present, RequestMetrics } from "./request-metrics.ts";

export interface Metrics extends RequestMetrics {
  readonly contentType: string;
  text(): Promise<string>;
}

export function createMetrics(
  { views }: Pick<Informer, "views">,
  store: Pick<StateStore, "buckets" | "workers" | "queues" | "quarantinedCount">,
  present: Present,
  clock: Pick<Clock, "now" | "monotonic" | "soon">,
): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const perCluster = (
    name: string,
    help: string,
    value: (view: NonNullable<ReturnType<Informer["views"]["get"]>>) => number | undefined,
  ) =>
    registerCollected(registry, {
      name,
      help,
      labels: ["cluster", "region", "account"],
      samples: () =>
        [...views.values()].flatMap((view) => {
          const { region = "", account = "" } = parseEcsArn(view.arn) ?? {};
          const labels = { cluster: clusterName(view.arn), region, account };
          const current = value(view);
          return current === undefined ? [] : [{ labels, value: current }];
        }),
    });
  perCluster(
    "container_instances",
    "Container instances in the view.",
    ({ instances }) => instances.size,
  );
  perCluster("tasks", "Tasks in the view, stopped ones included.", ({ tasks }) => tasks.size);
  perCluster(
    "log_position",
    "Position of the change log that the view has come to.",
    ({ seq }) => seq,
  );
  perCluster(
    "event_lag_seconds",
    "From SQS taking in the last event to it being applied.",
    ({ freshness }) =>
      freshness.eventLagMs === undefined ? undefined : freshness.eventLagMs / 1000,
  );
  perCluster(
    "event_time_lag_seconds",
    "From the time that the last event itself tells to it being applied.",
    ({ freshness }) =>
      freshness.eventTimeLagMs === undefined ? undefined : freshness.eventTimeLagMs / 1000,
  );
  perCluster(
    "last_event_timestamp_seconds",
    "The time that the newest event itself tells.",
    ({ freshness }) =>
      freshness.lastEventAt === undefined ? undefined : freshness.lastEventAt / 1000,
  );
  perCluster(
    "last_reconcile_timestamp_seconds",
    "When the cluster was last compared with the ECS API.",
    ({ freshness }) =>
      freshness.lastReconciledAt === undefined ? undefined : freshness.lastReconciledAt / 1000,
  );
  perCluster(
    "reconcile_problem",
    "Whether the cluster cannot be compared with the ECS API: 1 from a comparison that failed to one that did not.",
    ({ freshness }) => (freshness.reconcileProblem === undefined ? 0 : 1),
  );
  perCluster(
    "drift_repaired_total",
    "Entities that comparisons with the ECS API found wrong.",
    ({ freshness }) => freshness.driftRepaired ?? 0,
  );
  countDaemons(registry, views, clock);
  countBudgets(registry, store);
  countIngest(registry, store);
  const requests = countRequests(registry, present);
  return { ...requests, contentType: registry.contentType, text: () => registry.metrics() };
}
