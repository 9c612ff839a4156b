// Tasks that stopped by themselves, as `longshore top` shows them: one row for each reason, family and cluster, with how
// many there are and the newest. Takes tasks in; asks nothing.
import { taskDefinitionFamily } from "../../ecs/arn.ts";
import { normalizeReason } from "../../ecs/stop-reason.ts";
import { isMeant } from "../../client/task-end.ts";
import type { AnswerOf } from "../asked.ts";
import { listed } from "../asked.ts";
import { ageOf, cluster, clusterOf, drop, field, idOf } from "../resources/fields.ts";
import type { ResourceColumn } from "../resources/resource.ts";
import { taskShown } from "../resources/tasks.ts";

/** What `top` knows of a task. */
export const topTasks = listed("tasks", { ...taskShown, stoppedAt: true });
export type TopTask = AnswerOf<typeof topTasks>;

/** One row. */
export type Failure = {
  readonly cluster: { readonly name: string };
  readonly family: string;
  readonly reason: string;
  readonly count: number;
  readonly lastAt: string | null;
  /** ARN of the task. */
  readonly newest: string;
};

export const failureColumns: readonly ResourceColumn<Failure>[] = [
  {
    title: "COUNT",
    align: "right",
    value: ({ count }) => String(count),
    order: ({ count }) => -count,
  },
  ageOf("LAST", ({ lastAt }) => lastAt),
  field("FAMILY", ({ family }) => family),
  drop(2, cluster),
  field("REASON", ({ reason }) => reason),
  drop(
    1,
    idOf("NEWEST TASK", ({ newest }) => newest),
  ),
];

export const failureKey = (failure: Failure): string =>
  `${clusterOf(failure)} ${failure.family} ${failure.reason}`;

/** The row of a task that failed, before anything is counted; undefined of one that did not. */
export function failureOf(task: TopTask): Failure | undefined {
  const { stopCode, group, containers } = task;
  if (task.lastStatus !== "STOPPED" || !stopCode) return undefined;
  const exitCodes = containers.map(({ exitCode }) => exitCode);
  if (isMeant(stopCode, group, exitCodes)) return undefined;
  return {
    cluster: task.cluster,
    family: taskDefinitionFamily(task.taskDefinitionArn),
    reason: normalizeReason(task.stoppedReason || stopCode),
    count: 1,
    lastAt: task.stoppedAt,
    newest: task.arn,
  };
}

/** The same row with one more in it. */
export function oneMore(before: Failure | undefined, failure: Failure): Failure {
  if (!before) return failure;
  const isNewer = (failure.lastAt ?? "") >= (before.lastAt ?? "");
  return { ...(isNewer ? failure : before), count: before.count + 1 };
}
