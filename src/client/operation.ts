// Documents: one field of Query, Mutation or Subscription with its types, and how changes are followed. Pure.
import type { Fields } from "./errors.ts";
import type { Feed } from "./follow.ts";
import { argumentTypes } from "./generated/tables.ts";
import { filterArguments, kinds } from "./kinds.ts";
import type { Kind } from "./kinds.ts";
import { printSelection } from "./select.ts";
import type { Selected } from "./select.ts";

export type Root = "Query" | "Mutation" | "Subscription";
export type Named<Root> = Exclude<keyof Root, "__typename">;
/** What one operation answers with. */
export type Answer<Root, Name extends keyof Root, S> = Selected<Root, Record<Name, S>>[Name];

const list = (each: readonly string[]) => (each.length === 0 ? "" : `(${each.join(", ")})`);

/** What one field declares and passes; its variables are called as its arguments are, with `mark` behind. */
function argumentsOf(root: Root, field: string, given: object, mark = "") {
  const types: Readonly<Record<string, Readonly<Record<string, string>>>> = argumentTypes[root];
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  const declared = set.map(([name]) => {
    const type = types[field]?.[name];
    if (type === undefined) throw new TypeError(`${field} takes no argument "${name}"`);
    return `$${name}${mark}: ${type}`;
  });
  const passed = list(set.map(([name]) => `${name}: $${name}${mark}`));
  const variables = set.map(([name, value]): [string, unknown] => [`${name}${mark}`, value]);
  return { declared, passed, variables };
}

/** The document that asks one field for a selection, as `answer`. Throws a TypeError for an argument that there is not. */
export function operation(root: Root, field: string, given: object, select: object) {
  const { declared, passed, variables } = argumentsOf(root, field, given);
  const document = `${root.toLowerCase()} ${list(declared)} { answer: ${field}${passed} { ${printSelection(select)} } }`;
  return { document, variables: Object.fromEntries(variables) };
}

/** The same for one field of Query with several sets of arguments, in one request: as `answer0`, `answer1` and so on. */
export function manyOf(field: string, givens: readonly object[], select: object) {
  const each = givens.map((given, index) => argumentsOf("Query", field, given, String(index)));
  const declared = each.flatMap((one) => one.declared);
  const asked = each.map(
    ({ passed }, index) => `answer${index}: ${field}${passed} { ${printSelection(select)} }`,
  );
  const document = `query ${list(declared)} { ${asked.join(" ")} }`;
  return { document, variables: Object.fromEntries(each.flatMap((one) => one.variables)) };
}

/**
 * The subscription to a kind's changes: `change { type cursor <entity> }`, with `$after`, `$snapshot` and
 * `$heartbeatSeconds`. `selection` is printed.
 */
export function feedOf(kind: Kind, filter: Fields, selection: string): Feed {
  const { subscription, entity } = kinds[kind];
  const { declare, pass, variables } = filterArguments(kind, filter);
  const also = ["$after: String", "$snapshot: Boolean", "$heartbeatSeconds: Int"];
  const place = ["after: $after", "snapshot: $snapshot", "heartbeatSeconds: $heartbeatSeconds"];
  const document = `subscription (${[...declare, ...also].join(", ")}) {
    change: ${subscription}(${[...pass, ...place].join(", ")}) { type cursor ${entity} { ${selection} } }
  }`;
  return { document, variables, list: kind, entity };
}
