// Reads the text of a cluster query into its tree. Every refusal says what was expected, what stands there
// and at which column.
import { parseDate, parseVersion } from "./operand.ts";
import type { Operand } from "./operand.ts";
import { parsePattern } from "./pattern.ts";
import { matchAll, subjectText } from "./query.ts";
import type { ClusterQuery, Comparator, Condition, Subject } from "./query.ts";
import { QueryRefusal, Scanner } from "./scanner.ts";
import type { Literal, QueryError } from "./scanner.ts";

export type ClusterQueryResult =
  | { readonly ok: true; readonly query: ClusterQuery }
  | { readonly ok: false; readonly error: QueryError };

/** What ECS takes as the expression of a placement constraint. */
export const queryLengthMax = 2000;
/** Bounds the recursion of everything that walks the tree: parentheses and `not`s together. */
export const queryDepthMax = 50;

/** Reads a cluster query. Empty and white space mean every instance. */
export function parseClusterQuery(text: string): ClusterQueryResult {
  if (text.length > queryLengthMax)
    return {
      ok: false,
      error: {
        message: `the query has ${text.length} characters, ${queryLengthMax} are allowed`,
        column: queryLengthMax + 1,
      },
    };
  const scanner = new Scanner(text);
  try {
    if (scanner.atEnd()) return { ok: true, query: matchAll };
    const query = readOr(scanner, 0);
    if (!scanner.atEnd()) throw refusal(scanner, "expected and, or, or the end of the query");
    return { ok: true, query };
  } catch (error) {
    if (error instanceof QueryRefusal)
      return { ok: false, error: { message: error.message, column: error.index + 1 } };
    throw error;
  }
}

function refusal(scanner: Scanner, expected: string): QueryRefusal {
  const at = scanner.next();
  return new QueryRefusal(`${expected}, ${scanner.found()}`, at);
}

function readOr(scanner: Scanner, depth: number): ClusterQuery {
  return readJoined(scanner, "or", /\|\||or(?![\w.:/\\-])/iy, () => readAnd(scanner, depth));
}

function readAnd(scanner: Scanner, depth: number): ClusterQuery {
  return readJoined(scanner, "and", /&&|and(?![\w.:/\\-])/iy, () => readUnary(scanner, depth));
}

function readJoined(
  scanner: Scanner,
  kind: "and" | "or",
  joint: RegExp,
  readOperand: () => ClusterQuery,
): ClusterQuery {
  const first = readOperand();
  const operands = [first];
  while (scanner.take(joint) !== undefined) operands.push(readOperand());
  return operands.length === 1 ? first : { kind, operands };
}

function readUnary(scanner: Scanner, depth: number): ClusterQuery {
  const at = scanner.next();
  if (depth > queryDepthMax)
    throw new QueryRefusal(`parentheses and not nest more than ${queryDepthMax} deep`, at);
  if (scanner.take(/!|not(?![\w.:/\\-])/iy) !== undefined)
    return { kind: "not", operand: readUnary(scanner, depth + 1) };
  if (scanner.take(/\(/y) === undefined) return readCondition(scanner);
  const query = readOr(scanner, depth + 1);
  if (scanner.take(/\)/y) === undefined)
    throw refusal(scanner, `expected and, or, or a ) for the ( at column ${at + 1}`);
  return query;
}

type Plain = Exclude<Subject, { name: "attribute" }>["name"];
type OperatorKind = "equality" | "order" | "exists" | "in" | "matches";

const texts: readonly OperatorKind[] = ["equality", "in", "matches"];
const amounts: readonly OperatorKind[] = ["equality", "order"];

/** Which operators ECS documents for a subject. For attributes and task:group it excludes none. */
const operatorsOf: Readonly<Record<Subject["name"], readonly OperatorKind[]>> = {
  agentConnected: texts,
  agentVersion: amounts,
  attribute: ["equality", "order", "exists", "in", "matches"],
  ec2InstanceId: texts,
  registeredAt: amounts,
  runningTasksCount: amounts,
  // An order of the groups of several tasks would mean nothing.
  "task:group": ["equality", "exists", "in", "matches"],
};

const isPlain = (name: string): name is Plain => name !== "attribute" && name in operatorsOf;

function readSubject(scanner: Scanner): Subject {
  const at = scanner.next();
  const expected = `expected a subject (${Object.keys(operatorsOf)
    .map((name) => (name === "attribute" ? "attribute:<name>" : name))
    .join(", ")})`;
  const name = scanner.take(/[A-Za-z]\w*(?::[\w./\\-]*)?/y);
  if (name === undefined) throw refusal(scanner, expected);
  if (Object.hasOwn(operatorsOf, name) && isPlain(name)) return { name };
  if (name.startsWith("attribute:")) {
    const attribute = name.slice("attribute:".length);
    if (attribute === "")
      throw refusal(scanner, "expected the name of an attribute right after attribute:");
    return { name: "attribute", attribute };
  }
  throw new QueryRefusal(`${expected}, found ${name}`, at);
}

type Operator =
  | { readonly kind: "equality" | "order"; readonly comparator: Comparator }
  | { readonly kind: "exists" | "in" | "matches"; readonly negated: boolean };

const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["==", { kind: "equality", comparator: "==" }],
  ["equals", { kind: "equality", comparator: "==" }],
  ["!=", { kind: "equality", comparator: "!=" }],
  ["not_equals", { kind: "equality", comparator: "!=" }],
  [">", { kind: "order", comparator: ">" }],
  ["greater_than", { kind: "order", comparator: ">" }],
  [">=", { kind: "order", comparator: ">=" }],
  ["greater_than_equal", { kind: "order", comparator: ">=" }],
  ["<", { kind: "order", comparator: "<" }],
  ["less_than", { kind: "order", comparator: "<" }],
  ["<=", { kind: "order", comparator: "<=" }],
  ["less_than_equal", { kind: "order", comparator: "<=" }],
  ["exists", { kind: "exists", negated: false }],
  ["!exists", { kind: "exists", negated: true }],
  ["not_exists", { kind: "exists", negated: true }],
  ["in", { kind: "in", negated: false }],
  ["!in", { kind: "in", negated: true }],
  ["not_in", { kind: "in", negated: true }],
  ["=~", { kind: "matches", negated: false }],
  ["matches", { kind: "matches", negated: false }],
  ["!~", { kind: "matches", negated: true }],
  ["not_matches", { kind: "matches", negated: true }],
]);

const examples: Readonly<Record<OperatorKind, string>> = {
  equality: "== and !=",
  order: ">, >=, < and <=",
  exists: "exists and !exists",
  in: "in and !in",
  matches: "=~ and !~",
};

function readOperator(scanner: Scanner, subject: Subject): Operator {
  const at = scanner.next();
  const name = subjectText(subject);
  const word = scanner.take(/==|!=|>=|<=|=~|!~|>|<|!?[A-Za-z_]+/y);
  const operator = word === undefined ? undefined : operators.get(word.toLowerCase());
  const allowed = operatorsOf[subject.name];
  if (!operator) {
    scanner.index = at;
    const such = allowed.includes("in") ? "== or in" : "== or >=";
    throw refusal(scanner, `expected an operator such as ${such} after ${name}`);
  }
  if (allowed.includes(operator.kind)) return operator;
  const usable = allowed.map((kind) => examples[kind]).join(", ");
  throw new QueryRefusal(`${name} takes the operators ${usable}, found ${word}`, at);
}

function readCondition(scanner: Scanner): Condition {
  const subject = readSubject(scanner);
  const operator = readOperator(scanner, subject);
  const { kind } = operator;
  switch (kind) {
    case "equality":
    case "order": {
      const operand = readOperand(
        subject,
        readValue(scanner, `a value after ${operator.comparator}`),
      );
      return { kind: "compare", subject, comparator: operator.comparator, operand };
    }
    case "exists":
      return { kind, subject, negated: operator.negated };
    case "in":
      return { kind, subject, negated: operator.negated, values: readList(scanner, subject) };
    case "matches":
      return readMatches(scanner, subject, operator.negated);
  }
}

function readValue(scanner: Scanner, expected: string): Literal {
  const at = scanner.next();
  const literal = scanner.quotedLiteral() ?? scanner.bareLiteral();
  if (!literal) throw refusal(scanner, `expected ${expected} (quote one with other characters)`);
  // Without this, `attribute:a == and attribute:b exists` would be blamed on attribute:b.
  if (!literal.quoted && /^(?:and|or|not)$/i.test(literal.text))
    throw new QueryRefusal(
      `expected ${expected}, found ${literal.text}: quote it if it is the value`,
      at,
    );
  return literal;
}

function readList(scanner: Scanner, subject: Subject): string[] {
  const name = subjectText(subject);
  if (scanner.take(/\[/y) === undefined)
    throw refusal(scanner, `expected a list such as [a, b] for ${name}`);
  const values: string[] = [];
  do {
    const value = readValue(scanner, "a value in the list");
    values.push(readOperand(subject, value).text);
  } while (scanner.take(/,/y) !== undefined);
  if (scanner.take(/\]/y) === undefined) throw refusal(scanner, "expected , or ] in the list");
  return values;
}

function readMatches(scanner: Scanner, subject: Subject, negated: boolean): Condition {
  const literal = scanner.quotedLiteral() ?? scanner.barePattern();
  if (!literal) throw refusal(scanner, "expected a regular expression");
  const result = parsePattern(literal.text);
  if (!result.ok)
    throw new QueryRefusal(
      `in the regular expression: ${result.message}`,
      literal.offsets[result.index] ?? literal.start,
    );
  return { kind: "matches", subject, negated, pattern: result.pattern };
}

/** The argument as what its subject is compared as. */
function readOperand(subject: Subject, { text, start }: Literal): Operand {
  const refuse = (expected: string): never => {
    throw new QueryRefusal(
      `expected ${expected} for ${subjectText(subject)}, found ${text === "" ? "an empty text" : text}`,
      start,
    );
  };
  switch (subject.name) {
    case "agentConnected":
      return text === "true" || text === "false" ? { type: "text", text } : refuse("true or false");
    case "agentVersion": {
      const version = parseVersion(text);
      return version ? { type: "version", text, version } : refuse("a version such as 1.86.0");
    }
    case "registeredAt": {
      const at = parseDate(text);
      return at === undefined
        ? refuse("a date such as 2018-06-18 or 2018-06-18T22:28:28Z")
        : { type: "date", text, at };
    }
    case "runningTasksCount":
      return /^\d{1,9}$/.test(text)
        ? { type: "count", text, count: Number(text) }
        : refuse("a whole number");
    default:
      return { type: "text", text };
  }
}
