// Whether Redis is there and set up to keep what Longshore writes. Writes nothing to it.
import type { Clock } from "../clock.ts";
import type { Environment } from "../config.ts";
import { locateRedisServer } from "../redis-server/locate.ts";
import { connect } from "../store/connection.ts";
import { parseRedisUrl, redactedUrl, redisUrlForms } from "../store/redis-url.ts";
import type { RedisHost, RedisPlace } from "../store/redis-url.ts";
import { checkTimeoutMs, within } from "./deadline.ts";
import { fail, ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { judgeProtectedMode } from "./protected-mode.ts";
import { judgeRedis, readFacts } from "./redis-facts.ts";
import { checkCluster, checkSentinels } from "./redis-shapes.ts";

/** With commands that only the doctor sends. */
type OwnConnection = ReturnType<typeof connect>;

/** Words for a Redis that cannot be talked to. */
export function judgeRedisFault(url: string, reason: string): Finding {
  const what = `Redis at ${redactedUrl(url)}`;
  if (/NOAUTH|WRONGPASS|invalid password|AUTH <password>|without any password/i.test(reason))
    return fail(what, `it rejects the login (${reason})`, "correct user and password in REDIS_URL");
  if (/NOPERM/.test(reason))
    return fail(what, `its user lacks a permission (${reason})`, "allow it in the user's ACL");
  if (/^REDIS_URL|Invalid URL/.test(reason))
    return fail(
      "REDIS_URL",
      (reason.split(". ")[0] ?? reason).replace(/\.$/, ""),
      `write it as ${redisUrlForms}`,
    );
  return fail(
    what,
    `it does not answer (${reason})`,
    "start it, or correct REDIS_URL; unset REDIS_URL, and serve starts a private one",
  );
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message || error.name : String(error);

const shapeWords: Readonly<Record<RedisPlace["shape"], string>> = {
  standalone: "it answers",
  sentinel: "the primary that the sentinels name answers",
  cluster: "a Redis Cluster, which answers",
};

async function checkConfigured(url: string, clock: Clock): Promise<readonly Finding[]> {
  let place: RedisPlace;
  try {
    place = parseRedisUrl(url);
  } catch (error) {
    return [judgeRedisFault(url, messageOf(error))];
  }
  const answers = ok(`Redis at ${redactedUrl(url)}`, shapeWords[place.shape]);
  if (place.shape === "cluster")
    return checkCluster(place, clock).then(
      (findings) => [answers, ...findings],
      (error: unknown) => [judgeRedisFault(url, messageOf(error))],
    );
  const sentinels = place.shape === "sentinel" ? await checkSentinels(place, clock) : [];
  const host = place.shape === "standalone" && !place.tls ? place.hosts[0] : undefined;
  return [...sentinels, ...(await checkOne(url, answers, clock, host))];
}

/** `host`: where it says in the clear what it has against us. */
async function checkOne(
  url: string,
  answers: Finding,
  clock: Clock,
  host: RedisHost | undefined,
): Promise<readonly Finding[]> {
  let lost = (_reason: string) => {};
  const down = new Promise<never>((_, reject) => {
    lost = (reason) => reject(new Error(reason));
  });
  down.catch(() => {});
  let connection: OwnConnection;
  try {
    connection = connect(url, "doctor", (reason) => lost(reason));
  } catch (error) {
    return [judgeRedisFault(url, messageOf(error))];
  }
  try {
    await within(clock, (signal) => Promise.race([connection.ready(signal), down]));
    const facts = await within(clock, () =>
      Promise.race([readFacts(connection.redis, clock), down]),
    );
    return [answers, ...judgeRedis(facts)];
  } catch (error) {
    return [
      (await judgeProtectedMode(answers.what, host, clock)) ??
        judgeRedisFault(url, messageOf(error)),
    ];
  } finally {
    await connection.close();
  }
}

/** Without REDIS_URL, `serve` starts a Redis of its own: looks for a program, fetches none. */
async function checkPrivate(
  environment: Environment,
  dataDir: string,
): Promise<readonly Finding[]> {
  const what = "Redis";
  const fetchCopy = () => Promise.reject(new Error("doctor fetches nothing"));
  try {
    const { command } = await locateRedisServer(dataDir, { environment, fetchCopy });
    return [
      ok(what, `REDIS_URL is not set: serve starts a private one under .longshore/ (${command})`),
    ];
  } catch {
    return [
      warn(
        what,
        "REDIS_URL is not set and no redis-server 6.2 or later is on this machine: serve tries to fetch a private copy",
        "install redis-server, or set REDIS_URL to a Redis that runs already",
      ),
    ];
  }
}

/** `dataDir` is where a private copy of Redis would be. */
export async function checkRedis(
  url: string | undefined,
  { clock, environment, dataDir }: { clock: Clock; environment: Environment; dataDir: string },
): Promise<readonly Finding[]> {
  if (url !== undefined) return checkConfigured(url, clock);
  return within(clock, () => checkPrivate(environment, dataDir), 2 * checkTimeoutMs).catch(
    (error: unknown) => [
      warn(
        "Redis",
        `looking for a redis-server took too long (${messageOf(error)})`,
        "set REDIS_URL to a Redis that runs already",
      ),
    ],
  );
}
