// Whether the end of a task is something to look into. Pure.

/** Stops that somebody asked for: people, services, and interruptions that were announced. */
const askedFor = new Set(["UserInitiated", "ServiceSchedulerInitiated", "TerminationNotice"]);

/**
 * Asked for, or its work was done: every container ended with 0, and there is no service whose tasks are to go on. With
 * the task's group as ECS tells it, and null for an exit code that ECS does not tell.
 */
export function isMeant(
  stopCode: string,
  group: string | null | undefined,
  exitCodes: readonly (number | null | undefined)[],
): boolean {
  if (askedFor.has(stopCode)) return true;
  const isDone = exitCodes.length > 0 && exitCodes.every((code) => code === 0);
  return stopCode === "EssentialContainerExited" && isDone && !group?.startsWith("service:");
}
