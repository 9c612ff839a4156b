// Worlds for programs of others: a small scheduler that does it right survives them, one that starts again without looking
// is caught, and the same seed is the same world.
import { RunTaskCommand } from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import { controller, createLauncher, holdLease, watching } from "../kit/index.ts";
import type { Launcher } from "../kit/index.ts";
import { world } from "./index.ts";
import type { Program, WorldKit, WorldOptions, WorldView } from "./index.ts";

const slots = ["berth-1", "berth-2", "berth-3"];
const definition = { family: "berth", cpu: 32, memory: 64 };

/** Starts a task for a slot, unless there is one; may say when to be asked again. */
type Start = (
  kit: WorldKit,
  launcher: Launcher,
  slot: string,
) => Promise<{ readonly again?: number | undefined } | undefined>;

/** Keeps one task for each slot. `start` is where that can be done wrong. */
function keeper(start: Start): Program {
  return (kit) => {
    const tasks = kit.client.informer({
      watch: "tasks",
      filter: { family: definition.family },
      select: { group: true, startedBy: true, lastStatus: true },
    });
    const lease = holdLease({ kit });
    const launcher = createLauncher({ kit, lease });
    const slotOf = (task: { group: string | null; startedBy: string | null }) =>
      launcher.keyOf(task) ?? task.startedBy;
    const work = controller({
      kit,
      lease,
      keys: slots,
      watch: [watching(tasks, slotOf)],
      resyncMs: 10_000,
      reconcile: async (slot) => {
        const live = tasks.list().filter(({ lastStatus }) => lastStatus !== "STOPPED");
        return live.some((task) => slotOf(task) === slot) ? undefined : start(kit, launcher, slot);
      },
      onError: (error, slot) => kit.note(`${slot}: ${String(error)}`),
    });
    return {
      close: async () => {
        await work.close();
        await lease.release();
        await tasks.close();
        await kit.close();
      },
    };
  };
}

const good = keeper(async ({ client }, launcher, key) => {
  const harbor = await client.query("cluster", { cluster: "harbor" }, { arn: true });
  if (!harbor) return { again: 1000 };
  return launcher.start({ key, cluster: harbor.arn, taskDefinition: definition.family });
});
/** Whether a call without an answer was carried out is not asked: another one may start another task. */
const bad = keeper(async ({ ecsClient, random }, _, slot) => {
  const common = { cluster: "harbor", taskDefinition: definition.family };
  const clientToken = random.hex(16);
  await ecsClient.send(new RunTaskCommand({ ...common, startedBy: slot, clientToken }));
  return { again: 2000 };
});
const slotOf = ({ startedBy, group }: { startedBy: string | undefined; group: string }) =>
  slots.find((slot) => startedBy === slot || group === `kit:program:${slot}`);

function missing({ tasks, instances }: WorldView): string | undefined {
  if (!instances.some(({ status, agentConnected }) => status === "ACTIVE" && agentConnected))
    return undefined;
  const lacking = slots.filter(
    (slot) => !tasks.some((task) => slotOf(task) === slot && task.lastStatus === "RUNNING"),
  );
  return lacking.length === 0 ? undefined : `no task for ${lacking.join(", ")}`;
}

const options = (seed: number, program: Program): WorldOptions => ({
  seed,
  program,
  instances: 4,
  troubleSeconds: 30,
  taskDefinitions: [definition],
  keyOf: slotOf,
  missing,
});
/** A world in which nothing goes wrong and little happens. */
const calm = (program: Program): WorldOptions => ({
  ...options(1, program),
  faults: "none",
  troubleSeconds: 20,
});
const idle = { close: () => undefined };

describe("a world", () => {
  test(
    "is clean, seed by seed, for a program that does it right",
    { timeout: 120_000 },
    async () => {
      let kills = 0;
      for (let seed = 1; seed <= 20; seed++) {
        const { breaches, faults } = await world({ ...options(seed, good), copies: 2 });
        expect(breaches).toEqual([]);
        kills += faults.get("processKilled") ?? 0;
      }
      expect(kills).toBeGreaterThan(0);
    },
  );

  test("catches a program that starts again without looking after a lost answer", async () => {
    const bySeed = [];
    for (let seed = 1; bySeed.length === 0 && seed <= 20; seed++)
      bySeed.push(...(await world(options(seed, bad))).breaches);
    expect(bySeed).toMatchObject([{ rule: "program", message: /was started for berth-\d beside/ }]);
  });

  test("is the same again for the same seed, to the last fact", async () => {
    const first = await world(options(3, good));
    const again = await world(options(3, good));
    expect(again.hash).toBe(first.hash);
    expect(again.story).toBe(first.story);
    expect((await world(options(4, good))).hash).not.toBe(first.hash);
  });

  test("without faults is as it should be at once, and says so", async () => {
    const { end, story, faults } = await world(calm(good));
    expect(end).toMatch(/^as it should be \d+ s after all trouble$/);
    expect([...faults]).toEqual([]);
    expect(story).toMatch(/program-\d sends call/);
  });

  test("with faults that are given has those, and no others", async () => {
    const { faults } = await world({
      ...options(1, good),
      faults: { ecsLostReply: 0.3, processKilled: 6 },
    });
    expect([...faults.keys()].sort()).toEqual(["lostReply", "processKilled"]);
  });

  test("holds what its test says must always be, and must come to be", async () => {
    const check = ({ tasks }: WorldView) =>
      tasks.some(({ isOurs }) => isOurs) ? "it starts tasks" : undefined;
    const { breaches } = await world({ ...calm(good), check });
    expect(breaches).toMatchObject([{ rule: "check", message: "it starts tasks" }]);
    const unmet = await world(calm(() => idle));
    expect(unmet.breaches).toMatchObject([
      { rule: "convergence", message: "no task for berth-1, berth-2, berth-3" },
    ]);
    expect(unmet.story).toMatch(/BROKEN {2}convergence: no task for berth-1, berth-2, berth-3\n$/);
  });

  test("ends with what a program throws, at once or where nobody waits for it", async () => {
    const thrown = await world(calm(() => Promise.reject(new Error("a bug"))));
    expect(thrown.breaches).toMatchObject([{ rule: "crash", message: /ended by itself: .*a bug/ }]);
    const later: Program = ({ clock }) => {
      clock.after(100, () => void Promise.reject(new Error("another bug")));
      return idle;
    };
    const unhandled = await world(calm(later));
    expect(unhandled.breaches).toMatchObject([{ rule: "crash", message: /another bug/ }]);
  });

  test("bars a program from the machine's own time and chance", async () => {
    for (const [name, use] of Object.entries({
      now: () => Date.now(),
      random: () => Math.random(),
      setTimeout: () => setTimeout(() => undefined, 1),
    })) {
      const { breaches } = await world(
        calm(() => {
          use();
          return idle;
        }),
      );
      expect(breaches).toMatchObject([
        { rule: "crash", message: new RegExp(`${name} was called in a simulated world`) },
      ]);
    }
    expect(Date.now()).toBeGreaterThan(0);
  });

  test("answers a mutation of its program, which its checkers then hold Longshore to", async () => {
    const heard: string[] = [];
    const program: Program = async ({ client, clock }) => {
      const input = { cluster: "harbor", name: "mine", taskDefinition: "log-router" };
      await clock.sleep(5000);
      const { daemon } = await client.mutate(
        "registerDaemon",
        { input },
        { daemon: { name: true, revision: true } },
      );
      heard.push(`${daemon?.name} ${daemon?.revision}`);
      const again = client.mutate("registerDaemon", { input }, { daemon: { name: true } });
      await again.catch(({ code }) => heard.push(code));
      return idle;
    };
    const { breaches, story } = await world({ ...calm(program), missing: undefined });
    expect(breaches).toEqual([]);
    expect(heard).toEqual(["mine 1", "CONFLICT"]);
    expect(story.match(/program-\d asks .*registerDaemon/g)).toHaveLength(2);
  });
});
