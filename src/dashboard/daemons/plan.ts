// A plan as a picture: what becomes of each container instance, as one of few words. Pure.
import type { Plan } from "./model.ts";

/** start: gets its first task. replace: its task gives way to a new one. stop: loses its task. */
export type Fate = "start" | "replace" | "stop" | "keep" | "skip";

export const fates: readonly Fate[] = ["start", "replace", "stop", "keep", "skip"];

export const fateText: Readonly<Record<Fate, string>> = {
  start: "gets a task",
  replace: "task is replaced",
  stop: "task is stopped",
  keep: "keeps its task",
  skip: "gets none",
};

/** What happens on one container instance. */
export interface Outlook {
  readonly fate: Fate;
  /** In which wave, from 1; undefined where nothing happens. */
  readonly wave: number | undefined;
  /** Why it gets none. */
  readonly reason: string | undefined;
}

/**
 * What a plan means for each container instance, by ARN; those that it does not name are none of the daemon's.
 * `placeOf` tells the container instance of a task. What a later wave does to an instance replaces nothing of an earlier
 * one: an instance changes once. `over`: waves of the rollout before those of the plan, which are numbered on from there.
 */
export function outlooksOf(
  plan: Plan,
  placeOf: (task: string) => string | null | undefined,
  over = 0,
): ReadonlyMap<string, Outlook> {
  const all = new Map<string, Outlook>();
  const set = (arn: string, fate: Fate, wave?: number, reason?: string) => {
    if (!all.has(arn)) all.set(arn, { fate, wave, reason });
  };
  for (const [index, wave] of plan.waves.entries()) {
    const number = over + index + 1;
    for (const arn of wave.replace) set(arn, "replace", number);
    for (const arn of wave.start) set(arn, "start", number);
    for (const arn of wave.stop) set(arn, "stop", number);
  }
  for (const arn of plan.start) set(arn, "start");
  for (const task of plan.stop) set(placeOf(task) ?? "", "stop");
  for (const task of plan.keep) set(placeOf(task) ?? "", "keep");
  for (const { containerInstance, reason } of plan.skip)
    set(containerInstance, "skip", undefined, reason);
  all.delete("");
  return all;
}

/** How many of each fate. */
export function countFates(outlooks: Iterable<Outlook>): Readonly<Record<Fate, number>> {
  const counts = { start: 0, replace: 0, stop: 0, keep: 0, skip: 0 };
  for (const { fate } of outlooks) counts[fate]++;
  return counts;
}

/** One thing that was said, and of how many. */
export interface Said {
  readonly reason: string;
  readonly count: number;
}

/** Reasons with how often each is given, most frequent first. Numbers and ids in them count as the same. */
export function countReasons(reasons: Iterable<string>): readonly Said[] {
  const counts = new Map<string, { reason: string; count: number }>();
  for (const reason of reasons) {
    const key = reason.replace(/\b[0-9a-f]{8,}\b|\d+/g, "#");
    const known = counts.get(key);
    if (known) known.count++;
    else counts.set(key, { reason, count: 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}

/** A part of the way of a rollout. */
export interface Stage {
  readonly kind: "done" | "moving" | "next" | "held";
  readonly count: number;
  /** Of a wave that is yet to come, counted from the rollout's first. */
  readonly wave?: number;
}

/**
 * How far a rollout is: what has its place, what is on its way, each wave to come, and what no wave reaches. `desired`
 * and `settled` count container instances: those that should have a task, and those whose task of the current revision
 * runs. `over`: waves before those of the plan.
 */
export function stagesOf(
  desired: number,
  settled: number,
  underWay: number,
  plan: Pick<Plan, "waves">,
  over = 0,
): readonly Stage[] {
  const waves = plan.waves.map(
    ({ start, replace, stop }) => start.length + replace.length + stop.length,
  );
  const done = Math.min(settled, desired);
  const moving = Math.min(underWay, desired - done);
  let left = desired - done - moving;
  const next = waves.flatMap((count, index): Stage[] => {
    const here = Math.min(count, left);
    left -= here;
    return here > 0 ? [{ kind: "next", count: here, wave: over + index + 1 }] : [];
  });
  const stages: Stage[] = [
    { kind: "done", count: done },
    { kind: "moving", count: moving },
    ...next,
    { kind: "held", count: left },
  ];
  return stages.filter(({ count }) => count > 0);
}
