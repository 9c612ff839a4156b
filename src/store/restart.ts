// What a restart of Redis means for daemons. It may have lost its last writes, and with them what was intended and how
// runs ended: nothing is started until ECS was asked so late that whatever was under way then stands in its lists. Pure.

/** A call that was under way at the restart has ended by then, and ECS's lists, which lag, show what it did. */
export const unsettledMs = 20_000;

export interface RestartFacts {
  readonly comparedFrom?: number | undefined;
  readonly restartedAt?: number | undefined;
}

/** From when on a comparison tells what a restart may have lost; undefined when one has, or nothing was lost. */
export function comparisonDueAt({
  comparedFrom = 0,
  restartedAt,
}: RestartFacts): number | undefined {
  if (restartedAt === undefined) return undefined;
  const dueAt = restartedAt + unsettledMs;
  return comparedFrom >= dueAt ? undefined : dueAt;
}
