// What doctor says of clusters and sentinels, on real ones.
import { afterAll, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { schemaKey } from "../store/keys.ts";
import { until } from "../testing/longshore.ts";
import { testRedisCluster, testRedisSentinel } from "../testing/redis-nodes.ts";
import { formatFinding } from "./finding.ts";
import { checkRedis } from "./redis.ts";
import { clusterNodes, judgeCluster } from "./redis-shapes.ts";

const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const stop of stops) await stop();
});

async function doctor(url: string): Promise<string[]> {
  const place = { clock: systemClock, environment: {}, dataDir: ".longshore" };
  return (await checkRedis(url, place)).map(formatFinding);
}

test("a cluster: its shape, what is wrong with which node, and slots that nobody serves", async () => {
  const cluster = await testRedisCluster({ appendonly: true, nodeTimeoutMs: 1000 });
  stops.push(() => cluster.stop());
  const [first, second, third] = cluster.nodes;
  if (!first || !second || !third) throw new Error("there are no nodes");
  const holder = await cluster.masterOf(schemaKey);
  await holder.redis.set(schemaKey, "99");
  expect(await doctor(cluster.url)).toContainEqual(
    expect.stringMatching(`^fail {2}Redis data of ${holder.name} - it is of a newer Longshore`),
  );
  await holder.redis.del(schemaKey);
  const well = await doctor(cluster.url);
  expect(well).toContainEqual(expect.stringMatching(/^ok .*a Redis Cluster, which answers/));
  expect(well).toContainEqual(expect.stringMatching(/^ok .*slots - all served, by 3 primaries/));
  expect(well.filter((line) => !line.startsWith("ok"))).toEqual([
    expect.stringMatching(/^warn {2}Redis Cluster replicas - 127.*have none.*give every primary/),
  ]);
  await second.redis.config("SET", "maxmemory-policy", "allkeys-lru");
  await third.redis.config("SET", "appendonly", "no");
  const worse = await doctor(cluster.url);
  const policy = `^warn  Redis maxmemory-policy of ${second.name} - it is allkeys-lru`;
  expect(worse).toContainEqual(expect.stringMatching(new RegExp(policy)));
  const keeping = `^warn  Redis persistence of ${third.name} - off`;
  expect(worse).toContainEqual(expect.stringMatching(new RegExp(keeping)));

  await first.kill9();
  const failed = await until("the others to give it up", async () => {
    const lines = await doctor(cluster.url);
    return lines.some((line) => /served by no node/.test(line)) ? lines : undefined;
  });
  const node = `^fail  Redis node of ${first.name} - it does not answer \\(.*ECONNREFUSED.*start it`;
  expect(failed).toContainEqual(expect.stringMatching(new RegExp(node)));
  expect(failed).toContainEqual(expect.stringMatching(/^fail .*slots - 5462 of 16384/));
  // It is the first that the address names: the next one is asked.
  const named = `^warn  Redis node ${first.name} - it is named in REDIS_URL and does not answer`;
  expect(failed).toContainEqual(expect.stringMatching(new RegExp(named)));
}, 60_000);

test("sentinels: one that knows the primary, one that does not, one that is away", async () => {
  const sentinel = await testRedisSentinel();
  stops.push(() => sentinel.stop());
  const well = await doctor(sentinel.url);
  expect(well[0]).toMatch(/^ok {4}Sentinel 127\.0\.0\.1:\d+ - harbour is at 127\.0\.0\.1:\d+/);
  expect(well[1]).toMatch(/^ok .*the primary that the sentinels name answers/);
  const other = await doctor(sentinel.url.replace("/harbour", "/port"));
  expect(other[0]).toMatch(/^fail .*it knows no primary by the name of port; correct the name/);
  const away = await doctor(sentinel.url.replace("@127", "@127.0.0.1:1,127"));
  expect(away[0]).toMatch(/^fail {2}Sentinel 127\.0\.0\.1:1 - it does not answer \(.*ECONNREFUSED/);
  expect(away[2]).toMatch(/^ok .*the primary/);
}, 60_000);

test("a slot that is on its way counts where it is; who was given up serves nothing", () => {
  const nodes = clusterNodes(
    [
      "a1 10.0.0.1:6379@16379,name master - 0 0 1 connected 0-8191 [5461->-b2]",
      "b2 10.0.0.2:6379@16379 myself,master - 0 0 2 connected 8192-16382 16383",
      "c3 10.0.0.3:6379@16379 slave a1 0 0 1 connected",
      "d4 10.0.0.4:6379@16379 master,fail? - 0 0 3 connected",
      "e5 :0@0 master,noaddr - 0 0 4 disconnected",
    ].join("\n"),
  );
  expect(nodes.map(({ slots }) => slots)).toEqual([8192, 8192, 0, 0]);
  expect(judgeCluster(nodes).map(formatFinding)).toEqual([
    "ok    Redis Cluster slots - all served, by 2 primaries",
    expect.stringMatching(/^warn .*10\.0\.0\.2:6379 has none/),
  ]);
  const failed = nodes.map((node) => (node.id === "a1" ? { ...node, hasFailed: true } : node));
  expect(judgeCluster(failed).map(formatFinding)[0]).toMatch(/^fail .*8192 of 16384 are served by/);
});
