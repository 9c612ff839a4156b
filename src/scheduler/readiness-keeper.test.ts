// Readiness attributes where ECS refuses some of the calls, or takes no call for a while: the others go on.
import { pino } from "pino";
import { expect, test } from "vitest";
import { turnOf } from "../clock.ts";
import { currentRevision, formatLaunchMark } from "../daemon/daemon.ts";
import { unreadyMs } from "../daemon/readiness.ts";
import { arnId } from "../ecs/arn.ts";
import { createManualClock } from "../simulator/manual-clock.ts";
import { aDaemon, anInstance, aTask, testCluster } from "../testing/entities.ts";
import { fixedInformer, viewOf } from "../testing/fleet.ts";
import { keepReadiness } from "./readiness-keeper.ts";

const daemon = aDaemon({ readinessAttribute: "ready" });
const { template } = currentRevision(daemon);
const startedBy = formatLaunchMark({ daemonId: daemon.id, template, launchId: "l1" });

/** Instances with the daemon's task and without the attribute, and the reverse. */
function startKeeper(healthy: readonly string[], ready: readonly string[]) {
  const clock = createManualClock();
  const attributes = [{ name: "ready", value: "true" }];
  const instances = [
    ...healthy.map((id) => anInstance(id)),
    ...ready.map((id) => anInstance(id, { attributes })),
  ];
  const tasks = healthy.map((id) => aTask(`t-${id}`, id, { startedBy, group: "daemon:lamp" }));
  const view = viewOf({ instances, tasks, daemons: [daemon] });
  const put: string[] = [];
  const removed: string[] = [];
  const ecs = { refuses: (_: readonly string[]) => false, refused: 0 };
  const idsOf = (asked: readonly { readonly containerInstance: string }[]) =>
    asked.map(({ containerInstance }) => arnId(containerInstance));
  const keeper = keepReadiness({
    cluster: testCluster,
    store: {
      readinessNames: async () => new Map(),
      noteReadinessNames: async () => {},
      forgetReadinessNames: async () => {},
    },
    informer: fixedInformer(view),
    clock,
    log: pino({ level: "silent" }),
    held: () => "lease",
    decisions: { note: () => {}, written: () => Promise.resolve() },
    ecs: {
      putAttributes: async (_, asked) => {
        if (ecs.refuses(idsOf(asked))) {
          ecs.refused++;
          throw new Error("AccessDeniedException");
        }
        put.push(...idsOf(asked));
        return "put";
      },
      deleteAttributes: async (_, asked) => {
        removed.push(...idsOf(asked));
        return "deleted";
      },
    },
    writeBudget: { take: () => Promise.resolve(), throttled: () => {} },
  });
  return {
    keeper,
    ecs,
    put,
    removed,
    pass: async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 250) {
        clock.advance(250);
        // All promises of one look have their turn; nothing here waits for anything else.
        for (let turn = 0; turn < 3; turn++) await turnOf(clock);
      }
    },
  };
}

test("a batch that is refused holds no other, and is tried again with a growing pause", async () => {
  const healthy = Array.from({ length: 25 }, (_, at) => `i${at}`);
  const { keeper, ecs, put, removed, pass } = startKeeper(healthy, ["unready"]);
  ecs.refuses = (ids) => ids.includes("i0");
  keeper.touchAll();
  await pass(1000);
  expect(put).toHaveLength(15);
  await pass(unreadyMs + 1000);
  expect(removed).toEqual(["unready"]);
  await pass(60_000);
  const { refused } = ecs;
  expect(refused).toBeGreaterThanOrEqual(6);
  expect(refused).toBeLessThanOrEqual(8);
  ecs.refuses = () => false;
  await pass(61_000);
  expect(put.toSorted()).toEqual(healthy.toSorted());
  await keeper.close();
});

test("an instance that becomes unready does not put off the removal on another", async () => {
  const { keeper, removed, pass } = startKeeper([], ["first", "second", "third"]);
  keeper.touch("first");
  await pass(unreadyMs - 2000);
  keeper.touch("second");
  await pass(3000);
  expect(removed).toEqual(["first"]);
  keeper.touch("third");
  await pass(unreadyMs - 1000);
  expect(removed).toEqual(["first", "second"]);
  await keeper.close();
});
