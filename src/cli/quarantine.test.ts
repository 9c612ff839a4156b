// `longshore quarantine` against a real API on a real Redis: what it lists, asks for and forgets, and how it exits.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { openInformer } from "../changes/informer.ts";
import type { Informer } from "../changes/informer.ts";
import { systemClock } from "../clock.ts";
import { startApi } from "../graphql/server.ts";
import type { Api } from "../graphql/server.ts";
import { createLog } from "../log.ts";
import { systemRandom } from "../random.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { runCommandLine } from "./test-command.ts";

const log = createLog("test", "silent");
let redis: TestRedis;
let store: StateStore;
let informer: Informer;
let api: Api;

const quarantine = (token: string, ...args: string[]) =>
  runCommandLine(api.url, ["quarantine", ...args], { environment: { LONGSHORE_TOKEN: token } });

beforeAll(async () => {
  redis = await testRedis({ appendonly: false });
  const clock = systemClock;
  store = openRedisStore({ url: redis.url, name: "test", clock, random: systemRandom });
  informer = openInformer({ store, clock, log });
  await informer.loaded;
  const tokens = { read: ["reader"], admin: ["boss"] };
  const place = { host: "127.0.0.1", port: 0, pages: "/nowhere" };
  api = await startApi({ ...place, tokens, informer, store, clock, log });
});
afterAll(async () => {
  await api.close();
  await informer.close();
  await store.close();
  await redis.stop();
});
beforeEach(async () => {
  const left = await store.quarantined(1000);
  await store.removeQuarantined(left.map(({ messageId }) => messageId));
  for (const id of ["m-1", "m-2", "m-3"])
    await store.quarantine({
      messageId: id,
      reason: "not JSON",
      body: `secret of ${id}`,
      at: systemClock.now() - 90_000,
    });
});

it("lists what is there to a reader, and the messages themselves to an admin", async () => {
  const table = await quarantine("reader", "list");
  expect(table.code).toBe(0);
  expect(table.stdout).toMatch(/MESSAGE +AGE +AGAIN +REASON\nm-\d +\d+\w +not JSON/);
  expect(table.stdout).not.toContain("secret");
  const json = JSON.parse((await quarantine("reader", "list", "--json", "--limit", "2")).stdout);
  expect(json).toHaveLength(2);
  expect(json[0]).toMatchObject({ reason: "not JSON", replayable: true, replayedAt: null });
  const refused = await quarantine("reader", "list", "--bodies");
  expect(refused.code).toBe(5);
  expect(refused.stderr).toContain("LONGSHORE_ADMIN_TOKENS");
  expect((await quarantine("boss", "list", "--bodies")).stdout).toContain("secret of m-2");
});

it("asks for messages to be read again, and says which it cannot", async () => {
  expect((await quarantine("reader", "replay", "m-1")).code).toBe(5);
  expect(await store.replaysAsked(10)).toEqual([]);
  const some = await quarantine("boss", "replay", "m-1", "m-9");
  expect(some.stdout).toContain("1 messages will be read again");
  expect([some.code, some.stderr]).toEqual([3, expect.stringContaining("m-9")]);
  expect((await store.replaysAsked(10)).map(({ messageId }) => messageId)).toEqual(["m-1"]);
  expect((await quarantine("boss", "replay", "--all")).code).toBe(0);
  expect(await store.replaysAsked(10)).toHaveLength(3);
});

it("forgets messages, and wants to know which", async () => {
  expect((await quarantine("boss", "discard")).code).toBe(2);
  expect((await quarantine("boss", "discard", "m-2", "--json")).stdout).toBe(
    '{"messageIds":["m-2"],"skipped":[]}\n',
  );
  expect(await store.quarantinedCount()).toBe(2);
  expect((await quarantine("boss", "discard", "--all")).stdout).toContain("2 messages forgotten");
  const none = await quarantine("reader", "list");
  expect([none.code, none.stdout]).toEqual([0, ""]);
  expect(none.stderr).toContain("the quarantine is empty");
});
