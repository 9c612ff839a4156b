// What people entrust to Redis stays out of logs and crashes, also when Redis refuses it.
import { inspect } from "node:util";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { createLog } from "../log.ts";
import { systemRandom } from "../random.ts";
import { testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import { clusterKeys } from "./keys.ts";
import { openRedisStore } from "./redis-store.ts";

const secret = "hunter2";

test("a refused daemon's environment is in no error, and so in no log line", async () => {
  const redis = await testRedis({ appendonly: false });
  const store = openRedisStore({
    url: redis.url,
    name: "secrets-test",
    clock: systemClock,
    random: systemRandom,
  });
  const raw = new Redis(redis.url.replace("unix://", ""));
  try {
    await until("Redis", () => store.ping().then(() => true as const));
    await store.addCluster(testCluster);
    await raw.set(clusterKeys(testCluster).daemons, "something else");
    const record = JSON.stringify({ environment: [{ name: "PASSWORD", value: secret }] });
    const write = { kind: "d", id: "lamp", expected: "*", record } as const;
    const error: unknown = await store.writeControl(testCluster, [write]).catch((why) => why);
    expect(String(error)).toContain("WRONGTYPE");
    expect(inspect(error, { depth: 9 })).not.toContain(secret);
    const direct: unknown = await raw
      .hset(clusterKeys(testCluster).daemons, "lamp", record)
      .catch((why) => why);
    // Whatever error there is with a command: the log has a last look.
    expect(inspect(direct, { depth: 9 })).toContain(secret);
    let line = "";
    const stream = { write: (text: string) => (line += text) };
    createLog("test", "info", stream).error({ err: direct }, "refused");
    expect(line).toContain("WRONGTYPE");
    expect(line).not.toContain(secret);
  } finally {
    raw.disconnect();
    await store.close();
    await redis.stop();
  }
});
