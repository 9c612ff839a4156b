// How far a change of a daemon may go now: which of the instances that are due are let through, and which wait for
// their turn, so that enough of them are healthy and not too many have two tasks at every moment. Pure.
import { currentRevision, isCanary, stableRevision } from "./daemon.ts";
import type { Daemon } from "./daemon.ts";
import type { Judgement, Verdict } from "./verdict.ts";

/** How a rollout stands. Instances that cannot have a task (no agent, no room) and those that fail by themselves are left out. */
export interface RolloutState {
  /** Instances that percentages are of, and those of them with a healthy task. */
  readonly size: number;
  readonly healthy: number;
  /** As many must stay healthy. */
  readonly needed: number;
  /** Instances where it is known how the current revision does, and those where it keeps failing. */
  readonly tried: number;
  readonly failed: number;
  /** Whether the revision fails on most of those that got it: nothing more is replaced then. */
  readonly failing: boolean;
  /** The canary's size and how many of it are healthy; undefined when there is none. */
  readonly canary: { readonly size: number; readonly healthy: number } | undefined;
  /**
   * Whether every instance that counts has a task of the current revision and no other, and enough are healthy: of
   * those as well where it keeps failing and holds nobody up.
   */
  readonly complete: boolean;
  /** Of those that count, how many have it and no other. */
  readonly inPlace: number;
  /** ARNs of those that count and have no healthy task: what others wait for. */
  readonly missing: ReadonlySet<string>;
  /** How many change at a time, at most. */
  readonly waveSize: number;
}

/** Whether the current revision differs from what was everywhere before. */
export function isUnproven(daemon: Daemon): boolean {
  return currentRevision(daemon).template !== stableRevision(daemon).template;
}

/** How many of `size` may lack a healthy task: rounded down, but one at least where `some` is set. */
function mayLack(size: number, minHealthyPercent: number, some: boolean): number {
  const allowed = Math.floor((size * (100 - minHealthyPercent)) / 100);
  return Math.max(allowed, some ? 1 : 0);
}

/** Instances that get a revision before it is promoted: rounded up. */
function canarySize(size: number, canaryPercent: number): number {
  return Math.ceil((size * canaryPercent) / 100);
}

interface Counts {
  size: number;
  healthy: number;
  tried: number;
  failed: number;
  extra: number;
  inPlace: number;
  /** Instances whose one task is of the current revision and UNHEALTHY. */
  unhealthy: number;
  /** Instances where the current revision keeps failing, and which hold nobody up. */
  leftOut: number;
  canaryHealthy: number;
  readonly missing: Set<string>;
  /** Healthy tasks on instances that are not selected any more. */
  released: number;
  /** Instances with something still to be stopped. */
  leaving: number;
  /** Instances that lack a healthy task only if a stop left that nobody saw. */
  unheard: number;
}

/** Whether asking again for a stop takes a healthy task from an instance that should have one. */
const takesHealthy = ({ repeat, desired, counts, healthy }: Judgement): boolean =>
  repeat?.takesHealthy === true && desired && counts && !healthy;

const isUnhealthy = ({ current }: Judgement): boolean => current?.healthStatus === "UNHEALTHY";

/**
 * One whose starts keep failing where others do well must not hold them; where most fail, it must. A task that runs and
 * is UNHEALTHY has taken the place of one that may have been of use: that is missing.
 */
const isOut = (each: Judgement, failing: boolean): boolean =>
  !each.healthy &&
  !isUnhealthy(each) &&
  each.failing !== "no" &&
  !(failing && each.failing === "its fault");

function count(judgements: readonly Judgement[]): Counts & { readonly failing: boolean } {
  let [tried, failed] = [0, 0];
  for (const each of judgements) {
    if (!each.desired || !each.tried) continue;
    // Where it is still on its way nothing is known: that must not outweigh where it failed.
    if (each.failing === "its fault") failed++;
    if (each.failing === "its fault" || each.currentHealthy) tried++;
  }
  const failing = failed * 2 > tried;
  const counts: Counts = {
    size: 0,
    healthy: 0,
    tried,
    failed,
    extra: 0,
    inPlace: 0,
    unhealthy: 0,
    leftOut: 0,
    canaryHealthy: 0,
    missing: new Set(),
    released: 0,
    leaving: 0,
    unheard: 0,
  };
  for (const each of judgements) {
    counts.extra += each.extra;
    if (each.tried && each.currentHealthy) counts.canaryHealthy++;
    if (each.action === "release") {
      counts.leaving++;
      if (each.healthy) counts.released++;
    }
    if (!each.counts) continue;
    if (isOut(each, failing)) {
      if (each.failing === "its fault") counts.leftOut++;
      continue;
    }
    counts.size++;
    if (each.healthy) counts.healthy++;
    else counts.missing.add(each.containerInstance.arn);
    if (takesHealthy(each)) counts.unheard++;
    if (each.other || each.extra > 0) continue;
    if (each.currentHealthy) counts.inPlace++;
    else if (isUnhealthy(each)) counts.unhealthy++;
  }
  return { ...counts, failing };
}

/** What may still be done in one plan; each use takes from it. */
interface Room {
  /** Healthy tasks that may be stopped. */
  down: number;
  /** Healthy tasks that may be stopped where the new one does not fit beside them. */
  downForRoom: number;
  /** Instances that may get a second task. */
  over: number;
  /** Instances that may join the canary. */
  canary: number;
  /** Tasks of instances that are not selected any more. */
  release: number;
  /** Healthy tasks that may be asked once more to stop. */
  repeat: number;
}

export function rollOut(
  daemon: Daemon,
  judgements: readonly Judgement[],
): { readonly verdicts: Verdict[]; readonly state: RolloutState } {
  const counts = count(judgements);
  const { size, healthy, tried, failed } = counts;
  const { method, minHealthyPercent, maxOverPercent, canaryPercent } = daemon.rollout;
  const surges = method === "REPLACE_THEN_TERMINATE";
  const held = isCanary(daemon);
  const lack = mayLack(size, minHealthyPercent, !surges);
  const needed = size - lack;
  const over = Math.max(Math.floor((size * maxOverPercent) / 100), 1);
  const wanted = canarySize(size, canaryPercent);
  const members = judgements.filter((each) => each.desired && each.tried).length;
  const room: Room = {
    down: surges ? 0 : healthy - needed,
    downForRoom: healthy - size + mayLack(size, minHealthyPercent, minHealthyPercent < 100),
    over: over - counts.extra,
    canary: held ? wanted - members : Number.POSITIVE_INFINITY,
    release: healthy >= needed ? Number.POSITIVE_INFINITY : healthy + counts.released - needed,
    // What was asked for is not taken back: where no task may be missing, they go one at a time.
    repeat: healthy + counts.unheard - size + mayLack(size, minHealthyPercent, true),
  };
  const failing = counts.failing && isUnproven(daemon);
  const decide = { daemon, room, failing };
  const verdicts = judgements.map((judgement) =>
    repeatStop(room, judgement, letThrough(decide, judgement)),
  );
  const all = size + counts.leftOut;
  const isThere = size > 0 && counts.inPlace + counts.unhealthy === size && counts.leaving === 0;
  const isWell = counts.inPlace >= all - mayLack(all, minHealthyPercent, !surges);
  const complete = isThere && isWell && !held;
  const canary = held ? { size: wanted, healthy: counts.canaryHealthy } : undefined;
  return {
    verdicts,
    state: {
      size,
      healthy,
      needed,
      tried,
      failed,
      failing,
      canary,
      complete,
      inPlace: counts.inPlace,
      missing: counts.missing,
      waveSize: Math.max(surges ? over : lack, 1),
    },
  };
}

interface Decide {
  readonly daemon: Daemon;
  readonly room: Room;
  readonly failing: boolean;
}

/** Nothing about it depends on other instances. */
function standsAlone(judgement: Judgement): judgement is Judgement & Verdict {
  const { action } = judgement;
  return action !== "replace" && action !== "surge" && action !== "release";
}

function letThrough(decide: Decide, judgement: Judgement): Verdict {
  if (standsAlone(judgement))
    return judgement.action === "start" ? start(decide, judgement) : judgement;
  if (judgement.action === "replace") return replace(decide, judgement);
  return judgement.action === "surge" ? endSurge(decide, judgement) : release(decide, judgement);
}

/**
 * A stop that was not seen may never have left, and what was allowed then may not be now: where its task is healthy, it
 * waits for its turn as any other. Until then it counts as missing, for it may have left.
 */
function repeatStop(room: Room, judgement: Judgement, verdict: Verdict): Verdict {
  if (!judgement.repeat) return verdict;
  if (takesHealthy(judgement)) {
    if (room.repeat <= 0)
      return {
        ...verdict,
        reason: `${verdict.reason}: a stop was asked for and not seen, and waits for its turn to be asked for again`,
      };
    room.repeat--;
  }
  return { ...verdict, stop: [...judgement.repeat.tasks, ...verdict.stop] };
}

/** An instance that is to have a task and has none may join the canary instead of getting what runs elsewhere. */
function start({ daemon, room }: Decide, verdict: Judgement & Verdict): Verdict {
  const joins = verdict.revision !== daemon.revision && room.canary > 0;
  if (!joins) return verdict;
  room.canary--;
  return { ...verdict, revision: daemon.revision };
}

function keep(judgement: Judgement, why: Verdict["why"], reason: string): Verdict {
  return { ...judgement, action: "keep", why, reason };
}

const stopOld = (judgement: Judgement, reason: string): Verdict => ({
  ...judgement,
  action: "stop",
  reason,
  stop: judgement.other ? [...judgement.stop, judgement.other] : judgement.stop,
});

function replace({ daemon, room, failing }: Decide, judgement: Judgement): Verdict {
  const { healthy, tried, lacksRoom, why, reason } = judgement;
  if (failing) return keep(judgement, "turn", `${reason}; the new one fails where it was tried`);
  if (!tried && room.canary <= 0)
    return keep(judgement, "canary", `${reason}; the new one waits to be promoted`);
  if (why === "backoff" || why === "waits for change") return keep(judgement, why, reason);
  if (daemon.rollout.method === "REPLACE_THEN_TERMINATE" && healthy)
    return lacksRoom ? makeRoom(room, judgement) : surge(daemon, room, judgement);
  if (healthy && room.down <= 0)
    return keep(judgement, "turn", `${reason}; waits for its turn in the rollout`);
  if (healthy) room.down--;
  if (!tried) room.canary--;
  return stopOld(judgement, reason);
}

function surge(daemon: Daemon, room: Room, judgement: Judgement): Verdict {
  if (room.over <= 0)
    return keep(judgement, "turn", `${judgement.reason}; waits for its turn in the rollout`);
  room.over--;
  if (!judgement.tried) room.canary--;
  const reason = "a new task starts beside the old one";
  return { ...judgement, action: "start", why: "surge", reason, revision: daemon.revision };
}

/** The new task does not fit beside the old one, as with a fixed host port: the old one goes first, if it may. */
function makeRoom(room: Room, judgement: Judgement): Verdict {
  if (room.downForRoom <= 0)
    return keep(
      judgement,
      "blocked",
      "the new task does not fit beside the old one, and minHealthyPercent leaves no room to stop the old one first",
    );
  room.downForRoom--;
  return stopOld(judgement, "the new task does not fit beside the old one, which goes first");
}

/**
 * Two tasks are there: the old one stays until the new one is healthy. Where the method has become
 * TERMINATE_THEN_REPLACE meanwhile, it may go before that, as any other that is replaced.
 */
function endSurge({ daemon, room, failing }: Decide, judgement: Judgement): Verdict {
  const { current, currentHealthy, healthy } = judgement;
  if (currentHealthy) return stopOld(judgement, "the new task is healthy");
  const beside = "the new task is not healthy yet beside the old one";
  if (daemon.rollout.method === "REPLACE_THEN_TERMINATE") return keep(judgement, "surge", beside);
  const reason = "more than one task of this daemon runs here";
  if (!healthy) return stopOld(judgement, reason);
  if (current && current.lastStatus !== "RUNNING")
    return {
      ...judgement,
      action: "stop",
      why: "surplus",
      reason,
      stop: [...judgement.stop, current],
    };
  if (failing) return keep(judgement, "turn", `${beside}; the new one fails where it was tried`);
  if (room.down <= 0)
    return keep(judgement, "turn", `${beside}, which waits for its turn in the rollout`);
  room.down--;
  return stopOld(judgement, reason);
}

/** Instances that are not selected any more go as those that are selected come. */
function release({ room }: Decide, judgement: Judgement): Verdict {
  if (!judgement.healthy) return { ...judgement, action: "stop" };
  if (room.release <= 0)
    return {
      ...judgement,
      action: "keep",
      why: "turn",
      stop: [],
      reason: `${judgement.reason}; waits until enough others are healthy`,
    };
  room.release--;
  return { ...judgement, action: "stop" };
}
