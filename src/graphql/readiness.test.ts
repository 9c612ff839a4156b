// What makes the API unready, and what does not: bounds, who is judged, and no going back and forth at a bound.
import { describe, expect, it } from "vitest";
import type { QueueFacts, WorkerFacts } from "../store/store.ts";
import { readinessOf } from "./readiness.ts";
import type { ClusterFacts, ReadinessFacts } from "./readiness.ts";

const now = 1_800_000_000_000;
const minutes = (count: number) => count * 60_000;

const worker = (ageMs: number): WorkerFacts => ({
  id: "ingest-1",
  queue: "longshore",
  startedAt: 0,
  at: now - ageMs,
  reconcileMs: minutes(5),
  received: 0,
  applied: 0,
  unchanged: 0,
  clusterEvents: 0,
  ignored: {},
  rejected: 0,
  pollers: 4,
  stores: 0,
  storingMs: 0,
});

const queue = (oldestMessageAgeMs: number, seenAgoMs = 0): QueueFacts => ({
  name: "longshore",
  visible: 9,
  inFlight: 0,
  delayed: 0,
  oldestMessageAgeMs,
  at: now - seenAgoMs,
});

const cluster = (
  name: string,
  reconciledAgoMs: number | undefined,
  rest: Partial<ClusterFacts> = {},
): ClusterFacts => ({
  arn: `arn:aws:ecs:eu-west-1:111122223333:cluster/${name}`,
  lastReconciledAt: reconciledAgoMs === undefined ? undefined : now - reconciledAgoMs,
  reconcileProblem: undefined,
  knownForMs: minutes(60),
  ...rest,
});

const well: ReadinessFacts = {
  now,
  upMs: minutes(60),
  wasReady: true,
  viewProblem: undefined,
  redisProblem: undefined,
  redisWeakness: undefined,
  clusters: [cluster("a", minutes(4))],
  workers: [worker(3000)],
  queues: [queue(20)],
  listing: { listedAt: now - minutes(3) },
  stored: 0,
};

const judged = (rest: Partial<ReadinessFacts>) => readinessOf({ ...well, ...rest });
const reasons = (rest: Partial<ReadinessFacts>) => judged(rest).reasons;

describe("readinessOf", () => {
  it("finds nothing wrong with a healthy day", () => {
    expect(reasons({})).toEqual([]);
    expect(reasons({ wasReady: false })).toEqual([]);
  });

  it("names Redis and the views, and judges nothing that they would have to tell", () => {
    const redisProblem = "Redis does not answer: gone";
    expect(reasons({ redisProblem, workers: [] })).toEqual([redisProblem]);
    expect(reasons({ viewProblem: "not loaded", clusters: [cluster("a", undefined)] })).toEqual([
      "not loaded",
    ]);
  });

  it("misses the ingest workers after a while, not while they are replaced or this process is new", () => {
    expect(reasons({ workers: [worker(minutes(3))] })).toEqual([
      expect.stringMatching(/no ingest worker was seen for 180 s.*serve ingest/),
    ]);
    expect(reasons({ workers: [] })).toEqual([expect.stringContaining("no ingest worker")]);
    expect(reasons({ workers: [worker(minutes(1.5))] })).toEqual([]);
    expect(reasons({ workers: [], upMs: 5000 })).toEqual([]);
    expect(reasons({ workers: [worker(minutes(600)), worker(4000)] })).toEqual([]);
  });

  it("waits for the first comparison at a start, and gives a new cluster time later", () => {
    const fresh = { clusters: [cluster("a", undefined, { knownForMs: 10 })] };
    expect(reasons({ ...fresh, wasReady: false })).toEqual([
      expect.stringContaining("cluster a was not compared with ECS yet"),
    ]);
    expect(reasons(fresh)).toEqual([]);
    const denied = cluster("a", undefined, { reconcileProblem: "AccessDenied" });
    expect(reasons({ clusters: [denied] })).toEqual([expect.stringContaining("AccessDenied")]);
  });

  it("warns of a cluster that cannot be compared, and takes the others from nobody for it", () => {
    const denied = cluster("b", undefined, { reconcileProblem: "AccessDenied", knownForMs: 10 });
    const stale = cluster("c", minutes(60), { reconcileProblem: "AccessDenied" });
    const forgotten = cluster("d", undefined);
    const clusters = [cluster("a", minutes(1)), denied, stale, forgotten];
    for (const wasReady of [true, false])
      expect(judged({ clusters, wasReady })).toEqual({
        reasons: [],
        warnings: [
          "cluster b was not compared with ECS yet: AccessDenied",
          "cluster c was last compared with ECS 3600 s ago: AccessDenied",
          "cluster d was not compared with ECS yet",
        ],
      });
    expect(judged({ clusters: [denied, stale] })).toEqual({
      reasons: [expect.stringContaining("cluster b"), expect.stringContaining("cluster c")],
      warnings: [],
    });
  });

  it("warns of a Redis that may lose daemons", () => {
    const redisWeakness = "Redis may lose what it has acknowledged";
    expect(judged({ redisWeakness })).toEqual({ reasons: [], warnings: [redisWeakness] });
  });

  it("waits at a start until the clusters were listed, and lets an account have none", () => {
    const none = { clusters: [], wasReady: false };
    for (const upMs of [2000, minutes(60)])
      expect(reasons({ ...none, upMs, listing: {} })).toEqual([
        expect.stringMatching(/^no cluster is known: no ingest worker has listed/),
      ]);
    expect(reasons({ ...none, listing: { problem: "eu-west-1: AccessDenied" } })).toEqual([
      "no cluster is known: the clusters of ECS could not be listed: eu-west-1: AccessDenied",
    ]);
    expect(reasons({ ...none, upMs: 10 })).toEqual([]);
    expect(reasons({ ...none, stored: 2 })).toEqual(["the first clusters are not loaded yet"]);
    // Listed once, and some cluster is known by its events.
    expect(reasons({ wasReady: false, listing: { problem: "throttled" } })).toEqual([]);
    expect(reasons({ clusters: [], upMs: 2000, listing: {} })).toEqual([]);
  });

  it("waits at a start for a cluster whose turn has not come, but not for ever", () => {
    const ofAge = (knownForMs: number) => ({
      wasReady: false,
      clusters: [cluster("a", 1000), cluster("b", undefined, { knownForMs })],
    });
    expect(reasons(ofAge(1000))).toEqual(["cluster b was not compared with ECS yet"]);
    expect(judged(ofAge(minutes(3)))).toEqual({
      reasons: [],
      warnings: ["cluster b was not compared with ECS yet"],
    });
  });

  it("does not wait for clusters that the credentials do not reach", () => {
    const foreign = "arn:aws:ecs:eu-west-1:999999999999:cluster/theirs";
    const clusters = [cluster("a", 1000), { ...cluster("b", undefined), arn: foreign }];
    expect(reasons({ clusters })).toEqual([]);
    expect(reasons({ clusters, wasReady: false })).toEqual([]);
  });

  it("doubts a comparison that is much older than the interval", () => {
    expect(reasons({ clusters: [cluster("a", minutes(24))] })).toEqual([]);
    expect(reasons({ clusters: [cluster("a", minutes(26))] })).toEqual([
      expect.stringContaining("cluster a was last compared with ECS 1560 s ago"),
    ]);
  });

  it("says that the queue falls behind, and is ready again only when it is well inside the bound", () => {
    expect(reasons({ queues: [queue(minutes(4))] })).toEqual([]);
    expect(reasons({ queues: [queue(minutes(6))] })).toEqual([
      expect.stringMatching(/queue longshore falls behind.*360 s, 9 wait/),
    ]);
    expect(reasons({ queues: [queue(minutes(4))], wasReady: false })).toHaveLength(1);
    expect(reasons({ queues: [queue(minutes(2))], wasReady: false })).toEqual([]);
    expect(reasons({ queues: [queue(minutes(60), minutes(30))] })).toEqual([]);
  });
});
