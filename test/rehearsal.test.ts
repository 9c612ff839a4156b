// The rehearsal of production: three masters of a Redis Cluster and their replicas, two of each role as processes, a fleet
// under load in three ECS clusters, and a daemon that rolls out all the while. A master fails over, one of each role is
// killed, and every process is replaced by the next release and back. Clients that hang on both APIs are told each change
// once and hold what a fresh list says; the simulated ECS has one task on each instance, and never had two.
import {
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { follow, subscriptionSpecs } from "../src/chaos/subscriber.ts";
import type { Subscriber } from "../src/chaos/subscriber.ts";
import { recordLog } from "../src/chaos/recorded-log.ts";
import type { Recorder } from "../src/chaos/recorded-log.ts";
import { createLongshore } from "../src/client/index.ts";
import type { LongshoreClient } from "../src/client/index.ts";
import { systemClock } from "../src/clock.ts";
import type { ClusterArn } from "../src/ecs/arn.ts";
import { isObject, text } from "../src/ecs/json.ts";
import { systemRandom } from "../src/random.ts";
import { freePort } from "../src/redis-server/start.ts";
import { clusterKeys, schemaKey } from "../src/store/keys.ts";
import { openRedisStore } from "../src/store/redis-store.ts";
import type { StateStore } from "../src/store/store.ts";
import { watchDaemons } from "../src/testing/daemon-watch.ts";
import type { DaemonWatch } from "../src/testing/daemon-watch.ts";
import { startLongshore, until } from "../src/testing/longshore.ts";
import type { Longshore, RoleProcess } from "../src/testing/longshore.ts";
import { testRedisCluster } from "../src/testing/redis-nodes.ts";
import type { TestCluster } from "../src/testing/redis-nodes.ts";

const instancesEach = 4;
const minHealthyPercent = 50;
const patience = 120_000;

interface Place {
  readonly role: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly url: string | undefined;
  process: RoleProcess;
}

let redis: TestCluster;
let longshore: Longshore;
let store: StateStore;
let ecs: ECSClient;
let clusters: ClusterArn[];
let watch: DaemonWatch;
/** Of whoever turns to the API that answers, and of whoever knows only one. */
let client: LongshoreClient;
let apis: LongshoreClient[];
let tasks: ReturnType<typeof informerOf>;
const places: Place[] = [];
const recorders = new Map<ClusterArn, Recorder>();
const followers: { readonly cluster: ClusterArn; readonly subscriber: Subscriber }[] = [];
const trouble: string[] = [];
/** How often ECS began a task of a definition on an instance. */
const begun = new Map<string, Set<string>>();

const of = (role: string): Place[] => places.filter((place) => place.role === role);
const urls = (): string[] => of("api").map(({ url = "" }) => url);

function add(role: string, settings: Record<string, string>): void {
  const { LONGSHORE_PORT: port } = settings;
  const url = port === undefined ? undefined : `http://127.0.0.1:${port}/`;
  places.push({ role, settings, url, process: longshore.serveWith(settings, role) });
}

/** Waits until a process does its work. */
async function up({ role, url, process }: Place): Promise<void> {
  await until(
    `a ${role} that works`,
    async () => {
      if (process.process.exitCode !== null) throw new Error(process.output());
      if (url === undefined) return process.output().includes(`${role} is running`) || undefined;
      const answer = await fetch(`${url}readyz`);
      if (!answer.ok) throw new Error(await answer.text());
      return true;
    },
    patience,
  );
}

/** Ends a process and starts another in its place, of this release or the one that `release` makes. */
async function replace(place: Place, signal: "SIGTERM" | "SIGKILL", release = ""): Promise<void> {
  const code = await place.process.kill(signal);
  expect(code).toBe(signal === "SIGTERM" ? 0 : null);
  const next = new URL(`../src/testing/next-release.ts${release}`, import.meta.url);
  const options = release === "" ? {} : { NODE_OPTIONS: `--import=${next.href}` };
  place.process = longshore.serveWith({ ...place.settings, ...options }, place.role);
  await up(place);
}

const taskFields = { version: true, lastStatus: true, desiredStatus: true } as const;
const informerOf = (by: LongshoreClient) => by.informer({ watch: "tasks", select: taskFields });

const liveInEcs = (): string[] =>
  [...longshore.simulator.world.clusters.values()]
    .flatMap((each) => [...each.tasks.values()])
    .filter(({ lastStatus }) => lastStatus !== "STOPPED")
    .map(({ arn }) => arn)
    .toSorted();

const fleetSize = (): number => {
  const all = [...longshore.simulator.world.clusters.values()];
  return all.reduce((sum, { instances }) => sum + instances.size, 0);
};
const started = (definition: string): number => watch.of("lamp").startedOf[definition] ?? 0;

/** Container instances of the daemon's tasks, by ECS's own word. */
async function daemonInEcs(cluster: string): Promise<string[]> {
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster }));
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  return tasks
    .filter(({ group, lastStatus }) => group === "daemon:lamp" && lastStatus === "RUNNING")
    .map(({ containerInstanceArn = "" }) => containerInstanceArn);
}

/** Rolls a definition out in every cluster, by an API that answers. */
async function rollOut(mutation: "registerDaemon" | "updateDaemon", definition: string) {
  const rollout = { method: "TERMINATE_THEN_REPLACE", minHealthyPercent } as const;
  const accepted = clusters.map((cluster) => {
    const input = { cluster, name: "lamp", taskDefinition: definition, rollout };
    // A cluster whose master is away cannot promise anything yet.
    return until(
      `${definition} to be accepted`,
      () => client.mutate(mutation, { input }, { daemon: { revision: true } }),
      patience,
    );
  });
  await Promise.all(accepted);
}

/** Waits until ECS and both APIs agree that a definition is everywhere, once. */
async function settled(definition: string): Promise<void> {
  const status = { phase: true, desired: true, running: true, updated: true } as const;
  for (const cluster of clusters)
    for (const api of apis)
      await until(
        `${definition} everywhere in ${cluster}`,
        async () => {
          const daemon = await api.query("daemon", { cluster, name: "lamp" }, { status });
          const all = instancesIn(cluster).length;
          const whole = { desired: all, running: all, updated: all };
          expect(daemon?.status).toEqual({ phase: "ACTIVE", ...whole });
          return true;
        },
        patience,
      );
  for (const cluster of clusters)
    expect((await daemonInEcs(cluster)).toSorted()).toEqual(instancesIn(cluster));
  expect(started(definition)).toBe(fleetSize());
  expect([...begun].filter(([, tasks]) => tasks.size > 1)).toEqual([]);
  expect(watch.of("lamp").mostThere).toBe(1);
}

/** Waits until a client's copy is what a fresh list of either API says, and that what ECS has. */
async function copiesAgree(): Promise<void> {
  const byArn = (all: readonly { readonly arn: string }[]) =>
    all.toSorted((a, b) => (a.arn < b.arn ? -1 : 1));
  for (const [index, api] of apis.entries())
    await until(
      `the copy to be what API ${index + 1} and ECS say`,
      async () => {
        const fresh = await api.list("tasks", { select: taskFields });
        expect(byArn(tasks.list())).toEqual(byArn(fresh));
        const live = fresh.filter(({ lastStatus }) => lastStatus !== "STOPPED");
        expect(byArn(live).map(({ arn }) => arn)).toEqual(liveInEcs());
        return true;
      },
      patience,
    );
}

function instancesIn(cluster: ClusterArn): string[] {
  const found = longshore.simulator.world.clusters.get(cluster.split("/").at(-1) ?? "");
  return [...(found?.instances.values() ?? [])].map(({ arn }) => arn).toSorted();
}

beforeAll(async () => {
  redis = await testRedisCluster({ replicas: 1, appendonly: true, nodeTimeoutMs: 1000 });
  longshore = await startLongshore(
    {
      clusters: 3,
      instances: 3 * instancesEach,
      tasks: 30,
      seed: 3,
      timings: { timeScale: 0.05 },
    },
    { REDIS_URL: redis.url, LONGSHORE_RECONCILE_SECONDS: "3600" },
  );
  clusters = [...longshore.simulator.world.clusters.values()].map(({ arn }) => arn as ClusterArn);
  watch = watchDaemons(longshore.simulator);
  longshore.simulator.listen((body) => {
    const event: unknown = JSON.parse(body);
    const detail = isObject(event) && isObject(event["detail"]) ? event["detail"] : {};
    if (text(detail, "group") !== "daemon:lamp") return;
    const key = `${text(detail, "containerInstanceArn")} ${text(detail, "taskDefinitionArn")}`;
    begun.set(key, (begun.get(key) ?? new Set()).add(text(detail, "taskArn") ?? ""));
  });
  ecs = new ECSClient({
    region: "us-east-1",
    endpoint: longshore.simulator.url,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const container = { name: "lamp", image: "lamp", cpu: 16, memory: 32 };
  for (let revision = 1; revision <= 7; revision++)
    await ecs.send(
      new RegisterTaskDefinitionCommand({ family: "lamp", containerDefinitions: [container] }),
    );
  for (let each = 0; each < 2; each++) {
    add("api", { LONGSHORE_PORT: String(await freePort()) });
    add("ingest", {});
    add("scheduler", {});
  }
  await Promise.all(places.map(up));
  client = createLongshore({ url: urls() });
  apis = urls().map((url) => createLongshore({ url }));
  tasks = informerOf(client);
  await tasks.whenSynced();
  const own = { url: redis.url, name: "test", clock: systemClock, random: systemRandom };
  store = openRedisStore(own);
  for (const cluster of clusters) {
    recorders.set(
      cluster,
      recordLog(store, cluster, systemClock, (what) => trouble.push(what)),
    );
    for (const spec of subscriptionSpecs) {
      const name = `${spec.name} of ${cluster}`;
      const told = { urls: urls(), random: systemRandom, clock: systemClock };
      const onTrouble = (what: string) => void trouble.push(what);
      const subscriber = follow({ name, spec, cluster, ...told, onTrouble });
      followers.push({ cluster, subscriber });
    }
  }
  await longshore.control("churn", { perSecond: 3 });
}, 240_000);

afterAll(async () => {
  ecs?.destroy();
  for (const each of [client, ...(apis ?? [])]) await each?.close();
  await Promise.all(followers.map(({ subscriber }) => subscriber.close()));
  for (const recorder of recorders.values()) await recorder.close();
  await store?.close();
  await longshore?.close();
  await redis?.stop();
}, 60_000);

/** Waits until both APIs and both schedulers hear of a cluster's changes from the node that has it, and nowhere else. */
async function heard(cluster: ClusterArn): Promise<void> {
  const { channel } = clusterKeys(cluster);
  await until(
    `the announcements of ${cluster} to be listened to`,
    async () => {
      const { redis: node } = await redis.masterOf(channel);
      const listening = await node.call("PUBSUB", "SHARDNUMSUB", channel);
      return (Array.isArray(listening) && Number(listening[1]) >= 4) || undefined;
    },
    patience,
  );
  for (const node of redis.nodes.filter((each) => each.isUp()))
    expect(await node.redis.pubsub("CHANNELS", channel)).toEqual([]);
}

test("a master fails over and one of each role is killed, while a daemon rolls out", async () => {
  const masters = await Promise.all(clusters.map((each) => redis.masterOf(clusterKeys(each).meta)));
  // Several nodes announce changes, and each is listened to.
  expect(new Set(masters).size).toBeGreaterThan(1);
  for (const cluster of clusters) await heard(cluster);
  await rollOut("registerDaemon", "lamp:1");
  await until("a first task", () => started("lamp:1") > 0 || undefined, patience);
  await masters[0]?.kill9();
  // Nobody can know of these before another master has the cluster.
  for (const cluster of clusters)
    await longshore.control("instances", { cluster: cluster.split("/").at(-1), count: 1 });
  await rollOut("updateDaemon", "lamp:2");
  for (const [index, role] of ["api", "ingest", "scheduler"].entries()) {
    const enough = index * 2 + 1;
    await until(`${enough} starts`, () => started("lamp:2") >= enough || undefined, patience);
    const [place] = of(role);
    if (place) await replace(place, "SIGKILL");
  }
  await settled("lamp:2");
  for (const cluster of clusters) await heard(cluster);
  await masters[0]?.restart();
}, 240_000);

const schemaNow = async () => (await redis.masterOf(schemaKey)).redis.get(schemaKey);
const eachRole = (number: number): Place[] =>
  ["ingest", "scheduler", "api"].flatMap((role) => of(role)[number] ?? []);

test("every process is replaced by the next release and back, while a daemon rolls out", async () => {
  const form = await schemaNow();
  const rounds = [
    { number: 0, release: "?version" },
    { number: 1, release: "?version" },
    { number: 0, release: "" },
    { number: 1, release: "" },
  ];
  for (const [index, { number, release }] of rounds.entries()) {
    await rollOut("updateDaemon", `lamp:${index + 3}`);
    await Promise.all(eachRole(number).map((place) => replace(place, "SIGTERM", release)));
    expect(await schemaNow()).toBe(`${form}.1`);
    await settled(`lamp:${index + 3}`);
  }
}, 240_000);

test("who followed was told each change once, and holds what ECS says", async () => {
  await longshore.control("churn", { perSecond: 0 });
  for (const [cluster, recorder] of recorders) {
    const its = followers.filter((each) => each.cluster === cluster);
    await until(
      `the last change of ${cluster}`,
      async () => {
        await recorder.catchUp();
        for (const { subscriber } of its) {
          const { name, check } = subscriber;
          const wrong = check.judge(recorder.log);
          if (wrong !== undefined) trouble.push(`${name} ${wrong}`);
          // This alone may come yet.
          const missing = check.missing(recorder.log);
          if (missing !== undefined) throw new Error(`${name}: ${missing}`);
        }
        return true;
      },
      patience,
    );
  }
  await copiesAgree();
  const counts = followers.map(({ subscriber }) => subscriber.counts);
  const sum = (name: keyof Subscriber["counts"]) =>
    counts.reduce((all, each) => all + each[name], 0);
  console.info(
    `told ${sum("told")}, resumed ${sum("resumed")}, begun ${sum("begun")}, expired ${sum("expired")}`,
  );
  expect(trouble).toEqual([]);
  expect(sum("resumed")).toBeGreaterThan(followers.length);
}, 480_000);

test("a release with another form takes the daemons over, and older processes leave it alone", async () => {
  for (const recorder of recorders.values()) await recorder.close();
  await Promise.all(followers.map(({ subscriber }) => subscriber.close()));
  await longshore.control("churn", { perSecond: 3 });
  const form = Number.parseInt((await schemaNow()) ?? "", 10);
  const before = started("lamp:6");
  await Promise.all(eachRole(0).map((place) => replace(place, "SIGTERM", "?form")));
  expect(await schemaNow()).toBe(`${form + 1}`);
  for (const { role, process, url } of eachRole(1))
    await until(
      `an older ${role} that says why it stops`,
      async () => {
        const said = process.output() + (url ? await (await fetch(`${url}readyz`)).text() : "");
        return said.includes("Redis holds the data of a newer Longshore") || undefined;
      },
      patience,
    );
  const given = { input: { cluster: clusters[0] ?? "", name: "lamp" } };
  const refused = apis[1]?.mutate("pauseDaemon", given, { daemon: { paused: true } });
  await expect(refused).rejects.toThrow(/newer Longshore .*upgrade this process/);
  await Promise.all(eachRole(1).map((place) => replace(place, "SIGTERM", "?form")));
  await rollOut("updateDaemon", "lamp:7");
  await settled("lamp:7");
  expect(started("lamp:6")).toBe(before);
  await longshore.control("churn", { perSecond: 0 });
  await copiesAgree();
}, 240_000);
