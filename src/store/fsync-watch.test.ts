// The watch against a model of how Redis writes and syncs its file each second, with disks of every speed.
import { expect, it } from "vitest";
import { seededRandom } from "../random.ts";
import type { Random } from "../random.ts";
import { FsyncWatch } from "./fsync-watch.ts";
import { infoOf } from "./info.ts";

/** What flushAppendOnlyFile of Redis 7.0 does each time round, with time in ms. */
class SyncingRedis {
  readonly #random: Random;
  readonly #slowestMs: number;
  now: number;
  /** Bytes in the buffer, in the file, and on the disk. */
  buffer = 0;
  written = 0;
  synced = 0;
  #sync: { readonly upTo: number; readonly endsAt: number } | undefined;
  #lastSync = 0;
  #postponedAt = 0;
  #delayed = 0;

  constructor(random: Random, slowestMs: number) {
    this.#random = random;
    this.#slowestMs = slowestMs;
    this.now = random.int(1_000_000, 2_000_000);
  }

  get #second(): number {
    return Math.floor(this.now / 1000);
  }

  pass(ms: number): void {
    this.now += ms;
    if (!this.#sync || this.#sync.endsAt > this.now) return;
    this.synced = this.#sync.upTo;
    this.#sync = undefined;
  }

  goRound(): void {
    const isDue = this.#second > this.#lastSync;
    if (this.buffer === 0 && !(this.synced !== this.written && isDue && !this.#sync)) return;
    if (this.buffer > 0 && this.#sync) {
      this.#postponedAt ||= this.#second;
      if (this.#second - this.#postponedAt < 2) return;
      this.#delayed++;
    }
    this.#postponedAt = 0;
    this.written += this.buffer;
    this.buffer = 0;
    if (!isDue) return;
    if (!this.#sync) {
      const endsAt = this.now + this.#random.int(0, this.#slowestMs);
      this.#sync = { upTo: this.written, endsAt };
    }
    this.#lastSync = this.#second;
  }

  info() {
    return infoOf(
      [
        "run_id:a",
        `server_time_usec:${this.now * 1000}`,
        "aof_rewrites:0",
        "aof_rewrite_in_progress:0",
        "rdb_bgsave_in_progress:0",
        "aof_last_write_status:ok",
        `aof_pending_bio_fsync:${this.#sync ? 1 : 0}`,
        `aof_delayed_fsync:${this.#delayed}`,
      ].join("\r\n"),
    );
  }
}

/** Writes one thing among what others write; how long the watch took, and whether it was on the disk by then. */
function watchOne(seed: number, slowestMs: number): { tookMs: number; isKept: boolean } {
  const random = seededRandom(seed);
  const redis = new SyncingRedis(random, slowestMs);
  const othersWrite = () => {
    if (random.int(0, 2) === 0) redis.buffer++;
  };
  const step = () => {
    redis.goRound();
    redis.pass(random.int(0, 40));
    othersWrite();
  };
  for (let round = 0; round < 100; round++) step();
  const from = redis.now;
  redis.buffer++;
  const mine = redis.written + redis.buffer;
  const watch = new FsyncWatch(false);
  while (redis.now - from < 60_000) {
    step();
    if (watch.see(redis.info())) return { tookMs: redis.now - from, isKept: redis.synced >= mine };
  }
  // A disk that is too slow for what is written: nothing is said of it.
  return { tookMs: Infinity, isKept: true };
}

it.each([5, 300, 1500, 4000])("never says so too early, with syncs of up to %i ms", (slowestMs) => {
  for (let seed = 1; seed <= 500; seed++) {
    const { tookMs, isKept } = watchOne(seed, slowestMs);
    expect({ seed, isKept }).toEqual({ seed, isKept: true });
    expect(tookMs).toBeLessThanOrEqual(slowestMs <= 300 ? 2500 : Infinity);
  }
});

it("begins anew when a sync was left out, the file was written anew, or Redis restarted", () => {
  const see = (more: string, at: number) =>
    infoOf(
      `run_id:a\nserver_time_usec:${at}000000\naof_pending_bio_fsync:0\naof_last_write_status:ok\n` +
        `rdb_bgsave_in_progress:0\naof_rewrite_in_progress:0\n${more}`,
    );
  const looks = (watch: FsyncWatch, more: string) =>
    [7, 7, 8, 8].map((at) => watch.see(see(more, at)));
  for (const more of ["aof_delayed_fsync:1", "aof_rewrites:1", "run_id:b"]) {
    const watch = new FsyncWatch(false);
    expect([...looks(watch, ""), watch.see(see(more, 8))].includes(true)).toBe(false);
    expect([...looks(watch, more), watch.see(see(more, 8))]).toContain(true);
  }
  const pausing = new FsyncWatch(true);
  const forked = [...looks(pausing, "rdb_bgsave_in_progress:1"), ...looks(pausing, "")];
  expect(forked).not.toContain(true);
  expect(pausing.see(see("", 9))).toBe(true);
});
