// The store's change log as it was, read directly from Redis: what every subscriber's word is held against. Keeps what
// a crash of Redis undid, marked so, because readers may have seen it.
import { decodeChange, resolvePages } from "../changes/change.ts";
import type { Tracked } from "../changes/change.ts";
import type { Clock } from "../clock.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { LogPage, StateStore } from "../store/store.ts";

/** The fields of an entity that subscribers of a run follow. */
export interface Seen {
  readonly version: string;
  readonly status: string;
  readonly desiredStatus: string;
  readonly group: string;
  readonly agentConnected: boolean;
}

export interface Recorded {
  readonly seq: number;
  readonly kind: "t" | "i";
  readonly id: string;
  readonly before: Seen | undefined;
  readonly after: Seen | undefined;
  /** Redis lost it before it was synced. */
  undone: boolean;
}

/** Positions that were used before a crash of Redis and lost by it, both ends left out. */
export interface LostRange {
  readonly after: number;
  readonly before: number;
}

function seen(entity: Tracked | undefined): Seen | undefined {
  if (entity?.kind === "task") {
    const { version, lastStatus, desiredStatus, group = "" } = entity;
    return { version, status: lastStatus, desiredStatus, group, agentConnected: true };
  }
  if (entity?.kind === "containerInstance") {
    const { version, status, agentConnected } = entity;
    return { version, status, desiredStatus: "", group: "", agentConnected };
  }
  return undefined;
}

export class RecordedLog {
  /** Changes of tasks and container instances, in the order of the log. */
  readonly changes: Recorded[] = [];
  readonly lost: LostRange[] = [];
  readonly #indexOf = new Map<number, number>();
  #position = 0;
  #epoch = "";

  /** The last position that was read. */
  get position(): number {
    return this.#position;
  }

  get epoch(): string {
    return this.#epoch;
  }

  /** Place of a change in {@link changes}; undefined when the position is no change of a task or an instance. */
  indexOf(seq: number): number | undefined {
    return this.#indexOf.get(seq);
  }

  isLost(seq: number): boolean {
    return this.lost.some(({ after, before }) => seq > after && seq < before);
  }

  /** Takes what was read behind {@link position}. Returns what is wrong with the log itself; undefined when nothing is. */
  take(pages: readonly LogPage[], cluster: ClusterArn): string | undefined {
    const [first] = pages;
    if (!first || first.epoch === "") return undefined;
    if (this.#epoch === "") this.#epoch = first.epoch;
    const [begins] = first.entries;
    // Redis lost what it had not synced, and nobody has written since: the next write tells where it goes on.
    if (begins === undefined && first.seq < this.#position) return undefined;
    if (begins?.kind === "r" && begins.previous < this.#position) this.#undo(begins.previous);
    const read = resolvePages(pages, this.#epoch, this.#position);
    if (read === "gap")
      return `the log of ${cluster} has a gap behind ${this.#position}: epoch ${first.epoch} (was ${this.#epoch}), ends at ${pages.at(-1)?.seq}, goes on with ${JSON.stringify(begins)}`;
    // Others may have read what we did not before it was lost.
    for (const entry of pages.flatMap(({ entries }) => entries))
      if (entry.kind === "r") this.lost.push({ after: entry.previous, before: entry.seq });
    for (const change of read.changes) {
      const { seq, kind, id } = change;
      if (kind !== "t" && kind !== "i") continue;
      const { before, after } = decodeChange(change, cluster);
      this.#indexOf.set(seq, this.changes.length);
      this.changes.push({ seq, kind, id, before: seen(before), after: seen(after), undone: false });
    }
    this.#position = read.seq;
    return undefined;
  }

  #undo(previous: number): void {
    for (let index = this.changes.length - 1; index >= 0; index--) {
      const change = this.changes[index];
      if (!change || change.seq <= previous) break;
      change.undone = true;
    }
    this.#position = previous;
  }
}

export interface Recorder {
  readonly log: RecordedLog;
  /** Reads what there is now. Does nothing while Redis is away. */
  catchUp(): Promise<void>;
  close(): Promise<void>;
}

const pageSize = 1000;
const pollMs = 100;

async function readBehind(
  store: StateStore,
  cluster: ClusterArn,
  position: number,
): Promise<LogPage[]> {
  const pages: LogPage[] = [];
  for (let at = position; ;) {
    const page = await store.read(cluster, at, pageSize);
    pages.push(page);
    const last = page.entries.at(-1);
    if (last === undefined || page.entries.length < pageSize) return pages;
    at = last.seq;
  }
}

/** Reads the log as it grows; `store` must not lead through anything that the run breaks. */
export function recordLog(
  store: StateStore,
  cluster: ClusterArn,
  clock: Clock,
  onTrouble: (what: string) => void,
): Recorder {
  const log = new RecordedLog();
  const stop = new AbortController();
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    try {
      const problem = log.take(await readBehind(store, cluster, log.position), cluster);
      if (problem !== undefined) onTrouble(problem);
    } catch {
      // Redis is away, as planned: the next look finds it.
    }
  }
  const catchUp = (): Promise<void> => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
  const polling = (async () => {
    while (!stop.signal.aborted) {
      await catchUp();
      await clock.sleep(pollMs, stop.signal);
    }
  })();
  return {
    log,
    catchUp,
    close: async () => {
      stop.abort();
      await polling;
    },
  };
}
