// A fresh Redis server for one test file, on a socket of its own. For tests and benchmarks only.
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { locateRedisServer } from "../redis-server/locate.ts";
import { startRedisServer } from "../redis-server/start.ts";
import type { RedisServer } from "../redis-server/start.ts";

export interface TestRedis {
  /** The same over every restart. */
  readonly url: string;
  /** The process id of the server that runs now. */
  pid(): number;
  /** Ends the server for good and removes its data. */
  stop(): Promise<void>;
  /** Ends the server in order and starts it again on the same data. After {@link TestRedis.kill9}, just starts it. */
  restart(): Promise<void>;
  /** Ends the server with SIGKILL and resolves when it is gone. */
  kill9(): Promise<void>;
  /** Halts the server: connections stay open and nothing answers, as when a machine hangs. */
  pause(): void;
  /** Goes on after {@link TestRedis.pause}. */
  resume(): void;
}

const dataDir = fileURLToPath(new URL("../../.longshore", import.meta.url));

/** Starts a server (30-40 ms). `appendonly: false` is faster and forgets everything on restart. */
export async function testRedis({ appendonly = true } = {}): Promise<TestRedis> {
  const program = await locateRedisServer(dataDir, { environment: process.env });
  const folder = await mkdtemp(join(tmpdir(), "longshore-redis-"));
  const start = () => startRedisServer({ program, dataDir: folder, appendonly, listening });
  const listening = { kind: "unix", path: join(folder, "redis.sock") } as const;
  let server: RedisServer = await start();
  return {
    url: server.url,
    pid: () => server.pid,
    stop: async () => {
      server.process.kill("SIGCONT");
      server.process.kill("SIGKILL"); // nobody reads the data again
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
    restart: async () => {
      await server.stop();
      server = await start();
    },
    kill9: async () => {
      const gone = server.process.exitCode === null && server.process.signalCode === null;
      const exit = gone ? once(server.process, "exit") : undefined;
      server.process.kill("SIGKILL");
      await exit;
      await server.stop();
    },
    pause: () => void server.process.kill("SIGSTOP"),
    resume: () => void server.process.kill("SIGCONT"),
  };
}
