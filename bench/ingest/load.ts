// What the processes of the ingest benchmark say to each other, and the size of its load.

/** Few clusters with thousands of tasks: a batch of ten messages speaks of several clusters, as on a shared queue. */
export const clusters = 3;
export const tasks = 3000;

/** One at a time: the answer comes before the next request. */
export type QueueRequest =
  | { readonly ask: "fill"; readonly count: number }
  | { readonly ask: "drained" }
  | { readonly ask: "latency"; readonly milliseconds: number }
  | { readonly ask: "trickle"; readonly perSecond: number; readonly count: number };

/** Times are of the machine's monotonic clock, ns: the same one in every process. */
export interface QueueAnswer {
  readonly url?: string;
  readonly queueUrl?: string;
  readonly at?: bigint;
  readonly sent?: readonly (readonly [arn: string, at: bigint])[];
}

/** When the floor received which task's event. */
export interface FloorReport {
  readonly received: readonly (readonly [arn: string, at: bigint])[];
}
