// A daemon that is deregistered without its tasks and registered again, over HTTP and on real Redis: what it takes over
// of the one before.
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { currentRevision, formatLaunchMark } from "../daemon/daemon.ts";
import type { Placement } from "../daemon/placement.ts";
import { placementKey } from "../daemon/placement.ts";
import { decodeDaemon, decodePlacement, encodeDaemon, encodePlacement } from "../daemon/record.ts";
import { clusterKeys } from "../store/keys.ts";
import { observeContainerInstance, observeTask } from "../store/record.ts";
import { startApiWorld } from "../testing/api-world.ts";
import type { ApiWorld } from "../testing/api-world.ts";
import { aDaemon, anInstance, aTask, testCluster } from "../testing/entities.ts";
import { startApi } from "./server.ts";
import type { Api } from "./server.ts";

let world: ApiWorld;
let api: Api;

beforeAll(async () => {
  world = await startApiWorld();
  api = await startApi({ ...world.place, tokens: { read: [], admin: [] } });
});
afterAll(async () => {
  await api?.close();
  await world?.close();
});

const daemon = aDaemon();
const { template } = currentRevision(daemon);

function placement(id: string, rest: Partial<Placement> = {}): Placement {
  return {
    kind: "placement",
    daemon: "lamp",
    containerInstanceId: id,
    generation: 0,
    state: "STARTING",
    launchId: `launch-${id}`,
    template,
    attempts: 1,
    requestedAt: world.place.clock.now(),
    ...rest,
  };
}

async function remembered(): Promise<Map<string, Placement>> {
  const records = await world.place.store.records(testCluster, "p");
  return new Map([...records].map(([id, record]) => [id, decodePlacement(record)]));
}

async function mutate(name: string, input: object): Promise<unknown> {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input!`;
  const query = `mutation ($input: ${type}) { ${name}(input: $input) { daemon { name } } }`;
  const answer = await fetch(`${api.url}graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      query,
      variables: { input: { cluster: "quay", name: "lamp", ...input } },
    }),
  });
  return answer.json();
}

/** What the daemon of the name last had a task for. */
const newest = aTask("tc", "c", {
  lastStatus: "STOPPED",
  desiredStatus: "STOPPED",
  startedBy: formatLaunchMark({ daemonId: daemon.id, template, launchId: "launch-c" }),
});

beforeEach(async () => {
  const { store, informer } = world.place;
  const old = [...(await store.records(testCluster, "p")).keys()];
  await store.writeControl(testCluster, [
    { kind: "d", id: "lamp", expected: "*", record: encodeDaemon(daemon) },
    ...old.map((id) => ({ kind: "p", id, expected: "*", record: undefined }) as const),
  ]);
  await store.apply(testCluster, [
    ...["a", "b", "c"].map((id) => observeContainerInstance(anInstance(id), "event")),
    observeTask(newest, "event", world.place.clock.now()),
  ]);
  const placements = [placement("a"), placement("b", { state: "FAILED" }), placement("c")];
  await store.writeControl(
    testCluster,
    placements.map((each) => ({
      kind: "p",
      id: placementKey(each),
      expected: "*",
      record: encodePlacement(each),
    })),
  );
  await informer.refresh();
});

test("starts that are under way stay, what has failed or ended is forgotten", async () => {
  const before = (await remembered()).get("lamp/a");
  expect(await mutate("deregisterDaemon", { stopTasks: false })).not.toHaveProperty("errors");
  expect((await world.place.store.records(testCluster, "d")).size).toBe(0);
  const again = await mutate("registerDaemon", { taskDefinition: "lamp:3" });
  expect(again).not.toHaveProperty("errors");
  expect(await remembered()).toEqual(new Map([["lamp/a", before]]));
});

test("what an earlier one of the name has run counts for one that starts over, not after a loss of Redis", async () => {
  const { store } = world.place;
  const isNew = async () => {
    await mutate("deregisterDaemon", { stopTasks: false });
    await mutate("registerDaemon", { taskDefinition: "lamp:3" });
    const record = (await store.records(testCluster, "d")).get("lamp") ?? "{}";
    const { startsOver, earlierUntil } = decodeDaemon(record, testCluster);
    // By the clock of ECS: of its newest task that was known.
    expect(earlierUntil).toBe(startsOver === undefined ? undefined : newest.createdAt);
    return startsOver === undefined;
  };
  const redis = new Redis(world.redisUrl.replace("unix://", ""));
  await redis.del(clusterKeys(testCluster).decisions("lamp"));
  redis.disconnect();
  expect(await isNew()).toBe(true);
  expect(await isNew()).toBe(false);
});

test("they are the first run of one whose tasks run once", async () => {
  const before = (await remembered()).get("lamp/a");
  await mutate("deregisterDaemon", { stopTasks: false });
  await mutate("registerDaemon", { taskDefinition: "lamp:3", mode: "ONCE_JOINED" });
  expect(await remembered()).toEqual(new Map([["lamp/a/1", { ...before, generation: 1 }]]));
});
