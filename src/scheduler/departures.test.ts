// Instances that are about to go are answered each by itself: what fails, or does not answer, for one holds no other.
import { pino } from "pino";
import { afterEach, expect, test } from "vitest";
import { turnOf } from "../clock.ts";
import { arnId } from "../ecs/arn.ts";
import type { Daemon } from "../daemon/daemon.ts";
import type { Placement } from "../daemon/placement.ts";
import { pendingRun } from "../daemon/rerun.ts";
import { departureKey } from "../ecs/departure.ts";
import type { Departure, HookHolder } from "../ecs/departure.ts";
import { createManualClock } from "../simulator/manual-clock.ts";
import { aDaemon, anInstance } from "../testing/entities.ts";
import { fixedInformer, viewOf } from "../testing/fleet.ts";
import { answerDepartures } from "./departures.ts";
import type { Actor } from "./departures.ts";

const aws = { account: "111122223333", region: "eu-west-1", at: 0 };
const hook = { group: "quay-asg", name: "longshore", token: "t" };
const hooked = (id: string): Departure => ({ ...aws, ec2InstanceId: `i-${id}`, hook });
const spot = (id: string): Departure => ({ ...aws, ec2InstanceId: `i-${id}` });

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

/** Departures and the container instances that they are of, before AWS APIs that do what the test says. */
function startDesk(
  departures: readonly Departure[],
  statuses: Readonly<Record<string, string>>,
  api: Partial<HookHolder> & { readonly drain?: () => Promise<void> },
  flush?: { readonly daemon: Daemon; readonly runs: readonly Placement[] },
) {
  const clock = createManualClock();
  const left = new Map(departures.map((each) => [departureKey(each), each]));
  const view = viewOf({
    instances: Object.entries(statuses).map(([id, status]) => anInstance(id, { status })),
    daemons: flush ? [flush.daemon] : [],
    placements: flush?.runs ?? [],
  });
  let walks = 0;
  const { placementsOf } = view;
  view.placementsOf = (daemon) => {
    walks++;
    return placementsOf.call(view, daemon);
  };
  const calls = { drain: [] as string[], heartbeat: [] as string[], complete: [] as string[] };
  const warnings: string[] = [];
  const actor: Actor = {
    held: () => "lease",
    decisions: { note: () => {}, written: () => Promise.resolve() },
    writeBudget: { take: () => Promise.resolve(), throttled: () => {} },
    ecs: {
      updateContainerInstancesState: async (_, [arn = ""]) => {
        calls.drain.push(arnId(arn));
        await api.drain?.();
        return { entities: [], failures: [] };
      },
    },
  };
  const stop = new AbortController();
  const answering = answerDepartures(
    {
      store: {
        departures: async () => [...left.values()],
        forgetDepartures: async (gone) => gone.forEach((each) => left.delete(departureKey(each))),
      },
      informer: fixedInformer(view),
      clock,
      log: pino({ level: "warn" }, { write: (line: string) => void warnings.push(line) }),
      hooks: {
        heartbeat: async (departure, of) => {
          calls.heartbeat.push(departure.ec2InstanceId);
          return api.heartbeat?.(departure, of) ?? "held";
        },
        complete: async (departure, of) => {
          calls.complete.push(departure.ec2InstanceId);
          return api.complete?.(departure, of) ?? "completed";
        },
      },
      settings: { hooks: ["longshore"], drain: true },
      actorOf: () => actor,
    },
    stop.signal,
  );
  endings.push(async () => {
    stop.abort();
    await answering;
  });
  return {
    calls,
    warnings,
    /** How often all that is remembered of a daemon was gone through. */
    walks: () => walks,
    left: () => [...left.values()].map(({ ec2InstanceId }) => ec2InstanceId),
    pass: async (seconds: number) => {
      for (let second = 0; second < seconds; second++) {
        // All promises of one look have their turn; nothing here waits for anything else.
        for (let turn = 0; turn < 3; turn++) await turnOf(clock);
        clock.advance(1000);
      }
    },
  };
}

test("a hook that cannot be completed holds no other departure, and is tried and told of with a pause", async () => {
  const desk = startDesk(
    [hooked("a"), spot("b"), hooked("c")],
    { a: "DRAINING", b: "ACTIVE", c: "DRAINING" },
    {
      complete: async ({ ec2InstanceId }) => {
        if (ec2InstanceId === "i-a") throw new Error("AccessDenied: CompleteLifecycleAction");
        return "completed";
      },
    },
  );
  await desk.pass(60);
  expect(desk.calls.drain).toContain("b");
  expect(desk.left()).not.toContain("i-c");
  expect(desk.calls.complete.filter((id) => id === "i-a")).toHaveLength(6);
  expect(desk.warnings).toHaveLength(1);
});

test("a call that is not answered holds no other departure, and is not made again beside itself", async () => {
  const answers = Promise.withResolvers<void>();
  const desk = startDesk(
    [hooked("a"), spot("b"), spot("c")],
    { a: "DRAINING", b: "ACTIVE", c: "ACTIVE" },
    {
      complete: () => answers.promise.then(() => "completed"),
      drain: () => answers.promise,
    },
  );
  await desk.pass(40);
  expect(desk.calls).toEqual({ drain: ["b", "c"], heartbeat: [], complete: ["i-a"] });
  answers.resolve();
  await desk.pass(2);
  expect(desk.left()).toEqual(["i-b", "i-c"]);
});

test("whether a leaving task has ended is looked up for its instance alone, not in the whole ledger", async () => {
  const daemon = aDaemon({ mode: "ONCE_LEAVING" });
  const run = (id: string, generation: number, state: Placement["state"]): Placement => ({
    ...pendingRun(daemon, id, generation, "", 0),
    state,
  });
  const runs = [run("a", 1, "SUCCEEDED"), run("b", 1, "SUCCEEDED"), run("b", 2, "STARTING")];
  const desk = startDesk(
    [hooked("a"), hooked("b"), hooked("c")],
    { a: "DRAINING", b: "DRAINING", c: "DRAINING" },
    {},
    { daemon, runs },
  );
  await desk.pass(5);
  expect(desk.calls).toEqual({ drain: [], heartbeat: ["i-b", "i-c"], complete: ["i-a"] });
  expect(desk.walks()).toBe(0);
});
