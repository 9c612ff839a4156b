// How container instances are listed and shown.
import { text } from "../../ecs/json.ts";
import { toneOfWord } from "../style.ts";
import {
  agent,
  ageOf,
  byText,
  cluster,
  clusterOf,
  drop,
  field,
  idOf,
  inCluster,
  say,
  share,
  wide,
  wordIn,
} from "./fields.ts";
import type { Resource } from "./resource.ts";

export const instances: Resource = {
  name: "instances",
  singular: "instance",
  query: "containerInstances",
  subscription: "containerInstanceChanges",
  entity: "containerInstance",
  filterType: "ContainerInstanceFilter",
  filters: [
    inCluster,
    {
      ...byText("--status <status>", "status", "ACTIVE, DRAINING, INACTIVE, ..."),
      words: ["ACTIVE", "DRAINING", "INACTIVE"],
    },
    {
      flags: "--connected",
      argument: "agentConnected",
      description: "whose agent is connected",
      kind: "yes",
    },
    {
      flags: "--disconnected",
      argument: "agentConnected",
      description: "whose agent is not connected",
      kind: "no",
    },
    byText("--ec2-instance <id>", "ec2InstanceId", "i-... or mi-..."),
    byText("--zone <zone>", "availabilityZone", "in this availability zone"),
    byText("--type <type>", "instanceType", "of this EC2 instance type"),
    byText("--capacity-provider <name>", "capacityProvider", "of this capacity provider"),
    byText("--expression <query>", "expression", "that match, in ECS cluster query language"),
  ],
  shown:
    "id arn cluster { name } ec2InstanceId status statusSince agentConnected agentConnectedSince agentVersion availabilityZone instanceType " +
    "capacityProvider privateIpAddress registeredAt registeredResources { name value } remainingResources { name value }",
  full:
    "arn id cluster { arn name } ec2InstanceId status statusSince statusReason agentConnected agentConnectedSince " +
    "agentVersion dockerVersion availabilityZone instanceType capacityProvider privateIpAddress registeredAt version " +
    "registeredResources { name type value } remainingResources { name type value } attributes { name value }",
  columns: [
    idOf("ID", "id"),
    drop(1, cluster),
    wordIn("STATUS", "status"),
    wide(
      drop(
        6,
        ageOf("STATUS SINCE", (node) => text(node, "statusSince")),
      ),
    ),
    { title: "AGENT", value: agent, tone: toneOfWord },
    wide(
      drop(
        6,
        ageOf("AGENT SINCE", (node) => text(node, "agentConnectedSince")),
      ),
    ),
    drop(3, field("TYPE", "instanceType")),
    drop(4, field("ZONE", "availabilityZone")),
    drop(2, { ...field("EC2 INSTANCE", "ec2InstanceId"), id: true }),
    wide(drop(6, field("ADDRESS", "privateIpAddress"))),
    wide(drop(5, { title: "CPU LEFT", align: "right", value: (node) => share(node, "CPU") })),
    wide(drop(5, { title: "MEMORY LEFT", align: "right", value: (node) => share(node, "MEMORY") })),
    wide(drop(8, field("CAPACITY PROVIDER", "capacityProvider"))),
    wide(drop(7, field("AGENT VERSION", "agentVersion"))),
    ageOf("AGE", (node) => text(node, "registeredAt")),
  ],
  key: (node) => say(node, "arn"),
  handle: (node) => say(node, "id"),
  line: (node) => [
    say(node, "id"),
    say(node, "ec2InstanceId"),
    `in ${clusterOf(node)}`,
    say(node, "status"),
    `agent ${agent(node)}`,
  ],
};
