// The rate budget of an account and region: in no stretch of time do all processes together call ECS more often than
// the bucket of the class holds and refills. A process that had trouble with Redis may add the share of its own.
import { callClassOf } from "../../ecs/api-budget.ts";
import type { CallRate, CallRates } from "../../ecs/api-budget.ts";
import type { Breach, Checker, Fact, FactOf } from "../facts.ts";
import type { Scene } from "./scene.ts";

/** Without Redis each process has this share of burst and refill: see docs/operations.md. */
const aloneShare = 0.25;
/** From taking a token to the call: the intent is written in between, ms. */
const inHandMs = 3000;
/** Stretches are looked at back to this many calls. */
const lookBack = 300;

/** A process that was cut off from Redis, or frozen, may still be so for so long, ms. */
const troubleMs = 60_000;
const everybody = "*";

interface Call {
  readonly at: number;
  readonly process: string;
}

export function budget(scene: Scene, rates: CallRates): Checker {
  const name = "budget";
  const calls = new Map<string, Call[]>();
  /** When a process began to have trouble with Redis, or was frozen with tokens in hand. */
  const troubles: Call[] = [];

  function sent({ at, request }: FactOf<"sent">): Breach[] {
    const { operation, account, region, process } = request;
    const callClass = callClassOf(operation);
    if (callClass === undefined) return [];
    const bucket = `${account} ${region} ${callClass}`;
    const made = calls.get(bucket) ?? [];
    calls.set(bucket, made);
    made.push({ at, process });
    if (made.length > lookBack) made.shift();
    const worst = overdrawn(made, rates[callClass], at);
    if (worst === undefined) return [];
    const message = `${bucket}: ${worst.made} calls in ${worst.ms} ms, ${worst.allowed.toFixed(1)} are allowed; the last was ${operation} by ${process}`;
    return [{ checker: name, at, message }];
  }

  /** The longest stretch that ends now and has more calls than the buckets allow. */
  function overdrawn(made: readonly Call[], rate: CallRate, at: number) {
    for (const [index, first] of made.entries()) {
      const ms = at - first.at;
      const count = made.length - index;
      const refills = (rate.perSecond * (ms + inHandMs)) / 1000;
      const restarts = scene.losses.filter((loss) => loss.at >= first.at - inHandMs).length;
      const own = rate.burst * (1 + restarts) + refills;
      const alone = aloneIn(first.at) * aloneShare * (rate.burst + refills);
      if (count > Math.ceil(own + alone)) return { made: count, ms, allowed: own + alone };
    }
    return undefined;
  }

  /** How many processes may have used the share of their own since a time. */
  function aloneIn(since: number): number {
    const lately = troubles.filter(({ at }) => at >= since - troubleMs);
    const processes = new Set(lately.map(({ process }) => process));
    return processes.has(everybody) ? scene.roles.size : processes.size;
  }

  function hear(fact: Fact): readonly Breach[] {
    if (fact.kind === "fault" && ["redisCutOff", "connectionReset"].includes(fact.fault))
      troubles.push({ at: fact.at, process: fact.target });
    if (fact.kind === "redis") troubles.push({ at: fact.at, process: everybody });
    if (fact.kind === "process" && (fact.life === "paused" || fact.life === "woken"))
      troubles.push({ at: fact.at, process: fact.process });
    return fact.kind === "sent" ? sent(fact) : [];
  }
  return { name, hear };
}
