// Following tasks and container instances: every entry of the log that is about one is a step of it.
import type { GraphQLSchema } from "graphql";
import type { Change, Tracked } from "../../changes/change.ts";
import type { ClusterView } from "../../changes/cluster-view.ts";
import { daemonId, parseLaunchMark } from "../../daemon/daemon.ts";
import { arnId, taskDefinitionFamily } from "../../ecs/arn.ts";
import { parseClusterQuery, queryMentions } from "../../ecs/cluster-query.ts";
import { attributeValue } from "../../ecs/container-instance.ts";
import type { ContainerInstance } from "../../ecs/container-instance.ts";
import type { Task } from "../../ecs/task.ts";
import type {
  SubscriptionContainerInstanceChangesArgs,
  SubscriptionTaskChangesArgs,
  TaskFilter,
} from "../generated/schema-types.ts";
import { endpointsIn } from "../resolvers/endpoint.ts";
import { instanceMatcher, taskMatcher } from "../select.ts";
import { createComparison, settled } from "./paths.ts";
import { stepsWithTaskGroups } from "./task-groups.ts";
import { logSteps } from "./topic.ts";
import type { Step, Topic } from "./topic.ts";

/** Entries of one kind of entity, as steps. */
function stepsOf<Entity extends Tracked>(
  asEntity: (entity: Tracked | undefined) => Entity | undefined,
  compare: (before: Entity, after: Entity, view: ClusterView) => readonly string[],
): (change: Change, view: ClusterView) => readonly Step<Entity>[] {
  return (change, view) => {
    const before = asEntity(change.before);
    const after = asEntity(change.after);
    if (!before && !after) return [];
    return [{ before, after, changed: before && after ? compare(before, after, view) : [] }];
  };
}

export const asTask = (entity: Tracked | undefined): Task | undefined =>
  entity?.kind === "task" ? entity : undefined;

export const asInstance = (entity: Tracked | undefined): ContainerInstance | undefined =>
  entity?.kind === "containerInstance" ? entity : undefined;

/** The paths of a task that each member of a filter looks at; its cluster never changes. */
const taskFilterReads: Readonly<Record<Exclude<keyof TaskFilter, "cluster">, string>> = {
  lastStatus: "lastStatus",
  desiredStatus: "desiredStatus",
  startedBy: "startedBy",
  family: "family",
  group: "group",
  containerInstance: "containerInstanceArn",
  launchType: "launchType",
  healthStatus: "healthStatus",
  daemon: "startedBy",
};

/** Paths of those members of a filter that are given. */
function readsOf(filter: object | null | undefined, reads: Readonly<Record<string, string>>) {
  return Object.entries(filter ?? {}).flatMap(([name, value]) =>
    value === null || value === undefined || reads[name] === undefined ? [] : [reads[name]],
  );
}

export function taskTopic(schema: GraphQLSchema): Topic<Task, SubscriptionTaskChangesArgs> {
  const { compare } = createComparison<Task, ClusterView>(schema, "Task", {
    id: settled,
    cluster: settled,
    // Which instance, not what it is like: containerInstanceChanges tells that.
    containerInstance: ({ containerInstanceArn }) => containerInstanceArn,
    family: ({ taskDefinitionArn }) => taskDefinitionFamily(taskDefinitionArn),
    daemon: ({ startedBy }) => parseLaunchMark(startedBy)?.daemonId,
    endpoints: (task, view) => endpointsIn(view, task),
  });
  const stepOf = stepsOf(asTask, compare);
  return {
    entityField: "task",
    clusterOf: ({ filter }) => filter?.cluster,
    interest: ({ filter }) => ({
      matches: taskMatcher(filter),
      reads: readsOf(filter, taskFilterReads),
      keyIn: (view) => taskKey(filter, view),
    }),
    present: (view) => view.tasks.values(),
    keysOf: taskKeys,
    node: (task) => task,
    replay: (changes, view) => logSteps(changes, (change) => stepOf(change, view)),
  };
}

/** The key of the member that few tasks share. */
function taskKey(filter: TaskFilter | null | undefined, view: ClusterView): string | undefined {
  if (filter?.containerInstance != null) return `instance ${arnId(filter.containerInstance)}`;
  if (filter?.daemon != null) return `daemon ${daemonId(view.arn, filter.daemon)}`;
  if (filter?.startedBy != null) return `startedBy ${filter.startedBy}`;
  if (filter?.family != null) return `family ${filter.family}`;
  return filter?.group != null ? `group ${filter.group}` : undefined;
}

export function taskKeys(task: Task): string[] {
  const { containerInstanceArn, startedBy, group } = task;
  const keys = [`family ${taskDefinitionFamily(task.taskDefinitionArn)}`];
  if (containerInstanceArn !== undefined) keys.push(`instance ${arnId(containerInstanceArn)}`);
  if (group !== undefined) keys.push(`group ${group}`);
  if (startedBy !== undefined) {
    keys.push(`startedBy ${startedBy}`);
    const mark = parseLaunchMark(startedBy);
    if (mark) keys.push(`daemon ${mark.daemonId}`);
  }
  return keys;
}

const instanceFilterReads: Readonly<Record<string, string>> = {
  status: "status",
  agentConnected: "agentConnected",
  ec2InstanceId: "ec2InstanceId",
  availabilityZone: "availabilityZone",
  instanceType: "instanceType",
  capacityProvider: "capacityProvider",
};

/** Paths that an expression looks at: `attribute:stack` is among the attributes, the rest are fields. */
function expressionReads(expression: string | null | undefined): string[] {
  const parsed = parseClusterQuery(expression ?? "");
  if (!parsed.ok) return [];
  return [...queryMentions(parsed.query)].flatMap((subject) =>
    subject.startsWith("attribute:") ? ["attributes", "attributes.value"] : [subject],
  );
}

const zoneOf = (instance: ContainerInstance) => attributeValue(instance, "ecs.availability-zone");
const typeOf = (instance: ContainerInstance) => attributeValue(instance, "ecs.instance-type");

export function instanceTopic(
  schema: GraphQLSchema,
): Topic<ContainerInstance, SubscriptionContainerInstanceChangesArgs> {
  const { compare } = createComparison<ContainerInstance, ClusterView>(
    schema,
    "ContainerInstance",
    {
      id: settled,
      cluster: settled,
      availabilityZone: zoneOf,
      instanceType: typeOf,
      tasks: settled, // taskChanges tells
      daemons: settled, // daemonChanges tells
    },
  );
  const stepOf = stepsOf(asInstance, compare);
  /** Whether anybody ever asked by the tasks that are there: until then, their changes are nothing to instances. */
  let followsTaskGroups = false;
  return {
    entityField: "containerInstance",
    clusterOf: ({ filter }) => filter?.cluster,
    interest: ({ filter }) => {
      const inExpression = expressionReads(filter?.expression);
      followsTaskGroups ||= inExpression.includes("task:group");
      return {
        matches: instanceMatcher(filter),
        reads: [...readsOf(filter, instanceFilterReads), ...inExpression],
        keyIn: () => {
          if (filter?.ec2InstanceId != null) return `ec2 ${filter.ec2InstanceId}`;
          if (filter?.instanceType != null) return `type ${filter.instanceType}`;
          return filter?.availabilityZone != null ? `zone ${filter.availabilityZone}` : undefined;
        },
      };
    },
    present: (view) => view.instances.values(),
    keysOf: (instance) => [
      `ec2 ${instance.ec2InstanceId}`,
      `type ${typeOf(instance)}`,
      `zone ${zoneOf(instance)}`,
    ],
    node: (instance) => instance,
    replay: (changes, view, resumption) => {
      if (!followsTaskGroups) return logSteps(changes, (change) => stepOf(change, view));
      const { later = [], seq: end = Infinity } = resumption ?? {};
      const steps = stepsWithTaskGroups([...changes, ...later], view, stepOf);
      return steps.filter(({ seq }) => seq <= end);
    },
  };
}
