// What is going to go wrong, and when: drawn from a seed before anything starts, so that a run can be told and made
// again. Pure. What an event means is with those that carry it out.
import { seededRandom } from "../random.ts";

/** How long an event lasts, ms, shortest and longest: [0, 0] for what is over at once. */
type Lasting = readonly [number, number];

const brief: Lasting = [0, 0];
const away: Lasting = [200, 4000];
const cut: Lasting = [500, 12_000];
const trouble: Lasting = [2000, 10_000];

/** Every kind of event with how long it lasts; the lease of a scheduler is 3 s. */
export const kinds = {
  // Processes. Those that ended start again when it is over.
  killIngest: away,
  killApi: away,
  killScheduler: away,
  killLeader: away,
  stopIngest: away,
  stopApi: away,
  stopScheduler: away,
  pauseShort: [200, 2000],
  pauseLong: [4000, 9000],
  pauseLeader: [4000, 9000],
  // Their ways to Redis and to AWS.
  cutRedis: cut,
  silentRedis: cut,
  deafRedis: cut,
  slowRedis: cut,
  cutAws: cut,
  silentAws: cut,
  deafAws: cut,
  slowAws: cut,
  // Redis.
  redisKill: brief,
  redisTailLost: brief,
  redisOutage: [3000, 12_000],
  redisFreeze: [1000, 4000],
  // AWS.
  throttle: trouble,
  errors: trouble,
  lostReplies: trouble,
  startFailures: trouble,
  startRefusals: trouble,
  staleReads: trouble,
  slowEcs: trouble,
  slowSqs: trouble,
  duplicateEvents: trouble,
  delayedEvents: trouble,
  reorderedEvents: trouble,
  droppedEvents: trouble,
  churn: trouble,
  // The fleet.
  join: brief,
  terminate: brief,
  drain: [3000, 8000],
  agentFlap: [500, 6000],
  crashTask: brief,
  // People.
  register: brief,
  update: brief,
  pause: brief,
  resume: brief,
  rollback: brief,
  rerun: brief,
  deregister: brief,
  // Clients.
  clientLeaves: brief,
  clientStartsAnew: brief,
} as const satisfies Readonly<Record<string, Lasting>>;

export type Kind = keyof typeof kinds;

export const kindNames = Object.keys(kinds).filter((name): name is Kind =>
  Object.hasOwn(kinds, name),
);

/** Dealt more often than others: what makes the work that everything else disturbs. */
const again: readonly Kind[] = [
  "pauseLeader",
  "pauseLeader",
  "killLeader",
  "lostReplies",
  "join",
  "join",
  "terminate",
  "drain",
  "crashTask",
  "crashTask",
  "update",
  "update",
  "update",
  "resume",
  "resume",
  "register",
  "rollback",
  "clientLeaves",
];

export interface PlannedEvent {
  /** Since the beginning of its storm, ms. */
  readonly atMs: number;
  readonly kind: Kind;
  readonly forMs: number;
  /** 0 to 1: chooses among what there is by then. */
  readonly dice: readonly [number, number];
}

export interface StormPlan {
  readonly seed: number | string;
  /** Which storm of the run, from 0. */
  readonly number: number;
  readonly lengthMs: number;
  /** Between two events, on average, ms. */
  readonly gapMs: number;
}

function shuffled<T>(items: readonly T[], int: (min: number, max: number) => number): T[] {
  const deck = [...items];
  for (let last = deck.length - 1; last > 0; last--) {
    const other = int(0, last);
    [deck[last], deck[other]] = [deck[other] as T, deck[last] as T];
  }
  return deck;
}

/**
 * The events of one storm, in order of time. Kinds are dealt like cards, so that none is left out for long; the deck is
 * the run's, and a storm goes on where the one before it ended.
 */
export function planStorm({ seed, number, lengthMs, gapMs }: StormPlan): PlannedEvent[] {
  const perStorm = Math.max(1, Math.floor(lengthMs / gapMs));
  const random = seededRandom(`${seed}:storm ${number}`);
  const events: PlannedEvent[] = [];
  let atMs = 0;
  for (let index = 0; index < perStorm; index++) {
    const kind = dealt(seed, number * perStorm + index);
    const [shortest, longest] = kinds[kind];
    atMs += random.int(Math.floor(gapMs / 2), Math.floor(gapMs * 1.5));
    events.push({
      atMs,
      kind,
      forMs: random.int(shortest, longest),
      dice: [random.next(), random.next()],
    });
  }
  return events;
}

/** The card at a place of the endless deck. */
function dealt(seed: number | string, index: number): Kind {
  const cards = [...kindNames, ...again];
  const round = Math.floor(index / cards.length);
  const deck = shuffled(cards, seededRandom(`${seed}:deck ${round}`).int);
  return deck[index % cards.length] as Kind;
}
