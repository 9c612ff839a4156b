// What is remembered of the starts and stops of a scheduler of somebody's own, and what follows from it and from what
// ECS has of a key: whether a start may be made. Pure.
import { backoffMs, causeOf, ranWell } from "../daemon/failure.ts";
import type { FailureCause } from "../daemon/failure.ts";
import { doubtMs, graceMs, repeatStopMs } from "../daemon/judge.ts";
import { arnId } from "../ecs/arn.ts";
import type { ClusterArn, ContainerInstanceArn, TaskArn } from "../ecs/arn.ts";
import type { Described, RunTaskResult } from "../ecs/ecs-api.ts";
import { isStopped } from "../ecs/task.ts";
import type { Task } from "../ecs/task.ts";
import type { FailedCall } from "../scheduler/protocol.ts";
import { unsettledMs } from "../store/restart.ts";

/** ASKED: written before the call, and its outcome is not known. STARTED: ECS named a task. FAILED: ECS started nothing. */
export interface StartRecord {
  readonly state: "ASKED" | "STARTED" | "FAILED";
  readonly cluster: ClusterArn;
  readonly launchId: string;
  /** When the call was about to be made, ms. */
  readonly requestedAt: number;
  /** Starts in a row without success, this one included. */
  readonly attempts: number;
  readonly containerInstance?: ContainerInstanceArn | undefined;
  readonly task?: TaskArn | undefined;
  /** Ids of the key's tasks that ECS had before the call: what else it has is of the call. */
  readonly earlier: readonly string[];
  readonly reason?: string | undefined;
  /** Not started again before this time. */
  readonly notBefore?: number | undefined;
}

/** When the stop of a task was about to be asked for, ms. */
export interface StopRecord {
  readonly at: number;
}

export const startId = (key: string): string => `start ${key}`;
export const stopId = (task: TaskArn): string => `stop ${task}`;

export function keyOfStart(id: string): string | undefined {
  return id.startsWith("start ") ? id.slice("start ".length) : undefined;
}

/** By then ECS tells all that there is to know. */
const rememberedMs = 3_600_000;

const isOld = ({ requestedAt, notBefore = 0 }: StartRecord, now: number): boolean =>
  now - Math.max(requestedAt, notBefore) > rememberedMs;

/** Whether nothing follows from a record any more. */
export function isForgettable(record: StartRecord | StopRecord, now: number): boolean {
  if ("at" in record) return now - record.at > repeatStopMs;
  return record.state === "FAILED" && isOld(record, now);
}

/** Of a start of long ago only this follows: its cluster is where the key may have a task. */
export function isOldStart(record: StartRecord | StopRecord, now: number): record is StartRecord {
  return !("at" in record) && record.state !== "FAILED" && isOld(record, now);
}

/** A start of which nothing was remembered. */
export const foundStart = (cluster: ClusterArn, now: number): StartRecord => ({
  state: "STARTED",
  cluster,
  launchId: "",
  requestedAt: now,
  attempts: 1,
  earlier: [],
});

/** go: with this launch id where a call is to be made again as it was. */
export type MayStart =
  | { readonly kind: "go"; readonly attempts: number; readonly repeats: string | undefined }
  | { readonly kind: "there"; readonly task: Task }
  | Wait;

export interface Wait {
  readonly kind: "wait";
  readonly outcome: "waiting" | "unknown";
  readonly reason: string;
  readonly until: number;
}

/** What needs no question to ECS: undefined when it is to be asked. */
export function beforeAsking(
  record: StartRecord | undefined,
  restartedAt: number | undefined,
  now: number,
): Wait | undefined {
  const settledAt = (restartedAt ?? Number.NEGATIVE_INFINITY) + unsettledMs;
  if (now < settledAt && settledAt - now <= unsettledMs)
    return wait("waiting", "Redis was restarted, and may have lost what was begun", settledAt);
  if (record === undefined) return undefined;
  const { state, requestedAt, notBefore = 0, reason = "" } = record;
  if (state === "FAILED" && now < notBefore) return wait("waiting", reason, notBefore);
  const answeredBy = requestedAt + doubtMs;
  if (state === "ASKED" && now < answeredBy && requestedAt <= now)
    return wait("unknown", "a start was asked for, and its outcome is not known yet", answeredBy);
  return undefined;
}

/** What follows from all tasks of the key that ECS has. */
export function afterAsking(
  record: StartRecord | undefined,
  tasks: readonly Task[],
  now: number,
): MayStart {
  const live = tasks.find((task) => !isStopped(task));
  if (live) return { kind: "there", task: live };
  if (record === undefined || record.state === "FAILED")
    return { kind: "go", attempts: (record?.attempts ?? 0) + 1, repeats: undefined };
  const { attempts, launchId, requestedAt } = record;
  const ended = endedOf(record, tasks);
  if (ended === undefined) {
    // Its lists may not show yet what was done a moment ago.
    const shownBy = requestedAt + doubtMs + graceMs;
    if (now < shownBy && requestedAt <= now)
      return wait("unknown", "ECS does not show the task of a start yet", shownBy);
    const isLost = record.state === "ASKED";
    return { kind: "go", attempts: isLost ? attempts : 1, repeats: isLost ? launchId : undefined };
  }
  if (ranWell(ended)) return { kind: "go", attempts: 1, repeats: undefined };
  const until = Math.min(ended.stoppedAt ?? now, now) + backoffMs(attempts);
  if (now < until) return wait("waiting", `its task ended: ${ended.stoppedReason ?? "?"}`, until);
  return { kind: "go", attempts: attempts + 1, repeats: undefined };
}

const wait = (outcome: "waiting" | "unknown", reason: string, until: number): Wait => ({
  kind: "wait",
  outcome,
  reason,
  until,
});

/** The task of this start, which has ended. */
function endedOf({ task, earlier }: StartRecord, tasks: readonly Task[]): Task | undefined {
  if (task !== undefined) return tasks.find(({ arn }) => arn === task);
  return tasks.find(({ arn }) => !earlier.includes(arnId(arn)));
}

/** After ECS answered: the task that it started, or why it started none. */
export function settled(
  asked: StartRecord,
  answer: (Described<Task> & { readonly outcome?: never }) | RunTaskResult,
  now: number,
): StartRecord {
  const isConflict = answer.outcome === "conflict";
  // The token was used before: by this start, in words that ECS reads as others. What it started is ours.
  const task = isConflict ? answer.tasks[0] : answer.entities[0]?.arn;
  if (task !== undefined) return { ...asked, state: "STARTED", task };
  const failure = isConflict ? undefined : answer.failures[0];
  const said = [failure?.reason, failure?.detail].filter(Boolean).join(": ");
  const reason = said === "" ? "ECS answered neither task nor failure" : said;
  return refused(asked, reason, causeOf(reason), now);
}

/** After the call failed; undefined when it may have been carried out. */
export function settledFault(
  asked: StartRecord,
  { fault, name, message }: FailedCall,
  now: number,
): StartRecord | undefined {
  if (fault === "unknown") return undefined;
  if (fault === "refused") return refused(asked, `${name}: ${message}`, "CALL", now);
  const attempts = asked.attempts - 1;
  const throttled = refused({ ...asked, attempts: 1 }, "ECS throttled the call", "THROTTLED", now);
  return { ...throttled, attempts };
}

function refused(
  asked: StartRecord,
  reason: string,
  cause: FailureCause,
  now: number,
): StartRecord {
  const notBefore = now + backoffMs(asked.attempts, cause);
  return { ...asked, state: "FAILED", reason, notBefore };
}

/** Whether a stop that was asked for is to be seen yet. */
export function isAwaited(stop: StopRecord | undefined, now: number): boolean {
  return stop !== undefined && stop.at <= now && now - stop.at < repeatStopMs;
}
