// Whether this process may act: holds a lease, and knows by its own clock when it may have lost it.
import type { Clock } from "../clock.ts";
import type { MayCall } from "../ecs/ecs-api.ts";
import type { LeaseResult } from "../store/store.ts";

/** A dead holder's lease ends after this, ms: the next one is to act within 5 s, its first look at the log included. */
const ttlMs = 3000;
const renewMs = 750;
/** How often one that does not hold the lease looks whether it may: a lease that is given back is taken at once. */
const standbyMs = 400;
/** Stop acting this much before the lease ends: clocks differ in speed, and calls take time. */
const marginMs = 500;

export interface Lease {
  /** The lease to write under, while it is certainly held. */
  held(): string | undefined;
  /** Redis said that we do not hold it: until it is taken again, it is not held. */
  lost(): void;
  release(): Promise<void>;
}

/** Whether the lease that is held now, if any, still is when a call goes out: the last look of aws/last-look.ts. */
export function whileHeld(held: Lease["held"]): MayCall {
  const lease = held();
  return () => lease !== undefined && held() === lease;
}

export interface LeaseOptions {
  /** Takes or renews it, for so many ms. */
  readonly take: (ttlMs: number) => Promise<LeaseResult>;
  readonly giveBack: (lease: string) => Promise<void>;
  readonly clock: Clock;
  /** Hears when it begins to hold the lease. */
  readonly onTaken: () => void;
  readonly onLost: () => void;
}

export function holdLease(options: LeaseOptions): Lease {
  const { take, giveBack, clock } = options;
  const stop = new AbortController();
  let lease: string | undefined;
  let until = 0;
  const held = () => (clock.monotonic() < until - marginMs ? lease : undefined);

  async function renew(): Promise<void> {
    const asked = clock.monotonic();
    const result = await take(ttlMs);
    const [before, had] = [held(), lease];
    lease = result.held ? result.lease : undefined;
    until = result.held ? asked + ttlMs : 0;
    // Another lease than before: somebody else may have acted in between.
    if (lease !== undefined && lease !== before) options.onTaken();
    // Also one that ran out while this process was frozen, or Redis away.
    if (lease === undefined && had !== undefined) options.onLost();
  }
  const running = (async () => {
    while (!stop.signal.aborted) {
      // A Redis that does not answer ends our right to act by itself, when the time is over.
      await renew().catch(() => undefined);
      await clock.sleep(lease === undefined ? standbyMs : renewMs, stop.signal);
    }
  })();
  return {
    held,
    lost: () => {
      if (lease !== undefined) options.onLost();
      lease = undefined;
      until = 0;
    },
    release: async () => {
      stop.abort();
      await running;
      const mine = lease;
      lease = undefined;
      until = 0;
      if (mine !== undefined) await giveBack(mine).catch(() => undefined);
    },
  };
}
