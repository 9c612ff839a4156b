// What a launcher has written down and is about to do, under its lease: in Redis, and here what Redis has of it. Every
// write is fenced: one that lost the lease writes nothing, and what it had read counts for nothing. Makes no call.
import { Deposed } from "../scheduler/protocol.ts";
import type { KeptWrite } from "../store/kept.ts";
import type { Kit } from "./kit.ts";
import { isForgettable, startId } from "./launch-record.ts";
import type { StartRecord, StopRecord } from "./launch-record.ts";
import type { Lease } from "./lease.ts";

/** Records that are forgotten with one write. */
const forgottenAtOnce = 10;

interface Loading {
  readonly lease: string;
  readonly loaded: Promise<Loaded>;
  /** What was written while Redis was read: it may have been read before. */
  readonly late: Map<string, StartRecord | StopRecord | undefined>;
}

/** What was written so far, as this lease found it and went on. */
export interface Loaded {
  readonly lease: string;
  readonly records: Map<string, StartRecord | StopRecord>;
  readonly restartedAt: number | undefined;
  /** Starts whose tasks are known to be gone: forgotten with some later write. */
  readonly gone: WeakSet<StartRecord>;
}

/** All throw {@link Deposed} when the lease is not held. */
export class Intents {
  readonly #kit: Kit;
  readonly #lease: Lease;
  #loading: Loading | undefined;
  #loaded: Loaded | undefined;

  constructor(kit: Kit, lease: Lease) {
    this.#kit = kit;
    this.#lease = lease;
    // Another may have written in between, though the lease be the same.
    lease.onTaken(() => {
      this.#loading = undefined;
      this.#loaded = undefined;
    });
  }

  /** By id; nothing before the first {@link load}. */
  get known(): ReadonlyMap<string, StartRecord | StopRecord> {
    return this.#loaded?.records ?? new Map();
  }

  /** What was written under earlier leases. */
  async load(): Promise<Loaded> {
    const lease = this.#lease.held();
    if (lease === undefined) throw new Deposed("the lease is not held");
    if (this.#loaded?.lease === lease) return this.#loaded;
    const loading = this.#loading?.lease === lease ? this.#loading : this.#read(lease);
    this.#loading = loading;
    try {
      const loaded = await loading.loaded;
      this.check(loaded);
      return loaded;
    } catch (error) {
      if (this.#loading === loading) this.#loading = undefined;
      throw error;
    }
  }

  #read(lease: string): Loading {
    const late: Loading["late"] = new Map();
    const read = async (): Promise<Loaded> => {
      const { records: texts, restartedAt } = await this.#kit.kept.load();
      const records: Loaded["records"] = new Map();
      for (const [id, text] of texts) records.set(id, JSON.parse(text));
      for (const [id, record] of late) remember(records, id, record);
      const loaded = { lease, restartedAt, records, gone: new WeakSet<StartRecord>() };
      if (this.#loading?.late === late) this.#loaded = loaded;
      return loaded;
    };
    return { lease, late, loaded: read() };
  }

  /** The same lease may have been taken anew, after Redis was restarted: then what was decided before is not done. */
  check(loaded: Loaded): void {
    if (this.#lease.held() !== loaded.lease || this.#loaded !== loaded)
      throw new Deposed("the lease is not held any more");
  }

  /** Also forgets some of what nothing follows from any more. */
  async write(
    loaded: Loaded,
    id: string,
    record: StartRecord | StopRecord | undefined,
  ): Promise<void> {
    const now = this.#kit.clock.now();
    const isOver = (known: StartRecord | StopRecord) =>
      isForgettable(known, now) || (!("at" in known) && loaded.gone.has(known));
    const old = [...loaded.records]
      .filter(([each, known]) => each !== id && isOver(known))
      .slice(0, forgottenAtOnce)
      .map(([each]): KeptWrite => ({ id: each, record: undefined }));
    const text = record === undefined ? undefined : JSON.stringify(record);
    const writes = [{ id, record: text }, ...old];
    if ((await this.#kit.kept.write(writes, loaded.lease)) === "fenced") {
      this.#lease.lost();
      throw new Deposed("the lease was lost");
    }
    for (const each of old) loaded.records.delete(each.id);
    remember(loaded.records, id, record);
    // An answer that came when the lease had been taken anew.
    if (this.#loaded !== loaded && this.#loaded) remember(this.#loaded.records, id, record);
    if (this.#loading && !this.#loaded) this.#loading.late.set(id, record);
  }
}

export function startOf({ records }: Loaded, key: string): StartRecord | undefined {
  const record = records.get(startId(key));
  return record === undefined || "at" in record ? undefined : record;
}

function remember(
  records: Loaded["records"],
  id: string,
  record: StartRecord | StopRecord | undefined,
): void {
  if (record === undefined) records.delete(id);
  else records.set(id, record);
}
