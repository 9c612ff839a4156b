// Planning, without any I/O: a daemon over 5,000 container instances and 50,000 tasks, whole and after one event, and
// what an event costs in a cluster of 1,000 with 50 daemons. The floor visits each instance and its tasks once.
import { planInputOf } from "../src/changes/daemon-input.ts";
import { ClusterView } from "../src/changes/cluster-view.ts";
import { systemClock } from "../src/clock.ts";
import { formatLaunchMark, currentRevision } from "../src/daemon/daemon.ts";
import type { Daemon } from "../src/daemon/daemon.ts";
import { registerDaemon, updateDaemon } from "../src/daemon/edit.ts";
import { planDaemon } from "../src/daemon/plan.ts";
import { preview } from "../src/daemon/preview.ts";
import { encodeDaemon } from "../src/daemon/record.ts";
import { observeContainerInstance, observeTask } from "../src/store/record.ts";
import type { Observation } from "../src/store/record.ts";
import type { Task } from "../src/ecs/task.ts";
import { createFleetWatch } from "../src/scheduler/fleet-watch.ts";
import { anInstance, aTask, testCluster } from "../src/testing/entities.ts";
import type { Row } from "./main.ts";

const runs = 15;

function daemonNamed(name: string): Daemon {
  const selector = "attribute:ecs.instance-type =~ m7g.*";
  const asked = { cluster: testCluster, name, taskDefinition: "lamp:3", selector };
  const registered = registerDaemon(undefined, asked, systemClock.now());
  if (!registered.ok) throw new Error(registered.message);
  return registered.daemon;
}

/** A record as the store has it: the parts of an entity, one a line. */
const record = ({ version, fixed, doc, attributes, described, enriched }: Observation): string =>
  [version, "", fixed, doc, attributes, described, enriched].join("\n");

const recordOfTask = (task: Task): string => record(observeTask(task, "event", 0));

function viewOf(daemons: readonly Daemon[], instances: number, others: number): ClusterView {
  const records = {
    i: new Map<string, string>(),
    t: new Map<string, string>(),
    d: new Map(daemons.map((daemon) => [daemon.name, encodeDaemon(daemon)])),
  };
  for (let at = 0; at < instances; at++) {
    const id = `i${String(at).padStart(5, "0")}`;
    records.i.set(id, record(observeContainerInstance(anInstance(id), "event")));
    for (const daemon of daemons) {
      const { template } = currentRevision(daemon);
      const startedBy = formatLaunchMark({ daemonId: daemon.id, template, launchId: "l1" });
      const task = aTask(`t-${daemon.name}-${id}`, id, {
        startedBy,
        group: `daemon:${daemon.name}`,
      });
      records.t.set(`t-${daemon.name}-${id}`, recordOfTask(task));
    }
    for (let other = 0; other < others; other++)
      records.t.set(`t${other}-${id}`, recordOfTask(aTask(`t${other}-${id}`, id)));
  }
  return new ClusterView(testCluster, {
    epoch: "e",
    seq: 1,
    records: new Map([
      ["i", records.i],
      ["t", records.t],
      ["d", records.d],
    ]),
  });
}

/** The middle of several runs, ms. */
function time(work: () => void): number {
  work();
  const taken = Array.from({ length: runs }, () => {
    const begun = systemClock.monotonic();
    work();
    return systemClock.monotonic() - begun;
  });
  return taken.toSorted((a, b) => a - b)[Math.floor(runs / 2)] ?? Number.NaN;
}

/** Every instance and its tasks, looked at once. */
function walk(view: ClusterView): number {
  let seen = 0;
  for (const id of view.instances.keys())
    for (const task of view.tasksOn(id)) if (view.tasks.get(task)?.lastStatus === "RUNNING") seen++;
  return seen;
}

export async function plan(): Promise<readonly Row[]> {
  const daemon = daemonNamed("lamp");
  const view = viewOf([daemon], 5000, 9);
  const edited = updateDaemon(daemon, { taskDefinition: "lamp:4" }, undefined, 0);
  if (!edited.ok) throw new Error(edited.message);
  const now = systemClock.now();
  const floor = time(() => walk(view));
  const row = (what: string, ms: number): Row => ({ what, figures: { ms, floors: ms / floor } });
  const watch = createFleetWatch();
  watch.plan(view, daemon, now);
  let next = 0;
  const rows = [
    row("floor: 5,000 instances, 50,000 tasks", floor),
    row(
      "plan, all in place",
      time(() => planDaemon(planInputOf(view, daemon, now))),
    ),
    row(
      "plan, all outdated",
      time(() => planDaemon(planInputOf(view, edited.daemon, now))),
    ),
    row(
      "dry run of that, with its waves",
      time(() => preview(planInputOf(view, edited.daemon, now))),
    ),
    row(
      "plan after an event on one instance",
      time(() => {
        watch.touch(`i${String(next++).padStart(5, "0")}`);
        watch.plan(view, daemon, now);
      }),
    ),
  ];
  const many = Array.from({ length: 50 }, (_, at) => daemonNamed(`lamp-${at}`));
  const busy = viewOf(many, 1000, 1);
  const watches = many.map((each) => ({ each, watch: createFleetWatch() }));
  for (const { each, watch: of } of watches) of.plan(busy, each, now);
  const event = time(() => {
    for (const { each, watch: of } of watches) {
      of.touch("i00007");
      of.plan(busy, each, now);
    }
  });
  return [...rows, row("50 daemons, 1,000 instances: an instance event, all plans", event)];
}
