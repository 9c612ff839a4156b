// The informer against a real API on a real Redis: what it tells, in which order, and what its cache holds then; lost
// connections, expired cursors, readers that are slow, tokens. Many changes by chance are test/informer.test.ts.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { openInformer } from "../changes/informer.ts";
import type { Informer as Views } from "../changes/informer.ts";
import { systemClock } from "../clock.ts";
import type { Task } from "../ecs/task.ts";
import { startApi } from "../graphql/server.ts";
import type { Api } from "../graphql/server.ts";
import { freePort } from "../redis-server/start.ts";
import { arnId } from "../ecs/arn.ts";
import { observeContainerInstance, observeTask } from "../store/record.ts";
import type { StateStore } from "../store/store.ts";
import { startApiWorld } from "../testing/api-world.ts";
import type { ApiWorld } from "../testing/api-world.ts";
import { anInstance, aTask, testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { createLongshore } from "./index.ts";
import type { Informer, LongshoreClient, LongshoreError } from "./index.ts";

let world: ApiWorld;
let store: StateStore;
/** Places at which a replica may listen; closed ones answer nobody. */
const replicas: { readonly port: number; api?: Api; views?: Views }[] = [];
const clients: LongshoreClient[] = [];

async function serve(index: number): Promise<void> {
  const replica = replicas[index];
  if (!replica) throw new Error(`no replica ${index}`);
  const log = pino({ level: "silent" });
  const views = openInformer({ store, clock: systemClock, log });
  await views.loaded;
  const { host, clock, pages } = world.place;
  const tokens = { read: ["reader"], admin: [] };
  const place = { host, clock, pages, log, store, port: replica.port };
  const guarded = index === 2 ? tokens : { read: [], admin: [] };
  replica.api = await startApi({ ...place, informer: views, tokens: guarded });
  replica.views = views;
}

async function leave(index: number): Promise<void> {
  const replica = replicas[index];
  await replica?.api?.close();
  await replica?.views?.close();
}

beforeAll(async () => {
  world = await startApiWorld();
  ({ store } = world.place);
  for (let each = 0; each < 3; each++) replicas.push({ port: await freePort() });
  await serve(0);
  await serve(2);
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});
afterAll(async () => {
  await Promise.all(replicas.map((_, index) => leave(index)));
  await world?.close();
});

const urlOf = (index: number) => `http://127.0.0.1:${replicas[index]?.port}`;

function connect(options: Partial<Parameters<typeof createLongshore>[0]> = {}): LongshoreClient {
  const client = createLongshore({ url: [urlOf(0), urlOf(1)], ...options });
  clients.push(client);
  return client;
}

let version = 10;
async function put(id: string, rest: Partial<Task> = {}): Promise<void> {
  const task = aTask(id, "a", { version: String(++version), group: "service:lamp", ...rest });
  await store.apply(testCluster, [observeTask(task, "event", systemClock.now())]);
}

beforeEach(async () => {
  // Whatever a test made is no concern of the next: each has a group of its own.
  version += 10;
});

/** What an informer tells, a line each. */
function lines<Told extends { readonly arn: string }>(informer: Informer<Told, string>): string[] {
  const told: string[] = [];
  informer.on("added", ({ arn }) => void told.push(`added ${arnId(arn)}`));
  informer.on("modified", ({ arn }) => void told.push(`modified ${arnId(arn)}`));
  informer.on("removed", ({ arn }) => void told.push(`removed ${arnId(arn)}`));
  informer.on("synced", () => void told.push("synced"));
  return told;
}

const select = { lastStatus: true, cpu: true, containerInstanceArn: true } as const;

const watchGroup = (group: string, options?: Parameters<typeof connect>[0], maxWaiting = 10_000) =>
  connect(options).informer({
    watch: "tasks",
    filter: { group, lastStatus: ["PENDING", "RUNNING"] },
    select,
    maxWaiting,
    indexes: { status: ({ lastStatus }) => lastStatus, cpu: ({ cpu }) => [cpu, "any"] },
  });

const ids = (entities: readonly { readonly arn: string }[]) =>
  entities.map(({ arn }) => arnId(arn));

describe("an informer", () => {
  test("tells what is there, then each change, after its cache and indexes have it", async () => {
    const group = "service:tells";
    await put("ta", { group });
    await put("tb", { group, lastStatus: "PENDING" });
    const informer = watchGroup(group);
    const told = lines(informer);
    await informer.whenSynced();
    expect(told).toEqual(["added ta", "added tb", "synced"]);
    expect(ids(informer.byIndex("status", "PENDING"))).toEqual(["tb"]);
    const seen: unknown[] = [];
    informer.on("modified", (task, before) => {
      seen.push([before.lastStatus, task.lastStatus, ids(informer.byIndex("status", "RUNNING"))]);
    });
    await put("tb", { group, lastStatus: "RUNNING" });
    await put("ta", { group, lastStatus: "STOPPED", desiredStatus: "STOPPED" });
    await put("tc", { group, cpu: "512" });
    await until("all of it", () => (told.length === 6 ? true : undefined));
    expect(told.slice(3)).toEqual(["modified tb", "removed ta", "added tc"]);
    expect(seen).toEqual([["PENDING", "RUNNING", ["ta", "tb"]]]);
    expect(ids(informer.list())).toEqual(["tb", "tc"]);
    expect(ids(informer.byIndex("cpu", "any"))).toEqual(["tb", "tc"]);
    expect(ids(informer.byIndex("cpu", "512"))).toEqual(["tc"]);
    expect(informer.byIndex("status", "PENDING")).toEqual([]);
    const [tb] = informer.list();
    expect(tb && informer.get(informer.keyOf(tb))).toEqual(tb);
    const other = watchGroup(group);
    const heard = lines(other);
    await other.whenSynced();
    await informer.close();
    await put("td", { group });
    await until("the change elsewhere", () => heard.includes("added td") || undefined);
    expect(told).toHaveLength(6);
  });

  test("of any kind holds what a fresh list says", async () => {
    await put("kinds");
    await store.apply(testCluster, [observeContainerInstance(anInstance("k2"), "describe")]);
    const client = connect();
    const kinds = ["clusters", "containerInstances", "tasks", "endpoints", "daemons"] as const;
    for (const watch of kinds) {
      const informer = client.informer({ watch });
      await informer.whenSynced();
      await until(`${watch} as listed`, async () => {
        const listed = await client.list(watch);
        expect(informer.size).toBe(listed.length);
        for (const each of listed) expect(informer.list()).toContainEqual(each);
        return true;
      });
    }
  });

  test("goes on at another replica, behind its cursor, when its own goes away", async () => {
    const group = "service:moves";
    await put("ma", { group });
    await serve(1);
    const informer = watchGroup(group);
    const told = lines(informer);
    const states: string[] = [];
    informer.on("connection", ({ state }) => void states.push(state));
    await informer.whenSynced();
    await leave(0);
    await put("mb", { group });
    await put("ma", { group, cpu: "128" });
    await until("what happened meanwhile", () => (told.length >= 4 ? true : undefined));
    expect(told).toEqual(["added ma", "synced", "added mb", "modified ma"]);
    expect(states).toEqual(["live", "lost", "live"]);
    await serve(0);
  });

  test("tells exactly the differences after its cursor has expired", async () => {
    const group = "service:expires";
    for (const id of ["xa", "xb", "xc"]) await put(id, { group });
    const informer = watchGroup(group);
    const told = lines(informer);
    await informer.whenSynced();
    await Promise.all([leave(0), leave(1)]);
    await put("xa", { group, lastStatus: "STOPPED", desiredStatus: "STOPPED" });
    await put("xb", { group, cpu: "64" });
    await put("xd", { group });
    for (const cpu of ["1", "2"]) await put("noise", { cpu });
    const now = systemClock.now();
    await store.trim(testCluster, now + 60_000, now);
    await serve(0);
    await until("the differences", () => (told.length >= 8 ? true : undefined));
    expect(told.slice(4)).toEqual(["removed xa", "modified xb", "added xd", "synced"]);
    expect(informer.isSynced).toBe(true);
    await put("xc", { group, cpu: "32" });
    await until("the next change", () => (told.at(-1) === "modified xc" ? true : undefined));
  });

  test("of which a handler is slow leaves the rest to the API, and loses nothing", async () => {
    const group = "service:slow";
    await put("sa", { group });
    const informer = watchGroup(group, {}, 5);
    await informer.whenSynced();
    const { promise, resolve } = Promise.withResolvers<void>();
    const seen: (string | null)[] = [];
    informer.on("modified", async ({ cpu }) => {
      seen.push(cpu);
      await promise;
      expect(informer.list()[0]?.cpu).toBe(cpu);
    });
    const cpus = Array.from({ length: 40 }, (_, each) => String(each + 1));
    for (const cpu of cpus) await put("sa", { group, cpu });
    const subscriptions = async () => {
      const text = await (await fetch(`${urlOf(0)}/metrics`)).text();
      return Number(/^longshore_subscriptions (\d+)/m.exec(text)?.[1]);
    };
    await until("the subscription to end", async () => (await subscriptions()) === 0 || undefined);
    expect(seen).toEqual(["1"]);
    resolve();
    await until("all of them", () => (seen.length === 40 ? true : undefined));
    expect(seen).toEqual(cpus);
  });

  test("resumes without a gap after it was closed with 4008 for not reading", async () => {
    const group = "service:large";
    await put("la", { group });
    const sockets: WebSocket[] = [];
    const closed: number[] = [];
    class Watched extends WebSocket {
      constructor(...[address, protocols]: ConstructorParameters<typeof WebSocket>) {
        super(address, protocols);
        sockets.push(this);
        this.on("close", (code) => closed.push(code));
      }
    }
    const informer = connect({ webSocket: Watched }).informer({
      watch: "tasks",
      filter: { group },
      select: { stoppedReason: true, version: true },
    });
    const versions: number[] = [];
    informer.on("modified", ({ version: each }) => void versions.push(Number(each)));
    await informer.whenSynced();
    sockets[0]?.pause();
    const from = version;
    const large = "x".repeat(100_000);
    for (let round = 0; round < 200; round++)
      await put("la", { group, stoppedReason: `${round}${large}` });
    sockets[0]?.resume();
    await until("everything", () => (versions.length >= 200 ? true : undefined));
    expect(versions).toEqual(Array.from({ length: 200 }, (_, each) => from + each + 1));
    expect(closed).toContain(4008);
  });

  test("ends with the error that another try would not mend, and with one that a handler throws", async () => {
    const wrong = connect().informer({ watch: "containerInstances", filter: { expression: "=" } });
    await expect(wrong.whenSynced()).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
    await put("ea");
    const faulty = connect().informer({ watch: "tasks" });
    const failed = new Promise((resolve) => faulty.on("failed", resolve));
    faulty.on("added", () => {
      throw new Error("a bug of the handler");
    });
    expect(await failed).toMatchObject({ message: "a bug of the handler" });
    const closed = connect().informer({ watch: "tasks" });
    const waiting = closed.whenSynced();
    await closed.close();
    await expect(waiting).rejects.toThrow(/closed before/);
  });
});

test("what fails after whenSynced, and nobody listens for, ends the process", async () => {
  const program = `
    import { Informer } from ${JSON.stringify(new URL("informer.ts", import.meta.url).href)};
    let fail;
    const failing = new Promise((_, reject) => (fail = reject));
    const informer = new Informer({
      key: String,
      indexes: {},
      follow: async function* () {
        yield { kind: "reset" };
        yield { kind: "synced", cursor: "c" };
        await failing;
      },
    });
    await informer.whenSynced();
    fail(new Error("nobody listens"));
    await new Promise((resolve) => setTimeout(resolve, 10_000));`;
  const run = ["--input-type=module", "-e", program];
  const ended = promisify(execFile)(process.execPath, run);
  await expect(ended).rejects.toMatchObject({ stderr: /nobody listens/ });
});

describe("a token", () => {
  test("that is refused ends an informer, unless a new one can be had", async () => {
    const url = urlOf(2);
    const refused = connect({ url, token: "wrong" }).informer({ watch: "clusters" });
    await expect(refused.whenSynced()).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    let asked = 0;
    const token = () => (++asked === 1 ? "expired" : "reader");
    const renewed = connect({ url, token }).informer({ watch: "clusters" });
    const problems: LongshoreError[] = [];
    renewed.on("connection", (now) => void (now.state === "lost" && problems.push(now.error)));
    await renewed.whenSynced();
    expect(problems.map(({ code }) => code)).toEqual(["UNAUTHENTICATED"]);
    expect(renewed.list()).toHaveLength(1);
  });
});

describe("operations", () => {
  test("are typed queries, mutations that are refused with a code, and lists over pages", async () => {
    const longshore = connect();
    await put("qa", { group: "service:asked" });
    const filter = { group: "service:asked" };
    const select = { totalCount: true, nodes: { arn: true, cluster: { name: true } } } as const;
    const { nodes } = await until("the task", async () => {
      const found = await longshore.query("tasks", { filter, first: 5 }, select);
      return found.totalCount === 1 ? found : undefined;
    });
    expect(nodes.map(({ cluster }) => cluster.name)).toEqual(["quay"]);
    const cluster = await longshore.query(
      "cluster",
      { cluster: "quay" },
      { tasks: [{ filter, first: 1 }, { nodes: { id: true } }] },
    );
    expect(cluster).toEqual({ tasks: { nodes: [{ id: "qa" }] } });
    const input = { cluster: "quay", name: "nobody" };
    const paused = longshore.mutate("pauseDaemon", { input }, { daemon: { name: true } });
    await expect(paused).rejects.toMatchObject({ name: "LongshoreError", code: "NOT_FOUND" });
  });

  test("ask another replica when one cannot be reached, and say so when none can", async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const select = { totalCount: true } as const;
    const found = await connect({ url: [nowhere, urlOf(0)] }).query("clusters", {}, select);
    expect(found).toEqual({ totalCount: 1 });
    const none = connect({ url: nowhere }).query("clusters", {}, select);
    await expect(none).rejects.toMatchObject({ kind: "unreachable", reason: "ECONNREFUSED" });
  });

  test("follow goes on behind a cursor that was kept", async () => {
    const longshore = connect();
    const what = { filter: { group: "service:kept" }, select: { cpu: true } } as const;
    await put("fa", { group: "service:kept" });
    let cursor = "";
    for await (const step of longshore.follow("tasks", { ...what, start: "snapshot" }))
      if (step.kind === "synced") {
        ({ cursor } = step);
        break;
      }
    for (const cpu of ["1", "2"]) await put("fa", { group: "service:kept", cpu });
    const seen: unknown[] = [];
    for await (const step of longshore.follow("tasks", { ...what, start: { after: cursor } }))
      if (step.kind === "change" && seen.push(step.entity.cpu) === 2) break;
    expect(seen).toEqual(["1", "2"]);
  });
});
