// What the daemons' pages know of the API's answers. The API answers a document with exactly its fields, so only that
// there is something is looked at. Types and reading; no I/O.
import type {
  Dashboard_DaemonEventsQuery,
  Dashboard_DaemonQuery,
  Dashboard_ExplainQuery,
  Dashboard_PlacementsQuery,
  Dashboard_RegisterDaemonMutation,
} from "../generated/operations.ts";
import type { Answer } from "../live.ts";
import { at, fieldsOf, isFields } from "../read.ts";

/** One daemon in full. */
export type DaemonDetails = NonNullable<Dashboard_DaemonQuery["daemon"]>;

/** Newest first, in a daemon's list of them. */
export type Revision = DaemonDetails["revisions"][number];
export type Tag = Revision["tags"][number];

/** `stop` and `keep` are ARNs of tasks, all else of container instances. */
export type Plan = Dashboard_RegisterDaemonMutation["registerDaemon"]["plan"];

export type Placement = NonNullable<
  Dashboard_PlacementsQuery["daemon"]
>["placements"]["nodes"][number];

export type DaemonEvent = NonNullable<Dashboard_DaemonEventsQuery["daemon"]>["events"][number];

type Explanation = NonNullable<Dashboard_ExplainQuery["daemon"]>["explain"];

// The API answers with what was asked for, so that something is there is all that there is to see.
const isDaemon = (value: unknown): value is DaemonDetails => isFields(value);
const isExplanation = (value: unknown): value is Explanation => isFields(value);
const isPlan = (value: unknown): value is Plan => isFields(value);

export function readDaemon(data: unknown): DaemonDetails | undefined {
  const daemon = at(data, "daemon");
  return isDaemon(daemon) ? daemon : undefined;
}

export function readExplanation(data: unknown): Explanation | undefined {
  const explanation = at(data, "daemon", "explain");
  return isExplanation(explanation) ? explanation : undefined;
}

export const readEvents = (data: unknown): readonly DaemonEvent[] =>
  fieldsOf(at(data, "daemon", "events")) as unknown as readonly DaemonEvent[];

/** A page of placements, and the cursor of the next. */
export function readPlacements(data: unknown): {
  readonly nodes: readonly Placement[];
  readonly next: string | undefined;
} {
  const page = at(data, "daemon", "placements");
  const next = at(page, "pageInfo", "hasNextPage") === true && at(page, "pageInfo", "endCursor");
  return {
    nodes: fieldsOf(at(page, "nodes")) as unknown as readonly Placement[],
    next: typeof next === "string" ? next : undefined,
  };
}

/** The plan that a mutation answered with, or why there is none. */
export function readPlan(
  answer: Answer,
  mutation: string,
): { readonly plan: Plan } | { readonly problem: string; readonly code: string | undefined } {
  if (answer.type === "unauthenticated")
    return { problem: "The server wants a token: sign in again.", code: "UNAUTHENTICATED" };
  if (answer.type === "problem") return { problem: answer.problem, code: answer.code };
  const plan = at(answer.data, mutation, "plan");
  return isPlan(plan) ? { plan } : { problem: "the server's answer has no plan", code: undefined };
}

/** The last part of an ARN. */
export const idOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

/** A phase or a mode as words. */
export const asWords = (name: string): string => name.replaceAll("_", " ");
