// How tasks are listed and shown.
import { arnId } from "../../ecs/arn.ts";
import { objects, text } from "../../ecs/json.ts";
import type { JsonObject } from "../../ecs/json.ts";
import { toneOfWord } from "../style.ts";
import type { Tone } from "../style.ts";
import {
  ageOf,
  at,
  byText,
  cluster,
  clusterOf,
  drop,
  field,
  idOf,
  inCluster,
  say,
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
];

/** Its health, and which of its containers it is bad by. */
function healthText(node: JsonObject): string {
  const ill = objects(node, "containers").filter((each) => each["healthStatus"] === "UNHEALTHY");
  const names = ill.map((each) => say(each, "name")).join(", ");
  return names === "" ? say(node, "healthStatus") : `UNHEALTHY: ${names}`;
}

const toneOfHealth = (text: string): Tone | undefined => toneOfWord(text.split(":", 1)[0] ?? "");

export const tasks: Resource = {
  name: "tasks",
  singular: "task",
  query: "tasks",
  subscription: "taskChanges",
  entity: "task",
  filterType: "TaskFilter",
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
  shown:
    "id arn cluster { name } taskDefinitionArn containerInstanceArn group startedBy launchType availabilityZone " +
    "lastStatus desiredStatus healthStatus stopCode stoppedReason createdAt daemon { name } " +
    "containers { name healthStatus }",
  full:
    "arn id cluster { arn name } containerInstanceArn taskDefinitionArn family group startedBy launchType " +
    "capacityProvider availabilityZone cpu memory lastStatus desiredStatus healthStatus stopCode stoppedReason " +
    "createdAt startedAt stoppingAt stoppedAt version tags { key value } daemon { name } " +
    "containers { arn name image lastStatus exitCode reason healthStatus " +
    "networkBindings { bindIP containerPort hostPort containerPortRange hostPortRange protocol } } " +
    "timeline { lastStatus at }",
  columns: [
    idOf("ID", "id"),
    drop(2, cluster),
    { title: "TASK DEFINITION", value: (node) => arnId(say(node, "taskDefinitionArn")) },
    wordIn("STATUS", "lastStatus"),
    drop(4, wordIn("DESIRED", "desiredStatus")),
    wide(drop(6, { title: "HEALTH", value: healthText, tone: toneOfHealth })),
    drop(3, idOf("INSTANCE", "containerInstanceArn")),
    wide(drop(7, { title: "DAEMON", value: (node) => say(at(node, "daemon"), "name") })),
    wide(drop(9, field("GROUP", "group"))),
    wide(drop(10, field("LAUNCH", "launchType"))),
    wide(drop(8, field("ZONE", "availabilityZone"))),
    wide(drop(5, field("STOPPED BECAUSE", "stoppedReason"))),
    ageOf("AGE", (node) => text(node, "createdAt")),
  ],
  key: (node) => say(node, "arn"),
  handle: (node) => say(node, "id"),
  line: (node) => [
    say(node, "id"),
    arnId(say(node, "taskDefinitionArn")),
    `in ${clusterOf(node)}`,
    say(node, "lastStatus") === say(node, "desiredStatus")
      ? say(node, "lastStatus")
      : `${say(node, "lastStatus")} (desired ${say(node, "desiredStatus")})`,
    text(node, "containerInstanceArn") ? `on ${arnId(say(node, "containerInstanceArn"))}` : "",
    say(node, "stoppedReason"),
  ],
};
