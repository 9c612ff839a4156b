// The stored form of control state: JSON of the daemon or placement. Pure.
import type { ClusterArn } from "../ecs/arn.ts";
import type { Daemon } from "./daemon.ts";
import type { Placement } from "./placement.ts";

export function encodeDaemon({ kind: _, clusterArn: __, ...daemon }: Daemon): string {
  return JSON.stringify(daemon);
}

export function decodeDaemon(record: string, clusterArn: ClusterArn): Daemon {
  const daemon: Omit<Daemon, "kind" | "clusterArn"> = JSON.parse(record);
  return { ...daemon, kind: "daemon", clusterArn };
}

export function encodePlacement({ kind: _, ...placement }: Placement): string {
  return JSON.stringify(placement);
}

export function decodePlacement(record: string): Placement {
  const placement: Omit<Placement, "kind"> = JSON.parse(record);
  return { ...placement, kind: "placement" };
}
