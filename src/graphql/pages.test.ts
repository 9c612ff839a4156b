// Lists over a fleet that does not hold still: every filter finds what a look at each task finds, pages visit what is
// there once, and the point that a page was read at is a point from which a subscriber misses and repeats nothing.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeCursor, cursorKey } from "../changes/cursor.ts";
import type { Change, RecordChange } from "../changes/change.ts";
import { ClusterView } from "../changes/cluster-view.ts";
import { systemClock } from "../clock.ts";
import { arnId } from "../ecs/arn.ts";
import type { Task } from "../ecs/task.ts";
import { seededRandom } from "../random.ts";
import type { Random } from "../random.ts";
import { observeTask } from "../store/record.ts";
import { testCluster } from "../testing/entities.ts";
import { fixedInformer, randomSnapshot, randomTask, recordOf } from "../testing/fleet.ts";
import { noClientLimits } from "./client-limits.ts";
import { OperationContext } from "./context.ts";
import type { TaskFilter } from "./generated/schema-types.ts";
import { decodePlace } from "./page.ts";
import { instancePage, taskPage, tasksOnInstance } from "./resolvers/pages.ts";
import { taskMatcher } from "./select.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
console.log(`pages.test.ts seed ${seed} (FUZZ_SEED)`);

const otherCluster = testCluster.replace("quay", "jetty");

/** Two clusters in memory, and changes to them. */
class Fleet {
  readonly views: readonly ClusterView[];
  readonly context: OperationContext;
  readonly changes: Change[] = [];
  readonly #random: Random;

  constructor(random: Random, tasks = 60) {
    this.#random = random;
    this.views = [testCluster, otherCluster].map(
      (arn) => new ClusterView(arn, randomSnapshot(random, { instances: 6, tasks })),
    );
    const caller = {
      rights: "read",
      client: "x",
      expiresAt: undefined,
      refusal: undefined,
    } as const;
    // Lists are answered from views alone.
    const work = { store: {} as never, clock: systemClock, limits: noClientLimits };
    this.context = new OperationContext(caller, {
      ...work,
      informer: fixedInformer(...this.views),
    });
  }

  /** All tasks of all clusters, in the order of lists. */
  all(): Task[] {
    const views = this.views.toSorted((a, b) => (a.arn < b.arn ? -1 : 1));
    return views.flatMap((view) => [...view.taskIds].flatMap((id) => view.tasks.get(id) ?? []));
  }

  churn(steps: number): void {
    for (let step = 0; step < steps; step++) {
      const view = this.#random.pick(this.views);
      const known = [...view.tasks.keys()];
      const isNew = known.length === 0 || this.#random.chance(0.4);
      const id = isNew ? this.#random.hex(32) : this.#random.pick(known);
      const task = randomTask(this.#random, id, [...view.instances.keys()]);
      const isGone = !isNew && this.#random.chance(0.5);
      const change: RecordChange = {
        seq: view.seq + 1,
        kind: "t",
        id,
        at: 0,
        before: undefined,
        after: isGone ? undefined : recordOf(observeTask(task, "describe", 0)),
      };
      this.changes.push(...view.advance([change], change.seq));
    }
  }
}

const key = (task: Task) => `${task.clusterArn} ${arnId(task.arn)}`;

function randomFilter(random: Random, fleet: Fleet): TaskFilter {
  const sample = random.pick(fleet.all());
  const maybe = <T>(value: T | undefined): T | undefined =>
    random.chance(0.3) ? value : undefined;
  const statuses = ["RUNNING", "PENDING", "STOPPED", "NO_SUCH_STATUS"];
  return {
    cluster: maybe(random.pick(["quay", otherCluster, "no such cluster"])),
    lastStatus: maybe(statuses.filter(() => random.chance(0.5)).concat(random.pick(statuses))),
    desiredStatus: maybe(sample.desiredStatus),
    startedBy: maybe(sample.startedBy),
    family: maybe(random.pick(["harbor", "ctl", "nobody"])),
    group: maybe(sample.group),
    containerInstance: maybe(sample.containerInstanceArn),
    launchType: maybe(sample.launchType),
    healthStatus: maybe(random.pick(["HEALTHY", "UNHEALTHY", "UNKNOWN"])),
    daemon: maybe(random.pick(["ctl", "nobody"])),
  };
}

/** What a look at every task finds. */
function oracle(fleet: Fleet, filter: TaskFilter): Task[] {
  const matches = taskMatcher(filter);
  const { cluster } = filter;
  return fleet
    .all()
    .filter(
      ({ clusterArn }) =>
        cluster == null || clusterArn === cluster || clusterArn.endsWith(`/${cluster}`),
    )
    .filter((task) => matches(task, { arn: task.clusterArn }));
}

describe("filters", () => {
  test("find what a look at every task finds, in order, counted, whatever the page size", () => {
    const property = fc.property(fc.integer(), fc.integer({ min: 1, max: 40 }), (run, first) => {
      const random = seededRandom(run);
      const fleet = new Fleet(random);
      fleet.churn(30);
      const filter = randomFilter(random, fleet);
      const expected = oracle(fleet, filter);
      const found: Task[] = [];
      for (let after: string | null = null; ;) {
        const page = taskPage(fleet.context, filter, { first, after });
        expect(page.totalCount).toBe(expected.length);
        expect(page.edges.map(({ node }) => node)).toEqual(page.nodes);
        expect(page.pageInfo.endCursor).toBe(page.edges.at(-1)?.cursor ?? null);
        found.push(...page.nodes);
        expect(page.pageInfo.hasNextPage).toBe(found.length < expected.length);
        if (!page.pageInfo.hasNextPage) break;
        after = page.pageInfo.endCursor;
      }
      expect(found.map(key)).toEqual(expected.map(key));
    });
    fc.assert(property, { seed, numRuns: 150 });
  });

  test("of a container instance leave out what has stopped, unless it is asked for", () => {
    const fleet = new Fleet(seededRandom(seed));
    for (const view of fleet.views)
      for (const instance of view.instances.values()) {
        const here = fleet
          .all()
          .filter(
            (task) => task.containerInstanceArn === instance.arn && task.clusterArn === view.arn,
          );
        const live = here.filter(({ lastStatus }) => lastStatus !== "STOPPED");
        const page = tasksOnInstance(
          fleet.context,
          { ...instance, clusterArn: view.arn },
          undefined,
          {},
        );
        expect(page.nodes.map(key)).toEqual(live.map(key));
        expect(page.totalCount).toBe(live.length);
      }
  });
});

describe("pages of a fleet that churns", () => {
  test("visit once whatever stays, and nothing twice", () => {
    const property = fc.property(fc.integer(), fc.integer({ min: 1, max: 15 }), (run, first) => {
      const fleet = new Fleet(seededRandom(run));
      const stays = new Set(fleet.all().map(key));
      const seen: string[] = [];
      for (let after: string | null = null; ;) {
        const page = taskPage(fleet.context, {}, { first, after });
        expect(page.nodes.length).toBeLessThanOrEqual(first);
        seen.push(...page.nodes.map(key));
        if (!page.pageInfo.hasNextPage) break;
        after = page.pageInfo.endCursor;
        fleet.churn(5);
        const now = new Set(fleet.all().map(key));
        for (const each of stays) if (!now.has(each)) stays.delete(each);
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect([...stays].filter((each) => !seen.includes(each))).toEqual([]);
      expect(stays.size).toBeGreaterThan(0);
    });
    fc.assert(property, { seed, numRuns: 60 });
  });

  test("go on after an entity that is gone", () => {
    const fleet = new Fleet(seededRandom(seed));
    const first = taskPage(fleet.context, {}, { first: 5 });
    const [gone] = first.nodes.slice(-1);
    if (!gone) throw new Error("no tasks");
    const view = fleet.views.find(({ arn }) => arn === gone.clusterArn);
    const id = arnId(gone.arn);
    view?.advance(
      [{ seq: view.seq + 1, kind: "t", id, at: 0, before: undefined, after: undefined }],
      view.seq + 1,
    );
    const next = taskPage(fleet.context, {}, { first: 5, after: first.pageInfo.endCursor });
    expect(next.nodes.map(key)).toEqual(fleet.all().slice(4, 9).map(key));
  });

  test.each([-1, 1001, 5000])("first: %i is refused", (first) => {
    const { context } = new Fleet(seededRandom(1), 3);
    for (const page of [
      () => taskPage(context, {}, { first }),
      () => instancePage(context, {}, { first }),
    ])
      expect(page).toThrow(/0 to 1000/);
  });

  test("first: 0 counts and shows nothing; an after that no page gave is refused", () => {
    const { context } = new Fleet(seededRandom(1), 3);
    const page = taskPage(context, {}, { first: 0 });
    expect([page.nodes, page.totalCount, page.pageInfo]).toEqual([
      [],
      6,
      { hasNextPage: true, endCursor: null },
    ]);
    expect(() => taskPage(context, {}, { after: "nonsense" })).toThrow(/no cursor of a list/);
    expect(() => decodePlace({ after: page.changeCursor })).toThrow(/no cursor of a list/);
  });
});

describe("changeCursor", () => {
  /** What follows a cursor, as the log has it: a subscriber that resumes gets this and nothing else. */
  function following(fleet: Fleet, text: string): Change[] {
    const cursor = decodeCursor(text);
    if (!cursor || cursor === "snapshot") throw new Error("no cursor");
    return fleet.changes.filter(({ cluster, seq }) => {
      const position = cursor.get(cursorKey(cluster));
      if (position?.epoch !== "e") throw new Error(`no position of ${cluster}`);
      return seq > position.seq;
    });
  }

  function apply(state: Map<string, Task>, changes: readonly Change[]): void {
    for (const { cluster, id, after } of changes)
      if (after?.kind === "task") state.set(key(after), after);
      else state.delete(`${cluster} ${id}`);
  }

  const sorted = (state: Map<string, Task>) => [...state].toSorted(([a], [b]) => (a < b ? -1 : 1));

  test("of a whole list: what follows it brings the list to what is there, each change once", () => {
    for (let run = 0; run < 20; run++) {
      const fleet = new Fleet(seededRandom(`${seed} ${run}`), 30);
      fleet.churn(10);
      const page = taskPage(fleet.context, {}, { first: 1000 });
      const { changeCursor } = page;
      const seen = fleet.changes.length;
      const state = new Map(page.nodes.map((task) => [key(task), task] as const));
      fleet.churn(40);
      const steps = following(fleet, changeCursor);
      expect(steps).toHaveLength(fleet.changes.length - seen);
      apply(state, steps);
      expect(sorted(state)).toEqual(fleet.all().map((task) => [key(task), task]));
    }
  });

  test("of the first of many pages: pages read later may be newer, and the end is the same", () => {
    for (let run = 0; run < 20; run++) {
      const fleet = new Fleet(seededRandom(`${seed} ${run}`), 30);
      const state = new Map<string, Task>();
      let cursor: string | undefined;
      for (let after: string | null = null; ;) {
        const page = taskPage(fleet.context, {}, { first: 7, after });
        cursor ??= page.changeCursor;
        for (const task of page.nodes) state.set(key(task), task);
        if (!page.pageInfo.hasNextPage) break;
        after = page.pageInfo.endCursor;
        fleet.churn(6);
      }
      apply(state, following(fleet, cursor));
      expect(sorted(state)).toEqual(fleet.all().map((task) => [key(task), task]));
    }
  });
});
