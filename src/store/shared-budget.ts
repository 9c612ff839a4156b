// The rate budget that all processes of an account and region share: callers queue here, their tokens come from Redis,
// those of all who wait in one request. While Redis is away, each process gets a small budget of its own.
import type { ApiBudget, BudgetScope, CallBudget, CallClass, CallRate } from "../ecs/api-budget.ts";
import { publishedRates, scaleRates } from "../ecs/api-budget.ts";
import type { CallRates } from "../ecs/api-budget.ts";
import type { Clock } from "../clock.ts";
import type { BudgetBuckets, TokenGrant } from "./budget-buckets.ts";

/** Of what ECS allows; the rest is for people and other tools. */
export const ourRates: CallRates = scaleRates(publishedRates, 0.8);

/** The scheduler is urgent: others leave it a part of every bucket. */
export type Urgency = "urgent" | "background";
const reserves: Readonly<Record<Urgency, number>> = { urgent: 0, background: 0.25 };

/** Without Redis nobody knows how many others call. */
const aloneShare = 0.25;
/** A Redis that takes longer than this counts as away. */
const patienceMs = 500;
/** Longest pause before looking again: another process may have left tokens. */
const longestPauseMs = 1000;

export interface SharedBudgetOptions {
  readonly store: BudgetBuckets;
  readonly clock: Clock;
  readonly urgency: Urgency;
  /** {@link ourRates} if left out. */
  readonly rates?: CallRates | undefined;
}

export function createSharedBudget(options: SharedBudgetOptions): ApiBudget {
  const { store, rates = ourRates } = options;
  const open = new Map<string, CallBudget>();
  return {
    of: (scope, callClass) => {
      const name = `${scope.account} ${scope.region} ${callClass}`;
      const known = open.get(name);
      if (known) return known;
      const queue = new TokenQueue(options, scope, callClass, rates[callClass]);
      const budget: CallBudget = {
        take: (signal) => queue.take(signal),
        // A Redis that is away hears of the next one.
        throttled: () => void store.noteThrottled(scope, callClass).catch(() => {}),
      };
      open.set(name, budget);
      return budget;
    },
  };
}

interface Waiter {
  readonly since: number;
  readonly go: () => void;
}

class TokenQueue {
  readonly #options: SharedBudgetOptions;
  readonly #scope: BudgetScope;
  readonly #callClass: CallClass;
  readonly #rate: CallRate;
  readonly #waiting: Waiter[] = [];
  #serving = false;
  #waits = 0;
  #waitedMs = 0;
  /** The budget of our own. */
  #alone: { tokens: number; at: number };

  constructor(
    options: SharedBudgetOptions,
    scope: BudgetScope,
    callClass: CallClass,
    rate: CallRate,
  ) {
    this.#options = options;
    this.#scope = scope;
    this.#callClass = callClass;
    this.#rate = rate;
    this.#alone = { tokens: rate.burst * aloneShare, at: options.clock.monotonic() };
  }

  take(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        since: this.#options.clock.monotonic(),
        go: () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(waiter);
      if (!this.#serving) void this.#serve();
    });
  }

  async #serve(): Promise<void> {
    this.#serving = true;
    let paused = false;
    while (this.#waiting.length > 0) {
      const { granted, waitMs } = await this.#ask(this.#waiting.length);
      const now = this.#options.clock.monotonic();
      // Whoever gave up meanwhile leaves a token unused: better than one too many calls.
      for (const { since, go } of this.#waiting.splice(0, granted)) {
        if (paused) {
          this.#waits++;
          this.#waitedMs += now - since;
        }
        go();
      }
      if (this.#waiting.length === 0 || waitMs === 0) continue;
      paused = true;
      await this.#options.clock.sleep(Math.min(waitMs, longestPauseMs));
    }
    this.#serving = false;
  }

  async #ask(wanted: number): Promise<TokenGrant> {
    const { store, clock, urgency } = this.#options;
    const reported = { waits: this.#waits, waitedMs: this.#waitedMs };
    const asked = store.takeTokens({
      scope: this.#scope,
      callClass: this.#callClass,
      rate: this.#rate,
      reserve: reserves[urgency],
      wanted,
      ...reported,
    });
    let stopWaiting = () => {};
    const away = new Promise<undefined>((resolve) => {
      stopWaiting = clock.after(patienceMs, () => resolve(undefined));
    });
    const grant = await Promise.race([asked.catch(() => undefined), away]);
    stopWaiting();
    if (grant === undefined) return this.#takeAlone(wanted);
    this.#waits -= reported.waits;
    this.#waitedMs -= reported.waitedMs;
    return grant;
  }

  #takeAlone(wanted: number): TokenGrant {
    const perSecond = this.#rate.perSecond * aloneShare;
    const now = this.#options.clock.monotonic();
    const refilled = this.#alone.tokens + ((now - this.#alone.at) * perSecond) / 1000;
    const tokens = Math.min(this.#rate.burst * aloneShare, refilled);
    const granted = Math.min(wanted, Math.floor(tokens));
    this.#alone = { tokens: tokens - granted, at: now };
    const waitMs = granted === wanted ? 0 : ((granted + 1 - tokens) * 1000) / perSecond;
    return { granted, waitMs: Math.ceil(waitMs) };
  }
}
