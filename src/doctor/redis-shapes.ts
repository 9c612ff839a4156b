// Whether the nodes of a Redis Cluster, or the sentinels before a Redis, are there and agree on what they serve. What
// each Redis is like is judged as that of any other: see redis-facts.ts. Writes nothing to any of them.
import type { Clock } from "../clock.ts";
import { dialOne } from "../store/dial.ts";
import type { Info } from "../store/info.ts";
import type { RedisHost, RedisPlace } from "../store/redis-url.ts";
import { within } from "./deadline.ts";
import { fail, ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { judgeRedis, readFacts } from "./redis-facts.ts";

type OneRedis = ReturnType<typeof dialOne>;

const nameOf = ({ host, port }: RedisHost): string => `${host}:${port}`;

/** Asks one server, over a connection of its own. Throws with the reason why it does not answer. */
async function ask<T>(
  place: RedisPlace,
  clock: Clock,
  act: (redis: OneRedis) => Promise<T>,
): Promise<T> {
  const redis = dialOne(place, "doctor");
  let reason = "";
  redis.on("error", (error: Error) => (reason = error.message || error.name));
  const lost = new Promise<never>((_, reject) => {
    redis.on("close", () => reject(new Error(reason || "it closes the connection")));
  });
  lost.catch(() => {});
  const ready = new Promise<void>((resolve) => void redis.on("ready", resolve));
  try {
    return await within(clock, () => Promise.race([ready.then(() => act(redis)), lost]));
  } finally {
    redis.disconnect();
  }
}

const wordsOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** One server of the place, by itself. */
const only = (place: RedisPlace, host: RedisHost): RedisPlace => ({
  ...place,
  shape: "standalone",
  hosts: [host],
});

// Sentinels

/** Which sentinels answer, and whether they know the primary. */
export async function checkSentinels(place: RedisPlace, clock: Clock): Promise<Finding[]> {
  return Promise.all(place.hosts.map((host) => checkSentinel(place, host, clock)));
}

async function checkSentinel(place: RedisPlace, host: RedisHost, clock: Clock): Promise<Finding> {
  const what = `Sentinel ${nameOf(host)}`;
  const sentinel = { ...only(place, host), login: place.sentinelLogin, db: 0 };
  try {
    const address = await ask(sentinel, clock, (redis) =>
      redis.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", place.masterName),
    );
    if (Array.isArray(address)) return ok(what, `${place.masterName} is at ${address.join(":")}`);
    return fail(
      what,
      `it knows no primary by the name of ${place.masterName}`,
      "correct the name behind the hosts in REDIS_URL, or let the sentinel monitor it",
    );
  } catch (error) {
    return fail(
      what,
      `it does not answer (${wordsOf(error)})`,
      "start it, or take it out of REDIS_URL; user and password of sentinels are parameters of it",
    );
  }
}

// Clusters

interface ClusterNode extends RedisHost {
  readonly id: string;
  readonly isPrimary: boolean;
  /** The others have given it up. */
  readonly hasFailed: boolean;
  /** Of a replica, the id of its primary. */
  readonly follows: string;
  readonly slots: number;
}

/** Reads CLUSTER NODES. Nodes that nobody knows the address of are left out. */
export function clusterNodes(text: string): ClusterNode[] {
  return text.split("\n").flatMap((line) => {
    const [id = "", address = "", flags = "", follows = "", , , , , ...ranges] = line.split(" ");
    const [, host = "", port] = /^(.*):(\d+)@/.exec(address) ?? [];
    if (host === "" || flags.includes("noaddr") || flags.includes("handshake")) return [];
    const slots = ranges.reduce((sum, range) => sum + slotsIn(range), 0);
    const [isPrimary, hasFailed] = [flags.includes("master"), /\bfail\b(?!\?)/.test(flags)];
    return [{ id, host, port: Number(port), isPrimary, hasFailed, follows, slots }];
  });
}

/** Of `5` or `5-9`; a slot that is on its way to another node is written in brackets and counts where it is. */
function slotsIn(range: string): number {
  const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
  return from === undefined ? 0 : Number(to ?? from) - Number(from) + 1;
}

const slotsInAll = 16_384;

export function judgeCluster(nodes: readonly ClusterNode[]): Finding[] {
  const up = nodes.filter(({ hasFailed }) => !hasFailed);
  const primaries = up.filter(({ isPrimary, slots }) => isPrimary && slots > 0);
  const served = primaries.reduce((sum, { slots }) => sum + slots, 0);
  const alone = primaries.filter(({ id }) => !up.some(({ follows }) => follows === id));
  const what = "Redis Cluster slots";
  return [
    served === slotsInAll
      ? ok(what, `all served, by ${primaries.length} primaries`)
      : fail(
          what,
          `${slotsInAll - served} of ${slotsInAll} are served by no node: ECS clusters whose keys are there cannot be stored`,
          "redis-cli --cluster fix HOST:PORT, or bring the node back that had them",
        ),
    alone.length === 0
      ? ok("Redis Cluster replicas", "every primary has one")
      : warn(
          "Redis Cluster replicas",
          `${alone.map(nameOf).join(", ")} ${alone.length === 1 ? "has" : "have"} none: nobody takes over when such a node fails, and daemons on it may be lost with its disk`,
          "give every primary a replica",
        ),
  ];
}

/** What is found of each node, in one line where all are well. */
function joined(findings: readonly (readonly [node: string, of: readonly Finding[]])[]): Finding[] {
  const all = findings.flatMap(([node, of]) => of.map((finding) => ({ node, finding })));
  const names = [...new Set(all.map(({ finding }) => finding.what))];
  return names.flatMap((name) => {
    const same = all.filter(({ finding }) => finding.what === name);
    const wrong = same.filter(({ finding }) => finding.level !== "ok");
    if (wrong.length > 0)
      return wrong.map(({ node, finding }) => ({ ...finding, what: `${name} of ${node}` }));
    return same.slice(0, 1).map(({ finding }) => finding);
  });
}

/** Looks at each node that the first one to answer knows. Throws with the reason when none answers. */
export async function checkCluster(place: RedisPlace, clock: Clock): Promise<Finding[]> {
  const { nodes, missing } = await knownNodes(place, clock);
  const looked = await Promise.all(
    nodes.map(async (node): Promise<readonly [string, readonly Finding[]]> => {
      try {
        const facts = await ask(only(place, node), clock, (redis) => readFacts(redis, clock));
        const role = new Set(["Redis role", "Redis cluster mode"]);
        const found = judgeRedis(facts).filter(({ what }) => !role.has(what));
        return [nameOf(node), [...found, judgeShards(facts.info)]];
      } catch (error) {
        return [nameOf(node), [unreachable(wordsOf(error))]];
      }
    }),
  );
  return [...missing, ...judgeCluster(nodes), ...joined(looked)];
}

const unreachable = (reason: string): Finding =>
  fail(
    "Redis node",
    `it does not answer (${reason})`,
    "start it, or let the cluster forget it (CLUSTER FORGET); nodes are asked at the address that they announce",
  );

function judgeShards(info: Info): Finding {
  const [major = 0] = (info.get("redis_version") ?? "").split(".").map(Number);
  const what = "Redis Cluster announcements";
  if (major >= 7) return ok(what, "sharded");
  return fail(what, "this version cannot announce to shards", "use Redis 7 or later, or Valkey");
}

async function knownNodes(
  place: RedisPlace,
  clock: Clock,
): Promise<{ nodes: readonly ClusterNode[]; missing: readonly Finding[] }> {
  let reason = "";
  const missing: Finding[] = [];
  for (const host of place.hosts)
    try {
      const text = await ask(only(place, host), clock, (redis) =>
        redis.cluster("NODES").then(String),
      );
      return { nodes: clusterNodes(text), missing };
    } catch (error) {
      reason = wordsOf(error);
      missing.push(
        warn(
          `Redis node ${nameOf(host)}`,
          `it is named in REDIS_URL and does not answer (${reason})`,
          "start it, or take it out of REDIS_URL",
        ),
      );
    }
  throw new Error(reason);
}
