// Tasks that run once: at most one success in each run (a generation of the ledger) of a daemon's life, and nothing is
// started again in a run that has succeeded. A daemon that is registered anew, and a rerun, begin new runs.
import type { Breach, Checker, Fact, FactOf } from "../facts.ts";
import { recordKey } from "./scene.ts";
import type { Scene, StoredPlacement, TrueTask } from "./scene.ts";

/** Whether a task did its work, as docs/daemons.md says: it ended by itself, and its containers exited with 0. */
export function hasDoneItsWork({ stopCode, exitCodes, status }: TrueTask): boolean {
  return (
    status === "STOPPED" &&
    stopCode === "EssentialContainerExited" &&
    exitCodes.length > 0 &&
    exitCodes.every((code) => code === 0)
  );
}

export function once(scene: Scene): Checker {
  const name = "once";
  /** How often a daemon of a name was registered. */
  const lives = new Map<string, number>();
  /** The run that a launch belongs to, by daemon id, launch and instance: a launch is for up to ten. */
  const runs = new Map<string, string>();
  /** Tasks that succeeded, by run. */
  const succeeded = new Map<string, TrueTask>();

  const breach = (at: number, message: string): Breach[] => [{ checker: name, at, message }];
  const launchKey = (cluster: string, launchId: string, instance: string) =>
    recordKey(cluster, launchId, instance);

  function runOf({ cluster, mark, instance }: TrueTask): string | undefined {
    if (!mark || !instance) return undefined;
    return runs.get(launchKey(cluster, mark.launchId, instance));
  }

  /** The ledger says that a run has succeeded: then its task has. */
  function told(at: number, { daemon, containerInstanceId, taskArn = "" }: StoredPlacement) {
    const task = scene.task(taskArn);
    if (task && hasDoneItsWork(task)) return [];
    const is = task ? `${task.status}, exit codes ${task.exitCodes.join(", ")}` : "unknown";
    return breach(at, `${daemon} on ${containerInstanceId} is SUCCEEDED by task ${taskArn}: ${is}`);
  }

  function changed({ at, cluster, entity, id, before, after }: FactOf<"change">): Breach[] {
    if (entity === "d" && before === undefined && after !== undefined) {
      const key = recordKey(cluster, "d", id);
      lives.set(key, (lives.get(key) ?? 0) + 1);
    }
    if (entity !== "p" || after === undefined) return [];
    const placement: StoredPlacement = JSON.parse(after);
    if (placement.generation === 0) return [];
    if (placement.state === "SUCCEEDED" && !before?.includes('"state":"SUCCEEDED"'))
      return told(at, placement);
    if (placement.state !== "STARTING") return [];
    const { daemon, containerInstanceId, generation, launchId } = placement;
    const life = lives.get(recordKey(cluster, "d", daemon)) ?? 0;
    const run = `${cluster} ${daemon} ${containerInstanceId}, registration ${life}, run ${generation}`;
    const key = launchKey(cluster, launchId, containerInstanceId);
    if (!runs.has(key)) runs.set(key, run);
    return [];
  }

  /** The ledger's record, or what it was made from, was lost with all that Redis had. */
  const isExcused = (first: TrueTask): boolean =>
    scene.losses.some(
      ({ at, lostSince }) => lostSince === 0 && (first.stoppedAt ?? 0) <= at + 30_000,
    );

  function hear(fact: Fact): readonly Breach[] {
    if (fact.kind === "change") return changed(fact);
    if (fact.kind === "executed" && fact.started)
      return fact.started.flatMap(({ task, containerInstance }) => {
        const started = scene.task(task);
        const run = started && runOf(started);
        const first = run === undefined ? undefined : succeeded.get(run);
        if (!started || !first || isExcused(first)) return [];
        return breach(
          fact.at,
          `${task} was started on ${containerInstance} although ${first.arn} had succeeded (${run})`,
        );
      });
    if (fact.kind !== "said" || fact.entity !== "t" || fact.status !== "STOPPED") return [];
    const task = scene.task(fact.arn);
    if (!task?.startedBy || !hasDoneItsWork(task)) return [];
    const run = runOf(task);
    if (run === undefined) return [];
    const first = succeeded.get(run);
    if (first === undefined || first === task) {
      succeeded.set(run, task);
      return [];
    }
    if (isExcused(first)) return [];
    return breach(fact.at, `${task.arn} succeeded after ${first.arn} had (${run})`);
  }
  return { name, hear };
}
