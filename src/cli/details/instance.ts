// The details of a container instance: what it is, what is left of it, what runs there and how daemons stand. Pure.
import { arnId } from "../../ecs/arn.ts";
import { number, objects, text } from "../../ecs/json.ts";
import type { JsonObject } from "../../ecs/json.ts";
import { resources } from "../resources/all.ts";
import { agent, at, say } from "../resources/fields.ts";
import { toneOfWord } from "../style.ts";
import { age } from "../table.ts";
import { factLines, moment, section } from "./layout.ts";
import type { Detail, Fact, View } from "./layout.ts";

function facts(instance: JsonObject, now: number): readonly Fact[] {
  const attributes = objects(instance, "attributes");
  const capabilities = attributes.filter((each) => text(each, "value") === undefined).length;
  return [
    ["Instance", say(instance, "id")],
    ["ARN", say(instance, "arn")],
    ["Cluster", say(at(instance, "cluster"), "name")],
    ["Status", say(instance, "status"), toneOfWord(say(instance, "status"))],
    ["Since", moment(say(instance, "statusSince"), now)],
    ["Because", say(instance, "statusReason")],
    ["Agent", agent(instance), toneOfWord(agent(instance))],
    ["Agent since", moment(say(instance, "agentConnectedSince"), now)],
    ["Agent version", say(instance, "agentVersion")],
    ["Docker", say(instance, "dockerVersion")],
    ["EC2 instance", say(instance, "ec2InstanceId")],
    ["Type", say(instance, "instanceType")],
    ["Zone", say(instance, "availabilityZone")],
    ["Address", say(instance, "privateIpAddress")],
    ["Capacity provider", say(instance, "capacityProvider")],
    ["Registered", moment(say(instance, "registeredAt"), now)],
    ["Version", say(instance, "version")],
    ["Capabilities", capabilities === 0 ? "" : `${capabilities} (-o json lists them)`],
  ];
}

function resourceRows(instance: JsonObject): string[][] {
  const left = new Map(
    objects(instance, "remainingResources").map((each) => [say(each, "name"), say(each, "value")]),
  );
  return objects(instance, "registeredResources").map((each) => {
    const [name, value] = [say(each, "name"), say(each, "value")];
    // Of ports ECS tells those that are taken, in both lists.
    return say(each, "type") === "STRINGSET"
      ? [name, "", `taken: ${left.get(name) ?? value}`]
      : [name, value, left.get(name) ?? ""];
  });
}

function lines(instance: JsonObject, view: View): string[] {
  const tasks = at(instance, "tasks");
  const shown = objects(tasks, "nodes");
  const more = (number(tasks, "totalCount") ?? 0) - shown.length;
  return [
    ...factLines(facts(instance, view.now), view),
    ...section(
      "Resources",
      [{ title: "NAME" }, { title: "HAS", align: "right" }, { title: "LEFT", align: "right" }],
      resourceRows(instance),
      view,
    ),
    ...section(
      "Daemons",
      [
        { title: "NAME" },
        { title: "STATE", tone: toneOfWord },
        { title: "SINCE", align: "right" },
        { title: "WHY" },
      ],
      objects(instance, "daemons").map((each) => [
        say(each, "name"),
        say(each, "state"),
        age(text(each, "since"), view.now),
        say(each, "reason"),
      ]),
      view,
    ),
    ...section(
      `Tasks${more > 0 ? ` (${shown.length} of ${shown.length + more})` : ""}`,
      [
        { title: "ID", id: true },
        { title: "TASK DEFINITION" },
        { title: "STATUS", tone: toneOfWord },
        { title: "DAEMON", drop: 1 },
        { title: "AGE", align: "right" },
      ],
      shown.map((task) => [
        say(task, "id"),
        arnId(say(task, "taskDefinitionArn")),
        say(task, "lastStatus"),
        say(at(task, "daemon"), "name"),
        age(text(task, "createdAt"), view.now),
      ]),
      view,
    ),
    ...section(
      "Attributes",
      [{ title: "NAME" }, { title: "VALUE" }],
      objects(instance, "attributes").flatMap((each) => {
        const value = text(each, "value");
        return value === undefined ? [] : [[say(each, "name"), value]];
      }),
      view,
    ),
  ];
}

export const instanceDetail: Detail = {
  resource: resources.instances,
  document: `query($arn: ID!) {
    node: containerInstance(arn: $arn) {
      ${resources.instances.full}
      daemons { name state reason since }
      tasks(first: 100) {
        totalCount nodes { arn id taskDefinitionArn lastStatus desiredStatus createdAt daemon { name } }
      }
    }
  }`,
  lines,
  triggers: (instance) => {
    const cluster = say(at(instance, "cluster"), "arn");
    const ec2InstanceId = text(instance, "ec2InstanceId");
    return [
      {
        resource: resources.instances,
        filter: ec2InstanceId === undefined ? { cluster } : { cluster, ec2InstanceId },
      },
      { resource: resources.tasks, filter: { cluster, containerInstance: say(instance, "arn") } },
    ];
  },
};
