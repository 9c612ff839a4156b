// The details of a cluster: its counts, how current they are, its daemons, and what ECS told of it lately. Pure.
import type { Filters } from "../../client/kinds.ts";
import { one } from "../asked.ts";
import type { AnswerOf } from "../asked.ts";
import { resources } from "../resources/all.ts";
import { clusterFields } from "../resources/clusters.ts";
import { toneOfWord } from "../style.ts";
import type { Tone } from "../style.ts";
import { duration, factLines, moment, section } from "./layout.ts";
import type { Detail, Fact, View } from "./layout.ts";

const asked = one("cluster", {
  ...clusterFields,
  changeCursor: true,
  daemons: [
    { first: 100 },
    {
      totalCount: true,
      nodes: {
        name: true,
        status: { phase: true, reason: true, desired: true, running: true, failed: true },
      },
    },
  ],
  events: [
    { first: 10 },
    {
      id: true,
      at: true,
      detailType: true,
      eventType: true,
      eventName: true,
      reason: true,
      resources: true,
    },
  ],
});
type ClusterNode = AnswerOf<typeof asked>;

function facts(cluster: ClusterNode, now: number): readonly Fact[] {
  const { instanceCounts: instances, taskCounts: tasks, freshness: fresh } = cluster;
  const { eventLagMs: lag, eventLagP50Ms: median } = fresh;
  return [
    ["Cluster", cluster.name],
    ["ARN", cluster.arn],
    ["Region", cluster.region],
    ["Account", cluster.account],
    [
      "Instances",
      `${instances.total}: ${instances.active} active, ${instances.draining} draining, ${instances.agentDisconnected} with a disconnected agent`,
    ],
    ["Tasks", `${tasks.running} running, ${tasks.pending} pending, ${tasks.stopped} stopped`],
    ["Last event", moment(fresh.lastEventAt, now)],
    [
      "Event lag",
      lag === null
        ? ""
        : `${duration(lag)}${median === null ? "" : `, median ${duration(median)}`}`,
    ],
    ["Compared with ECS", moment(fresh.lastReconciledAt, now)],
    ["Drift repaired", String(fresh.driftRepaired)],
    ["Problem", fresh.problem, "bad"],
  ];
}

const toneOfEvent = (type: string): Tone | undefined =>
  type === "ERROR" ? "bad" : type === "WARN" ? "busy" : undefined;

function lines(cluster: ClusterNode, view: View): string[] {
  return [
    ...factLines(facts(cluster, view.now), view),
    ...section(
      "Daemons",
      [
        { title: "NAME" },
        { title: "PHASE", tone: toneOfWord },
        { title: "DESIRED", align: "right" },
        { title: "RUNNING", align: "right" },
        { title: "FAILED", align: "right" },
      ],
      cluster.daemons.nodes.map(({ name, status }) => [
        name,
        status.phase,
        ...[status.desired, status.running, status.failed].map(String),
      ]),
      view,
    ),
    ...section(
      "Events",
      [
        { title: "AT", drop: 1 },
        { title: "TYPE", tone: toneOfEvent },
        { title: "WHAT" },
        { title: "WHY" },
      ],
      cluster.events.map((event) => [
        event.at,
        event.eventType ?? "",
        event.eventName || event.detailType,
        event.reason ?? "",
      ]),
      view,
    ),
  ];
}

export const clusterDetail: Detail<ClusterNode> = {
  resource: resources.clusters,
  asked,
  lines,
  triggers: (cluster) => [
    { resource: resources.clusters, filter: {} },
    { resource: resources.daemons, filter: { cluster: cluster.arn } satisfies Filters["daemons"] },
  ],
};
