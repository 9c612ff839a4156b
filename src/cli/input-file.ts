// The input of a mutation from a file that a person wrote, or from stdin. YAML, of which JSON is a part.
import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { isObject } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import { usageFailure } from "./failure.ts";

function readObject(
  source: string,
  where: string,
  language: string,
  read: (source: string) => unknown,
): JsonObject {
  let value: unknown;
  try {
    value = read(source);
  } catch (error) {
    throw usageFailure(
      `${where} is not ${language}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (!isObject(value)) throw usageFailure(`${where} must be an object.`);
  return value;
}

/** A JSON object from a text that a person wrote. Throws a usage failure that names where it stands. */
export function readJsonObject(source: string, where: string): JsonObject {
  return readObject(source, where, "JSON", (text) => JSON.parse(text));
}

/** The object in a YAML or JSON file, or in stdin for `-`. Throws a usage failure. */
export async function readInputFile(path: string): Promise<JsonObject> {
  const { parse } = await import("yaml");
  if (path === "-") return readObject(await readAll(process.stdin), "stdin", "YAML", parse);
  let source: string;
  try {
    source = await readFile(path, "utf8");
  } catch (error) {
    throw usageFailure(
      `file ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return readObject(source, `file ${path}`, "YAML", parse);
}
