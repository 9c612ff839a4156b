// Which subscriptions are one: those that are told the same, and no others, however their documents are written.
import { getOperationAST, parse, validate } from "graphql";
import { expect, test } from "vitest";
import { createSchema } from "../schema.ts";
import { readSelection, shapeOf } from "./selection.ts";

const schema = createSchema();

function selectionOf(text: string, variables: Record<string, unknown> = {}) {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  const operation = getOperationAST(document);
  if (!operation) throw new Error(`no operation in ${text}`);
  const shape = shapeOf(document, operation, () => "task");
  return readSelection(schema, operation, shape, variables, "read");
}

const head = "taskChanges { type cursor }";

test("a field that is written down several times counts with each of its parts", () => {
  const whole = selectionOf(`subscription { ${head} taskChanges { task { arn lastStatus } } }`);
  const other = selectionOf(`subscription { ${head} taskChanges { task { arn family } } }`);
  const none = selectionOf(`subscription { ${head} }`);
  expect(new Set([whole, other, none].map(({ groupKey }) => groupKey)).size).toBe(3);
  expect([...(whole.shape.paths ?? [])]).toEqual(["arn", "lastStatus"]);
  expect(none.shape.paths).toBe(undefined);
});

test("and so do fragments, and the variables in all of them", () => {
  const text = (inner: string) =>
    `subscription ($no: Boolean!) { ...a ...b }
     fragment a on Subscription { ${head} }
     fragment b on Subscription { taskChanges { task { arn ...c } } }
     fragment c on Task { ${inner} @skip(if: $no) }`;
  const family = selectionOf(text("family"), { no: false });
  expect(family.groupKey).not.toBe(selectionOf(text("group"), { no: false }).groupKey);
  expect(family.groupKey).not.toBe(selectionOf(text("family"), { no: true }).groupKey);
  expect(family.groupKey).toBe(selectionOf(text("family"), { no: false }).groupKey);
  expect([...(family.shape.paths ?? [])]).toEqual(["arn", "family"]);
});

test("where each begins makes no difference, what is asked for does", () => {
  const text = (given: string) =>
    `subscription { taskChanges(${given}) { type } taskChanges(${given}) { cursor } }`;
  const key = (given: string) => selectionOf(text(given)).groupKey;
  expect(key("snapshot: true")).toBe(key("snapshot: false"));
  expect(key('filter: { family: "a" }')).not.toBe(key('filter: { family: "b" }'));
});
