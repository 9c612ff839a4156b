// The same store over TLS, as a user who may do no more than Longshore needs, behind a sentinel, on a cluster: on real
// servers, with certificates made here.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { readConfig } from "../config.ts";
import { describeFault } from "../ingest/faults.ts";
import { seededRandom, systemRandom } from "../random.ts";
import { callsOf } from "../simulation/model-store/test-calls.ts";
import { aTask, testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import {
  makeCertificates,
  startNode,
  testPassword,
  testRedisCluster,
  testRedisSentinel,
} from "../testing/redis-nodes.ts";
import type { TestCertificates } from "../testing/redis-nodes.ts";
import { documentedAcl } from "../testing/documented-acl.ts";
import { clusterKeys } from "./keys.ts";
import { observeTask } from "./record.ts";
import { openRedisStore } from "./redis-store.ts";
import type { StateStore } from "./store.ts";

const clock = systemClock;
let folder: string;
let tls: TestCertificates;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "longshore-tls-"));
  tls = await makeCertificates(folder);
});
afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
  await rm(folder, { recursive: true, force: true });
});

/** What `serve` makes of the environment. */
function urlOf(url: string, { ca, cert, key }: Partial<TestCertificates>): string {
  const environment = {
    REDIS_URL: url,
    LONGSHORE_REDIS_CA_FILE: ca,
    LONGSHORE_REDIS_CERT_FILE: cert,
    LONGSHORE_REDIS_KEY_FILE: key,
  };
  return readConfig(environment).redisUrl ?? "";
}

function open(url: string): StateStore {
  const own = { name: "shape", clock, random: systemRandom, deployment: "tests" };
  const store = openRedisStore({ url, ...own });
  stops.push(() => store.close());
  return store;
}

async function opened(url: string): Promise<StateStore> {
  const store = open(url);
  await until("the store", () => store.ping().then(() => true as const));
  return store;
}

/** The user of the guide, with the password of the tests. */
const user = `user longshore on >${testPassword} ${documentedAcl()}`;

/** Everything that a store can be asked, and an announcement. Fails with what was refused. */
async function useAll(store: StateStore): Promise<void> {
  const signal = new AbortController().signal;
  let woken = 0;
  const watch = await store.watch(() => void woken++, signal);
  const calls = callsOf(seededRandom(7), () => clock.now());
  const seen = new Set<string>();
  const server = { wipe: async () => {}, restart: async () => {}, setTime: async () => {} };
  while (seen.size < calls.methods.length) {
    const { method, run } = calls.next();
    seen.add(method);
    await run(store, { ...server, open: async () => store, stop: async () => {} });
  }
  await until("an announcement", async () => {
    const task = { ...aTask("t", undefined, { version: String(clock.now()) }) };
    await store.apply(testCluster, [observeTask(task, "event", clock.now())]);
    return woken > 0 || undefined;
  });
  await watch?.close();
}

test("TLS with an authority of one's own, a certificate on both sides, and a user with the rights of the guide", async () => {
  const node = await startNode({ tls, settings: [user] });
  stops.push(() => node.stop());
  const url = `rediss://longshore:${testPassword}@127.0.0.1:${node.port}`;
  await useAll(await opened(urlOf(url, tls)));
  const refused = await node.redis.call("ACL", "LOG");
  expect(refused).toEqual([]);
  // Whoever does not trust the authority, or has no certificate, gets nowhere.
  for (const less of [{}, { ca: tls.ca }]) {
    const reason = await failureOf(urlOf(url, less));
    expect(reason).toMatch(/certificate|ECONNRESET/i);
  }
  // Under another name only when told which one the certificate has.
  await opened(`${urlOf(url.replace("127.0.0.1", "localhost"), tls)}&servername=redis.internal`);
  expect(await failureOf(urlOf(url.replace("127.0.0.1", "localhost"), tls))).toMatch(/altnames/i);
});

async function failureOf(url: string): Promise<string> {
  const reasons: string[] = [];
  const onDown = (reason: string) => void reasons.push(reason);
  const store = openRedisStore({ url, name: "no", clock, random: systemRandom, onDown });
  const reason = await until("a reason", () => reasons[0]);
  await store.close();
  return reason;
}

test("a user who may not do something is told apart from a Redis that is away", async () => {
  const node = await startNode({ settings: [`${user} -evalsha`] });
  stops.push(() => node.stop());
  const store = open(`redis://longshore:${testPassword}@127.0.0.1:${node.port}`);
  const words = await until("words", async () => {
    const said = await store
      .addCluster(testCluster)
      .catch((error: unknown) => describeFault(error));
    return said?.includes("permission") ? said : undefined;
  });
  expect(words).toMatch(/user in REDIS_URL lacks a permission/);
});

test("a cluster behind TLS, as a user with the rights of the guide", async () => {
  const cluster = await testRedisCluster({ tls, settings: [user] });
  stops.push(() => cluster.stop());
  await useAll(await opened(urlOf(cluster.url.replace("://:", "://longshore:"), tls)));
  for (const { redis } of cluster.nodes) expect(await redis.call("ACL", "LOG")).toEqual([]);
});

test("a sentinel leads to the master, and to the next one when that is killed", async () => {
  const sentinel = await testRedisSentinel();
  stops.push(() => sentinel.stop());
  const store = await opened(sentinel.url);
  let woken = 0;
  const watch = await store.watch(() => void woken++, new AbortController().signal);
  const write = (version: number) =>
    store.apply(testCluster, [
      observeTask(aTask("t1", undefined, { version: String(version) }), "event", clock.now()),
    ]);
  await write(1);
  await until(
    "the replica to have it",
    async () =>
      (await sentinel.replica.redis.exists(clusterKeys(testCluster).tasks)) === 1 || undefined,
  );
  const before = await store.read(testCluster, 0, 10);
  await sentinel.master.kill9();
  await until("a write at the next master", () => write(2).then(() => true as const), 30_000);
  const after = await store.read(testCluster, before.seq, 10);
  // The log goes on behind a mark of another process, and says what it continues.
  expect(after.epoch).toBe(before.epoch);
  expect(after.entries[0]).toMatchObject({ kind: "r", previous: before.seq });
  expect(after.entries[1]).toMatchObject({ kind: "t", id: "t1" });
  const heard = woken;
  await until("announcements of the next master", async () => {
    await write(clock.now());
    return woken > heard || undefined;
  });
  await watch?.close();
}, 60_000);
