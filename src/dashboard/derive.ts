// What parts of the page compute alike: names, ages, sums. Pure.
import type { Daemon, Freshness, Task } from "./model.ts";

export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Since when a task has its status, as ISO 8601: the best of what ECS says; null when it says nothing. */
export function since({
  lastStatus,
  createdAt,
  startedAt,
  stoppingAt,
  stoppedAt,
}: Pick<Task, "lastStatus" | "createdAt" | "startedAt" | "stoppingAt" | "stoppedAt">):
  | string
  | null {
  if (lastStatus === "RUNNING") return startedAt ?? createdAt;
  if (lastStatus === "STOPPED" || lastStatus === "DELETED")
    return stoppedAt ?? stoppingAt ?? startedAt;
  const isEnding =
    lastStatus === "DEACTIVATING" || lastStatus === "STOPPING" || lastStatus === "DEPROVISIONING";
  return (isEnding ? stoppingAt : null) ?? createdAt;
}

/** Of all clusters: the newest event's lag, the oldest comparison, and what is wrong. */
export function worstFreshness(all: readonly Freshness[]): Freshness | undefined {
  if (all.length === 0) return undefined;
  const newest = all.reduce((a, b) => ((b.lastEventAt ?? "") > (a.lastEventAt ?? "") ? b : a));
  const compared = all.map((each) => each.lastReconciledAt);
  return {
    lastEventAt: newest.lastEventAt,
    eventLagMs: newest.eventLagMs,
    eventLagP50Ms: newest.eventLagP50Ms,
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

/** A duration to the digit that matters: `340 ms`, `4.2 s`, `3 min 12 s`, `5 h 4 min`, `3 d 2 h`. */
export function exactDuration(durationMs: number): string {
  const ms = Math.max(0, Math.round(durationMs));
  if (ms < 1000) return `${ms} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24
    ? `${hours} h ${minutes % 60} min`
    : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** How long ago an ISO 8601 time was; undefined for none. */
export function shownAge(iso: string | null, nowMs: number): string | undefined {
  const atMs = iso === null ? Number.NaN : Date.parse(iso);
  return Number.isNaN(atMs) ? undefined : shownDuration(nowMs - atMs);
}

/** An ISO 8601 time to the second, for reading. */
export const shownTime = (iso: string | null | undefined): string =>
  typeof iso === "string" ? `${iso.slice(0, 19).replace("T", " ")} UTC` : "–";
