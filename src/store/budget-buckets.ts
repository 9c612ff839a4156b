// The buckets of the shared rate budget in Redis: takes tokens, notes throttling, reads them for metrics. The waiting
// and what happens without Redis is in shared-budget.ts.
import { callClasses } from "../ecs/api-budget.ts";
import type { BudgetScope, CallClass, CallRate } from "../ecs/api-budget.ts";
import { budgetKey, budgetScopeOf, budgetsKey } from "./keys.ts";
import type { RedisClient } from "./redis-client.ts";
import { runScript } from "./scripts.ts";
import type { Scripts } from "./scripts.ts";

export interface TokenRequest {
  readonly scope: BudgetScope;
  readonly callClass: CallClass;
  readonly rate: CallRate;
  readonly wanted: number;
  /** Share of the burst (0 to 1) that is left to more urgent callers. */
  readonly reserve: number;
  /** Calls that had to wait since the last request of this process, and how long in all, ms. */
  readonly waits: number;
  readonly waitedMs: number;
}

export interface TokenGrant {
  readonly granted: number;
  /** How long until one more may be there; 0 when all were granted. */
  readonly waitMs: number;
}

/** One bucket as it was last written. Counts are since the bucket was last unused for a day. */
export interface BucketFacts extends BudgetScope {
  readonly callClass: CallClass;
  readonly tokens: number;
  readonly calls: number;
  readonly waits: number;
  readonly waitedMs: number;
  readonly throttled: number;
}

export interface BudgetBuckets {
  /** Takes what is there of the tokens wanted: none is a normal answer. */
  takeTokens(request: TokenRequest): Promise<TokenGrant>;
  /** Halves a bucket's rate for a while. */
  noteThrottled(scope: BudgetScope, callClass: CallClass): Promise<void>;
  /** All buckets that were used within a day, in no order. */
  buckets(): Promise<BucketFacts[]>;
}

const lifeSeconds = 86_400;
const slowMs = 30_000;

export function budgetBuckets(redis: RedisClient, scripts: Scripts): BudgetBuckets {
  const announced = new Set<string>();
  redis.on("close", () => announced.clear());
  async function keyOf(scope: BudgetScope): Promise<string> {
    const key = budgetKey(scope);
    if (!announced.has(key)) {
      await redis.sadd(budgetsKey, key);
      announced.add(key);
    }
    return key;
  }
  return {
    takeTokens: async ({ scope, callClass, rate, wanted, reserve, waits, waitedMs }) => {
      const args = [callClass, rate.burst, rate.perSecond, wanted, reserve];
      const reply = await runScript(
        redis,
        scripts.takeTokens,
        [await keyOf(scope)],
        [...args, lifeSeconds, waits, Math.round(waitedMs), slowMs],
      );
      if (!Array.isArray(reply)) throw new Error("take-tokens.lua answered no list");
      return { granted: Number(reply[0]), waitMs: Number(reply[1]) };
    },
    noteThrottled: async (scope, callClass) => {
      const args = [callClass, slowMs, lifeSeconds];
      await runScript(redis, scripts.noteThrottled, [await keyOf(scope)], args);
    },
    buckets: async () => {
      const keys = await redis.smembers(budgetsKey);
      const found = await Promise.all(
        keys.map(async (key) => facts(key, await redis.hgetall(key))),
      );
      return found.flat();
    },
  };
}

function facts(key: string, fields: Readonly<Record<string, string>>): BucketFacts[] {
  const scope = budgetScopeOf(key);
  if (scope === undefined) return [];
  return callClasses.flatMap((callClass) => {
    const count = (name: string) => Number(fields[`${callClass}:${name}`] ?? 0);
    if (fields[`${callClass}:tokens`] === undefined) return [];
    return [
      {
        ...scope,
        callClass,
        tokens: count("tokens"),
        calls: count("calls"),
        waits: count("waits"),
        waitedMs: count("waitedMs"),
        throttled: count("throttled"),
      },
    ];
  });
}
