// Simulated users ask for what the schema knows, and state what they asked and were told, whatever becomes of the answer.
import { readFileSync } from "node:fs";
import { buildSchema, getVariableValues, Kind, parse, validate } from "graphql";
import { expect, test } from "vitest";
import { seededRandom } from "../random.ts";
import { createManualClock } from "../simulator/manual-clock.ts";
import type { FactBody, FactOf } from "./facts.ts";
import { createUsers } from "./users.ts";
import type { Entrance } from "./users.ts";

const schema = buildSchema(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));

/** Why an operation could not be asked of the schema. */
function problemOf(text: string, variables: Readonly<Record<string, unknown>>): string | undefined {
  const document = parse(text);
  const [problem] = validate(schema, document);
  if (problem) return problem.message;
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) return "no operation";
  return getVariableValues(schema, operation.variableDefinitions ?? [], variables).errors?.[0]
    ?.message;
}

async function watch(minutes: number, answer: Entrance["execute"]) {
  const clock = createManualClock();
  const facts: FactBody[] = [];
  const users = createUsers({
    clock,
    random: seededRandom(3),
    tell: (fact) => facts.push(fact),
    entrances: () => [{ process: "api-1", execute: answer }],
    clusters: () => [
      {
        name: "harbor",
        arn: "arn:aws:ecs:us-east-1:111122223333:cluster/harbor",
        instances: ["a", "b"],
      },
    ],
    definitions: { always: ["log-router:1"], once: ["save-volume:1"] },
    perMinute: 60,
  });
  for (let step = 0; step < minutes * 60; step++) {
    clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  users.end();
  const of = <Name extends FactBody["kind"]>(kind: Name) =>
    facts.filter((fact): fact is FactOf<Name> => fact.kind === kind);
  return { asked: of("asked"), told: of("told"), looked: of("looked") };
}

test("every mutation is one of the schema, and all kinds of them are drawn", async () => {
  const problems = new Set<string | undefined>();
  const { asked, told, looked } = await watch(10, async (text, variables) => {
    problems.add(problemOf(text, variables));
    if (text.startsWith("query"))
      return {
        errors: [],
        data: {
          daemons: {
            nodes: [{ name: "x", status: { phase: "ACTIVE" }, placements: { nodes: [] } }],
          },
        },
      };
    const mutation = /\{ (\w+)\(/.exec(text)?.[1] ?? "";
    return { errors: [], data: { [mutation]: { daemon: { name: "x", revision: 1 } } } };
  });
  expect([...problems]).toEqual([undefined]);
  expect(new Set(asked.map(({ mutation }) => mutation))).toEqual(
    new Set(
      ["register", "update", "promote", "pause", "resume", "rollback", "rerun", "deregister"].map(
        (verb) => `${verb}Daemon`,
      ),
    ),
  );
  expect(asked.some(({ expects }) => expects === "CONFLICT")).toBe(true);
  expect(asked.some(({ dryRun }) => dryRun)).toBe(true);
  expect(told).toHaveLength(asked.length);
  expect(looked.length).toBeGreaterThan(10);
});

test("an answer that never comes is lost; what must be there from the beginning is asked for again", async () => {
  const { asked, told } = await watch(1, () => new Promise(() => {}));
  expect(new Set(told.map(({ outcome }) => outcome))).toEqual(new Set(["lost"]));
  const [first] = asked;
  expect(asked.filter(({ input }) => input === first?.input).length).toBeGreaterThan(1);
});
