// Machines that have registered again: one machine, two container instances, and calls that name the machine. Which
// starts of a plan are to be made in view of that, and whether what is remembered is of an instance that is there. Pure.
import { hereIn } from "../changes/daemon-input.ts";
import type { ClusterView } from "../changes/cluster-view.ts";
import type { Daemon } from "../daemon/daemon.ts";
import { isUnseen } from "../daemon/judge.ts";
import type { Placement } from "../daemon/placement.ts";
import type { Plan } from "../daemon/plan.ts";
import type { Verdict } from "../daemon/verdict.ts";
import { arnId } from "../ecs/arn.ts";
import { isInactive } from "../ecs/container-instance.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Task } from "../ecs/task.ts";

/** After this every comparison with ECS has told which registration of a machine is over. */
export const elsewhereMs = 300_000;

/**
 * Of those, the ones whose machine has registered again since, each with the present registration: that one is meant by
 * whoever names the machine.
 */
export function registeredAgain(
  instances: Iterable<ContainerInstance>,
): ReadonlyMap<ContainerInstance, ContainerInstance> {
  const newest = new Map<string, ContainerInstance>();
  const former: ContainerInstance[] = [];
  for (const instance of instances) {
    const { ec2InstanceId, registeredAt = 0 } = instance;
    if (ec2InstanceId === undefined || isInactive(instance)) continue;
    const other = newest.get(ec2InstanceId);
    if (!other) newest.set(ec2InstanceId, instance);
    else if (registeredAt < (other.registeredAt ?? 0)) former.push(instance);
    else {
      former.push(other);
      newest.set(ec2InstanceId, instance);
    }
  }
  return new Map(
    former.flatMap((each) => {
      const present = newest.get(each.ec2InstanceId ?? "");
      return present ? [[each, present] as const] : [];
    }),
  );
}

/**
 * The starts that a machine's present registration got by launches for the one before. It may not be known here yet:
 * once it is, it must not get a second task before this one is seen.
 */
export function startedElsewhere(
  intents: readonly Placement[],
  tasks: readonly Task[],
): Placement[] {
  const [intent] = intents;
  if (!intent) return [];
  const meant = new Set(intents.map(({ containerInstanceId }) => containerInstanceId));
  return tasks.flatMap(({ arn, containerInstanceArn }): Placement[] => {
    const id = containerInstanceArn && arnId(containerInstanceArn);
    if (id === undefined || meant.has(id)) return [];
    const { kind, daemon, launchId, template, requestedAt } = intent;
    const generation = Math.min(intent.generation, 1);
    return [
      {
        kind,
        daemon,
        containerInstanceId: id,
        generation,
        state: "STARTING",
        launchId,
        template,
        attempts: 1,
        requestedAt,
        taskArn: arn,
      },
    ];
  });
}

/** Whether a placement is of such a start, on an instance that may not be known here yet. */
export function isNotHeardOf(
  { state, standing, taskArn, requestedAt }: Placement,
  now: number,
): boolean {
  // Where we asked for a start ourselves it is remembered what the instance was like.
  const isElsewhere = state === "STARTING" && standing === undefined && taskArn !== undefined;
  return isElsewhere && now - requestedAt < elsewhereMs;
}

/** Whether the instance of a placement is there, or may be, unknown here. */
export function isPresent(view: ClusterView, placement: Placement, now: number): boolean {
  const instance = view.instances.get(placement.containerInstanceId);
  return instance ? !isInactive(instance) : isNotHeardOf(placement, now);
}

/**
 * The starts of a plan that may be made. RunTask would start the task of a former registration on the present one as
 * well. That one may have got the task of a start whose answer is not known yet: it waits as long.
 */
export function startsOf(view: ClusterView, daemon: Daemon, plan: Plan): Verdict[] {
  const starts = plan.verdicts.filter(({ action }) => action === "start");
  if (daemon.launch !== "RUN_TASK" || starts.length === 0) return starts;
  const waiting = new Set<ContainerInstance>();
  for (const [former, present] of registeredAgain(view.instances.values())) {
    waiting.add(former);
    const { placement, tasks } = hereIn(view, daemon, former);
    if (isUnseen(placement, tasks)) waiting.add(present);
  }
  return starts.filter(({ containerInstance }) => !waiting.has(containerInstance));
}
