// Waits until what was written outlives a crash of Redis: it is on its disk, and at a replica where it has replicas. On
// a connection of its own, as waiting holds one up; who waits at the same time waits together. Decides nothing else.
import type { Clock } from "../clock.ts";
import { connectionOf } from "./connection.ts";
import type { Connection } from "./connection.ts";
import { FsyncWatch } from "./fsync-watch.ts";
import { infoOf } from "./info.ts";
import type { Info } from "./info.ts";
import { clustersKey } from "./keys.ts";
import type { RedisClient } from "./redis-client.ts";
import { runOfSchema } from "./schema.ts";

/** What was written is there, and Redis has not said in time that it would outlive a crash: it may be lost yet. */
export class NotKept extends Error {
  override readonly name = "NotKept";
  constructor(why: string, options?: ErrorOptions) {
    super(
      `This was written, but ${why}: it may be lost should Redis crash now. ` +
        "Look whether it holds, and ask for it again if it does not.",
      options,
    );
  }
}

/** How a server tells that something is on its disk. */
export type Keeping =
  | { readonly how: "WAITAOF" }
  /** It answers a write when it has synced it. */
  | { readonly how: "always" }
  /** It syncs each second, and is too old to tell when: see fsync-watch.ts. */
  | { readonly how: "watch"; readonly pausesWhileForked: boolean }
  | { readonly how: "not"; readonly why: string };

/** Longer than a disk takes to sync, by far; shorter than people and their proxies wait. */
const patienceMs = 6000;
const replicaPatienceMs = 2000;
const lookMs = 40;
/** WAITAOF and WAIT speak of what their own connection has written: this is there for nothing else. */
const markerSeconds = 60;

/** What CONFIG GET answered, by name; empty where a managed service keeps that to itself. */
export function settingsOf(reply: unknown): ReadonlyMap<string, string> {
  const list = Array.isArray(reply) ? reply.map(String) : [];
  return new Map(
    list.flatMap((name, at) => (at % 2 === 0 ? [[name, list[at + 1] ?? ""] as const] : [])),
  );
}

/** `settings`: names and values as CONFIG GET *fsync* answers. */
export function keepingOf(info: Info, settings: ReadonlyMap<string, string>): Keeping {
  if (info.get("aof_enabled") !== "1") return { how: "not", why: "its append-only file is off" };
  const policy = settings.get("appendfsync");
  if (policy === "always") return { how: "always" };
  if (policy === "no") return { how: "not", why: "its appendfsync is no" };
  // Valkey tells the version of Redis that it is compatible with.
  const [major = 0, minor = 0] = (info.get("redis_version") ?? "").split(".").map(Number);
  if (major > 7 || (major === 7 && minor >= 2)) return { how: "WAITAOF" };
  if (policy !== "everysec") return { how: "not", why: "it does not tell how often it syncs" };
  return {
    how: "watch",
    pausesWhileForked: settings.get("no-appendfsync-on-rewrite") === "yes",
  };
}

/** How many replicas follow this server now. */
function replicasOf(info: Info): number {
  const replicas = [...info].filter(([name]) => /^slave\d+$/.test(name));
  return replicas.filter(([, facts]) => facts.includes("state=online")).length;
}

type Server = Pick<RedisClient, "pipeline">;

type Command = readonly [name: string, ...args: (string | number)[]];

/** Sends commands at once and on one connection. A failure of one of them is its reply. */
async function send(redis: Server, commands: readonly Command[]): Promise<unknown[]> {
  const pipeline = redis.pipeline();
  for (const [name, ...args] of commands) pipeline.call(name, ...args);
  const answers = (await pipeline.exec()) ?? [];
  return answers.map(([error, reply]) => error ?? reply);
}

function textOf(reply: unknown): string {
  if (reply instanceof Error) throw reply;
  return String(reply);
}

/** Of the server that has `key`: of a Redis Cluster each command goes where its keys, or those sent with it, lead. */
async function readInfo(redis: RedisClient, key: string): Promise<Info> {
  const [, reply] = await send(redis, [["EXISTS", key], ["INFO"]]);
  return infoOf(textOf(reply));
}

async function readKeeping(
  redis: Server,
  key: string,
): Promise<{ readonly info: Info; readonly keeping: Keeping }> {
  const config: Command = ["CONFIG", "GET", "*fsync*"];
  const [, said, settings] = await send(redis, [["EXISTS", key], ["INFO"], config]);
  const info = infoOf(textOf(said));
  return { info, keeping: keepingOf(info, settingsOf(settings)) };
}

/** How many have what was written before, by WAITAOF or WAIT, and of which process. */
async function waitFor(
  redis: RedisClient,
  marker: string,
  command: Command,
): Promise<{ readonly count: number; readonly info: Info }> {
  const set: Command = ["SET", marker, "", "EX", markerSeconds];
  const [written, count, info] = await send(redis, [set, command, ["INFO"]]);
  textOf(written);
  if (count instanceof Error) throw count;
  return { count: Number(Array.isArray(count) ? count[0] : count), info: infoOf(textOf(info)) };
}

export interface AcknowledgerOptions {
  /** Opens a connection to the server that has a key. */
  readonly dial: (key: string) => RedisClient;
  readonly url: string;
  readonly clock: Clock;
}

export interface Acknowledger {
  /**
   * Resolves once all that a Redis had answered before this call, in the history of writes `run` (as
   * {@link runOfSchema} has it), is as safe as that Redis can make it. `marker` is a key on the server that it was
   * written to; who waits for the same one waits together. Throws {@link NotKept}.
   */
  kept(run: string, marker: string): Promise<void>;
}

export function createAcknowledger({ dial, url, clock }: AcknowledgerOptions): Acknowledger {
  /** By marker: the round that is under way, and the one after it. */
  const rounds = new Map<string, { running: Promise<string>; next?: Promise<string> }>();

  function begin(marker: string): Promise<string> {
    const running = round(marker).finally(() => {
      if (rounds.get(marker)?.next === undefined) rounds.delete(marker);
    });
    rounds.set(marker, { running });
    return running;
  }

  /** A round that has begun may have looked before this was written: the next one has not. */
  function join(marker: string): Promise<string> {
    const now = rounds.get(marker);
    if (!now) return begin(marker);
    now.next ??= now.running.then(
      () => begin(marker),
      () => begin(marker),
    );
    return now.next;
  }

  /** Resolves to the run of the Redis that has all of it. */
  async function round(marker: string): Promise<string> {
    const patience = new AbortController();
    const connection = connectionOf(dial(marker), url, () => {});
    const late = clock.sleep(patienceMs, patience.signal).then(() => {
      throw new NotKept(`Redis did not confirm within ${patienceMs / 1000} s that it is kept`);
    });
    try {
      return await Promise.race([late, confirm(connection, marker, patience.signal)]);
    } catch (error) {
      if (error instanceof NotKept) throw error;
      throw new NotKept("Redis was lost before it had confirmed that it is kept", { cause: error });
    } finally {
      late.catch(() => {});
      patience.abort();
      await connection.close();
    }
  }

  async function confirm(
    { redis, ready }: Connection,
    marker: string,
    signal: AbortSignal,
  ): Promise<string> {
    await ready(signal);
    const { info: first, keeping } = await readKeeping(redis, marker);
    const runs = new Set([first.get("master_replid")]);
    if (keeping.how === "WAITAOF") {
      const onDisk = await waitFor(redis, marker, ["WAITAOF", 1, 0, patienceMs]);
      if (onDisk.count < 1) throw new NotKept("Redis did not sync it in time");
      runs.add(onDisk.info.get("master_replid"));
    }
    if (keeping.how === "watch") {
      const watch = new FsyncWatch(keeping.pausesWhileForked);
      let info = first;
      while (!watch.see(info)) {
        await clock.sleep(lookMs, signal);
        info = await readInfo(redis, marker);
      }
      runs.add(info.get("master_replid"));
    }
    const replicas = replicasOf(first);
    if (replicas > 0) {
      const there = await waitFor(redis, marker, ["WAIT", replicas, replicaPatienceMs]);
      if (there.count < 1)
        throw new NotKept("no replica of Redis confirmed in time that it has it");
      runs.add(there.info.get("master_replid"));
    }
    const [run = "", ...others] = runs;
    if (others.length > 0) throw new NotKept("Redis was restarted just then");
    return runOfSchema(run);
  }

  return {
    kept: async (run, marker) => {
      if ((await join(marker)) !== run)
        throw new NotKept("Redis was restarted, or another one took over, just then");
    },
  };
}

/** Why a Redis cannot keep what it acknowledges, in words; undefined when it can, or says nothing. */
export async function weaknessOf(redis: RedisClient): Promise<string | undefined> {
  const servers = redis.shards?.primaries() ?? [["", redis] as const];
  const asked = servers.map(async ([name, server]) => {
    const { info, keeping } = await readKeeping(server, clustersKey);
    const what = weaknessIn(info, keeping);
    return what && name !== "" ? `${what} (node ${name})` : what;
  });
  return (await Promise.all(asked)).find((weakness) => weakness !== undefined);
}

function weaknessIn(info: Info, keeping: Keeping): string | undefined {
  const policy = info.get("maxmemory_policy") ?? "noeviction";
  if (policy !== "noeviction" && info.get("maxmemory") !== "0")
    return `Redis may drop what it holds, daemons included: its maxmemory-policy is ${policy}`;
  // With replicas that is the other half of the promise.
  if (keeping.how !== "not" || replicasOf(info) > 0) return undefined;
  return `Redis may lose what it has acknowledged, daemons included: ${keeping.why}`;
}
