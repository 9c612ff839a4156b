// Compiled execution against graphql-js: whatever is asked, both must answer the same text and the same errors.
import {
  buildSchema,
  execute,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  parse,
} from "graphql";
import { describe, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { seededRandom } from "../random.ts";
import { fixedInformer, randomView } from "../testing/fleet.ts";
import { compileOperation } from "./compile.ts";
import type { Context } from "./context.ts";
import { noClientLimits } from "./client-limits.ts";
import { createDocuments } from "./documents.ts";
import type { Documents } from "./documents.ts";
import type { ExecutionAnswer } from "./execute.ts";
import { createSchema } from "./schema.ts";

const seed = process.env["FUZZ_SEED"] ?? String(Date.now());
console.log(`execute.test.ts seed ${seed} (FUZZ_SEED)`);

const schema = createSchema();
const documents = createDocuments(schema);
const view = randomView(seededRandom(seed), { instances: 12, tasks: 60 });

const context: Context = {
  informer: fixedInformer(view),
  // No query here reaches the store.
  get store(): never {
    throw new Error("the store is not there");
  },
  clock: { ...systemClock, now: () => 1_700_000_500_000 },
  rights: "read",
  client: "test",
  expiresAt: undefined,
  refusal: undefined,
  limits: noClientLimits,
};

const runTwice = async (
  from: Documents,
  text: string,
  variables: Record<string, unknown>,
): Promise<ExecutionAnswer[]> => {
  const answers: ExecutionAnswer[] = [];
  // The first run is not compiled, the others are.
  for (let run = 0; run < 3; run++) {
    const prepared = from.prepare(text);
    if (!prepared.ok) throw new Error(JSON.stringify(prepared.errors));
    answers.push(await prepared.execute(context, variables));
  }
  return answers;
};

/** The same by the compiled way alone: an executor that always fell back would agree, too. */
function compiled(text: string, variables: Record<string, unknown>): string | undefined {
  const document = parse(text);
  const operation = getOperationAST(document);
  if (!operation) throw new Error("no operation");
  const definitions = operation.variableDefinitions ?? [];
  const { coerced = {} } = getVariableValues(schema, definitions, variables);
  return compileOperation(schema, document, operation, coerced)?.(context, coerced, undefined);
}

async function compare(text: string, variables: Record<string, unknown> = {}): Promise<void> {
  const reference = await execute({
    schema,
    document: parse(text),
    contextValue: context,
    variableValues: variables,
  });
  const errors = JSON.stringify(reference.errors ?? []);
  const isWhole = errors === "[]" && !text.includes("__schema");
  const data = JSON.stringify(reference.data);
  expect(isWhole ? compiled(text, variables) : data).toBe(data);
  for (const answer of await runTwice(documents, text, variables)) {
    expect(answer.data).toBe(
      reference.data === undefined ? undefined : JSON.stringify(reference.data),
    );
    expect(JSON.stringify(answer.errors)).toBe(errors);
  }
}

const everything = `query ($first: Int = 7, $family: String, $withTags: Boolean = true, $no: Boolean = false) {
  clusters { nodes { __typename arn name region account instanceCounts { total active draining agentDisconnected }
    taskCounts { total running pending stopped } freshness { lastEventAt driftRepaired } changeCursor
    tasks(first: $first, filter: { family: $family }) { totalCount pageInfo { hasNextPage endCursor } edges { cursor node { ...task } } }
    daemons { nodes { name mode paused revision revisions { revision createdAt } status { phase desired running waiting } } } } }
  containerInstances(first: 5) { nodes { id status registeredAt registeredResources { name type value } attributes { name value }
    tasks { nodes { id } } daemons { name state reason } } }
  endpoints(first: 20) { nodes { host port healthy task { arn } } }
  again: tasks(first: 2) { nodes { ... on Task { id } also: arn @skip(if: true) ...task @include(if: $no) } }
}
fragment task on Task { arn id cluster { arn name } containerInstance { id privateIpAddress } family group startedBy
  lastStatus createdAt startedAt stoppedAt stoppedReason tags @include(if: $withTags) { key value } daemon { name }
  containers { name exitCode networkBindings { hostPort protocol } } endpoints { port } timeline { lastStatus at } }`;

describe("answers are those of graphql-js", () => {
  test("for everything at once, with defaults, variables and conditions", async () => {
    await compare(everything);
    await compare(everything, { first: 3, family: "harbor", withTags: false });
    await compare(everything, { no: true });
  });

  test("for texts that JSON escapes", async () => {
    expect(view.tasks.size).toBe(60);
    await compare(`{ tasks(filter: { lastStatus: [STOPPED] }) { nodes { stoppedReason } } }`);
  });

  test("for introspection", async () => {
    await compare(`{ __schema { queryType { name } } tasks { __typename totalCount } }`);
  });

  test("for what is refused: arguments, variables, expressions", async () => {
    await compare(`{ tasks(first: 5000) { totalCount } clusters { totalCount } }`);
    await compare(`{ containerInstances(filter: { expression: "nonsense !" }) { totalCount } }`);
    await compare(`{ cluster(cluster: "quay") { tasks(first: -1) { totalCount } name } }`);
    await compare(
      `query ($s: [TaskStatus!]) { tasks(filter: { lastStatus: $s }) { totalCount } }`,
      { s: ["RUNNING"] },
    );
  });

  test("for random selections of fields", async () => {
    const random = seededRandom(seed);
    const fields =
      "arn id family group startedBy launchType lastStatus cpu createdAt stoppedReason".split(" ");
    const nested = [
      "cluster { name arn }",
      "containerInstance { id agentConnected tasks(first: 2) { nodes { id } } }",
      "containers { name image }",
      "timeline { at }",
      "daemon { name }",
    ];
    for (let round = 0; round < 40; round++) {
      const picked = Array.from({ length: random.int(1, 12) }, (_, index) => {
        const field = random.chance(0.7) ? random.pick(fields) : random.pick(nested);
        const alias = random.chance(0.2) ? `a${index}: ` : "";
        return `${alias}${field} ${random.chance(0.2) && !field.includes("{") ? `@include(if: ${random.chance(0.5)})` : ""}`;
      });
      await compare(
        `{ tasks(first: ${random.int(0, 20)}) { nodes { __typename ${picked.join(" ")} } } }`,
      );
    }
  });
});

describe("on a schema where things go wrong", () => {
  const odd = buildSchema(`
    type Query { item: Item! items: [Item!] list: [Int!]! later: Int word: Word boom: Item count: Int }
    type Item { id: ID! name: String! boom: String deep: Item }
    enum Word { GOOD }
  `);
  const oddDocuments = createDocuments(odd);
  const root = {
    item: { id: 1, name: null, deep: { id: "x", name: "y" } },
    items: [
      { id: 1, name: "a" },
      { id: 2, name: undefined },
    ],
    list: [1, 2.5],
    later: () => Promise.resolve(3),
    word: "BAD",
    boom: new GraphQLError("boom", { extensions: { code: "NOT_FOUND" } }),
    count: Number.NaN,
  };

  test.each([
    "{ item { id name } }",
    "{ item { id deep { id name } } }",
    "{ items { id name } count }",
    "{ items { id } }",
    "{ list }",
    "{ later word }",
    "{ word boom { id } }",
    "{ item { boom } }",
  ])("%s fails as in graphql-js, at the same path", async (text) => {
    const reference = await execute({ schema: odd, document: parse(text), rootValue: root });
    for (let run = 0; run < 3; run++) {
      const prepared = oddDocuments.prepare(text);
      if (!prepared.ok) throw new Error("refused");
      const answer = await prepared.execute(context, {}, root);
      expect(answer.data).toBe(JSON.stringify(reference.data));
      expect(JSON.stringify(answer.errors)).toBe(JSON.stringify(reference.errors ?? []));
    }
  });
});

describe("documents", () => {
  test("are kept: the same text is the same prepared operation, per operation name", () => {
    const text = "query A { clusters { totalCount } } query B { tasks { totalCount } }";
    expect(documents.prepare(text, "A")).toBe(documents.prepare(text, "A"));
    expect(documents.prepare(text, "B")).not.toBe(documents.prepare(text, "A"));
  });

  test("are refused with a place and BAD_USER_INPUT: unreadable, invalid, ambiguous, too long", () => {
    const long = `{ ${"a".repeat(3).concat(" ").repeat(20_000)} }`;
    for (const [text, name, message] of [
      ["{", undefined, "Syntax Error"],
      ["{ nothing }", undefined, "Cannot query field"],
      ["query A { clusters { totalCount } } query B { __typename }", undefined, "operationName"],
      ["{ clusters { totalCount } }", "A", '"A"'],
      [long, undefined, "6000 tokens"],
      [
        "subscription ($x: Boolean!) { taskChanges @skip(if: $x) { type } }",
        undefined,
        "was not provided",
      ],
      ["subscription { taskChanges @skip(if: true) { type } }", undefined, "no @skip and @include"],
      [
        "subscription { ...all } fragment all on Subscription { ... @include(if: false) { taskChanges { type } } }",
        undefined,
        "no @skip and @include",
      ],
    ] as const) {
      const refused = documents.prepare(text, name);
      if (refused.ok) throw new Error(`not refused: ${text.slice(0, 50)}`);
      const [error] = refused.errors;
      expect(error?.message).toContain(message);
      expect(error?.extensions["code"]).toBe("BAD_USER_INPUT");
    }
  });
});
