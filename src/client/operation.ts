// One field of Query, Mutation or Subscription as a document, with its types. Pure.
import { argumentTypes } from "./generated/tables.ts";
import { printSelection } from "./select.ts";
import type { Selected } from "./select.ts";

export type Root = "Query" | "Mutation" | "Subscription";
export type Named<Root> = Exclude<keyof Root, "__typename">;
/** What one operation answers with. */
export type Answer<Root, Name extends keyof Root, S> = Selected<Root, Record<Name, S>>[Name];

/** The document that asks one field for a selection, as `answer`. Throws a TypeError for an argument that there is not. */
export function operation(root: Root, field: string, given: object, select: object) {
  const types: Readonly<Record<string, Readonly<Record<string, string>>>> = argumentTypes[root];
  const names = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  const declared = names.map((name) => {
    const type = types[field]?.[name];
    if (type === undefined) throw new TypeError(`${field} takes no argument "${name}"`);
    return `$${name}: ${type}`;
  });
  const passed = names.map((name) => `${name}: $${name}`);
  const list = (each: readonly string[]) => (each.length === 0 ? "" : `(${each.join(", ")})`);
  const document = `${root.toLowerCase()} ${list(declared)} { answer: ${field}${list(passed)} { ${printSelection(select)} } }`;
  return { document, variables: { ...given } };
}
