// How daemons are listed and shown.
import { arnId } from "../../ecs/arn.ts";
import { text } from "../../ecs/json.ts";
import { toneOfWord } from "../style.ts";
import {
  ageOf,
  at,
  byText,
  cluster,
  clusterOf,
  count,
  currentRevision,
  drop,
  field,
  inCluster,
  numberIn,
  say,
  wide,
} from "./fields.ts";
import type { Resource } from "./resource.ts";

const fields =
  "cluster { arn name } name mode paused revision revisions { revision taskDefinition selector createdAt } " +
  "status { phase reason since desired running healthy updated outdated waiting failed }";

export const daemons: Resource = {
  name: "daemons",
  singular: "daemon",
  query: "daemons",
  subscription: "daemonChanges",
  entity: "daemon",
  filterType: undefined,
  filters: [inCluster],
  watchFilters: [byText("--daemon <name>", "name", "only the daemon of this name")],
  shown: fields,
  full: fields,
  columns: [
    field("NAME", "name"),
    drop(2, cluster),
    { title: "PHASE", value: (node) => say(at(node, "status"), "phase"), tone: toneOfWord },
    wide(
      drop(
        4,
        ageOf("SINCE", (node) => text(at(node, "status"), "since")),
      ),
    ),
    numberIn("DESIRED", "status", "desired"),
    numberIn("RUNNING", "status", "running"),
    wide(drop(5, numberIn("HEALTHY", "status", "healthy"))),
    drop(1, numberIn("UPDATED", "status", "updated")),
    wide(drop(6, numberIn("OUTDATED", "status", "outdated"))),
    wide(drop(7, numberIn("WAITING", "status", "waiting"))),
    drop(1, numberIn("FAILED", "status", "failed")),
    drop(3, { title: "REVISION", align: "right", value: (node) => count(node, "revision") }),
    wide(drop(8, field("MODE", "mode"))),
    wide({ title: "WHY", value: (node) => say(at(node, "status"), "reason") }),
    drop(4, {
      title: "TASK DEFINITION",
      value: (node) => arnId(say(currentRevision(node), "taskDefinition")),
    }),
    wide(drop(9, { title: "SELECTOR", value: (node) => say(currentRevision(node), "selector") })),
  ],
  key: (node) => `${say(at(node, "cluster"), "arn")}/${say(node, "name")}`,
  handle: (node) => `${clusterOf(node)}/${say(node, "name")}`,
  line: (node) => {
    const status = at(node, "status");
    return [
      say(node, "name"),
      `in ${clusterOf(node)}`,
      say(status, "phase"),
      `revision ${count(node, "revision")}`,
      `${count(status, "running")} of ${count(status, "desired")} running, ${count(status, "updated")} updated, ${count(status, "failed")} failed`,
    ];
  },
};
