// Runs one private Redis server as a child process and sees to it that none is left over. Never talks Redis itself.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { systemRandom } from "../random.ts";
import { configText, urlOf } from "./configuration.ts";
import type { Listening } from "./configuration.ts";
import type { RedisProgram } from "./debian.ts";
import { forgetServer, recordServer, stopLeftover } from "./leftover.ts";

export interface RedisServerOptions {
  readonly program: RedisProgram;
  /** Made if missing. Holds the append-only file, the note about the running server and, by default, its socket. */
  readonly dataDir: string;
  /** Keep every write (append-only file, synced each second). Without it a stop forgets everything. */
  readonly appendonly: boolean;
  /** Where it listens; by default a socket in dataDir, or a loopback port with a password where that path is too long. */
  readonly listening?: Listening;
  /** Further lines of redis.conf; a later line wins. */
  readonly settings?: readonly string[];
  /** Hears each line that the server writes. */
  readonly onLine?: (line: string) => void;
  readonly clock?: Clock;
  /** How long loading the data may take. */
  readonly startTimeoutMs?: number;
}

export interface RedisServer {
  /** `unix:///path` or `redis://:password@127.0.0.1:port`: what REDIS_URL may be. */
  readonly url: string;
  readonly listening: Listening;
  readonly pid: number;
  readonly process: ChildProcess;
  /** Resolves when the server is gone, with its exit code or signal in words. Never rejects. */
  readonly exited: Promise<string>;
  /** Ends the server (it writes its data first) and resolves when it is gone. May be called more than once. */
  stop(): Promise<void>;
}

/** The longest path that a unix socket takes everywhere (macOS: 104 bytes with the final zero). */
const longestSocketPath = 100;
const stopTimeoutMs = 10_000;
const defaultStartTimeoutMs = 120_000;
const portAttempts = 5;

/** A TCP port on loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((done, fail) => {
    probe.on("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address !== null
          ? done(address.port)
          : fail(new Error("a listening socket has no port")),
      );
    });
  });
}

async function placeToListen(dataDir: string): Promise<Listening> {
  const path = join(dataDir, "redis.sock");
  if (Buffer.byteLength(path) <= longestSocketPath) return { kind: "unix", path };
  return { kind: "tcp", port: await freePort(), password: systemRandom.hex(32) };
}

/**
 * A shell that ends the server when this process is gone, however it went: its input closes then.
 * Both live outside the terminal's process group, so that Ctrl-C reaches nobody but who decides the order of stopping.
 */
function guard(pid: number): ChildProcess {
  const script = `cat >/dev/null; kill -TERM ${pid}; n=0; while kill -0 ${pid} && [ $n -lt 50 ]; do n=$((n+1)); sleep 0.1; done; kill -KILL ${pid}`;
  const child = spawn("/bin/sh", ["-c", script], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  child.on("error", () => {});
  child.unref();
  return child;
}

/** Calls `onLine` for each whole line of a stream. */
function eachLine(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let rest = "";
  stream?.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
}

const isReady = (line: string): boolean => /ready to accept connections/i.test(line);

type Outcome = { kind: "ready" } | { kind: "exited" } | { kind: "slow" };

async function launch(options: RedisServerOptions, listening: Listening): Promise<RedisServer> {
  const { program, dataDir, appendonly, onLine = () => {}, clock = systemClock } = options;
  const child = spawn(program.command, ["-"], {
    env: program.env,
    cwd: dataDir,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const lastLines: string[] = [];
  const exited = new Promise<string>((done) => {
    child.once("error", (error) => done(error.message));
    child.once("close", (code, signal) => done(signal ?? `exit code ${code}`));
  });
  const ready = new Promise<Outcome>((done) => {
    const hear = (line: string) => {
      lastLines.splice(0, lastLines.length - 9);
      lastLines.push(line);
      onLine(line);
      if (isReady(line)) done({ kind: "ready" });
    };
    eachLine(child.stdout, hear);
    eachLine(child.stderr, hear);
  });
  child.stdin?.on("error", () => {}); // it may be gone before it has read: `exited` tells
  const { settings = [] } = options;
  child.stdin?.end(configText({ dataDir, appendonly, listening, settings }));

  const { pid } = child;
  if (pid === undefined)
    throw new Error(`${program.command} could not be started: ${await exited}`);
  const watcher = guard(pid);
  void exited.then(() => {
    watcher.kill("SIGKILL");
    watcher.stdin?.destroy();
  });
  const recorded = recordServer(dataDir, pid);
  const timeout = new AbortController();
  const outcome = await Promise.race([
    ready,
    exited.then((): Outcome => ({ kind: "exited" })),
    clock
      .sleep(options.startTimeoutMs ?? defaultStartTimeoutMs, timeout.signal)
      .then((): Outcome => ({ kind: "slow" })),
  ]);
  timeout.abort();
  await recorded;
  if (outcome.kind !== "ready") {
    child.kill("SIGKILL");
    await exited;
    await forgetServer(dataDir);
    throw new Error(
      `Redis ${outcome.kind === "slow" ? "took too long to start" : "did not start"} in ${dataDir}:\n${lastLines.join("\n")}`,
    );
  }
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      const cancel = clock.after(stopTimeoutMs, () => child.kill("SIGKILL"));
      await exited;
      cancel();
    }
    await exited;
    await forgetServer(dataDir);
  };
  return { url: urlOf(listening), listening, pid, process: child, exited, stop };
}

/**
 * Starts a private Redis server and resolves when it answers: all data is loaded by then.
 * It listens on a unix socket or on loopback only, and goes when this process goes, even when that is killed.
 * One that a killed process left behind in dataDir is ended first; one whose owner lives is left alone: RedisDataInUse.
 */
export async function startRedisServer(options: RedisServerOptions): Promise<RedisServer> {
  const dataDir = resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await stopLeftover(dataDir, options.clock ?? systemClock);
  for (let attempt = 1; ; attempt++) {
    const listening = options.listening ?? (await placeToListen(dataDir));
    if (listening.kind === "unix") await rm(listening.path, { force: true });
    try {
      return await launch({ ...options, dataDir }, listening);
    } catch (error) {
      // Somebody else took the free port in between.
      const taken = error instanceof Error && /Address already in use/.test(error.message);
      if (!taken || options.listening !== undefined || attempt === portAttempts) throw error;
    }
  }
}
