// What a scheduler of somebody's own keeps in Redis, under its name: who of its processes may act, and what they are
// about to do. Over the scripts of the clusters, on keys of its own; nothing of it is in any cluster's log.
import type { Clock } from "../clock.ts";
import type { Random } from "../random.ts";
import type { Connection } from "./connection.ts";
import { keptKeys } from "./keys.ts";
import { restartJump } from "./restart.ts";
import { scanPages } from "./scan.ts";
import { runScript } from "./scripts.ts";
import type { Scripts } from "./scripts.ts";
import type { LeaseResult } from "./store.ts";

export interface KeptWrite {
  readonly id: string;
  /** undefined removes it. */
  readonly record: string | undefined;
}

/** Of one name. Every call may throw RedisUnavailable or a connection error: the caller owns the retry. */
export interface Kept {
  takeLease(holder: string, ttlMs: number): Promise<LeaseResult>;
  releaseLease(lease: string): Promise<void>;
  /** All records by id, and when Redis was last found to have been restarted, which may have lost the newest (ms, its time). */
  load(): Promise<{
    readonly records: ReadonlyMap<string, string>;
    readonly restartedAt: number | undefined;
  }>;
  /** All of them or none. fenced: the lease is not held any more, or Redis was restarted since {@link Kept.load}. */
  write(writes: readonly KeptWrite[], lease: string): Promise<"written" | "fenced">;
}

export interface KeptStore {
  /** Of a scheduler's name: letters, digits and `_.-`. */
  kept(name: string): Kept;
}

interface KeptOptions {
  readonly connection: Connection;
  readonly scripts: Scripts;
  readonly clock: Clock;
  readonly random: Random;
}

/** Nobody reads this log: it only has to have an end. */
const logEntriesMax = 100;
const pageSize = 500;

export function keptStore({ connection, scripts, clock, random }: KeptOptions): KeptStore {
  const { redis } = connection;
  return {
    kept: (name) => {
      const { meta, log, facts, definitions, records, lease: leaseKey, channel } = keptKeys(name);
      return {
        takeLease: async (holder, ttlMs) => {
          await connection.form();
          const taken = [meta, leaseKey];
          const reply = await runScript(redis, scripts.takeLease, taken, [holder, ttlMs]);
          if (!Array.isArray(reply)) throw new Error("take-lease.lua answered no list");
          const lease = String(reply[1]);
          return reply[0] === 1 ? { held: true, lease } : { held: false, holder: lease };
        },
        releaseLease: async (lease) => {
          await runScript(redis, scripts.releaseLease, [leaseKey], [lease]);
        },
        load: async () => {
          const form = await connection.form();
          const begin = [form, random.hex(12), clock.now(), channel, restartJump];
          await runScript(redis, scripts.beginRun, [meta, log, facts, records], begin);
          const found = new Map<string, string>();
          const pages = scanPages(connection, records, (cursor) =>
            redis.hscan(records, cursor, "COUNT", pageSize),
          );
          for await (const page of pages)
            for (let at = 0; at < page.length; at += 2)
              found.set(page[at] ?? "", page[at + 1] ?? "");
          const [restartedAt] = await redis.hmget(facts, "restartedAt");
          return {
            records: found,
            restartedAt: restartedAt ? Number(restartedAt) : undefined,
          };
        },
        write: async (writes, lease) => {
          const form = await connection.form();
          const head = [form, clock.now(), logEntriesMax, channel, lease];
          const args = writes.flatMap(({ id, record }) => ["p", id, "*", record ?? ""]);
          const keys = [meta, log, definitions, records, leaseKey];
          const reply = await runScript(redis, scripts.putControl, keys, [...head, ...args]);
          if (!Array.isArray(reply)) throw new Error("put-control.lua answered no list");
          return reply[0] === "OK" ? "written" : "fenced";
        },
      };
    },
  };
}
