// The fleet: snapshots, changes, resumption, and what each batch is said to have touched.
import { describe, expect, it } from "vitest";
import type { Cluster, Daemon, EntityChange, Instance, Kind, Message, Task } from "./model.ts";
import { Fleet, feedMax, stoppedMax } from "./fleet.ts";

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
  healthStatus: null,
  containerHealth: "",
  endedBadly: false,
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
  statusSince: null,
  statusReason: null,
  agentConnectedSince: null,
  agentConnected: true,
  agentVersion: null,
  capacityProvider: null,
  registeredAt: null,
  cpu: null,
  memory: null,
  availabilityZone: "eu-west-3a",
  instanceType: "m7g.large",
  ...more,
});

const daemon = (phase: Daemon["status"]["phase"], revision = 1): Daemon => ({
  name: "exporter",
  cluster,
  mode: "ALWAYS",
  paused: false,
  revision,
  status: {
    phase,
    reason: "",
    since: null,
    desired: 3,
    running: 2,
    healthy: 2,
    updated: 2,
    waiting: 1,
    failed: 0,
  },
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
    eventLagP50Ms: null,
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

const after = (messages: readonly Message[], fleet = new Fleet()) => {
  fleet.apply(messages);
  return fleet;
};
const texts = (fleet: Fleet) => fleet.feed.map(({ name, text }) => `${name} ${text}`);
const ids = (fleet: Fleet) => [...fleet.tasks.values()].map(({ id }) => id);

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
    expect(state.tasks.size + state.instances.size + state.stopped.length).toBe(0);
  });
});

const begin = () =>
  after([
    restarted("task"),
    ofTask("ADDED", task("a")),
    synced("task"),
    ofInstance("ADDED", instance("1")),
    synced("instance"),
    ofDaemon("ADDED", daemon("ACTIVE")),
    synced("daemon"),
  ]);

describe("a change", () => {
  it("of a task that stops takes it away, tells why, and remembers it", () => {
    const stopped = task("a", {
      lastStatus: "STOPPED",
      stopCode: "EssentialContainerExited",
      stoppedReason: "it fell over",
      endedBadly: true,
    });
    const fleet = after([ofTask("REMOVED", stopped, 1000)], begin());
    expect(ids(fleet)).toEqual([]);
    expect(fleet.stopped).toEqual([{ task: stopped, atMs: 1000 }]);
    expect(fleet.feed[0]).toMatchObject({
      text: "STOPPED: it fell over",
      tone: "bad",
      cluster: "quay",
      key: stopped.arn,
    });
  });

  it("of a task that stops without the filter's REMOVED does the same", () => {
    const fleet = after([ofTask("MODIFIED", task("a", { lastStatus: "STOPPED" }))], begin());
    expect([fleet.tasks.size, fleet.stopped.length]).toEqual([0, 1]);
  });

  it("is told newest first, also within a batch", () => {
    const fleet = after(
      [
        ofTask("ADDED", task("b", { lastStatus: "PENDING" })),
        ofTask("MODIFIED", task("b")),
        ofInstance("MODIFIED", instance("1", { agentConnected: false })),
        ofDaemon("MODIFIED", daemon("ROLLING_OUT", 2)),
      ],
      begin(),
    );
    expect(texts(fleet)).toEqual([
      "exporter revision 2",
      "i-1 agent disconnected",
      "web b RUNNING",
      "web b PENDING",
    ]);
    expect(new Set(fleet.feed.map(({ number }) => number)).size).toBe(4);
  });

  it("that people would not look up makes no line", () => {
    const fleet = after(
      [ofInstance("MODIFIED", instance("1")), ofTask("MODIFIED", task("a"))],
      begin(),
    );
    expect(fleet.feed).toEqual([]);
  });

  it("says which kinds and which container instances it touched, and no others", () => {
    const fleet = begin();
    const touched = fleet.apply([
      ofTask("MODIFIED", task("a", { containerInstanceArn: "crane-2" })),
    ]);
    expect([...touched.kinds]).toEqual(["task"]);
    expect([...touched.instances].sort()).toEqual(["crane-1", "crane-2"]);
    expect([...fleet.apply([]).kinds]).toEqual([]);
  });

  it("by the thousand keeps the feed and what has stopped bounded", () => {
    const many = Array.from({ length: feedMax + 500 }, (_, index) => task(`t${index}`));
    const fleet = after(
      many.map((each) => ofTask("ADDED", each)),
      begin(),
    );
    expect(fleet.feed).toHaveLength(feedMax);
    expect(fleet.feed[0]?.name).toBe(`web t${feedMax + 499}`);
    expect(fleet.tasks.size).toBe(feedMax + 501);
    after(
      many.map((each) => ofTask("REMOVED", { ...each, lastStatus: "STOPPED" })),
      fleet,
    );
    expect([ids(fleet), fleet.stopped.length]).toEqual([["a"], stoppedMax]);
  });

  it("of a daemon that is gone takes it off the page", () => {
    const fleet = after([ofDaemon("REMOVED", daemon("DELETING"))], begin());
    expect(fleet.daemons.size).toBe(0);
    expect(texts(fleet)).toEqual(["exporter deregistered"]);
  });
});

describe("tasks on a container instance", () => {
  const on = (fleet: Fleet, arn: string) => [...fleet.tasksOn(arn).values()].map(({ id }) => id);

  it("follow what starts, moves, stops, and what a new snapshot no longer names", () => {
    const fleet = begin();
    fleet.apply([
      ofTask("ADDED", task("b")),
      ofTask("ADDED", task("c", { containerInstanceArn: null })),
    ]);
    expect(on(fleet, "crane-1")).toEqual(["a", "b"]);
    fleet.apply([ofTask("MODIFIED", task("a", { containerInstanceArn: "crane-2" }))]);
    expect([on(fleet, "crane-1"), on(fleet, "crane-2")]).toEqual([["b"], ["a"]]);
    fleet.apply([
      ofTask("REMOVED", task("a", { lastStatus: "STOPPED", containerInstanceArn: "crane-2" })),
    ]);
    expect(on(fleet, "crane-2")).toEqual([]);
    const touched = fleet.apply([restarted("task"), ofTask("ADDED", task("d")), synced("task")]);
    expect(on(fleet, "crane-1")).toEqual(["d"]);
    expect([...touched.instances]).toEqual(["crane-1"]);
  });
});

it("takes newer freshness for the clusters it knows", () => {
  const fleet = after([{ kind: "cluster", type: "ADDED", entity: trackedCluster, atMs: 0 }]);
  const freshness = { ...trackedCluster.freshness, eventLagMs: 12 };
  fleet.refresh([
    [cluster.arn, freshness],
    ["unknown", freshness],
  ]);
  expect([...fleet.clusters.values()]).toEqual([{ ...trackedCluster, freshness }]);
});
