// Writes what becomes of runs whose container instance left, under the lease of whoever schedules the cluster, and
// remembers since when they are without it. Decides nothing.
import { rulesOf, tasksOn } from "../changes/daemon-input.ts";
import type { ClusterView } from "../changes/cluster-view.ts";
import type { Clock } from "../clock.ts";
import type { Daemon } from "../daemon/daemon.ts";
import { expiredRuns } from "../daemon/ledger.ts";
import { isOwnTask, launchIdOfTask } from "../daemon/ownership.ts";
import { placementKey } from "../daemon/placement.ts";
import type { Placement } from "../daemon/placement.ts";
import type { Task } from "../ecs/task.ts";
import type { ControlWriter } from "./control-writes.ts";
import type { Decisions } from "./decisions.ts";
import { isPresent } from "./registrations.ts";

export interface LedgerKeeper {
  /** Closes and forgets what is due for a daemon whose tasks run once. */
  keep(view: ClusterView, daemon: Daemon): Promise<void>;
}

export interface LedgerOptions {
  readonly writer: Pick<ControlWriter, "putPlacements" | "removePlacements">;
  readonly decisions: Decisions;
  readonly clock: Pick<Clock, "now" | "monotonic">;
  readonly retentionMs: number;
}

export function keepLedger({ writer, decisions, clock, retentionMs }: LedgerOptions): LedgerKeeper {
  /** When the instance of a run that is awaited was first missed, monotonic ms: by daemon, and by the run's key. */
  const missed = new Map<string, ReadonlyMap<string, number>>();
  return {
    keep: async (view, daemon) => {
      const [now, at] = [clock.now(), clock.monotonic()];
      const known = missed.get(daemon.name);
      const missedAt = (run: Placement) => known?.get(placementKey(run)) ?? at;
      const taskOf = (run: Placement): Task | undefined => {
        for (const task of tasksOn(view, run.containerInstanceId))
          if (
            launchIdOfTask(task) === run.launchId &&
            isOwnTask(daemon, task, run, view.freshness.restartedAt)
          )
            return task;
        return undefined;
      };
      const { closed, awaited, forgotten } = expiredRuns(view.placementsOf(daemon.name).values(), {
        isPresent: (run) => isPresent(view, run, now),
        goneFor: (run) => at - missedAt(run),
        taskOf,
        essentialOf: rulesOf(view, daemon, now).essentialOf,
        now,
        retentionMs,
      });
      const since = awaited.map((run) => [placementKey(run), missedAt(run)] as const);
      if (since.length > 0) missed.set(daemon.name, new Map(since));
      else missed.delete(daemon.name);
      if (closed.length > 0 && (await writer.putPlacements(closed)))
        for (const { state, containerInstanceId, taskArn } of closed)
          if (state === "SUCCEEDED")
            decisions.note(daemon, {
              type: "SUCCEED",
              containerInstance: view.instances.get(containerInstanceId)?.arn,
              task: taskArn,
              reason: "its task has succeeded, and its container instance left",
            });
      if (forgotten.length > 0) await writer.removePlacements(forgotten);
    },
  };
}
