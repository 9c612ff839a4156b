// Whether a Redis that syncs its append-only file each second has synced what it had answered before: what WAITAOF says
// of a Redis since 7.2, worked out of INFO for one that is older. Pure.

import type { Info } from "./info.ts";

/** What lets a server skip a sync, or go on in another file: when it moves, what was seen before counts for nothing. */
const disturbances = ["run_id", "aof_delayed_fsync", "aof_rewrites", "aof_rewrite_in_progress"];

const isForked = (info: Info): boolean =>
  info.get("aof_rewrite_in_progress") !== "0" || info.get("rdb_bgsave_in_progress") !== "0";

/** The second of the server's clock, as it has it when it decides on a sync. */
const secondOf = (info: Info): number =>
  Math.floor(Number(info.get("server_time_usec") ?? 0) / 1_000_000);

/**
 * Takes INFO again and again, each asked for after the one before was answered, the first after the write. Between two
 * of them the server goes round once at least, and before it reads a command it writes its buffer to the file, unless
 * a sync is under way; then, where the second of its clock is another one than that of the last sync, begins one, if
 * none is under way.
 */
export class FsyncWatch {
  /** Whether syncs are left out while a child process writes a file. */
  readonly #pausesWhileForked: boolean;
  #last: Info | undefined;
  /** In which second the file was known to have all of it. */
  #writtenIn: number | undefined;
  #isLater = false;
  #quiet = 0;

  constructor(pausesWhileForked: boolean) {
    this.#pausesWhileForked = pausesWhileForked;
  }

  /** Whether all that was answered before the first INFO is on the disk. */
  see(info: Info): boolean {
    const last = this.#last;
    this.#last = info;
    const isDisturbed =
      last === undefined || disturbances.some((name) => last.get(name) !== info.get(name));
    if (isDisturbed || (this.#pausesWhileForked && isForked(info))) {
      this.#writtenIn = undefined;
      this.#isLater = false;
      return false;
    }
    const isIdle = info.get("aof_pending_bio_fsync") === "0";
    if (this.#writtenIn === undefined) {
      // None was under way, so the buffer was written when the server went round.
      const isWritten =
        last.get("aof_pending_bio_fsync") === "0" && info.get("aof_last_write_status") === "ok";
      if (isWritten) this.#writtenIn = secondOf(info);
      return false;
    }
    if (!this.#isLater) {
      this.#isLater = secondOf(info) > this.#writtenIn;
      this.#quiet = 0;
      return false;
    }
    // Either a sync was begun in this second, or one from before held it up: that one is over at the first quiet look,
    // and what was begun after it at the second.
    this.#quiet = isIdle ? this.#quiet + 1 : 0;
    return this.#quiet >= 2;
  }
}
