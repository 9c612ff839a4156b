// Connections to Redis that a network has forgotten: open on our side, and nothing ever comes back.
import { afterAll, beforeAll, expect, it } from "vitest";
import { openLink } from "../chaos/link.ts";
import type { Link } from "../chaos/link.ts";
import { systemClock } from "../clock.ts";
import { systemRandom } from "../random.ts";
import { testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { openRedisStore } from "./redis-store.ts";
import type { StateStore } from "./store.ts";

let redis: TestRedis;
let link: Link;
let store: StateStore;
const closing = new AbortController();

beforeAll(async () => {
  redis = await testRedis();
  link = await openLink({ to: redis.url.replace("unix://", ""), clock: systemClock });
  const url = `redis://127.0.0.1:${link.port}`;
  store = openRedisStore({ url, name: "test", clock: systemClock, random: systemRandom });
  await until("Redis", () => store.ping().then(() => true));
});
afterAll(async () => {
  closing.abort();
  await store.close();
  await link.close();
  await redis.stop();
});

it("are given up: commands and announcements go over new ones", async () => {
  let woken = 0;
  const watch = await store.watch(() => void woken++, closing.signal);
  link.become("silent", { halfOpen: true });
  await expect(store.ping()).rejects.toThrow(/timed out|Connection is closed/);
  // By now the watching connection has asked for a sign of life, too, and lost it.
  link.become("fine");
  await until("an answer over a new connection", () => store.ping().then(() => true), 25_000);
  await until(
    "announcements over a new connection",
    async () => {
      const before = woken;
      await store.removeCluster(testCluster);
      await store.addCluster(testCluster);
      await systemClock.sleep(50);
      return woken > before ? true : undefined;
    },
    25_000,
  );
  await watch?.close();
}, 60_000);
