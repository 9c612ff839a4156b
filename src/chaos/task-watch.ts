// The tasks of daemons as the simulated ECS itself tells of them, word by word and before any fault of the delivery:
// how many there are on each container instance, and which runs succeeded. Pure but for its subscription.
import { parseLaunchMark } from "../daemon/daemon.ts";
import { arnId } from "../ecs/arn.ts";
import { isObject, text } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { DaemonSpec } from "./daemon-specs.ts";

interface TaskSeen {
  readonly id: string;
  readonly instance: string;
  readonly startedBy: string;
  lastStatus: string;
  desiredStatus: string;
}

export interface TaskWatch {
  /** Takes one event of ECS. Returns what must never be; undefined when all is well. */
  take(body: string): string | undefined;
  /** A run on this instance was asked for again: one more may succeed. */
  rerunAsked(daemon: string, instance: string): void;
  /** Whether a run on this instance has succeeded. */
  hasSucceeded(daemon: string, instance: string): boolean;
  counts(): { readonly started: number; readonly succeeded: number };
}

const groupPrefix = "daemon:";

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
  const runs = new Map<string, { allowed: number; succeeded: number }>();
  const known = new Set<string>();
  let succeeded = 0;

  const runsAt = (place: string) => {
    const at = runs.get(place) ?? { allowed: 1, succeeded: 0 };
    runs.set(place, at);
    return at;
  };

  function problemAt(spec: DaemonSpec, tasks: ReadonlyMap<string, TaskSeen>): string | undefined {
    const all = [...tasks.values()];
    if (!tooMany(spec, all)) return undefined;
    const each = all.map(
      (task) => `${task.id} ${task.lastStatus}/${task.desiredStatus} ${task.startedBy}`,
    );
    return `${all.length} tasks of daemon ${spec.name} on container instance ${all[0]?.instance}: ${each.join("; ")}`;
  }

  function ended(spec: DaemonSpec, place: string, detail: JsonObject): string | undefined {
    if (spec.mode === "ALWAYS" || !exitedWell(detail)) return undefined;
    succeeded++;
    const at = runsAt(place);
    at.succeeded++;
    return at.succeeded <= at.allowed
      ? undefined
      : `daemon ${spec.name} succeeded ${at.succeeded} times on container instance ${place.split(" ")[1]}, where ${at.allowed} was asked for; the last was task ${text(detail, "taskArn")}`;
  }

  return {
    take: (body) => {
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
      if (lastStatus === "STOPPED")
        return tasks.delete(id) ? ended(spec, place, detail) : undefined;
      const desiredStatus = text(detail, "desiredStatus") ?? "";
      const startedBy = text(detail, "startedBy") ?? "";
      tasks.set(id, { id, instance, startedBy, lastStatus, desiredStatus });
      return problemAt(spec, tasks);
    },
    rerunAsked: (daemon, instance) => void runsAt(`${daemon} ${instance}`).allowed++,
    hasSucceeded: (daemon, instance) => (runs.get(`${daemon} ${instance}`)?.succeeded ?? 0) > 0,
    counts: () => ({ started: known.size, succeeded }),
  };
}
