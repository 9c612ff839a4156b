// What a round of listing comes to, region by region, with an ECS in memory.
import { expect, test } from "vitest";
import { listRegions, newRound, scopeOf } from "./reconcile-scope.ts";
import type { ListingRound, RegionReader, ScopeOptions } from "./reconcile-scope.ts";
import { systemClock } from "../clock.ts";
import type { StateStore } from "../store/store.ts";
import { TestEcs } from "./test-ecs.ts";

const own = "111122223333";
const other = "999900009999";
const arnOf = (name: string, region: string, account = own) =>
  `arn:aws:ecs:${region}:${account}:cluster/${name}`;

function ecsWith(...clusters: string[]): TestEcs {
  const ecs = new TestEcs();
  for (const cluster of clusters) ecs.addCluster(cluster);
  return ecs;
}

function setUp(regions: readonly (readonly [region: string, ecs: TestEcs, account?: string])[]) {
  const known: string[] = [];
  const options: ScopeOptions = {
    regions: regions.map(([region, ecs, account]): RegionReader => ({
      region: () => (region === "" ? Promise.reject(new Error("none")) : Promise.resolve(region)),
      ecs,
      ...(account === undefined ? {} : { account }),
    })),
    store: { clusters: () => Promise.resolve(known) } as unknown as StateStore,
    clock: systemClock,
    tracks: () => true,
    intervalMs: 1000,
    account: () => Promise.resolve(own),
    named: [],
  };
  return { options, known };
}

async function listed(options: ScopeOptions): Promise<ListingRound> {
  const round = newRound();
  await listRegions(options, round, () => {});
  expect(round.isOver).toBe(true);
  return round;
}

test("the first to name a region counts, and accounts are told apart", async () => {
  const first = ecsWith(arnOf("a", "eu-west-1"));
  const again = ecsWith(arnOf("b", "eu-west-1"));
  const foreign = ecsWith(arnOf("a", "eu-west-1", other));
  const { options } = setUp([
    ["eu-west-1", first],
    ["", new TestEcs()],
    ["eu-west-1", again],
    ["eu-west-1", foreign, other],
  ]);
  const scope = await scopeOf(options, await listed(options), undefined);
  expect(new Map(scope.clusters)).toEqual(
    new Map([
      [arnOf("a", "eu-west-1"), first],
      [arnOf("a", "eu-west-1", other), foreign],
    ]),
  );
  expect([...scope.places.keys()].toSorted()).toEqual([`${own} eu-west-1`, `${other} eu-west-1`]);
  expect(scope.faults.map(({ region }) => region)).toEqual([""]);
  expect(again.calls).toEqual([]);
});

test("of a region that has not answered yet, what was listed before and what is known are in", async () => {
  const [near, far] = [arnOf("near", "eu-west-1"), arnOf("far", "us-west-2")];
  const [here, there] = [ecsWith(near), ecsWith(far)];
  const { options, known } = setUp([
    ["eu-west-1", here],
    ["us-west-2", there],
  ]);
  const before = await scopeOf(options, await listed(options), undefined);
  there.before = () => new Promise(() => {});
  const round = newRound();
  const news = Promise.withResolvers<void>();
  void listRegions(options, round, () => {
    if (round.regions[0]?.answer) news.resolve();
  });
  await news.promise;
  expect(round.isOver).toBe(false);
  expect([...(await scopeOf(options, round, before)).clusters.keys()]).toEqual([near, far]);
  expect([...(await scopeOf(options, round, undefined)).clusters.keys()]).toEqual([near]);
  known.push(far);
  expect((await scopeOf(options, round, undefined)).clusters.get(far)).toBe(there);
});

test("of a region that fails only what is known is in", async () => {
  const far = arnOf("far", "us-west-2");
  const there = ecsWith(far);
  const { options, known } = setUp([["us-west-2", there]]);
  const before = await scopeOf(options, await listed(options), undefined);
  there.failing.set("listClusters", "ServerException");
  const scope = await scopeOf(options, await listed(options), before);
  expect([scope.clusters.size, scope.faults.length]).toEqual([0, 1]);
  known.push(far);
  expect((await scopeOf(options, await listed(options), before)).clusters.get(far)).toBe(there);
});
