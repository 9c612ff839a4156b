// Everything that the pages ask is what the schema offers.
import { readFileSync } from "node:fs";
import { buildSchema, parse, validate } from "graphql";
import { expect, it } from "vitest";
import { exampleTabs } from "../playground/examples.ts";
import { documents, freshnessQuery, instanceQuery } from "./documents.ts";

const schema = buildSchema(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));

it.each([
  ...Object.values(documents).map(({ query }) => query),
  freshnessQuery,
  instanceQuery,
  ...exampleTabs.map(({ query }) => query),
])("%s is valid", (query) => {
  expect(validate(schema, parse(query))).toEqual([]);
});
