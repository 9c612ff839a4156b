// What Prometheus is told of each cluster's freshness.
import { expect, it } from "vitest";
import { ClusterView } from "../changes/cluster-view.ts";
import { systemClock } from "../clock.ts";
import type { Freshness } from "../store/store.ts";
import { createMetrics } from "./metrics.ts";

const place = "arn:aws:ecs:eu-west-3:111122223333:cluster";

function metricsOf(clusters: Readonly<Record<string, Freshness>>): Promise<string> {
  const views = Object.entries(clusters).map(([name, freshness]) => {
    const view = new ClusterView(`${place}/${name}`, { epoch: "e", seq: 0, records: new Map() });
    view.freshness = freshness;
    return [view.arn, view] as const;
  });
  const store = {
    buckets: async () => [],
    workers: async () => [],
    queues: async () => [],
    quarantinedCount: async () => 0,
  };
  const present = { connections: () => 0, sockets: () => 0, subscriptions: () => 0 };
  return createMetrics({ views: new Map(views) }, store, present, systemClock).text();
}

it("tells which clusters cannot be compared with ECS, those that never were included", async () => {
  const text = await metricsOf({
    quay: { lastReconciledAt: 1_000_000 },
    pier: { lastReconciledAt: 1_000_000, reconcileProblem: "tasks: AccessDeniedException" },
    mole: { reconcileProblem: "tasks: AccessDeniedException" },
  });
  const told = [...text.matchAll(/^longshore_(\w+)\{cluster="(\w+)".*\} (\S+)$/gm)].map(
    ([, name, cluster, value]) => [cluster, name, Number(value)],
  );
  const about = (metric: string) => told.filter(([, name]) => name === metric);
  expect(about("reconcile_problem").map(([cluster, , value]) => [cluster, value])).toEqual([
    ["quay", 0],
    ["pier", 1],
    ["mole", 1],
  ]);
  expect(about("last_reconcile_timestamp_seconds").map(([cluster]) => cluster)).toEqual([
    "quay",
    "pier",
  ]);
});
