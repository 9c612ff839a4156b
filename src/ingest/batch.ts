// Sorts a batch of messages into what to store, what to delete and what to reject. Pure.
import type { ClusterArn, TaskDefinitionArn } from "../ecs/arn.ts";
import { clusterName } from "../ecs/arn.ts";
import type { ClusterEvent } from "../ecs/cluster.ts";
import type { Departure } from "../ecs/departure.ts";
import { readMessage } from "../ecs/event.ts";
import type { EcsEvent } from "../ecs/event.ts";
import { isStopped } from "../ecs/task.ts";
import type { Message } from "../sqs/queue.ts";
import { observeContainerInstance, observeTask } from "../store/record.ts";
import type { Observation } from "../store/record.ts";

/** What a batch says about one cluster. */
export interface ClusterBatch {
  readonly observations: Observation[];
  readonly events: ClusterEvent[];
  /** EC2 ids of the container instances in it, by container instance id. */
  readonly ec2InstanceIds: Map<string, string>;
  /** Task definitions of the tasks in it that have not stopped. */
  readonly taskDefinitions: Set<TaskDefinitionArn>;
  /** Newest event time and largest lag of the batch, ms. */
  lastEventAt: number | undefined;
  lagMs: number | undefined;
}

export interface SortedBatch {
  readonly clusters: ReadonlyMap<ClusterArn, ClusterBatch>;
  /** EC2 instances that are about to go; their messages name no cluster. */
  readonly departures: readonly Departure[];
  readonly ignored: readonly { readonly message: Message; readonly reason: string }[];
  readonly rejected: readonly { readonly message: Message; readonly reason: string }[];
}

/** Whether a cluster is tracked: every one, or those that the settings name, by name or ARN. */
export type Tracks = (cluster: ClusterArn) => boolean;

export function trackOnly(clusters: readonly string[]): Tracks {
  if (clusters.length === 0) return () => true;
  const wanted = new Set(clusters);
  return (cluster) => wanted.has(cluster) || wanted.has(clusterName(cluster));
}

export function sortBatch(messages: readonly Message[], tracks: Tracks, now: number): SortedBatch {
  const clusters = new Map<ClusterArn, ClusterBatch>();
  const departures: Departure[] = [];
  const ignored: { message: Message; reason: string }[] = [];
  const rejected: { message: Message; reason: string }[] = [];
  for (const message of messages) {
    for (const event of readMessage(message.body)) {
      if (event.outcome === "ignored") ignored.push({ message, reason: event.reason });
      else if (event.outcome === "rejected") rejected.push({ message, reason: event.reason });
      else if (event.outcome === "departure") departures.push(event.departure);
      else if (!tracks(clusterOf(event)))
        ignored.push({ message, reason: `cluster ${clusterOf(event)} is not tracked` });
      else add(clusters, event, message, now);
    }
  }
  return { clusters, departures, ignored, rejected };
}

type Tracked = Exclude<EcsEvent, { outcome: "ignored" | "rejected" | "departure" }>;

function clusterOf(event: Tracked): ClusterArn {
  if (event.outcome === "task") return event.task.clusterArn;
  if (event.outcome === "containerInstance") return event.containerInstance.clusterArn;
  return event.event.clusterArn;
}

function add(
  clusters: Map<ClusterArn, ClusterBatch>,
  event: Tracked,
  message: Message,
  now: number,
): void {
  const cluster = clusterOf(event);
  const batch: ClusterBatch = clusters.get(cluster) ?? {
    observations: [],
    events: [],
    ec2InstanceIds: new Map(),
    taskDefinitions: new Set(),
    lastEventAt: undefined,
    lagMs: undefined,
  };
  clusters.set(cluster, batch);
  if (event.outcome === "clusterEvent") {
    batch.events.push(event.event);
    return;
  }
  if (event.outcome === "task") {
    const { task } = event;
    batch.observations.push(observeTask(task, "event", now));
    if (!isStopped(task) && task.taskDefinitionArn !== "")
      batch.taskDefinitions.add(task.taskDefinitionArn);
  } else {
    const instance = event.containerInstance;
    const observation = observeContainerInstance(instance, "event");
    batch.observations.push(observation);
    if (instance.ec2InstanceId) batch.ec2InstanceIds.set(observation.id, instance.ec2InstanceId);
  }
  if (event.at !== undefined) batch.lastEventAt = Math.max(batch.lastEventAt ?? 0, event.at);
  if (message.sentAt !== undefined) batch.lagMs = Math.max(batch.lagMs ?? 0, now - message.sentAt);
}
