// What is wrong, since when, and why: the list at the top of the fleet's page. Pure; what it cannot know it does not say.
import { shownDuration } from "./derive.ts";
import { pictureAge } from "./doubt.ts";
import type { Doubt } from "./doubt.ts";
import { instanceName, shortId } from "./feed.ts";
import type { Fleet } from "./fleet.ts";
import type { Live } from "./live.ts";
import { alwaysFollowed } from "./model.ts";
import type { Daemon, Instance, Task } from "./model.ts";
import type { IngestFacts } from "./read.ts";
import { links } from "./shell/route.ts";

interface Trouble {
  /** Stays the same while the problem lasts. */
  readonly key: string;
  readonly tone: "bad" | "busy";
  readonly what: string;
  readonly why: string;
  /** ISO 8601, where ECS or Longshore says since when; undefined where only this page has seen it. */
  readonly since: string | undefined;
  readonly href: string;
  /** The cluster's name; empty when it is about Longshore itself. */
  readonly cluster: string;
}

export interface Problem extends Trouble {
  /** When this page saw it first, ms since the epoch. */
  readonly seenAtMs: number;
  /** Whether it was there already when the page began to look. */
  readonly isOlder: boolean;
}

const pendingTooLongMs = 5 * 60_000;
const stoppingTooLongMs = 10 * 60_000;
/** As /readyz judges: a comparison that is late by less is on its way. */
const reconcilesMissed = 3;
const reconcileSlackMs = 10 * 60_000;
/** Unless a worker says otherwise. */
const reconcileMsByDefault = 5 * 60_000;
const backlogTooOldMs = 30_000;
const lagTooLongMs = 30_000;
/** The lag of the last event says nothing any more when it was stored longer ago than this. */
const lagCountsForMs = 5 * 60_000;
const workerTooQuietMs = 60_000;
/** Stops within this time count as failing now. */
const failingWithinMs = 10 * 60_000;

/** From this many of one kind in one cluster on, they are one line. */
const groupFrom = 4;

interface Found extends Trouble {
  /** What several of a kind are called together. */
  readonly kind: string;
  readonly groupHref: string;
}

function ofInstance(instance: Instance): Found | undefined {
  const { status, agentConnected, statusReason, cluster, arn } = instance;
  const about = { cluster: cluster.name, href: links.instance(arn) };
  const listed = (q: string) => links.instances({ q: `cluster:${cluster.name} ${q}` });
  if (!agentConnected && status !== "INACTIVE")
    return {
      ...about,
      since: instance.agentConnectedSince ?? undefined,
      key: `agent ${arn}`,
      tone: "bad",
      kind: "agents disconnected",
      what: `${instanceName(instance)} agent disconnected`,
      why: `${status}. Its tasks run on, but nothing can be started or stopped there.`,
      groupHref: listed("agent:off"),
    };
  if (status === "ACTIVE" || status === "INACTIVE") return undefined;
  const isFailed = status === "REGISTRATION_FAILED";
  return {
    ...about,
    since: instance.statusSince ?? undefined,
    key: `status ${arn}`,
    tone: isFailed ? "bad" : "busy",
    kind: `instances ${status}`,
    what: `${instanceName(instance)} ${status}`,
    why: statusReason ?? (status === "DRAINING" ? "Its tasks are moving elsewhere." : ""),
    groupHref: listed(`status:${status}`),
  };
}

function ofDaemon({ cluster, name, status }: Daemon): Found | undefined {
  const { phase, reason, failed, running, desired } = status;
  if (phase !== "FAILING" && phase !== "STUCK") return undefined;
  return {
    key: `daemon ${cluster.arn} ${name}`,
    tone: "bad",
    kind: `daemons ${phase}`,
    what: `daemon ${name} ${phase}`,
    why: `${reason}${reason.endsWith(".") ? "" : "."} ${running} of ${desired} running${failed > 0 ? `, ${failed} failed` : ""}.`,
    since: status.since ?? undefined,
    href: links.daemon(cluster.arn, name),
    groupHref: links.daemons,
    cluster: cluster.name,
  };
}

function illText({ containerHealth }: Task): string {
  const ill = [...containerHealth.matchAll(/([^ ,]+) UNHEALTHY/g)].map(([, name]) => name);
  if (ill.length === 0) return "A container's health check fails.";
  return `The health check of ${ill.join(", ")} fails.`;
}

function ofTask(task: Task, nowMs: number): Found | undefined {
  const { arn, family, id, lastStatus, healthStatus, desiredStatus, cluster } = task;
  const about = { cluster: cluster.name, href: links.task(arn) };
  const listed = (q: string) => links.tasks({ q: `cluster:${cluster.name} ${q}` });
  const age = (iso: string | null) => (iso === null ? 0 : nowMs - Date.parse(iso));
  if (healthStatus === "UNHEALTHY" && desiredStatus === "RUNNING")
    return {
      ...about,
      key: `health ${arn}`,
      tone: "bad",
      kind: "tasks UNHEALTHY",
      what: `${family} ${shortId(id)} UNHEALTHY`,
      why: illText(task),
      // ECS tells health without a time.
      since: undefined,
      groupHref: listed("health:UNHEALTHY"),
    };
  if (desiredStatus === "STOPPED" && age(task.stoppingAt) > stoppingTooLongMs)
    return {
      ...about,
      key: `stopping ${arn}`,
      tone: "busy",
      kind: "tasks slow to stop",
      what: `${family} ${shortId(id)} does not come to a stop`,
      why: task.stoppedReason ?? `${lastStatus}, should be STOPPED.`,
      since: task.stoppingAt ?? undefined,
      groupHref: listed("desired:STOPPED"),
    };
  const isStarting = ["PROVISIONING", "PENDING", "ACTIVATING"].includes(lastStatus);
  if (!isStarting || age(task.createdAt) <= pendingTooLongMs) return undefined;
  return {
    ...about,
    key: `pending ${arn}`,
    tone: "busy",
    kind: "tasks slow to start",
    what: `${family} ${shortId(id)} still ${lastStatus}`,
    why: `Accepted ${shownDuration(age(task.createdAt))} ago and not RUNNING yet.`,
    since: task.createdAt ?? undefined,
    groupHref: listed(`status:${lastStatus}`),
  };
}

/** Tasks of one family that end again and again, as far as this page has seen it. */
function failing(fleet: Fleet, nowMs: number): Trouble[] {
  const groups = new Map<string, Task[]>();
  for (const { task, atMs } of fleet.stopped) {
    if (nowMs - atMs > failingWithinMs) break;
    if (!task.endedBadly) continue;
    const key = `${task.cluster.arn} ${task.family}`;
    groups.set(key, [...(groups.get(key) ?? []), task]);
  }
  return [...groups].flatMap(([key, tasks]): Trouble[] => {
    const [newest] = tasks;
    const oldest = tasks.at(-1);
    if (!newest || tasks.length < 2) return [];
    return [
      {
        key: `failing ${key}`,
        tone: "bad",
        what: `${tasks.length} tasks of ${newest.family} stopped by themselves`,
        why: newest.stoppedReason ?? newest.stopCode ?? "",
        since: oldest?.stoppedAt ?? undefined,
        href: links.failures({ q: newest.family }),
        cluster: newest.cluster.name,
      },
    ];
  });
}

/** Several of one kind in one cluster become one line. */
function grouped(found: readonly Found[]): Trouble[] {
  const groups = new Map<string, Found[]>();
  for (const each of found) {
    const key = `${each.cluster} ${each.kind}`;
    const group = groups.get(key);
    if (group) group.push(each);
    else groups.set(key, [each]);
  }
  return [...groups].flatMap(([key, group]): Trouble[] => {
    const [first] = group;
    if (!first || group.length < groupFrom) return group;
    const names = group.slice(0, 3).map(({ what }) => what.split(" ")[0]);
    return [
      {
        key: `group ${key}`,
        tone: first.tone,
        what: `${group.length.toLocaleString("en")} ${first.kind}`,
        why: `${names.join(", ")} and ${(group.length - names.length).toLocaleString("en")} more. ${first.why}`,
        since: group.map(({ since }) => since).sort()[0],
        href: first.groupHref,
        cluster: first.cluster,
      },
    ];
  });
}

function ofCopy(fleet: Fleet, ingest: IngestFacts | undefined, nowMs: number): Trouble[] {
  const problems: Trouble[] = [];
  const add = (key: string, what: string, why: string, cluster = "", since?: string | null) =>
    problems.push({
      key,
      tone: "bad",
      what,
      why,
      since: since ?? undefined,
      href: cluster === "" ? "#/" : links.cluster(key.slice(key.indexOf(" ") + 1)),
      cluster,
    });
  const reconcileMs = ingest?.reconcileMs || reconcileMsByDefault;
  const reconcileTooOldMs = reconcilesMissed * reconcileMs + reconcileSlackMs;
  for (const { arn, name, freshness } of fleet.clusters.values()) {
    const { problem, lastReconciledAt, lastEventAt, eventLagMs } = freshness;
    if (problem !== null)
      add(`reconcile ${arn}`, "Comparing with ECS failed", problem, name, lastReconciledAt);
    else if (lastReconciledAt !== null && nowMs - Date.parse(lastReconciledAt) > reconcileTooOldMs)
      add(`stale ${arn}`, "Not compared with ECS for long", "", name, lastReconciledAt);
    const storedAtMs = Date.parse(lastEventAt ?? "") + (eventLagMs ?? 0);
    const isLongAgo = nowMs - storedAtMs > lagCountsForMs;
    if (eventLagMs !== null && eventLagMs > lagTooLongMs && !isLongAgo)
      add(`lag ${arn}`, "Events come late", `${shownDuration(eventLagMs)} from SQS to here.`, name);
  }
  if (!ingest) return problems;
  if (ingest.oldestMessageAgeMs > backlogTooOldMs)
    add(
      "backlog",
      "Events wait in the queue",
      `${ingest.visible.toLocaleString("en")} messages, the oldest for ${shownDuration(ingest.oldestMessageAgeMs)}.`,
    );
  const quietMs = nowMs - (ingest.workerSeenAtMs ?? 0);
  if (quietMs > workerTooQuietMs)
    add(
      "ingest",
      "No ingest worker is at work",
      ingest.workerSeenAtMs === undefined
        ? "None was seen within the last hour: start `longshore serve ingest`."
        : `The last one told of itself ${shownDuration(quietMs)} ago.`,
    );
  return problems;
}

function ofDoubt(doubt: Doubt, nowMs: number): Trouble {
  const { what, why, asOfMs } = doubt;
  const age = pictureAge(doubt, nowMs);
  return {
    key: "doubt",
    tone: "bad",
    what,
    why: `${why} ${age[0]?.toUpperCase()}${age.slice(1)}.`,
    since: asOfMs === undefined ? undefined : new Date(asOfMs).toISOString(),
    href: "#/",
    cluster: "",
  };
}

/** Everything that is wrong by now, the worst first. */
export function findProblems(
  fleet: Fleet,
  ingest: IngestFacts | undefined,
  nowMs: number,
  doubt?: Doubt,
): readonly Trouble[] {
  // Of what came after an old picture nothing is known: that nobody was heard of since is nobody's fault.
  if (doubt) return [ofDoubt(doubt, nowMs), ...findProblems(fleet, ingest, doubt.asOfMs ?? 0)];
  const found: Found[] = [];
  const add = (problem: Found | undefined) => problem && found.push(problem);
  for (const instance of fleet.instances.values()) add(ofInstance(instance));
  for (const daemon of fleet.daemons.values()) add(ofDaemon(daemon));
  for (const task of fleet.tasks.values()) add(ofTask(task, nowMs));
  const all = [...ofCopy(fleet, ingest, nowMs), ...grouped(found), ...failing(fleet, nowMs)];
  return all.sort((a, b) => Number(a.tone !== "bad") - Number(b.tone !== "bad"));
}

/** Looking through a hundred thousand tasks for each change would be all that the page does. */
const lookAgainMs = 1000;

interface Looked {
  readonly atMs: number;
  readonly problems: readonly Problem[];
}
const looked = new WeakMap<Live, Looked>();

/** With when each was first seen; what the first whole picture has already is older than that. */
function remember(live: Live, found: readonly Trouble[], nowMs: number): readonly Problem[] {
  const before = new Map(looked.get(live)?.problems.map((problem) => [problem.key, problem]));
  const isFirst = before.size === 0 && !looked.has(live);
  return found.map((trouble) => {
    const known = before.get(trouble.key);
    return {
      ...trouble,
      seenAtMs: known?.seenAtMs ?? nowMs,
      isOlder: known?.isOlder ?? isFirst,
    };
  });
}

/** The problems of the live fleet, looked for once a second at most. Read `nowMs` beside it to be drawn again. */
export function currentProblems(live: Live): readonly Problem[] {
  const nowMs = live.nowMs.value;
  const { fleet } = live;
  const known = looked.get(live);
  if (known && nowMs - known.atMs < lookAgainMs) return known.problems;
  // While the first picture is not whole, what is missing of it looks like trouble.
  if (alwaysFollowed.some((kind) => !fleet.synced.has(kind))) return known?.problems ?? [];
  const problems = remember(
    live,
    findProblems(fleet, live.ingest.value, nowMs, live.doubt.value),
    nowMs,
  );
  looked.set(live, { atMs: nowMs, problems });
  return problems;
}

export const countProblems = (live: Live): number => currentProblems(live).length;
