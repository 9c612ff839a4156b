// Compares what we know of a cluster with what ECS lists: what to describe, what to doubt. Pure.
import { arnId } from "../ecs/arn.ts";

/** What Longshore knew before the listing began: version by id, and which have ended for good. */
export interface Known {
  readonly versions: ReadonlyMap<string, string>;
  readonly ended: ReadonlySet<string>;
}

export interface Doubts {
  /** ARNs to describe: everything listed whose end we have not seen. */
  readonly describe: readonly string[];
  /** Ids that we hold for alive and that ECS did not list: gone, or listed too early. */
  readonly missing: readonly string[];
}

export function compare(listed: readonly string[], known: Known): Doubts {
  const listedIds = new Set(listed.map(arnId));
  return {
    describe: listed.filter((arn) => !known.ended.has(arnId(arn))),
    missing: [...known.versions.keys()].filter((id) => !listedIds.has(id) && !known.ended.has(id)),
  };
}

/** Splits a list into runs of at most `size`. */
export function chunks<T>(items: readonly T[], size: number): T[][] {
  const runs: T[][] = [];
  for (let at = 0; at < items.length; at += size) runs.push(items.slice(at, at + size));
  return runs;
}
