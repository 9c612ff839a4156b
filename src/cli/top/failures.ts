// Tasks that stopped by themselves, as `longshore top` shows them: one row for each reason, family and cluster, with how
// many there are and the newest. Takes tasks in; asks nothing.
import { taskDefinitionFamily } from "../../ecs/arn.ts";
import { number, text } from "../../ecs/json.ts";
import type { JsonObject } from "../../ecs/json.ts";
import { normalizeReason } from "../../ecs/stop-reason.ts";
import { ageOf, cluster, clusterOf, count, drop, field, idOf, say } from "../resources/fields.ts";
import type { ResourceColumn } from "../resources/resource.ts";

/** Exits that somebody asked for. */
const intended = new Set(["UserInitiated", "ServiceSchedulerInitiated", "TerminationNotice"]);

export const failureColumns: readonly ResourceColumn[] = [
  {
    title: "COUNT",
    align: "right",
    value: (node) => count(node, "count"),
    order: (node) => -(number(node, "count") ?? 0),
  },
  ageOf("LAST", (node) => text(node, "lastAt")),
  field("FAMILY", "family"),
  drop(2, cluster),
  field("REASON", "reason"),
  drop(1, idOf("NEWEST TASK", "newest")),
];

export const failureKey = (node: JsonObject): string =>
  `${clusterOf(node)} ${say(node, "family")} ${say(node, "reason")}`;

/** The row of a task that failed, before anything is counted; undefined of one that did not. */
export function failureOf(task: JsonObject): JsonObject | undefined {
  const stopCode = text(task, "stopCode");
  if (say(task, "lastStatus") !== "STOPPED" || stopCode === undefined || intended.has(stopCode))
    return undefined;
  return {
    cluster: task["cluster"],
    family: taskDefinitionFamily(say(task, "taskDefinitionArn")),
    reason: normalizeReason(text(task, "stoppedReason") ?? stopCode),
    count: 1,
    lastAt: say(task, "stoppedAt"),
    newest: say(task, "arn"),
  };
}

/** The same row with one more in it. */
export function oneMore(before: JsonObject | undefined, failure: JsonObject): JsonObject {
  if (!before) return failure;
  const isNewer = say(failure, "lastAt") >= say(before, "lastAt");
  return { ...before, ...(isNewer ? failure : {}), count: (number(before, "count") ?? 0) + 1 };
}
