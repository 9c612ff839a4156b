// Whether one subscriber was told exactly what the log says: every change that concerns it, once, in order, across any
// number of connections and replicas. Pure.
import type { Recorded, RecordedLog, Seen } from "./recorded-log.ts";

/** One payload of a subscription. */
export interface Told {
  readonly type: string;
  /** Position in the cluster's log; undefined within a snapshot. */
  readonly seq: number | undefined;
  readonly id: string;
  readonly version: string;
  readonly status: string;
}

/** What a subscription is about. */
export interface Interest {
  readonly kind: "t" | "i";
  readonly matches: (entity: Seen) => boolean;
}

const selected = ({ version, status, desiredStatus, agentConnected }: Seen): string =>
  [version, status, desiredStatus, agentConnected].join();

/** What a change is to somebody with this interest; undefined for nothing. */
export function newsOf({ kind, matches }: Interest, change: Recorded): string | undefined {
  if (change.kind !== kind) return undefined;
  const { before, after } = change;
  const was = before !== undefined && matches(before);
  const is = after !== undefined && matches(after);
  if (was && is) return selected(before) === selected(after) ? undefined : "MODIFIED";
  return is ? "ADDED" : was ? "REMOVED" : undefined;
}

/** Payloads that a failure shows. */
const recentMax = 8;

const inWords = ({ type, seq, id, version, status }: Told): string =>
  `${type} ${seq} ${id} ${version} ${status}`;

export class CursorCheck {
  readonly #interest: Interest;
  /** What was told and not yet judged, because the log was not read so far. */
  #waiting: Told[] = [];
  /** Where the subscriber stands: a position, and the place in the recorded log of the first change behind it. */
  #at: { readonly seq: number; readonly index: number } | undefined;
  /** What it believes that there is, by id, as `version status`. */
  readonly #held = new Map<string, string>();
  #snapshot: Map<string, string> | undefined;
  #recent: Told[] = [];
  judged = 0;

  constructor(interest: Interest) {
    this.#interest = interest;
  }

  /** It begins anew with a snapshot: what it knew counts no more. */
  startAnew(): void {
    this.#waiting = [];
    this.#at = undefined;
    this.#snapshot = new Map();
  }

  tell(told: Told): void {
    const snapshot = this.#snapshot;
    if (told.type === "SYNCED") {
      if (snapshot) {
        this.#held.clear();
        for (const [id, text] of snapshot) this.#held.set(id, text);
        this.#snapshot = undefined;
      }
    } else if (snapshot) snapshot.set(told.id, `${told.version} ${told.status}`);
    else if (told.type === "REMOVED") this.#held.delete(told.id);
    else this.#held.set(told.id, `${told.version} ${told.status}`);
    if (told.seq !== undefined) this.#waiting.push(told);
  }

  /** What it holds, as `id version status`, in order. */
  held(): string[] {
    return [...this.#held].map(([id, text]) => `${id} ${text}`).toSorted();
  }

  /** Judges what was told as far as the log is read. Returns the first thing that is wrong. */
  judge(log: RecordedLog): string | undefined {
    while (this.#waiting.length > 0) {
      const [told] = this.#waiting;
      if (told?.seq === undefined) break;
      if (told.seq > log.position && !log.isLost(told.seq)) break; // not read yet
      this.#waiting.shift();
      const problem = this.#judgeOne(told, told.seq, log);
      this.#recent = [...this.#recent.slice(-recentMax), told];
      if (problem !== undefined)
        return `${problem}. Told last: ${this.#recent.map(inWords).join("; ")}`;
    }
    return undefined;
  }

  #judgeOne(told: Told, seq: number, log: RecordedLog): string | undefined {
    this.judged++;
    const at = this.#at;
    const index = log.indexOf(seq);
    const behind = index === undefined ? placeBehind(log, seq) : index + 1;
    this.#at = { seq, index: behind };
    if (at === undefined || told.type === "SYNCED") return undefined;
    if (seq <= at.seq) return `was told ${seq} after ${at.seq}: a repeat`;
    if (log.isLost(at.seq) && !log.isLost(seq))
      return `went on from ${at.seq}, which Redis lost, to ${seq}`;
    const missed = this.#missedBetween(log, at.index, index ?? behind, log.isLost(seq));
    if (missed !== undefined)
      return `was told ${seq} after ${at.seq} and missed ${missed.seq} (${missed.kind} ${missed.id}): a gap`;
    const change = index === undefined ? undefined : log.changes[index];
    // Of what Redis lost before anybody could read it, nobody knows more.
    if (change === undefined)
      return log.isLost(seq) ? undefined : `was told ${seq}, which is no change`;
    const news = newsOf(this.#interest, change);
    const is = told.type === "REMOVED" ? (change.after ?? change.before) : change.after;
    const right = `${news} ${change.id} ${is?.version} ${is?.status}`;
    const said = `${told.type} ${told.id} ${told.version} ${told.status}`;
    const gone = `${news} ${change.id} ${change.before?.version} ${change.before?.status}`;
    return said === right || (told.type === "REMOVED" && said === gone)
      ? undefined
      : `was told "${said}" at ${seq}, where the log has "${right}"`;
  }

  #missedBetween(
    log: RecordedLog,
    from: number,
    to: number,
    toLost: boolean,
  ): Recorded | undefined {
    for (let index = from; index < to; index++) {
      const change = log.changes[index];
      if (change && (!change.undone || toLost) && newsOf(this.#interest, change)) return change;
    }
    return undefined;
  }

  /** What it should have been told by now; undefined when it is where the log is. */
  missing(log: RecordedLog): string | undefined {
    if (this.#at === undefined) return "it has no snapshot yet";
    const missed = this.#missedBetween(log, this.#at.index, log.changes.length, false);
    return missed && `it was not told ${missed.seq} (${missed.kind} ${missed.id})`;
  }
}

/** The place of the first change behind a position. */
function placeBehind({ changes }: RecordedLog, seq: number): number {
  let [low, high] = [0, changes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle]?.seq ?? Infinity) > seq) high = middle;
    else low = middle + 1;
  }
  return low;
}
