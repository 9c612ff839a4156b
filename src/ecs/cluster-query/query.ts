// The tree that a cluster query becomes, and what can be read off it without an instance: its canonical
// text and the subjects it depends on. Pure data; never parses, never evaluates.
import type { Operand } from "./operand.ts";
import type { Pattern } from "./pattern.ts";

/** What a condition looks at. */
export type Subject =
  | { readonly name: "attribute"; readonly attribute: string }
  | {
      readonly name:
        | "agentConnected"
        | "agentVersion"
        | "ec2InstanceId"
        | "registeredAt"
        | "runningTasksCount"
        | "task:group";
    };

export type Comparator = "==" | "!=" | ">" | ">=" | "<" | "<=";

/** One `subject operator argument`. `negated` is the operator's own `!`, not a `not` before the condition. */
export type Condition =
  | {
      readonly kind: "compare";
      readonly subject: Subject;
      readonly comparator: Comparator;
      readonly operand: Operand;
    }
  | { readonly kind: "exists"; readonly subject: Subject; readonly negated: boolean }
  | {
      readonly kind: "in";
      readonly subject: Subject;
      readonly negated: boolean;
      readonly values: readonly string[];
    }
  | {
      readonly kind: "matches";
      readonly subject: Subject;
      readonly negated: boolean;
      readonly pattern: Pattern;
    };

/** A parsed cluster query. Plain data: two queries with equal trees mean the same. */
export type ClusterQuery =
  | { readonly kind: "all" }
  | { readonly kind: "and" | "or"; readonly operands: readonly ClusterQuery[] }
  | { readonly kind: "not"; readonly operand: ClusterQuery }
  | Condition;

/** Selects every instance: what an empty selector means. */
export const matchAll: ClusterQuery = { kind: "all" };

/** The subject as it is written in a query: `attribute:stack`, `task:group`, `agentVersion`. */
export function subjectText(subject: Subject): string {
  return subject.name === "attribute" ? `attribute:${subject.attribute}` : subject.name;
}

/**
 * The subjects that the answer depends on, as they are written in a query. A change of an instance that
 * touches none of them cannot change whether it matches.
 */
export function queryMentions(query: ClusterQuery): ReadonlySet<string> {
  switch (query.kind) {
    case "all":
      return new Set();
    case "and":
    case "or":
      return new Set(query.operands.flatMap((operand) => [...queryMentions(operand)]));
    case "not":
      return queryMentions(query.operand);
    default:
      return new Set([subjectText(query.subject)]);
  }
}

// Quoted text keeps a backslash that escapes nothing, so only these two need escaping.
const quoted = (text: string): string => `'${text.replace(/['\\]/g, (char) => `\\${char}`)}'`;

/** Canonical text of a query: parsing it gives an equal tree. Empty for {@link matchAll}. */
export function formatClusterQuery(query: ClusterQuery): string {
  switch (query.kind) {
    case "all":
      return "";
    case "and":
      return query.operands.map((operand) => within(operand, ["and", "or"])).join(" and ");
    case "or":
      return query.operands.map((operand) => within(operand, ["or"])).join(" or ");
    case "not":
      return `not ${within(query.operand, ["and", "or"])}`;
    case "compare":
      return `${subjectText(query.subject)} ${query.comparator} ${quoted(query.operand.text)}`;
    case "exists":
      return `${subjectText(query.subject)} ${query.negated ? "!exists" : "exists"}`;
    case "in":
      return `${subjectText(query.subject)} ${query.negated ? "!in" : "in"} [${query.values.map(quoted).join(", ")}]`;
    case "matches":
      return `${subjectText(query.subject)} ${query.negated ? "!~" : "=~"} ${quoted(query.pattern.source)}`;
  }
}

function within(operand: ClusterQuery, bracketed: readonly ClusterQuery["kind"][]): string {
  const text = formatClusterQuery(operand);
  return bracketed.includes(operand.kind) ? `(${text})` : text;
}
