// How daemons are listed and shown.
import { arnId } from "../../ecs/arn.ts";
import { listed } from "../asked.ts";
import type { AnswerOf, FilterName } from "../asked.ts";
import { statusFields } from "../daemon/fields.ts";
import { toneOfWord } from "../style.ts";
import {
  ageOf,
  byText,
  cluster,
  clusterOf,
  currentRevision,
  drop,
  field,
  inCluster,
  numberIn,
  wide,
} from "./fields.ts";
import type { Resource } from "./resource.ts";

const asked = listed("daemons", {
  cluster: { arn: true, name: true },
  name: true,
  mode: true,
  paused: true,
  revision: true,
  revisions: { revision: true, taskDefinition: true, selector: true, createdAt: true },
  status: statusFields,
});
export type DaemonNode = AnswerOf<typeof asked>;

export const daemons: Resource<DaemonNode, FilterName<"daemons">> = {
  name: "daemons",
  singular: "daemon",
  filters: [inCluster],
  watchFilters: [byText("--daemon <name>", "name", "only the daemon of this name")],
  shown: asked,
  full: asked,
  columns: [
    field("NAME", ({ name }) => name),
    drop(2, cluster),
    { title: "PHASE", value: ({ status }) => status.phase, tone: toneOfWord },
    wide(
      drop(
        4,
        ageOf("SINCE", ({ status }) => status.since),
      ),
    ),
    numberIn("DESIRED", ({ status }) => status.desired),
    numberIn("RUNNING", ({ status }) => status.running),
    wide(
      drop(
        5,
        numberIn("HEALTHY", ({ status }) => status.healthy),
      ),
    ),
    drop(
      1,
      numberIn("UPDATED", ({ status }) => status.updated),
    ),
    wide(
      drop(
        6,
        numberIn("OUTDATED", ({ status }) => status.outdated),
      ),
    ),
    wide(
      drop(
        7,
        numberIn("WAITING", ({ status }) => status.waiting),
      ),
    ),
    drop(
      1,
      numberIn("FAILED", ({ status }) => status.failed),
    ),
    drop(
      3,
      numberIn("REVISION", ({ revision }) => revision),
    ),
    wide(
      drop(
        8,
        field("MODE", ({ mode }) => mode),
      ),
    ),
    wide(field("WHY", ({ status }) => status.reason)),
    drop(4, {
      title: "TASK DEFINITION",
      value: (node) => arnId(currentRevision(node)?.taskDefinition ?? ""),
    }),
    wide(
      drop(
        9,
        field("SELECTOR", (node) => currentRevision(node)?.selector),
      ),
    ),
  ],
  key: (node) => `${node.cluster.arn}/${node.name}`,
  handle: (node) => `${clusterOf(node)}/${node.name}`,
  line: (node) => {
    const { name, revision, status } = node;
    return [
      name,
      `in ${clusterOf(node)}`,
      status.phase,
      `revision ${revision}`,
      `${status.running} of ${status.desired} running, ${status.updated} updated, ${status.failed} failed`,
    ];
  },
};
