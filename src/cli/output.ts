// The formats that lists and details are printed in for programs: JSON, YAML, CSV and names. Pure, but for loading YAML.
import type { JsonObject } from "../ecs/json.ts";
import type { Resource, ResourceColumn } from "./resources/resource.ts";

export const outputs = ["wide", "json", "yaml", "csv", "name"] as const;
export type Output = "table" | (typeof outputs)[number];

/** What people write for a column: `task-definition` for TASK DEFINITION. */
export function columnName({ title }: { readonly title: string }): string {
  return title.toLowerCase().replaceAll(" ", "-");
}

/** One field of a CSV, by RFC 4180. */
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvLine(fields: readonly string[]): string {
  return `${fields.map(csvField).join(",")}\r\n`;
}

/** What a column says to a program: times as times, nothing shortened. */
export function rawValue(column: ResourceColumn, node: JsonObject, now: number): string {
  return column.raw ? column.raw(node) : column.value(node, now);
}

/** How nodes are written one after the other, as they come. */
export interface Writing {
  readonly begin: string;
  readonly each: (node: JsonObject, isFirst: boolean) => string;
  readonly end: (isEmpty: boolean) => string;
}

/** Nodes go out as they come. Where a page fails, JSON stays open: nobody takes a part for the whole. */
export async function writingOf(
  output: "json" | "yaml" | "csv" | "name",
  { columns, resource }: { columns: readonly ResourceColumn[]; resource: Resource },
  now: number,
): Promise<Writing> {
  switch (output) {
    case "json":
      return {
        begin: "",
        each: (node, isFirst) => `${isFirst ? "[\n" : ",\n"}${JSON.stringify(node)}`,
        end: (isEmpty) => (isEmpty ? "[]\n" : "\n]\n"),
      };
    case "yaml": {
      const toYaml = await yamlWriter();
      return {
        begin: "",
        each: (node) => toYaml([node]),
        end: (isEmpty) => (isEmpty ? "[]\n" : ""),
      };
    }
    case "csv":
      return {
        begin: csvLine(columns.map((column) => columnName(column).replaceAll("-", "_"))),
        each: (node) => csvLine(columns.map((column) => rawValue(column, node, now))),
        end: () => "",
      };
    case "name":
      return { begin: "", each: (node) => `${resource.handle(node)}\n`, end: () => "" };
  }
}

/** Writes YAML that says the same as the JSON would; loaded where it is wanted. */
export async function yamlWriter(): Promise<(value: unknown) => string> {
  const { stringify } = await import("yaml");
  return (value) => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
