// Tasks that run once are run again only because somebody says so: a new generation of the ledger for each container
// instance. Pure.
import { runsOnce } from "./daemon.ts";
import type { Daemon } from "./daemon.ts";
import type { Placement } from "./placement.ts";

export interface RerunFacts {
  /** Of this daemon, all generations. */
  readonly placements: readonly Placement[];
  readonly isKnown: (containerInstanceId: string) => boolean;
  /** Whether the run of a placement has not ended. */
  readonly isRunning: (placement: Placement) => boolean;
  readonly now: number;
}

export type Rerun =
  | { readonly ok: true; readonly placements: readonly Placement[] }
  | {
      readonly ok: false;
      readonly code: "BAD_USER_INPUT" | "CONFLICT" | "NOT_FOUND";
      readonly message: string;
    };

/** The newest generation on each container instance, by its id. */
export function newestGenerations(placements: Iterable<Placement>): Map<string, Placement> {
  const newest = new Map<string, Placement>();
  for (const placement of placements) {
    const known = newest.get(placement.containerInstanceId);
    if (!known || known.generation < placement.generation)
      newest.set(placement.containerInstanceId, placement);
  }
  return newest;
}

/** A run that is asked for and has not begun. */
export function pendingRun(
  daemon: Pick<Daemon, "name">,
  containerInstanceId: string,
  generation: number,
  reason: string,
  now: number,
): Placement {
  return {
    kind: "placement",
    daemon: daemon.name,
    containerInstanceId,
    generation,
    state: "PENDING",
    launchId: "",
    template: "",
    attempts: 0,
    requestedAt: now,
    reason,
  };
}

export function rerun(daemon: Daemon, asked: readonly string[], facts: RerunFacts): Rerun {
  if (!runsOnce(daemon))
    return {
      ok: false,
      code: "BAD_USER_INPUT",
      message: `daemon ${daemon.name} has mode ALWAYS: only tasks that run once can run again.`,
    };
  if (daemon.deleting)
    return { ok: false, code: "CONFLICT", message: `daemon ${daemon.name} is being removed.` };
  const ids = [...new Set(asked)];
  if (ids.length === 0)
    return { ok: false, code: "BAD_USER_INPUT", message: "containerInstances names none." };
  const unknown = ids.filter((id) => !facts.isKnown(id));
  if (unknown.length > 0)
    return {
      ok: false,
      code: "NOT_FOUND",
      message: `container instances that are not known: ${unknown.join(", ")}.`,
    };
  const newest = newestGenerations(facts.placements);
  const busy = ids.filter((id) => {
    const last = newest.get(id);
    return last !== undefined && facts.isRunning(last);
  });
  if (busy.length > 0)
    return {
      ok: false,
      code: "CONFLICT",
      message: `the task of daemon ${daemon.name} has not ended on ${busy.join(", ")}: wait for it, then run it again.`,
    };
  const placements = ids.map((id) =>
    pendingRun(
      daemon,
      id,
      (newest.get(id)?.generation ?? 0) + 1,
      "asked for by a person",
      facts.now,
    ),
  );
  return { ok: true, placements };
}
