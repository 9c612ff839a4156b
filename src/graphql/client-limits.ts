// What one client may have at the same time, and how often it may change things. Counts; does no I/O.
import type { Clock } from "../clock.ts";
import type { ClientLimitsConfig } from "../config.ts";
import type { Refusal } from "./respond.ts";

/** A place that was taken: give it back once, whatever happens. */
export type Taken =
  | { readonly ok: true; readonly release: () => void }
  | { readonly ok: false; readonly refusal: Refusal };

export interface ClientLimits {
  /** A client is what {@link Caller.client} names. */
  takeSocket(client: string): Taken;
  takeSubscription(client: string): Taken;
  /** Why a client may not change anything now; undefined when it may, and then it counts. */
  mutationProblem(client: string): Refusal | undefined;
}

/** Mutations that may come at once after a pause, as seconds of the average. */
const burstSeconds = 5;

/** Places of one kind, counted by client. */
function places(limit: number, refuse: (limit: number) => string): (client: string) => Taken {
  const taken = new Map<string, number>();
  return (client) => {
    const count = taken.get(client) ?? 0;
    if (count >= limit)
      return {
        ok: false,
        refusal: { code: "RATE_LIMITED", message: refuse(limit), retryAfterSeconds: 1 },
      };
    taken.set(client, count + 1);
    let isHeld = true;
    const release = () => {
      if (!isHeld) return;
      isHeld = false;
      const left = (taken.get(client) ?? 1) - 1;
      if (left > 0) taken.set(client, left);
      else taken.delete(client);
    };
    return { ok: true, release };
  };
}

export function createClientLimits(
  { clientSocketsMax, clientSubscriptionsMax, clientMutationsPerSecond }: ClientLimitsConfig,
  clock: Clock,
): ClientLimits {
  const burst = clientMutationsPerSecond * burstSeconds;
  /** By client, the time at which all that it did will have been paid off. Whoever is paid up is forgotten. */
  const paidAt = new Map<string, number>();
  return {
    takeSocket: places(
      clientSocketsMax,
      (limit) =>
        `this client has ${limit} sockets open: close some, or raise LONGSHORE_CLIENT_SOCKETS_MAX.`,
    ),
    takeSubscription: places(
      clientSubscriptionsMax,
      (limit) =>
        `this client has ${limit} subscriptions: complete some, or raise LONGSHORE_CLIENT_SUBSCRIPTIONS_MAX.`,
    ),
    mutationProblem: (client) => {
      const now = clock.monotonic();
      for (const [each, at] of paidAt) if (at <= now) paidAt.delete(each);
      const due = Math.max(now, paidAt.get(client) ?? now) + 1000 / clientMutationsPerSecond;
      const tooEarlyMs = due - now - burstSeconds * 1000;
      // Half a step of grace: the burst itself must not fail on a fraction.
      if (tooEarlyMs > 500 / clientMutationsPerSecond) {
        const retryAfterSeconds = Math.ceil(tooEarlyMs / 1000);
        return {
          code: "RATE_LIMITED",
          message: `this client may send ${clientMutationsPerSecond} mutations a second and ${burst} at once: try again in ${retryAfterSeconds} s.`,
          retryAfterSeconds,
        };
      }
      paidAt.set(client, due);
      return undefined;
    },
  };
}

const free: Taken = { ok: true, release: () => undefined };

/** For loopback without tokens: everybody there is the same person. */
export const noClientLimits: ClientLimits = {
  takeSocket: () => free,
  takeSubscription: () => free,
  mutationProblem: () => undefined,
};
