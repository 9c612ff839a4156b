// `longshore serve`: the named roles in this process, on one Redis, until it is told to stop.
import { resolve } from "node:path";
import { ConfigError, listenProblem, metricsProblem, processEnvironment } from "../config.ts";
import type { Config } from "../config.ts";
import { accountOf } from "../aws/account.ts";
import { renewedCredentials } from "../aws/credentials.ts";
import { systemClock } from "../clock.ts";
import type { Log } from "../log.ts";
import { systemRandom } from "../random.ts";
import { locateRedisServer } from "../redis-server/locate.ts";
import { startRedisServer } from "../redis-server/start.ts";
import type { RedisServer } from "../redis-server/start.ts";
import { startApiRole } from "./api.ts";
import { startIngest } from "./ingest.ts";
import type { Role, RoleName, RoleOptions } from "./role.ts";
import { startScheduler } from "./scheduler.ts";
import { tellOfSelves } from "./self-report.ts";

const starters: Readonly<Record<RoleName, (options: RoleOptions) => Promise<Role>>> = {
  ingest: startIngest,
  api: startApiRole,
  scheduler: startScheduler,
};

/** Where a private Redis keeps its program and its data, below the folder that we run in. */
const dataDir = ".longshore";

/** A Redis of our own, for a machine where none is configured. Throws RedisServerMissing with what to do. */
async function startPrivateRedis(): Promise<RedisServer> {
  const program = await locateRedisServer(resolve(dataDir), { environment: processEnvironment });
  return startRedisServer({ program, dataDir: resolve(dataDir, "redis-data"), appendonly: true });
}

/** STS answers in a moment, or is not there for us: in a private network it may not be. */
const accountWithinMs = 2000;

/** Which Longshore we are of. The api alone calls nothing of AWS, and may have no credentials. */
async function deploymentOf(
  names: readonly RoleName[],
  { deployment }: Config,
  log: Log,
): Promise<string | undefined> {
  if (deployment !== undefined || names.every((name) => name === "api")) return deployment;
  const account = accountOf(renewedCredentials(systemClock));
  const known = new AbortController();
  const tired = systemClock.sleep(accountWithinMs, known.signal).then(() => undefined);
  const found = await Promise.race([account(), tired]);
  known.abort();
  if (found !== undefined) return found;
  log.warn(
    "STS does not tell the account of the credentials: it is not looked at whether Redis is of another Longshore. Set LONGSHORE_DEPLOYMENT to have that done.",
  );
  return undefined;
}

/** Runs until `signal` aborts; then drains every role, the API last so that it can be watched. */
export async function serve(
  names: readonly RoleName[],
  config: Config,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const problem =
    (names.includes("api") ? listenProblem(config) : undefined) ?? metricsProblem(config);
  if (problem !== undefined) throw new ConfigError(problem);
  const redis = config.redisUrl === undefined ? await startPrivateRedis() : undefined;
  const url = config.redisUrl ?? redis?.url;
  if (url === undefined) throw new Error("no Redis was started");
  const deployment = await deploymentOf(names, config, log);
  const [clock, random] = [systemClock, systemRandom];
  const options: RoleOptions = { config, redis: { url, deployment }, clock, random, log };
  const running: Role[] = [];
  try {
    for (const name of names) {
      if (signal.aborted) break;
      running.push(await starters[name](options));
    }
    if (config.metricsPort !== undefined)
      running.push(await tellOfSelves(running, { ...options, port: config.metricsPort }));
    await aborted(signal);
    log.info("stopping: finishing what is under way");
  } finally {
    await Promise.all(running.map((role) => role.stop()));
    await redis?.stop();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
