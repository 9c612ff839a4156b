// The oracle names what is missing on each instance, and nothing else, in small worlds that are built by hand.
import { describe, expect, test } from "vitest";
import { encodeDaemon } from "../daemon/record.ts";
import { registerDaemon } from "../daemon/edit.ts";
import type { Daemon } from "../daemon/daemon.ts";
import { defineDaemons } from "../simulator/fleet.ts";
import {
  placeInstance,
  setInstanceState,
  terminateInstance,
} from "../simulator/instance-lifecycle.ts";
import { machineTypes } from "../simulator/machine-types.ts";
import { exitContainers, launchTask, placeRunningTask } from "../simulator/task-lifecycle.ts";
import { tick } from "../simulator/tick.ts";
import { createCluster, createWorld } from "../simulator/world.ts";
import type { ContainerInstance } from "../simulator/world.ts";
import { createOracle } from "./oracle.ts";

const now = Date.UTC(2026, 0, 5, 12);
const [type] = machineTypes;

function harbor(tiers: readonly string[]) {
  const world = createWorld({ seed: 1 });
  defineDaemons(world, now);
  const cluster = createCluster(world, "harbor");
  if (!type) throw new Error("no machine type");
  const instances = tiers.map((tier) =>
    placeInstance(world, now, { cluster, type, attributes: new Map([["tier", tier]]) }),
  );
  const records = { d: new Map<string, string>(), p: new Map<string, string>() };
  const oracle = createOracle(() => cluster.arn);
  const daemonOf = (rest: Partial<Daemon>, taskDefinition = "log-router:1", selector = "") => {
    const edited = registerDaemon(
      undefined,
      { cluster: cluster.arn, name: "lamp", taskDefinition, selector },
      now,
    );
    if (!edited.ok) throw new Error(edited.message);
    const daemon = { ...edited.daemon, ...rest };
    records.d.set(daemon.name, encodeDaemon(daemon));
    return daemon;
  };
  const run = (daemon: Daemon, instance: ContainerInstance | undefined, template?: string) => {
    if (!instance) throw new Error("no instance");
    const revision = daemon.revisions.at(-1);
    const [family = ""] = revision?.taskDefinition.split(":") ?? [];
    const definition = world.taskDefinitions.get(family)?.[0];
    if (!definition) throw new Error(`no ${family}`);
    return placeRunningTask(world, now, {
      cluster,
      definition,
      instance,
      group: "daemon:lamp",
      startedBy: `longshore/${daemon.id}/${template ?? revision?.template}/l1`,
    });
  };
  const pending = () => oracle.pending(world, (_, kind) => records[kind]);
  return { world, cluster, instances, records, oracle, daemonOf, run, pending };
}

describe("a daemon that always runs", () => {
  test("one task on each selected instance, and none elsewhere", () => {
    const { instances, daemonOf, run, pending } = harbor(["front", "back"]);
    const daemon = daemonOf({}, "log-router:1", "attribute:tier == front");
    expect(pending()).toEqual([`daemon lamp on ${instances[0]?.id}: no task`]);
    run(daemon, instances[0]);
    expect(pending()).toEqual([]);
    run(daemon, instances[0]);
    run(daemon, instances[1]);
    expect(pending()).toEqual([
      expect.stringMatching(/on \w+: 2 tasks: /),
      expect.stringMatching(/1 tasks, and it should have none \(ACTIVE\)/),
    ]);
  });

  test("an old task is missing the new revision, unless a canary or a failing revision keeps it", () => {
    const { instances, daemonOf, run, records, pending } = harbor(["front"]);
    const daemon = daemonOf({});
    run(daemon, instances[0], "older");
    expect(pending()).toEqual([expect.stringMatching(/is of template older instead of/)]);
    const id = instances[0]?.id ?? "";
    const failed = {
      daemon: "lamp",
      containerInstanceId: id,
      generation: 0,
      state: "FAILED",
      launchId: "x",
      template: daemon.revisions[0]?.template,
      attempts: 3,
    };
    records.p.set(`lamp/${id}`, JSON.stringify(failed));
    expect(pending()).toEqual([]);
  });

  test("what cannot be is not missing: no agent, no room, paused, gone", () => {
    const { world, instances, daemonOf, pending } = harbor(["a", "b", "c"]);
    daemonOf({});
    const [first, second, third] = instances;
    if (!first || !second || !third) throw new Error("no instances");
    first.agentConnected = false;
    second.refuses = "RESOURCE:MEMORY";
    terminateInstance(world, now, third);
    expect(pending()).toEqual([]);
    first.agentConnected = true;
    expect(pending()).toHaveLength(1);
    daemonOf({ paused: true });
    expect(pending()).toEqual([]);
  });

  test("on a draining instance the daemon stays as long as others do", () => {
    const { world, cluster, instances, daemonOf, run, pending } = harbor(["front"]);
    const daemon = daemonOf({});
    run(daemon, instances[0]);
    const definition = world.taskDefinitions.get("node-exporter")?.[0];
    const [instance] = instances;
    if (!definition || !instance) throw new Error("no definition");
    const other = launchTask(world, now, { cluster, definition, instance, group: "family:x" });
    setInstanceState(world, now, instance, "DRAINING");
    expect(pending()).toEqual([]);
    exitContainers(world, now, other, other.containers, 0);
    tick(world, now + 60_000);
    expect(pending()).toEqual([expect.stringMatching(/should have none \(DRAINING\)/)]);
  });

  test("what a daemon that is gone has left running on a draining instance is another's, too", () => {
    const { cluster, world, instances, daemonOf, run, pending, oracle } = harbor(["front"]);
    run(daemonOf({}), instances[0]);
    const [instance] = instances;
    const definition = world.taskDefinitions.get("node-exporter")?.[0];
    if (!definition || !instance) throw new Error("no definition");
    const startedBy = "longshore/gone/t/l";
    placeRunningTask(world, now, {
      cluster,
      definition,
      instance,
      group: "daemon:gone",
      startedBy,
    });
    setInstanceState(world, now, instance, "DRAINING");
    oracle.hear({ kind: "redis", at: now, life: "wiped" });
    expect(pending()).toEqual([]);
  });

  test("a removed daemon leaves nothing behind but what it was told to leave", () => {
    const { instances, daemonOf, run, records, oracle, pending } = harbor(["front"]);
    const daemon = daemonOf({});
    run(daemon, instances[0]);
    daemonOf({ deleting: true });
    expect(pending()).toEqual(["daemon lamp is still being removed"]);
    records.d.clear();
    expect(pending()).toEqual([expect.stringMatching(/^daemon lamp is gone, and its task/)]);
    oracle.hear({
      kind: "asked",
      at: now,
      ask: 1,
      user: "u",
      process: "api-1",
      mutation: "deregisterDaemon",
      input: { cluster: "harbor", name: "lamp", stopTasks: false },
      dryRun: false,
    });
    expect(pending()).toEqual([]);
  });
});

describe("a daemon whose tasks run once", () => {
  test("must have done so where it can, and need not where its tasks cannot succeed", () => {
    const { instances, daemonOf, records, pending } = harbor(["front"]);
    daemonOf({ mode: "ONCE_JOINED" }, "crash-loop:1");
    expect(pending()).toEqual([]);
    const daemon = daemonOf({ mode: "ONCE_JOINED" }, "save-volume:1");
    expect(pending()).toEqual([expect.stringMatching(/its run is not known/)]);
    const id = instances[0]?.id ?? "";
    const run = { daemon: daemon.name, containerInstanceId: id, generation: 1, attempts: 1 };
    records.p.set(`lamp/${id}/1`, JSON.stringify({ ...run, state: "SUCCEEDED" }));
    expect(pending()).toEqual([]);
    records.p.set(`lamp/${id}/2`, JSON.stringify({ ...run, generation: 2, state: "PENDING" }));
    expect(pending()).toEqual([expect.stringMatching(/its run is PENDING/)]);
  });

  test("has one at a time, unless what was begun never ends", () => {
    const { instances, daemonOf, run, pending } = harbor(["front", "back"]);
    const daemon = daemonOf({ mode: "ONCE_JOINED" }, "save-volume:1");
    for (const each of [1, 2]) run(daemon, instances[each - 1]);
    run(daemon, instances[1]);
    expect(pending()).toContainEqual(expect.stringMatching(/2 runs at a time/));
    const endless = daemonOf({ mode: "ONCE_JOINED" }, "log-router:1");
    for (const each of instances) run(endless, each);
    expect(pending()).toEqual([]);
  });
});

test("a readiness attribute says what is plain", () => {
  const { instances, daemonOf, run, pending } = harbor(["front"]);
  const daemon = daemonOf({ readinessAttribute: "ready" });
  const [instance] = instances;
  instance?.attributes.set("ready", "true");
  expect(pending()).toContainEqual(`${instance?.id} says ready, and is not ready`);
  run(daemon, instance);
  expect(pending()).toEqual([]);
  instance?.attributes.delete("ready");
  expect(pending()).toEqual([`${instance?.id} is ready, and does not say ready`]);
});
