// Only who holds a cluster's lease acts for it: each call that changes something in ECS leaves while the lease of its
// process is in force at the store, and each write under a lease has an effect only while that very lease is.
import type { Breach, Checker, Fact, FactOf } from "../facts.ts";
import type { Scene } from "./scene.ts";

const actions = new Set([
  "StartTask",
  "RunTask",
  "StopTask",
  "PutAttributes",
  "DeleteAttributes",
  "UpdateContainerInstancesState",
]);

/**
 * A Redis that lost its last second may have forgotten who holds the lease, who learns of it only when renewing: for so
 * long there may be two, ms. The lease's time to live less the margin at which its holder stops by itself.
 */
export const afterLossMs = 2500;

export function leases(scene: Scene): Checker {
  const name = "leases";

  const lostLately = (at: number): boolean =>
    scene.losses.some((loss) => at - loss.at <= afterLossMs);

  function sent({ at, request }: FactOf<"sent">): Breach[] {
    const { operation, cluster, process, group } = request;
    if (!actions.has(operation) || cluster === undefined) return [];
    // A program of somebody else's has to have its own lease for what the launcher of longshore/scheduler starts.
    const kept = /^kit:([\w.-]+):/.exec(group ?? "")?.[1];
    const isForeign = scene.roles.get(process) === "program";
    if (isForeign && kept === undefined) return [];
    const lease = scene.lease(isForeign ? `kept:${kept}` : cluster, "schedule");
    if (lease?.process === process || lostLately(at)) return [];
    const held = lease ? `${lease.process} holds the lease` : "nobody holds the lease";
    return [{ checker: name, at, message: `${process} called ${operation} while ${held}` }];
  }

  function stored({ at, process, method, cluster, lease, outcome }: FactOf<"store">): Breach[] {
    if (lease === undefined || lease === "" || outcome !== "written" || !cluster) return [];
    const held = scene.lease(cluster, "schedule");
    if (held?.lease === lease && held.process === process) return [];
    const message = `${process} wrote ${method} under lease ${lease}; in force is ${held?.lease ?? "none"}`;
    return [{ checker: name, at, message }];
  }

  /** Of two holders at a time, one would be wrong. */
  function leased({ at, process, cluster, purpose, change, lease }: FactOf<"lease">): Breach[] {
    const before = known.get(`${cluster} ${purpose}`);
    if (change === "released") known.delete(`${cluster} ${purpose}`);
    else if (change !== "refused" && lease !== undefined)
      known.set(`${cluster} ${purpose}`, { process, lease });
    if (change !== "taken" || !before || before.lease !== lease) return [];
    if (before.process === process || lostLately(at)) return [];
    return [
      { checker: name, at, message: `${process} took the lease ${lease} of ${before.process}` },
    ];
  }
  const known = new Map<string, { readonly process: string; readonly lease: string }>();

  function hear(fact: Fact): readonly Breach[] {
    if (fact.kind === "sent") return sent(fact);
    if (fact.kind === "store") return stored(fact);
    return fact.kind === "lease" ? leased(fact) : [];
  }
  return { name, hear };
}
