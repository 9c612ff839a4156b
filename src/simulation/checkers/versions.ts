// What the store holds of ECS never goes back: versions only rise, what has ended stays so, and nothing is stored that
// ECS has not said. Only a Redis that lost its last writes may fall back, and then what it says is true again.
import type { Breach, Checker, Fact, FactOf } from "../facts.ts";
import { recordKey } from "./scene.ts";
import type { Scene } from "./scene.ts";

/** A task's and an instance's record begin with the version; the fourth part is what changes. */
function read(record: string): { readonly version: bigint; readonly status: string } {
  const [version = "", , , doc = "{}"] = record.split("\n");
  const { lastStatus, status }: { lastStatus?: string; status?: string } = JSON.parse(
    // The start of ARNs is one control character there, which JSON does not take.
    doc.replaceAll("\u0001", ""),
  );
  return { version: BigInt(version || "0"), status: lastStatus ?? status ?? "" };
}

const isFinal = (status: string): boolean => status === "STOPPED" || status === "INACTIVE";

export function versions(scene: Scene): Checker {
  const name = "versions";
  /** The newest version that ECS has said of an entity. */
  const said = new Map<string, bigint>();

  function changed({ at, cluster, entity, id, before, after }: FactOf<"change">): Breach[] {
    if ((entity !== "t" && entity !== "i") || after === undefined) return [];
    const now = read(after);
    const newest = said.get(recordKey(cluster, entity, id));
    const breach = (message: string): Breach[] => [{ checker: name, at, message }];
    // A change of attributes that no event tells of counts a version, which a description shows.
    if (newest !== undefined && entity === "t" && now.version > newest)
      return breach(`${entity} ${id} is stored at version ${now.version}, and ECS is at ${newest}`);
    if (before === undefined) return revived(at, cluster, entity, id, now.status);
    const was = read(before);
    if (now.version < was.version)
      return breach(`${entity} ${id} went back from version ${was.version} to ${now.version}`);
    if (isFinal(was.status) && !isFinal(now.status))
      return breach(`${entity} ${id} was ${was.status} and is ${now.status} again`);
    return [];
  }

  /** A record that is made must not tell of something alive that has long ended. */
  const ended = new Map<string, number>();
  function revived(at: number, cluster: string, entity: string, id: string, status: string) {
    const key = recordKey(cluster, entity, id);
    const removedAt = removed.get(key);
    const endedAt = ended.get(key);
    if (removedAt === undefined || endedAt === undefined || isFinal(status)) return [];
    // It was known to be gone, and comes back by something that was said before its end.
    if (scene.losses.some((loss) => loss.at >= removedAt)) return [];
    const message = `${entity} ${id} was removed, has ended in ECS, and is ${status} again`;
    return [{ checker: name, at, message }];
  }
  const removed = new Map<string, number>();

  function hear(fact: Fact): readonly Breach[] {
    if (fact.kind === "said") {
      const key = recordKey(fact.cluster, fact.entity, fact.id);
      said.set(key, BigInt(fact.version));
      if (isFinal(fact.status)) ended.set(key, fact.at);
    }
    if (fact.kind !== "change") return [];
    if (fact.after === undefined)
      removed.set(recordKey(fact.cluster, fact.entity, fact.id), fact.at);
    return changed(fact);
  }
  return { name, hear };
}
