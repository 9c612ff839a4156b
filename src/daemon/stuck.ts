// What holds a daemon up where it does not get on: the container instance that others wait for, or that has waited for
// too long itself. Pure.
import { arnId } from "../ecs/arn.ts";
import { runsOnce } from "./daemon.ts";
import type { Daemon } from "./daemon.ts";
import { failingAttempts } from "./failure.ts";
import { failureSince } from "./placement.ts";
import type { Placement } from "./placement.ts";
import type { Plan } from "./plan.ts";
import { askedSince } from "./since.ts";
import type { Verdict } from "./verdict.ts";

/** What nothing was seen of for this long is stuck, not slow. */
const stuckMs = 120_000;

/** A task that ECS shows on its way may take this long: images are large, and containers have minutes to stop. */
const slowMs = 600_000;

const isRefusedToStop = (placement: Placement | undefined): boolean =>
  (placement?.stop?.failures ?? 0) >= failingAttempts;

/**
 * When what an instance waits for is overdue, ms since the epoch; until then it is on its way. undefined where nothing
 * is waited for, or only that it is its turn.
 */
export function overdueAt(
  daemon: Daemon,
  { action, why, task, containerInstance }: Verdict,
  placement: Placement | undefined,
): number | undefined {
  switch (why) {
    case "blocked":
    case "waits for change":
      return 0;
    case "turn":
    case "canary":
      return undefined;
    case "backoff":
      return placement && failureSince(placement) + stuckMs;
    case "disconnected":
      if (runsOnce(daemon)) return undefined;
      return Math.max(containerInstance.agentConnectedSince ?? 0, askedSince(daemon)) + stuckMs;
    case "pending":
    case "surge": {
      if (!placement) return undefined;
      const isLost = action === "wait" && placement.taskArn === undefined;
      return placement.requestedAt + (isLost ? stuckMs : slowMs);
    }
    case "stopping": {
      if (isRefusedToStop(placement)) return 0;
      const since = task?.stoppingAt ?? placement?.stop?.at;
      return since === undefined ? undefined : since + slowMs;
    }
    default: {
      const { lastStatus, healthStatus, createdAt, startedAt } = task ?? {};
      if (lastStatus !== "RUNNING") return createdAt === undefined ? undefined : createdAt + slowMs;
      const isOfNoUse = healthStatus === "UNHEALTHY" && !runsOnce(daemon);
      return isOfNoUse ? (startedAt ?? 0) + stuckMs : undefined;
    }
  }
}

/** What is looked at to find it. */
export interface Standing {
  readonly daemon: Daemon;
  readonly plan: Plan;
  readonly placements: ReadonlyMap<string, Placement>;
  readonly now: number;
  /** The verdicts on container instances that should have a task and do not have it. */
  readonly lacking: readonly Verdict[];
}

export interface Holder {
  readonly verdict: Verdict;
  /** Since when a start is not seen, where it is that. */
  readonly lostSince: number | undefined;
}

/** Where a start was asked for and neither an answer nor its task has been seen. */
function lostStart({ daemon, plan, placements, now }: Standing): Holder | undefined {
  for (const verdict of plan.verdicts) {
    const { action, why, containerInstance } = verdict;
    if (action !== "wait" || (why !== "pending" && why !== "surge")) continue;
    const placement = placements.get(arnId(containerInstance.arn));
    if (!placement || placement.taskArn !== undefined) continue;
    if ((overdueAt(daemon, verdict, placement) ?? now + 1) <= now)
      return { verdict, lostSince: placement.requestedAt };
  }
  return undefined;
}

/** The container instance that a daemon waits for in vain; undefined while something is on its way. */
export function holderOf(standing: Standing): Holder | undefined {
  const { daemon, plan, placements, now, lacking } = standing;
  const { verdicts, rollout } = plan;
  const lost = lostStart(standing);
  if (lost) return lost;
  const placementOf = ({ containerInstance }: Verdict) =>
    placements.get(arnId(containerInstance.arn));
  const dueAt = (verdict: Verdict) => overdueAt(daemon, verdict, placementOf(verdict));
  const isHeld = (verdict: Verdict) => (dueAt(verdict) ?? now + 1) <= now;
  const stops = (verdict: Verdict) =>
    verdict.stop.length > 0 && !isRefusedToStop(placementOf(verdict));
  const missing = verdicts.filter(({ containerInstance: { arn } }) => rollout.missing.has(arn));
  const waits = verdicts.some(({ why }) => why === "turn");
  // Whoever waits for their turn waits for what is missing, whatever moves elsewhere; surges wait for each other.
  const inTurn = waits && daemon.rollout.method === "TERMINATE_THEN_REPLACE";
  const isOver = inTurn && missing.every(isHeld) && !verdicts.some(stops);
  const moves =
    verdicts.some(
      (each) =>
        each.action === "start" || stops(each) || (each.desired && (dueAt(each) ?? now) > now),
    ) ||
    (waits && !missing.every(isHeld));
  const verdict =
    (isOver ? missing[0] : undefined) ??
    (moves ? undefined : (lacking.find(isHeld) ?? missing.find(isHeld)));
  return verdict && { verdict, lostSince: undefined };
}

/** Why it waits, in words. */
export function reasonOf({ why, reason }: Verdict, placement: Placement | undefined): string {
  if (why !== "stopping" || !isRefusedToStop(placement)) return reason;
  return `${reason}, and ECS refuses the stop`;
}
