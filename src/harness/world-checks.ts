// Judges a program in a world: never two live tasks for one key, and what its test says must hold. Reads facts and the
// true state; what Longshore itself must never do is judged by the checkers of the simulation.
import { arnId } from "../ecs/arn.ts";
import { aroundCallMs, executedWithinMs } from "../simulation/checkers/one-task.ts";
import type { Breach, Checker, Fact, FactOf } from "../simulation/facts.ts";
import type { Truth } from "../simulation/guest.ts";
import { viewOf } from "./world-view.ts";
import type { WorldTask, WorldView } from "./world-view.ts";

/** What a test says of its program. */
export interface WorldChecks {
  /** Asked at every change of the fleet: what is wrong, in words, or undefined. */
  readonly check?: ((world: WorldView) => string | undefined) | undefined;
  /** What is not as it should be yet, or undefined: must come to that once all trouble is over. */
  readonly missing?: ((world: WorldView) => string | undefined) | undefined;
  /**
   * What a task is there for: while one lives, the program must not start another one of the same key. Unless given,
   * the marks of the launcher of longshore/scheduler.
   */
  readonly keyOf?: ((task: WorldTask) => string | undefined) | undefined;
}

const keyOfLauncher = ({ startedBy }: WorldTask): string | undefined =>
  startedBy?.startsWith("longshore-kit/") ? startedBy : undefined;

interface Start {
  readonly sentAt: number;
  readonly executedAt: number;
}

/** A checker that is asked as well what is not as it should be yet. */
export interface ProgramChecker extends Checker {
  missing(): string | undefined;
}

export function checkProgram(truth: Truth, checks: WorldChecks): ProgramChecker {
  const { check, missing, keyOf = keyOfLauncher } = checks;
  const name = "program";
  const processes = new Set<string>();
  const sent = new Map<number, number>();
  /** What the program started, by id. */
  const starts = new Map<string, Start>();
  const wipedAt: number[] = [];
  let phase: WorldView["phase"] = "trouble";
  let isBroken = false;
  const view = () => viewOf(truth, phase, (id) => starts.has(id));

  /** Once it is broken there is no more to ask. */
  function asked(at: number): Breach[] {
    const message = isBroken ? undefined : check?.(view());
    if (message === undefined) return [];
    isBroken = true;
    return [{ checker: "check", at, message }];
  }

  function executed({ at, request, started = [] }: FactOf<"executed">): Breach[] {
    const sentAt = sent.get(request.callId) ?? at;
    sent.delete(request.callId);
    for (const { task } of started) starts.set(task, { sentAt, executedAt: at });
    const { tasks } = view();
    return started.flatMap(({ task }) => {
      const its = tasks.find(({ arn }) => arnId(arn) === task);
      return its ? twice(at, its, tasks) : [];
    });
  }

  function twice(at: number, its: WorldTask, tasks: readonly WorldTask[]): Breach[] {
    const key = keyOf(its);
    if (key === undefined) return [];
    const other = tasks.find(
      (each) =>
        each.arn !== its.arn &&
        each.isOurs &&
        each.cluster === its.cluster &&
        each.lastStatus !== "STOPPED" &&
        keyOf(each) === key,
    );
    if (!other || [its, other].some(isUnknowable)) return [];
    const message = `task ${its.arn} was started for ${key} beside ${other.arn} (${other.lastStatus}/${other.desiredStatus})`;
    return [{ checker: name, at, message }];
  }

  /** ECS did it long after it was asked to, or all that Redis had is lost, with what was known of it. */
  function isUnknowable({ arn }: WorldTask): boolean {
    const start = starts.get(arnId(arn));
    if (!start) return false;
    const { sentAt, executedAt } = start;
    if (executedAt - sentAt > executedWithinMs) return true;
    return wipedAt.some((at) => at >= sentAt - aroundCallMs && at - aroundCallMs <= executedAt);
  }

  function hear(fact: Fact): readonly Breach[] {
    if (fact.kind === "process" && fact.role === "program") processes.add(fact.process);
    if (fact.kind === "redis" && fact.life === "wiped") wipedAt.push(fact.at);
    if (fact.kind === "phase" && (fact.phase === "healing" || fact.phase === "night"))
      phase = fact.phase;
    if (fact.kind === "said") return asked(fact.at);
    const isStart = fact.kind === "executed" && (fact.started?.length ?? 0) > 0;
    if (fact.kind === "sent" && processes.has(fact.request.process))
      sent.set(fact.request.callId, fact.at);
    return isStart && processes.has(fact.request.process) ? executed(fact) : [];
  }

  return { name, hear, end: (at) => asked(at), missing: () => missing?.(view()) };
}
