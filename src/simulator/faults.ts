// What can go wrong on request: one flat set of ratios and delays. Pure; who applies them is named beside each.

export interface Faults {
  /** ECS calls refused with ThrottlingException (0 to 1). */
  readonly throttleRatio: number;
  /** ECS calls answered 500 without being executed. */
  readonly errorRatio: number;
  /** ECS calls that are executed while the connection is dropped before the answer. */
  readonly lostReplyRatio: number;
  /** Task starts that fail. */
  readonly startFailureRatio: number;
  /** Container instances of a StartTask call that ECS refuses, for a random reason. */
  readonly startRefusalRatio: number;
  /** Tasks that are younger than this are not in any list or description yet. */
  readonly readStalenessMs: number;
  /** Changes of attributes that no event tells of: ECS does not promise one. */
  readonly silentAttributeRatio: number;
  /** Added to the way of every event. */
  readonly eventLatencyMs: number;
  /** Events sent twice. */
  readonly eventDuplicateRatio: number;
  /** Events that arrive up to `eventDelayMs` late. */
  readonly eventDelayRatio: number;
  readonly eventDelayMs: number;
  /** Events that arrive after the next one. */
  readonly eventReorderRatio: number;
  /** Events that never arrive. */
  readonly eventDropRatio: number;
  /** Added to every ECS answer. */
  readonly ecsLatencyMs: number;
  /** Added to every SQS answer. */
  readonly sqsLatencyMs: number;
}

export const noFaults: Faults = {
  throttleRatio: 0,
  errorRatio: 0,
  lostReplyRatio: 0,
  startFailureRatio: 0,
  startRefusalRatio: 0,
  readStalenessMs: 0,
  silentAttributeRatio: 0,
  eventLatencyMs: 0,
  eventDuplicateRatio: 0,
  eventDelayRatio: 0,
  eventDelayMs: 1000,
  eventReorderRatio: 0,
  eventDropRatio: 0,
  ecsLatencyMs: 0,
  sqsLatencyMs: 0,
};

const isFault = (name: string): name is keyof Faults => Object.hasOwn(noFaults, name);

/** The faults with some of them changed, or what is wrong with the change. */
export function changeFaults(
  faults: Faults,
  change: Readonly<Record<string, unknown>>,
): { readonly faults: Faults } | { readonly problem: string } {
  const next: Record<keyof Faults, number> = { ...faults };
  for (const [name, value] of Object.entries(change)) {
    if (!isFault(name))
      return {
        problem: `There is no fault ${name}. There are ${Object.keys(noFaults).join(", ")}.`,
      };
    const most = name.endsWith("Ratio") ? 1 : 600_000;
    if (typeof value !== "number" || !(value >= 0 && value <= most))
      return { problem: `${name} must be a number from 0 to ${most}.` };
    next[name] = value;
  }
  return { faults: next };
}
