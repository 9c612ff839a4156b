// How many receives wait at the same time: up while they come back full, down when they come back empty. Pure.

/** Fewest receives: twelve calls a minute when nothing happens, and an event seldom finds all of them busy. */
const pollersMin = 4;

/** What came of the receives since the number was last looked at. */
export interface Round {
  readonly receives: number;
  readonly messages: number;
  /** A receive waited its whole time for nothing: the queue is empty. */
  readonly sawEmpty: boolean;
  /** Receiving or storing failed. */
  readonly failed: boolean;
  /** Time that pollers spent receiving and storing, added up. */
  readonly receivingMs: number;
  readonly storingMs: number;
}

export interface PollersState {
  readonly pollers: number;
  readonly max: number;
  readonly round: Round;
}

export const newRound: Round = {
  receives: 0,
  messages: 0,
  sawEmpty: false,
  failed: false,
  receivingMs: 0,
  storingMs: 0,
};

const messagesPerReceive = 10;
/** Doubling halves the fill of a receive, halving doubles it: far enough apart, the number does not swing. */
const fullShare = 0.6;
const emptyShare = 0.15;

/** What a worker starts with. */
export function fewestPollers(max: number): number {
  return Math.min(pollersMin, max);
}

/** The number of pollers for the next round; undefined while this round says too little. */
export function nextPollers({ pollers, max, round }: PollersState): number | undefined {
  const min = fewestPollers(max);
  // After a failure, what comes back first is a test of whether it is over.
  if (round.failed || round.sawEmpty) return min;
  if (round.receives < pollers) return undefined;
  const fill = round.messages / (round.receives * messagesPerReceive);
  if (fill <= emptyShare) return Math.max(min, Math.floor(pollers / 2));
  if (fill < fullShare) return pollers;
  // When storing is what takes the time, more messages in hand would only wait for the store.
  return round.storingMs > round.receivingMs ? pollers : Math.min(max, pollers * 2);
}
