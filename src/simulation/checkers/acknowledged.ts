// What users did to daemons: a definition changes only by an open mutation or in the few ways that are the scheduler's;
// what was answered with ok is stored by then, and no crash of Redis takes it away again; a dry run and a refusal change
// nothing; bad input is called that.
import type { Breach, Checker, Fact, FactOf } from "../facts.ts";
import type { Scene, StoredDaemon } from "./scene.ts";

const refusals = new Set(["BAD_USER_INPUT", "NOT_FOUND", "CONFLICT"]);

interface Ask {
  readonly fact: FactOf<"asked">;
  /** Changes of the definition or of placements that were made by its process while it was open. */
  changes: number;
  /** Revisions that the definition had while it was open. */
  readonly revisions: Set<number | undefined>;
  /** Whether all was as asked for at some time while it was open: nothing has to change then. */
  wasSo: boolean;
  /** When the last of them was stored, world time. */
  changedAt?: number;
}

export function acknowledged(scene: Scene, clusterOf: (cluster: string) => string): Checker {
  const name = "acknowledged";
  const open = new Map<number, Ask>();
  /** What was answered with ok since Redis crashed last, and when it was stored. */
  let promised: { readonly about: string; readonly changedAt: number }[] = [];

  const breach = (at: number, message: string): Breach[] => [{ checker: name, at, message }];
  const cluster = ({ fact }: Ask): string => clusterOf(String(fact.input["cluster"]));
  const isFor = (ask: Ask, of: string, daemon: string): boolean =>
    ask.fact.input["name"] === daemon && cluster(ask) === of;

  /** Notes how the daemon stands while somebody asks something of it. */
  function look(ask: Ask): void {
    const daemon = scene.daemon(cluster(ask), String(ask.fact.input["name"]));
    ask.revisions.add(daemon?.revision);
    ask.wasSo ||= daemon !== undefined && isTrueOf(ask.fact.mutation, daemon);
  }

  function changed(fact: FactOf<"change">): Breach[] {
    const { at, process, entity, id, before, after } = fact;
    if (entity !== "d" && entity !== "p") return [];
    const daemon = entity === "d" ? id : id.slice(0, id.indexOf("/"));
    const forgotten = entity === "d" ? forgottenRevision(before, after) : undefined;
    if (forgotten !== undefined)
      return breach(at, `${process} wrote daemon ${daemon} over revision ${forgotten}, unread`);
    let isAsked = false;
    for (const ask of open.values()) {
      if (!isFor(ask, fact.cluster, daemon)) continue;
      look(ask);
      if (ask.fact.process !== process || ask.fact.dryRun) continue;
      ask.changes++;
      ask.changedAt = fact.at;
      isAsked = true;
    }
    if (isAsked || entity === "p") return [];
    const problem =
      scene.roles.get(process) === "scheduler"
        ? notSchedulers(before, after)
        : "nobody asked for it";
    if (problem === undefined) return [];
    return breach(at, `${process} changed the definition of daemon ${daemon}: ${problem}`);
  }

  function told({ at, ask: number, outcome, code, message }: FactOf<"told">): Breach[] {
    const ask = open.get(number);
    // Whoever asked has given up; it may still be done.
    if (!ask || outcome === "lost") return [];
    open.delete(number);
    const { mutation, input, dryRun, expects } = ask.fact;
    const about = `${mutation} of daemon ${String(input["name"])} (ask ${number})`;
    if (outcome === "ok" && expects !== undefined)
      return breach(at, `${about} was answered with ok instead of ${expects}`);
    if (outcome === "ok") return dryRun ? [] : acknowledgedWith(at, ask, about);
    // An api process that has not seen the cluster yet looks no further, nor does one that finds the name taken.
    const isSo = [expects, "NOT_FOUND", "CONFLICT"].includes(code);
    if (expects !== undefined && refusals.has(code ?? "") && !isSo)
      return breach(at, `${about} was answered with ${code} instead of ${expects}: ${message}`);
    if (
      code !== undefined &&
      (refusals.has(code) || code === "UNAVAILABLE" || code === "RATE_LIMITED")
    )
      return message ? [] : breach(at, `${about} was answered with ${code} and no words`);
    return breach(at, `${about} was answered with ${code ?? "no code"}: ${message}`);
  }

  /** What was asked for is there: it was changed meanwhile, or was so before. */
  function acknowledgedWith(at: number, ask: Ask, about: string): Breach[] {
    const expected = ask.fact.input["expectedRevision"];
    if (typeof expected === "number" && !ask.revisions.has(expected))
      return breach(at, `${about} was accepted with revision ${expected}, which was not current`);
    if (ask.changedAt !== undefined) promised.push({ about, changedAt: ask.changedAt });
    if (ask.changes > 0 || ask.wasSo) return [];
    const isWiped = scene.losses.some((loss) => loss.lostSince === 0 && loss.at >= ask.fact.at);
    return isWiped ? [] : breach(at, `${about} was answered with ok and is not stored`);
  }

  /** A Redis that crashed has what was acknowledged; one that was emptied has nothing. */
  function crashed({ at, life, lostSince }: FactOf<"redis">): Breach[] {
    if (lostSince === undefined && life !== "wiped") return [];
    const lost = promised.filter(({ changedAt }) => changedAt > (lostSince ?? Infinity));
    promised = [];
    return lost.flatMap(({ about }) =>
      breach(at, `${about} was answered with ok, and Redis lost it`),
    );
  }

  function hear(fact: Fact): readonly Breach[] {
    if (fact.kind === "asked" && fact.mutation.endsWith("Daemon")) {
      const ask: Ask = { fact, changes: 0, revisions: new Set(), wasSo: false };
      open.set(fact.ask, ask);
      look(ask);
    }
    if (fact.kind === "change") return changed(fact);
    if (fact.kind === "redis") return crashed(fact);
    return fact.kind === "told" ? told(fact) : [];
  }
  return { name, hear };
}

/** Whether a mutation had nothing to change. Only these may be answered with ok without a change. */
function isTrueOf(mutation: string, daemon: StoredDaemon): boolean {
  if (mutation === "pauseDaemon") return daemon.paused;
  if (mutation === "resumeDaemon") return !daemon.paused;
  if (mutation === "deregisterDaemon") return daemon.deleting;
  return mutation === "updateDaemon" || mutation === "rollbackDaemon";
}

type Revision = StoredDaemon["revisions"][number];

/** A revision that was there and is another one now, or none: it was written over by somebody who had not read it. */
function forgottenRevision(before: string | undefined, after: string | undefined) {
  if (before === undefined || after === undefined) return undefined;
  const [was, is]: readonly [StoredDaemon, StoredDaemon] = [JSON.parse(before), JSON.parse(after)];
  // What is noted of a revision later does not change it.
  const content = ({ taskDefinition, selector, template, createdAt }: Revision): string =>
    JSON.stringify([taskDefinition, selector, template, createdAt]);
  const kept = new Map(is.revisions.map((each) => [each.revision, content(each)]));
  const oldest = Math.min(...kept.keys());
  return was.revisions.find(
    (each) => each.revision > oldest && kept.get(each.revision) !== content(each),
  )?.revision;
}

/** Why a change of a definition is none that the scheduler may make; undefined when it is one. */
function notSchedulers(before: string | undefined, after: string | undefined): string | undefined {
  if (before === undefined) return "a scheduler registers none";
  const was: StoredDaemon = JSON.parse(before);
  if (after === undefined)
    return was.deleting ? undefined : "it was not deregistered, and is removed";
  const is: StoredDaemon = JSON.parse(after);
  if (is.rolledBack?.revision === was.revision)
    return was.rollout.autoRollback ? undefined : "it was taken back without autoRollback";
  const { revision } = was;
  const settled = { ...was, stableRevision: revision, promotedRevision: revision };
  return JSON.stringify(sorted(settled)) === JSON.stringify(sorted(is))
    ? undefined
    : "it is neither taken back nor settled";
}

const sorted = (value: object): [string, unknown][] =>
  Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
