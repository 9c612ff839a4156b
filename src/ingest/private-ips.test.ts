// Private addresses, with an EC2 in memory and real Redis: asked for once in an instance's life, in batches, and of no
// consequence to anything else when EC2 refuses.
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { systemRandom } from "../random.ts";
import { decodeContainerInstance, observeContainerInstance } from "../store/record.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { anInstance } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { createPrivateIps } from "./private-ips.ts";

let redis: TestRedis;
let store: StateStore;
let cluster: string;
let clusters = 0;
let asked: string[][];
let refusal: Error | undefined;
let lines: string[];
/** What waits for a refusal to be over. */
let retry: (() => void) | undefined;
let rounds: number;
const clock: Clock = {
  ...systemClock,
  sleep: (delayMs, signal) => {
    rounds++;
    return systemClock.sleep(delayMs, signal);
  },
  after: (_delayMs, callback) => {
    retry = callback;
    return () => {};
  },
};

beforeAll(async () => {
  redis = await testRedis({ appendonly: false });
  store = openRedisStore({ url: redis.url, name: "ips", clock, random: systemRandom });
  await until("Redis", () => store.ping().then(() => true as const));
});
afterAll(async () => {
  await store.close();
  await redis.stop();
});
beforeEach(() => {
  cluster = `arn:aws:ecs:eu-west-1:111122223333:cluster/quay${++clusters}`;
  asked = [];
  refusal = undefined;
  lines = [];
  retry = undefined;
  rounds = 0;
});

function open() {
  const lookUp = (ids: readonly string[]) => {
    asked.push([...ids]);
    if (refusal) return Promise.reject(refusal);
    return Promise.resolve(new Map(ids.map((id) => [id, `10.0.0.${id.slice(3)}`])));
  };
  const log = pino({ level: "warn" }, { write: (line: string) => void lines.push(line) });
  const book = { lookUp };
  return createPrivateIps({ addressesOf: () => book, store, clock, log });
}

const instances = (...ids: number[]) => new Map(ids.map((id) => [`i${id}`, `i-i${id}`]));
const join = (...ids: number[]) =>
  store.apply(
    cluster,
    ids.map((id) => observeContainerInstance(anInstance(`i${id}`), "event")),
  );
const addressOf = async (id: number) => {
  const record = (await store.records(cluster, "i")).get(`i${id}`);
  return record && decodeContainerInstance(record, cluster).privateIpAddress;
};
const untilKnown = (...ids: number[]) =>
  until("addresses", async () => {
    for (const id of ids) if ((await addressOf(id)) === undefined) return undefined;
    return true as const;
  });

test("asks once for all that join together, never again, and not about external instances", async () => {
  await join(1, 2, 3);
  const ips = open();
  ips.want(cluster, instances(1));
  ips.want(cluster, new Map([...instances(2, 3), ["i9", "mi-0123"]]));
  await untilKnown(1, 2, 3);
  ips.want(cluster, instances(1, 2, 3));
  await ips.close();
  expect(asked).toEqual([["i-i1", "i-i2", "i-i3"]]);
  expect(await addressOf(2)).toBe("10.0.0.2");
});

test("asks again about those whose address the store has lost, although nobody said so, and about no others", async () => {
  await join(1, 2, 3);
  const ips = open();
  ips.reconciled(cluster, instances(1, 2, 3));
  await untilKnown(1, 2, 3);
  // As after a Redis that was emptied, where somebody else wrote first and an event brought the instances back.
  const lost = ["i1", "i2"].map((id) => ({ kind: "i", id, version: "" }) as const);
  await store.remove(cluster, lost, 0);
  await join(1, 2);
  ips.want(cluster, instances(1, 2));
  expect(await addressOf(1)).toBeUndefined();
  ips.reconciled(cluster, instances(1, 2, 3));
  await untilKnown(1, 2);
  await ips.close();
  expect(asked.map((each) => each.toSorted())).toEqual([
    ["i-i1", "i-i2", "i-i3"],
    ["i-i1", "i-i2"],
  ]);
});

test("says once what is missing, and goes on when it is there", async () => {
  await join(4);
  refusal = Object.assign(new Error("not authorized"), { name: "UnauthorizedOperation" });
  const ips = open();
  ips.want(cluster, instances(4));
  await until("the refusal", () => (retry ? true : undefined));
  // Events of the meantime are no reason to be refused sooner.
  ips.want(cluster, instances(4, 5));
  expect(rounds).toBe(1);
  const again = retry;
  retry = undefined;
  again?.();
  await until("the next refusal", () => (retry ? true : undefined));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("ec2:DescribeInstances");
  refusal = undefined;
  (retry as (() => void) | undefined)?.();
  await untilKnown(4);
  await ips.close();
});

test("an account that refuses leaves the others", async () => {
  await join(7);
  const refused = { lookUp: () => Promise.reject(new Error("not authorized")) };
  const book = {
    lookUp: (ids: readonly string[]) => Promise.resolve(new Map(ids.map((id) => [id, "10.0.0.7"]))),
  };
  const foreign = "arn:aws:ecs:eu-west-1:999999999999:cluster/far";
  const log = pino({ level: "silent" });
  const addressesOf = (of: string) => (of === foreign ? refused : book);
  const ips = createPrivateIps({ addressesOf, store, clock, log });
  ips.want(foreign, instances(1));
  ips.want(cluster, instances(7));
  await untilKnown(7);
  await ips.close();
});
