// One seed, one world: the fleet and our processes are drawn, things go wrong for a while, then they are mended, and
// within a bounded time everything must be as it should. The same seed gives the same facts, to the last one.
import type { Clock } from "../clock.ts";
import { scaleRates } from "../ecs/api-budget.ts";
import { seededRandom } from "../random.ts";
import { createEngine } from "../simulator/engine.ts";
import type { Engine } from "../simulator/engine.ts";
import { ourRates } from "../store/shared-budget.ts";
import { createCast } from "./cast.ts";
import type { Cast, Stage } from "./cast.ts";
import { checkLog } from "./checkers/log.ts";
import { safety } from "./checkers/safety.ts";
import { checkSubscribers } from "./checkers/subscribers.ts";
import { createCoverage } from "./coverage.ts";
import { drawWorld, inWords } from "./draw.ts";
import type { DrawnWorld } from "./draw.ts";
import { storeDifferences } from "./end-state.ts";
import type { Breach, Fact, Tell } from "./facts.ts";
import { said } from "./facts.ts";
import { buildFleet } from "./fleet.ts";
import type { Guest } from "./guest.ts";
import { createModelStore } from "./model-store/model-store.ts";
import { createNetwork } from "./network.ts";
import { createOracle } from "./oracle.ts";
import type { Oracle } from "./oracle.ts";
import type { Plant } from "./planted-bugs.ts";
import { WorldRecord } from "./record.ts";
import { startSubscribers } from "./subscribers.ts";
import type { Subscribers } from "./subscribers.ts";
import { makeTrouble } from "./trouble.ts";
import { createVirtualTime } from "./virtual-time.ts";
import type { VirtualTime } from "./virtual-time.ts";
import { clusterArnIn, sendUsers } from "./world-users.ts";

export interface WorldOptions {
  readonly seed: number;
  /** Hears every fact. */
  readonly onFact?: (fact: Fact) => void;
  /** A bug for the checkers to catch. */
  readonly plant?: Plant;
  /** Somebody else's program, beside ours. */
  readonly guest?: Guest | undefined;
  /** Changes what was drawn, for scenarios. */
  readonly adjust?: (drawn: DrawnWorld) => DrawnWorld;
}

export interface WorldResult {
  readonly seed: number;
  /** Rules that were broken; empty when all is well. */
  readonly breaches: readonly Breach[];
  readonly facts: number;
  /** How often each fault really happened. */
  readonly faults: ReadonlyMap<string, number>;
  /** How often each branch of the planner and each outcome was met: see coverage.ts. */
  readonly covered: ReadonlyMap<string, number>;
  readonly steps: number;
  readonly virtualMs: number;
  /** How long it took until everything was as it should be, ms; undefined when it did not come to that. */
  readonly healedInMs: number | undefined;
}

const startAt = Date.UTC(2026, 0, 5, 12);
/** From the end of all trouble on: some reconciles, the longest backoff of a failing daemon, and leases of the dead. */
const healWithinMs = 15 * 60_000;
const lookEveryMs = 2000;
/** A world that takes more steps does not come to rest. */
const stepsMax = 2_000_000;
/** How tasks fail that the fault of this name hits. */
const startFailure = "CannotStartContainerError: Error response";

/** The servers' clock, which is right. */
function worldClock(time: VirtualTime): Clock {
  const after: Clock["after"] = (delayMs, callback) => time.at(time.now + delayMs, callback);
  return {
    now: () => Math.floor(time.now),
    monotonic: () => time.now,
    after,
    soon: (callback) => void time.at(time.now, callback),
    sleep: (delayMs) => new Promise((resolve) => void after(delayMs, resolve)),
  };
}

function createFleet(drawn: DrawnWorld, time: VirtualTime, tell: Tell, guest?: Guest): Engine {
  const engine = createEngine({
    world: buildFleet(drawn, time.now, guest?.definitions),
    seed: `engine ${drawn.seed}`,
    clock: worldClock(time),
    throttleScale: drawn.rateScale,
    onEventFate: (fate) => {
      const fault = `event${fate.charAt(0).toUpperCase()}${fate.slice(1)}`;
      tell({ kind: "fault", fault, target: "an event" });
    },
  });
  engine.listeners.add((body) => {
    for (const fact of said(body)) {
      tell(fact);
      const { status, task } = fact;
      if (status === "DEACTIVATING" && task?.stoppedReason?.startsWith(startFailure))
        tell({ kind: "fault", fault: "startFailure", target: fact.id });
    }
  });
  return engine;
}

function setStage(
  drawn: DrawnWorld,
  time: VirtualTime,
  tell: Tell,
  { plant, guest }: WorldOptions,
): Stage {
  const { seed } = drawn;
  const engine = createFleet(drawn, time, tell, guest);
  const network = createNetwork(time, seededRandom(`network ${seed}`), tell);
  const plants = new Set(plant?.redis === undefined ? [] : [plant.redis]);
  const random = seededRandom(`redis ${seed}`);
  const redis = createModelStore({ now: () => time.now, random, tell, plants });
  let callId = 0;
  const aws = {
    engine,
    network,
    random: seededRandom(`aws ${seed}`),
    tell,
    denied: new Set<string>(),
    nextCallId: () => ++callId,
  };
  const fate = seededRandom(`cast ${seed}`);
  return { drawn, time, network, aws, redis, tell, plant, guest, random: fate };
}

function subscribe({ drawn, time, aws, tell }: Stage, cast: Cast): Subscribers {
  return startSubscribers({
    time,
    tell,
    random: seededRandom(`subscribers ${drawn.seed}`),
    apis: () => [...cast.members].flatMap(({ api }) => api ?? []),
    clusters: [...aws.engine.world.clusters.values()].map(({ arn }) => arn),
    count: drawn.subscribers,
  });
}

/** Waits until all is as it should be; answers how long it took, undefined when it was not in time. */
async function heal(
  { time, aws, redis, guest }: Stage,
  subscribers: Subscribers,
  oracle: Oracle,
  record: WorldRecord,
  isOver: () => boolean,
): Promise<number | undefined> {
  const { world } = aws.engine;
  const from = time.now;
  let pending: string[] = [];
  while (time.now < from + healWithinMs && !isOver()) {
    await time.pass(time.now + lookEveryMs, isOver);
    // What is later builds on what is before.
    pending = storeDifferences(world, redis);
    if (pending.length === 0) pending = oracle.pending(world, redis.records);
    if (pending.length === 0 && guest) pending = [...guest.pending()];
    if (pending.length === 0) pending = subscribers.pending();
    if (pending.length === 0) return time.now - from;
  }
  if (isOver()) return undefined;
  const more = pending.length > 5 ? `; and ${pending.length - 5} more` : "";
  record.breach("convergence", `${pending.slice(0, 5).join("; ")}${more}`);
  return undefined;
}

/** From the first moment to the last; answers how long it took to heal. */
async function live(
  stage: Stage,
  cast: Cast,
  oracle: Oracle,
  record: WorldRecord,
): Promise<number | undefined> {
  const { drawn, time, tell } = stage;
  const isOver = () => record.breaches.length > 0 || time.steps > stepsMax;
  for (let each = 0; each < drawn.ingests; each++) cast.start("ingest");
  for (let each = 0; each < drawn.schedulers; each++) cast.start("scheduler");
  for (let each = 0; each < drawn.apis; each++) cast.start("api");
  for (let each = 0; each < (stage.guest?.copies ?? 0); each++) cast.start("program");
  const users = sendUsers(stage, cast);
  const subscribers = subscribe(stage, cast);
  try {
    tell({ kind: "phase", phase: "trouble" });
    const trouble = makeTrouble(stage, cast);
    await time.pass(time.now + drawn.troubleMs, isOver);
    trouble.end();
    users.end();
    subscribers.heal();
    tell({ kind: "phase", phase: "healing" });
    let healedInMs = await heal(stage, subscribers, oracle, record, isOver);
    if (healedInMs !== undefined && drawn.nightMs > 0) {
      tell({ kind: "phase", phase: "night" });
      cast.freeze();
      await time.pass(time.now + drawn.nightMs, isOver);
      cast.heal();
      tell({ kind: "phase", phase: "healing" });
      const healedAgainInMs = await heal(stage, subscribers, oracle, record, isOver);
      healedInMs =
        healedAgainInMs === undefined ? undefined : Math.max(healedInMs, healedAgainInMs);
    }
    tell({
      kind: "phase",
      phase: healedInMs === undefined ? "ended" : "converged",
    });
    if (time.steps > stepsMax) record.breach("rest", `${time.steps} steps`);
    return healedInMs;
  } finally {
    subscribers.end();
  }
}

export async function runWorld(options: WorldOptions): Promise<WorldResult> {
  const { seed, adjust = (as) => as } = options;
  const drawn = adjust(drawWorld(seed));
  const time = createVirtualTime(startAt);
  const record = new WorldRecord(time, options.onFact);
  record.tell({ kind: "drawn", seed, what: inWords(drawn) });
  const stage = setStage(drawn, time, record.tell, options);
  const clusterOf = clusterArnIn(stage);
  const oracle = createOracle(clusterOf);
  const coverage = createCoverage();
  const rates = scaleRates(ourRates, drawn.rateScale);
  record.watch(
    safety({ clusterOf, rates }),
    checkLog(stage.redis),
    checkSubscribers(drawn.retentionHours * 3_600_000),
    oracle,
    coverage,
    ...(options.guest?.checkers({ world: stage.aws.engine.world, now: () => time.now }) ?? []),
  );
  const cast = createCast(stage);
  const onRejection = (error: unknown) => record.crash(error);
  process.on("unhandledRejection", onRejection);
  let healedInMs: number | undefined;
  try {
    healedInMs = await live(stage, cast, oracle, record);
  } catch (error) {
    record.crash(error);
  } finally {
    stage.aws.engine.stop();
    for (const { process: each } of cast.members) each.ended();
    process.off("unhandledRejection", onRejection);
  }
  record.end();
  return {
    seed,
    breaches: record.breaches,
    facts: record.count,
    faults: record.faults,
    covered: coverage.counts,
    steps: time.steps,
    virtualMs: time.now - startAt,
    healedInMs,
  };
}
