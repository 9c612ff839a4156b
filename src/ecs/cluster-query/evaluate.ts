// Decides whether a container instance satisfies a cluster query.
//
// Where ECS's documentation is silent:
// - A subject that an instance does not have satisfies no comparison, the negative ones (`!=`, `!in`, `!~`)
//   included: that is what ECS does (`attribute:retiring != true` lists only instances with that attribute,
//   aws/containers-roadmap issue 486). `!exists` and a `not` before the condition do reach such instances.
//   An attribute with a name only exists, with an empty value.
// - `task:group` stands for all groups on the instance: a positive operator asks for one such group, a
//   negative one for none (so `task:group != db` and `not(task:group == db)` are the same, and an empty
//   instance satisfies both).
// - `==` compares texts exactly, with case; `<` and its kin compare numbers as numbers, other texts by
//   code unit. `=~` has to match the whole value.
// - `registeredAt` is compared in whole seconds; a date without a time is its midnight, UTC.
import { attributeValue } from "../container-instance.ts";
import type { ContainerInstance } from "../container-instance.ts";
import { compareTexts, compareVersions, parseVersion } from "./operand.ts";
import { patternMatches } from "./pattern.ts";
import type { Work } from "./pattern-program.ts";
import type { ClusterQuery, Comparator, Condition, Subject } from "./query.ts";

/** What an instance does not carry itself. */
export interface QueryContext {
  /** The groups of the tasks on the instance that are not stopped. */
  taskGroups(instance: ContainerInstance): Iterable<string>;
  /** How many tasks run there by our own count, for when ECS left `runningTasksCount` out. */
  runningTasksCount?(instance: ContainerInstance): number;
  /** What regular expressions may take; unbounded unless given. Beyond it, matching throws TooMuchWork. */
  readonly work?: Work;
}

export function matchesClusterQuery(
  query: ClusterQuery,
  instance: ContainerInstance,
  context: QueryContext,
): boolean {
  switch (query.kind) {
    case "all":
      return true;
    case "and":
      return query.operands.every((operand) => matchesClusterQuery(operand, instance, context));
    case "or":
      return query.operands.some((operand) => matchesClusterQuery(operand, instance, context));
    case "not":
      return !matchesClusterQuery(query.operand, instance, context);
    default:
      return satisfies(query, instance, context);
  }
}

function satisfies(
  condition: Condition,
  instance: ContainerInstance,
  context: QueryContext,
): boolean {
  const { subject } = condition;
  switch (condition.kind) {
    case "exists":
      return textsOf(subject, instance, context).length > 0 !== condition.negated;
    case "in":
      return some(subject, instance, context, condition.negated, (text) =>
        condition.values.includes(text),
      );
    case "matches":
      return some(subject, instance, context, condition.negated, (text) =>
        patternMatches(condition.pattern, text, context.work),
      );
    case "compare":
      return compares(condition, instance, context);
  }
}

/** Whether some text of the subject passes; negated: whether none does, of a subject that is there. */
function some(
  subject: Subject,
  instance: ContainerInstance,
  context: QueryContext,
  negated: boolean,
  passes: (text: string) => boolean,
): boolean {
  const texts = textsOf(subject, instance, context);
  if (!negated) return texts.some(passes);
  return (subject.name === "task:group" || texts.length > 0) && !texts.some(passes);
}

function textsOf(
  subject: Subject,
  instance: ContainerInstance,
  context: QueryContext,
): readonly string[] {
  switch (subject.name) {
    case "attribute":
      return known(attributeValue(instance, subject.attribute));
    case "agentConnected":
      return [String(instance.agentConnected)];
    case "agentVersion":
      return known(instance.agentVersion);
    case "ec2InstanceId":
      return known(instance.ec2InstanceId);
    case "task:group":
      return [...context.taskGroups(instance)];
    // Compared as numbers, see `difference`.
    case "registeredAt":
    case "runningTasksCount":
      return [];
  }
}

const known = (text: string | undefined): readonly string[] => (text === undefined ? [] : [text]);

function compares(
  condition: Extract<Condition, { kind: "compare" }>,
  instance: ContainerInstance,
  context: QueryContext,
): boolean {
  const { subject, comparator, operand } = condition;
  if (operand.type !== "text") {
    const sign = difference(operand, instance, context);
    return sign !== undefined && holds(comparator, sign);
  }
  if (comparator === "==" || comparator === "!=")
    return some(subject, instance, context, comparator === "!=", (text) => text === operand.text);
  return some(subject, instance, context, false, (text) =>
    holds(comparator, compareTexts(text, operand.text)),
  );
}

/** Above zero when the instance's own value is the greater one; undefined when it has none. */
function difference(
  operand: Exclude<Extract<Condition, { kind: "compare" }>["operand"], { type: "text" }>,
  instance: ContainerInstance,
  context: QueryContext,
): number | undefined {
  switch (operand.type) {
    case "count": {
      const count = instance.runningTasksCount ?? context.runningTasksCount?.(instance);
      return count === undefined ? undefined : count - operand.count;
    }
    case "date":
      return instance.registeredAt === undefined
        ? undefined
        : Math.floor(instance.registeredAt / 1000) * 1000 - operand.at;
    case "version": {
      const version = parseVersion(instance.agentVersion ?? "");
      return version && compareVersions(version, operand.version);
    }
  }
}

function holds(comparator: Comparator, sign: number): boolean {
  switch (comparator) {
    case "==":
      return sign === 0;
    case "!=":
      return sign !== 0;
    case ">":
      return sign > 0;
    case ">=":
      return sign >= 0;
    case "<":
      return sign < 0;
    case "<=":
      return sign <= 0;
  }
}
