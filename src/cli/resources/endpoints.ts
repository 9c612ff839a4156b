// How endpoints are listed and shown.
import { arnId } from "../../ecs/arn.ts";
import { toneOfWord } from "../style.ts";
import {
  address,
  at,
  byText,
  cluster,
  clusterOf,
  count,
  drop,
  field,
  health,
  inCluster,
  say,
  wide,
} from "./fields.ts";
import type { Resource } from "./resource.ts";

const fields =
  "id cluster { arn name } task { arn } container host port protocol containerPort availabilityZone healthy";

export const endpoints: Resource = {
  name: "endpoints",
  singular: "endpoint",
  query: "endpoints",
  subscription: "endpointChanges",
  entity: "endpoint",
  filterType: "EndpointFilter",
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
  shown: fields,
  full: fields,
  columns: [
    { title: "ADDRESS", value: address },
    drop(4, field("PROTOCOL", "protocol")),
    drop(3, cluster),
    field("CONTAINER", "container"),
    drop(2, {
      title: "CONTAINER PORT",
      align: "right",
      value: (node) => count(node, "containerPort"),
    }),
    { title: "HEALTH", value: health, tone: toneOfWord },
    drop(1, { title: "TASK", id: true, value: (node) => arnId(say(at(node, "task"), "arn")) }),
    wide(drop(5, field("ZONE", "availabilityZone"))),
  ],
  key: (node) => say(node, "id"),
  handle: address,
  line: (node) => [
    `${address(node)}/${say(node, "protocol")}`,
    `${say(node, "container")}:${count(node, "containerPort")}`,
    `in ${clusterOf(node)}`,
    health(node),
    `task ${arnId(say(at(node, "task"), "arn"))}`,
  ],
};
