// The guides tell the truth: every GraphQL example in them is valid against the schema, every link leads somewhere.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSchema, parse, validate } from "graphql";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const files = [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const schema = buildSchema(readFileSync(join(root, "schema.graphql"), "utf8"));

const examplesIn = (text: string) =>
  [...text.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, code = ""]) => code);
const linksIn = (text: string) =>
  [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = ""]) => link);

describe.each(files)("%s", (name) => {
  const text = readFileSync(join(root, name), "utf8");
  test("has examples that the schema accepts", () => {
    const problems = examplesIn(text).flatMap((code) =>
      validate(schema, parse(code)).map(({ message }) => message),
    );
    expect(problems).toEqual([]);
  });
  test("has links that lead somewhere", () => {
    expect(linksIn(text).filter((link) => !existsSync(join(root, dirname(name), link)))).toEqual(
      [],
    );
  });
});

test("there are examples to check", () => {
  expect(
    files.flatMap((name) => examplesIn(readFileSync(join(root, name), "utf8"))).length,
  ).toBeGreaterThan(5);
});
