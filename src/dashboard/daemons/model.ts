// What the daemons' pages know of the API's answers. The API answers a document with exactly its fields, so only that
// there is something is looked at. Types and reading; no I/O.
import type { Answer } from "../live.ts";
import { at, fieldsOf, isFields } from "../read.ts";

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface Revision {
  readonly revision: number;
  readonly taskDefinition: string;
  readonly selector: string;
  readonly overrides: unknown;
  readonly networkConfiguration: unknown;
  readonly tags: readonly Tag[];
  readonly createdAt: string;
}

export interface Rollout {
  readonly method: string;
  readonly minHealthyPercent: number;
  readonly maxOverPercent: number;
  readonly canaryPercent: number;
  readonly autoRollback: boolean;
}

/** Container instances that change together, by ARN. */
export interface Wave {
  readonly start: readonly string[];
  readonly replace: readonly string[];
  readonly stop: readonly string[];
}

/** `stop` and `keep` are ARNs of tasks, all else of container instances. */
export interface Plan {
  readonly start: readonly string[];
  readonly stop: readonly string[];
  readonly keep: readonly string[];
  readonly skip: readonly { readonly containerInstance: string; readonly reason: string }[];
  readonly waves: readonly Wave[];
  readonly apiCalls: number;
}

/** Of what is under way. */
interface CurrentPlan extends Plan {
  /** Which wave is under way or comes next, from 1, and of how many in all. */
  readonly wave: number | null;
  readonly waveCount: number;
}

export interface DaemonStatus {
  readonly phase: string;
  readonly reason: string;
  readonly since: string | null;
  readonly desired: number;
  readonly running: number;
  readonly healthy: number;
  readonly updated: number;
  readonly outdated: number;
  readonly waiting: number;
  readonly failed: number;
  readonly succeeded: number;
}

/** One daemon in full. */
export interface DaemonDetails {
  readonly name: string;
  readonly cluster: { readonly arn: string; readonly name: string };
  readonly mode: string;
  readonly launch: string;
  readonly paused: boolean;
  readonly drainOrder: number;
  readonly readinessAttribute: string | null;
  readonly revision: number;
  readonly stableRevision: number;
  readonly rollout: Rollout;
  /** Newest first. */
  readonly revisions: readonly Revision[];
  readonly status: DaemonStatus;
  readonly plan: CurrentPlan;
}

export interface Placement {
  readonly containerInstance: { readonly arn: string };
  readonly task: { readonly arn: string } | null;
  readonly state: string;
  /** Whether its task is of the current revision. */
  readonly updated: boolean;
  readonly reason: string;
  readonly since: string | null;
  readonly attempts: number;
  readonly nextAttemptAt: string | null;
  readonly exitCode: number | null;
  readonly generation: number | null;
  readonly endedAt: string | null;
}

export interface DaemonEvent {
  readonly at: string;
  readonly type: string;
  readonly containerInstance: string | null;
  readonly task: string | null;
  readonly revision: number;
  readonly reason: string;
}

export interface Explanation {
  readonly placeable: boolean;
  readonly rules: readonly {
    readonly rule: string;
    readonly ok: boolean;
    readonly detail: string;
  }[];
}

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
