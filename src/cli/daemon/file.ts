// Daemons from a file that a person wrote, or from stdin: YAML or JSON, one document or several, checked against the
// API's schema before anything is sent. Every complaint names its line.
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { buildSchema, coerceInputValue, isInputObjectType } from "graphql";
import type { GraphQLInputObjectType } from "graphql";
import { LineCounter, isNode, parseAllDocuments } from "yaml";
import type { Document } from "yaml";
import { isObject } from "../../ecs/json.ts";
import type { JsonObject } from "../../ecs/json.ts";
import { usageFailure } from "../failure.ts";

export type InputType = "RegisterDaemonInput" | "UpdateDaemonInput";

/** What a file says of one daemon, and where. */
export interface DaemonDocument {
  readonly input: JsonObject;
  /** `daemon.yaml:12`: where it begins; undefined when options alone say it. */
  readonly where: string | undefined;
}

interface Problem {
  readonly line: number;
  readonly message: string;
}

function inputType(name: InputType): GraphQLInputObjectType {
  const schema = readFileSync(new URL("../../../schema.graphql", import.meta.url), "utf8");
  const type = buildSchema(schema, { assumeValid: true }).getType(name);
  if (!isInputObjectType(type)) throw new Error(`schema.graphql has no input ${name}`);
  return type;
}

type Path = readonly (string | number)[];

/** The line of a member, or of the nearest thing around it that the file has. */
function lineOf(document: Document, path: Path, lines: LineCounter): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return lines.linePos(document.contents?.range?.[0] ?? 0).line;
}

/** What options set over what a file says. */
export type Merge = (file: JsonObject) => JsonObject;

/** What the schema does not accept of a document, after options had their say. */
function problemsOf(
  document: Document,
  type: GraphQLInputObjectType,
  lines: LineCounter,
  merge: Merge,
): Problem[] {
  const value: unknown = document.toJS();
  if (!isObject(value))
    return [{ line: lineOf(document, [], lines), message: "it must be an object: name: ..." }];
  const problems: Problem[] = [];
  coerceInputValue(merge(value), type, (path, _, { message }) => {
    // A name that the schema has not is told of what holds it: its own line is what helps.
    const [, unknown] = /^Field "(\w+)" is not defined/.exec(message) ?? [];
    const place = unknown === undefined ? path : [...path, unknown];
    const at = path.length === 0 ? "" : `${path.join(".")}: `;
    problems.push({ line: lineOf(document, place, lines), message: `${at}${message}` });
  });
  return problems;
}

async function readSource(path: string): Promise<string> {
  if (path === "-") return readAll(process.stdin);
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageFailure(`file ${path} cannot be read: ${reason}`);
  }
}

function complain(name: string, problems: readonly Problem[]): never {
  const inOrder = problems.toSorted((a, b) => a.line - b.line);
  const told = inOrder.map(({ line, message }) => `  ${name}:${line}: ${message}`);
  throw usageFailure(`${name} cannot be used; nothing was changed.\n${told.join("\n")}`);
}

/** The daemons in a text, in its order. Throws a usage failure that names every problem with its line. */
export function parseDaemons(
  source: string,
  name: string,
  type: InputType,
  merge: Merge = (file) => file,
): readonly DaemonDocument[] {
  const lines = new LineCounter();
  // Keys that stand twice, and aliases that multiply, are refused by the parser itself.
  const parsed = parseAllDocuments(source, { lineCounter: lines, prettyErrors: false });
  const documents = Array.isArray(parsed) ? parsed.filter((each) => each.toJS() !== null) : [];
  const broken = (Array.isArray(parsed) ? parsed : []).flatMap(({ errors }) =>
    errors.map(({ message, pos: [at] }) => ({ line: lines.linePos(at).line, message })),
  );
  if (broken.length > 0) complain(name, broken);
  if (documents.length === 0) throw usageFailure(`${name} says nothing of any daemon.`);
  const schema = inputType(type);
  const problems = documents.flatMap((each) => problemsOf(each, schema, lines, merge));
  if (problems.length > 0) complain(name, problems);
  return documents.map((document) => {
    const input: unknown = document.toJS();
    return {
      input: merge(isObject(input) ? input : {}),
      where: `${name}:${lineOf(document, [], lines)}`,
    };
  });
}

/** The daemons in a file, or in stdin for `-`. Throws a usage failure. */
export async function readDaemons(
  path: string,
  type: InputType,
  merge: Merge = (file) => file,
): Promise<readonly DaemonDocument[]> {
  const source = await readSource(path);
  return parseDaemons(source, path === "-" ? "stdin" : path, type, merge);
}
