// Since when a daemon stands as it does, on one container instance and as a whole: from the times of what was observed
// and of what was asked for. Pure; derived like what it belongs to, and undefined where nothing tells.
import { currentRevision } from "./daemon.ts";
import type { Daemon } from "./daemon.ts";
import type { Placement } from "./placement.ts";
import { failureSince } from "./placement.ts";
import type { PlacementState } from "./status.ts";
import type { Verdict } from "./verdict.ts";

/** Since when a container instance has the state that its verdict comes to; ms since the epoch. */
export function stateSince(
  daemon: Daemon,
  { task, why, containerInstance }: Verdict,
  state: PlacementState,
  placement: Placement | undefined,
): number | undefined {
  switch (state) {
    case "RUNNING":
      return task?.startedAt;
    case "STARTING":
      return task?.createdAt ?? (why === "pending" ? placement?.requestedAt : undefined);
    case "STOPPING":
      return task?.stoppingAt ?? placement?.stop?.at;
    case "FAILED":
      return placement && failureSince(placement);
    case "SUCCEEDED":
    case "SKIPPED":
      return placement?.endedAt;
    case "WAITING":
    case "EXCLUDED":
      if (why === "disconnected") return containerInstance.agentConnectedSince;
      if (why === "draining" || why === "not active") return containerInstance.statusSince;
      if (why === "paused") return daemon.pauseChangedAt;
      return why === "deleting" ? daemon.deletingSince : undefined;
  }
}

/** The earliest of times that are known; undefined when none is. */
export function earliest(times: Iterable<number | undefined>): number | undefined {
  let found: number | undefined;
  for (const time of times)
    if (time !== undefined && (found === undefined || time < found)) found = time;
  return found;
}

/** What is asked of a daemon is asked since its revision was made, or since it was last let act. */
export function askedSince(daemon: Daemon): number {
  return Math.max(currentRevision(daemon).createdAt, daemon.pauseChangedAt ?? 0);
}

/**
 * Since when not all is in place. A revision that was never everywhere is on its way since it was made; of one that
 * was, the first container instance that lacks it tells. `lacking`: since when each does.
 */
export function movingSince(
  daemon: Daemon,
  lacking: Iterable<number | undefined>,
): number | undefined {
  const asked = askedSince(daemon);
  if (daemon.stableRevision !== daemon.revision) return asked;
  const first = earliest(lacking);
  return first === undefined ? undefined : Math.max(first, asked);
}
