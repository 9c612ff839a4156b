// How container instances are listed and shown.
import { listed } from "../asked.ts";
import type { AnswerOf, FilterName } from "../asked.ts";
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
  share,
  wide,
  wordIn,
} from "./fields.ts";
import type { Resource } from "./resource.ts";

const shown = listed("containerInstances", {
  id: true,
  arn: true,
  cluster: { name: true },
  ec2InstanceId: true,
  status: true,
  statusSince: true,
  agentConnected: true,
  agentConnectedSince: true,
  agentVersion: true,
  availabilityZone: true,
  instanceType: true,
  capacityProvider: true,
  privateIpAddress: true,
  registeredAt: true,
  registeredResources: { name: true, value: true },
  remainingResources: { name: true, value: true },
});

export const instanceFields = {
  arn: true,
  id: true,
  cluster: { arn: true, name: true },
  ec2InstanceId: true,
  status: true,
  statusSince: true,
  statusReason: true,
  agentConnected: true,
  agentConnectedSince: true,
  agentVersion: true,
  dockerVersion: true,
  availabilityZone: true,
  instanceType: true,
  capacityProvider: true,
  privateIpAddress: true,
  registeredAt: true,
  version: true,
  registeredResources: { name: true, type: true, value: true },
  remainingResources: { name: true, type: true, value: true },
  attributes: { name: true, value: true },
} as const;

export const instances: Resource<AnswerOf<typeof shown>, FilterName<"containerInstances">> = {
  name: "instances",
  singular: "instance",
  filters: [
    inCluster,
    {
      ...byText("--status <status>", "status", "ACTIVE, DRAINING, INACTIVE, ..."),
      words: [
        "ACTIVE",
        "DRAINING",
        "INACTIVE",
        "REGISTERING",
        "REGISTRATION_FAILED",
        "DEREGISTERING",
      ],
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
  shown,
  full: listed("containerInstances", instanceFields),
  columns: [
    idOf("ID", ({ id }) => id),
    drop(1, cluster),
    wordIn("STATUS", ({ status }) => status),
    wide(
      drop(
        6,
        ageOf("STATUS SINCE", ({ statusSince }) => statusSince),
      ),
    ),
    { title: "AGENT", value: agent, tone: toneOfWord },
    wide(
      drop(
        6,
        ageOf("AGENT SINCE", ({ agentConnectedSince }) => agentConnectedSince),
      ),
    ),
    drop(
      3,
      field("TYPE", ({ instanceType }) => instanceType),
    ),
    drop(
      4,
      field("ZONE", ({ availabilityZone }) => availabilityZone),
    ),
    drop(2, { ...field("EC2 INSTANCE", ({ ec2InstanceId }) => ec2InstanceId), id: true }),
    wide(
      drop(
        6,
        field("ADDRESS", ({ privateIpAddress }) => privateIpAddress),
      ),
    ),
    wide(drop(5, { title: "CPU LEFT", align: "right", value: (node) => share(node, "CPU") })),
    wide(drop(5, { title: "MEMORY LEFT", align: "right", value: (node) => share(node, "MEMORY") })),
    wide(
      drop(
        8,
        field("CAPACITY PROVIDER", ({ capacityProvider }) => capacityProvider),
      ),
    ),
    wide(
      drop(
        7,
        field("AGENT VERSION", ({ agentVersion }) => agentVersion),
      ),
    ),
    ageOf("AGE", ({ registeredAt }) => registeredAt),
  ],
  key: (node) => node.arn,
  handle: (node) => node.id,
  line: (node) => [
    node.id,
    node.ec2InstanceId ?? "",
    `in ${clusterOf(node)}`,
    node.status,
    `agent ${agent(node)}`,
  ],
};
