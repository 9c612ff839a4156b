// The operations that the pages have: the texts that their documents.ts modules export. GraphQL Code Generator reads them
// from here (codegen.yml), so that what is asked and what is typed cannot differ. Not part of any page.
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "graphql";
import type { DocumentNode } from "graphql";

/** The operations among a module's exports: texts, and objects with texts, also inside of others. */
export function operationsIn(value: unknown): string[] {
  if (typeof value === "string")
    return /^\s*(query|mutation|subscription)\b/.test(value) ? [value] : [];
  return typeof value === "object" && value !== null
    ? Object.values(value).flatMap(operationsIn)
    : [];
}

/** All operations of a module as one document, as a loader of the generator gives them. */
export default async function load(file: string): Promise<DocumentNode> {
  const module: unknown = await import(pathToFileURL(path.resolve(file)).href);
  return parse(operationsIn(module).join("\n"));
}
