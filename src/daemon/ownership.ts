// Whose a task is. A daemon's tasks carry its mark in `startedBy`; a person who copies it into a task of their own must
// not lose that task, nor may it stand for the daemon's. Pure.
import { parseLaunchMark, taskGroup } from "./daemon.ts";
import type { Daemon } from "./daemon.ts";
import type { Task } from "../ecs/task.ts";
import { clockSkewMs } from "./failure.ts";
import type { Placement } from "./placement.ts";

/** Launches of an instance that are remembered: more than can be under way. */
export const earlierLaunchesMax = 4;

/**
 * Whether a daemon started a task. Where a placement remembers the launches of its instance, a younger task with
 * another launch is none of them; where nothing is remembered, and of what was started before Redis lost its last
 * writes at `lostAt` (ms since the epoch), the mark and the group decide.
 */
export function isOwnTask(
  daemon: Daemon,
  task: Task,
  placement: Placement | undefined,
  lostAt?: number,
): boolean {
  const mark = parseLaunchMark(task.startedBy);
  if (mark?.daemonId !== daemon.id) return false;
  // Old events have no group; a task that a person runs has its family's.
  if (task.group !== undefined && task.group !== taskGroup(daemon)) return false;
  if (!placement || placement.launchId === "") return true;
  if (lostAt !== undefined && (task.createdAt ?? 0) < lostAt + clockSkewMs) return true;
  if (mark.launchId === placement.launchId)
    return placement.taskArn === undefined || placement.taskArn === task.arn;
  if (placement.earlierLaunches?.includes(mark.launchId)) return true;
  return (task.createdAt ?? 0) < placement.requestedAt + clockSkewMs;
}

export function templateOfTask(task: Task): string | undefined {
  return parseLaunchMark(task.startedBy)?.template;
}

export function launchIdOfTask(task: Task): string | undefined {
  return parseLaunchMark(task.startedBy)?.launchId;
}
