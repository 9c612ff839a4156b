// What the page computes from its state: groups, counts, the rows of the table. Pure.
import { instanceName } from "./feed.ts";
import type { Daemon, Freshness, Instance, Task } from "./model.ts";
import type { Leaving, State } from "./state.ts";

/** Instances of one availability zone, by name. */
export interface Zone {
  readonly name: string;
  readonly instances: readonly Instance[];
}

/** Tasks on one container instance. */
export interface Load {
  readonly running: number;
  /** On their way up or down. */
  readonly moving: number;
  /** `name STATUS` of each daemon's task, sorted and joined by commas: text, so that equal is equal. */
  readonly daemons: string;
}

export const noLoad: Load = { running: 0, moving: 0, daemons: "" };

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Zones of each cluster by its ARN, in order. Instances without a zone are external ones. */
export function zonesByCluster(
  instances: Iterable<Instance>,
): ReadonlyMap<string, readonly Zone[]> {
  const clusters = new Map<string, Map<string, Instance[]>>();
  for (const instance of instances) {
    const zones = clusters.get(instance.cluster.arn) ?? new Map<string, Instance[]>();
    clusters.set(instance.cluster.arn, zones);
    const name = instance.availabilityZone ?? "external";
    const zone = zones.get(name);
    if (zone) zone.push(instance);
    else zones.set(name, [instance]);
  }
  const sorted = (zones: Map<string, Instance[]>): Zone[] =>
    [...zones]
      .map(([name, members]) => ({
        name,
        instances: members.sort((a, b) => byText(instanceName(a), instanceName(b))),
      }))
      .sort((a, b) => byText(a.name, b.name));
  return new Map([...clusters].map(([arn, zones]) => [arn, sorted(zones)]));
}

/** What runs on each container instance, by its ARN. */
export function loadByInstance(tasks: Iterable<Task>): ReadonlyMap<string, Load> {
  const loads = new Map<string, { running: number; moving: number; daemons: string[] }>();
  for (const { containerInstanceArn, lastStatus, desiredStatus, daemon } of tasks) {
    if (containerInstanceArn === null) continue;
    const load = loads.get(containerInstanceArn) ?? { running: 0, moving: 0, daemons: [] };
    loads.set(containerInstanceArn, load);
    if (lastStatus === "RUNNING") load.running++;
    else load.moving++;
    if (!daemon) continue;
    const isStopping = lastStatus === "RUNNING" && desiredStatus === "STOPPED";
    load.daemons.push(`${daemon.name} ${isStopping ? "STOPPING" : lastStatus}`);
  }
  return new Map(
    [...loads].map(([arn, { daemons, ...counts }]) => [
      arn,
      { ...counts, daemons: daemons.sort().join() },
    ]),
  );
}

/** Since when a task has its status, as ISO 8601: the best of what ECS says; null when it says nothing. */
export function since({
  lastStatus,
  createdAt,
  startedAt,
  stoppingAt,
  stoppedAt,
}: Task): string | null {
  if (lastStatus === "RUNNING") return startedAt ?? createdAt;
  if (lastStatus === "STOPPED" || lastStatus === "DELETED")
    return stoppedAt ?? stoppingAt ?? startedAt;
  const isEnding =
    lastStatus === "DEACTIVATING" || lastStatus === "STOPPING" || lastStatus === "DEPROVISIONING";
  return (isEnding ? stoppingAt : null) ?? createdAt;
}

/** A row of the task table. */
export interface Row {
  readonly task: Task;
  readonly instance: string;
  readonly leaving: boolean;
}

export const rowsMax = 200;

const searchText = new WeakMap<Task, string>();

function textOf(task: Task): string {
  const known = searchText.get(task);
  if (known !== undefined) return known;
  const { lastStatus, family, group, id, cluster, launchType, daemon } = task;
  const text = [lastStatus, family, group, id, cluster.name, launchType, daemon?.name]
    .join(" ")
    .toLowerCase();
  searchText.set(task, text);
  return text;
}

/**
 * Rows that match every word of the filter, newest status first, {@link rowsMax} at most, and how many match in all.
 * Words are looked for in status, family, group, id, cluster, daemon and the name of the instance.
 */
export function taskRows(
  { tasks, leaving, instances }: Pick<State, "tasks" | "leaving" | "instances">,
  filter: string,
): { readonly rows: readonly Row[]; readonly matching: number } {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const nameOf = ({ containerInstanceArn }: Task) => {
    const instance = instances.get(containerInstanceArn ?? "");
    return instance ? instanceName(instance) : "";
  };
  const matches = (task: Task) =>
    words.every((word) => textOf(task).includes(word) || nameOf(task).includes(word));
  // The maps are in the order of the last change: reversed, they are almost sorted already.
  const all = [
    ...tasks.values(),
    ...[...leaving.values()].map((each: Leaving) => each.task),
  ].toReversed();
  const found = (words.length === 0 ? all : all.filter(matches)).sort((a, b) =>
    byText(since(b) ?? "", since(a) ?? ""),
  );
  const rows = found
    .slice(0, rowsMax)
    .map((task) => ({ task, instance: nameOf(task), leaving: leaving.has(task.arn) }));
  return { rows, matching: found.length };
}

/** Of all clusters: the newest event's lag, the oldest comparison, and what is wrong. */
export function worstFreshness(all: readonly Freshness[]): Freshness | undefined {
  if (all.length === 0) return undefined;
  const newest = all.reduce((a, b) => ((b.lastEventAt ?? "") > (a.lastEventAt ?? "") ? b : a));
  const compared = all.map((each) => each.lastReconciledAt);
  return {
    lastEventAt: newest.lastEventAt,
    eventLagMs: newest.eventLagMs,
    // Never compared is older than any comparison.
    lastReconciledAt: compared.includes(null) ? null : (compared.sort()[0] ?? null),
    driftRepaired: all.reduce((sum, each) => sum + each.driftRepaired, 0),
    problem: all.find((each) => each.problem !== null)?.problem ?? null,
  };
}

/** Daemons by cluster and name, those in trouble first. */
export function sortedDaemons(daemons: Iterable<Daemon>): readonly Daemon[] {
  const rank = ({ status: { phase } }: Daemon) =>
    phase === "FAILING" || phase === "STUCK" ? 0 : phase === "ACTIVE" ? 2 : 1;
  return [...daemons].sort(
    (a, b) => rank(a) - rank(b) || byText(a.cluster.name, b.cluster.name) || byText(a.name, b.name),
  );
}

/** A duration for people: `3 s`, `12 min`, `5 h`, `3 d`. Negative ones (clocks differ) count as none. */
export function shownDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** How long ago an ISO 8601 time was; undefined for none. */
export function shownAge(iso: string | null, nowMs: number): string | undefined {
  const atMs = iso === null ? Number.NaN : Date.parse(iso);
  return Number.isNaN(atMs) ? undefined : shownDuration(nowMs - atMs);
}
