// Turns a change into one line for people. Pure; says nothing for changes that nobody would look up.
import type { Cluster, Daemon, Entities, EntityChange, Instance, Kind, Task } from "./model.ts";

/** How a line is coloured; its text says the same in words. */
export type Tone = "good" | "busy" | "bad" | "plain";

export interface FeedLine {
  /** Counts up from 1 and is never given twice. */
  readonly number: number;
  /** When it arrived here, ms since the epoch. */
  readonly atMs: number;
  readonly kind: Kind;
  readonly cluster: string;
  readonly name: string;
  readonly text: string;
  /** ARN of the entity, or for a daemon its cluster's ARN and name: what to open. */
  readonly key: string;
  readonly tone: Tone;
}

type Said = Pick<FeedLine, "name" | "text" | "tone"> | undefined;

export const shortId = (id: string): string => id.slice(0, 8);

export const instanceName = ({ ec2InstanceId, id }: Instance): string =>
  ec2InstanceId ?? shortId(id);

/** Tone of a task's status. */
export function taskTone({ lastStatus, desiredStatus }: Task): Tone {
  if (lastStatus === "RUNNING") return desiredStatus === "STOPPED" ? "busy" : "good";
  return lastStatus === "STOPPED" || lastStatus === "DELETED" ? "plain" : "busy";
}

/** Tone of a daemon's phase. */
export function phaseTone(phase: string): Tone {
  if (phase === "ACTIVE") return "good";
  if (phase === "STUCK" || phase === "FAILING") return "bad";
  return phase === "PAUSED" ? "plain" : "busy";
}

function ofTask(task: Task, before: Task | undefined, removed: boolean): Said {
  const name = `${task.family} ${shortId(task.id)}`;
  if (task.lastStatus === "STOPPED") {
    const why = task.stoppedReason ?? task.stopCode;
    return {
      name,
      text: why ? `STOPPED: ${why}` : "STOPPED",
      tone: task.endedBadly ? "bad" : "plain",
    };
  }
  if (removed) return { name, text: "is gone", tone: "plain" };
  if (before?.lastStatus !== task.lastStatus)
    return { name, text: task.lastStatus, tone: taskTone(task) };
  if (before.desiredStatus !== task.desiredStatus)
    return { name, text: `shall be ${task.desiredStatus}`, tone: "busy" };
  return undefined;
}

function ofInstance(instance: Instance, before: Instance | undefined, removed: boolean): Said {
  const name = instanceName(instance);
  if (removed || instance.status === "INACTIVE")
    return before && { name, text: removed ? "is gone" : "INACTIVE: deregistered", tone: "plain" };
  if (!before) return { name, text: `registered, ${instance.status}`, tone: "good" };
  if (before.status !== instance.status)
    return { name, text: instance.status, tone: instance.status === "ACTIVE" ? "good" : "busy" };
  if (before.agentConnected !== instance.agentConnected)
    return instance.agentConnected
      ? { name, text: "agent connected again", tone: "good" }
      : { name, text: "agent disconnected", tone: "bad" };
  return undefined;
}

function ofDaemon(daemon: Daemon, before: Daemon | undefined, removed: boolean): Said {
  const { name, revision, status } = daemon;
  if (removed) return { name, text: "deregistered", tone: "plain" };
  if (!before) return { name, text: `registered, revision ${revision}`, tone: "good" };
  if (before.revision !== revision) return { name, text: `revision ${revision}`, tone: "busy" };
  if (before.status.phase === status.phase) return undefined;
  const { phase, running, desired } = status;
  return { name, text: `${phase}, ${running} of ${desired} running`, tone: phaseTone(phase) };
}

function ofCluster({ name }: Cluster, before: Cluster | undefined, removed: boolean): Said {
  if (removed) return { name, text: "is gone", tone: "plain" };
  return before ? undefined : { name, text: "is tracked from now on", tone: "good" };
}

type Before = Entities[Kind] | undefined;

const asTask = (entity: Before) => (entity && "lastStatus" in entity ? entity : undefined);
const asInstance = (entity: Before) => (entity && "agentConnected" in entity ? entity : undefined);
const asDaemon = (entity: Before) => (entity && "paused" in entity ? entity : undefined);
const asCluster = (entity: Before) => (entity && "taskCounts" in entity ? entity : undefined);

function say(change: EntityChange, before: Before): Said {
  // They follow from their tasks, which are told of.
  if (change.kind === "endpoint") return undefined;
  const removed = change.type === "REMOVED";
  if (change.kind === "task") return ofTask(change.entity, asTask(before), removed);
  if (change.kind === "instance") return ofInstance(change.entity, asInstance(before), removed);
  if (change.kind === "daemon") return ofDaemon(change.entity, asDaemon(before), removed);
  return ofCluster(change.entity, asCluster(before), removed);
}

const keyOfEntity = (entity: Entities["task"] | Entities["instance"] | Entities["endpoint"]) =>
  "arn" in entity ? entity.arn : entity.id;

/** The line for a change, or none; `before` is what the page knew of the entity. */
export function feedLine(
  change: EntityChange,
  before: Before,
  number: number,
): FeedLine | undefined {
  const said = say(change, before);
  if (!said) return undefined;
  const { kind, atMs } = change;
  if (change.kind === "cluster") {
    const { arn, name: cluster } = change.entity;
    return { number, atMs, kind, cluster, key: arn, ...said };
  }
  const { cluster } = change.entity;
  const key =
    change.kind === "daemon" ? `${cluster.arn} ${change.entity.name}` : keyOfEntity(change.entity);
  return { number, atMs, kind, cluster: cluster.name, key, ...said };
}
