// What operations look at beyond what they answer: what is asked again and again is refused before it runs, or costs
// once; and nothing is looked at for what nobody asked.
import { describe, expect, test, vi } from "vitest";
import type { ClusterView } from "../changes/cluster-view.ts";
import { systemClock } from "../clock.ts";
import { aTask } from "../testing/entities.ts";
import { seededRandom } from "../random.ts";
import { fixedInformer, randomView, taskRecord } from "../testing/fleet.ts";
import { noClientLimits } from "./client-limits.ts";
import { OperationContext } from "./context.ts";
import { createDocuments } from "./documents.ts";
import { looksMax, workProblem } from "./looks.ts";
import type { Fleet } from "./looks.ts";
import { createSchema } from "./schema.ts";

const documents = createDocuments(createSchema());

function prepared(text: string) {
  const operation = documents.prepare(text);
  if (!operation.ok) throw new Error(`${text}: ${operation.errors[0]?.message}`);
  return operation;
}

const each = (count: number, field: (index: number) => string) =>
  `{ ${Array.from({ length: count }, (_, index) => `a${index}: ${field(index)}`).join(" ")} }`;

/** Two clusters, one with all but a few of 5,000 container instances, 100,000 tasks and ten daemons. */
const fleet: Fleet = {
  clusters: 2,
  containerInstances: 5000,
  tasks: 100_000,
  daemons: 11,
  daemonsOfOne: 10,
  plans: { one: 64_000, all: 656_000 },
  everything: 761_000,
  looks: {
    tasks: (filter) =>
      filter?.lastStatus && filter.desiredStatus
        ? { one: 60_000, all: 62_000 }
        : { one: 0, all: 0 },
    containerInstances: (filter) => (filter ? { one: 20_000, all: 25_000 } : { one: 0, all: 0 }),
    endpoints: (filter) => (filter ? { one: 80_000, all: 100_000 } : { one: 0, all: 0 }),
  },
};
const running = "filter: { lastStatus: [RUNNING], desiredStatus: RUNNING }";

describe("an estimate", () => {
  const looksOf = (text: string, variables = {}) => prepared(text).work?.(variables, fleet);

  test("is what is looked through, for the page and for the count", () => {
    expect(looksOf("{ clusters { nodes { name taskCounts { running } } } }")).toBe(undefined);
    expect(looksOf("{ tasks { totalCount nodes { arn } } }")).toBe(0);
    expect(looksOf(`{ tasks(${running}) { nodes { arn } } }`)).toBe(62_000);
    expect(
      looksOf(`{ tasks(${running}) { ...count } } fragment count on TaskConnection { totalCount }`),
    ).toBe(124_000);
    expect(looksOf(`{ endpoints(filter: { containerPort: 80 }) { totalCount } }`)).toBe(200_000);
  });

  test("reads variables as the schema does", () => {
    const query =
      "query ($f: TaskFilter = { lastStatus: RUNNING, desiredStatus: RUNNING }) { tasks(filter: $f) { nodes { arn } } }";
    expect(looksOf(query)).toBe(62_000);
    expect(looksOf(query, { f: { lastStatus: "RUNNING" } })).toBe(0);
    expect(looksOf(query, { f: { lastStatus: 3 } })).toBe(0);
  });

  test("has each cluster and each daemon once under one field, and one plan for all that a daemon is asked", () => {
    const status = "status { phase }";
    expect(looksOf(`{ daemon(cluster: "a", name: "b") { ${status} plan { wave } } }`)).toBe(64_000);
    expect(
      looksOf(`{ daemons(first: 3) { nodes { ${status} placements(first: 1) { totalCount } } } }`),
    ).toBe(192_000);
    expect(looksOf(`{ clusters { nodes { daemons { nodes { ${status} } } } } }`)).toBe(656_000);
    expect(looksOf(`{ clusters { nodes { tasks(${running}) { nodes { arn } } } } }`)).toBe(62_000);
    expect(looksOf(each(20, () => `daemon(cluster: "a", name: "b") { ${status} }`))).toBe(
      1_280_000,
    );
  });

  test("has what is on container instances as often as they are there", () => {
    expect(looksOf("{ containerInstances(first: 500) { nodes { daemons { name } } } }")).toBe(
      500 * 160,
    );
    expect(
      looksOf("{ tasks(first: 9) { nodes { containerInstance { tasks { nodes { arn } } } } } }"),
    ).toBe(9 * 50);
  });
});

describe("the limit", () => {
  const problemOf = (text: string) => {
    const { work } = prepared(text);
    return work && workProblem(work, {}, fleet);
  };

  test.each([
    ["counts", each(200, () => `tasks(first: 0, ${running}) { totalCount }`)],
    ["statuses", each(200, () => 'daemon(cluster: "a", name: "b") { status { phase } }')],
    [
      "placements",
      each(200, () => 'daemon(cluster: "a", name: "b") { placements(first: 0) { totalCount } }'),
    ],
    [
      "explanations",
      each(
        200,
        () => 'daemon(cluster: "a", name: "b") { explain(containerInstance: "c") { placeable } }',
      ),
    ],
    [
      "endpoints",
      each(
        200,
        (port) => `endpoints(first: 1, filter: { containerPort: ${port} }) { nodes { host } }`,
      ),
    ],
    [
      "expressions",
      each(
        200,
        (port) =>
          `containerInstances(first: 0, filter: { expression: "agentConnected == true", ec2InstanceId: "${port}" }) { totalCount }`,
      ),
    ],
  ])("refuses what would hold everybody up: %s", (_, text) => {
    expect(problemOf(text)).toMatch(
      /looks at \d+ entities, and 1761000 are allowed .* in several requests/,
    );
  });

  test("leaves a look at everything there is, and more", () => {
    expect(
      problemOf(
        '{ daemons(first: 1000) { nodes { status { phase } placements(first: 5) { totalCount } explain(containerInstance: "c") { placeable } } } }',
      ),
    ).toBe(undefined);
    expect(looksMax + fleet.everything).toBe(1_761_000);
    expect(problemOf(each(10, () => `tasks(first: 0, ${running}) { totalCount }`))).toBe(undefined);
  });
});

describe("what is asked again", () => {
  const random = seededRandom(7);
  const caller = { rights: "read", client: "x", expiresAt: undefined, refusal: undefined } as const;
  const ask = async (view: ClusterView, text: string) => {
    const work = { store: {} as never, clock: systemClock, limits: noClientLimits };
    const context = new OperationContext(caller, { ...work, informer: fixedInformer(view) });
    const { data, errors } = await prepared(text).execute(context);
    expect(errors).toEqual([]);
    return JSON.parse(data ?? "") as Record<string, { totalCount: number }>;
  };

  test("is counted once, until the view moves", async () => {
    const view = randomView(random, { instances: 5, tasks: 3000 });
    const looks = vi.spyOn(view.tasks, "get");
    const count = (times: number) =>
      each(times, () => `tasks(first: 0, ${running}) { totalCount }`);
    const { a0 } = await ask(view, count(1));
    const once = looks.mock.calls.length;
    expect(once).toBeGreaterThan(1000);
    const many = await ask(view, count(50));
    // Each looks whether there is anything at all.
    expect(looks.mock.calls.length - once).toBeLessThan(1000);
    expect(new Set(Object.values(many).map(({ totalCount }) => totalCount))).toEqual(
      new Set([a0?.totalCount]),
    );
    const after = taskRecord(aTask("one-more", undefined));
    view.advance([{ seq: 2, kind: "t", id: "one-more", at: 0, before: undefined, after }], 2);
    expect((await ask(view, count(2)))["a1"]?.totalCount).toBe((a0?.totalCount ?? 0) + 1);
  });

  test("endpoints are counted for who asks, and looked for among the tasks that may have them", async () => {
    const view = randomView(random, { instances: 5, tasks: 2000 });
    view.followEndpoints();
    const looks = vi.spyOn(view.endpoints, "of");
    await ask(
      view,
      '{ endpoints(first: 0, filter: { family: "no such" }) { totalCount nodes { host } } }',
    );
    expect(looks).toHaveBeenCalledTimes(0);
    const values = vi.spyOn(view.endpoints, "values");
    await ask(view, "{ endpoints(first: 0, filter: { containerPort: 1 }) { nodes { host } } }");
    expect(looks.mock.calls.length + values.mock.calls.length).toBe(2000);
  });
});
