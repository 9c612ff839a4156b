// What the scheduler leaves alone: observed state, tasks of others, daemons that are paused or gone, instances that
// drain. Judged by what the store has held for long enough that whoever acts must know it.
import type { StateStore } from "../../store/store.ts";
import type { AwsRequest, Breach, Checker, Fact, FactOf } from "../facts.ts";
import { markOf, recordKey } from "./scene.ts";
import type { Scene } from "./scene.ts";

/** The store's methods that write what is observed, or what ingest notes of its own work. */
const observing: ReadonlySet<keyof StateStore> = new Set<keyof StateStore>([
  "addCluster",
  "removeCluster",
  "apply",
  "remove",
  "trim",
  "putTaskDefinitions",
  "noteFreshness",
  "noteDepartures",
  "noteQueue",
  "noteWorker",
  "addEvents",
  "trimEvents",
]);

/**
 * What has been in the store for this long is known to whoever holds the lease, ms: it reads the log at least every
 * few seconds, and who cannot reach Redis holds the lease no longer than 2.5 s.
 */
export const knownAfterMs = 10_000;

type Call = { readonly at: number; readonly request: AwsRequest };

export function manners(scene: Scene): Checker {
  const name = "manners";
  const pausedSince = new Map<string, number>();
  const goneSince = new Map<string, number>();
  const drainingSince = new Map<string, number>();
  /** Ids of ONCE_LEAVING daemons, removed ones too: nobody knows at once that one is gone. */
  const leaving = new Set<string>();

  function note({ at, cluster, entity, id, after }: FactOf<"change">): void {
    const key = recordKey(cluster, entity, id);
    if (entity === "i") {
      if (after?.includes('"status":"DRAINING"')) keepFirst(drainingSince, key, at);
      else drainingSince.delete(key);
    }
    if (entity !== "d") return;
    const daemon = scene.daemon(cluster, id);
    if (daemon?.mode === "ONCE_LEAVING") leaving.add(daemon.id);
    if (daemon?.paused) keepFirst(pausedSince, key, at);
    else pausedSince.delete(key);
    if (!daemon || daemon.deleting) keepFirst(goneSince, key, at);
    else goneSince.delete(key);
  }

  const isLong = (since: number | undefined, at: number): boolean =>
    since !== undefined && at - since > knownAfterMs;

  function sent(call: Call): Breach[] {
    const { operation, process } = call.request;
    // Somebody else's program has rules of its own.
    if (scene.roles.get(process) === "program") return [];
    if (operation === "StartTask" || operation === "RunTask") return started(call);
    return operation === "StopTask" ? stopped(call) : [];
  }

  const breach = (at: number, message: string): Breach => ({ checker: name, at, message });

  function started({ at, request }: Call): Breach[] {
    const { cluster = "", startedBy, operation, containerInstances = [], process } = request;
    const mark = markOf(startedBy);
    const daemon = mark && scene.daemonName(cluster, mark.daemonId);
    if (mark === undefined || daemon === undefined)
      return [breach(at, `${process} called ${operation} for no daemon (${startedBy})`)];
    const key = recordKey(cluster, "d", daemon);
    const about = `${process} called ${operation} for daemon ${daemon}`;
    if (isLong(pausedSince.get(key), at)) return [breach(at, `${about}, which is paused`)];
    if (isLong(goneSince.get(key), at)) return [breach(at, `${about}, which was deregistered`)];
    if (leaving.has(mark.daemonId)) return [];
    return containerInstances
      .filter((id) => isLong(drainingSince.get(recordKey(cluster, "i", id)), at))
      .map((id) => breach(at, `${about} on ${id}, which drains`));
  }

  function stopped({ at, request }: Call): Breach[] {
    const { cluster = "", task = "", process, reason } = request;
    const known = scene.task(task);
    if (!known?.startedBy || !known.mark) {
      // After a loss of Redis only mark and group tell whose a task is.
      const isLike = known?.mark && known.group?.startsWith("daemon:") && scene.losses.length > 0;
      if (isLike) return [];
      return [breach(at, `${process} stopped ${task}, which no daemon started: ${reason}`)];
    }
    const daemon = scene.daemonName(cluster, known.mark?.daemonId ?? "") ?? "";
    if (!isLong(pausedSince.get(recordKey(cluster, "d", daemon)), at)) return [];
    return [breach(at, `${process} stopped ${task} of daemon ${daemon}, which is paused`)];
  }

  function stored({ at, process, method }: FactOf<"store">): Breach[] {
    if (scene.roles.get(process) !== "scheduler" || !observing.has(method)) return [];
    return [breach(at, `${process}, a scheduler, wrote observed state: ${method}`)];
  }

  function hear(fact: Fact): readonly Breach[] {
    if (fact.kind === "change") note(fact);
    if (fact.kind === "redis") {
      // What was undone is heard of only by whoever reads it again.
      for (const since of [pausedSince, goneSince, drainingSince]) since.clear();
    }
    if (fact.kind === "sent") return sent(fact);
    return fact.kind === "store" ? stored(fact) : [];
  }
  return { name, hear };
}

function keepFirst(since: Map<string, number>, key: string, at: number): void {
  if (!since.has(key)) since.set(key, at);
}
