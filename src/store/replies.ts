// Decodes what Redis answers into the store's own values. Pure.
import { entityKinds } from "./keys.ts";
import type { EntityKind } from "./keys.ts";
import type { Freshness, LogEntry, LogPage, LogRestart } from "./store.ts";

const isEntityKind = (kind: unknown): kind is EntityKind =>
  entityKinds.some((each) => each === kind);

function readEntry(raw: unknown): LogEntry | LogRestart {
  if (!Array.isArray(raw) || !Array.isArray(raw[1])) throw new Error("not a log entry");
  const seq = Number(String(raw[0]).split("-")[0]);
  const fields = new Map<string, string>();
  for (let at = 0; at + 1 < raw[1].length; at += 2)
    fields.set(String(raw[1][at]), String(raw[1][at + 1]));
  const kind = fields.get("k");
  if (kind === "r") return { seq, kind: "r", previous: Number(fields.get("p")) };
  if (!isEntityKind(kind)) throw new Error(`log entry ${seq} is of unknown kind ${kind}`);
  return {
    seq,
    kind,
    id: fields.get("id") ?? "",
    at: Number(fields.get("at")),
    before: fields.get("b"),
  };
}

/** Decodes the answer of read.lua. */
export function readLogPage(reply: unknown): LogPage {
  if (!Array.isArray(reply)) throw new Error("read.lua answered no list");
  const [epoch, seq, entries, present] = reply;
  if (!Array.isArray(entries) || !Array.isArray(present))
    throw new Error("read.lua answered no entries");
  const records = new Map<string, string>();
  for (let at = 0; at + 2 < present.length; at += 3)
    if (typeof present[at + 2] === "string")
      records.set(`${present[at]} ${present[at + 1]}`, present[at + 2]);
  return {
    epoch: String(epoch),
    seq: Number(seq),
    entries: entries.map(readEntry),
    present: records,
  };
}

export function readFreshness(fields: Readonly<Record<string, string>>): Freshness {
  const count = (name: string) => (fields[name] === undefined ? undefined : Number(fields[name]));
  return {
    lastEventAt: count("lastEventAt"),
    eventLagMs: count("eventLagMs"),
    eventLagP50Ms: count("eventLagP50Ms"),
    eventTimeLagMs: count("eventTimeLagMs"),
    lastReconciledAt: count("lastReconciledAt"),
    comparedFrom: count("comparedFrom"),
    restartedAt: count("restartedAt"),
    driftRepaired: count("driftRepaired"),
    reconcileProblem: fields["reconcileProblem"],
  };
}
