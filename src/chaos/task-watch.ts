// The tasks of daemons as the simulated ECS itself tells of them, word by word and before any fault of the delivery:
// how many there are on each container instance, and which runs succeeded. Pure but for its subscription.
import { parseLaunchMark } from "../daemon/daemon.ts";
import { arnId } from "../ecs/arn.ts";
import { isObject, text } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { DaemonSpec } from "./daemon-specs.ts";

interface TaskSeen {
  readonly id: string;
  /** When ECS first told of it: it was started then. */
  readonly at: number;
  readonly instance: string;
  readonly startedBy: string;
  lastStatus: string;
  desiredStatus: string;
}

export interface TaskWatch {
  /** Takes one event of ECS, heard at this time. Returns what must never be; undefined when all is well. */
  take(body: string, at: number): string | undefined;
  /** Redis was killed at this time: what was started about then, nobody may remember. */
  redisCrashed(at: number): void;
  /** A run on this instance was asked for again: one more may succeed. */
  rerunAsked(daemon: string, instance: string): void;
  /** Whether a run on this instance has succeeded. */
  hasSucceeded(daemon: string, instance: string): boolean;
  /** `forgotten`: starts that were made again, because Redis lost the intent of the first. */
  counts(): { readonly started: number; readonly succeeded: number; readonly forgotten: number };
}

const groupPrefix = "daemon:";
/** An intent this old is in Redis's file, ms; one that was lost is not acted on once the lease is over. */
const intentsLostMs = { before: 2500, after: 3500 };

function exitedWell(detail: JsonObject): boolean {
  const containers = Array.isArray(detail["containers"]) ? detail["containers"] : [];
  return (
    text(detail, "stopCode") === "EssentialContainerExited" &&
    containers.every((container) => isObject(container) && container["exitCode"] === 0)
  );
}

/**
 * Whether these are more tasks of a daemon than may be on one instance: more than one, and while one replaces another
 * beside it, more than the new and the old one, one that is stopping left out.
 */
function tooMany({ mode, method }: DaemonSpec, tasks: readonly TaskSeen[]): boolean {
  const isSurge = mode === "ALWAYS" && method === "REPLACE_THEN_TERMINATE";
  if (!isSurge) return tasks.length > 1;
  const live = tasks.filter(({ desiredStatus }) => desiredStatus === "RUNNING");
  const templates = new Set(live.map(({ startedBy }) => parseLaunchMark(startedBy)?.template));
  return live.length > 2 || tasks.length > 3 || templates.size < live.length;
}

export function watchTasks(specs: readonly DaemonSpec[]): TaskWatch {
  const bySpec = new Map(specs.map((spec) => [spec.name, spec]));
  /** By daemon and instance: the tasks there that have not STOPPED. */
  const places = new Map<string, Map<string, TaskSeen>>();
  /** By daemon and instance: how many runs may succeed, and did. */
  const runs = new Map<string, { allowed: number; succeeded: number; forgotten: string[] }>();
  const known = new Set<string>();
  const crashes: number[] = [];
  let succeeded = 0;
  const forgotten = new Set<string>();

  /** Whether a crash of Redis may have lost the intent of what was started then. */
  const mayBeForgotten = (startedAt: number): boolean =>
    crashes.some(
      (at) => startedAt > at - intentsLostMs.before && startedAt < at + intentsLostMs.after,
    );

  const runsAt = (place: string) => {
    const at = runs.get(place) ?? { allowed: 1, succeeded: 0, forgotten: [] };
    runs.set(place, at);
    return at;
  };

  function problemAt(spec: DaemonSpec, tasks: ReadonlyMap<string, TaskSeen>): string | undefined {
    const all = [...tasks.values()];
    if (!tooMany(spec, all)) return undefined;
    const lost = all.filter((task) => mayBeForgotten(task.at));
    const remembered = all.filter((task) => !lost.includes(task));
    if (!tooMany(spec, remembered)) {
      for (const { id } of lost) forgotten.add(id);
      return undefined;
    }
    const each = all.map(
      (task) => `${task.id} ${task.lastStatus}/${task.desiredStatus} ${task.startedBy}`,
    );
    return `${all.length} tasks of daemon ${spec.name} on container instance ${all[0]?.instance}: ${each.join("; ")}`;
  }

  function ended(
    spec: DaemonSpec,
    place: string,
    task: TaskSeen,
    detail: JsonObject,
  ): string | undefined {
    if (spec.mode === "ALWAYS" || !exitedWell(detail)) return undefined;
    succeeded++;
    const at = runsAt(place);
    at.succeeded++;
    if (mayBeForgotten(task.at)) at.forgotten.push(task.id);
    if (at.succeeded > at.allowed && at.forgotten.length > 0) {
      forgotten.add(at.forgotten.pop() ?? "");
      at.allowed++;
    }
    return at.succeeded <= at.allowed
      ? undefined
      : `daemon ${spec.name} succeeded ${at.succeeded} times on container instance ${place.split(" ")[1]}, where ${at.allowed} was asked for; the last was task ${text(detail, "taskArn")}`;
  }

  return {
    take: (body, at) => {
      const event: unknown = JSON.parse(body);
      const detail = isObject(event) ? event["detail"] : undefined;
      if (!isObject(detail)) return undefined;
      const group = text(detail, "group") ?? "";
      const spec = bySpec.get(group.startsWith(groupPrefix) ? group.slice(groupPrefix.length) : "");
      const arn = text(detail, "taskArn");
      if (arn === undefined || !spec) return undefined;
      const instance = arnId(text(detail, "containerInstanceArn") ?? "");
      const place = `${spec.name} ${instance}`;
      const tasks = places.get(place) ?? new Map<string, TaskSeen>();
      places.set(place, tasks);
      const id = arnId(arn);
      known.add(id);
      const lastStatus = text(detail, "lastStatus") ?? "";
      const before = tasks.get(id);
      if (lastStatus === "STOPPED")
        return tasks.delete(id) && before ? ended(spec, place, before, detail) : undefined;
      const desiredStatus = text(detail, "desiredStatus") ?? "";
      const startedBy = text(detail, "startedBy") ?? "";
      tasks.set(id, { id, at: before?.at ?? at, instance, startedBy, lastStatus, desiredStatus });
      return problemAt(spec, tasks);
    },
    rerunAsked: (daemon, instance) => void runsAt(`${daemon} ${instance}`).allowed++,
    hasSucceeded: (daemon, instance) => (runs.get(`${daemon} ${instance}`)?.succeeded ?? 0) > 0,
    redisCrashed: (at) => void crashes.push(at),
    counts: () => ({ started: known.size, succeeded, forgotten: forgotten.size }),
  };
}
