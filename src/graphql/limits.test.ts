// The limits by themselves: what they stop, what they let through, and that looking costs little.
import { getIntrospectionQuery, getOperationAST, parse, validate } from "graphql";
import { describe, expect, test } from "vitest";
import { costProblem, createCost, readSteps, valuesMax } from "./cost.ts";
import type { FleetSizes } from "./cost.ts";
import { documentLimits, documentProblem, textProblem } from "./document-limits.ts";
import { createSchema } from "./schema.ts";
import { hostileOperations } from "./test-hostile.ts";
import { variablesProblem } from "./operation-limits.ts";

const schema = createSchema();
const fleet: FleetSizes = { clusters: 20, containerInstances: 10_000, tasks: 200_000, daemons: 50 };

/** Why the limits, or GraphQL itself, refuse an operation; undefined when nothing does. */
function problemOf(query: string, variables: unknown = {}, sizes = fleet): string | undefined {
  const early = textProblem(query) ?? variablesProblem(variables);
  if (early !== undefined) return early;
  let document;
  try {
    document = parse(query, { maxTokens: documentLimits.tokens });
  } catch (error) {
    return String(error);
  }
  const problem = documentProblem(document);
  if (problem !== undefined) return problem;
  const [error] = validate(schema, document);
  if (error) return error.message;
  const operation = getOperationAST(document);
  if (!operation) throw new Error(`no operation in ${query}`);
  const given = JSON.parse(JSON.stringify(variables));
  return costProblem(createCost(readSteps(schema, document, operation)), given, () => sizes);
}

/** What execution or the coercion of variables refuses, later. */
const laterRefusals = new Set([
  "a page of a billion",
  "variables that are a list",
  "keys of prototypes",
]);

describe("hostile operations", () => {
  test.each(hostileOperations.filter(({ what }) => !laterRefusals.has(what)))(
    "$what",
    ({ query, variables }) => {
      expect(problemOf(query, variables)).toBeTypeOf("string");
    },
  );

  test("a history costs its minutes", () => {
    const query = (minutes: number) =>
      `{ clusters(first: 100) { nodes { history(minutes: ${minutes}) { at starts stops failures drift } } } }`;
    expect(problemOf(query(60))).toBeUndefined();
    expect(problemOf(query(1440), {}, { ...fleet, clusters: 100 })).toContain("allowed");
    expect(problemOf(query(1440), {}, { ...fleet, clusters: 20 })).toBeUndefined();
  });

  test("are refused by the limit that is meant for them", () => {
    const reason = (what: string) => {
      const found = hostileOperations.find((each) => each.what === what);
      return problemOf(found?.query ?? "", found?.variables);
    };
    expect(reason("50 levels")).toContain("20 deep");
    expect(reason("1,000 levels")).toContain("brackets");
    expect(reason("400 aliases of a list")).toContain("300 aliases");
    expect(reason("100,000 repeated fields")).toContain("100000 characters");
    expect(reason("4,000 repeated fields")).toContain("again and again");
    expect(reason("a fragment in a circle")).toContain("spreads itself");
    expect(reason("2^40 fields by fragments")).toContain("again and again");
    expect(reason("introspection 100 times")).toContain("4 fields of introspection");
    expect(reason("lists of lists of lists")).toContain("values");
    expect(reason("variables 1,000 deep")).toContain("32 deep");
  });
});

describe("honest operations", () => {
  const everyField =
    "{ clusters { nodes { arn name instanceCounts { total active } taskCounts { running } tasks(first: 1000) { nodes { arn lastStatus family containers { name lastStatus networkBindings { hostPort } } } } } } }";

  test("introspection as tools send it", () => {
    expect(problemOf(getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true }))).toBe(
      undefined,
    );
  });

  test("a page of a thousand tasks with all that they have", () => {
    const query =
      "{ tasks(first: 1000) { edges { cursor node { arn family lastStatus tags { key value } containers { name image networkBindings { hostPort containerPort } } containerInstance { arn attributes { name value } } } } } }";
    expect(problemOf(query)).toBe(undefined);
  });

  test("a small fleet wholly, however large its pages", () => {
    const small = { clusters: 3, containerInstances: 60, tasks: 900, daemons: 4 };
    expect(problemOf(everyField, {}, small)).toBe(undefined);
    expect(problemOf(everyField, {}, { ...small, clusters: 100, tasks: 100_000 })).toContain(
      "smaller pages",
    );
  });

  test("a hundred tasks by alias", () => {
    const aliases = Array.from(
      { length: 100 },
      (_, i) => `t${i}: task(arn: "${i}") { arn lastStatus }`,
    );
    expect(problemOf(`{ ${aliases.join(" ")} }`)).toBe(undefined);
  });

  test("brackets and fragments in strings and comments are text", () => {
    const brackets = "[{(".repeat(100);
    expect(textProblem(`# ${brackets}\n{ task(arn: "${brackets}\\"${brackets}") { arn } }`)).toBe(
      undefined,
    );
    expect(textProblem(`{ task(arn: """${brackets} " "" \\""" ${brackets}""") { arn } }`)).toBe(
      undefined,
    );
    expect(textProblem(`{ task(arn: "" ${brackets}`)).toContain("brackets");
  });
});

describe("cost", () => {
  const costOf = (query: string, variables = {}) => {
    const document = parse(query);
    expect(validate(schema, document)).toEqual([]);
    const operation = getOperationAST(document);
    if (!operation) throw new Error("no operation");
    return createCost(readSteps(schema, document, operation))(variables);
  };

  test("is the number of values, page by page", () => {
    expect(costOf("{ clusters(first: 10) { totalCount nodes { arn name } } }")).toBe(32);
    expect(costOf("{ clusters { totalCount } }")).toBe(2);
    expect(costOf("{ tasks { nodes { arn } } }")).toBe(201);
    expect(costOf("{ tasks(first: 0) { nodes { arn } } }")).toBe(1);
  });

  test("takes sizes from variables and their defaults", () => {
    const query = "query ($n: Int = 7) { tasks(first: $n) { nodes { arn } } }";
    expect(costOf(query)).toBe(15);
    expect(costOf(query, { n: 3 })).toBe(7);
    expect(costOf(query, { n: null })).toBe(201);
  });

  test("multiplies what is nested", () => {
    const query =
      "{ containerInstances(first: 10) { nodes { tasks(first: 20) { nodes { arn } } } } }";
    expect(costOf(query)).toBe(1 + 10 * (1 + 1 + 20 * 2));
    expect(costOf(query)).toBeLessThan(valuesMax);
  });
});
