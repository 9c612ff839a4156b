// Counts the API calls that clients made, so that a test can say how many there were. Pure.

export type CallOutcome = "ok" | "refused" | "throttled" | "failed" | "lost";

export interface CallCount {
  readonly calls: number;
  readonly outcomes: Readonly<Partial<Record<CallOutcome, number>>>;
}

export interface CallLog {
  /** `operation` is `ECS.StartTask`, `SQS.ReceiveMessage`, `EC2.DescribeInstances`, ... */
  add(operation: string, outcome: CallOutcome): void;
  counts(): Readonly<Record<string, CallCount>>;
  /** How often the operation was called since the last reset. */
  count(operation: string): number;
  reset(): void;
}

export function createCallLog(): CallLog {
  const counts = new Map<string, Partial<Record<CallOutcome, number>>>();
  const sum = (outcomes: Partial<Record<CallOutcome, number>>) =>
    Object.values(outcomes).reduce((total, each) => total + each, 0);
  return {
    add: (operation, outcome) => {
      const outcomes = counts.get(operation) ?? {};
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      counts.set(operation, outcomes);
    },
    counts: () =>
      Object.fromEntries(
        [...counts.keys()].toSorted().map((operation) => {
          const outcomes = counts.get(operation) ?? {};
          return [operation, { calls: sum(outcomes), outcomes: { ...outcomes } }];
        }),
      ),
    count: (operation) => sum(counts.get(operation) ?? {}),
    reset: () => counts.clear(),
  };
}
