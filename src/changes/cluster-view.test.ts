// A view that was kept current by changes is the view that a fresh load would give, in everything that can be read
// of it: entities, order, every list of every index, counts.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arnId, taskDefinitionFamily } from "../ecs/arn.ts";
import { isInactive } from "../ecs/container-instance.ts";
import type { Task } from "../ecs/task.ts";
import { parseLaunchMark } from "../daemon/daemon.ts";
import { seededRandom } from "../random.ts";
import type { Random } from "../random.ts";
import { decodeContainerInstance, decodeTask } from "../store/record.ts";
import type { StoreSnapshot } from "../store/store.ts";
import { testCluster } from "../testing/entities.ts";
import {
  instanceRecord,
  randomInstance,
  randomSnapshot,
  randomTask,
  taskRecord,
} from "../testing/fleet.ts";
import type { RecordChange } from "./change.ts";
import { ClusterView } from "./cluster-view.ts";
import { SortedIds, sortIds } from "./sorted-ids.ts";
import { atOnce } from "./steps.ts";
import type { Steps } from "./steps.ts";
import type { TaskField } from "./task-index.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
console.log(`cluster-view.test.ts seed ${seed} (FUZZ_SEED)`);

/** What each index says, worked out anew from a task. */
const valueOf: Readonly<Record<TaskField, (task: Task) => string | undefined>> = {
  lastStatus: ({ lastStatus }) => lastStatus,
  desiredStatus: ({ desiredStatus }) => desiredStatus,
  healthStatus: ({ healthStatus }) => healthStatus,
  launchType: ({ launchType }) => launchType,
  family: ({ taskDefinitionArn }) => taskDefinitionFamily(taskDefinitionArn),
  group: ({ group }) => group,
  startedBy: ({ startedBy }) => startedBy,
  containerInstanceId: ({ containerInstanceArn }) =>
    containerInstanceArn && arnId(containerInstanceArn),
  daemonId: ({ startedBy }) => parseLaunchMark(startedBy)?.daemonId,
};
const fields = Object.keys(valueOf) as TaskField[];

/** The store's records, changed at random; and the changes as the log tells them. */
class Records {
  readonly tasks = new Map<string, string>();
  readonly instances = new Map<string, string>();
  readonly #random: Random;
  seq = 1;

  constructor(random: Random) {
    this.#random = random;
    const { records } = randomSnapshot(random, { instances: 8, tasks: 40 });
    for (const [id, record] of records.get("t") ?? []) this.tasks.set(id, record);
    for (const [id, record] of records.get("i") ?? []) this.instances.set(id, record);
  }

  view(): ClusterView {
    return new ClusterView(testCluster, this.#snapshot());
  }

  load(): Steps<ClusterView> {
    return ClusterView.load(testCluster, this.#snapshot());
  }

  #snapshot(): StoreSnapshot {
    const records = new Map([
      ["t", new Map(this.tasks)],
      ["i", new Map(this.instances)],
    ] as const);
    return { epoch: "e", seq: this.seq, records };
  }

  change(): RecordChange {
    const random = this.#random;
    const kind = random.chance(0.8) ? "t" : "i";
    const records = kind === "t" ? this.tasks : this.instances;
    const known = [...records.keys()];
    const isNew = known.length === 0 || random.chance(0.3);
    const id = isNew ? random.hex(32) : random.pick(known);
    const before = records.get(id);
    const after =
      before !== undefined && random.chance(0.25)
        ? undefined
        : kind === "t"
          ? taskRecord(randomTask(random, id, [...this.instances.keys()]))
          : instanceRecord(randomInstance(random, id));
    if (after === undefined) records.delete(id);
    else records.set(id, after);
    return { seq: ++this.seq, kind, id, at: this.seq, before, after };
  }
}

function valuesOf(tasks: Iterable<Task>): Record<TaskField, Set<string>> {
  const values = Object.fromEntries(fields.map((field) => [field, new Set(["NO SUCH"])]));
  for (const task of tasks)
    for (const field of fields) {
      const value = valueOf[field](task);
      if (value !== undefined) values[field]?.add(value);
    }
  return values as Record<TaskField, Set<string>>;
}

function countsOf(view: ClusterView) {
  const live = [...view.instances.values()].filter((each) => !isInactive(each));
  return {
    total: live.length,
    active: live.filter(({ status }) => status === "ACTIVE").length,
    draining: live.filter(({ status }) => status === "DRAINING").length,
    agentDisconnected: live.filter(({ agentConnected }) => !agentConnected).length,
  };
}

describe("a view kept current by changes", () => {
  test("is the view of a fresh load", () => {
    const property = fc.property(fc.integer(), fc.integer({ min: 0, max: 300 }), (fleet, count) => {
      const records = new Records(seededRandom(fleet));
      const view = records.view();
      const everSeen = valuesOf(view.tasks.values());
      for (let step = 0; step < count; step++) {
        const change = records.change();
        view.advance([change], change.seq);
        for (const [field, values] of Object.entries(valuesOf(view.tasks.values())))
          for (const value of values) everSeen[field as TaskField].add(value);
      }
      const fresh = atOnce(records.load());
      expect(view.seq).toBe(fresh.seq);
      expect([...view.taskIds]).toEqual([...records.tasks.keys()].toSorted());
      expect([...view.instanceIds]).toEqual([...records.instances.keys()].toSorted());
      for (const [id, record] of records.tasks)
        expect(view.tasks.get(id)).toEqual(decodeTask(record, testCluster));
      for (const [id, record] of records.instances)
        expect(view.instances.get(id)).toEqual(decodeContainerInstance(record, testCluster));
      expect([view.tasks.size, view.instances.size]).toEqual([
        records.tasks.size,
        records.instances.size,
      ]);
      for (const field of fields)
        for (const value of everSeen[field]) {
          const expected = [...view.taskIds].filter(
            (id) => valueOf[field](decodeTask(records.tasks.get(id) ?? "", testCluster)) === value,
          );
          expect([...view.tasksWith(field, value)]).toEqual(expected);
          expect(view.tasksWith(field, value).size).toBe(expected.length);
          expect([...fresh.tasksWith(field, value)]).toEqual(expected);
        }
      expect(view.instanceCounts).toEqual(countsOf(view));
      expect(fresh.instanceCounts).toEqual(countsOf(view));
    });
    fc.assert(property, { seed, numRuns: 40 });
  });
});

describe("a load in steps", () => {
  test("stops often, and gives what a load at once gives", () => {
    const snapshot = randomSnapshot(seededRandom(seed), { instances: 500, tasks: 10_000 });
    const steps = ClusterView.load(testCluster, snapshot);
    let stops = 0;
    let step = steps.next();
    for (; !step.done; step = steps.next()) stops++;
    expect(stops).toBeGreaterThan(10_500 / 300);
    const view = step.value;
    const whole = new ClusterView(testCluster, snapshot);
    expect(view.tasks).toEqual(whole.tasks);
    expect(view.instances).toEqual(whole.instances);
    expect([...view.daemons]).toEqual([...whole.daemons]);
    expect([...view.taskIds]).toEqual([...(snapshot.records.get("t")?.keys() ?? [])].toSorted());
    for (const task of whole.tasks.values())
      for (const field of fields) {
        const value = valueOf[field](task) ?? "NO SUCH";
        expect(view.tasksWith(field, value).has(arnId(task.arn))).toBe(value !== "NO SUCH");
      }
  });
});

describe("sorted ids", () => {
  test("are sorted in steps as at once, however many", () => {
    const random = seededRandom(seed);
    for (const count of [0, 1, 4096, 4097, 8192, 13_000]) {
      const ids = Array.from({ length: count }, () => random.hex(8));
      expect(atOnce(sortIds(ids))).toEqual(ids.toSorted());
    }
  });

  test("are a sorted set, over many lists, whatever comes and goes", () => {
    const random = seededRandom(seed);
    const ids = new SortedIds();
    const model = new Set<string>();
    for (let step = 0; step < 12_000; step++) {
      const id = random.chance(0.2) ? `9${String(step).padStart(6, "0")}` : random.hex(4);
      if (random.chance(step < 8000 ? 0.2 : 0.7)) {
        const gone = model.has(id) ? id : (model.values().next().value ?? id);
        ids.delete(gone);
        model.delete(gone);
      } else {
        ids.add(id);
        model.add(id);
      }
    }
    const sorted = [...model].toSorted();
    expect(sorted.length).toBeGreaterThan(600);
    expect([...ids]).toEqual(sorted);
    expect(ids.size).toBe(sorted.length);
    for (let probe = 0; probe < 300; probe++) {
      const id = random.chance(0.5) ? random.pick(sorted) : random.hex(random.int(1, 6));
      expect(ids.has(id)).toBe(model.has(id));
      const from = sorted.findIndex((each) => each > id);
      expect([...ids.after(id)].slice(0, 3)).toEqual(from < 0 ? [] : sorted.slice(from, from + 3));
    }
  });
});
