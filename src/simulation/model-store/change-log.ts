// The part that all writing scripts have in common: number a change, put it into the log, announce it.
import type { EntityKind } from "../../store/keys.ts";
import { clusterOfChannel, keptNameOf } from "../../store/keys.ts";
import { at } from "./script-types.ts";
import type { ScriptWorld } from "./script-types.ts";

export interface Change {
  readonly kind: EntityKind;
  readonly id: string;
  /** Whole records; undefined for none. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** What the log notes of `before`; all of it if left out. */
  readonly difference?: string | undefined;
  /** Longest log; what the caller said if left out. */
  readonly logMax?: number;
}

/** KEYS begin with meta and log; ARGV with run id, now (ms), longest log and channel. */
export function record(
  world: ScriptWorld,
  keys: readonly string[],
  argv: readonly string[],
  { kind, id, before, after, difference = before, logMax = Number(at(argv, 2)) }: Change,
): void {
  const { keys: redis } = world;
  const [meta, log, now, channel] = [at(keys, 0), at(keys, 1), at(argv, 1), at(argv, 3)];
  // As whoever dies between the write and the rest leaves it.
  if (world.has("publishBesideWrite") && redis.hincrby(meta, "planted", 1) % 5 === 0) return;
  const seq = redis.hincrby(meta, "seq", 1);
  const noted = difference === undefined || world.has("differenceDropped") ? [] : ["b", difference];
  redis.xadd(log, seq, ["k", kind, "id", id, "at", now, ...noted], logMax);
  world.publish(channel, `${seq} ${kind} ${id}`);
  const { process } = world;
  const kept = keptNameOf(channel);
  // Of no cluster: what a scheduler of somebody's own remembers.
  if (kept !== undefined)
    return world.tell({
      kind: "noted",
      process,
      text: `${kept} keeps ${id}: ${after ?? "nothing"}`,
    });
  world.tell({
    kind: "change",
    process,
    cluster: clusterOfChannel(channel) ?? channel,
    epoch: redis.hget(meta, "epoch") ?? "",
    seq,
    entity: kind,
    id,
    before,
    after,
  });
}
