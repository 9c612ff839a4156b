// The model of the store: Redis in memory with twins of our scripts, and the production store on top of it. The same
// suite runs on it and on a real Redis (src/store/conformance.test.ts).
import type { Clock } from "../../clock.ts";
import type { Random } from "../../random.ts";
import { clusterKeys, clustersKey } from "../../store/keys.ts";
import type { EntityKind } from "../../store/keys.ts";
import { openRedisStore } from "../../store/redis-store.ts";
import type { RedisStoreOptions } from "../../store/redis-store.ts";
import type { StateStore } from "../../store/store.ts";
import type { Tell } from "../facts.ts";
import { ModelClient } from "./client.ts";
import type { RedisLink } from "./client.ts";
import { longestLossMs } from "./journal.ts";
import type { StorePlant } from "./plants.ts";
import { ModelServer } from "./server.ts";

export interface ModelStoreOptions {
  /** Redis's own clock, ms since the epoch. */
  readonly now: () => number;
  readonly random: Random;
  /** Hears of each committed change, each call that writes, each lease, and of Redis's own life. */
  readonly tell?: Tell;
  readonly plants?: ReadonlySet<StorePlant>;
}

export interface ModelOpenOptions extends Omit<RedisStoreOptions, "url" | "dial" | "scripts"> {
  /** Name of the process, unique among all. */
  readonly name: string;
  /** The process's own clock and randomness. */
  readonly clock: Clock;
  readonly random: Random;
  /** The way to Redis; at once and without loss if left out. */
  readonly link?: RedisLink;
}

export interface ModelStore {
  open(options: ModelOpenOptions): StateStore;
  /**
   * The Redis process ends and starts again at once: every connection is lost and comes back by itself. What was
   * written in the last `loseMs` (up to 2000; AOF loses about one second) is undone.
   */
  restart(options: { readonly loseMs: number }): void;
  /** The same in two parts: away until {@link ModelStore.start}. */
  stop(options: { readonly loseMs: number }): void;
  start(): void;
  /** Everything is gone for good, as by FLUSHALL and a file written anew; connections stay. */
  wipe(): void;
  /** Its history of writes has another id, as when a first replica comes: nothing is lost, and connections stay. */
  renameHistory(): void;
  /** Cuts the connections of a process, or of all, which come back when their link is up. */
  cut(process?: string): void;
  /** The process was killed: nobody is at the other end. */
  forget(process: string): void;
  /** What is there now, for whoever compares: nothing is asked over any network. */
  records(cluster: string, kind: EntityKind): ReadonlyMap<string, string>;
  position(cluster: string): { readonly epoch: string; readonly seq: number };
  clusters(): readonly string[];
  /** The numbers of the entries that the log has. */
  logNumbers(cluster: string): readonly number[];
}

export function createModelStore(options: ModelStoreOptions): ModelStore {
  const { now, random, tell = () => {}, plants = new Set<StorePlant>() } = options;
  const server = new ModelServer({ now, random, tell, plants });
  const stop = ({ loseMs }: { readonly loseMs: number }) => {
    if (loseMs > longestLossMs)
      throw new Error(`the model of the store can lose ${longestLossMs} ms, not ${loseMs}`);
    return server.stop(loseMs);
  };
  const { keys } = server;
  return {
    open: ({ link, ...rest }) =>
      openRedisStore({
        ...rest,
        url: "redis://model",
        dial: () => new ModelClient({ server, process: rest.name, clock: rest.clock, link }),
      }),
    restart: (lost) => {
      const lostSince = stop(lost);
      server.start();
      tell({ kind: "redis", life: "restarted", lostSince });
    },
    stop: (lost) => {
      const lostSince = stop(lost);
      tell({ kind: "redis", life: "away", lostSince });
    },
    start: () => {
      server.start();
      tell({ kind: "redis", life: "back" });
    },
    wipe: () => {
      keys.flushall();
      server.sync();
      tell({ kind: "redis", life: "wiped" });
    },
    renameHistory: () => {
      server.renameHistory();
      tell({ kind: "redis", life: "renamed" });
    },
    cut: (process) => server.cut("Connection is closed.", process),
    forget: (process) => server.forget(process),
    records: (cluster, kind) => {
      const { instances, tasks, daemons, placements, taskDefinitions } = clusterKeys(cluster);
      const hashes = { i: instances, t: tasks, d: daemons, p: placements, f: taskDefinitions };
      return keys.hgetall(hashes[kind]);
    },
    position: (cluster) => {
      const { meta } = clusterKeys(cluster);
      const [epoch, seq] = [keys.hget(meta, "epoch"), keys.hget(meta, "seq")];
      return { epoch: epoch ?? "", seq: Number(seq ?? 0) };
    },
    clusters: () => keys.smembers(clustersKey),
    logNumbers: (cluster) =>
      keys
        .xrange(clusterKeys(cluster).log, "-", "+", Infinity)
        .map(([id]) => Number(id.split("-")[0])),
  };
}
