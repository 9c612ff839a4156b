// What the processes of the fan-out benchmarks say to each other.

/** Subscribers to open. Raw ones send nothing after the upgrade. */
export interface OpenRequest {
  readonly port: number;
  readonly count: number;
  /** Text of each subscriber's document and variables; undefined for raw sockets. */
  readonly query?: string;
  /** Variables of subscriber number n; taken in turns. */
  readonly variables?: readonly Readonly<Record<string, unknown>>[];
  /** So many of them stop reading once they are live. */
  readonly resting?: number;
}

export type ReadersRequest =
  | ({ readonly type: "open" } & OpenRequest)
  /** Forgets what was counted. */
  | { readonly type: "reset" }
  /** Counts what has come by now. */
  | { readonly type: "count" }
  /** Lets those who rest read on until they are closed. */
  | { readonly type: "wake" };

export interface Counted {
  /** Messages of all who read. */
  readonly messages: number;
  /** Fewest and most messages of one. */
  readonly fewest: number;
  readonly most: number;
  /** Messages that differ from what another subscriber got in the same place. */
  readonly different: number;
  /** Numbers in the messages, in the order in which they came. */
  readonly numbers: readonly number[];
  /** Arrivals at some of the sockets: number of the message, and ms since the epoch. */
  readonly arrivals: readonly (readonly [number: number, at: number])[];
  /** Close codes seen. */
  readonly closed: Readonly<Record<string, number>>;
  readonly open: number;
}
