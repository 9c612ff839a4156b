// What a world is made of, drawn from its seed: the fleet, our processes, the pace, what goes wrong. Pure.
import { seededRandom } from "../random.ts";
import type { Random } from "../random.ts";
import { drawFaults, drawFewFaults } from "./faults.ts";
import type { WorldFaults } from "./faults.ts";

export interface DrawnWorld {
  readonly seed: number;
  /** Container instances of each cluster at the start. */
  readonly clusters: readonly number[];
  readonly ingests: number;
  readonly schedulers: number;
  readonly apis: number;
  /** What users do to daemons, as often a minute. */
  readonly usersPerMinute: number;
  readonly subscribers: number;
  readonly faults: WorldFaults;
  /** How long things go wrong, ms. */
  readonly troubleMs: number;
  readonly reconcileSeconds: number;
  /** Short ones bring the ends of retention into a world of minutes. */
  readonly retentionHours: number;
  /** The longest that an event is late, ms. */
  readonly eventDelayMs: number;
  readonly slowMs: number;
  /** How long all our processes are frozen once all is well, ms: what is late by hours comes then. 0: not at all. */
  readonly nightMs: number;
  readonly drainLeaving: boolean;
  /** ECS's limits of this account, as a share of the published ones. */
  readonly rateScale: number;
}

/** The hook that the scheduler holds, by setting. */
export const hookName = "longshore";

/** Small numbers mostly. */
const few = (random: Random, least: number, most: number): number =>
  least + Math.floor((most - least + 1) * random.next() ** 2);

/** Of all worlds. */
const largeShare = 0.03;
const busyShare = 0.03;

/**
 * What is large of a world: several times the instances, people and followers. Drawn by itself, so that known worlds
 * stay as they are.
 */
function drawSize(seed: number): Partial<DrawnWorld> {
  const random = seededRandom(`size of world ${seed}`);
  if (!random.chance(largeShare)) return {};
  return {
    clusters: Array.from({ length: random.int(1, 2) }, () => random.int(9, 16)),
    usersPerMinute: random.pick([6, 15, 25]),
    troubleMs: random.int(100, 240) * 1000,
    subscribers: random.int(3, 6),
  };
}

/** What is busy of a world: people change their daemons all the time, for long, and few things go wrong. */
function drawBusy(seed: number): Partial<DrawnWorld> {
  const random = seededRandom(`pace of world ${seed}`);
  if (!random.chance(busyShare)) return {};
  return {
    faults: drawFewFaults(random),
    usersPerMinute: random.pick([20, 40, 60]),
    troubleMs: 240_000,
    slowMs: 7000,
  };
}

export function drawWorld(seed: number): DrawnWorld {
  const random = seededRandom(`world ${seed}`);
  const drawn = {
    ...draw(seed, random),
    nightMs: random.chance(0.15) ? random.int(1, 6) * 3_600_000 : 0,
    ...drawSize(seed),
    ...drawBusy(seed),
  };
  // At night what is late by hours is to come, and not to be too old.
  const retentionHours = drawn.nightMs > 0 && random.chance(0.5) ? 24 : drawn.retentionHours;
  // EventBridge gives up within a day, and nothing is forgotten sooner by default: what is later than that may bring a
  // task that has ended back until the next comparison: an event is as old as SQS says.
  const latestMs = Math.max(drawn.eventDelayMs, drawn.nightMs);
  const eventDelayMs = Math.min(latestMs, (retentionHours * 3_600_000) / 2);
  return { ...drawn, retentionHours, eventDelayMs };
}

function draw(seed: number, random: Random): Omit<DrawnWorld, "nightMs"> {
  const clusters = Array.from({ length: random.chance(0.25) ? 2 : 1 }, () => random.int(2, 8));
  return {
    seed,
    clusters,
    ingests: few(random, 1, 2),
    schedulers: random.int(1, 3),
    apis: few(random, 1, 2),
    usersPerMinute: random.pick([0, 2, 6, 15]),
    troubleMs: random.int(45, 150) * 1000,
    reconcileSeconds: random.int(15, 60),
    retentionHours: random.pick([0.05, 0.2, 24]),
    eventDelayMs: random.pick([2000, 20_000, 120_000, 600_000]),
    slowMs: random.pick([200, 2000, 7000]),
    drainLeaving: random.chance(0.7),
    rateScale: random.pick([1, 1, 0.2, 0.08]),
    faults: drawFaults(seed, random),
    subscribers: random.int(1, 5),
  };
}

/** For the story. */
export function inWords({
  faults,
  clusters,
  ...rest
}: DrawnWorld): Record<string, string | number> {
  const { seed: _, drainLeaving, ...numbers } = rest;
  const wrong = Object.entries(faults).filter(([, amount]) => amount > 0);
  return {
    clusters: clusters.join(" and "),
    ...numbers,
    drainLeaving: String(drainLeaving),
    ...Object.fromEntries(wrong.map(([name, amount]) => [name, Number(amount.toPrecision(2))])),
  };
}
