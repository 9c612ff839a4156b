// How clusters are listed and shown.
import { number, text } from "../../ecs/json.ts";
import { ageOf, at, count, drop, field, numberIn, say, wide } from "./fields.ts";
import type { Resource } from "./resource.ts";

const fields =
  "arn name region account instanceCounts { total active draining agentDisconnected } " +
  "taskCounts { total running pending stopped } freshness { lastEventAt eventLagMs eventLagP50Ms lastReconciledAt driftRepaired problem }";

const lagText = (ms: number | undefined): string => (ms === undefined ? "" : `${ms} ms`);

export const clusters: Resource = {
  name: "clusters",
  singular: "cluster",
  query: "clusters",
  subscription: "clusterChanges",
  entity: "cluster",
  filterType: undefined,
  filters: [],
  shown: fields,
  full: fields,
  columns: [
    field("NAME", "name"),
    drop(2, field("REGION", "region")),
    wide(drop(6, field("ACCOUNT", "account"))),
    numberIn("INSTANCES", "instanceCounts", "total"),
    drop(1, numberIn("DRAINING", "instanceCounts", "draining")),
    wide(drop(5, numberIn("DISCONNECTED", "instanceCounts", "agentDisconnected"))),
    numberIn("RUNNING", "taskCounts", "running"),
    numberIn("PENDING", "taskCounts", "pending"),
    drop(3, numberIn("STOPPED", "taskCounts", "stopped")),
    drop(
      4,
      ageOf("LAST EVENT", (node) => text(at(node, "freshness"), "lastEventAt")),
    ),
    drop(
      4,
      ageOf("RECONCILED", (node) => text(at(node, "freshness"), "lastReconciledAt")),
    ),
    wide(
      drop(5, {
        title: "LAG P50",
        align: "right",
        value: (node) => lagText(number(at(node, "freshness"), "eventLagP50Ms")),
        raw: (node) => count(at(node, "freshness"), "eventLagP50Ms"),
        order: (node) => number(at(node, "freshness"), "eventLagP50Ms") ?? -1,
      }),
    ),
    wide({
      title: "PROBLEM",
      value: (node) => say(at(node, "freshness"), "problem"),
      tone: () => "bad",
    }),
    wide(drop(7, field("ARN", "arn"))),
  ],
  key: (node) => say(node, "arn"),
  handle: (node) => say(node, "name"),
  line: (node) => {
    const [instances, tasks] = [at(node, "instanceCounts"), at(node, "taskCounts")];
    return [
      say(node, "name"),
      say(node, "region"),
      `instances ${count(instances, "total")} (${count(instances, "draining")} draining, ${count(instances, "agentDisconnected")} disconnected)`,
      `tasks ${count(tasks, "running")} running, ${count(tasks, "pending")} pending, ${count(tasks, "stopped")} stopped`,
    ];
  },
};
