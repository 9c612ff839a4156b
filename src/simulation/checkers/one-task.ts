// Never two tasks of one daemon on one container instance by our starting them. Judged at the instant at which ECS
// starts a task, by what is true there: the scheduler knows less, and has to wait until it knows enough.
import type { Breach, Checker, Fact } from "../facts.ts";
import { recordKey } from "./scene.ts";
import type { Loss, Scene, TrueTask } from "./scene.ts";

/** A request that takes longer than this to be executed is beyond what lookups wait for: see docs/daemons.md. */
export const executedWithinMs = 10_000;
/** From an intent to its call, and from the call to its answer being written: what Redis loses then nobody knows. */
export const aroundCallMs = 12_000;
/** A definition that was changed a moment ago may still be acted on, ms. */
const recentMs = 30_000;

export function oneTask(scene: Scene): Checker {
  const name = "one task";
  /** When a daemon last had a rollout that starts the new task beside the old one. */
  const surgedAt = new Map<string, number>();

  function hear(fact: Fact): readonly Breach[] {
    if (fact.kind === "change" && fact.entity === "d") {
      // A change of the method leaves what is under way.
      for (const record of [fact.before, fact.after])
        if (record?.includes("REPLACE_THEN_TERMINATE"))
          surgedAt.set(recordKey(fact.cluster, "d", fact.id), fact.at);
      return [];
    }
    if (fact.kind !== "executed" || !fact.started) return [];
    return fact.started.flatMap(({ task, containerInstance }) => {
      const started = scene.task(task);
      return started ? judge(fact.at, started, containerInstance) : [];
    });
  }

  function judge(at: number, started: TrueTask, instance: string): Breach[] {
    const { cluster, mark } = started;
    if (!mark) return [];
    const others = scene
      .tasksOf(cluster, mark.daemonId, instance)
      .filter((task) => task !== started && task.startedBy && task.status !== "STOPPED");
    const [other] = others;
    if (!other) return [];
    const daemon = scene.daemonName(cluster, mark.daemonId) ?? mark.daemonId;
    if (others.length === 1) {
      if (mayStandBeside(started, other, daemon)) return [];
      if (isExcused(started, other)) return [];
    } else if (scene.losses.some((loss) => others.some((each) => isOfLoss(loss, each)))) return [];
    const message = `daemon ${daemon} got task ${started.arn} on ${instance} beside ${others.map((each) => `${each.arn} (${each.status}/${each.desiredStatus}, launch ${each.mark?.launchId})`).join(", ")}`;
    return [{ checker: name, at, message }];
  }

  function mayStandBeside({ cluster, mark }: TrueTask, other: TrueTask, daemon: string): boolean {
    const known = scene.daemon(cluster, daemon);
    if (known && known.mode !== "ALWAYS") return false;
    const surges =
      known?.rollout.method === "REPLACE_THEN_TERMINATE" ||
      scene.now - (surgedAt.get(recordKey(cluster, "d", daemon)) ?? 0) < recentMs;
    return surges && other.mark?.template !== mark?.template;
  }

  /** What nobody could know: an intent of a Redis that was emptied, or a request that was executed long after it was sent. */
  function isExcused(started: TrueTask, other: TrueTask): boolean {
    return (
      [started, other].some(
        ({ startedBy, seenAt }) => startedBy && seenAt - startedBy.sentAt > executedWithinMs,
      ) || scene.losses.some((loss) => isOfLoss(loss, other))
    );
  }

  return { name, hear };
}

/** Whether what was remembered of a start was lost with all that Redis had. */
function isOfLoss({ at, lostSince }: Loss, { startedBy, mark, instance, cluster }: TrueTask) {
  // What a crash takes away is looked for in ECS before anything is started.
  if (lostSince > 0 || !startedBy || !mark || !instance || !cluster) return false;
  return startedBy.sentAt >= lostSince - aroundCallMs && startedBy.sentAt <= at + aroundCallMs;
}
