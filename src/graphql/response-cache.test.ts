// Answers are only given again while they are true: on a real store, whose views move, and on resolvers that ask for
// the time. A stale answer is a bug.
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openInformer } from "../changes/informer.ts";
import type { Informer } from "../changes/informer.ts";
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { currentRevision } from "../daemon/daemon.ts";
import { placementKey } from "../daemon/placement.ts";
import type { Placement } from "../daemon/placement.ts";
import { encodeDaemon, encodePlacement } from "../daemon/record.ts";
import { systemRandom } from "../random.ts";
import { observeContainerInstance, observeTask } from "../store/record.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { aDaemon, anInstance, aTask, testCluster } from "../testing/entities.ts";
import { Answer, until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { createResponseCache } from "./response-cache.ts";
import { startApi } from "./server.ts";
import type { Api } from "./server.ts";

let redis: TestRedis;
let store: StateStore;
let informer: Informer;
let api: Api;
let now = systemClock.now();

const log = pino({ level: "silent" });
const clock: Clock = { ...systemClock, now: () => now };

beforeAll(async () => {
  redis = await testRedis({ appendonly: false });
  store = openRedisStore({ url: redis.url, name: "test", clock, random: systemRandom });
  await until("Redis", () => store.ping().then(() => true));
  await store.apply(testCluster, [
    observeContainerInstance(anInstance("a"), "describe"),
    observeTask(aTask("one", "a"), "describe", now),
  ]);
  informer = openInformer({ store, clock, log });
  await informer.loaded;
  api = await startApi({
    host: "127.0.0.1",
    port: 0,
    informer,
    store,
    clock,
    log,
    pages: "/nowhere",
    tokens: { read: ["reader"], admin: ["boss"] },
  });
});

afterAll(async () => {
  await api?.close();
  await informer?.close();
  await store?.close();
  await redis?.stop();
});

async function ask(query: string, variables: object = {}, token = "reader"): Promise<Answer> {
  const response = await fetch(`${api.url}graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  return new Answer(await response.json());
}

/** Lets the API see what was stored last. */
async function followed(act: () => Promise<unknown>): Promise<void> {
  const { revision } = informer;
  await act();
  await until("the view to move", () => (informer.revision > revision ? true : undefined));
}

const running = (version: string, lastStatus: string) =>
  observeTask(aTask("one", "a", { version, lastStatus }), "describe", now);

describe("an answer that was kept", () => {
  const statuses = "{ tasks { nodes { lastStatus } changeCursor } }";

  test("is given again as it was, and not after a change", async () => {
    const first = await ask(statuses);
    expect((await ask(statuses)).value).toEqual(first.value);
    for (const [version, status] of [
      ["2", "STOPPING"],
      ["3", "DEPROVISIONING"],
    ] as const) {
      await followed(() => store.apply(testCluster, [running(version, status)]));
      const after = await ask(statuses);
      expect(after.text("data", "tasks", "nodes", 0, "lastStatus")).toBe(status);
      expect(after.text("data", "tasks", "changeCursor")).not.toBe(
        first.text("data", "tasks", "changeCursor"),
      );
    }
  });

  test("is another for other variables, operations and media types", async () => {
    const query = `query A($first: Int) { tasks(first: $first) { nodes { id } } } `;
    for (let round = 0; round < 3; round++) {
      expect((await ask(query, { first: 0 })).list("data", "tasks", "nodes")).toHaveLength(0);
      expect((await ask(query, { first: 1 })).list("data", "tasks", "nodes")).toHaveLength(1);
    }
    for (const accept of ["application/json", "application/graphql-response+json"]) {
      const url = `${api.url}graphql?query=${encodeURIComponent(query)}`;
      const headers = { accept, authorization: "Bearer reader" };
      for (let round = 0; round < 2; round++)
        expect((await fetch(url, { headers })).headers.get("content-type")).toContain(accept);
    }
  });

  test("is nobody's without a token", async () => {
    await ask(statuses);
    expect((await ask(statuses, {}, "guess")).text("errors", 0, "extensions", "code")).toBe(
      "UNAUTHENTICATED",
    );
  });

  test("follows freshness, which is no change of the log", async () => {
    const freshness = "{ clusters { nodes { freshness { eventLagMs } } } }";
    const lag = async () =>
      (await ask(freshness)).count("data", "clusters", "nodes", 0, "freshness", "eventLagMs");
    for (const eventLagMs of [11, 22]) {
      await store.noteFreshness(testCluster, { eventLagMs });
      await until("the new lag", async () => ((await lag()) === eventLagMs ? true : undefined));
    }
  });

  test("is never one that depends on the time", async () => {
    const daemon = aDaemon();
    const failed: Placement = {
      kind: "placement",
      daemon: daemon.name,
      containerInstanceId: "a",
      generation: 0,
      state: "FAILED",
      launchId: "x",
      template: currentRevision(daemon).template,
      attempts: 3,
      requestedAt: now,
      nextAttemptAt: now + 60_000,
    };
    const writes = [
      { kind: "d", id: daemon.name, expected: undefined, record: encodeDaemon(daemon) },
      { kind: "p", id: placementKey(failed), expected: undefined, record: encodePlacement(failed) },
    ] as const;
    // Before its first comparison with ECS a cluster's daemons wait, whatever the time.
    await store.noteFreshness(testCluster, { lastReconciledAt: now });
    await until("the comparison to be seen", () =>
      informer.views.get(testCluster)?.freshness.lastReconciledAt === now ? true : undefined,
    );
    await followed(() => store.writeControl(testCluster, writes));
    const query = `{ daemon(cluster: "quay", name: "${daemon.name}") { explain(containerInstance: "a") { placeable } } }`;
    const placeable = async () =>
      (await ask(query)).at("data", "daemon", "explain", "placeable").value;
    // It failed just now: not before its time, and then at once, though nothing was written meanwhile.
    expect([await placeable(), await placeable()]).toEqual([false, false]);
    now += 60_001;
    expect([await placeable(), await placeable()]).toEqual([true, true]);
  });

  test("is never one from Redis itself, nor a mutation", async () => {
    const events = "{ clusters { nodes { events { id } } } }";
    expect((await ask(events)).list("data", "clusters", "nodes", 0, "events")).toHaveLength(0);
    await store.addEvents(testCluster, [
      {
        id: "e1",
        clusterArn: testCluster,
        detailType: "ECS Service Action",
        eventType: "INFO",
        eventName: undefined,
        reason: undefined,
        resources: [],
        at: now,
      },
    ]);
    expect((await ask(events)).list("data", "clusters", "nodes", 0, "events")).toHaveLength(1);
    const pause = `mutation { pauseDaemon(input: { cluster: "quay", name: "nobody" }) { daemon { name } } }`;
    for (let round = 0; round < 2; round++)
      expect((await ask(pause, {}, "boss")).text("errors", 0, "extensions", "code")).toBe(
        "NOT_FOUND",
      );
  });
});

describe("the table", () => {
  const response = (bytes: number, revision = 1) => ({
    revision,
    contentType: "application/json",
    body: Buffer.alloc(bytes),
  });

  test("keeps no more than it may, the newest, and nothing huge", () => {
    const cache = createResponseCache(100_000);
    for (let each = 0; each < 100; each++) cache.put(`key ${each}`, response(2000));
    const kept = Array.from({ length: 100 }, (_, each) => cache.get(`key ${each}`, 1)).filter(
      Boolean,
    );
    expect(kept.length).toBeGreaterThan(20);
    expect(kept.length).toBeLessThanOrEqual(50);
    expect(cache.get("key 99", 1)).toBeDefined();
    cache.put("huge", response(90_000));
    cache.put("x".repeat(30_000), response(10));
    expect(cache.get("huge", 1)).toBeUndefined();
    expect(cache.get("x".repeat(30_000), 1)).toBeUndefined();
  });

  test("answers for its revision only, and not at all with no bytes", () => {
    const cache = createResponseCache(100_000);
    cache.put("key", response(10, 7));
    expect(cache.get("key", 7)).toBeDefined();
    expect(cache.get("key", 8)).toBeUndefined();
    expect(cache.get("key", 6)).toBeUndefined();
    const none = createResponseCache(0);
    none.put("key", response(10));
    expect(none.get("key", 1)).toBeUndefined();
  });
});
