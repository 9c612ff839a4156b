// One server of the query benchmark, as a process of its own: Longshore's API over a fixed fleet, or a peer that serves
// the same tasks from memory. Says its port, and what loading took, on standard output once it listens.
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { fastify } from "fastify";
import { mercurius } from "mercurius";
import { pino } from "pino";
import { ClusterView } from "../../src/changes/cluster-view.ts";
import { systemClock } from "../../src/clock.ts";
import { taskDefinitionFamily } from "../../src/ecs/arn.ts";
import { isObject } from "../../src/ecs/json.ts";
import type { Task } from "../../src/ecs/task.ts";
import { noClientLimits } from "../../src/graphql/client-limits.ts";
import { OperationContext } from "../../src/graphql/context.ts";
import { createDocuments } from "../../src/graphql/documents.ts";
import { createSchema } from "../../src/graphql/schema.ts";
import { startApi } from "../../src/graphql/server.ts";
import { seededRandom, systemRandom } from "../../src/random.ts";
import { openRedisStore } from "../../src/store/redis-store.ts";
import type { StoreSnapshot } from "../../src/store/store.ts";
import { testCluster } from "../../src/testing/entities.ts";
import { fixedInformer, randomSnapshot } from "../../src/testing/fleet.ts";

const [kind = "", count = "1000"] = process.argv.slice(2);
const clock = systemClock;
const log = pino({ level: "silent" });

interface Loaded {
  readonly view: ClusterView;
  readonly loadMs: number;
  /** The longest time that nothing else could run meanwhile. */
  readonly longestStepMs: number;
  readonly jsonBytes: number;
}

function heapNow(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Records as they come from Redis: texts of their own, each in one piece. */
function storedFleet(tasks: number): {
  readonly snapshot: StoreSnapshot;
  readonly jsonBytes: number;
} {
  const made = randomSnapshot(seededRandom(1), { instances: Math.ceil(tasks / 10), tasks });
  let jsonBytes = 0;
  const whole = new Map<string, string>();
  for (const [id, record] of made.records.get("t") ?? []) {
    jsonBytes += record.length;
    whole.set(id, Buffer.from(record).toString());
  }
  return { snapshot: { ...made, records: new Map([...made.records, ["t", whole]]) }, jsonBytes };
}

/** Loads a view as after a start. */
function load(): Loaded {
  const { snapshot, jsonBytes } = storedFleet(Number(count));
  globalThis.gc?.();
  const steps = ClusterView.load(testCluster, snapshot);
  const from = clock.monotonic();
  let longestStepMs = 0;
  for (let at = from; ; at = clock.monotonic()) {
    const { done, value: view } = steps.next();
    const now = clock.monotonic();
    longestStepMs = Math.max(longestStepMs, now - at);
    if (done) return { view, loadMs: now - from, longestStepMs, jsonBytes };
  }
}

const empty = heapNow();
const { view, ...rest } = load();
// Only now: while it runs, a function holds on to what it was given, and the heap would not be the view's alone.
const loaded = { ...rest, heapBytes: heapNow() - empty };
const informer = fixedInformer(view);
// Queries are answered from the view: nobody connects.
const store = openRedisStore({
  url: "redis://127.0.0.1:1",
  name: "bench",
  clock,
  random: systemRandom,
});
const caller = {
  rights: "read",
  client: "bench",
  expiresAt: undefined,
  refusal: undefined,
} as const;

async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

/** The page that everybody serves: the first hundred tasks, in order. */
const page = (): Task[] =>
  [...view.taskIds].slice(0, 100).flatMap((id) => view.tasks.get(id) ?? []);
const iso = (at: number | undefined) => (at === undefined ? null : new Date(at).toISOString());

async function longshore(responseCacheBytes?: number): Promise<number> {
  const api = await startApi({
    host: "127.0.0.1",
    port: 0,
    informer,
    store,
    clock,
    log,
    pages: "/nowhere",
    tokens: { read: [], admin: [] },
    ...(responseCacheBytes === undefined ? {} : { responseCacheBytes }),
  });
  return Number(new URL(api.url).port);
}

/** JSON written for this one question. */
function handWritten(): Promise<number> {
  const nodes = page();
  return listen((request, response) => {
    void text(request).then((body) => {
      JSON.parse(body);
      const answer = nodes.map((task) => ({
        arn: task.arn,
        family: taskDefinitionFamily(task.taskDefinitionArn),
        group: task.group ?? null,
        startedBy: task.startedBy ?? null,
        lastStatus: task.lastStatus,
        desiredStatus: task.desiredStatus,
        launchType: task.launchType ?? null,
        createdAt: iso(task.createdAt),
        cpu: task.cpu ?? null,
        memory: task.memory ?? null,
      }));
      const json = JSON.stringify({ data: { tasks: { nodes: answer } } });
      response.writeHead(200, {
        "content-type": "application/json; charset=utf-8",
        "content-length": Buffer.byteLength(json),
      });
      response.end(json);
    });
  });
}

async function mercuriusWithJit(): Promise<number> {
  const nodes = page();
  const app = fastify();
  await app.register(mercurius, {
    schema: `
      type Query { tasks(first: Int): TaskConnection! }
      type TaskConnection { nodes: [Task!]! }
      type Task { arn: ID! family: String! group: String startedBy: String lastStatus: String! desiredStatus: String!
        launchType: String createdAt: String cpu: String memory: String }`,
    resolvers: {
      Query: { tasks: (_: unknown, { first = 100 }) => ({ nodes: nodes.slice(0, first) }) },
      Task: {
        family: ({ taskDefinitionArn }: Task) => taskDefinitionFamily(taskDefinitionArn),
        createdAt: ({ createdAt }: Task) => iso(createdAt),
      },
    },
    jit: 1,
  });
  return Number(new URL(await app.listen({ port: 0, host: "127.0.0.1" })).port);
}

/** Our prepared documents behind a bare http handler: what the pipeline around them costs shows beside this. */
function executorAlone(): Promise<number> {
  const documents = createDocuments(createSchema());
  return listen((request, response) => {
    void text(request).then(async (body) => {
      const asked: unknown = JSON.parse(body);
      const prepared = documents.prepare(isObject(asked) ? String(asked["query"]) : "");
      if (!prepared.ok) throw new Error("the benchmark's query is refused");
      const work = { informer, store, clock, limits: noClientLimits };
      const { data } = await prepared.execute(new OperationContext(caller, work));
      const json = `{"data":${data}}`;
      response.writeHead(200, {
        "content-type": "application/json; charset=utf-8",
        "content-length": Buffer.byteLength(json),
      });
      response.end(json);
    });
  });
}

const servers: Readonly<Record<string, () => Promise<number>>> = {
  longshore: () => longshore(),
  handWritten,
  mercurius: mercuriusWithJit,
  executor: executorAlone,
};
const start = servers[kind];
if (!start) throw new Error(`there is no server ${kind}`);
const port = await start();
const uncachedPort = kind === "longshore" ? await longshore(0) : port;
process.stdout.write(`${JSON.stringify({ port, uncachedPort, ...loaded })}\n`);
