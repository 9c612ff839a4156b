// Which daemons a change may matter to, and on which container instance. The scheduler plans those anew, the API tells
// those who follow them. Pure; knows nothing of plans.
import { currentRevision, parseLaunchMark } from "../daemon/daemon.ts";
import { daemonOfKey } from "../daemon/placement.ts";
import { arnId } from "../ecs/arn.ts";
import type { Task } from "../ecs/task.ts";
import type { Change } from "./change.ts";
import type { ClusterView } from "./cluster-view.ts";

/** A daemon that a change may matter to, and where; undefined where its definition changed. */
export interface Concern {
  readonly daemon: string;
  readonly containerInstanceId: string | undefined;
}

/** What changes may matter to. A change of a task on a DRAINING instance matters to all daemons: they leave last. */
export function* concerned(view: ClusterView, changes: readonly Change[]): Generator<Concern> {
  for (const { kind, id, before, after } of changes) {
    if (kind === "i") yield* allOn(view, id);
    if (kind === "d") {
      yield { daemon: id, containerInstanceId: undefined };
      // What others wait for on DRAINING instances may hang on it.
      for (const instance of view.instances.values())
        if (instance.status === "DRAINING") yield* allOn(view, arnId(instance.arn));
    }
    if (kind === "p") yield* concernedByPlacement(view, id);
    const task = after ?? before;
    if (task?.kind === "task") yield* concernedByTask(view, task);
  }
}

function* allOn(view: ClusterView, containerInstanceId: string): Generator<Concern> {
  for (const daemon of view.daemons.keys()) yield { daemon, containerInstanceId };
}

function* concernedByPlacement(view: ClusterView, key: string): Generator<Concern> {
  const name = daemonOfKey(key);
  const [, containerInstanceId = ""] = key.split("/");
  if (view.daemons.get(name)?.mode === "ONCE_LEAVING") yield* allOn(view, containerInstanceId);
  else yield { daemon: name, containerInstanceId };
}

function* concernedByTask(view: ClusterView, task: Task): Generator<Concern> {
  const containerInstanceId = arnId(task.containerInstanceArn ?? "");
  if (view.instances.get(containerInstanceId)?.status === "DRAINING")
    return yield* allOn(view, containerInstanceId);
  const mark = parseLaunchMark(task.startedBy);
  const own = mark && view.daemonWithId(mark.daemonId);
  if (own) yield { daemon: own.name, containerInstanceId };
  for (const daemon of view.daemons.values())
    if (daemon !== own && currentRevision(daemon).selector.includes("task:group"))
      yield { daemon: daemon.name, containerInstanceId };
}
