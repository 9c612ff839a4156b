// The Redis of a chaos run: a real server on a port of its own that can be killed, frozen, kept away, and made to lose
// what it had not yet synced, as a machine does that loses its power. What it had synced stays: mutations were answered.
import { readdirSync, statSync, truncateSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { systemRandom } from "../random.ts";
import type { RedisProgram } from "../redis-server/debian.ts";
import { startRedisServer } from "../redis-server/start.ts";
import type { RedisServer } from "../redis-server/start.ts";
import { steadyPort } from "./ports.ts";

export interface ChaosRedis {
  /** With its password. */
  readonly url: string;
  readonly port: number;
  isUp(): boolean;
  /** kill -9. With `loseMs`, what was written in that time before is gone, too, as far as it was not synced. */
  kill(loseMs?: number): Promise<void>;
  start(): Promise<void>;
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

export interface ChaosRedisOptions {
  readonly program: RedisProgram;
  readonly folder: string;
  readonly clock: Clock;
}

const samplesEveryMs = 25;
/** Redis syncs once a second: more is never lost. */
const sampledMs = 1500;

/** The append-only file that grows; undefined before there is one. */
function growingFile(folder: string): string | undefined {
  const place = join(folder, "appendonlydir");
  try {
    const names = readdirSync(place).filter((name) => name.endsWith(".incr.aof"));
    const name = names.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1);
    return name === undefined ? undefined : join(place, name);
  } catch {
    return undefined;
  }
}

export async function startChaosRedis(options: ChaosRedisOptions): Promise<ChaosRedis> {
  const { program, folder, clock } = options;
  const logPath = join(folder, "..", "redis.log");
  const port = await steadyPort();
  const listening = { kind: "tcp", port, password: systemRandom.hex(32) } as const;
  const launch = (): Promise<RedisServer> =>
    startRedisServer({
      program,
      dataDir: folder,
      appendonly: true,
      listening,
      onLine: (line) => void appendFile(logPath, `${line}\n`),
    });
  let server: RedisServer | undefined = await launch();
  const { url } = server;
  let sizes: { readonly at: number; readonly path: string; readonly bytes: number }[] = [];
  const stop = new AbortController();

  const sampling = (async () => {
    while (!stop.signal.aborted) {
      const path = growingFile(folder);
      const at = clock.now();
      if (server !== undefined && path !== undefined)
        sizes.push({ at, path, bytes: statSync(path).size });
      sizes = sizes.filter((size) => size.at > at - sampledMs);
      await clock.sleep(samplesEveryMs, stop.signal);
    }
  })();

  /** Redis begins a sync with each second of its clock, which is this machine's: what is older may be on the disk. */
  function cutTail(killedAt: number, loseMs: number): void {
    const path = growingFile(folder);
    const since = Math.max(killedAt - loseMs, Math.floor(killedAt / 1000) * 1000);
    const kept = sizes.find((size) => size.path === path && size.at >= since);
    if (path !== undefined && kept?.path === path && kept.bytes < statSync(path).size)
      truncateSync(path, kept.bytes);
  }

  return {
    url,
    port,
    isUp: () => server !== undefined,
    kill: async (loseMs = 0) => {
      const killedAt = clock.now();
      const ending = server;
      server = undefined;
      ending?.process.kill("SIGCONT");
      ending?.process.kill("SIGKILL");
      await ending?.stop();
      if (loseMs > 0) cutTail(killedAt, loseMs);
      sizes = [];
    },
    start: async () => {
      server ??= await launch();
    },
    freeze: () => void server?.process.kill("SIGSTOP"),
    thaw: () => void server?.process.kill("SIGCONT"),
    close: async () => {
      stop.abort();
      await sampling;
      server?.process.kill("SIGCONT");
      server?.process.kill("SIGKILL"); // nobody reads the data again
      await server?.stop();
    },
  };
}
