// What a Redis process holds: keys with strings, hashes, sets, sorted sets, lists and streams, their expiry, and a
// journal of the last writes. Methods are Redis's commands, as far as our scripts and the store send them. Synchronous:
// one command at a time, as in Redis itself.
import type { StreamEntry } from "../../store/redis-client.ts";
import { Journal } from "./journal.ts";
import { inOrder, inRange, isWithin, SortedSet } from "./sorted-set.ts";
import { seqOf, Stream } from "./stream.ts";

type Hash = Map<string, string>;
type Value = string | Hash | Set<string> | SortedSet | string[] | Stream;

/** Redis understood a command and refuses it. */
export class ReplyError extends Error {
  override readonly name = "ReplyError";
}

const wrongType = () =>
  new ReplyError("WRONGTYPE Operation against a key holding the wrong kind of value");

export class Keyspace {
  readonly #now: () => number;
  readonly #journal: Journal;
  #values = new Map<string, Value>();
  /** When keys with a limited life end, ms. */
  #expiry = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
    this.#journal = new Journal(now);
  }

  /** What was written by now can't be undone any more. */
  keep(): void {
    this.#journal.keep();
  }

  /** Forgets what was written after `since`, ms by this server's clock. */
  undoSince(since: number): void {
    this.#journal.undoSince(since);
  }

  flushall(): void {
    const [values, expiry] = [this.#values, this.#expiry];
    this.#values = new Map();
    this.#expiry = new Map();
    this.#journal.did(() => {
      this.#values = values;
      this.#expiry = expiry;
    });
  }

  // Keys

  #live(key: string): Value | undefined {
    const end = this.#expiry.get(key);
    if (end !== undefined && end <= this.#now()) {
      this.#values.delete(key);
      this.#expiry.delete(key);
    }
    return this.#values.get(key);
  }

  #put(key: string, value: Value): void {
    const [before, end] = [this.#live(key), this.#expiry.get(key)];
    this.#values.set(key, value);
    this.#expiry.delete(key);
    this.#journal.did(() => this.#putBack(key, before, end));
  }

  #putBack(key: string, value: Value | undefined, end: number | undefined): void {
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, value);
    if (end === undefined) this.#expiry.delete(key);
    else this.#expiry.set(key, end);
  }

  unlink(key: string): number {
    const [before, end] = [this.#live(key), this.#expiry.get(key)];
    if (before === undefined) return 0;
    this.#values.delete(key);
    this.#expiry.delete(key);
    this.#journal.did(() => this.#putBack(key, before, end));
    return 1;
  }

  exists(key: string): boolean {
    return this.#live(key) !== undefined;
  }

  pexpire(key: string, lifeMs: number): number {
    if (this.#live(key) === undefined) return 0;
    const before = this.#expiry.get(key);
    this.#expiry.set(key, this.#now() + lifeMs);
    this.#journal.did(() => {
      if (before === undefined) this.#expiry.delete(key);
      else this.#expiry.set(key, before);
    });
    return 1;
  }

  persist(key: string): number {
    if (this.#live(key) === undefined) return 0;
    const before = this.#expiry.get(key);
    if (before === undefined) return 0;
    this.#expiry.delete(key);
    this.#journal.did(() => this.#expiry.set(key, before));
    return 1;
  }

  /** ms left; -1 without an end, -2 without the key. */
  pttl(key: string): number {
    if (this.#live(key) === undefined) return -2;
    const end = this.#expiry.get(key);
    return end === undefined ? -1 : end - this.#now();
  }

  get(key: string): string | undefined {
    const value = this.#live(key);
    if (value !== undefined && typeof value !== "string") throw wrongType();
    return value;
  }

  set(key: string, value: string): void {
    this.#put(key, value);
  }

  incrby(key: string, by: number): number {
    const value = Number(this.get(key) ?? 0) + by;
    const end = this.#expiry.get(key);
    this.#put(key, String(value));
    if (end !== undefined) this.#expiry.set(key, end);
    return value;
  }

  // Hashes

  #hash(key: string): Hash | undefined {
    const value = this.#live(key);
    if (value === undefined) return undefined;
    if (!(value instanceof Map) || value instanceof SortedSet) throw wrongType();
    return value;
  }

  hget(key: string, field: string): string | undefined {
    return this.#hash(key)?.get(field);
  }

  /** All of a hash; nobody may change it. */
  hgetall(key: string): ReadonlyMap<string, string> {
    return this.#hash(key) ?? new Map();
  }

  hstrlen(key: string, field: string): number {
    return Buffer.byteLength(this.hget(key, field) ?? "");
  }

  /** Returns how many fields are new. */
  hset(key: string, ...fieldsAndValues: readonly string[]): number {
    const hash = this.#hash(key) ?? this.#made(key, new Map<string, string>());
    let added = 0;
    for (let at = 0; at + 1 < fieldsAndValues.length; at += 2) {
      const field = fieldsAndValues[at] ?? "";
      const before = hash.get(field);
      if (before === undefined) added++;
      hash.set(field, fieldsAndValues[at + 1] ?? "");
      this.#journal.did(() => {
        if (before === undefined) hash.delete(field);
        else hash.set(field, before);
      });
    }
    return added;
  }

  hincrby(key: string, field: string, by: number): number {
    const value = Number(this.hget(key, field) ?? 0) + by;
    this.hset(key, field, String(value));
    return value;
  }

  hdel(key: string, ...fields: readonly string[]): number {
    const hash = this.#hash(key);
    let removed = 0;
    for (const field of hash ? fields : []) {
      const before = hash?.get(field);
      if (!hash || before === undefined) continue;
      hash.delete(field);
      removed++;
      this.#journal.did(() => hash.set(field, before));
    }
    if (hash?.size === 0) this.unlink(key);
    return removed;
  }

  #made<Made extends Value>(key: string, value: Made): Made {
    this.#put(key, value);
    return value;
  }

  // Sets

  #set(key: string): Set<string> | undefined {
    const value = this.#live(key);
    if (value === undefined) return undefined;
    if (!(value instanceof Set)) throw wrongType();
    return value;
  }

  smembers(key: string): string[] {
    return [...(this.#set(key) ?? [])];
  }

  sadd(key: string, ...members: readonly string[]): number {
    const set = this.#set(key) ?? this.#made(key, new Set<string>());
    const added = members.filter((member) => !set.has(member));
    for (const member of added) {
      set.add(member);
      this.#journal.did(() => set.delete(member));
    }
    return added.length;
  }

  srem(key: string, ...members: readonly string[]): number {
    const set = this.#set(key);
    const removed = members.filter((member) => set?.delete(member));
    for (const member of removed) this.#journal.did(() => set?.add(member));
    if (set?.size === 0) this.unlink(key);
    return removed.length;
  }

  // Sorted sets

  #sorted(key: string): SortedSet | undefined {
    const value = this.#live(key);
    if (value === undefined) return undefined;
    if (!(value instanceof SortedSet)) throw wrongType();
    return value;
  }

  zcard(key: string): number {
    return this.#sorted(key)?.size ?? 0;
  }

  zscore(key: string, member: string): number | undefined {
    return this.#sorted(key)?.get(member);
  }

  /** All members with scores; nobody may change it. */
  zall(key: string): ReadonlyMap<string, number> {
    return this.#sorted(key) ?? new Map();
  }

  /** Adds, or changes the score unless `keeps`; returns 1 for a new member. */
  zadd(key: string, score: number, member: string, keeps = false): number {
    const set = this.#sorted(key) ?? this.#made(key, new SortedSet());
    const before = set.get(member);
    if (before !== undefined && keeps) return 0;
    set.set(member, score);
    this.#journal.did(() => {
      if (before === undefined) set.delete(member);
      else set.set(member, before);
    });
    return before === undefined ? 1 : 0;
  }

  zrem(key: string, ...members: readonly string[]): number {
    const set = this.#sorted(key);
    let removed = 0;
    for (const member of set ? members : []) {
      const score = set?.get(member);
      if (!set || score === undefined) continue;
      set.delete(member);
      removed++;
      this.#journal.did(() => set.set(member, score));
    }
    if (set?.size === 0) this.unlink(key);
    return removed;
  }

  /** Members by rank, lowest first. */
  zrange(key: string, from: number, to: number): string[] {
    const set = this.#sorted(key);
    // Bounds ask for what is too much with every write: mostly nothing.
    if (!set || (to < 0 && set.size + to < 0)) return [];
    return inRange(inOrder(set), from, to).map(([member]) => member);
  }

  zrevrange(key: string, from: number, to: number): string[] {
    const ordered = inOrder(this.#sorted(key) ?? new Map()).toReversed();
    return inRange(ordered, from, to).map(([member]) => member);
  }

  zrangebyscore(key: string, lowest: string | number, highest: string | number): string[] {
    const found = [...(this.#sorted(key) ?? [])].filter(([, score]) =>
      isWithin(score, lowest, highest),
    );
    return inOrder(new Map(found)).map(([member]) => member);
  }

  // Lists

  #list(key: string): string[] | undefined {
    const value = this.#live(key);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw wrongType();
    return value;
  }

  lrange(key: string, from: number, to: number): string[] {
    return inRange(this.#list(key) ?? [], from, to);
  }

  lpush(key: string, value: string): void {
    const list = this.#list(key) ?? this.#made(key, [] as string[]);
    list.unshift(value);
    this.#journal.did(() => list.shift());
  }

  ltrim(key: string, from: number, to: number): void {
    const list = this.#list(key);
    if (!list) return;
    const before = [...list];
    list.splice(0, list.length, ...inRange(before, from, to));
    this.#journal.did(() => list.splice(0, list.length, ...before));
    if (list.length === 0) this.unlink(key);
  }

  // Streams

  #stream(key: string): Stream | undefined {
    const value = this.#live(key);
    if (value === undefined) return undefined;
    if (!(value instanceof Stream)) throw wrongType();
    return value;
  }

  xlen(key: string): number {
    return this.#stream(key)?.entries.length ?? 0;
  }

  xrange(key: string, from: string, to: string, limit: number): StreamEntry[] {
    return this.#stream(key)?.range(from, to, limit) ?? [];
  }

  xrevrange(key: string, from: string, to: string, limit: number): StreamEntry[] {
    return this.#stream(key)?.reverseRange(from, to, limit) ?? [];
  }

  /** Adds `<seq>-0` and trims to about `lengthMax` entries, if that is given. */
  xadd(key: string, seq: number, fields: string[], lengthMax = Infinity): void {
    const stream = this.#stream(key) ?? this.#made(key, new Stream());
    const before = stream.lastSeq;
    if (seq <= before)
      throw new ReplyError(
        "ERR The ID specified in XADD is equal or smaller than the target stream top item",
      );
    stream.entries.push({ seq, fields });
    stream.lastSeq = seq;
    this.#journal.did(() => {
      stream.entries.pop();
      stream.lastSeq = before;
    });
    this.#trim(stream, stream.beyond(lengthMax));
  }

  xtrimBefore(key: string, id: string): number {
    const stream = this.#stream(key);
    return stream ? this.#trim(stream, stream.before(seqOf(id))) : 0;
  }

  xtrimAbout(key: string, length: number): number {
    const stream = this.#stream(key);
    return stream ? this.#trim(stream, stream.beyond(length)) : 0;
  }

  #trim(stream: Stream, count: number): number {
    if (count <= 0) return 0;
    const gone = stream.entries.splice(0, count);
    this.#journal.did(() => stream.entries.unshift(...gone));
    return gone.length;
  }

  // Size

  /** About what Redis says of a key; undefined without one. Real sizes depend on encodings. */
  memoryUsage(key: string): number | undefined {
    const value = this.#live(key);
    if (value === undefined) return undefined;
    const texts =
      typeof value === "string"
        ? [value]
        : value instanceof Stream
          ? value.entries.flatMap(({ fields }) => fields)
          : value instanceof Map
            ? [...value].flatMap(([field, text]) => [field, String(text)])
            : [...value];
    return texts.reduce((bytes, text) => bytes + text.length + 8, 64);
  }
}
