// The order in which a call that must not be made twice is made: a token of the budget, the intent written under the
// lease, then the call, which goes out only while the lease is held. And what its failure says of what ECS did.
// Knows no record and no request: whoever starts tasks brings theirs.
import type { TaskArn, ClusterArn } from "../ecs/arn.ts";
import type { CallBudget } from "../ecs/api-budget.ts";
import { CallWithheld } from "../ecs/ecs-api.ts";
import type { EcsReader, MayCall } from "../ecs/ecs-api.ts";
import type { Task } from "../ecs/task.ts";
import { whileHeld } from "./lease.ts";
import type { Lease } from "./lease.ts";

/** The lease is not held (any more): whoever holds it now acts, and we must not. */
export class Deposed extends Error {
  override readonly name = "Deposed";
}

/** Throws when what was decided is not to be done any more. Looked at right before each write and call. */
export type Check = () => void;

/**
 * throttled, refused: ECS did nothing, because it was asked too often, or for another reason that it gave. unknown: it
 * may have done what it was asked for, and is asked about that before anything is started again.
 */
export type Fault = "throttled" | "refused" | "unknown";

export interface FailedCall {
  readonly fault: Fault;
  /** In ECS's words, or in those of what lies in between. */
  readonly name: string;
  readonly message: string;
}

const throttling = new Set([
  "ThrottlingException",
  "RequestLimitExceeded",
  "TooManyRequestsException",
]);

const refusals = new Set([
  "AccessDeniedException",
  "BlockedException",
  "ClientException",
  "ClusterNotFoundException",
  "InvalidParameterException",
  "PlatformTaskDefinitionIncompatibilityException",
  "PlatformUnknownException",
  "UnsupportedFeatureException",
  "CredentialsProviderError",
  "ExpiredTokenException",
  "UnrecognizedClientException",
]);

export function faultOf({ name }: { readonly name: string }): Fault {
  if (throttling.has(name)) return "throttled";
  return refusals.has(name) ? "refused" : "unknown";
}

export interface Act {
  readonly budget: Pick<CallBudget, "take">;
  readonly check: Check;
  readonly held: Lease["held"];
  /** Writes what is about to be done. False when it is not to be done after all. */
  readonly intend: () => Promise<boolean>;
  /** Makes the call and writes what came of it. */
  readonly act: (mayCall: MayCall) => Promise<void>;
}

/** Throws {@link Deposed}, and what `check` throws. A call that was withheld was surely not made. */
export async function actUnderIntent({
  budget,
  check,
  held,
  intend,
  act,
}: Act): Promise<"done" | "dropped" | FailedCall> {
  await budget.take();
  check();
  if (!(await intend())) return "dropped";
  check();
  try {
    await act(whileHeld(held));
    return "done";
  } catch (error) {
    if (error instanceof Deposed) throw error;
    if (error instanceof CallWithheld) throw new Deposed(error.message);
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { fault: faultOf({ name }), name, message };
  }
}

/** What ECS describes at once. */
const describedMax = 100;

/** All that ECS has of one mark in `startedBy`, what has ended lately included, and of tasks that are known by ARN. */
export async function tasksStartedBy(
  ecs: Pick<EcsReader, "listTasks" | "describeTasks">,
  cluster: ClusterArn,
  startedBy: string,
  known: readonly TaskArn[],
): Promise<readonly Task[]> {
  const arns = new Set(known);
  // A task that has ended already is in another list than one that runs.
  for (const desiredStatus of ["RUNNING", "STOPPED"] as const)
    for (const arn of await ecs.listTasks(cluster, { startedBy, desiredStatus })) arns.add(arn);
  const asked = [...arns];
  const found: Task[] = [];
  for (let at = 0; at < asked.length; at += describedMax)
    found.push(...(await ecs.describeTasks(cluster, asked.slice(at, at + describedMax))).entities);
  return found;
}
