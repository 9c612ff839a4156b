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
  /**
   * The plan by what the view says now. `isNews` is false when the plan before left nothing to do and no verdict has
   * changed since: then neither has the plan.
   */
  plan(view: ClusterView, daemon: Daemon, now: number): { plan: Plan; isNews: boolean };
}

/** Whether two verdicts on an instance say the same of it. */
function isSame(a: Judgement | undefined, b: Judgement): boolean {
  return (
    a !== undefined &&
    a.action === b.action &&
    a.why === b.why &&
    a.reason === b.reason &&
    a.again === b.again &&
    a.desired === b.desired &&
    a.counts === b.counts &&
    a.healthy === b.healthy &&
    a.currentHealthy === b.currentHealthy &&
    a.tried === b.tried &&
    a.failing === b.failing &&
    a.lacksRoom === b.lacksRoom &&
    a.extra === b.extra &&
    a.task?.arn === b.task?.arn &&
    a.current?.arn === b.current?.arn &&
    a.other?.arn === b.other?.arn &&
    a.stop.length + b.stop.length === 0 &&
    a.repeat === undefined &&
    b.repeat === undefined
  );
}

/** Whether a plan leaves nothing to do, and nothing to wait for. */
function isIdle({ verdicts, takeBack, settles, again }: Plan): boolean {
  return (
    again === undefined &&
    takeBack === undefined &&
    !settles &&
    verdicts.every(({ action, stop, settle }) => action !== "start" && !settle && stop.length === 0)
  );
}

export function createFleetWatch(): FleetWatch {
  let judgements = new Map<string, Judgement>();
  let judgedFor: { readonly view: ClusterView; readonly daemon: Daemon } | undefined;
  const touched = new Set<string>();
  let idle: Plan | undefined;

  function judgeAll(view: ClusterView, daemon: Daemon, now: number): void {
    const input = planInputOf(view, daemon, now);
    judgements = new Map();
    idle = undefined;
    for (const instance of input.instances)
      judgements.set(arnId(instance.arn), judgeInstance(input, hereOf(input, instance)));
  }

  function judgeTouched(view: ClusterView, daemon: Daemon, now: number): void {
    // A plan at rest waits for no time.
    if (idle === undefined)
      for (const [id, { again }] of judgements)
        if (again !== undefined && again <= now) touched.add(id);
    if (touched.size === 0) return;
    const rules = rulesOf(view, daemon, now);
    for (const id of touched) {
      const instance = view.instances.get(id);
      if (!instance || isInactive(instance)) {
        judgements.delete(id);
        idle = undefined;
        continue;
      }
      const judgement = judgeInstance(rules, hereIn(view, daemon, instance));
      if (!isSame(judgements.get(id), judgement)) idle = undefined;
      judgements.set(id, judgement);
    }
  }

  return {
    touch: (id) => void touched.add(id),
    touchAll: () => {
      judgedFor = undefined;
    },
    plan: (view, daemon, now) => {
      // Another definition, or a view that was loaded anew: nothing judged before holds.
      const goesOn = judgedFor?.view === view && judgedFor.daemon === daemon;
      if (goesOn) judgeTouched(view, daemon, now);
      else judgeAll(view, daemon, now);
      touched.clear();
      judgedFor = { view, daemon };
      if (idle) return { plan: idle, isNews: false };
      const plan = planJudged(daemon, [...judgements.values()]);
      if (isIdle(plan)) idle = plan;
      return { plan, isNews: true };
    },
  };
}
