// Compares what we know of a cluster with what ECS lists: what to describe, what to doubt. Pure.
import { arnId } from "../ecs/arn.ts";
import type { KnownEntities } from "../store/store.ts";

/** ARNs as ECS lists them. One may stand in both: it was on its way down while the lists were read. */
export interface Listed {
  readonly live: readonly string[];
  /** Stopped tasks, which ECS lists for about an hour. */
  readonly ended: readonly string[];
}

export interface Doubts {
  /** Ids to describe: everything listed whose end we have not seen. */
  readonly describe: readonly string[];
  /** Ids that we hold for alive and that ECS did not list: gone, or listed too early. */
  readonly missing: readonly string[];
}

export function compare({ live, ended }: Listed, known: KnownEntities): Doubts {
  const describe = new Set<string>();
  for (const id of live.map(arnId)) if (!known.ended.has(id)) describe.add(id);
  // What was removed with its history is not asked for again as long as ECS lists its end.
  for (const id of ended.map(arnId))
    if (!known.ended.has(id) && !known.banned.has(id)) describe.add(id);
  const missing = [...known.versions.keys()].filter(
    (id) => !describe.has(id) && !known.ended.has(id),
  );
  return { describe: [...describe], missing };
}

/** Splits a list into runs of at most `size`. */
export function chunks<T>(items: readonly T[], size: number): T[][] {
  const runs: T[][] = [];
  for (let at = 0; at < items.length; at += size) runs.push(items.slice(at, at + size));
  return runs;
}
