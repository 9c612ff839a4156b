// From starts to calls and from answers to what is remembered: batches, tokens, attempts, doubts.
import { describe, expect, test } from "vitest";
import { currentRevision, formatLaunchMark } from "../daemon/daemon.ts";
import type { Daemon } from "../daemon/daemon.ts";
import { updateDaemon } from "../daemon/edit.ts";
import { whatHolds } from "../daemon/drain.ts";
import { retryAfterEnd, retryAfterFailure, standingOf } from "../daemon/failure.ts";
import { adopt } from "../daemon/inheritance.ts";
import { isOwnTask } from "../daemon/ownership.ts";
import { settleRun } from "../daemon/once.ts";
import { startsInVain } from "../daemon/placement.ts";
import type { Placement } from "../daemon/placement.ts";
import type { Task } from "../ecs/task.ts";
import { aDaemon, anInstance, aTask } from "../testing/entities.ts";
import {
  endedUnseen,
  nextAttempts,
  notFound,
  planLaunches,
  settle,
  settleError,
  settleRunTask,
} from "./launch.ts";
import type { Launch, Start } from "./launch.ts";
import { isNotHeardOf, registeredAgain } from "./registrations.ts";

const now = 1_700_000_100_000;
const daemon = aDaemon();
const { template } = currentRevision(daemon);

function startOn(id: string, placement?: Placement, tasks: readonly Task[] = []): Start {
  const instance = anInstance(id);
  return {
    here: { instance, tasks, placement },
    verdict: {
      containerInstance: instance,
      action: "start",
      why: "none",
      reason: "it has no task",
      task: undefined,
      stop: [],
      desired: true,
      again: undefined,
    },
  };
}

let ids = 0;
const newId = () => `id${String(ids++).padStart(6, "0")}`;
const launchesOf = (of: Daemon, starts: readonly Start[]) => planLaunches(of, starts, newId, now);

/** Whether a placement bears that a stop of ours left its instance without a task. */
const isEmptied = ({ stop, emptied }: Placement) => stop !== undefined || emptied === true;

function only(of: Daemon, start: Start): Launch {
  const [launch, more] = launchesOf(of, [start]);
  if (!launch || more) throw new Error("not one launch");
  return launch;
}

const mark = (launchId: string, of = template) =>
  formatLaunchMark({ daemonId: daemon.id, template: of, launchId });
const taskOf = (id: string, launchId: string, rest: Partial<Task> = {}) =>
  aTask(`t${id}`, id, { startedBy: mark(launchId), group: "daemon:lamp", ...rest });

describe("calls", () => {
  test("are as few as the API allows", () => {
    const starts = Array.from({ length: 25 }, (_, at) => startOn(`i${at}`));
    const sizes = launchesOf(daemon, starts).map(({ instances }) => instances.length);
    expect(sizes).toEqual([10, 10, 5]);
    expect(launchesOf(aDaemon({ launch: "RUN_TASK" }), starts)).toHaveLength(25);
  });
  test("by RunTask name their instance and carry a token, which a repeat keeps", () => {
    const running = aDaemon({ launch: "RUN_TASK" });
    const first = only(running, startOn("a"));
    expect(first.call).toMatchObject({
      api: "RunTask",
      request: { count: 1, memberOf: "ec2InstanceId == i-a", launchType: "EC2" },
    });
    const [intent] = first.intents;
    if (!intent || first.call.api !== "RunTask") throw new Error("no intent");
    expect(first.call.request.clientToken.length).toBeLessThanOrEqual(64);
    const lost = notFound({ ...intent, requestedAt: now - 60_000 }, now);
    const again = only(running, startOn("a", lost));
    expect(again.call).toEqual(first.call);
    // A task that was named, and that ECS has no more, is not what the token should answer again.
    const named = notFound({ ...intent, taskArn: "t1", requestedAt: now - 60_000 }, now);
    expect(only(running, startOn("a", named)).launchId).not.toBe(first.launchId);
    // Another revision asks for something else: another token.
    const edited = updateDaemon(running, { taskDefinition: "lamp:4" }, 1, now);
    if (!edited.ok) throw new Error(edited.message);
    expect(only(edited.daemon, startOn("a", lost)).launchId).not.toBe(first.launchId);
  });
  test("by RunTask never share a token, not even where they repeat one StartTask for several", () => {
    const [started] = launchesOf(daemon, [startOn("a"), startOn("b")]);
    const lost = (started?.intents ?? []).map((intent) =>
      notFound({ ...intent, requestedAt: now - 60_000 }, now),
    );
    const starts = lost.map((intent) => startOn(intent.containerInstanceId, intent));
    const tokens = launchesOf({ ...daemon, launch: "RUN_TASK" }, starts).map(
      ({ call }) => call.api === "RunTask" && call.request.clientToken,
    );
    expect(new Set(tokens).size).toBe(2);
  });
});

describe("answers", () => {
  test("of RunTask: a task, a refusal, and a conflict that names the task", () => {
    const launch = only(aDaemon({ launch: "RUN_TASK" }), startOn("a"));
    const task = taskOf("a", launch.launchId);
    const answered = { outcome: "answered", entities: [task], failures: [] } as const;
    expect(settleRunTask(launch, answered, now)).toMatchObject([{ taskArn: task.arn }]);
    const refused = {
      outcome: "answered",
      entities: [],
      failures: [{ arn: anInstance("a").arn, reason: "RESOURCE:PORTS", detail: undefined }],
    } as const;
    expect(settleRunTask(launch, refused, now)).toMatchObject([
      { state: "FAILED", cause: "RESOURCE" },
    ]);
    const conflict = { outcome: "conflict", tasks: ["arn:t"] } as const;
    expect(settleRunTask(launch, conflict, now)).toMatchObject([
      { state: "STARTING", taskArn: "arn:t" },
    ]);
  });
  test("that start the task on another registration of the machine wait until that is known", () => {
    const launch = only(aDaemon({ launch: "RUN_TASK" }), startOn("a"));
    const elsewhere = {
      outcome: "answered",
      entities: [taskOf("b", launch.launchId)],
      failures: [],
    };
    const placements = settleRunTask(launch, { ...elsewhere, outcome: "answered" }, now);
    const { launchId } = launch;
    // The other one, when it is heard of, has its task: simulated world 200429 gave it a second one.
    expect(placements).toMatchObject([
      { containerInstanceId: "a", state: "FAILED", nextAttemptAt: now + 300_000 },
      { containerInstanceId: "b", state: "STARTING", launchId, taskArn: taskOf("b", launchId).arn },
    ]);
    expect(placements.map((each) => isNotHeardOf(each, now))).toEqual([false, true]);
    expect(placements.map((each) => isNotHeardOf(each, now + 600_000))).toEqual([false, false]);
  });
  test("name a machine only for its last registration", () => {
    const at = (id: string, ec2InstanceId: string, registeredAt: number, status = "ACTIVE") =>
      anInstance(id, { ec2InstanceId, registeredAt, status });
    const former = at("a", "i-1", 1);
    const all = [at("b", "i-1", 2), former, at("c", "i-2", 1), at("d", "i-2", 0, "INACTIVE")];
    expect([...registeredAgain(all)]).toEqual([[former, all[0]]]);
    expect([...registeredAgain(all.toReversed())]).toEqual([[former, all[0]]]);
  });
  test("of no room leave an instance as empty as our stop did, until a task was there again", () => {
    const ran = taskOf("a", "11111111", { lastStatus: "STOPPED", desiredStatus: "STOPPED" });
    const [first] = only(daemon, startOn("a")).intents;
    if (!first) throw new Error("no intent");
    const stopped = { ...first, launchId: "11111111", stop: { taskArn: ran.arn, at: now } };
    const launch = only(daemon, startOn("a", stopped, [ran]));
    const failures = [{ arn: anInstance("a").arn, reason: "RESOURCE:PORTS", detail: undefined }];
    const [refused] = settle(launch, { entities: [], failures }, now);
    if (!refused) throw new Error("no placement");
    expect(isEmptied(first)).toBe(false);
    expect(isEmptied(refused)).toBe(true);
    const [again] = only(daemon, startOn("a", refused, [ran])).intents;
    expect(again && isEmptied(again)).toBe(true);
    const unborn = taskOf("a", launch.launchId, { lastStatus: "STOPPED", startedAt: undefined });
    const [still] = only(daemon, startOn("a", refused, [ran, unborn])).intents;
    expect(still && isEmptied(still)).toBe(true);
    const crashed = { ...unborn, startedAt: now, stoppedAt: now };
    const [later] = only(daemon, startOn("a", refused, [ran, crashed])).intents;
    expect(later && isEmptied(later)).toBe(false);
  });
  test("of no room, after the task that took another's place has died by itself, leave it empty by nobody's action", () => {
    const [first] = only(daemon, startOn("a")).intents;
    if (!first) throw new Error("no intent");
    const over = { lastStatus: "STOPPED", desiredStatus: "STOPPED" } as const;
    // The stop of the old task, which went when the new one was healthy, is still remembered.
    const old = taskOf("old", "11111111", { ...over, stoppedAt: now - 86_400_000 });
    const surged = { ...first, launchId: "22222222", stop: { taskArn: old.arn, at: now } };
    const died = taskOf("new", "22222222", { ...over, stoppedAt: now });
    const isEmpty = (placement: Placement, ...tasks: Task[]) =>
      only(daemon, startOn("a", placement, tasks)).intents.some(isEmptied);
    expect(isEmpty(surged, old, died)).toBe(false);
    expect(isEmpty({ ...surged, stop: { taskArn: died.arn, at: now } }, old, died)).toBe(true);
    expect(isEmpty({ ...surged, stop: { taskArn: "t", also: [died.arn], at: now } }, died)).toBe(
      true,
    );
    // One that died beside the old one, before that was stopped.
    const early = { ...died, stoppedAt: now - 86_500_000 };
    expect(isEmpty(surged, old, early)).toBe(true);
  });
  test("that never came leave the intent; throttling blames nobody", () => {
    const launch = only(daemon, startOn("a"));
    expect(settleError(launch, { name: "TimeoutError", message: "" }, now)).toBe("unknown");
    expect(settleError(launch, { name: "ThrottlingException", message: "" }, now)).toMatchObject([
      { attempts: 0, cause: "THROTTLED" },
    ]);
  });
  test("that ECS knows nothing of are doubted twice while they are young", () => {
    const [intent] = only(daemon, startOn("a")).intents;
    if (!intent) throw new Error("no intent");
    const first = notFound(intent, now + 10_000);
    expect(first.state).toBe("STARTING");
    expect(notFound(first, now + 20_000)).toMatchObject({ state: "FAILED", cause: "UNSEEN" });
  });
});

test("a task that ended unseen makes the next start another launch, with its pause unless it ran well", () => {
  const running = aDaemon({ launch: "RUN_TASK" });
  const first = only(running, startOn("a"));
  const [intent] = first.intents;
  if (!intent) throw new Error("no intent");
  const [startedAt, stoppedReason] = [now - 5000, "Essential container in task exited"];
  const task = aTask("t1", "a", { lastStatus: "STOPPED", startedAt, stoppedReason });
  const failed = endedUnseen(intent, { ...task, stoppedAt: now }, now);
  expect(failed).toMatchObject({ state: "FAILED", cause: "TASK", nextAttemptAt: now + 1000 });
  expect(failed.reason).toContain(stoppedReason);
  const next = only(running, startOn("a", failed));
  expect(next.launchId).not.toBe(first.launchId);
  expect(next.intents[0]?.attempts).toBe(2);
  const well = endedUnseen(intent, { ...task, stoppedAt: now + 90_000 }, now + 90_000);
  expect(well).toMatchObject({ state: "FAILED", nextAttemptAt: now + 90_000 });
  expect(only(running, startOn("a", well)).intents[0]?.attempts).toBe(1);
});

describe("attempts", () => {
  const failed = (rest: Partial<Placement> = {}): Placement => {
    const [intent] = only(daemon, startOn("a")).intents;
    if (!intent) throw new Error("no intent");
    return { ...intent, state: "FAILED", cause: "OTHER", ...rest };
  };
  test("count failures in a row, not calls that were lost", () => {
    expect(nextAttempts(failed({ attempts: 4 }), undefined)).toBe(5);
    expect(nextAttempts(failed({ attempts: 4, cause: "UNSEEN" }), undefined)).toBe(4);
    const ran = taskOf("a", "l", {
      lastStatus: "STOPPED",
      stoppedAt: now,
      startedAt: now - 90_000,
    });
    expect(nextAttempts(failed({ attempts: 4, state: "STARTING" }), ran)).toBe(1);
  });
  test("go on across revisions, while what speaks against a revision begins anew", () => {
    const edited = updateDaemon(daemon, { taskDefinition: "lamp:4" }, 1, now);
    if (!edited.ok) throw new Error(edited.message);
    const before = failed({ attempts: 6, templateAttempts: 6 });
    const [intent] = only(edited.daemon, startOn("a", before)).intents;
    expect(intent).toMatchObject({ attempts: 7, templateAttempts: 1, failedBefore: true });
    const [young] = only(edited.daemon, startOn("a", failed({ attempts: 1 }))).intents;
    expect(young?.failedBefore).toBeUndefined();
  });
  const noRoom = { arn: anInstance("a").arn, reason: "RESOURCE:MEMORY", detail: undefined };
  const refuseAgain = (previous: Placement | undefined, of = daemon): Placement => {
    const answer = { entities: [], failures: [noRoom] };
    const [refused] = settle(only(of, startOn("a", previous)), answer, now);
    if (!refused) throw new Error("no placement");
    return refused;
  };
  /** Its start after so many refusals for want of room, which ECS gave a task. */
  const startedAfter = (refusals: number, of = daemon): Placement => {
    let refused: Placement | undefined;
    for (let time = 0; time < refusals; time++) refused = refuseAgain(refused, of);
    const launch = only(of, startOn("a", refused));
    const answer = { entities: [taskOf("a", launch.launchId)], failures: [] };
    const [started] = settle(launch, answer, now);
    if (!started) throw new Error("no placement");
    return started;
  };
  test("do not count refusals for want of room, whose pauses grow by themselves to 30 s", () => {
    let refused: Placement | undefined;
    const pauses = Array.from({ length: 9 }, () => {
      refused = refuseAgain(refused);
      return (refused.nextAttemptAt ?? 0) - now;
    });
    expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30, 30, 30].map((seconds) => seconds * 1000));
    expect(refused && startsInVain(refused)).toBe(9);
    expect(refused?.failingSince).toBe(now);
    const started = startedAfter(9);
    expect([started.attempts, startsInVain(started)]).toEqual([1, 1]);
    const ended = { lastStatus: "STOPPED", desiredStatus: "STOPPED", stoppedAt: now } as const;
    const crashed = taskOf("a", started.launchId, { ...ended, startedAt: now - 1000 });
    expect(retryAfterEnd(started, crashed, template, now)).toEqual({ when: "at", at: now + 1000 });
    const edited = updateDaemon(daemon, { taskDefinition: "lamp:4" }, 1, now);
    if (!edited.ok) throw new Error(edited.message);
    const [intent] = only(edited.daemon, startOn("a", started, [crashed])).intents;
    expect(intent).toMatchObject({ attempts: 2, failedBefore: undefined });
    // Crashes before and after a refusal are in a row.
    const between = refuseAgain({ ...started, state: "FAILED", cause: "TASK", attempts: 3 });
    expect(only(daemon, startOn("a", between)).intents).toMatchObject([{ attempts: 4 }]);
  });
  test("of a task that runs once and waited for room are not used up by that", () => {
    const leaving = aDaemon({ name: "flush", mode: "ONCE_LEAVING" });
    const started = startedAfter(4, leaving);
    const ended = taskOf("a", started.launchId, { lastStatus: "STOPPED" });
    const failed = settleRun(started, ended, false, now);
    const facts = { tasks: [], ownerOf: () => undefined };
    expect(
      whatHolds(daemon, { ...facts, leaving: [{ daemon: "flush", placement: failed }] }),
    ).toContain("flush still has its task to run");
  });
  test("are known from a record of the version before, which counted refusals as well", () => {
    const before = failed({ cause: "RESOURCE", attempts: 10, templateAttempts: 2 });
    expect(only(daemon, startOn("a", before)).intents).toMatchObject([{ attempts: 2 }]);
  });
  test("without room wait for another instance; without an attribute for other attributes", () => {
    const instance = anInstance("a");
    const later = { ...instance, version: "2" };
    const other = { ...later, attributes: [{ name: "gpu" }] };
    const at = (
      cause: "RESOURCE" | "AGENT" | "ATTRIBUTE" | "LOCATION" | "MISSING",
      seen = instance,
    ) =>
      retryAfterFailure(failed({ cause, standing: standingOf(instance) }), seen, template, now)
        .when;
    expect([at("RESOURCE"), at("AGENT"), at("ATTRIBUTE"), at("LOCATION"), at("MISSING")]).toEqual([
      "change",
      "change",
      "change",
      "change",
      "never",
    ]);
    expect([at("RESOURCE", later), at("AGENT", later), at("MISSING", later)]).toEqual([
      "at",
      "at",
      "at",
    ]);
    expect([at("ATTRIBUTE", later), at("ATTRIBUTE", other)]).toEqual(["change", "at"]);
  });
});

describe("a task that a person started", () => {
  const [placement] = settle(only(daemon, startOn("a")), { entities: [], failures: [] }, now);
  if (!placement) throw new Error("no placement");
  const known = { ...placement, launchId: "l2", taskArn: "arn:t2", earlierLaunches: ["l1"] };
  test.each<[string, Task, boolean]>([
    ["with our mark and its own group", taskOf("a", "l2", { group: "family:lamp" }), false],
    ["with mark and group of the launch, beside its task", taskOf("a", "l2"), false],
    ["with a mark of no launch, after ours", taskOf("a", "l9", { createdAt: now + 90_000 }), false],
    ["with no mark", aTask("x", "a", { group: "daemon:lamp" }), false],
    ["- no: an earlier launch of ours", taskOf("a", "l1", { createdAt: now + 90_000 }), true],
    ["- no: from before what is remembered", taskOf("a", "l0", { createdAt: now - 90_000 }), true],
  ])("%s", (_, task, own) => {
    expect(isOwnTask(daemon, task, known)).toBe(own);
  });
  test("is ours by mark and group where it was started before Redis lost writes, and only then", () => {
    const lostAt = now + 60_000;
    const at = (createdAt: number, rest: Partial<Task> = {}) =>
      isOwnTask(daemon, taskOf("a", "l9", { createdAt, ...rest }), known, lostAt);
    expect(at(lostAt - 1000)).toBe(true);
    expect(at(lostAt - 1000, { group: "family:lamp" })).toBe(false);
    expect(at(lostAt + 90_000)).toBe(false);
  });
  test("is ours by its mark alone where nothing is remembered", () => {
    expect(isOwnTask(daemon, taskOf("a", "l9"), undefined)).toBe(true);
  });
});

test("a task that is adopted after a loss of Redis disowns no younger one beside it", () => {
  const old = taskOf("old", "l1", { createdAt: now - 86_400_000 });
  const young = taskOf("young", "l2", { createdAt: now - 1000 });
  const adopted = adopt(daemon, "a", old, now);
  expect([old, young].map((task) => isOwnTask(daemon, task, adopted))).toEqual([true, true]);
});
