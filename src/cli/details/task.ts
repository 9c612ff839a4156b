// The details of a task: its life with the time that each phase took, its containers, where it can be reached, and why
// it ended. Pure.
import { arnId } from "../../ecs/arn.ts";
import type { Filters } from "../../client/kinds.ts";
import { one } from "../asked.ts";
import type { AnswerOf } from "../asked.ts";
import { resources } from "../resources/all.ts";
import { address, count, health } from "../resources/fields.ts";
import { taskFields } from "../resources/tasks.ts";
import { toneOfWord } from "../style.ts";
import { duration, factLines, moment, section } from "./layout.ts";
import type { Detail, Fact, View } from "./layout.ts";

const asked = one("task", {
  ...taskFields,
  containerInstance: { arn: true, id: true, ec2InstanceId: true, privateIpAddress: true },
  endpoints: {
    container: true,
    host: true,
    port: true,
    protocol: true,
    containerPort: true,
    healthy: true,
  },
});
type TaskNode = AnswerOf<typeof asked>;

function facts(task: TaskNode, now: number): readonly Fact[] {
  const { containerInstance: instance, lastStatus: last, desiredStatus: desired } = task;
  const place = [instance?.ec2InstanceId, instance?.privateIpAddress].filter(Boolean).join(", ");
  const instanceId = arnId(task.containerInstanceArn ?? "");
  return [
    ["Task", task.id],
    ["ARN", task.arn],
    ["Cluster", task.cluster.name],
    ["Status", last === desired ? last : `${last}, desired ${desired}`, toneOfWord(last)],
    ["Health", task.healthStatus, toneOfWord(task.healthStatus ?? "")],
    ["Stop code", task.stopCode, "bad"],
    ["Stopped because", task.stoppedReason, "bad"],
    ["Task definition", arnId(task.taskDefinitionArn)],
    ["Daemon", task.daemon?.name ?? null],
    ["Group", task.group],
    ["Started by", task.startedBy],
    ["Instance", instanceId === "" || place === "" ? instanceId : `${instanceId} (${place})`],
    ["Launch type", task.launchType],
    ["Capacity provider", task.capacityProvider],
    ["Zone", task.availabilityZone],
    ["CPU, memory", [task.cpu, task.memory].filter(Boolean).join(", ")],
    ["Created", moment(task.createdAt, now)],
    ["Version", task.version],
  ];
}

/** Each phase with how long it took; the last goes on, unless it is the end. */
function phases(task: TaskNode, now: number): string[][] {
  return task.timeline.map(({ lastStatus, at }, index, entries) => {
    const next = entries[index + 1];
    const took = duration((next ? Date.parse(next.at) : now) - Date.parse(at));
    const isOver = next !== undefined || lastStatus === "STOPPED" || lastStatus === "DELETED";
    return [lastStatus, at, next ? took : isOver ? "" : `${took} so far`];
  });
}

type Binding = TaskNode["containers"][number]["networkBindings"][number];

function binding({ bindIP, protocol, ...ports }: Binding): string {
  const host = ports.hostPortRange || count(ports.hostPort);
  const container = ports.containerPortRange || count(ports.containerPort);
  return `${bindIP ?? ""}:${host}->${container}/${protocol ?? ""}`;
}

/** An image without the registry that it comes from: what is left identifies it within an account. */
const imageName = (image: string): string => image.replace(/^[^/]*[.:][^/]*\//, "");

function lines(task: TaskNode, view: View): string[] {
  const containers = task.containers.map((each) => [
    each.name,
    each.lastStatus ?? "",
    count(each.exitCode),
    each.healthStatus ?? "",
    imageName(each.image ?? ""),
    each.networkBindings.map(binding).join(" "),
    each.reason ?? "",
  ]);
  const endpoints = task.endpoints.map((each) => [
    `${address(each)}/${each.protocol}`,
    `${each.container}:${each.containerPort}`,
    health(each),
  ]);
  const isBadExit = (code: string) => (code !== "" && code !== "0" ? "bad" : undefined);
  return [
    ...factLines(facts(task, view.now), view),
    ...section(
      "Timeline",
      [
        { title: "STATUS", tone: toneOfWord },
        { title: "SINCE" },
        { title: "TOOK", align: "right" },
      ],
      phases(task, view.now),
      view,
    ),
    ...section(
      "Containers",
      [
        { title: "NAME" },
        { title: "STATUS", tone: toneOfWord },
        { title: "EXIT", align: "right", tone: isBadExit },
        { title: "HEALTH", tone: toneOfWord, drop: 2 },
        { title: "IMAGE", drop: 3 },
        { title: "BINDINGS", drop: 1 },
        { title: "REASON", tone: () => "bad" },
      ],
      containers,
      view,
    ),
    ...section(
      "Endpoints",
      [{ title: "ADDRESS" }, { title: "CONTAINER" }, { title: "HEALTH", tone: toneOfWord }],
      endpoints,
      view,
    ),
    ...section(
      "Tags",
      [{ title: "KEY" }, { title: "VALUE" }],
      task.tags.map(({ key, value }) => [key, value ?? ""]),
      view,
    ),
  ];
}

export const taskDetail: Detail<TaskNode> = {
  resource: resources.tasks,
  asked,
  lines,
  triggers: ({ cluster, containerInstanceArn, family }) => {
    const narrow = containerInstanceArn ? { containerInstance: containerInstanceArn } : { family };
    const filter = { cluster: cluster.arn, ...narrow } satisfies Filters["tasks"];
    return [{ resource: resources.tasks, filter }];
  },
};
