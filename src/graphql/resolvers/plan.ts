// Plan: what the scheduler is about to do for a daemon, for dry runs and for whoever watches a rollout.
import type { ClusterView } from "../../changes/cluster-view.ts";
import { planInputOf } from "../../changes/daemon-input.ts";
import { turnOf } from "../../clock.ts";
import type { Clock } from "../../clock.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import { planDaemon } from "../../daemon/plan.ts";
import { preview, waveUnderWay } from "../../daemon/preview.ts";
import type { Plan } from "../generated/schema-types.ts";

/** How long a plan is told to others who ask, ms: a team watches the same rollout. */
const sharedMs = 1000;

const recent = new WeakMap<Daemon, { readonly at: number; readonly plan: Promise<Plan> }>();

/** The plan of a daemon as it is, from within the last second. */
export function currentPlan(clock: Clock, view: ClusterView, daemon: Daemon): Promise<Plan> {
  const now = clock.monotonic();
  const known = recent.get(daemon);
  if (known && now - known.at < sharedMs) return known.plan;
  const plan = describePlan(clock, view, daemon);
  recent.set(daemon, { at: now, plan });
  return plan;
}

/**
 * What the scheduler is about to do for a daemon, as ARNs. On a large fleet playing its waves through takes a while, so
 * others get their turn between them; what changes meanwhile may or may not be in it.
 */
export async function describePlan(clock: Clock, view: ClusterView, daemon: Daemon): Promise<Plan> {
  const input = planInputOf(view, daemon, clock.now());
  const plan = planDaemon(input);
  const { verdicts } = plan;
  const playing = preview(input);
  let step = playing.next();
  while (!step.done) {
    await turnOf(clock);
    step = playing.next();
  }
  const { waves, apiCalls } = step.value;
  const underWay = waveUnderWay(daemon, plan, waves);
  const of = (action: string) => verdicts.filter((verdict) => verdict.action === action);
  const kept = [...of("keep"), ...of("wait")];
  const start = of("start").map(({ containerInstance }) => containerInstance.arn);
  const stop = verdicts.flatMap((verdict) => verdict.stop.map(({ arn }) => arn));
  return {
    start,
    stop,
    waves: waves.map((wave) => ({
      start: wave.start.map(({ arn }) => arn),
      replace: wave.replace.map(({ arn }) => arn),
      stop: wave.stop.map(({ arn }) => arn),
    })),
    wave: underWay?.number ?? null,
    waveCount: underWay?.count ?? 0,
    apiCalls,
    keep: kept.flatMap(({ task }) => task?.arn ?? []),
    skip: [...of("skip"), ...of("wait").filter(({ task }) => !task)].map(
      ({ containerInstance, reason }) => ({ containerInstance: containerInstance.arn, reason }),
    ),
  };
}
