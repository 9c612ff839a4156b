// An account without any ECS cluster, and a queue that holds more than ECS's events: nothing stuck, nothing lost.
import { CreateClusterCommand, ECSClient } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../src/redis-server/start.ts";
import { fixtureBody, fixtureNames } from "../src/testing/fixtures.ts";
import { startLongshore, until } from "../src/testing/longshore.ts";
import type { Longshore, RoleProcess } from "../src/testing/longshore.ts";

let longshore: Longshore;
let ingest: RoleProcess;

const send = (body: string) =>
  fetch(`${longshore.simulator.url}/_simulator/events`, { method: "POST", body });

const clusterNames = async () => {
  const answer = await longshore.graphql("{ clusters { nodes { name } } }");
  return answer.list("clusters", "nodes").map((cluster) => cluster.text("name"));
};

beforeAll(async () => {
  longshore = await startLongshore({ clusters: 0 });
  ingest = longshore.serve("ingest");
  longshore.serve("api", "scheduler");
  await longshore.ready();
});

afterAll(async () => {
  await longshore?.close();
});

test("it is ready and says that there is nothing", async () => {
  expect(await clusterNames()).toEqual([]);
});

test("a cluster that is made later appears with its first instance", async () => {
  const ecs = new ECSClient({
    region: "us-east-1",
    endpoint: longshore.simulator.url,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  await ecs.send(new CreateClusterCommand({ clusterName: "late" }));
  ecs.destroy();
  await longshore.control("instances", { cluster: "late", count: 2 });
  await until("both instances", async () => {
    const answer = await longshore.graphql(
      '{ containerInstances(filter: { cluster: "late", status: ACTIVE }) { totalCount } }',
    );
    return answer.count("containerInstances", "totalCount") === 2 ? true : undefined;
  });
});

test("broken and foreign messages are refused with their id, and hold nothing up", async () => {
  const broken = [
    "hello?",
    "[]",
    "null",
    '{"detail-type":"ECS Task State Change","source":"aws.ecs"}',
    "x".repeat(256 * 1024),
  ];
  for (const body of broken) await send(body);
  await send('{"version":"0","id":"1","detail-type":"Novelty","source":"aws.ecs","detail":{}}');
  const tasks = fixtureNames.filter((name) => name.startsWith("task-"));
  expect(tasks.length).toBeGreaterThan(5);
  for (const name of tasks) await send(fixtureBody(name));
  await until("every task of the fixtures", async () => {
    const answer = await longshore.graphql("{ tasks(first: 1000) { nodes { arn } } }");
    const arns = new Set(answer.list("tasks", "nodes").map((task) => task.text("arn")));
    const wanted = tasks.map(
      (name) => /"taskArn": ?"([^"]+)"/.exec(fixtureBody(name))?.[1] ?? name,
    );
    return wanted.every((arn) => arns.has(arn)) ? true : undefined;
  });
  await until("a line for each broken message", () => {
    const lines = ingest
      .output()
      .split("\n")
      .filter((line) => line.includes("rejected a message"));
    return lines.length >= broken.length && lines.every((line) => line.includes("messageId"))
      ? true
      : undefined;
  });
  expect(ingest.process.exitCode).toBeNull();
});

test("a process of another Longshore is refused by this Redis, says whose it is, and is in nobody's way", async () => {
  const port = await freePort();
  const stranger = longshore.serveWith(
    { LONGSHORE_DEPLOYMENT: "quay", LONGSHORE_METRICS_PORT: String(port) },
    "ingest",
    "scheduler",
  );
  const told = await until("its refusal", async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
    const words = await answer.text();
    return words.includes("belongs to the Longshore of") ? words : undefined;
  });
  expect(told).toMatch(
    /of 111122223333, and this one is of quay.*LONGSHORE_DEPLOYMENT=111122223333/,
  );
  await longshore.control("instances", { cluster: "late", count: 1 });
  await until("the third instance", async () => {
    const answer = await longshore.graphql(
      '{ containerInstances(filter: { cluster: "late", status: ACTIVE }) { totalCount } }',
    );
    return answer.count("containerInstances", "totalCount") === 3 ? true : undefined;
  });
  for (const role of ["ingest", "scheduler"])
    await until(`a line of the ${role}`, () => {
      const lines = stranger.output().split("\n");
      const mine = lines.filter((line) => line.includes(`"role":"${role}"`));
      return mine.some((line) => line.includes("belongs to the Longshore of 1111")) || undefined;
    });
  expect(await stranger.kill("SIGTERM")).toBe(0);
});
