// The change log: numbered without a hole or a repeat but for the jump behind a restart, each change of what was there
// before it, and all of them together what the store holds.
import { entityKinds } from "../../store/keys.ts";
import type { EntityKind } from "../../store/keys.ts";
import type { Breach, Checker, FactOf } from "../facts.ts";

/** What is read of the store at the end. */
export interface StoreToRead {
  records(cluster: string, kind: EntityKind): ReadonlyMap<string, string>;
  position(cluster: string): { readonly epoch: string; readonly seq: number };
  /** The numbers of the entries that the log still has. */
  logNumbers(cluster: string): readonly number[];
}

interface Entry {
  readonly seq: number;
  readonly at: number;
  readonly key: string;
  readonly before: string | undefined;
}

interface ClusterLog {
  epoch: string;
  entries: Entry[];
  /** The highest number that was ever handed out. */
  highest: number;
  /** The next change may jump. */
  mayJump: boolean;
  readonly records: Map<string, string>;
}

export function checkLog(store: StoreToRead): Checker {
  const name = "log";
  const logs = new Map<string, ClusterLog>();
  const breach = (at: number, message: string): Breach => ({ checker: name, at, message });

  function logOf(cluster: string, epoch: string): ClusterLog {
    let log = logs.get(cluster);
    if (log?.epoch !== epoch) {
      log = { epoch, entries: [], highest: 0, mayJump: true, records: new Map() };
      logs.set(cluster, log);
    }
    return log;
  }

  function changed({ at, cluster, epoch, seq, entity, id, before, after }: FactOf<"change">) {
    const log = logOf(cluster, epoch);
    const breaches: Breach[] = [];
    if (seq <= log.highest || (seq !== log.highest + 1 && !log.mayJump))
      breaches.push(breach(at, `${cluster}: change ${seq} follows ${log.highest}`));
    log.highest = Math.max(log.highest, seq);
    log.mayJump = false;
    const key = `${entity} ${id}`;
    if (log.records.get(key) !== before)
      breaches.push(breach(at, `${cluster}: change ${seq} replaces what ${key} was not`));
    log.entries.push({ seq, at, key, before });
    put(log, key, after);
    return breaches;
  }

  function redis({ life, lostSince }: FactOf<"redis">): void {
    if (life === "wiped") return logs.clear();
    for (const log of logs.values()) {
      log.mayJump = true;
      if (lostSince === undefined) continue;
      for (let last = log.entries.at(-1); last && last.at > lostSince; last = log.entries.at(-1)) {
        log.entries.pop();
        put(log, last.key, last.before);
      }
    }
  }

  /** All that was told, replayed, is what there is; and the log has what is behind its first entry. */
  function compare(at: number, cluster: string, { epoch, records, entries }: ClusterLog): Breach[] {
    if (store.position(cluster).epoch !== epoch) return [];
    const breaches: Breach[] = [];
    for (const kind of entityKinds) {
      const stored = store.records(cluster, kind);
      const told = [...records].filter(([key]) => key.startsWith(`${kind} `));
      const differs = told.find(([key, record]) => stored.get(key.slice(2)) !== record);
      if (differs || told.length !== stored.size)
        breaches.push(
          breach(
            at,
            `${cluster}: the log tells of ${told.length} records of kind ${kind}, and ${stored.size} are stored` +
              (differs ? `; ${differs[0]} differs` : ""),
          ),
        );
    }
    const numbers = store.logNumbers(cluster);
    const [first = Infinity] = numbers;
    const there = new Set(numbers);
    const missing = entries.find(({ seq }) => seq >= first && !there.has(seq));
    if (missing) breaches.push(breach(at, `${cluster}: the log lacks change ${missing.seq}`));
    return breaches;
  }

  return {
    name,
    hear: (fact) => {
      if (fact.kind === "redis") redis(fact);
      return fact.kind === "change" ? changed(fact) : [];
    },
    end: (at) => [...logs].flatMap(([cluster, log]) => compare(at, cluster, log)),
  };
}

function put({ records }: ClusterLog, key: string, record: string | undefined): void {
  if (record === undefined) records.delete(key);
  else records.set(key, record);
}
