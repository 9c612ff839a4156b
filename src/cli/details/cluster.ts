// The details of a cluster: its counts, how current they are, its daemons, and what ECS told of it lately. Pure.
import { number, objects } from "../../ecs/json.ts";
import type { JsonObject } from "../../ecs/json.ts";
import { resources } from "../resources/all.ts";
import { at, count, say } from "../resources/fields.ts";
import { toneOfWord } from "../style.ts";
import type { Tone } from "../style.ts";
import { duration, factLines, moment, section } from "./layout.ts";
import type { Detail, Fact, View } from "./layout.ts";

function facts(cluster: JsonObject, now: number): readonly Fact[] {
  const [instances, tasks, fresh] = [
    at(cluster, "instanceCounts"),
    at(cluster, "taskCounts"),
    at(cluster, "freshness"),
  ];
  const [lag, median] = [number(fresh, "eventLagMs"), number(fresh, "eventLagP50Ms")];
  return [
    ["Cluster", say(cluster, "name")],
    ["ARN", say(cluster, "arn")],
    ["Region", say(cluster, "region")],
    ["Account", say(cluster, "account")],
    [
      "Instances",
      `${count(instances, "total")}: ${count(instances, "active")} active, ${count(instances, "draining")} draining, ${count(instances, "agentDisconnected")} with a disconnected agent`,
    ],
    [
      "Tasks",
      `${count(tasks, "running")} running, ${count(tasks, "pending")} pending, ${count(tasks, "stopped")} stopped`,
    ],
    ["Last event", moment(say(fresh, "lastEventAt"), now)],
    [
      "Event lag",
      lag === undefined
        ? ""
        : `${duration(lag)}${median === undefined ? "" : `, median ${duration(median)}`}`,
    ],
    ["Compared with ECS", moment(say(fresh, "lastReconciledAt"), now)],
    ["Drift repaired", count(fresh, "driftRepaired")],
    ["Problem", say(fresh, "problem"), "bad"],
  ];
}

const toneOfEvent = (type: string): Tone | undefined =>
  type === "ERROR" ? "bad" : type === "WARN" ? "busy" : undefined;

function lines(cluster: JsonObject, view: View): string[] {
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
      objects(at(cluster, "daemons"), "nodes").map((daemon) => [
        say(daemon, "name"),
        say(at(daemon, "status"), "phase"),
        ...["desired", "running", "failed"].map((name) => count(at(daemon, "status"), name)),
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
      objects(cluster, "events").map((event) => [
        say(event, "at"),
        say(event, "eventType"),
        say(event, "eventName") || say(event, "detailType"),
        say(event, "reason"),
      ]),
      view,
    ),
  ];
}

export const clusterDetail: Detail = {
  resource: resources.clusters,
  document: `query($cluster: String!) {
    node: cluster(cluster: $cluster) {
      ${resources.clusters.full} changeCursor
      daemons(first: 100) { totalCount nodes { name status { phase reason desired running failed } } }
      events(first: 10) { id at detailType eventType eventName reason resources }
    }
  }`,
  lines,
  triggers: (cluster) => [
    { resource: resources.clusters, filter: {} },
    { resource: resources.daemons, filter: { cluster: say(cluster, "arn") } },
  ],
};
