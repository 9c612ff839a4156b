// ECS request rates: one token bucket for each family of calls, for the one account and region there is. Pure.

export type CallFamily =
  | "clusterReads"
  | "clusterWrites"
  | "resourceReads"
  | "resourceWrites"
  | "agentWrites"
  | "definitionReads"
  | "definitionWrites"
  | "serviceReads"
  | "serviceWrites";

/** [burst, refill a second]. The rates of clusterWrites, agentWrites and services are our guess; the rest is documented. */
const rates: Readonly<Record<CallFamily, readonly [number, number]>> = {
  clusterReads: [50, 20],
  clusterWrites: [20, 1],
  resourceReads: [100, 20],
  resourceWrites: [100, 40],
  agentWrites: [200, 120],
  definitionReads: [50, 20],
  definitionWrites: [20, 1],
  serviceReads: [100, 20],
  serviceWrites: [50, 5],
};

export interface Throttle {
  /** Multiplies burst and refill; 0 lets every call pass. */
  scale: number;
  /** Takes a token of the family; false when the bucket is empty. */
  admit(family: CallFamily, now: number): boolean;
}

export function createThrottle(scale: number): Throttle {
  const buckets = new Map<CallFamily, { tokens: number; at: number }>();
  const throttle: Throttle = {
    scale,
    admit: (family, now) => {
      if (throttle.scale <= 0) return true;
      const [burst, refill] = rates[family].map((rate) => rate * throttle.scale);
      if (burst === undefined || refill === undefined) return true;
      const bucket = buckets.get(family) ?? { tokens: burst, at: now };
      buckets.set(family, bucket);
      const elapsedMs = Math.max(0, now - bucket.at);
      bucket.tokens = Math.min(burst, bucket.tokens + (elapsedMs / 1000) * refill);
      bucket.at = now;
      if (bucket.tokens < 1) return false;
      bucket.tokens -= 1;
      return true;
    },
  };
  return throttle;
}
