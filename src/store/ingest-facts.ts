// What ingest workers tell of themselves and of their queues, kept in Redis for the API to show. Facts, not state:
// they are overwritten, expire, and nobody decides about a cluster by them.
import { isObject, number, text } from "../ecs/json.ts";
import type { Connection } from "./connection.ts";
import { listingKey, queuesKey, workersKey } from "./keys.ts";
import type { QueueFacts, StateStore, WorkerFacts } from "./store.ts";

const keptSeconds = 86_400;
/** A worker that was killed says nothing any more; after this it is not worth a line. */
const workerKeptMs = 3_600_000;

function readObject(json: string, what: string) {
  const facts: unknown = JSON.parse(json);
  if (!isObject(facts)) throw new Error(`not the facts of ${what}`);
  return facts;
}

function readQueue(name: string, json: string): QueueFacts {
  const facts = readObject(json, `queue ${name}`);
  return {
    name,
    visible: number(facts, "visible") ?? 0,
    inFlight: number(facts, "inFlight") ?? 0,
    delayed: number(facts, "delayed") ?? 0,
    oldestMessageAgeMs: number(facts, "oldestMessageAgeMs") ?? 0,
    at: number(facts, "at") ?? 0,
  };
}

function readWorker(id: string, json: string): WorkerFacts {
  const facts = readObject(json, `worker ${id}`);
  const count = (name: string) => number(facts, name) ?? 0;
  const ignored = isObject(facts["ignored"]) ? facts["ignored"] : {};
  return {
    id,
    queue: text(facts, "queue") ?? "",
    startedAt: count("startedAt"),
    at: count("at"),
    reconcileMs: count("reconcileMs"),
    received: count("received"),
    applied: count("applied"),
    unchanged: count("unchanged"),
    clusterEvents: count("clusterEvents"),
    ignored: Object.fromEntries(
      Object.keys(ignored).map((kind) => [kind, number(ignored, kind) ?? 0]),
    ),
    rejected: count("rejected"),
    pollers: count("pollers"),
    stores: count("stores"),
    storingMs: count("storingMs"),
  };
}

type IngestFacts = Pick<
  StateStore,
  "noteQueue" | "queues" | "noteWorker" | "removeWorker" | "workers" | "noteListing" | "listing"
>;

export function ingestFacts({ redis }: Connection): IngestFacts {
  async function note(key: string, name: string, facts: object): Promise<void> {
    const pipeline = redis.pipeline().hset(key, name, JSON.stringify(facts));
    for (const [error] of (await pipeline.expire(key, keptSeconds).exec()) ?? [])
      if (error) throw error;
  }
  async function workers(): Promise<WorkerFacts[]> {
    const all = await redis.hgetall(workersKey);
    return Object.entries(all).map(([id, json]) => readWorker(id, json));
  }
  return {
    noteQueue: ({ name, ...facts }) => note(queuesKey, name, facts),
    queues: async () =>
      Object.entries(await redis.hgetall(queuesKey)).map(([name, json]) => readQueue(name, json)),
    noteWorker: async ({ id, ...facts }) => {
      await note(workersKey, id, facts);
      const old = (await workers()).filter(({ at }) => facts.at - at > workerKeptMs);
      if (old.length > 0) await redis.hdel(workersKey, ...old.map((worker) => worker.id));
    },
    removeWorker: async (id) => {
      await redis.hdel(workersKey, id);
    },
    workers,
    noteListing: async ({ listedAt, problem }) => {
      // Who sees that it was listed is not to see the problem of before.
      if (problem !== undefined) await redis.hset(listingKey, "problem", problem);
      else await redis.hdel(listingKey, "problem");
      if (listedAt !== undefined) await redis.hset(listingKey, "listedAt", listedAt);
    },
    listing: async () => {
      const { listedAt, problem } = await redis.hgetall(listingKey);
      return { listedAt: listedAt === undefined ? undefined : Number(listedAt), problem };
    },
  };
}
