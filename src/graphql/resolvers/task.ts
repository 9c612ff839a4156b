// Task: one line a field, from the entity.
import { parseLaunchMark } from "../../daemon/daemon.ts";
import { arnId, clusterName, taskDefinitionFamily } from "../../ecs/arn.ts";
import type { Task } from "../../ecs/task.ts";
import type { ClusterView } from "../../changes/cluster-view.ts";
import type { TaskResolvers } from "../generated/schema-types.ts";
import { isoTime } from "../scalars.ts";
import { endpointsIn } from "./endpoint.ts";

/** The name of the daemon that started a task: from its definition, or from the group when that is gone. */
export function daemonOfTask(task: Task, view: ClusterView | undefined): { name: string } | null {
  const mark = parseLaunchMark(task.startedBy);
  if (!mark) return null;
  const name =
    view?.daemonWithId(mark.daemonId)?.name ?? /^daemon:(.+)$/.exec(task.group ?? "")?.[1];
  return name === undefined ? null : { name };
}

const instanceOf = (task: Task, view: ClusterView | undefined) =>
  task.containerInstanceArn ? view?.instances.get(arnId(task.containerInstanceArn)) : undefined;

export const taskResolvers: TaskResolvers = {
  id: ({ arn }) => arnId(arn),
  cluster: ({ clusterArn }) => ({ arn: clusterArn, name: clusterName(clusterArn) }),
  containerInstance: (task, _, { informer }) =>
    instanceOf(task, informer.views.get(task.clusterArn)) ?? null,
  family: ({ taskDefinitionArn }) => taskDefinitionFamily(taskDefinitionArn),
  createdAt: ({ createdAt }) => isoTime(createdAt),
  startedAt: ({ startedAt }) => isoTime(startedAt),
  stoppingAt: ({ stoppingAt }) => isoTime(stoppingAt),
  stoppedAt: ({ stoppedAt }) => isoTime(stoppedAt),
  daemon: (task, _, { informer }) => daemonOfTask(task, informer.views.get(task.clusterArn)),
  endpoints: (task, _, { informer }) => {
    const view = informer.views.get(task.clusterArn);
    return view ? endpointsIn(view, task) : [];
  },
  timeline: ({ timeline }) =>
    timeline.map(({ lastStatus, at }) => ({ lastStatus, at: isoTime(at) })),
};
