// Everything that the pages ask is what the schema offers: every export of every documents.ts below this folder.
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildSchema, parse, validate } from "graphql";
import { expect, it } from "vitest";
import { exampleTabs } from "../playground/examples.ts";
import { operationsIn } from "./operations-of.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const schema = buildSchema(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));

const files = readdirSync(here, { recursive: true, encoding: "utf8" });
const modules = files.filter((name) => /(^|\/)documents\.ts$/.test(name));
const operations = (
  await Promise.all(
    modules.map(async (name) =>
      operationsIn((await import(/* @vite-ignore */ `${here}${name}`)) as unknown),
    ),
  )
).flat();

it.each([...operations, ...exampleTabs.map(({ query }) => query)])("%s is valid", (query) => {
  expect(validate(schema, parse(query))).toEqual([]);
});

it("finds them, and no page keeps an operation elsewhere", () => {
  expect(operations.length).toBeGreaterThan(10);
  const elsewhere = files
    .filter((name) => /\.tsx?$/.test(name) && !/documents(\.test)?\.ts$/.test(name))
    .filter((name) =>
      /`\s*(query|mutation|subscription)\s+\w+\s*[({]/.test(readFileSync(`${here}${name}`, "utf8")),
    );
  expect(elsewhere).toEqual([]);
});
