// The reducer: snapshots, changes, resumption and what fades.
import { describe, expect, it } from "vitest";
import type { Cluster, Daemon, EntityChange, Instance, Kind, Message, Task } from "./model.ts";
import { emptyState, expire, fadeMs, feedMax, reduce, refresh } from "./state.ts";
import type { State } from "./state.ts";

const cluster = { arn: "arn:aws:ecs:eu-west-3:111122223333:cluster/quay", name: "quay" };

const task = (id: string, more: Partial<Task> = {}): Task => ({
  arn: `arn:aws:ecs:eu-west-3:111122223333:task/quay/${id}`,
  id,
  cluster,
  containerInstanceArn: "crane-1",
  family: "web",
  group: "service:web",
  launchType: "EC2",
  lastStatus: "RUNNING",
  desiredStatus: "RUNNING",
  stopCode: null,
  stoppedReason: null,
  createdAt: "2026-11-02T09:30:00.000Z",
  startedAt: "2026-11-02T09:30:10.000Z",
  stoppingAt: null,
  stoppedAt: null,
  daemon: null,
  ...more,
});

const instance = (id: string, more: Partial<Instance> = {}): Instance => ({
  arn: `arn:aws:ecs:eu-west-3:111122223333:container-instance/quay/${id}`,
  id,
  cluster,
  ec2InstanceId: `i-${id}`,
  status: "ACTIVE",
  agentConnected: true,
  availabilityZone: "eu-west-3a",
  instanceType: "m7g.large",
  ...more,
});

const daemon = (phase: string, revision = 1): Daemon => ({
  name: "exporter",
  cluster,
  paused: false,
  revision,
  status: { phase, desired: 3, running: 2, updated: 2, waiting: 1, failed: 0 },
});

const trackedCluster: Cluster = {
  ...cluster,
  region: "eu-west-3",
  account: "111122223333",
  instanceCounts: { total: 1, active: 1, draining: 0, agentDisconnected: 0 },
  taskCounts: { total: 1, running: 1, pending: 0, stopped: 0 },
  freshness: {
    lastEventAt: null,
    eventLagMs: null,
    lastReconciledAt: null,
    driftRepaired: 0,
    problem: null,
  },
};

type Type = EntityChange["type"];
const ofTask = (type: Type, entity: Task, atMs = 0): Message => ({
  kind: "task",
  type,
  entity,
  atMs,
});
const ofInstance = (type: Type, entity: Instance): Message => ({
  kind: "instance",
  type,
  entity,
  atMs: 0,
});
const ofDaemon = (type: Type, entity: Daemon): Message => ({
  kind: "daemon",
  type,
  entity,
  atMs: 0,
});
const restarted = (kind: Kind): Message => ({ kind, type: "RESTARTED", atMs: 0 });
const synced = (kind: Kind): Message => ({ kind, type: "SYNCED", atMs: 0 });

const after = (messages: readonly Message[], state: State = emptyState) => reduce(state, messages);
const texts = (state: State) => state.feed.map(({ name, text }) => `${name} ${text}`);
const ids = (state: State) => [...state.tasks.values()].map(({ id }) => id);

describe("a snapshot", () => {
  it("fills the page and says nothing of it in the feed", () => {
    const state = after([
      restarted("task"),
      ofTask("ADDED", task("a")),
      ofTask("ADDED", task("b")),
      synced("task"),
    ]);
    expect(ids(state)).toEqual(["a", "b"]);
    expect(state.feed).toEqual([]);
    expect(state.synced.has("task")).toBe(true);
  });

  it("taken again keeps the picture until it is complete, and then drops what it did not name", () => {
    const first = after([
      restarted("task"),
      ofTask("ADDED", task("a")),
      ofTask("ADDED", task("b")),
      synced("task"),
    ]);
    const during = after([restarted("task"), ofTask("ADDED", task("c"))], first);
    expect(ids(during)).toEqual(["a", "b", "c"]);
    const done = after([ofTask("ADDED", task("b")), synced("task")], during);
    expect(ids(done).sort()).toEqual(["b", "c"]);
  });

  it("of one kind leaves the others alone", () => {
    const first = after([
      restarted("instance"),
      ofInstance("ADDED", instance("1")),
      synced("instance"),
    ]);
    const state = after([restarted("task"), synced("task")], first);
    expect(state.instances.size).toBe(1);
    expect(state.synced).toEqual(new Set(["instance", "task"]));
  });

  it("leaves out what has stopped or deregistered", () => {
    const state = after([
      ofTask("ADDED", task("a", { lastStatus: "STOPPED" })),
      ofInstance("ADDED", instance("1", { status: "INACTIVE" })),
    ]);
    expect(state.tasks.size + state.instances.size + state.leaving.size).toBe(0);
  });
});

describe("a change", () => {
  const begun = after([
    restarted("task"),
    ofTask("ADDED", task("a")),
    synced("task"),
    ofInstance("ADDED", instance("1")),
    synced("instance"),
    ofDaemon("ADDED", daemon("ACTIVE")),
    synced("daemon"),
  ]);

  it("of a task that stops moves it to those that leave, tells why, and lets it fade", () => {
    const stopped = task("a", {
      lastStatus: "STOPPED",
      stopCode: "EssentialContainerExited",
      stoppedReason: "it fell over",
    });
    const state = after([ofTask("REMOVED", stopped, 1000)], begun);
    expect(ids(state)).toEqual([]);
    expect([...state.leaving.values()]).toEqual([{ task: stopped, untilMs: 1000 + fadeMs }]);
    expect(state.feed[0]).toMatchObject({
      text: "STOPPED: it fell over",
      tone: "bad",
      cluster: "quay",
    });
    expect(expire(state, 999 + fadeMs)).toBe(state);
    expect(expire(state, 1000 + fadeMs).leaving.size).toBe(0);
    expect(expire(state, 1000 + fadeMs).feed).toHaveLength(1);
  });

  it("of a task that stops without the filter's REMOVED does the same", () => {
    const state = after([ofTask("MODIFIED", task("a", { lastStatus: "STOPPED" }))], begun);
    expect([state.tasks.size, state.leaving.size]).toEqual([0, 1]);
  });

  it("is told newest first, also within a batch", () => {
    const state = after(
      [
        ofTask("ADDED", task("b", { lastStatus: "PENDING" })),
        ofTask("MODIFIED", task("b")),
        ofInstance("MODIFIED", instance("1", { agentConnected: false })),
        ofDaemon("MODIFIED", daemon("ROLLING_OUT", 2)),
      ],
      begun,
    );
    expect(texts(state)).toEqual([
      "exporter revision 2",
      "i-1 agent disconnected",
      "web b RUNNING",
      "web b PENDING",
    ]);
    expect(new Set(state.feed.map(({ number }) => number)).size).toBe(4);
  });

  it("that people would not look up makes no line", () => {
    const state = after(
      [ofInstance("MODIFIED", instance("1")), ofTask("MODIFIED", task("a"))],
      begun,
    );
    expect(state.feed).toEqual([]);
  });

  it("puts a task last in the map, where the table looks first", () => {
    const state = after([ofTask("ADDED", task("b")), ofTask("MODIFIED", task("a"))], begun);
    expect(ids(state)).toEqual(["b", "a"]);
  });

  it("leaves the state before it as it was, and the maps that it does not touch the same", () => {
    const state = after([ofTask("ADDED", task("b"))], begun);
    expect(ids(begun)).toEqual(["a"]);
    expect(state.instances).toBe(begun.instances);
    expect(after([], begun)).toBe(begun);
  });

  it("by the thousand keeps the feed bounded", () => {
    const many = Array.from({ length: 1000 }, (_, index) => ofTask("ADDED", task(`t${index}`)));
    const state = after(many, begun);
    expect(state.feed).toHaveLength(feedMax);
    expect(state.feed[0]?.name).toBe("web t999");
    expect(state.tasks.size).toBe(1001);
  });

  it("of a daemon that is gone takes it off the page", () => {
    const state = after([ofDaemon("REMOVED", daemon("DELETING"))], begun);
    expect(state.daemons.size).toBe(0);
    expect(texts(state)).toEqual(["exporter deregistered"]);
  });
});

it("takes a snapshot of 10,000 tasks over again in one batch within a second", () => {
  const snapshot = [
    restarted("task"),
    ...Array.from({ length: 10_000 }, (_, index) => ofTask("ADDED", task(`t${index}`))),
    synced("task"),
  ];
  const begunAt = performance.now();
  const state = after(snapshot, after(snapshot));
  expect(state.tasks.size).toBe(10_000);
  expect(performance.now() - begunAt).toBeLessThan(1000);
});

it("takes newer freshness for the clusters it knows", () => {
  const state = after([{ kind: "cluster", type: "ADDED", entity: trackedCluster, atMs: 0 }]);
  const freshness = { ...trackedCluster.freshness, eventLagMs: 12 };
  const fresh = refresh(state, [
    [cluster.arn, freshness],
    ["unknown", freshness],
  ]);
  expect([...fresh.clusters.values()]).toEqual([{ ...trackedCluster, freshness }]);
});
