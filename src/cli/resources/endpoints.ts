// How endpoints are listed and shown.
import { arnId } from "../../ecs/arn.ts";
import { listed } from "../asked.ts";
import type { AnswerOf, FilterName } from "../asked.ts";
import { toneOfWord } from "../style.ts";
import {
  address,
  byText,
  cluster,
  clusterOf,
  drop,
  field,
  health,
  idOf,
  inCluster,
  numberIn,
  wide,
} from "./fields.ts";
import type { Resource } from "./resource.ts";

const asked = listed("endpoints", {
  id: true,
  cluster: { arn: true, name: true },
  task: { arn: true },
  container: true,
  host: true,
  port: true,
  protocol: true,
  containerPort: true,
  availabilityZone: true,
  healthy: true,
});

export const endpoints: Resource<AnswerOf<typeof asked>, FilterName<"endpoints">> = {
  name: "endpoints",
  singular: "endpoint",
  filters: [
    inCluster,
    byText("--family <family>", "family", "of this family of task definitions"),
    byText("--group <group>", "group", "of this group, such as service:web"),
    byText("--container <name>", "container", "of containers of this name"),
    {
      flags: "--container-port <port>",
      argument: "containerPort",
      description: "for this port in the container",
      kind: "number",
    },
  ],
  shown: asked,
  full: asked,
  columns: [
    { title: "ADDRESS", value: address },
    drop(
      4,
      field("PROTOCOL", ({ protocol }) => protocol),
    ),
    drop(3, cluster),
    field("CONTAINER", ({ container }) => container),
    drop(
      2,
      numberIn("CONTAINER PORT", ({ containerPort }) => containerPort),
    ),
    { title: "HEALTH", value: health, tone: toneOfWord },
    drop(
      1,
      idOf("TASK", ({ task }) => task.arn),
    ),
    wide(
      drop(
        5,
        field("ZONE", ({ availabilityZone }) => availabilityZone),
      ),
    ),
  ],
  key: ({ id }) => id,
  handle: address,
  line: (node) => [
    `${address(node)}/${node.protocol}`,
    `${node.container}:${node.containerPort}`,
    `in ${clusterOf(node)}`,
    health(node),
    `task ${arnId(node.task.arn)}`,
  ],
};
