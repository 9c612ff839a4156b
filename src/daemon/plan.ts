// Decides what becomes of each container instance for one daemon: every one gets exactly one verdict with a reason.
// Puts together what the parts decide: each instance by itself, then how far the rollout may go. Pure.
import { arnId } from "../ecs/arn.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Task } from "../ecs/task.ts";
import { isStopped } from "../ecs/task.ts";
import { isCanary, runsOnce } from "./daemon.ts";
import type { Daemon } from "./daemon.ts";
import { judge } from "./judge.ts";
import type { Here, Rules } from "./rules.ts";
import { judgeOnce } from "./once.ts";
import type { Placement } from "./placement.ts";
import { rollOut } from "./rollout.ts";
import type { RolloutState } from "./rollout.ts";
import type { Judgement, Verdict } from "./verdict.ts";

/** Everything that a plan depends on. */
export interface PlanInput extends Rules {
  readonly instances: Iterable<ContainerInstance>;
  /** Tasks on an instance that carry the daemon's mark, ended ones included. */
  readonly tasksOn: (containerInstanceId: string) => readonly Task[];
  /** By container instance id: the newest generation where there are several. */
  readonly placements: ReadonlyMap<string, Placement>;
  /** Launches of the runs before the newest on a container instance, of a daemon whose tasks run once. */
  readonly earlierRunsOn?: ((containerInstanceId: string) => Here["earlierRuns"]) | undefined;
}

export interface Plan {
  readonly verdicts: readonly Verdict[];
  readonly rollout: RolloutState;
  /** Why the current revision is to be taken back; undefined when it is not. */
  readonly takeBack: string | undefined;
  /** Whether the current revision has become the stable one. */
  readonly settles: boolean;
  /** The earliest time at which the plan may change without any change of the cluster. */
  readonly again: number | undefined;
  /** Why none of it is done yet; absent when it is. */
  readonly waits?: Waits;
}

export function hereOf(
  {
    tasksOn,
    placements,
    earlierRunsOn,
  }: Pick<PlanInput, "tasksOn" | "placements" | "earlierRunsOn">,
  instance: ContainerInstance,
): Here {
  const id = arnId(instance.arn);
  const placement = placements.get(id);
  return { instance, tasks: tasksOn(id), placement, earlierRuns: earlierRunsOn?.(id) };
}

export function judgeInstance(rules: Rules, here: Here): Judgement {
  return runsOnce(rules.daemon) ? judgeOnce(rules, here) : judge(rules, here);
}

export function planDaemon(input: PlanInput): Plan {
  const judgements: Judgement[] = [];
  for (const instance of input.instances)
    judgements.push(judgeInstance(input, hereOf(input, instance)));
  return planJudged(input.daemon, judgements);
}

/** A plan from verdicts on each instance by itself. */
export function planJudged(daemon: Daemon, judgements: readonly Judgement[]): Plan {
  const { verdicts, state } = rollOut(daemon, judgements);
  const isActing = !daemon.paused && !daemon.deleting && !runsOnce(daemon);
  const fails = isActing && daemon.rollout.autoRollback && state.failing;
  const isSettled = daemon.stableRevision === daemon.revision;
  return {
    verdicts,
    rollout: state,
    takeBack: fails
      ? `it keeps failing on ${state.failed} of ${state.tried} container instances that got it`
      : undefined,
    settles: isActing && state.complete && !isSettled && !isCanary(daemon),
    again: earliest(verdicts),
  };
}

function earliest(verdicts: readonly Verdict[]): number | undefined {
  let again: number | undefined;
  for (const verdict of verdicts)
    if (verdict.again !== undefined && (again === undefined || verdict.again < again))
      again = verdict.again;
  return again;
}

/** Why nothing is done for any daemon of a cluster, whatever their plans. */
export interface Waits {
  readonly reason: string;
  /** Whether it will not pass by itself. */
  readonly isStuck: boolean;
}

/** The plan as it shows while nothing may be done. */
export function holdBack(plan: Plan, waits: Waits | undefined): Plan {
  if (waits === undefined) return plan;
  const verdicts = plan.verdicts.map((verdict): Verdict => {
    if (verdict.action !== "start" && verdict.stop.length === 0) return verdict;
    return { ...verdict, action: "wait", why: "not compared", reason: waits.reason, stop: [] };
  });
  return { ...plan, verdicts, waits, takeBack: undefined, settles: false };
}

/** Whether nothing of a daemon that is being removed is left on any instance. */
export function isGone(plan: Plan): boolean {
  return plan.verdicts.every(
    ({ task, action }) => (task === undefined || isStopped(task)) && action !== "wait",
  );
}
