// Plan: what the scheduler is about to do for a daemon, for dry runs and for whoever watches a rollout.
import type { ClusterView } from "../../changes/cluster-view.ts";
import { planInputOf } from "../../changes/daemon-input.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import { planDaemon } from "../../daemon/plan.ts";
import { preview } from "../../daemon/preview.ts";
import type { Plan } from "../generated/schema-types.ts";

/** What the scheduler is about to do for a daemon, as ARNs. */
export function describePlan(view: ClusterView, daemon: Daemon, now: number): Plan {
  const input = planInputOf(view, daemon, now);
  const { verdicts } = planDaemon(input);
  const { waves, apiCalls } = preview(input);
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
    apiCalls,
    keep: kept.flatMap(({ task }) => task?.arn ?? []),
    skip: [...of("skip"), ...of("wait").filter(({ task }) => !task)].map(
      ({ containerInstance, reason }) => ({ containerInstance: containerInstance.arn, reason }),
    ),
  };
}
