// What is called wrong, and what is not; what stopped tasks have in common; how long the phases of a task lasted.
import { describe, expect, it } from "vitest";
import { doubtOf } from "./doubt.ts";
import { Fleet } from "./fleet.ts";
import type { Cluster, Daemon, Instance, Message, Task } from "./model.ts";
import { phasesOf } from "./pages/timeline.ts";
import { findProblems } from "./problems.ts";
import { endedBadly } from "./read.ts";
import type { IngestFacts } from "./read.ts";
import { digest, normalizeReason } from "./stopped/digest.ts";
import type { StoppedTask } from "./stopped/store.ts";

const nowMs = Date.parse("2026-11-02T10:00:00.000Z");
const ago = (minutes: number) => new Date(nowMs - minutes * 60_000).toISOString();
const cluster = { arn: "arn:aws:ecs:eu-west-3:111122223333:cluster/quay", name: "quay" };
const busy: IngestFacts = {
  visible: 0,
  oldestMessageAgeMs: 0,
  workerSeenAtMs: nowMs - 2000,
  reconcileMs: 300_000,
};

const task = (id: string, more: Partial<Task> = {}): Task => ({
  arn: id,
  id,
  cluster,
  containerInstanceArn: "one",
  family: "web",
  group: null,
  launchType: "EC2",
  lastStatus: "RUNNING",
  desiredStatus: "RUNNING",
  healthStatus: null,
  containerHealth: "",
  endedBadly: false,
  stopCode: null,
  stoppedReason: null,
  createdAt: ago(60),
  startedAt: ago(59),
  stoppingAt: null,
  stoppedAt: null,
  daemon: null,
  ...more,
});
const instance = (id: string, more: Partial<Instance> = {}): Instance => ({
  arn: id,
  id,
  cluster,
  ec2InstanceId: `i-${id}`,
  status: "ACTIVE",
  statusSince: null,
  statusReason: null,
  agentConnectedSince: null,
  agentConnected: true,
  agentVersion: null,
  availabilityZone: null,
  instanceType: null,
  capacityProvider: null,
  registeredAt: null,
  cpu: null,
  memory: null,
  ...more,
});
const tracked = (more: Partial<Cluster["freshness"]>): Cluster => ({
  ...cluster,
  region: "eu-west-3",
  account: "111122223333",
  instanceCounts: { total: 0, active: 0, draining: 0, agentDisconnected: 0 },
  taskCounts: { total: 0, running: 0, pending: 0, stopped: 0 },
  freshness: {
    lastEventAt: ago(0),
    eventLagMs: 20,
    eventLagP50Ms: null,
    lastReconciledAt: ago(1),
    driftRepaired: 0,
    problem: null,
    ...more,
  },
});

const at = { type: "ADDED", atMs: nowMs } as const;
const ofTask = (entity: Task): Message => ({ kind: "task", entity, ...at });
const ofInstance = (entity: Instance): Message => ({ kind: "instance", entity, ...at });
function wrong(messages: readonly Message[], ingest: IngestFacts | undefined = busy) {
  const fleet = new Fleet();
  fleet.apply([{ kind: "task", type: "SYNCED", atMs: 0 }, ...messages]);
  return findProblems(fleet, ingest, nowMs).map(({ tone, what }) => `${tone}: ${what}`);
}

describe("what is wrong", () => {
  it("is nothing in a fleet that does well", () => {
    const fresh: Message = { kind: "cluster", entity: tracked({}), ...at };
    expect(
      wrong([
        fresh,
        ofInstance(instance("a")),
        ofTask(task("a")),
        ofTask(task("b", { lastStatus: "PENDING", createdAt: ago(1) })),
      ]),
    ).toEqual([]);
  });

  it("is told with since when ECS's events, Longshore or the task itself say it is", () => {
    const fleet = new Fleet();
    const status = { phase: "FAILING", reason: "exit code 1", since: ago(7), failed: 1 };
    const daemon = { name: "exporter", cluster, status } as Daemon;
    fleet.apply([
      ofInstance(instance("a", { agentConnected: false, agentConnectedSince: ago(12) })),
      ofInstance(instance("b", { status: "DRAINING", statusSince: ago(3) })),
      { kind: "daemon", entity: daemon, ...at },
      ofTask(
        task("t", { healthStatus: "UNHEALTHY", containerHealth: "web HEALTHY, db UNHEALTHY" }),
      ),
    ]);
    const told = findProblems(fleet, busy, nowMs);
    expect(told.map(({ since }) => since)).toEqual([ago(12), ago(7), undefined, ago(3)]);
    expect(told[2]?.why).toBe("The health check of db fails.");
  });

  it("is told the worst first: agents, daemons, tasks, then what only takes long", () => {
    const daemon: Daemon = {
      name: "exporter",
      cluster,
      mode: "ALWAYS",
      paused: false,
      revision: 1,
      status: {
        phase: "STUCK",
        reason: "nothing moves",
        desired: 3,
        running: 1,
        updated: 1,
        waiting: 2,
        failed: 0,
      } as Daemon["status"],
    };
    expect(
      wrong([
        ofTask(task("slow", { lastStatus: "PENDING", createdAt: ago(6) })),
        ofInstance(instance("b", { status: "DRAINING" })),
        ofInstance(instance("a", { agentConnected: false })),
        { kind: "daemon", entity: daemon, ...at },
        ofTask(task("sick", { healthStatus: "UNHEALTHY" })),
        ofTask(task("stays", { desiredStatus: "STOPPED", stoppingAt: ago(11) })),
      ]),
    ).toEqual([
      "bad: i-a agent disconnected",
      "bad: daemon exporter STUCK",
      "bad: web sick UNHEALTHY",
      "busy: i-b DRAINING",
      "busy: web slow still PENDING",
      "busy: web stays does not come to a stop",
    ]);
  });

  it("is one line for many of a kind", () => {
    const draining = ["a", "b", "c", "d", "e"].map((id) =>
      ofInstance(instance(id, { status: "DRAINING" })),
    );
    expect(wrong(draining)).toEqual(["busy: 5 instances DRAINING"]);
  });

  it("includes a copy that is old, and an ingest that is not there", () => {
    const of = (freshness: Partial<Cluster["freshness"]>) =>
      wrong([{ kind: "cluster", entity: tracked(freshness), ...at }]);
    expect(of({ problem: "AccessDenied" })).toEqual(["bad: Comparing with ECS failed"]);
    expect(of({ eventLagMs: 40_000 })).toEqual(["bad: Events come late"]);
    expect(wrong([], { ...busy, workerSeenAtMs: undefined })).toEqual([
      "bad: No ingest worker is at work",
    ]);
    expect(wrong([], { ...busy, visible: 9, oldestMessageAgeMs: 60_000 })).toEqual([
      "bad: Events wait in the queue",
    ]);
  });

  it("is the store that cannot be read, and not what would have been told meanwhile", () => {
    const fleet = new Fleet();
    fleet.apply([
      { kind: "task", type: "SYNCED", atMs: 0 },
      { kind: "cluster", entity: tracked({ lastReconciledAt: ago(21) }), ...at },
      ofTask(task("a", { lastStatus: "PENDING", createdAt: ago(21) })),
    ]);
    const answeredAtMs = nowMs - 20 * 60_000;
    const ingest = { ...busy, workerSeenAtMs: answeredAtMs - 2000 };
    const unread = {
      problem:
        "The store does not answer now; nothing was changed as far as we know. Try again in a moment.",
      code: "UNAVAILABLE",
    };
    const found = (answered: number | undefined) =>
      findProblems(
        fleet,
        ingest,
        nowMs,
        doubtOf(
          { failure: unread, ...(answered === undefined ? {} : { answeredAtMs: answered }) },
          nowMs,
        ),
      ).map(({ what, why, since }) => [what, why, since]);
    expect(found(answeredAtMs)).toEqual([
      [
        "Longshore cannot read its store",
        "The store does not answer now. This picture is 20 min old.",
        ago(20),
      ],
    ]);
    expect(found(undefined)).toEqual([
      [
        "Longshore cannot read its store",
        "The store does not answer now. How old this picture is, is not known.",
        undefined,
      ],
    ]);
    expect(findProblems(fleet, ingest, nowMs).map(({ what }) => what)).toContain(
      "No ingest worker is at work",
    );
  });

  it("doubts a picture whose freshness is not told, and no other", () => {
    const doubted = (asking: Parameters<typeof doubtOf>[0]) => doubtOf(asking, nowMs)?.why;
    expect(doubted({})).toBeUndefined();
    expect(doubted({ answeredAtMs: nowMs - 4000 })).toBeUndefined();
    expect(doubted({ answeredAtMs: nowMs - 6000, askedAtMs: nowMs - 1000 })).toBeUndefined();
    expect(doubted({ answeredAtMs: nowMs - 12_000, askedAtMs: nowMs - 7000 })).toBe(
      "No answer for 7 s.",
    );
    expect(doubted({ failure: { problem: "the server cannot be reached" } })).toBe(
      "the server cannot be reached.",
    );
  });

  it("calls events late while they come, and not for the last one of a cluster that is quiet since", () => {
    const last = (minutes: number, eventLagMs: number) =>
      wrong([
        {
          kind: "cluster",
          entity: tracked({ lastEventAt: ago(minutes), eventLagMs }),
          ...at,
        },
      ]);
    const late = ["bad: Events come late"];
    expect([last(1, 40_000), last(10, 40_000)]).toEqual([late, []]);
    expect([last(33, 1_800_000), last(40, 1_800_000)]).toEqual([late, []]);
  });

  it("calls a comparison old by how often they are made", () => {
    const after = (minutes: number, ingest: IngestFacts | undefined) =>
      wrong(
        [{ kind: "cluster", entity: tracked({ lastReconciledAt: ago(minutes) }), ...at }],
        ingest,
      );
    const old = ["bad: Not compared with ECS for long"];
    expect([after(24, busy), after(26, busy)]).toEqual([[], old]);
    expect([after(24, undefined), after(26, undefined)]).toEqual([[], old]);
    const hourly = { ...busy, reconcileMs: 3_600_000 };
    expect([after(189, hourly), after(191, hourly)]).toEqual([[], old]);
  });

  it("tells of tasks that end again and again, and not of those that were asked to", () => {
    const end = (id: string, badly: boolean): Message[] => [
      ofTask(task(id)),
      {
        kind: "task",
        type: "REMOVED",
        atMs: nowMs - 1000,
        entity: task(id, {
          lastStatus: "STOPPED",
          stopCode: "EssentialContainerExited",
          endedBadly: badly,
          stoppedAt: ago(1),
        }),
      },
    ];
    const failing = ["a", "b"].flatMap((id) => end(id, true));
    expect(wrong(failing)).toEqual(["bad: 2 tasks of web stopped by themselves"]);
    expect(wrong(["a", "b"].flatMap((id) => end(id, false)))).toEqual([]);
  });
});

describe("the digest of failures", () => {
  const stopped = (id: string, minutes: number, more: Partial<StoppedTask>): StoppedTask => ({
    ...task(id, { lastStatus: "STOPPED", stopCode: "TaskFailedToStart", stoppedAt: ago(minutes) }),
    containers: [{ name: "web", image: "web:1", exitCode: null, reason: null }],
    ...more,
  });

  it("calls reasons alike that differ by what they name only", () => {
    expect(
      normalizeReason(
        "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:eu:1:x/y)",
      ),
    ).toBe("Task failed ELB health checks in (target-group ‹arn›)");
    expect(normalizeReason("exit 137 on 10.0.3.17:8080 at i-0123456789abcdef0")).toBe(
      "exit ‹n› on ‹address› at ‹instance›",
    );
  });

  it("counts by reason over time, and keeps apart what was asked for", () => {
    const tasks = [
      stopped("a", 60, { stoppedReason: "no room on i-0aaaaaaaaaaaaaaa1" }),
      stopped("b", 0, { stoppedReason: "no room on i-0aaaaaaaaaaaaaaa2", family: "api" }),
      stopped("c", 30, { stopCode: "UserInitiated", stoppedReason: "by hand" }),
      ...[0, 1].map((exitCode) =>
        stopped(`d${exitCode}`, 20, {
          group: null,
          stopCode: "EssentialContainerExited",
          stoppedReason: "exited",
          containers: [{ name: "web", image: "web:1", exitCode, reason: null }],
        }),
      ),
    ];
    const found = digest(tasks, false, nowMs);
    expect([found.failed, found.total, found.groups.length]).toEqual([3, 5, 2]);
    expect(found.groups[0]).toMatchObject({
      reason: "no room on ‹instance›",
      count: 2,
      firstAt: ago(60),
      lastAt: ago(0),
      example: "b",
      images: [["web:1", 2]],
    });
    expect([found.groups[0]?.times[0], found.groups[0]?.times.at(-1)]).toEqual([1, 1]);
    const all = digest(tasks, true, nowMs).groups;
    expect(all.map(({ reason, meant }) => [reason, meant])).toEqual([
      ["no room on ‹instance›", false],
      ["by hand", true],
      ["exited", true],
      ["exited", false],
    ]);
    expect(digest([], true, nowMs)).toMatchObject({ groups: [], total: 0 });
  });
});

describe("how a task ended", () => {
  const ended = (stopCode: string | null, group: string | null, ...exitCodes: (number | null)[]) =>
    endedBadly(
      { stopCode, group },
      exitCodes.map((exitCode) => ({ exitCode })),
    );

  it("is bad by a container that failed, or of a service whose tasks go on", () => {
    expect(ended("EssentialContainerExited", "daemon:once", 0, 1)).toBe(true);
    expect(ended("EssentialContainerExited", "daemon:once", 0, null)).toBe(true);
    expect(ended("EssentialContainerExited", "service:web", 0)).toBe(true);
    expect(ended("EssentialContainerExited", null)).toBe(true);
    expect(ended("TaskFailedToStart", null, null)).toBe(true);
  });

  it("is good where somebody asked for it, or the work was done", () => {
    expect(ended("UserInitiated", "service:web", 137)).toBe(false);
    expect(ended("EssentialContainerExited", "daemon:once", 0, 0)).toBe(false);
    expect(ended("EssentialContainerExited", null, 0)).toBe(false);
    expect(ended(null, "service:web", null)).toBe(false);
  });
});

describe("a timeline", () => {
  it("gives each phase its duration, the present one until now and the last one none", () => {
    const steps = [
      { lastStatus: "PENDING", at: ago(10) },
      { lastStatus: "RUNNING", at: ago(9) },
    ];
    expect(phasesOf(steps, nowMs).map((phase) => [phase.durationMs, phase.isPresent])).toEqual([
      [60_000, false],
      [540_000, true],
    ]);
    const ended = [...steps, { lastStatus: "STOPPED", at: ago(8.5) }];
    expect(phasesOf(ended, nowMs).map(({ durationMs }) => durationMs)).toEqual([
      60_000,
      30_000,
      undefined,
    ]);
    const shares = phasesOf(ended, nowMs).map(({ share }) => share);
    expect(Math.min(...shares)).toBeGreaterThan(0);
    expect(phasesOf([], nowMs)).toEqual([]);
  });
});
