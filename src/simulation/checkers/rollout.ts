// minHealthyPercent and maxOverPercent are never broken by our action. A stop is judged by what the store knew: how many
// instances have we emptied that have no healthy task again? A start, by how many instances truly have two tasks then.
import { decodeTask } from "../../store/record.ts";
import type { Breach, Checker, Fact, FactOf } from "../facts.ts";
import { isSelected } from "../selectors.ts";
import { attributesOf } from "./attributes.ts";
import { idOf, markOf, recordKey } from "./scene.ts";
import type { Scene, StoredDaemon, StoredPlacement } from "./scene.ts";

/** A plan may be as old as this when its last call leaves: calls wait for the budget, ms. */
const planAgeMs = 10_000;
/** What was remembered may be lost with the end of Redis's log: nothing is judged for so long, ms. */
const afterLossMs = 60_000;
/** From so many failed starts in a row on, an instance counts for nothing. */
const failingAttempts = 3;

/** What the store knew of a daemon on one instance. */
interface Known {
  /** Tasks that ran, were not UNHEALTHY and were not stopping. */
  readonly healthy: Set<string>;
  /** Since when there is one, world time. */
  healthySince: number;
  /** When there last was one, world time. */
  healthyUntil: number;
  /** When it last lost a healthy task that we had not asked to stop. */
  lostAt: number;
  /** Tasks that we asked to stop. */
  readonly stopped: Set<string>;
  /** When a stop of ours left it without a healthy task, world time; undefined once it has one again. */
  emptiedAt: number | undefined;
  /** The task that came where a stop of ours had emptied it. */
  successor: { readonly id: string; readonly template: string } | undefined;
  /** Since when that one runs and is UNHEALTHY, world time. */
  unhealthySince: number | undefined;
}

export function rollout(scene: Scene): Checker {
  const name = "rollout";
  /** By cluster and daemon id, then by instance. */
  const fleets = new Map<string, Map<string, Known>>();
  /** Definitions of the last moments, by cluster and daemon id: a call may still be by one of them. */
  const recent = new Map<string, { readonly at: number; readonly daemon: StoredDaemon }[]>();
  const tasks = new Map<string, Known>();
  /** When the store heard of instances that they are ACTIVE, or are so again, by cluster and instance. */
  const activeSince = new Map<string, number>();

  function instanceChanged({ at, cluster, id, before, after }: FactOf<"change">): void {
    if (isActive(after) && !isActive(before)) activeSince.set(recordKey(cluster, "i", id), at);
  }

  function knownOf(cluster: string, daemonId: string, instance: string): Known {
    const key = recordKey(cluster, "d", daemonId);
    const fleet = fleets.get(key) ?? new Map<string, Known>();
    fleets.set(key, fleet);
    const known = fleet.get(instance) ?? {
      healthy: new Set(),
      healthySince: Number.NEGATIVE_INFINITY,
      healthyUntil: Number.NEGATIVE_INFINITY,
      lostAt: Number.NEGATIVE_INFINITY,
      stopped: new Set(),
      emptiedAt: undefined,
      successor: undefined,
      unhealthySince: undefined,
    };
    fleet.set(instance, known);
    return known;
  }

  function taskChanged({ at, cluster, id, after }: FactOf<"change">): void {
    const before = tasks.get(recordKey(cluster, "t", id));
    if (after === undefined) {
      if (before?.successor?.id === id) before.unhealthySince = undefined;
      if (before) isGone(before, id, at);
      return;
    }
    const task = decodeTask(after, cluster);
    const mark = markOf(task.startedBy);
    const instance = task.containerInstanceArn && idOf(task.containerInstanceArn);
    if (!mark || !instance) return;
    const known = before ?? knownOf(cluster, mark.daemonId, instance);
    tasks.set(recordKey(cluster, "t", id), known);
    const isRunning = task.lastStatus === "RUNNING" && task.desiredStatus === "RUNNING";
    const isUnhealthy = task.healthStatus === "UNHEALTHY";
    if (isRunning && known.emptiedAt !== undefined && !known.stopped.has(id))
      known.successor = { id, template: mark.template };
    if (known.successor?.id === id)
      known.unhealthySince = isRunning && isUnhealthy ? (known.unhealthySince ?? at) : undefined;
    if (isRunning && !isUnhealthy) {
      if (!hasHealthy(known)) known.healthySince = at;
      known.healthy.add(id);
      if (!known.stopped.has(id)) known.emptiedAt = undefined;
    } else isGone(known, id, at);
  }

  function isGone(known: Known, id: string, at: number): void {
    if (!known.healthy.delete(id)) return;
    known.healthyUntil = at;
    if (!known.stopped.has(id)) known.lostAt = at;
  }

  function daemonChanged({ at, cluster, id, before }: FactOf<"change">): void {
    const daemon = scene.daemon(cluster, id);
    if (!daemon) {
      // One that takes the name over knows the tasks, and nothing of what had ended.
      const gone: StoredDaemon | undefined = before === undefined ? undefined : JSON.parse(before);
      const fleet = gone && fleets.get(recordKey(cluster, "d", gone.id));
      for (const known of fleet?.values() ?? []) known.emptiedAt = undefined;
      return;
    }
    const key = recordKey(cluster, "d", daemon.id);
    recent.set(key, [...(recent.get(key) ?? []), { at, daemon }]);
  }

  const hasLostLately = (at: number) => scene.losses.some((loss) => at - loss.at < afterLossMs);

  function stopSent({ at, request }: FactOf<"sent">): Breach[] {
    const { cluster = "", task: arn = "", process, reason = "" } = request;
    const task = scene.task(arn);
    if (!task?.mark || !task.instance || scene.roles.get(process) === "program") return [];
    const { daemonId } = task.mark;
    const known = knownOf(cluster, daemonId, task.instance);
    const id = idOf(arn);
    const was = hasHealthy(known);
    known.stopped.add(id);
    if (!was || hasHealthy(known)) return [];
    // The one beside it went by itself, or it was of no use yet: whoever planned this could not know better.
    if (at - Math.max(known.lostAt, known.healthySince) < planAgeMs) return [];
    const daemons = recentOf(cluster, daemonId, at);
    // Being removed, or never to be the same again.
    if (daemons.length === 0 || daemons.some((each) => each.deleting || each.mode !== "ALWAYS"))
      return [];
    if (!daemons.every((each) => canHaveOne(each, cluster, task.instance ?? ""))) return [];
    known.emptiedAt = at;
    if (hasLostLately(at)) return [];
    const fleet = fleets.get(recordKey(cluster, "d", daemonId)) ?? new Map<string, Known>();
    const emptied = [...fleet].filter(
      ([instance, each]) =>
        isMissing(each, daemons, cluster, instance, at) ||
        (isOfNoUse(each, daemons, at) &&
          daemons.every((daemon) => canHaveOne(daemon, cluster, instance))),
    );
    const size = [...fleet.values()].filter((each) => counts(each, at)).length;
    const allowed = Math.max(...daemons.map((daemon) => mayLack(daemon, size)));
    if (emptied.length <= allowed) return [];
    const message = `${process} stopped ${arn} of daemon ${daemons.at(-1)?.name} (${reason}): ${emptied.length} of ${size} instances are without a healthy task by our stops, ${allowed} may be`;
    return [{ checker: name, at, message }];
  }

  const hasHealthy = ({ healthy, stopped }: Known): boolean =>
    [...healthy].some((id) => !stopped.has(id));

  const counts = (known: Known, at: number): boolean =>
    known.emptiedAt !== undefined ||
    known.unhealthySince !== undefined ||
    hasHealthy(known) ||
    known.healthyUntil >= at - planAgeMs;

  function recentOf(cluster: string, daemonId: string, at: number): StoredDaemon[] {
    const all = recent.get(recordKey(cluster, "d", daemonId)) ?? [];
    // The one that was in force then, too.
    const inForce = all.filter(
      (_, index) => (all[index + 1]?.at ?? Number.POSITIVE_INFINITY) > at - planAgeMs,
    );
    recent.set(recordKey(cluster, "d", daemonId), inForce);
    return inForce.map(({ daemon }) => daemon);
  }

  /** Both by what is true and by what is known. */
  function canHaveOne(daemon: StoredDaemon, cluster: string, instance: string): boolean {
    const isAway =
      scene.instance(cluster, instance)?.agentConnected === false ||
      scene.record(cluster, "i", instance)?.includes('"agentConnected":true') !== true;
    return !isAway && shouldHaveOne(daemon, cluster, instance);
  }

  function shouldHaveOne(daemon: StoredDaemon, cluster: string, instance: string): boolean {
    const record = scene.record(cluster, "i", instance);
    const truth = scene.instance(cluster, instance);
    if (record === undefined) return false;
    // Of an instance that was there from the start ECS may have said nothing.
    if (truth && truth.status !== "ACTIVE") return false;
    if (!isActive(record)) return false;
    const selector = daemon.revisions.find(
      ({ revision }) => revision === daemon.revision,
    )?.selector;
    return selector !== undefined && isSelected(selector, attributesOf(record));
  }

  function isMissing(
    known: Known,
    daemons: readonly StoredDaemon[],
    cluster: string,
    instance: string,
    at: number,
  ): boolean {
    const { emptiedAt } = known;
    if (emptiedAt === undefined || hasHealthy(known)) return false;
    // One that drained, and does not any more, counted for nothing when this was planned.
    if ((activeSince.get(recordKey(cluster, "i", instance)) ?? 0) > at - planAgeMs) return false;
    if (!daemons.every((daemon) => shouldHaveOne(daemon, cluster, instance))) return false;
    // One ran there for a moment that the store never saw: what is missing by now is missing by itself.
    const ran = scene
      .tasksOf(cluster, daemons.at(-1)?.id ?? "", instance)
      .some(({ runningSince = 0 }) => runningSince > emptiedAt);
    if (ran) return false;
    const id = `${daemons.at(-1)?.name}/${instance}`;
    const record = scene.record(cluster, "p", id);
    // That it was emptied is remembered there, and Redis may have lost it.
    const key = recordKey(cluster, "p", id);
    const isForgotten = scene.losses.some((loss) => loss.at > emptiedAt && loss.records.has(key));
    if (record === undefined || isForgotten) return false;
    const { attempts }: StoredPlacement = JSON.parse(record);
    return attempts < failingAttempts;
  }

  /** Whether what we put there instead is UNHEALTHY, of a revision that was never everywhere. */
  function isOfNoUse(known: Known, daemons: readonly StoredDaemon[], at: number): boolean {
    const { successor, unhealthySince } = known;
    if (!successor || unhealthySince === undefined || unhealthySince > at - planAgeMs) return false;
    if (hasHealthy(known) || known.stopped.has(successor.id)) return false;
    return daemons.every((daemon) => {
      const templateOf = (which: number) =>
        daemon.revisions.find(({ revision }) => revision === which)?.template;
      const template = templateOf(daemon.revision);
      return template === successor.template && template !== templateOf(daemon.stableRevision);
    });
  }

  function started({ at, request, started: tasksOf = [] }: FactOf<"executed">): Breach[] {
    const mark = markOf(request.startedBy);
    const { cluster = "" } = request;
    if (!mark || tasksOf.length === 0 || hasLostLately(at)) return [];
    const daemons = recentOf(cluster, mark.daemonId, at);
    if (!daemons.every(({ rollout: { method } }) => method === "REPLACE_THEN_TERMINATE")) return [];
    const instances = [...scene.instances(cluster)];
    const double = instances.filter(
      (id) =>
        scene.tasksOf(cluster, mark.daemonId, id).filter(({ status }) => status !== "STOPPED")
          .length > 1,
    );
    const hit = tasksOf.some(({ containerInstance }) => double.includes(containerInstance));
    const shares = daemons.map(({ rollout: { maxOverPercent } }) => maxOverPercent);
    // One that has just left still counts for whoever does not know it yet.
    const known = [...scene.records(cluster, "i")].filter(
      ([, record]) => !record.includes('"status":"INACTIVE"'),
    );
    const size = Math.max(instances.length, known.length);
    const allowed = Math.max(1, Math.floor((size * Math.max(...shares)) / 100));
    if (!hit || double.length <= allowed) return [];
    const message = `daemon ${daemons.at(-1)?.name} has two tasks on ${double.length} of ${size} instances, ${allowed} may have`;
    return [{ checker: name, at, message }];
  }

  function hear(fact: Fact): readonly Breach[] {
    if (fact.kind === "change" && fact.entity === "t") taskChanged(fact);
    if (fact.kind === "change" && fact.entity === "d") daemonChanged(fact);
    if (fact.kind === "change" && fact.entity === "i") instanceChanged(fact);
    if (fact.kind === "redis" && fact.life === "wiped") fleets.clear();
    if (fact.kind === "executed") return started(fact);
    return fact.kind === "sent" && fact.request.operation === "StopTask" ? stopSent(fact) : [];
  }
  return { name, hear };
}

const isActive = (record: string | undefined): boolean =>
  record?.includes('"status":"ACTIVE"') === true;

/** How many instances may be without a healthy task: rounded down, one at least where the old task has to go first. */
function mayLack({ rollout: { method, minHealthyPercent } }: StoredDaemon, size: number): number {
  const share = Math.floor((size * (100 - minHealthyPercent)) / 100);
  const isSomeAllowed = method === "TERMINATE_THEN_REPLACE" || minHealthyPercent < 100;
  return Math.max(share, isSomeAllowed ? 1 : 0);
}
