// What the types of longshore/client promise; the compiler is the judge, as `tsc` looks at this file as well.
import { expect, expectTypeOf, it } from "vitest";
import { createLongshore } from "./index.ts";
import type { DaemonMode, LongshoreClient } from "./index.ts";
import { printSelection } from "./select.ts";

/** Never called: looked at by the compiler only. */
async function typed(longshore: LongshoreClient) {
  const page = await longshore.query(
    "tasks",
    { filter: { cluster: "harbor-prod", lastStatus: ["RUNNING"] }, first: 10 },
    { totalCount: true, nodes: { arn: true, stoppedAt: true, containers: { name: true } } },
  );
  const [node] = page.nodes;
  expectTypeOf(page.totalCount).toEqualTypeOf<number>();
  expectTypeOf(node?.stoppedAt).toEqualTypeOf<string | null | undefined>();
  expectTypeOf(node?.containers[0]?.name).toEqualTypeOf<string | undefined>();
  // @ts-expect-error: not selected
  void node?.lastStatus;

  const daemon = await longshore.query(
    "daemon",
    { cluster: "harbor-prod", name: "exporter" },
    {
      mode: true,
      placements: [{ first: 5 }, { totalCount: true }],
      explain: [{ containerInstance: "arn" }, { placeable: true }],
    },
  );
  // @ts-expect-error: there may be none
  void daemon.mode;
  expectTypeOf(daemon?.mode).toEqualTypeOf<DaemonMode | undefined>();
  expectTypeOf(daemon?.placements.totalCount).toEqualTypeOf<number | undefined>();
  expectTypeOf(daemon?.explain.placeable).toEqualTypeOf<boolean | undefined>();

  // @ts-expect-error: there is no such field
  await longshore.query("viewer", {}, { mayChange: true, mayFly: true });
  // @ts-expect-error: explain takes an argument that cannot be left out
  await longshore.query("daemon", { cluster: "a", name: "b" }, { explain: { placeable: true } });
  // @ts-expect-error: clusters are listed without a filter
  await longshore.list("clusters", { filter: { name: "a" } });
  // @ts-expect-error: a daemon is named by cluster and name
  await longshore.query("daemon", { cluster: "a" }, { mode: true });
  const input = { cluster: "a", name: "b", taskDefinition: "c", mode: "SOMETIMES" } as const;
  // @ts-expect-error: a mode that there is not
  await longshore.mutate("registerDaemon", { input }, { plan: { start: true } });

  const instances = longshore.informer({
    watch: "containerInstances",
    select: { status: true, remainingResources: { name: true, value: true } },
    indexes: { zone: ({ status }) => status },
  });
  const [instance] = instances.byIndex("zone", "a");
  expectTypeOf(instance?.arn).toEqualTypeOf<string | undefined>();
  expectTypeOf(instance?.remainingResources[0]?.value).toEqualTypeOf<string | undefined>();
  // @ts-expect-error: there is no such field
  longshore.informer({ watch: "tasks", select: { lastStatus: true, status: true } });
  // @ts-expect-error: an index that was not given
  instances.byIndex("family", "a");

  const [task] = await longshore.list("tasks");
  expectTypeOf(task?.timeline[0]?.at).toEqualTypeOf<string | undefined>();
  // @ts-expect-error: another entity is asked for by name
  void task?.containerInstance;
}

it("prints a selection with arguments and lists as GraphQL", () => {
  expect(typed).toBeTypeOf("function");
  const selection = {
    name: true,
    left: undefined,
    placements: [{ first: 5, after: undefined }, { nodes: { state: true } }],
    tasks: [{ filter: { lastStatus: ["RUNNING"], family: 'a"b' } }, { totalCount: true }],
  };
  expect(printSelection(selection)).toBe(
    'name placements(first: 5) { nodes { state } } tasks(filter: {lastStatus: ["RUNNING"] family: "a\\"b"}) { totalCount }',
  );
});

it("refuses an address that is none, and an argument that there is not, before anything is sent", async () => {
  expect(() => createLongshore({ url: "localhost:4000" })).toThrow(/takes an address like/);
  const longshore = createLongshore({ url: "http://127.0.0.1:1" });
  const wrong = { frist: 1 } as object;
  await expect(longshore.query("clusters", wrong, { totalCount: true })).rejects.toThrow(
    /no argument "frist"/,
  );
});
