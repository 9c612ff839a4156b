// Whatever limits operations lets through what honest clients ask: every operation of the guides, the examples, the
// tests, the pages and the command line, on a large fleet.
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isInputObjectType, Kind, parse, typeFromAST } from "graphql";
import type { DocumentNode } from "graphql";
import { expect, test } from "vitest";
import type { ClusterView } from "../changes/cluster-view.ts";
import type { TaskField } from "../changes/task-index.ts";
import { operation } from "../client/operation.ts";
import { allResources } from "../cli/resources/all.ts";
import { details } from "../cli/describe.ts";
import { pageOf } from "../cli/reading.ts";
import { systemClock } from "../clock.ts";
import { operationsIn } from "../dashboard/operations-of.ts";
import { testCluster } from "../testing/entities.ts";
import { fixedInformer } from "../testing/fleet.ts";
import { noClientLimits } from "./client-limits.ts";
import { OperationContext } from "./context.ts";
import { createDocuments } from "./documents.ts";
import { operationProblem } from "./operation-limits.ts";
import { createSchema } from "./schema.ts";

const schema = createSchema();
const documents = createDocuments(schema);
const caller = { rights: "read", client: "x", expiresAt: undefined, refusal: undefined } as const;

function contextOf(...views: readonly ClusterView[]): OperationContext {
  const work = { store: {} as never, clock: systemClock, limits: noClientLimits };
  return new OperationContext(caller, { ...work, informer: fixedInformer(...views) });
}

/** Clusters as far as limits look at them: how much they have. Most tasks are RUNNING, and all of one family. */
function clusters(count: number, instances: number, tasks: number, daemons: number) {
  const having = (size: number) => ({ size });
  return Array.from({ length: count }, (_, at) => {
    const view = {
      arn: `${testCluster}-${at}`,
      instances: having(instances),
      tasks: having(tasks),
      taskIds: having(tasks),
      daemons: having(daemons),
      tasksWith: (field: TaskField, value: string) =>
        having(field === "lastStatus" && value !== "RUNNING" ? 0 : tasks),
    };
    return view as unknown as ClusterView;
  });
}

function problemOf(text: string, variables: unknown, context: OperationContext) {
  const prepared = documents.prepare(text);
  if (!prepared.ok) throw new Error(`${text}: ${prepared.errors[0]?.message}`);
  return operationProblem(prepared, variables as Record<string, unknown>, context);
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Texts in a file that are operations of the schema, as they stand there. */
function operationsOf(path: string): string[] {
  const text = readFileSync(`${root}${path}`, "utf8");
  const literals = path.endsWith(".md")
    ? /```graphql\n([^]*?)```/g
    : /`((?:\\.|[^`\\])*)`|"((?:\\.|[^"\\\n])*)"/g;
  return [...text.matchAll(literals)].flatMap(([, block, line]) => {
    const found = block ?? line?.replaceAll('\\"', '"') ?? "";
    return documents.prepare(found).ok ? [found] : [];
  });
}

/** Values for the variables that have none: as much as each takes. */
function variablesOf({ definitions }: DocumentNode): Record<string, unknown> {
  const usual: Record<string, unknown> = {
    TaskFilter: { lastStatus: ["RUNNING"], desiredStatus: "RUNNING" },
    ContainerInstanceFilter: { expression: "agentConnected == true" },
    EndpointFilter: { containerPort: 80 },
    Int: 1000,
    Boolean: true,
  };
  return Object.fromEntries(
    definitions.flatMap((each) =>
      each.kind === Kind.OPERATION_DEFINITION
        ? (each.variableDefinitions ?? []).flatMap(({ variable, type, defaultValue }) => {
            if (defaultValue) return [];
            const inner = String(typeFromAST(schema, type as never)).replace(/[[\]!]/g, "");
            const isInput = isInputObjectType(schema.getType(inner));
            return [[variable.name.value, usual[inner] ?? (isInput ? {} : null)]];
          })
        : [],
    ),
  );
}

async function honestOperations(): Promise<string[]> {
  const files = globSync(
    ["README.md", "docs/*.md", "examples/**/*.ts", "test/**/*.ts", "src/**/*.{ts,tsx}"],
    { cwd: root },
  ).filter((path) => !/node_modules|generated|hostile|graphql\/(looks|limits)\.test/.test(path));
  const pages = files.filter((path) => /^src\/dashboard\/.*documents\.ts$/.test(path));
  const ofPages = await Promise.all(
    pages.map(async (path) => operationsIn(await import(/* @vite-ignore */ `${root}${path}`))),
  );
  const page = { first: 1000, after: null };
  const ofLists = allResources.flatMap(({ filters, shown, full }) => {
    const filter = Object.fromEntries(filters.map(({ argument }) => [argument, null]));
    return [shown, full].map(
      (asked) => operation("Query", ...pageOf(asked, { filter, ...page })).document,
    );
  });
  const given = {
    cluster: { cluster: "quay-0" },
    daemon: { cluster: "quay-0", name: "d0" },
    task: { arn: "a" },
    containerInstance: { arn: "a" },
  };
  const ofDetails = Object.values(details).map(
    ({ asked: { field, select } }) => operation("Query", field, given[field], select).document,
  );
  return [...files.flatMap(operationsOf), ...ofPages.flat(), ...ofLists, ...ofDetails];
}

test("all are let through on 10,000 container instances with 100,000 tasks, in one cluster and in twenty", async () => {
  const operations = await honestOperations();
  expect(operations.length).toBeGreaterThan(150);
  for (const views of [clusters(1, 10_000, 100_000, 20), clusters(20, 500, 5000, 5)]) {
    const context = contextOf(...views);
    const refused = operations.flatMap((text) => {
      const problem = problemOf(text, variablesOf(parse(text)), context);
      return problem === undefined ? [] : [`${text}\n${problem.message}`];
    });
    expect(refused).toEqual([]);
  }
});

test("and on that fleet what would hold everybody up is refused, with its code", () => {
  const context = contextOf(...clusters(1, 10_000, 100_000, 20));
  const count =
    "tasks(first: 0, filter: { lastStatus: [RUNNING], desiredStatus: RUNNING }) { totalCount }";
  const again = Array.from({ length: 200 }, (_, at) => `a${at}: ${count}`).join(" ");
  expect(problemOf(`{ ${again} }`, {}, context)).toMatchObject({
    message: expect.stringContaining("ask in several requests"),
    extensions: { code: "BAD_USER_INPUT" },
  });
});
