// What is acknowledged, on real servers of whatever version is there: answers wait for the disk and for a replica, and
// an answer that cannot be given is said to be none.
import { Redis } from "ioredis";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { systemClock } from "../clock.ts";
import { systemRandom } from "../random.ts";
import { locateRedisServer } from "../redis-server/locate.ts";
import { freePort, startRedisServer } from "../redis-server/start.ts";
import { testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import { NotKept } from "./acknowledge.ts";
import { dialRedis } from "./dial.ts";
import { infoOf } from "./info.ts";
import { openRedisStore } from "./redis-store.ts";
import type { RedisStoreOptions } from "./redis-store.ts";
import type { StateStore } from "./store.ts";

const afterwards: (() => unknown)[] = [];
afterEach(async () => {
  for (const act of afterwards.splice(0).toReversed()) await act();
});

function openStore(url: string, more: Partial<RedisStoreOptions> = {}): StateStore {
  const options = { url, name: "acknowledge-test", clock: systemClock, random: systemRandom };
  const store = openRedisStore({ ...options, ...more });
  afterwards.push(() => store.close());
  return store;
}

function rawTo(url: string): Redis {
  const raw = new Redis(url.replace("unix://", ""), { maxRetriesPerRequest: null });
  raw.on("error", () => {});
  afterwards.push(() => raw.disconnect());
  return raw;
}

const daemon = (id: string) => ({ kind: "d", id, expected: undefined, record: "{}" }) as const;
const up = (store: StateStore) => until("Redis", () => store.ping().then(() => true as const));

it("answers when the disk has it, for all who wait at once", async () => {
  const redis = await testRedis();
  afterwards.push(() => redis.stop());
  const [raw, store] = [rawTo(redis.url), openStore(redis.url)];
  await up(store);
  await store.writeControl(testCluster, [daemon("before")]);
  const [second] = await raw.time();
  const names = ["a", "b", "c", "d"];
  const results = await Promise.all(
    names.map((name) => store.writeAcknowledged(testCluster, [daemon(name)])),
  );
  expect(results.map(({ outcome }) => outcome)).toEqual(names.map(() => "written"));
  const info = infoOf(await raw.info());
  expect(info.get("aof_pending_bio_fsync")).toBe("0");
  // A server that says no more than INFO has synced in a second after that of the write.
  const isOld = info.get("redis_version")?.startsWith("7.0") ?? false;
  expect(Number((await raw.time())[0])).toBeGreaterThanOrEqual(Number(second) + (isOld ? 1 : 0));
  expect(await store.writeAcknowledged(testCluster, [daemon("a")])).toMatchObject({
    outcome: "conflict",
  });
  expect(await store.weakness()).toBeUndefined();
  // Where each write is synced, there is nothing to wait for; where none is, nothing is promised.
  await raw.config("SET", "appendfsync", "always");
  await store.writeAcknowledged(testCluster, [daemon("e")]);
  expect(await store.weakness()).toBeUndefined();
  await raw.config("SET", "appendfsync", "no");
  await store.writeAcknowledged(testCluster, [daemon("f")]);
  expect(await store.weakness()).toMatch(/may lose .*daemons.*appendfsync is no/);
});

it("says that a file is missing", async () => {
  const redis = await testRedis({ appendonly: false });
  afterwards.push(() => redis.stop());
  const store = openStore(redis.url);
  await up(store);
  expect((await store.writeAcknowledged(testCluster, [daemon("a")])).outcome).toBe("written");
  expect(await store.weakness()).toMatch(/may lose .*append-only file is off/);
});

it("does not answer for a Redis that was restarted before it had confirmed", async () => {
  const redis = await testRedis();
  afterwards.push(() => redis.stop());
  let dials = 0;
  const store = openStore(redis.url, {
    dial: (url, name) => {
      // The second connection is the one that asks whether it is kept.
      if (++dials === 2) void redis.kill9().then(() => redis.restart());
      return dialRedis(url, name);
    },
  });
  await up(store);
  const answer = store.writeAcknowledged(testCluster, [daemon("a")]);
  await expect(answer).rejects.toThrow(NotKept);
  await expect(answer).rejects.toThrow(/restarted|was lost.*ask for it again/);
});

/** A primary, and a server that follows it from when it is told to. */
async function startPair() {
  const program = await locateRedisServer(
    fileURLToPath(new URL("../../.longshore", import.meta.url)),
    { environment: process.env },
  );
  const start = async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "longshore-replica-"));
    const listening = { kind: "tcp", port: await freePort(), password: "secret" } as const;
    const server = await startRedisServer({ program, dataDir, appendonly: false, listening });
    afterwards.push(async () => {
      server.process.kill("SIGCONT");
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    });
    const raw = rawTo(server.url);
    await raw.config("SET", "repl-diskless-sync-delay", "0");
    return { server, raw, port: listening.port };
  };
  const [primary, replica] = [await start(), await start()];
  await replica.raw.config("SET", "masterauth", "secret");
  const follow = async () => {
    await replica.raw.replicaof("127.0.0.1", primary.port);
    await until("the replica follows", async () =>
      (await primary.raw.info("replication")).includes("state=online") ? true : undefined,
    );
  };
  return { primary, replica, follow };
}

it("waits for a replica, and says when none confirms", async () => {
  const { primary, replica, follow } = await startPair();
  await follow();
  const store = openStore(primary.server.url);
  await up(store);
  await store.writeAcknowledged(testCluster, [daemon("a")]);
  expect(await store.weakness()).toBeUndefined();
  replica.server.process.kill("SIGSTOP");
  const answer = store.writeAcknowledged(testCluster, [daemon("b")]);
  await expect(answer).rejects.toThrow(/no replica .*may be lost/);
  replica.server.process.kill("SIGCONT");
  await store.writeAcknowledged(testCluster, [daemon("c")]);
});

it("takes a first replica for one new history, whoever was connected before it came", async () => {
  const { primary, follow } = await startPair();
  const historyId = async () =>
    infoOf(await primary.raw.info("replication")).get("master_replid") ?? "";
  const before = openStore(primary.server.url);
  await up(before);
  await before.writeAcknowledged(testCluster, [daemon("a")]);
  const first = await historyId();
  await follow();
  // The primary has another id now, and has closed no connection.
  expect(await historyId()).not.toBe(first);
  const after = openStore(primary.server.url);
  await up(after);
  for (const [index, store] of [before, after, before, after, before].entries())
    expect(await store.writeAcknowledged(testCluster, [daemon(`b${index}`)])).toMatchObject({
      outcome: "written",
    });
  const { entries } = await before.read(testCluster, 0, 100);
  expect(entries.filter(({ kind }) => kind === "r")).toHaveLength(1);
});
