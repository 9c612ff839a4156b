// How tasks are listed and shown.
import { arnId } from "../../ecs/arn.ts";
import { listed } from "../asked.ts";
import type { AnswerOf, FilterName } from "../asked.ts";
import { toneOfWord } from "../style.ts";
import type { Tone } from "../style.ts";
import {
  ageOf,
  byText,
  cluster,
  clusterOf,
  drop,
  field,
  idOf,
  inCluster,
  wide,
  wordIn,
} from "./fields.ts";
import type { Resource } from "./resource.ts";

const statuses = [
  "PROVISIONING",
  "PENDING",
  "ACTIVATING",
  "RUNNING",
  "DEACTIVATING",
  "STOPPING",
  "DEPROVISIONING",
  "STOPPED",
  "DELETED",
];

export const taskShown = {
  id: true,
  arn: true,
  cluster: { name: true },
  taskDefinitionArn: true,
  containerInstanceArn: true,
  group: true,
  startedBy: true,
  launchType: true,
  availabilityZone: true,
  lastStatus: true,
  desiredStatus: true,
  healthStatus: true,
  stopCode: true,
  stoppedReason: true,
  createdAt: true,
  daemon: { name: true },
  containers: { name: true, healthStatus: true, exitCode: true },
} as const;
const shown = listed("tasks", taskShown);
type TaskNode = AnswerOf<typeof shown>;

export const taskFields = {
  arn: true,
  id: true,
  cluster: { arn: true, name: true },
  containerInstanceArn: true,
  taskDefinitionArn: true,
  family: true,
  group: true,
  startedBy: true,
  launchType: true,
  capacityProvider: true,
  availabilityZone: true,
  cpu: true,
  memory: true,
  lastStatus: true,
  desiredStatus: true,
  healthStatus: true,
  stopCode: true,
  stoppedReason: true,
  createdAt: true,
  startedAt: true,
  stoppingAt: true,
  stoppedAt: true,
  version: true,
  tags: { key: true, value: true },
  daemon: { name: true },
  containers: {
    arn: true,
    name: true,
    image: true,
    lastStatus: true,
    exitCode: true,
    reason: true,
    healthStatus: true,
    networkBindings: {
      bindIP: true,
      containerPort: true,
      hostPort: true,
      containerPortRange: true,
      hostPortRange: true,
      protocol: true,
    },
  },
  timeline: { lastStatus: true, at: true },
} as const;

/** Its health, and which of its containers it is bad by. */
function healthText({ healthStatus, containers }: TaskNode): string {
  const ill = containers.filter((each) => each.healthStatus === "UNHEALTHY");
  const names = ill.map(({ name }) => name).join(", ");
  return names === "" ? (healthStatus ?? "") : `UNHEALTHY: ${names}`;
}

const toneOfHealth = (text: string): Tone | undefined => toneOfWord(text.split(":", 1)[0] ?? "");

export const tasks: Resource<TaskNode, FilterName<"tasks">> = {
  name: "tasks",
  singular: "task",
  filters: [
    inCluster,
    {
      flags: "--status <status...>",
      argument: "lastStatus",
      description: "RUNNING, STOPPED, ...: any of these",
      kind: "list",
      words: statuses,
    },
    {
      ...byText("--desired-status <status>", "desiredStatus", "RUNNING or STOPPED"),
      words: ["RUNNING", "STOPPED"],
    },
    byText("--family <family>", "family", "of this family of task definitions"),
    byText("--group <group>", "group", "of this group, such as service:web"),
    byText("--started-by <text>", "startedBy", "started by exactly this"),
    byText(
      "--instance <instance>",
      "containerInstance",
      "on this container instance, by id or ARN",
    ),
    {
      ...byText("--launch-type <type>", "launchType", "EC2, FARGATE, EXTERNAL, MANAGED_INSTANCES"),
      words: ["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"],
    },
    {
      ...byText("--health <status>", "healthStatus", "HEALTHY, UNHEALTHY or UNKNOWN"),
      words: ["HEALTHY", "UNHEALTHY", "UNKNOWN"],
    },
    byText("--daemon <name>", "daemon", "started by this daemon"),
  ],
  shown,
  full: listed("tasks", taskFields),
  columns: [
    idOf("ID", ({ id }) => id),
    drop(2, cluster),
    { title: "TASK DEFINITION", value: (node) => arnId(node.taskDefinitionArn) },
    wordIn("STATUS", ({ lastStatus }) => lastStatus),
    drop(
      4,
      wordIn("DESIRED", ({ desiredStatus }) => desiredStatus),
    ),
    wide(drop(6, { title: "HEALTH", value: healthText, tone: toneOfHealth })),
    drop(
      3,
      idOf("INSTANCE", ({ containerInstanceArn }) => containerInstanceArn),
    ),
    wide(
      drop(
        7,
        field("DAEMON", ({ daemon }) => daemon?.name),
      ),
    ),
    wide(
      drop(
        9,
        field("GROUP", ({ group }) => group),
      ),
    ),
    wide(
      drop(
        10,
        field("LAUNCH", ({ launchType }) => launchType),
      ),
    ),
    wide(
      drop(
        8,
        field("ZONE", ({ availabilityZone }) => availabilityZone),
      ),
    ),
    wide(
      drop(
        5,
        field("STOPPED BECAUSE", ({ stoppedReason }) => stoppedReason),
      ),
    ),
    ageOf("AGE", ({ createdAt }) => createdAt),
  ],
  key: ({ arn }) => arn,
  handle: ({ id }) => id,
  line: (node) => [
    node.id,
    arnId(node.taskDefinitionArn),
    `in ${clusterOf(node)}`,
    node.lastStatus === node.desiredStatus
      ? node.lastStatus
      : `${node.lastStatus} (desired ${node.desiredStatus})`,
    node.containerInstanceArn ? `on ${arnId(node.containerInstanceArn)}` : "",
    node.stoppedReason ?? "",
  ],
};
