// What a restart of Redis means for daemons. It may have lost its last writes, and with them what was intended and how
// runs ended: nothing is started until ECS was asked so late that whatever was under way then stands in its lists. Pure.

/** A call that was under way at the restart has ended by then, and ECS's lists, which lag, show what it did. */
export const unsettledMs = 20_000;

/**
 * How far a log's numbers jump at least. More than any Redis could hand out between two fsyncs, should its clock have
 * been set back: see begin-run.lua. As microseconds less than any two restarts are apart: from the same end of a log, it
 * is the time that tells two jumps apart.
 */
export const restartJump = 250_000;

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
