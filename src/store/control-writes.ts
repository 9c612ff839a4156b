// Writes of definitions and placements: what people and schedulers want and intend. See put-control.lua.
import type { ClusterArn } from "../ecs/arn.ts";
import type { Acknowledger } from "./acknowledge.ts";
import { clusterKeys } from "./keys.ts";
import type { ClusterKeys } from "./keys.ts";
import type { ControlResult, ControlWrite, StateStore } from "./store.ts";

export interface ControlWritesOptions {
  /** Runs put-control.lua. */
  readonly write: (
    cluster: ClusterArn,
    keys: ClusterKeys,
    keysOfScript: readonly string[],
    args: readonly string[],
    isUnderLease: boolean,
  ) => Promise<readonly string[]>;
  readonly acknowledger: Acknowledger;
}

const argumentsOf = ({ kind, id, expected, record }: ControlWrite): string[] => [
  kind,
  id,
  expected ?? "",
  record ?? "",
];

export function controlWrites({
  write,
  acknowledger,
}: ControlWritesOptions): Pick<StateStore, "writeControl" | "writeAcknowledged"> {
  async function put(
    cluster: ClusterArn,
    writes: readonly ControlWrite[],
    lease: string,
  ): Promise<{ readonly result: ControlResult; readonly run?: string | undefined }> {
    const keys = clusterKeys(cluster);
    const { meta, log, daemons, placements, leases } = keys;
    const [outcome, ...rest] = await write(
      cluster,
      keys,
      [meta, log, daemons, placements, leases.schedule],
      [lease, ...writes.flatMap(argumentsOf)],
      lease !== "",
    );
    if (outcome === "FENCED") return { result: { outcome: "fenced" } };
    if (outcome === "CONFLICT") return { result: { outcome: "conflict", id: rest[0] ?? "" } };
    const [seq, epoch = "", run] = rest;
    return { result: { outcome: "written", seq: Number(seq), epoch }, run };
  }

  return {
    writeControl: async (cluster, writes, lease = "") => (await put(cluster, writes, lease)).result,
    writeAcknowledged: async (cluster, writes) => {
      const { result, run } = await put(cluster, writes, "");
      if (run !== undefined) await acknowledger.kept(run, clusterKeys(cluster).marker);
      return result;
    },
  };
}
