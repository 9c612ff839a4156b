// Everything in one process tree, against a simulated fleet: what `npm start` does. Starts, watches and stops
// processes in order; does none of their work.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { get as getPlain } from "node:http";
import { get as getTls } from "node:https";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { isLoopback, listenProblem, processEnvironment } from "../config.ts";
import type { Config, Environment } from "../config.ts";
import { createLog } from "../log.ts";
import type { Log } from "../log.ts";
import { systemRandom } from "../random.ts";
import { locateRedisServer } from "../redis-server/locate.ts";
import { freePort, startRedisServer } from "../redis-server/start.ts";
import type { RedisServer } from "../redis-server/start.ts";
import { banner } from "./banner.ts";
import { startChild } from "./child-process.ts";
import { demoEnvironment, demoFile } from "./environment.ts";
import type { DemoPlaces } from "./environment.ts";
import { keepRunning } from "./keep-running.ts";
import type { Kept, KeepOptions } from "./keep-running.ts";
import { relay } from "./output.ts";
import { portProblem } from "./ports.ts";

export interface DemoOptions {
  /** Of this process; the children get it without its AWS variables. */
  readonly environment: Environment;
  /** The folder of package.json. */
  readonly root: string;
  /** The command line's entry point, which the children run: `MAIN serve api`, `MAIN simulate --demo --port N`. */
  readonly main: string;
  /** Where Redis and its data live. */
  readonly dataDir: string;
  /** How long the API may take until it is ready. */
  readonly readyTimeoutMs: number;
}

// Sources have types (.ts); the package's lib/ has none (.js). Both lie equally deep.
const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));

const defaults: DemoOptions = {
  environment: processEnvironment,
  root: fileURLToPath(new URL("../..", import.meta.url)),
  main: fileURLToPath(new URL(`../cli/main${extension}`, import.meta.url)),
  dataDir: resolve(".longshore"),
  readyTimeoutMs: 120_000,
};

/** What a person can mend: said in a line, without a stack trace. */
export class StartProblem extends Error {
  override readonly name = "StartProblem";
}

const stopTimeoutMs = 8000;
const pollMs = 100;
const failuresToGiveUp = 5;
const queue = "longshore";

/** Who is stopped with whom, in this order: first those who act, then those who are asked, then what they stand on. */
const stopOrder = [["scheduler", "ingest"], ["api"], ["simulator"], ["redis"]];

interface Supervision extends DemoOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly kept: Kept[];
  readonly signal: AbortSignal;
}

/** Keeps it running and in the list; one that comes up after the order to stop is stopped again. */
async function keep(all: Supervision, name: string, start: KeepOptions["start"]): Promise<void> {
  const kept = await keepRunning({ name, start, clock: all.clock, log: all.log });
  if (all.signal.aborted) await kept.stop();
  else all.kept.push(kept);
}

async function choosePorts(
  config: Config,
  environment: Environment,
): Promise<{ port: number; simulatorPort: number }> {
  const port = config.port === 0 ? await freePort() : config.port;
  const followsPort = !environment["LONGSHORE_SIMULATOR_PORT"];
  const simulatorPort =
    config.simulatorPort === 0 || (config.port === 0 && followsPort)
      ? await freePort()
      : config.simulatorPort;
  const problem =
    listenProblem(config) ??
    (await portProblem(config.host, port, "the API and the dashboard", "LONGSHORE_PORT")) ??
    (await portProblem("127.0.0.1", simulatorPort, "the simulator", "LONGSHORE_SIMULATOR_PORT"));
  if (problem !== undefined) throw new StartProblem(problem);
  return { port, simulatorPort };
}

/** A Redis to work with: the one that REDIS_URL names, or a private one that is kept running. */
async function provideRedis(all: Supervision): Promise<{ url: string; words: string }> {
  if (all.config.redisUrl !== undefined)
    return { url: all.config.redisUrl, words: "the one that REDIS_URL names" };
  const { dataDir } = all;
  const program = await locateRedisServer(dataDir, {
    environment: all.environment,
    progress: (line) => all.log.info(line),
  });
  const folder = join(dataDir, "redis-data");
  let server: RedisServer | undefined;
  const start = async () => {
    server = await startRedisServer({
      program,
      dataDir: folder,
      appendonly: true,
      ...(server ? { listening: server.listening } : {}), // the address stays over a restart
      onLine: (line) => all.log.debug({ child: "redis" }, line),
    });
    return server;
  };
  await keep(all, "redis", start);
  if (server === undefined) throw new Error("a server that was started is not there");
  return { url: server.url, words: `private, its data in ${folder}` };
}

/** Brings the pages up to date, in a checkout. A failure is told and the rest goes on: the API works without them. */
async function buildPages(all: Supervision): Promise<void> {
  const script = join(all.root, "scripts/build-web.mjs");
  if (!existsSync(script) || !existsSync(join(all.root, "package-lock.json"))) return;
  const child = spawn(process.execPath, [script], {
    stdio: ["ignore", "inherit", "inherit"],
    signal: all.signal,
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("exit", resolve);
  });
  if (code !== 0 && !all.signal.aborted)
    all.log.error("the dashboard was not built (see above); everything else starts without it");
}

function startRole(
  all: Supervision,
  places: DemoPlaces,
  name: string,
  args: () => readonly string[],
): Promise<void> {
  const { clock } = all;
  const environment = demoEnvironment(all.environment, places);
  return keep(all, name, () =>
    startChild({
      command: process.execPath,
      args: [all.main, ...args()],
      environment,
      clock,
      stopTimeoutMs,
      onLine: relay(name),
    }),
  );
}

const askTimeoutMs = 5000;

/** Asks a part that runs here. Its certificate may be of any other name: that is between it and its clients. */
async function ask(url: string): Promise<{ status: number; body: string }> {
  const get = url.startsWith("https:") ? getTls : getPlain;
  const options = { rejectUnauthorized: false, agent: false, timeout: askTimeoutMs } as const;
  return new Promise((resolve, reject) => {
    const asking = get(url, options, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
    asking.on("error", reject);
    asking.on("timeout", () => asking.destroy(new Error("no answer in time")));
  });
}

/** Resolves once `url` answers and `accept` likes the status. Throws when a part keeps failing or time is up. */
async function waitUntil(
  all: Supervision,
  url: string,
  accept: (status: number) => boolean,
): Promise<void> {
  const deadline = all.clock.monotonic() + all.readyTimeoutMs;
  let last = "no answer";
  while (!all.signal.aborted) {
    try {
      const { status, body } = await ask(url);
      last = `${status} ${body}`;
      if (accept(status)) return;
    } catch {
      last = "no answer";
    }
    const broken = all.kept.find((part) => part.failures() >= failuresToGiveUp);
    if (broken)
      throw new StartProblem(
        `${broken.name} does not come up (${broken.lastReason()}, ${broken.failures()} times): its own words are above.`,
      );
    if (all.clock.monotonic() > deadline)
      throw new StartProblem(`${url} is not ready after ${all.readyTimeoutMs / 1000} s: ${last}`);
    await all.clock.sleep(pollMs, all.signal);
  }
}

async function bringUp(all: Supervision): Promise<void> {
  const { config } = all;
  const ports = await choosePorts(config, all.environment);
  const [redis] = await Promise.all([provideRedis(all), buildPages(all)]);
  const simulatorUrl = `http://127.0.0.1:${ports.simulatorPort}`;
  const places = { redisUrl: redis.url, simulatorUrl, host: config.host, ...ports, queue };
  if (all.signal.aborted) return;
  // Another fleet each time: Redis remembers the last one, whose versions went further than a new one's.
  await startRole(all, places, "simulator", () => [
    "simulate",
    "--demo",
    "--port",
    String(ports.simulatorPort),
    "--seed",
    systemRandom.hex(6),
  ]);
  await waitUntil(all, simulatorUrl, () => true);
  if (all.signal.aborted) return;
  for (const role of ["ingest", "api", "scheduler"])
    await startRole(all, places, role, () => ["serve", role]);
  const host = isLoopback(config.host) && config.host !== "::1" ? config.host : "127.0.0.1";
  const scheme = config.tls ? "https" : "http";
  const url = `${scheme}://${config.host === "::1" ? "[::1]" : host}:${ports.port}`;
  await waitUntil(all, `${url}/readyz`, (status) => status === 200);
  if (all.signal.aborted) return;
  const settingsFile = settingsFileOf(all.dataDir);
  await mkdir(all.dataDir, { recursive: true });
  // Redis may have a password.
  await writeFile(settingsFile, demoFile(places, url), { mode: 0o600 });
  const processes = all.kept.map((part) => ({ name: part.name, pid: part.pid() }));
  const facts = { url, simulatorUrl, queue, redis: redis.words, settingsFile, processes };
  process.stdout.write(banner(facts, process.stdout.isTTY));
}

const settingsFileOf = (dataDir: string): string => join(dataDir, "demo.env");

async function stopAll(kept: readonly Kept[]): Promise<void> {
  for (const names of stopOrder)
    await Promise.all(kept.filter(({ name }) => names.includes(name)).map((part) => part.stop()));
}

/**
 * Runs everything until `signal` aborts, then stops every process in order and resolves.
 * Rejects when it cannot come up, once all that had started is stopped: {@link StartProblem} for what a person can mend.
 */
export async function startDemo(
  config: Config,
  signal: AbortSignal,
  options: Partial<DemoOptions> = {},
): Promise<void> {
  // Ends what is under way when this function ends, also without the caller's signal.
  const ending = new AbortController();
  const log = createLog("start", config.logLevel);
  const kept: Kept[] = [];
  const all: Supervision = {
    ...defaults,
    ...options,
    config,
    clock: systemClock,
    log,
    kept,
    signal: AbortSignal.any([signal, ending.signal]),
  };
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  try {
    await Promise.race([bringUp(all), stopped]);
    await stopped;
  } finally {
    ending.abort();
    if (kept.length > 0) log.info("stopping everything");
    await rm(settingsFileOf(all.dataDir), { force: true });
    await stopAll(kept);
    if (kept.length > 0) log.info("everything is stopped");
  }
}
