// The ECS cluster query language: reads an expression, answers whether an instance matches. Pure.
// The simulator's own reading of the language, kept apart from production code so that each checks the other.
import type { ContainerInstance } from "./world.ts";

type Matcher = (instance: ContainerInstance) => boolean;

/** An expression read: a matcher, or what is wrong with the text. */
export type Query = { readonly matches: Matcher } | { readonly problem: string };

interface Token {
  readonly kind: "word" | "string" | "symbol";
  readonly text: string;
}

const tokenPattern =
  /\s*(?:(==|!=|=~|!~|>=|<=|>|<|&&|\|\||[()[\],]|!(?!exists\b|in\b))|"([^"]*)"|'([^']*)'|(!(?:exists|in)\b|[^\s()[\],=!<>&|"']+))/y;

function tokenize(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < text.trimEnd().length) {
    const match = tokenPattern.exec(text);
    if (!match) return undefined;
    const [, symbol, double, single, word = ""] = match;
    const quoted = double ?? single;
    if (symbol !== undefined) tokens.push({ kind: "symbol", text: symbol });
    else if (quoted !== undefined) tokens.push({ kind: "string", text: quoted });
    else tokens.push({ kind: "word", text: word });
  }
  return tokens;
}

class Unreadable extends Error {}

const operators: Readonly<Record<string, string>> = {
  "==": "==",
  equals: "==",
  "!=": "!=",
  not_equals: "!=",
  ">": ">",
  greater_than: ">",
  ">=": ">=",
  greater_than_equal: ">=",
  "<": "<",
  less_than: "<",
  "<=": "<=",
  less_than_equal: "<=",
  exists: "exists",
  "!exists": "not_exists",
  not_exists: "not_exists",
  in: "in",
  "!in": "not_in",
  not_in: "not_in",
  "=~": "=~",
  matches: "=~",
  "!~": "!~",
  not_matches: "!~",
};

const plainSubjects: Readonly<
  Record<string, (instance: ContainerInstance) => readonly (string | number)[]>
> = {
  agentConnected: ({ agentConnected }) => [String(agentConnected)],
  agentVersion: ({ agentVersion }) => [agentVersion],
  ec2InstanceId: ({ machine }) => [machine.instanceId],
  registeredAt: ({ registeredAt }) => [registeredAt],
  runningTasksCount: ({ runningTasksCount }) => [runningTasksCount],
  "task:group": ({ tasks }) =>
    [...tasks].flatMap(({ group, desiredStatus }) => (desiredStatus === "RUNNING" ? [group] : [])),
};

/** The values of a subject on an instance: none when it has no such attribute, several for task groups. */
function subjectReader(
  name: string,
): (instance: ContainerInstance) => readonly (string | number)[] {
  const plain = Object.hasOwn(plainSubjects, name) ? plainSubjects[name] : undefined;
  if (plain) return plain;
  if (!name.startsWith("attribute:") || name.length === "attribute:".length)
    throw new Unreadable(`unknown subject "${name}"`);
  const attribute = name.slice("attribute:".length);
  return (instance) =>
    instance.attributes.has(attribute) ? [instance.attributes.get(attribute) ?? ""] : [];
}

function compareVersions(left: string, right: string): number {
  const parts = [left, right].map((text) => text.split(".").map(Number));
  const [a = [], b = []] = parts;
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compare(value: string | number, argument: string): number {
  if (typeof value === "number") {
    const number = /^\d{4}-\d\d-\d\d/.test(argument)
      ? Date.parse(
          argument.includes("T") ? argument.replace(/(T[\d:.]+)$/, "$1Z") : `${argument}T00:00:00Z`,
        )
      : Number(argument);
    return value - number;
  }
  if (/^\d+(\.\d+)*$/.test(value) && /^\d+(\.\d+)*$/.test(argument))
    return compareVersions(value, argument);
  return value < argument ? -1 : value > argument ? 1 : 0;
}

function predicate(
  operator: string,
  values: readonly string[],
): (value: string | number) => boolean {
  const argument = values[0] ?? "";
  switch (operator) {
    case "==":
    case "!=":
      return (value) => compare(value, argument) === 0;
    case ">":
      return (value) => compare(value, argument) > 0;
    case ">=":
      return (value) => compare(value, argument) >= 0;
    case "<":
      return (value) => compare(value, argument) < 0;
    case "<=":
      return (value) => compare(value, argument) <= 0;
    case "in":
    case "not_in":
      return (value) => values.includes(String(value));
    case "=~":
    case "!~": {
      const pattern = compilePattern(argument);
      return (value) => pattern.test(String(value));
    }
    default:
      return () => true;
  }
}

function compilePattern(source: string): RegExp {
  try {
    // Java's matches() looks at the whole text.
    return new RegExp(`^(?:${source})$`);
  } catch {
    throw new Unreadable(`"${source}" is not a regular expression`);
  }
}

const negative = new Set(["!=", "not_in", "!~", "not_exists"]);

function readTokens(tokens: readonly Token[]): Matcher {
  let position = 0;
  const peek = () => tokens[position];
  const take = (): Token => {
    const token = tokens[position++];
    if (!token) throw new Unreadable("the expression ends too early");
    return token;
  };
  const takeIf = (...texts: readonly string[]): boolean => {
    const token = peek();
    if (!token || token.kind === "string" || !texts.includes(token.text)) return false;
    position += 1;
    return true;
  };
  const readValue = (): string => {
    const token = take();
    if (token.kind === "symbol") throw new Unreadable(`"${token.text}" where a value should be`);
    return token.text;
  };
  const readArguments = (operator: string): string[] => {
    if (operator === "exists" || operator === "not_exists") return [];
    if (operator !== "in" && operator !== "not_in") return [readValue()];
    if (!takeIf("[")) throw new Unreadable("a list in [ ] must follow in");
    const values = [readValue()];
    while (takeIf(",")) values.push(readValue());
    if (!takeIf("]")) throw new Unreadable("a list must end with ]");
    return values;
  };
  const readComparison = (): Matcher => {
    const subject = subjectReader(take().text);
    const word = take().text;
    const operator = Object.hasOwn(operators, word) ? operators[word] : undefined;
    if (operator === undefined) throw new Unreadable(`unknown operator "${word}"`);
    const test = predicate(operator, readArguments(operator));
    const matches: Matcher = (instance) => subject(instance).some(test);
    return negative.has(operator) ? (instance) => !matches(instance) : matches;
  };
  const readUnary = (): Matcher => {
    if (takeIf("not", "!")) {
      const inner = readUnary();
      return (instance) => !inner(instance);
    }
    if (!takeIf("(")) return readComparison();
    const inner = readOr();
    if (!takeIf(")")) throw new Unreadable("a parenthesis is not closed");
    return inner;
  };
  const readAnd = (): Matcher => {
    let left = readUnary();
    while (takeIf("and", "&&")) {
      const [first, second] = [left, readUnary()];
      left = (instance) => first(instance) && second(instance);
    }
    return left;
  };
  const readOr = (): Matcher => {
    let left = readAnd();
    while (takeIf("or", "||")) {
      const [first, second] = [left, readAnd()];
      left = (instance) => first(instance) || second(instance);
    }
    return left;
  };
  const matcher = readOr();
  const rest = peek();
  if (rest) throw new Unreadable(`"${rest.text}" is left over`);
  return matcher;
}

/** Reads an expression; an empty text is a problem. */
export function readQuery(text: string): Query {
  const tokens = tokenize(text);
  if (!tokens) return { problem: "it has a character that the language does not know" };
  if (tokens.length === 0) return { problem: "it is empty" };
  try {
    return { matches: readTokens(tokens) };
  } catch (error) {
    if (error instanceof Unreadable) return { problem: error.message };
    throw error;
  }
}
