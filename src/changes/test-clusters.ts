// Random clusters with daemons, for tests: daemons of each mode with their tasks and what is remembered of them, and
// tasks of others.
import { currentRevision, formatLaunchMark } from "../daemon/daemon.ts";
import type { Daemon } from "../daemon/daemon.ts";
import type { Placement } from "../daemon/placement.ts";
import type { Random } from "../random.ts";
import { aDaemon } from "../testing/entities.ts";
import { randomInstance, randomTask, viewOf } from "../testing/fleet.ts";
import type { ClusterView } from "./cluster-view.ts";

/** About when everything in them happened. */
export const now = 1_700_000_020_000;

function randomDaemons(random: Random): Daemon[] {
  return (["ALWAYS", "ONCE_JOINED", "ONCE_LEAVING"] as const).map((mode, order) => {
    const plain = aDaemon({ name: `d${order}`, id: `d${order}`, mode, drainOrder: order });
    const selector = random.pick(["", "attribute:ecs.instance-type == m7g.large"]);
    return {
      ...plain,
      paused: random.chance(0.1),
      deleting: random.chance(0.1),
      revisions: plain.revisions.map((each) => ({ ...each, selector })),
    };
  });
}

/** Placements as the scheduler leaves them: one of an ALWAYS daemon, of others every run without a gap. */
function randomPlacements(random: Random, daemon: Daemon, ids: readonly string[]): Placement[] {
  const { template } = currentRevision(daemon);
  return ids.flatMap((containerInstanceId) => {
    const runs = daemon.mode === "ALWAYS" ? random.int(0, 1) : random.int(0, 3);
    return Array.from({ length: runs }, (_, index): Placement => {
      const state = random.pick(["PENDING", "STARTING", "FAILED", "SUCCEEDED", "SKIPPED"] as const);
      return {
        kind: "placement",
        daemon: daemon.name,
        containerInstanceId,
        generation: daemon.mode === "ALWAYS" ? 0 : index + 1,
        state: daemon.mode === "ALWAYS" ? random.pick(["STARTING", "FAILED"] as const) : state,
        launchId: random.pick(["l1", "l2", "l3"]),
        template: random.pick([template, "other"]),
        attempts: random.int(1, 5),
        requestedAt: now - random.int(0, 300_000),
        reason: random.pick([undefined, "RESOURCE:MEMORY"]),
        cause: random.pick([undefined, "RESOURCE", "TASK"] as const),
        nextAttemptAt: random.pick([undefined, now + 5000]),
      };
    });
  });
}

export function randomCluster(random: Random): ClusterView {
  const ids = Array.from({ length: random.int(1, 8) }, () => random.hex(32));
  const instances = ids.map((id) => randomInstance(random, id));
  const daemons = randomDaemons(random);
  const tasks = Array.from({ length: random.int(0, 60) }, () => {
    const task = randomTask(random, random.hex(32), ids);
    if (random.chance(0.4)) return task;
    const daemon = random.pick(daemons);
    const template = random.pick([currentRevision(daemon).template, "other"]);
    const launchId = random.pick(["l1", "l2", "l3"]);
    return {
      ...task,
      group: `daemon:${daemon.name}`,
      startedBy: formatLaunchMark({ daemonId: daemon.id, template, launchId }),
    };
  });
  const placements = daemons.flatMap((daemon) => randomPlacements(random, daemon, ids));
  const view = viewOf({ instances, tasks, daemons, placements });
  view.freshness = {
    lastReconciledAt: random.pick([undefined, now - 1000]),
    restartedAt: random.pick([undefined, now - 60_000]),
  };
  return view;
}
