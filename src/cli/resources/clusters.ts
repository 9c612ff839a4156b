// How clusters are listed and shown.
import { listed } from "../asked.ts";
import type { AnswerOf } from "../asked.ts";
import { ageOf, count, drop, field, numberIn, wide } from "./fields.ts";
import type { Resource } from "./resource.ts";

export const clusterFields = {
  arn: true,
  name: true,
  region: true,
  account: true,
  instanceCounts: { total: true, active: true, draining: true, agentDisconnected: true },
  taskCounts: { total: true, running: true, pending: true, stopped: true },
  freshness: {
    lastEventAt: true,
    eventLagMs: true,
    eventLagP50Ms: true,
    lastReconciledAt: true,
    driftRepaired: true,
    problem: true,
  },
} as const;

const asked = listed("clusters", clusterFields);
type ClusterNode = AnswerOf<typeof asked>;

const lagText = (ms: number | null): string => (ms === null ? "" : `${ms} ms`);

export const clusters: Resource<ClusterNode, never> = {
  name: "clusters",
  singular: "cluster",
  filters: [],
  shown: asked,
  full: asked,
  columns: [
    field("NAME", ({ name }) => name),
    drop(
      2,
      field("REGION", ({ region }) => region),
    ),
    wide(
      drop(
        6,
        field("ACCOUNT", ({ account }) => account),
      ),
    ),
    numberIn("INSTANCES", ({ instanceCounts }) => instanceCounts.total),
    drop(
      1,
      numberIn("DRAINING", ({ instanceCounts }) => instanceCounts.draining),
    ),
    wide(
      drop(
        5,
        numberIn("DISCONNECTED", ({ instanceCounts }) => instanceCounts.agentDisconnected),
      ),
    ),
    numberIn("RUNNING", ({ taskCounts }) => taskCounts.running),
    numberIn("PENDING", ({ taskCounts }) => taskCounts.pending),
    drop(
      3,
      numberIn("STOPPED", ({ taskCounts }) => taskCounts.stopped),
    ),
    drop(
      4,
      ageOf("LAST EVENT", ({ freshness }) => freshness.lastEventAt),
    ),
    drop(
      4,
      ageOf("RECONCILED", ({ freshness }) => freshness.lastReconciledAt),
    ),
    wide(
      drop(5, {
        title: "LAG P50",
        align: "right",
        value: ({ freshness }) => lagText(freshness.eventLagP50Ms),
        raw: ({ freshness }) => count(freshness.eventLagP50Ms),
        order: ({ freshness }) => freshness.eventLagP50Ms ?? -1,
      }),
    ),
    wide({
      title: "PROBLEM",
      value: ({ freshness }) => freshness.problem ?? "",
      tone: () => "bad",
    }),
    wide(
      drop(
        7,
        field("ARN", ({ arn }) => arn),
      ),
    ),
  ],
  key: ({ arn }) => arn,
  handle: ({ name }) => name,
  line: ({ name, region, instanceCounts: instances, taskCounts: tasks }) => [
    name,
    region,
    `instances ${instances.total} (${instances.draining} draining, ${instances.agentDisconnected} disconnected)`,
    `tasks ${tasks.running} running, ${tasks.pending} pending, ${tasks.stopped} stopped`,
  ],
};
