// The stored form of control state: JSON of the daemon or placement. Reads what earlier versions wrote. Pure.
import type { ClusterArn } from "../ecs/arn.ts";
import type { Daemon } from "./daemon.ts";
import type { Placement } from "./placement.ts";
import { defaultRollout } from "./settings.ts";

export function encodeDaemon({ kind: _, clusterArn: __, ...daemon }: Daemon): string {
  return JSON.stringify(daemon);
}

type StoredDaemon = Omit<Daemon, "kind" | "clusterArn">;

/** Members that came after the first version; it had `minHealthyPercent` in place of a rollout. */
type FirstDaemon = StoredDaemon & { readonly minHealthyPercent?: number };

export function decodeDaemon(record: string, clusterArn: ClusterArn): Daemon {
  const { minHealthyPercent, ...stored }: FirstDaemon = JSON.parse(record);
  const rollout = defaultRollout("TERMINATE_THEN_REPLACE");
  const added = {
    launch: "START_TASK",
    rollout: minHealthyPercent === undefined ? rollout : { ...rollout, minHealthyPercent },
    drainOrder: 0,
    readinessAttribute: "",
    stableRevision: stored.revision,
    promotedRevision: stored.revision,
  } as const;
  return { ...added, ...stored, kind: "daemon", clusterArn };
}

export function encodePlacement({ kind: _, ...placement }: Placement): string {
  return JSON.stringify(placement);
}

export function decodePlacement(record: string): Placement {
  const stored: Omit<Placement, "kind"> = JSON.parse(record);
  return { ...stored, generation: stored.generation ?? 0, kind: "placement" };
}
