// The details of a task: its life with the time that each phase took, its containers, where it can be reached, and why
// it ended. Pure.
import { arnId } from "../../ecs/arn.ts";
import { number, objects, text } from "../../ecs/json.ts";
import type { JsonObject } from "../../ecs/json.ts";
import { resources } from "../resources/all.ts";
import { address, at, count, health, say } from "../resources/fields.ts";
import { toneOfWord } from "../style.ts";
import { duration, factLines, moment, section } from "./layout.ts";
import type { Detail, Fact, View } from "./layout.ts";

function facts(task: JsonObject, now: number): readonly Fact[] {
  const instance = at(task, "containerInstance");
  const [last, desired] = [say(task, "lastStatus"), say(task, "desiredStatus")];
  const where = [say(instance, "ec2InstanceId"), say(instance, "privateIpAddress")];
  const place = where.filter((each) => each !== "").join(", ");
  const instanceId = arnId(say(task, "containerInstanceArn"));
  return [
    ["Task", say(task, "id")],
    ["ARN", say(task, "arn")],
    ["Cluster", say(at(task, "cluster"), "name")],
    ["Status", last === desired ? last : `${last}, desired ${desired}`, toneOfWord(last)],
    ["Health", say(task, "healthStatus"), toneOfWord(say(task, "healthStatus"))],
    ["Stop code", say(task, "stopCode"), "bad"],
    ["Stopped because", say(task, "stoppedReason"), "bad"],
    ["Task definition", arnId(say(task, "taskDefinitionArn"))],
    ["Daemon", say(at(task, "daemon"), "name")],
    ["Group", say(task, "group")],
    ["Started by", say(task, "startedBy")],
    ["Instance", instanceId === "" || place === "" ? instanceId : `${instanceId} (${place})`],
    ["Launch type", say(task, "launchType")],
    ["Capacity provider", say(task, "capacityProvider")],
    ["Zone", say(task, "availabilityZone")],
    [
      "CPU, memory",
      [say(task, "cpu"), say(task, "memory")].filter((each) => each !== "").join(", "),
    ],
    ["Created", moment(say(task, "createdAt"), now)],
    ["Version", say(task, "version")],
  ];
}

/** Each phase with how long it took; the last goes on, unless it is the end. */
function phases(task: JsonObject, now: number): string[][] {
  const entries = objects(task, "timeline");
  return entries.map((entry, index) => {
    const next = entries[index + 1];
    const status = say(entry, "lastStatus");
    const begun = Date.parse(say(entry, "at"));
    const took = duration((next ? Date.parse(say(next, "at")) : now) - begun);
    const isOver = next !== undefined || status === "STOPPED" || status === "DELETED";
    return [status, say(entry, "at"), next ? took : isOver ? "" : `${took} so far`];
  });
}

function binding(each: JsonObject): string {
  const [host, container] = [
    text(each, "hostPortRange") ?? count(each, "hostPort"),
    text(each, "containerPortRange") ?? count(each, "containerPort"),
  ];
  return `${say(each, "bindIP")}:${host}->${container}/${say(each, "protocol")}`;
}

/** An image without the registry that it comes from: what is left identifies it within an account. */
const imageName = (image: string): string => image.replace(/^[^/]*[.:][^/]*\//, "");

function lines(task: JsonObject, view: View): string[] {
  const containers = objects(task, "containers").map((each) => [
    say(each, "name"),
    say(each, "lastStatus"),
    String(number(each, "exitCode") ?? ""),
    say(each, "healthStatus"),
    imageName(say(each, "image")),
    objects(each, "networkBindings").map(binding).join(" "),
    say(each, "reason"),
  ]);
  const endpoints = objects(task, "endpoints").map((each) => [
    `${address(each)}/${say(each, "protocol")}`,
    `${say(each, "container")}:${count(each, "containerPort")}`,
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
      objects(task, "tags").map((each) => [say(each, "key"), say(each, "value")]),
      view,
    ),
  ];
}

export const taskDetail: Detail = {
  resource: resources.tasks,
  document: `query($arn: ID!) {
    node: task(arn: $arn) {
      ${resources.tasks.full}
      containerInstance { arn id ec2InstanceId privateIpAddress }
      endpoints { container host port protocol containerPort healthy }
    }
  }`,
  lines,
  triggers: (task) => {
    const containerInstance = text(task, "containerInstanceArn");
    const narrow = containerInstance ? { containerInstance } : { family: say(task, "family") };
    const filter = { cluster: say(at(task, "cluster"), "arn"), ...narrow };
    return [{ resource: resources.tasks, filter }];
  },
};
