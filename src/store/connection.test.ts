// What counts as Redis being away: real errors of ioredis, from real breaks, and what they must not be taken for.
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeFault, isRefusal } from "../ingest/faults.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { connect } from "./connection.ts";
import type { Connection } from "./connection.ts";
import { isRedisTrouble, RedisUnavailable } from "./trouble.ts";

let redis: TestRedis;
let connection: Connection;

beforeAll(async () => {
  redis = await testRedis();
  connection = connect(redis.url, "test");
  await connection.ready();
});
afterAll(async () => {
  await connection.close();
  await redis.stop();
});

const failureOf = (command: Promise<unknown>): Promise<unknown> =>
  command.then(
    () => undefined,
    (error: unknown) => error,
  );

it("is trouble with Redis, when it ends in the middle of a command", async () => {
  redis.pause();
  const underWay = failureOf(connection.redis.ping());
  await redis.kill9();
  const lost = await underWay;
  expect(String(lost)).toMatch(/MaxRetriesPerRequest|AbortError/);
  expect(isRedisTrouble(lost)).toBe(true);
  const refused = await failureOf(connection.redis.ping());
  expect(refused).toBeInstanceOf(Error);
  expect(isRedisTrouble(refused)).toBe(true);
  await redis.restart();
  await until("Redis", () => connection.redis.ping().then(() => true));
});

const said = (message: string) => Object.assign(new Error(message), { name: "ReplyError" });

it("is trouble, when Redis says that it cannot now; not when it says that it never will", async () => {
  expect(isRedisTrouble(said("LOADING Redis is loading the dataset in memory"))).toBe(true);
  expect(isRedisTrouble(said("OOM command not allowed when used memory > 'maxmemory'."))).toBe(
    true,
  );
  expect(isRedisTrouble(new RedisUnavailable("away"))).toBe(true);
  await connection.redis.hset("hash", "field", 1);
  expect(isRedisTrouble(await failureOf(connection.redis.get("hash")))).toBe(false);
  expect(isRedisTrouble(new TypeError("x is not a function"))).toBe(false);
});

it("is the same of a script, as Redis before 7.0 wraps it: nothing that was stored is given up for it", () => {
  const inScript = (message: string) =>
    said(
      `ERR Error running script (call to f_8f55ae4a3be429c6d38c5d5db3e80edf89197b64): @user_script:41: ${message}`,
    );
  for (const { error, advice } of [
    { error: inScript("@user_script: 41: -OOM command not allowed.  "), advice: "maxmemory" },
    { error: inScript("@user_script: 41: -MISCONF Redis is configured"), advice: "disk" },
    { error: inScript("@user_script: 41: -READONLY You can't write"), advice: "primary" },
  ]) {
    expect(isRedisTrouble(error)).toBe(true);
    expect(isRefusal(error)).toBe(false);
    expect(describeFault(error)).toContain(advice);
  }
  const wrong = inScript("WRONGTYPE Operation against a key holding the wrong kind of value");
  expect(isRedisTrouble(wrong)).toBe(false);
  expect(isRefusal(wrong)).toBe(true);
  expect(isRefusal(said("ERR Error running script (call to f_1): @user_script:3: a bug"))).toBe(
    true,
  );
});
