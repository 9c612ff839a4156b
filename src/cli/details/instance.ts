// The details of a container instance: what it is, what is left of it, what runs there and how daemons stand. Pure.
import { arnId } from "../../ecs/arn.ts";
import type { Filters } from "../../client/kinds.ts";
import { one } from "../asked.ts";
import type { AnswerOf } from "../asked.ts";
import { resources } from "../resources/all.ts";
import { agent } from "../resources/fields.ts";
import { instanceFields } from "../resources/instances.ts";
import { toneOfWord } from "../style.ts";
import { age } from "../table.ts";
import { factLines, moment, section } from "./layout.ts";
import type { Detail, Fact, View } from "./layout.ts";

const asked = one("containerInstance", {
  ...instanceFields,
  daemons: { name: true, state: true, reason: true, since: true },
  tasks: [
    { first: 100 },
    {
      totalCount: true,
      nodes: {
        arn: true,
        id: true,
        taskDefinitionArn: true,
        lastStatus: true,
        desiredStatus: true,
        createdAt: true,
        daemon: { name: true },
      },
    },
  ],
});
type InstanceNode = AnswerOf<typeof asked>;

function facts(instance: InstanceNode, now: number): readonly Fact[] {
  const capabilities = instance.attributes.filter(({ value }) => !value).length;
  return [
    ["Instance", instance.id],
    ["ARN", instance.arn],
    ["Cluster", instance.cluster.name],
    ["Status", instance.status, toneOfWord(instance.status)],
    ["Since", moment(instance.statusSince, now)],
    ["Because", instance.statusReason],
    ["Agent", agent(instance), toneOfWord(agent(instance))],
    ["Agent since", moment(instance.agentConnectedSince, now)],
    ["Agent version", instance.agentVersion],
    ["Docker", instance.dockerVersion],
    ["EC2 instance", instance.ec2InstanceId],
    ["Type", instance.instanceType],
    ["Zone", instance.availabilityZone],
    ["Address", instance.privateIpAddress],
    ["Capacity provider", instance.capacityProvider],
    ["Registered", moment(instance.registeredAt, now)],
    ["Version", instance.version],
    ["Capabilities", capabilities === 0 ? "" : `${capabilities} (-o json lists them)`],
  ];
}

function resourceRows(instance: InstanceNode): string[][] {
  const left = new Map(instance.remainingResources.map(({ name, value }) => [name, value]));
  return instance.registeredResources.map(({ name, type, value }) =>
    // Of ports ECS tells those that are taken, in both lists.
    type === "STRINGSET"
      ? [name, "", `taken: ${left.get(name) ?? value}`]
      : [name, value, left.get(name) ?? ""],
  );
}

function lines(instance: InstanceNode, view: View): string[] {
  const { nodes: shown, totalCount } = instance.tasks;
  const more = totalCount - shown.length;
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
      instance.daemons.map(({ name, state, since, reason }) => [
        name,
        state,
        age(since, view.now),
        reason,
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
        task.id,
        arnId(task.taskDefinitionArn),
        task.lastStatus,
        task.daemon?.name ?? "",
        age(task.createdAt, view.now),
      ]),
      view,
    ),
    ...section(
      "Attributes",
      [{ title: "NAME" }, { title: "VALUE" }],
      instance.attributes.flatMap(({ name, value }) => (value ? [[name, value]] : [])),
      view,
    ),
  ];
}

export const instanceDetail: Detail<InstanceNode> = {
  resource: resources.instances,
  asked,
  lines,
  triggers: ({ arn, cluster, ec2InstanceId }) => {
    const own = { cluster: cluster.arn, ec2InstanceId: ec2InstanceId ?? undefined };
    const tasks = { cluster: cluster.arn, containerInstance: arn };
    return [
      { resource: resources.instances, filter: own satisfies Filters["containerInstances"] },
      { resource: resources.tasks, filter: tasks satisfies Filters["tasks"] },
    ];
  },
};
