// What can go wrong in a world, as one flat set of numbers: off in many worlds, rare in some, fierce in few, so that each
// world is bad in its own way. Pure.
import { seededRandom } from "../random.ts";
import type { Random } from "../random.ts";

/** Shares and lengths: the most of each in worlds where it is rare, and where it is fierce. */
const shares = {
  // Shares of events, 0 to 1.
  eventDuplicate: [0.05, 0.5],
  eventDelay: [0.05, 0.6],
  eventReorder: [0.1, 0.6],
  eventDrop: [0.03, 0.4],
  // Shares of requests to SQS.
  sqsRefused: [0.02, 0.3],
  sqsLostRequest: [0.02, 0.2],
  sqsLostReply: [0.02, 0.3],
  sqsSlow: [0.05, 0.3],
  // Share of commands and answers of Redis.
  redisSlow: [0.01, 0.1],
  // Shares of requests to ECS, EC2 and Auto Scaling.
  ecsThrottle: [0.03, 0.4],
  ecsError: [0.03, 0.3],
  ecsRefused: [0.02, 0.2],
  ecsLostRequest: [0.02, 0.2],
  ecsLostReply: [0.03, 0.3],
  ecsSlow: [0.05, 0.4],
  // How long new tasks are not read, ms; shares of starts and of changed attributes.
  ecsStaleMs: [1000, 6000],
  startFailure: [0.05, 0.5],
  startRefusal: [0.05, 0.4],
  silentAttribute: [0.1, 0.7],
} as const;

/** How often a minute something is done to the world, at most: where it is rare, and where it is fierce. */
const rates = {
  // The fleet.
  instanceJoins: [0.5, 4],
  instanceDrains: [0.5, 3],
  instanceTerminates: [0.3, 2],
  instanceReturns: [0.3, 2],
  spotInterrupted: [0.3, 1],
  hookWaits: [0.3, 1.5],
  agentFlaps: [1, 8],
  roomIsGone: [0.5, 3],
  taskCrashes: [1, 10],
  taskStuck: [0.5, 3],
  taskStopped: [0.5, 4],
  taskUnhealthy: [0.5, 3],
  attributeChanges: [0.5, 4],
  serviceChanges: [0.5, 3],
  // Our own processes.
  processKilled: [0.5, 4],
  allKilled: [0.1, 0.5],
  processStopped: [0.3, 2],
  processPaused: [0.5, 4],
  clockJumps: [0.3, 3],
  // Redis, and the ways.
  redisRestarts: [0.2, 1.5],
  redisWiped: [0.05, 0.3],
  redisAway: [0.2, 1],
  connectionReset: [0.5, 5],
  redisCutOff: [0.3, 2],
  ecsCutOff: [0.3, 2],
  sqsCutOff: [0.3, 2],
} as const;

/** The same of what came later: drawn by itself, so that known worlds stay as they are where it is off. */
const laterRates = {
  // The account.
  permissionTaken: [0.5, 2],
  // Redis gets a first replica: its history is called another name, and nothing is lost.
  replicaComes: [0.3, 1],
} as const;

/** What is done to the world at random moments. */
export type Disturbance = keyof typeof rates | keyof typeof laterRates;
export type FaultName = keyof typeof shares | Disturbance;
export type WorldFaults = Readonly<Record<FaultName, number>>;

const ranges = { ...shares, ...rates, ...laterRates };
const namesOf = <Name extends string>(of: Readonly<Record<Name, unknown>>): Name[] =>
  Object.keys(of).filter((name): name is Name => name in of);

const faultNames = namesOf({ ...shares, ...rates });
const laterNames = namesOf(laterRates);
export const disturbances = [...namesOf(rates), ...laterNames];
/** What else is told as a fault when it happens. */
export const happenings = [
  ...disturbances,
  "refused",
  "lostRequest",
  "lostReply",
  "slow",
  "eventDuplicated",
  "eventDelayed",
  "eventReordered",
  "eventDropped",
  "throttled",
  "serverError",
  "staleRead",
  "startFailure",
  "startRefusal",
] as const;

const offShare = 0.55;
const rareShare = 0.3;
const laterShare = 0.3;

function draw(random: Random, name: FaultName): number {
  const [rare, fierce] = ranges[name];
  const how = random.next();
  // Drawn in any case: one fault more or less shifts no other.
  const amount = random.next();
  if (how < offShare) return 0;
  return how < offShare + rareShare ? rare * amount : rare + (fierce - rare) * amount;
}

export function drawFaults(seed: number, random: Random): WorldFaults {
  const drawn = faultNames.map((name) => [name, draw(random, name)] as const);
  const later = laterNames.map((name) => {
    const own = seededRandom(`${name} of world ${seed}`);
    return [name, own.chance(laterShare) ? draw(own, name) : 0] as const;
  });
  return Object.fromEntries([...drawn, ...later]) as WorldFaults;
}

/** A few things go wrong as badly as they can, and nothing else does: what hides a bug elsewhere is away. */
export function drawFewFaults(random: Random): WorldFaults {
  const names = Array.from({ length: random.int(2, 4) }, () => random.pick(namesOf(ranges)));
  return { ...calm, ...Object.fromEntries(names.map((name) => [name, ranges[name][1]])) };
}

/** Nothing goes wrong. */
export const calm: WorldFaults = Object.fromEntries(
  namesOf(ranges).map((name) => [name, 0]),
) as WorldFaults;
