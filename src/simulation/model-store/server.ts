// The model of a Redis process: holds the keys, runs one command or script at a time, hands announcements to whoever
// listens, dies and comes back with its last writes lost. Latency and lost messages are the network's.
import type { Random } from "../../random.ts";
import { appendsRunId, scripts } from "../../store/scripts.ts";
import type { Tell } from "../facts.ts";
import { Keyspace } from "./keyspace.ts";
import type { StorePlant } from "./plants.ts";
import { scriptOfSha, twins } from "./scripts.ts";
import { tellOfScript } from "./script-facts.ts";

/** What the server knows of a client that is connected to it. */
export interface Listener {
  /** Name of the process that the client belongs to. */
  readonly process: string;
  hear(channel: string, message: string): void;
  /** The connection is lost. */
  lose(reason: string): void;
}

export interface ModelServerOptions {
  /** Redis's own clock, ms since the epoch. */
  readonly now: () => number;
  readonly random: Random;
  readonly tell: Tell;
  readonly plants: ReadonlySet<StorePlant>;
}

export class ModelServer {
  readonly keys: Keyspace;
  readonly now: () => number;
  readonly random: Random;
  readonly plants: ReadonlySet<StorePlant>;
  readonly #tell: Tell;
  readonly #listeners = new Set<Listener>();
  /** Of processes that are dead: what they sent may still arrive, until the connection ends at this side, too. */
  readonly #abandoned = new Set<Listener>();
  #syncedAt = -Infinity;
  isUp = true;
  runId: string;

  constructor({ now, random, tell, plants }: ModelServerOptions) {
    this.now = now;
    this.random = random;
    this.plants = plants;
    this.#tell = tell;
    this.keys = new Keyspace(now);
    this.runId = random.hex(40);
  }

  connect(listener: Listener): void {
    this.#listeners.add(listener);
  }

  disconnect(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  /** Nobody is at the other end of these connections any more: nothing is said to them. */
  forget(process: string): void {
    for (const listener of this.#listeners)
      if (listener.process === process) {
        this.#listeners.delete(listener);
        this.#abandoned.add(listener);
      }
  }

  /** Cuts the connections of one process, or of all. They come back by themselves. */
  cut(reason: string, process?: string): void {
    for (const listeners of [this.#listeners, this.#abandoned])
      for (const listener of listeners)
        if (process === undefined || listener.process === process) {
          listeners.delete(listener);
          listener.lose(reason);
        }
  }

  /** What has been written by now is on the disk, and is not lost any more. */
  sync(): void {
    this.#syncedAt = this.now();
    this.keys.keep();
  }

  /** As INFO has it. */
  info(): string {
    return `redis_version:7.2.4\r\naof_enabled:1\r\nmaster_replid:${this.runId}\r\n`;
  }

  /**
   * The process ends: by itself when `loseMs` is 0, by losing power otherwise. Answers since when it has lost
   * everything, ms since the epoch; undefined when nothing.
   */
  stop(loseMs: number): number | undefined {
    const lostSince = Math.max(this.now() - loseMs, this.#syncedAt);
    if (loseMs > 0) this.keys.undoSince(lostSince);
    this.isUp = false;
    this.cut("Connection is closed.");
    return loseMs > 0 ? lostSince : undefined;
  }

  start(): void {
    this.isUp = true;
    this.runId = this.random.hex(40);
  }

  /** As a primary does that gets its first replica: under open connections, and nothing is lost. */
  renameHistory(): void {
    this.runId = this.random.hex(40);
  }

  publish(channel: string, message: string): number {
    for (const listener of this.#listeners) listener.hear(channel, message);
    return this.#listeners.size;
  }

  /** Runs the twin of a script. `keysAndArguments` as EVALSHA has them. */
  script(
    process: string,
    sha: string,
    keyCount: number,
    keysAndArguments: readonly (string | number)[],
  ): unknown {
    const name = scriptOfSha(sha);
    if (name === undefined) throw new Error(`the model of the store has no script ${sha}`);
    const all = keysAndArguments.map(String);
    const [keys, argv] = [all.slice(0, keyCount), all.slice(keyCount)];
    if (appendsRunId(scripts[name])) argv[0] += this.runId;
    const world = {
      keys: this.keys,
      process,
      now: this.now,
      publish: (channel: string, message: string) => void this.publish(channel, message),
      tell: this.#tell,
      has: (plant: StorePlant) => this.plants.has(plant),
    };
    const reply = twins[name](world, keys, argv);
    for (const fact of tellOfScript(name, process, keys, argv, reply)) this.#tell(fact);
    return reply;
  }
}
