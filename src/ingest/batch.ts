// Sorts a batch of messages into what to store, what to delete and what to reject. Pure.
import type { ClusterArn, TaskDefinitionArn } from "../ecs/arn.ts";
import { clusterName } from "../ecs/arn.ts";
import type { ClusterEvent } from "../ecs/cluster.ts";
import type { Departure } from "../ecs/departure.ts";
import { readMessage } from "../ecs/event.ts";
import type { EcsEvent, IgnoredKind } from "../ecs/event.ts";
import { isStopped } from "../ecs/task.ts";
import type { Message } from "../sqs/queue.ts";
import { observeContainerInstance, observeTask } from "../store/record.ts";
import type { Observation } from "../store/record.ts";

/** What a batch says about one cluster. */
export interface ClusterBatch {
  readonly observations: Observation[];
  /** The message that each observation is of. */
  readonly messages: Message[];
  readonly events: ClusterEvent[];
  /** All messages that say something about it. */
  readonly sources: Set<Message>;
  /** EC2 ids of the container instances in it, by container instance id. */
  readonly ec2InstanceIds: Map<string, string>;
  /** Task definitions of the tasks in it that have not stopped. */
  readonly taskDefinitions: Set<TaskDefinitionArn>;
  /** Newest and oldest event time, ms since the epoch. */
  lastEventAt: number | undefined;
  oldestEventAt: number | undefined;
  /** When SQS took in its messages, where that is told, ms since the epoch. */
  readonly sentAt: number[];
}

export interface Ignored {
  readonly message: Message;
  readonly kind: IgnoredKind;
  readonly reason: string;
}

export interface Rejected {
  readonly message: Message;
  readonly reason: string;
  /** The bug of ours that it brought to light; absent when the message itself is what is wrong. */
  readonly bug?: unknown;
}

export interface SortedBatch {
  readonly clusters: ReadonlyMap<ClusterArn, ClusterBatch>;
  /** EC2 instances that are about to go; their messages name no cluster. */
  readonly departures: readonly { readonly message: Message; readonly departure: Departure }[];
  readonly ignored: readonly Ignored[];
  readonly rejected: readonly Rejected[];
}

/** Whether a cluster is tracked: every one, or those that the settings name, by name or ARN. */
export type Tracks = (cluster: ClusterArn) => boolean;

export function trackOnly(clusters: readonly string[]): Tracks {
  if (clusters.length === 0) return () => true;
  const wanted = new Set(clusters);
  return (cluster) => wanted.has(cluster) || wanted.has(clusterName(cluster));
}

/** Never throws: a message that brings a bug to light is rejected like one that nobody can read. */
export function sortBatch(messages: readonly Message[], tracks: Tracks, now: number): SortedBatch {
  const clusters = new Map<ClusterArn, ClusterBatch>();
  const departures: { message: Message; departure: Departure }[] = [];
  const ignored: Ignored[] = [];
  const rejected: Rejected[] = [];
  for (const message of messages) {
    try {
      for (const event of readMessage(message.body)) {
        if (event.outcome === "ignored")
          ignored.push({ message, kind: event.kind, reason: event.reason });
        else if (event.outcome === "rejected") rejected.push({ message, reason: event.reason });
        else if (event.outcome === "departure")
          departures.push({ message, departure: event.departure });
        else if (!tracks(clusterOf(event))) {
          const reason = `cluster ${clusterOf(event)} is not tracked`;
          ignored.push({ message, kind: "untracked cluster", reason });
        } else add(clusters, event, message, now);
      }
    } catch (bug) {
      rejected.push({ message, reason: `Longshore failed to read it: ${String(bug)}`, bug });
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

function batchOf(clusters: Map<ClusterArn, ClusterBatch>, cluster: ClusterArn): ClusterBatch {
  const known = clusters.get(cluster);
  if (known) return known;
  const batch: ClusterBatch = {
    observations: [],
    messages: [],
    events: [],
    sources: new Set(),
    ec2InstanceIds: new Map(),
    taskDefinitions: new Set(),
    lastEventAt: undefined,
    oldestEventAt: undefined,
    sentAt: [],
  };
  clusters.set(cluster, batch);
  return batch;
}

function add(
  clusters: Map<ClusterArn, ClusterBatch>,
  event: Tracked,
  message: Message,
  now: number,
): void {
  const batch = batchOf(clusters, clusterOf(event));
  batch.sources.add(message);
  let { at } = event.outcome === "clusterEvent" ? event.event : event;
  if (event.outcome === "task") {
    const { task } = event;
    const saidAt = event.replayedAt ?? message.sentAt;
    batch.messages.push(message);
    batch.observations.push(observeTask(task, "event", now, saidAt));
    if (!isStopped(task) && task.taskDefinitionArn !== "")
      batch.taskDefinitions.add(task.taskDefinitionArn);
  } else if (event.outcome === "containerInstance") {
    const instance = event.containerInstance;
    const saidAt = event.replayedAt ?? message.sentAt;
    const observation = observeContainerInstance(instance, "event", saidAt);
    batch.messages.push(message);
    batch.observations.push(observation);
    if (instance.ec2InstanceId) batch.ec2InstanceIds.set(observation.id, instance.ec2InstanceId);
  } else {
    // The same for every delivery of a message, so that a repeat keeps its place in the history.
    at ||= message.sentAt ?? now;
    batch.events.push({ ...event.event, at });
  }
  if (at !== undefined) {
    batch.lastEventAt = Math.max(batch.lastEventAt ?? at, at);
    batch.oldestEventAt = Math.min(batch.oldestEventAt ?? at, at);
  }
  if (message.sentAt !== undefined) batch.sentAt.push(message.sentAt);
}
