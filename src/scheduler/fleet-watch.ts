// What one daemon's plan needs of every container instance, judged once and judged again only where something changed:
// an event on one instance costs one verdict and a count, not a walk through the cluster. No I/O.
import { hereIn, planInputOf, rulesOf } from "../changes/daemon-input.ts";
import type { ClusterView } from "../changes/cluster-view.ts";
import type { Daemon } from "../daemon/daemon.ts";
import { hereOf, judgeInstance, planJudged } from "../daemon/plan.ts";
import type { Plan } from "../daemon/plan.ts";
import type { Judgement } from "../daemon/verdict.ts";
import { arnId } from "../ecs/arn.ts";
import { isInactive } from "../ecs/container-instance.ts";

export interface FleetWatch {
  /** Something changed on an instance. */
  touch(containerInstanceId: string): void;
  touchAll(): void;
  /** The plan by what the view says now. */
  plan(view: ClusterView, daemon: Daemon, now: number): Plan;
}

export function createFleetWatch(): FleetWatch {
  let judgements = new Map<string, Judgement>();
  let judgedFor: { readonly view: ClusterView; readonly daemon: Daemon } | undefined;
  const touched = new Set<string>();

  function judgeAll(view: ClusterView, daemon: Daemon, now: number): void {
    const input = planInputOf(view, daemon, now);
    judgements = new Map();
    for (const instance of input.instances)
      judgements.set(arnId(instance.arn), judgeInstance(input, hereOf(input, instance)));
  }

  function judgeTouched(view: ClusterView, daemon: Daemon, now: number): void {
    for (const [id, { again }] of judgements)
      if (again !== undefined && again <= now) touched.add(id);
    if (touched.size === 0) return;
    const rules = rulesOf(view, daemon, now);
    for (const id of touched) {
      const instance = view.instances.get(id);
      if (!instance || isInactive(instance)) judgements.delete(id);
      else judgements.set(id, judgeInstance(rules, hereIn(view, daemon, instance)));
    }
  }

  return {
    touch: (id) => void touched.add(id),
    touchAll: () => {
      judgedFor = undefined;
    },
    plan: (view, daemon, now) => {
      // Another definition, or a view that was loaded anew: nothing judged before holds.
      const isSame = judgedFor?.view === view && judgedFor.daemon === daemon;
      if (isSame) judgeTouched(view, daemon, now);
      else judgeAll(view, daemon, now);
      touched.clear();
      judgedFor = { view, daemon };
      return planJudged(daemon, [...judgements.values()]);
    },
  };
}
