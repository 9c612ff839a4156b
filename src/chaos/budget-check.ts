// Whether the calls that ECS was sent keep within the rates that it publishes: a bucket for each class of calls, filled
// from the simulator's own count. Pure.
import { callClasses, callClassOf, publishedRates } from "../ecs/api-budget.ts";
import type { CallClass } from "../ecs/api-budget.ts";
import type { CallCount } from "../simulator/call-log.ts";

/** Calls are counted in intervals, and a call that was allowed earlier may arrive later. */
const slack = 1.15;

export interface BudgetCheck {
  /** Takes the counts since the beginning of the run. Returns what is over its rate. */
  take(counts: Readonly<Record<string, CallCount>>, nowMs: number): string | undefined;
  /** The fullest that a bucket ever was, as a share of its burst. */
  fullest(): Readonly<Record<CallClass, number>>;
}

export function checkBudget(): BudgetCheck {
  const levels = new Map<CallClass, { level: number; calls: number }>();
  const fullest: Record<CallClass, number> = {
    clusterReads: 0,
    taskDefinitionReads: 0,
    resourceReads: 0,
    resourceWrites: 0,
  };
  let lastMs: number | undefined;
  return {
    take: (counts, nowMs) => {
      const elapsed = (nowMs - (lastMs ?? nowMs)) / 1000;
      lastMs = nowMs;
      const totals = new Map<CallClass, number>();
      for (const [operation, { calls }] of Object.entries(counts)) {
        const name = operation.startsWith("ECS.") ? callClassOf(operation.slice(4)) : undefined;
        if (name) totals.set(name, (totals.get(name) ?? 0) + calls);
      }
      const over = callClasses.flatMap((name) => {
        const { burst, perSecond } = publishedRates[name];
        const before = levels.get(name) ?? { level: 0, calls: 0 };
        const calls = totals.get(name) ?? 0;
        const level = Math.max(0, before.level - perSecond * elapsed) + calls - before.calls;
        levels.set(name, { level, calls });
        fullest[name] = Math.max(fullest[name], level / burst);
        return level > burst * slack ? [`${name}: ${Math.round(level)} of ${burst} at once`] : [];
      });
      return over.length > 0
        ? `more ECS calls than its rates allow: ${over.join(", ")}`
        : undefined;
    },
    fullest: () => fullest,
  };
}
